"""The exact terms of scores: what each part, rule and family of a garment gives to each value of a target.

The score is a sum (`fusion.py`), so its terms are no estimate. Those of many garments stand in arrays, one after the
other: completions take the strongest of each from there, explanations all of one garment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_fashion.embedding import GarmentEmbedding
from kg_fashion.embedding.features import BIAS
from kg_fashion.inference.completion import ChosenReasons
from kg_fashion.inference.evidence import Evidence
from kg_fashion.inference.families import FAMILIES, Keys
from kg_fashion.inference.fusion import Fusion
from kg_fashion.inference.wording import ReasonWording

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
Name = tuple[str, str]
"""Kind and key: ("value", "material=<IRI>"), ("rule", IRI), ("family", "stem=..."), ("bias", "always=")."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """What is said of some garments for one target, and on what grounds.

    Attributes:
        probabilities: Shape (n, n_values).
        parts: Of each garment.
        keys: The families of each garment.
        scores: Of embedding and families, shape (n, n_scores, n_values).
        evidence: Which rules speak.
        fusion: With a weight for each of them.
    """

    probabilities: Array
    parts: Sequence[Sequence[str]]
    keys: Sequence[Keys]
    scores: Array
    evidence: Evidence
    fusion: Fusion

    def take(self, rows: Sequence[int]) -> "Predicted":
        """Return the same for some of the garments."""
        return Predicted(
            self.probabilities[rows], [self.parts[row] for row in rows], [self.keys[row] for row in rows],
            self.scores[rows], self.evidence.take(rows), self.fusion,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class ScoreTerms:
    """The terms of some garments' scores; the fusion's bias, which all garments share, is not among them.

    Attributes:
        names: Of the terms that occur.
        rows: The garment of each term, shape (n_terms,), not falling.
        numbers: The position of each in `names`, shape (n_terms,); once a garment.
        logits: What it adds for each value, in nats, shape (n_terms, n_values), float32.
    """

    names: Sequence[Name]
    rows: Ids
    numbers: Ids
    logits: Array

    def strongest(self, values: Ids, limit: int, wording: ReasonWording) -> ChosenReasons:
        """Return the terms of each garment that pull most towards a value, against the average over all values.

        Args:
            values: The column of each garment's value, shape (n,).
            limit: At most so many terms a garment.
            wording: How to say them.
        """
        pulls = self.logits[np.arange(len(self.rows)), values[self.rows]] - self.logits.mean(axis=1)
        order = np.lexsort((-pulls, self.rows))
        starts = np.searchsorted(self.rows, np.arange(len(values)))
        place = np.arange(len(order)) - starts[self.rows[order]]
        first, place = order[place < limit], place[place < limit]
        chosen = np.full((len(values), min(limit, int(place.max(initial=-1)) + 1)), -1, dtype=np.int64)
        strength = np.zeros(chosen.shape, dtype=np.float32)
        chosen[self.rows[first], place] = self.numbers[first]
        strength[self.rows[first], place] = pulls[first]
        return ChosenReasons(self.names, chosen, strength, wording)


def score_terms(said: Predicted, embedding: GarmentEmbedding, target: str) -> ScoreTerms:
    """Return the terms of garments' scores.

    Args:
        said: What is said of the garments.
        embedding: The graph embedding.
        target: The attribute.
    """
    names: dict[Name, int] = {}
    found = [_of_rules(said, names), _of_families(said, names), _of_parts(said, embedding, target, names)]
    rows, numbers, logits = (np.concatenate(own) for own in zip(*found, strict=True))
    order = np.argsort(rows, kind="stable")
    return ScoreTerms(list(names), rows[order], numbers[order], logits[order])


def _of_rules(said: Predicted, names: dict[Name, int]) -> tuple[Ids, Ids, Array]:
    """Return one term for each rule that speaks for a garment, whatever the number of values that it speaks for."""
    rows, witnesses = np.nonzero(said.evidence.fires)
    numbers = _numbered((("rule", rule) for rule, _ in said.evidence.witnesses), names)[witnesses]
    pairs, place = np.unique(np.stack([rows, numbers]), axis=1, return_inverse=True)
    logits = np.zeros((pairs.shape[1], said.probabilities.shape[1]), dtype=np.float32)
    np.add.at(logits, (place, said.fusion.columns[witnesses]), said.fusion.weights[witnesses])
    return pairs[0], pairs[1], logits


def _of_families(said: Predicted, names: dict[Name, int]) -> tuple[Ids, Ids, Array]:
    scaled = said.fusion.scales[:, None] * said.scores
    of_family = np.stack([scaled[:, 2], scaled[:, 3] + scaled[:, 4]], axis=1)
    rows, families = np.nonzero(of_family.any(axis=2))
    keyed = (("family", f"{FAMILIES[f]}={said.keys[r][f]}") for r, f in zip(rows.tolist(), families, strict=True))
    return rows, _numbered(keyed, names), of_family[rows, families]


def _of_parts(
    said: Predicted, embedding: GarmentEmbedding, target: str, names: dict[Name, int]
) -> tuple[Ids, Ids, Array]:
    rows, parts, logits = embedding.terms(said.parts, target)
    used, place = np.unique(parts, return_inverse=True)
    keys = (embedding.part_names[part] for part in used.tolist())
    numbers = _numbered((("bias" if key == BIAS else "value", key) for key in keys), names)[place]
    known = said.scores[:, 0].any(axis=1)
    scale = np.where(known, said.fusion.scales[0], said.fusion.scales[1])
    return rows, numbers, logits * scale[rows, None]


def _numbered(own: Iterable[Name], names: dict[Name, int]) -> Ids:
    return np.array([names.setdefault(name, len(names)) for name in own], dtype=np.int64)
