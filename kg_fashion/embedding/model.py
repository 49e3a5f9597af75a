"""The trained knowledge-graph embedding, as it is used: vectors of garments, and scores of values that are exact sums.

Trained by `training.py`, composed by `representation.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion.catalog import Garment
from kg_fashion.embedding.features import encode_parts
from kg_fashion.embedding.parts import Ids, Parts, Symbols, kept_starts, key_name
from kg_fashion.ontology import Ontology

Array = NDArray[np.float32]


@dataclass(frozen=True)
class EmbeddingSettings:
    """How to train.

    Attributes:
        dim: Length of the vectors.
        epochs: Passes over the training triples; None to find how many by early stopping (`training.py`).
        batch_size: (garment, relation) pairs in a step.
        learning_rate: Of Adam at the start; it falls to a tenth by the end.
        part_dropout: The share of parts left out at random in training.
        label_smoothing: The share of the truth that is spread over all values of the relation (Szegedy et al. 2016).
        min_count: A part must occur in so many training garments to have a vector.
    """

    dim: int = 64
    epochs: int | None = None
    batch_size: int = 1024
    learning_rate: float = 5e-3
    part_dropout: float = 0.5
    label_smoothing: float = 0.0
    min_count: int = 2


class GarmentEmbedding:
    """A trained embedding.

    Args:
        settings: How it was trained.
        keys: The parts that have a vector, ascending, shape (n_parts,), int64; the first is the bias.
        symbols: Of the keys; parts that are asked about must have the same.
        values: Target attribute -> the IRIs of its values.
        tensors: `parts` (n_parts, dim), `values` (n_values, dim), `relations` (n_targets, dim), float32; `scores`, what
            each part gives to each value before the root of their number is taken, (n_parts, n_values): by DistMult,
            the product of the part's, the relation's and the value's vector, where it is not there.
    """

    def __init__(
        self,
        settings: EmbeddingSettings,
        keys: Ids,
        symbols: Symbols,
        values: Mapping[str, tuple[str, ...]],
        tensors: Mapping[str, Array],
    ) -> None:
        self.settings = settings
        self.keys = keys
        self.symbols = symbols
        self.values = dict(values)
        given = dict(tensors)
        if "scores" not in given:
            relation = np.repeat(np.arange(len(values)), [len(own) for own in values.values()])
            given["scores"] = given["parts"] @ (given["values"] * given["relations"][relation]).T
        self.tensors = given

    def describe(self) -> dict[str, Any]:
        """Return settings and values, for JSON."""
        return {"settings": asdict(self.settings), "values": self.values}

    def encode(self, garments: Sequence[Garment], ontology: Ontology) -> Parts:
        """Return the parts of garments; those that hold a text that was not seen in training are left out."""
        return encode_parts(garments, ontology, self.symbols)

    def part_name(self, part: int) -> str:
        """Return the name of a part by its id: `word=Slim`."""
        return key_name(int(self.keys[part]), self.symbols)

    def vectors(self, parts: Parts) -> Array:
        """Compose the vectors of garments of all their parts, shape (n, dim), float32."""
        return self._composed(parts, self.tensors["parts"])

    def plausibility(self, parts: Parts, target: str) -> Array:
        """Score each value of a target for each garment; the garment's own value is not looked at.

        Returns:
            Shape (n, n_values), float32; unbounded, higher is better, not a probability.
        """
        return self._composed(parts.without((target,)), self._scores(target))

    def terms(self, parts: Parts, target: str) -> tuple[Ids, Ids, Array]:
        """Return what each part of each garment gives to each value's plausibility; they sum to it exactly.

        Returns:
            The garment of each term, shape (n_terms,), not falling; the id of its part; and what it gives, shape
            (n_terms, n_values), float32.
        """
        ids, starts = self._numbered(parts.without((target,)))
        lengths = np.diff(starts)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        return owner, ids, self._scores(target)[ids] * _weights(lengths)[owner, None]

    def contributions(self, parts: Parts, target: str) -> dict[str, Array]:
        """Return what each part of the first garment gives to each value's plausibility; they sum to it exactly."""
        _, ids, given = self.terms(parts.take([0]), target)
        return {self.part_name(part): own for part, own in zip(ids.tolist(), given, strict=True)}

    def joined(self, others: Sequence["GarmentEmbedding"]) -> "GarmentEmbedding":
        """Return this embedding with the mean of the scores of several, its own among them: an ensemble.

        Scores are sums over parts, so the mean of several models is one table, no slower than one model.

        Args:
            others: Of the same values and symbols; a part that one does not know gives 0 there.
        """
        total = self.tensors["scores"].copy()
        for other in others:
            _, here, there = np.intersect1d(self.keys, other.keys, assume_unique=True, return_indices=True)
            total[here] += other.tensors["scores"][there]
        tensors = self.tensors | {"scores": (total / (1 + len(others))).astype(np.float32)}
        return GarmentEmbedding(self.settings, self.keys, self.symbols, self.values, tensors)

    def _numbered(self, parts: Parts) -> tuple[Ids, Ids]:
        if parts.symbols is not self.symbols:
            raise ValueError("parts of other symbols than the embedding's; make them with its encode()")
        return numbered(parts, self.keys)

    def _scores(self, target: str) -> Array:
        names = list(self.values)
        start = sum(len(self.values[name]) for name in names[: names.index(target)])
        return self.tensors["scores"][:, start : start + len(self.values[target])]

    def _composed(self, parts: Parts, table: Array) -> Array:
        """Return the sum of the parts' rows, over the root of their number."""
        ids, starts = self._numbered(parts)
        weights = np.repeat(_weights(np.diff(starts)), np.diff(starts))
        bags = sparse.csr_matrix((weights, ids, starts), shape=(len(parts), len(table)))
        return np.asarray(bags @ np.ascontiguousarray(table))


def numbered(parts: Parts, keys: Ids) -> tuple[Ids, Ids]:
    """Return parts as places in ascending keys, and where each garment's begin; parts without a key are left out."""
    places = np.searchsorted(keys, parts.keys)
    places[places == len(keys)] = 0
    kept = keys[places] == parts.keys
    return places[kept], kept_starts(kept, parts.starts)


def _weights(lengths: Ids) -> Array:
    return np.asarray(1 / np.sqrt(np.maximum(lengths, 1)), dtype=np.float32)
