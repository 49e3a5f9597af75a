"""The exact terms of scores: what each part, rule and family of a garment gives to each value of a target.

The score is a sum (`fusion.py`), so its terms are no estimate. Those of many garments stand in arrays, one after the
other: completions take the strongest of each from there, explanations all of one garment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from kg_fashion.embedding import GarmentEmbedding
from kg_fashion.embedding.parts import BIAS, Parts
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
        families: The same as a `FamilyIndex` numbers them, shape (n, n_families), -1 where they are not known.
        scores: Of embedding and families, shape (n, n_scores, n_values).
        evidence: Which rules speak.
        fusion: With a weight for each of them.
    """

    probabilities: Array
    parts: Parts
    keys: Sequence[Keys]
    families: Ids
    scores: Array
    evidence: Evidence
    fusion: Fusion

    def take(self, rows: Sequence[int]) -> "Predicted":
        """Return the same for some of the garments."""
        return Predicted(
            self.probabilities[rows], self.parts.take(rows), [self.keys[row] for row in rows], self.families[rows],
            self.scores[rows], self.evidence.take(rows), self.fusion,
        )  # fmt: skip


class TermNames(Sequence[Name]):
    """The names of terms by number, each made when it is looked at.

    Args:
        n: How many there are.
        name: Number -> name.

    Example:
        >>> names = TermNames(2, lambda number: ("rule", f"urn:{number}"))
        >>> names[1], names[:1], len(names)
        (('rule', 'urn:1'), [('rule', 'urn:0')], 2)
    """

    def __init__(self, n: int, name: Callable[[int], Name]) -> None:
        self._n = n
        self._name = name

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> Name: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Name]: ...
    def __getitem__(self, index: int | slice) -> Name | Sequence[Name]:
        numbers = range(self._n)[index]
        return self._name(numbers) if isinstance(numbers, int) else list(map(self._name, numbers))


@dataclass(frozen=True, eq=False)
class ScoreTerms:
    """The terms of some garments' scores; the fusion's bias, which all garments share, is not among them.

    Attributes:
        names: Of terms, by number.
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
        counts = np.bincount(self.rows, minlength=len(values))
        width = int(counts.max(initial=0))
        place = np.arange(len(self.rows)) - (np.cumsum(counts) - counts)[self.rows]
        against = np.full((len(values), width), np.inf, dtype=np.float32)  # one garment a line, what is missing last
        against[self.rows, place] = -pulls
        limit = min(limit, width)
        first = np.argpartition(against, limit - 1, axis=1)[:, :limit] if limit else against[:, :0].astype(np.int64)
        strength = np.take_along_axis(against, first, axis=1)
        order = np.argsort(strength, axis=1, kind="stable")
        first, strength = np.take_along_axis(first, order, axis=1), np.take_along_axis(strength, order, axis=1)
        numbers = np.full((len(values), width), -1, dtype=np.int64)
        numbers[self.rows, place] = self.numbers
        chosen = np.take_along_axis(numbers, first, axis=1)
        return ChosenReasons(self.names, chosen, np.where(chosen < 0, 0, -strength).astype(np.float32), wording)


def score_terms(said: Predicted, embedding: GarmentEmbedding, target: str) -> ScoreTerms:
    """Return the terms of garments' scores.

    Args:
        said: What is said of the garments.
        embedding: The graph embedding.
        target: The attribute.
    """
    rules, n_parts = said.evidence.rules, len(embedding.keys)
    n_before = n_parts + len(rules)

    def name(number: int) -> Name:
        """Parts come first, then rules, then the families of each garment."""
        if number < n_parts:
            key = embedding.part_name(number)
            return "bias" if key == BIAS else "value", key
        if number < n_before:
            return "rule", rules[number - n_parts]
        row, family = divmod(number - n_before, len(FAMILIES))
        return "family", f"{FAMILIES[family]}={said.keys[row][family]}"

    found = [_of_parts(said, embedding, target), _of_rules(said, n_parts), _of_families(said, n_before)]
    rows, numbers, logits = (np.concatenate(own) for own in zip(*found, strict=True))
    order = np.argsort(rows, kind="stable")
    names = TermNames(n_before + len(said.keys) * len(FAMILIES), name)
    return ScoreTerms(names, rows[order], numbers[order], logits[order])


def _of_rules(said: Predicted, first: int) -> tuple[Ids, Ids, Array]:
    """Return one term for each rule that speaks for a garment, whatever the number of values that it speaks for."""
    rows, witnesses = said.evidence.fires.nonzero()
    numbers = {rule: place for place, rule in enumerate(said.evidence.rules)}
    of_witness = np.array([numbers[rule] for rule, _ in said.evidence.witnesses], dtype=np.int64)
    n_rules = max(1, len(numbers))
    pairs, place = np.unique(rows.astype(np.int64) * n_rules + of_witness[witnesses], return_inverse=True)
    logits = np.zeros((len(pairs), said.probabilities.shape[1]), dtype=np.float32)
    np.add.at(logits, (place, said.fusion.columns[witnesses]), said.fusion.weights[witnesses])
    return pairs // n_rules, first + pairs % n_rules, logits


def _of_families(said: Predicted, first: int) -> tuple[Ids, Ids, Array]:
    scaled = said.fusion.scales[:, None] * said.scores
    of_family = np.stack([scaled[:, 2], scaled[:, 3] + scaled[:, 4]], axis=1)
    rows, families = np.nonzero(of_family.any(axis=2))
    return rows, first + rows * len(FAMILIES) + families, of_family[rows, families]


def _of_parts(said: Predicted, embedding: GarmentEmbedding, target: str) -> tuple[Ids, Ids, Array]:
    rows, parts, logits = embedding.terms(said.parts, target)
    known = said.scores[:, 0].any(axis=1)
    scale = np.where(known, said.fusion.scales[0], said.fusion.scales[1])
    return rows, parts, logits * scale[rows, None]
