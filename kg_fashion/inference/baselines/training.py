"""What every method of the comparison trains on, and how those that are tuned hold garments out for it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.inference.inferrer import AttributeInferrer
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.reasoning import RuleSet

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
Predict = Callable[[Catalogue], Mapping[str, Array]]
"""Garments without the targets -> target -> probabilities, shape (n_garments, n_values), in `Training.values` order."""
Fit = Callable[["Training"], Predict]

_HELD_OUT_SHARE = 0.1


@dataclass(frozen=True)
class Examples:
    """One row for each true value of each garment that has one.

    Attributes:
        rows: The garment's position, shape (n,).
        classes: The value's column, shape (n,).
        weights: Sum to 1 over a garment, shape (n,).
        inside: Which examples a candidate is fitted on while tuning; at least one of each value.
        outside: Which ones it is judged on: those of a tenth of the garments.
    """

    rows: Ids
    classes: Ids
    weights: Array
    inside: Ids
    outside: Ids

    def loss(self, probabilities: Array) -> float:
        """Return the log loss on what is held out, in nats; probabilities have shape (n_garments, n_values)."""
        said = probabilities[self.rows[self.outside], self.classes[self.outside]]
        return float(-(self.weights[self.outside] * np.log(np.maximum(said, 1e-6))).sum())


@dataclass(frozen=True)
class Training:
    """The training garments of one split.

    Attributes:
        known: The garments with their targets.
        targets: The attributes to complete.
        seed: Of every random choice.
        rules: For the inferrer; the bundled ones by default.
        groups: One label a garment, where the test garments come from other groups: then those held out for tuning do
            too, so that a method is tuned for what it will be asked. None where garments stand for themselves.
        progress: Called with a line of text now and then.
    """

    known: Catalogue
    targets: tuple[str, ...]
    seed: int = 0
    rules: RuleSet | None = None
    groups: Sequence[Hashable] | None = None
    progress: Callable[[str], None] | None = None

    @cached_property
    def hidden(self) -> Catalogue:
        """The garments without the targets."""
        return self.known.without(self.targets)

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Target -> the IRIs of the values in use."""
        return {target: target_values(self.known, target) for target in self.targets}

    @cached_property
    def truth(self) -> dict[str, Array]:
        """Target -> what is known, shape (n_garments, n_values)."""
        return {target: label_matrix(self.known, target, values) for target, values in self.values.items()}

    @cached_property
    def inferrer(self) -> AttributeInferrer:
        """Ours, trained when it is first asked for."""
        return AttributeInferrer.train(
            self.known, targets=self.targets, rules=self.rules, seed=self.seed, progress=self.progress
        )

    def examples(self, target: str) -> Examples:
        """Return the examples of a target, a tenth of their garments held out for tuning."""
        rows, classes = np.nonzero(self.truth[target])
        garments = np.unique(rows)
        labels = garments.tolist() if self.groups is None else [self.groups[row] for row in garments]
        held_out = _draw(labels, self.seed)
        outside = np.isin(rows, garments[held_out])
        for value in np.unique(classes):
            of_value = classes == value
            if outside[of_value].all():
                outside &= rows != rows[np.flatnonzero(of_value)[0]]
        weights = self.truth[target][rows, classes]
        return Examples(rows, classes, weights, np.flatnonzero(~outside), np.flatnonzero(outside))


def _draw(labels: Sequence[Hashable], seed: int) -> Ids:
    """Draw groups at random until a tenth of the positions, and at least one, is drawn."""
    members: dict[Hashable, list[int]] = {}
    for position, label in enumerate(labels):
        members.setdefault(label, []).append(position)
    groups = list(members.values())
    drawn: list[int] = []
    for number in np.random.default_rng(seed).permutation(len(groups)):
        if len(drawn) >= max(1.0, _HELD_OUT_SHARE * len(labels)):
            break
        drawn += groups[number]
    return np.array(sorted(drawn), dtype=np.int64)
