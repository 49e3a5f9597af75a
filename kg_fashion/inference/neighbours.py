"""The nearest known garments of a garment, by the cosine of composed vectors: exact, in bounded memory.

"Like these, which are known to be winter": cases beside the terms of the score. Queries and known garments are taken
in blocks, so that no table of all similarities is ever held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Garment

Array = NDArray[np.float32]
_QUERIES = 256
_KNOWN = 65_536
"""A block of similarities takes 64 MB."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A known garment near another.

    Attributes:
        garment: The known garment.
        similarity: The cosine of the two vectors, -1 to 1.
        values: IRIs of its values of the attribute.
    """

    garment: Garment
    similarity: float
    values: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the neighbour for JSON."""
        return {
            "garment": self.garment.id,
            "name": self.garment.name,
            "similarity": round(self.similarity, 4),
            "values": list(self.values),
        }


class NearestGarments:
    """Known garments, to be asked for the nearest.

    Args:
        vectors: Shape (n, dim), float32; of any length, kept as they are.
        garments: The same garments, n.

    Raises:
        ValueError: the numbers of vectors and garments differ.

    Example:
        >>> coat, shirt = (Garment(i, f"urn:{i}", (), {"season": (s,)}) for i, s in [("1", "winter"), ("2", "summer")])
        >>> known = NearestGarments(np.array([[2, 0], [1, 1]], dtype=np.float32), [coat, shirt])
        >>> [near] = known.query(np.array([[5, 1]], dtype=np.float32), 1, target="season")
        >>> [(n.garment.id, round(n.similarity, 2), n.values) for n in near]
        [('1', 0.98, ('winter',))]
    """

    def __init__(self, vectors: Array, garments: Sequence[Garment]) -> None:
        if len(vectors) != len(garments):
            raise ValueError(f"{len(vectors)} vectors of {len(garments)} garments; give one each")
        self._vectors = vectors
        self._garments = garments
        self._lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12).astype(np.float32)
        self._rows = {garment.id: row for row, garment in enumerate(garments)}

    def query(
        self, vectors: Array, k: int, *, target: str, leave_out: Sequence[str] = ()
    ) -> list[tuple[Neighbour, ...]]:
        """Return the nearest garments whose value of an attribute is known, the nearest first.

        Args:
            vectors: Shape (n, dim), float32.
            k: At most so many for each.
            target: The attribute.
            leave_out: For each query, the identifier of a garment that does not count, such as itself.
        """
        known = np.array([r for r, g in enumerate(self._garments) if g.values.get(target)], dtype=np.int64)
        own = [self._rows.get(garment_id, -1) for garment_id in leave_out] or [-1] * len(vectors)
        found = []
        for start in range(0, len(vectors), _QUERIES):
            block = slice(start, start + _QUERIES)
            rows, near = self._nearest(vectors[block], known, k, np.array(own[block], dtype=np.int64))
            found += [self._told(*pair, target) for pair in zip(rows.tolist(), near.tolist(), strict=True)]
        return found

    def _nearest(self, vectors: Array, known: NDArray[np.int64], k: int, own: NDArray[np.int64]) -> tuple[Any, Any]:
        """Return rows and similarities of the nearest, shape (n, at most k); of equal ones the earlier first."""
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        rows = np.zeros((len(vectors), 0), dtype=np.int64)
        near = np.zeros((len(vectors), 0), dtype=np.float32)
        for start in range(0, len(known), _KNOWN):
            some = known[start : start + _KNOWN]
            similar = (unit @ self._vectors[some].T) / self._lengths[some]
            similar[own[:, None] == some] = -np.inf
            best = np.argpartition(-similar, min(k, len(some)) - 1, axis=1)[:, :k]
            rows = np.concatenate([rows, some[best]], axis=1)
            near = np.concatenate([near, np.take_along_axis(similar, best, axis=1)], axis=1)
            order = np.lexsort((rows, -near), axis=1)[:, :k]
            rows, near = np.take_along_axis(rows, order, axis=1), np.take_along_axis(near, order, axis=1)
        return rows, near

    def _told(self, rows: list[int], near: list[float], target: str) -> tuple[Neighbour, ...]:
        garments = ((self._garments[row], similarity) for row, similarity in zip(rows, near, strict=True))
        return tuple(Neighbour(g, s, g.values[target]) for g, s in garments if s > -np.inf)
