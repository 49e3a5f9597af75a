"""Maximal marginal relevance: a list whose garments are good and unlike each other."""

import numpy as np
from numpy.typing import NDArray


def mmr(scores: NDArray[np.float32], vectors: NDArray[np.float32], k: int, *, relevance: float) -> list[int]:
    """Choose k positions one after the other, each by relevance * score - (1 - relevance) * nearest chosen.

    Args:
        scores: Scaled to 0 to 1, shape (n,).
        vectors: Of unit length, shape (n, d).
        k: How many.
        relevance: 1 ranks by score alone, 0 by unlikeness alone.

    Source: Carbonell and Goldstein 1998.

    Example:
        >>> scores = np.array([1.0, 0.9, 0.5], dtype=np.float32)
        >>> vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
        >>> mmr(scores, vectors, 2, relevance=1.0), mmr(scores, vectors, 2, relevance=0.5)
        ([0, 1], [0, 2])
    """
    chosen: list[int] = []
    nearest = np.zeros(len(scores), dtype=np.float32)
    open_places = np.ones(len(scores), dtype=bool)
    while len(chosen) < min(k, len(scores)):
        value = np.where(open_places, relevance * scores - (1 - relevance) * nearest, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        open_places[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return chosen
