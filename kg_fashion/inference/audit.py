"""Audit: supplied values that the model doubts, most suspicious first: a catalogue team's to-do list.

Confident learning: a garment is suspicious where the model, which never saw the garment's own value, is as sure of
another value as it is on average of garments that do have that value. Each value has its own threshold, so a rare or
hard one is not accused more than a common, easy one. A supplied value that hard knowledge rules out (`veto.py`) comes
before all others, whatever the model says. The probabilities must be out-of-fold: a model that was trained
on the garment has learned its error, too.

Source: Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70,
eq. 1 and 2 (thresholds, confident joint), section 3.2 (ranking by normalised margin).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.veto import Vetoes

Array = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A supplied value that the model doubts.

    Attributes:
        row: The garment's row.
        supplied: Columns of its supplied values.
        suggested: The column of the value that the model would have said.
        p_supplied: Probability of the supplied values together.
        p_suggested: Probability of the suggested one.
        vetoes: The columns of supplied values that are impossible, each with the rule that says so.
    """

    row: int
    supplied: tuple[int, ...]
    suggested: int
    p_supplied: float
    p_suggested: float
    vetoes: tuple[tuple[int, str], ...] = ()

    @property
    def margin(self) -> float:
        """By how much the suggested value is more probable than the supplied ones, -1 to 1."""
        return self.p_suggested - self.p_supplied


def class_thresholds(probabilities: Array, truth: Array) -> Floats:
    """Return how sure the model is, on average, of each value where it is supplied.

    Args:
        probabilities: Out-of-fold, shape (n, n_values).
        truth: What is supplied, shape (n, n_values), above 0 where a value is; rows of zeros count for nothing.

    Returns:
        Shape (n_values,); infinite for a value that is never supplied, so that nothing reaches it.

    Source: Northcutt et al. 2021, eq. 2; a garment with several values counts for each of them.

    Example:
        >>> said = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]], dtype=np.float32)
        >>> class_thresholds(said, np.eye(2)[[0, 0, 1]]).round(2).tolist()
        [0.8, 0.6]
    """
    has = truth > 0
    n = has.sum(axis=0)
    total = np.where(has, probabilities, 0).sum(axis=0, dtype=np.float64)
    return np.where(n > 0, total / np.maximum(n, 1), np.inf)


def suspicions(probabilities: Array, truth: Array, vetoes: Vetoes | None = None) -> list[Suspicion]:
    """List the garments whose supplied value the model doubts, most suspicious first.

    Args:
        probabilities: Of a model that never saw the garment's own value, shape (n, n_values), rows sum to 1.
        truth: What is supplied, shape (n, n_values), above 0 where a value is; rows of zeros have nothing to doubt.
        vetoes: Which values are impossible; none by default.

    Returns:
        Those with a supplied value that is impossible, then those whose most probable value is not supplied and reaches
        its threshold; both by falling margin.

    Example:
        >>> said = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]], dtype=np.float32)
        >>> [(s.row, s.supplied, s.suggested) for s in suspicions(said, np.eye(2)[[0, 0, 1, 1]])]
        [(3, (1,), 0)]
    """
    rows = np.arange(len(probabilities))
    best = probabilities.argmax(axis=1)
    p_best = probabilities[rows, best].astype(np.float64)
    p_supplied = np.where(truth > 0, probabilities, 0).sum(axis=1, dtype=np.float64)
    known = truth.sum(axis=1) > 0
    # half a step of float32 below the threshold still counts as reaching it
    doubted = known & (truth[rows, best] <= 0) & (p_best >= class_thresholds(probabilities, truth)[best] - 1e-7)
    by = np.full(truth.shape, -1) if vetoes is None else np.where(truth > 0, vetoes.by, -1)
    impossible = np.any(by >= 0, axis=1)
    chosen = np.flatnonzero(doubted | impossible)
    order = chosen[np.lexsort((p_supplied[chosen] - p_best[chosen], ~impossible[chosen]))]
    rules = () if vetoes is None else vetoes.rules
    return [
        Suspicion(
            int(row),
            tuple(np.flatnonzero(truth[row] > 0).tolist()),
            int(best[row]),
            float(p_supplied[row]),
            float(p_best[row]),
            tuple((column, rules[rule]) for column, rule in enumerate(by[row].tolist()) if rule >= 0),
        )
        for row in order
    ]
