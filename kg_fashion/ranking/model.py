"""The ranker: a gate decides how much history and how much context count, each a linear score that can be taken apart.

score = g * (w_h . history) + (1 - g) * (w_c . context), g = sigmoid(v . gate). Trained by softmax over a chosen garment
and sampled others (Jean et al. 2015), each event seen with only what came before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kg_fashion.ranking.features import CONTEXT, GATE, HISTORY, Context, GarmentFeatures
from kg_fashion.ranking.history import EVENT_WEIGHTS, Event, History, season_of

Array = NDArray[np.float32]
_NEGATIVES = 40
_EPOCHS = 60
_LEAST_EVENTS = 5


class GatedRanker(nn.Module):
    """Scores garments; see the module's formula."""

    def __init__(self) -> None:
        super().__init__()
        self.history = nn.Linear(len(HISTORY), 1, bias=False)
        self.context = nn.Linear(len(CONTEXT), 1, bias=False)
        self.gate = nn.Linear(len(GATE), 1)

    def forward(self, history: Tensor, context: Tensor, gate: Tensor) -> Tensor:
        """Score candidates.

        Args:
            history: Shape (batch, n, n_history).
            context: Shape (batch, n, n_context).
            gate: Shape (batch, n_gate).

        Returns:
            Shape (batch, n); higher is better.
        """
        share = torch.sigmoid(self.gate(gate))
        scores: Tensor = share * self.history(history)[..., 0] + (1 - share) * self.context(context)[..., 0]
        return scores


@dataclass(frozen=True)
class Scores:
    """Scores of every garment for one request.

    Attributes:
        total: Shape (n_garments,).
        contributions: Feature -> what it gave to each garment's score, shape (n_garments,); they sum to the total.
        gate: The share of the history, 0 to 1.
    """

    total: Array
    contributions: dict[str, Array]
    gate: float


def score(
    ranker: GatedRanker, features: GarmentFeatures, events: Sequence[Event], context: Context, popularity: Array
) -> Scores:
    """Score every garment for a person's events and a context."""
    with torch.no_grad():
        share = float(torch.sigmoid(ranker.gate(torch.from_numpy(features.gate(events, context)))))
        history = features.history(events, context.day) * ranker.history.weight.numpy()[0] * share
        fits = features.context(context, popularity) * ranker.context.weight.numpy()[0] * (1 - share)
    contributions = {name: history[:, i] for i, name in enumerate(HISTORY)}
    contributions |= {name: fits[:, i] for i, name in enumerate(CONTEXT)}
    return Scores(history.sum(axis=1) + fits.sum(axis=1), contributions, share)


def popularity_on(events: Sequence[Event], today: date, n: int) -> Array:
    """Return the decayed weight of each garment over everyone, scaled to 0 to 1."""
    weights = np.zeros(n, dtype=np.float32)
    for event in events:
        weights[event.garment] += max(0.0, event.weight(today))
    return weights / max(1e-9, float(weights.max()))


def train_ranker(
    features: GarmentFeatures,
    history: History,
    *,
    until: date | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> GatedRanker:
    """Train on a history.

    Args:
        features: Of the catalogue.
        history: The events; those of `until` and later are not looked at.
        until: A day, or None for all.
        seed: Of every random choice.
        progress: Called with a line of text at the end.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    rows = list(_examples(features, history, until, rng))
    ranker = GatedRanker()
    if not rows:
        return ranker
    past, fits, gates, weights = (torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))
    optimizer = torch.optim.Adam(ranker.parameters(), lr=0.05, weight_decay=1e-4)
    for _ in range(_EPOCHS):
        optimizer.zero_grad()
        chosen = ranker(past, fits, gates).log_softmax(dim=1)[:, 0]
        loss = -(weights * chosen).sum() / weights.sum()
        loss.backward()
        optimizer.step()
    ranker.eval()
    if progress is not None:
        progress(
            f"ranker: {len(rows):,} choices, loss {loss.item():.3f} against {np.log(_NEGATIVES + 1):.3f} at random"
        )
    return ranker


def _examples(
    features: GarmentFeatures, history: History, until: date | None, rng: np.random.Generator
) -> list[tuple[Array, Array, Array, Array]]:
    """Return (history, context, gate, weight) for each choice; the chosen garment stands first."""
    found = []
    months: dict[tuple[int, int], Array] = {}
    for events in history.by_person.values():
        for number, event in enumerate(events):
            if until is not None and event.day >= until:
                break
            if number < _LEAST_EVENTS or not event.positive:
                continue
            month = (event.day.year, event.day.month)
            if month not in months:
                first = event.day.replace(day=1)
                months[month] = popularity_on([e for e in history.events if e.day < first], first, len(features))
            before = [earlier for earlier in events[:number] if earlier.day < event.day]
            context = Context(event.day, season_of(event.day), event.occasion)
            candidates = np.concatenate([[event.garment], rng.choice(len(features), _NEGATIVES, replace=False)])
            found.append(
                (
                    features.history(before, event.day)[candidates],
                    features.context(context, months[month])[candidates],
                    features.gate(before, context),
                    np.array(EVENT_WEIGHTS[event.kind], dtype=np.float32),
                )
            )
    return found
