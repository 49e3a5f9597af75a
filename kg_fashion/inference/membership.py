"""Membership: of an attribute with several values a garment, how likely each value is among a garment's values.

The fused model gives one distribution over the values, fitted so that the mass on all of a garment's values together is
right; how it is shared among them is not. So where training garments have several values, each value has a logistic
regression over the log probabilities of all the values, fitted on held-out garments: that autumn is nearly sure is a
reason for spring, too. Where garments have one value each there is nothing to learn: membership is the probability.

Source: Godbole & Sarawagi 2004, "Discriminative Methods for Multi-labeled Classification", section 3.1: a second level
of classifiers over the outputs of the first for all labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.folds import comparing_folds

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
_FEWEST = 10
"""Garments with several values below which an attribute counts as having one."""
_LEAST = 1e-4
"""A probability counts for no less than this: a log has no bottom."""
_STRENGTHS = (0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True, eq=False)
class Membership:
    """A logistic regression for each value.

    Attributes:
        weights: Of the log probabilities of all values, then a bias, shape (n_values, n_values + 1), float32.
    """

    weights: Array

    def apply(self, probabilities: Array) -> Array:
        """Return the probability of each value to be among a garment's.

        A value with probability 0, which was ruled out, keeps it.

        Args:
            probabilities: Of the fused model, shape (n, n_values), rows sum to 1.

        Returns:
            Shape (n, n_values), float32; rows sum to how many values are expected.

        Example:
            >>> both = Membership(np.array([[1, 1, 3], [0, 1, 0]], dtype=np.float32))
            >>> both.apply(np.array([[0.5, 0.5], [1.0, 0.0]], dtype=np.float32)).round(2).tolist()
            [[0.8299999833106995, 0.33000001311302185], [0.0, 0.0]]
        """
        from scipy.special import expit

        said = expit(_features(probabilities) @ self.weights.T.astype(np.float64))
        return np.where(probabilities > 0, said, 0).astype(np.float32)

    def to_list(self) -> list[list[float]]:
        """Return the weights for JSON."""
        return [list(map(float, row)) for row in self.weights]

    @classmethod
    def from_list(cls, rows: Sequence[Sequence[float]]) -> Self:
        """Make it from what `to_list` returned.

        Raises:
            ValueError: the rows are of another shape.
        """
        weights = np.array(rows, dtype=np.float32)
        if weights.ndim != 2 or weights.shape[1] != len(weights) + 1:
            raise ValueError("the weights of the membership do not fit together")
        return cls(weights)


def fit_membership(probabilities: Array, truth: Array) -> Membership | None:
    """Fit on garments that the fused model had not seen; None where they have one value each.

    How strongly the weights are drawn towards 0 is chosen by cross-validated log loss.

    Args:
        probabilities: Of the fused model, shape (n, n_values).
        truth: Above 0 where a garment has a value, shape (n, n_values).

    Example:
        >>> fit_membership(np.full((40, 2), 0.5, dtype=np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 20])
    """
    has = (truth > 0).astype(np.float64)
    if int((has.sum(axis=1) > 1).sum()) < _FEWEST:
        return None
    known = _features(probabilities)
    folds = comparing_folds(len(known))

    def left_out(strength: float) -> float:
        return sum(_loss(_fit(known[a], has[a], strength), known[b], has[b])[0] for a, b in folds)

    best = min(_STRENGTHS, key=left_out)
    return Membership(_fit(known, has, best).astype(np.float32))


def _features(probabilities: Array) -> Floats:
    """Return log probabilities and a column of ones, shape (n, n_values + 1)."""
    logs = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    return np.concatenate([logs, np.ones((len(logs), 1))], axis=1)


def _fit(known: Floats, has: Floats, strength: float) -> Floats:
    """Return the weights of least penalised log loss, shape (n_values, n_values + 1); the bias is not penalised."""
    from scipy.optimize import minimize

    shape = (has.shape[1], known.shape[1])
    penalised = np.ones(shape)
    penalised[:, -1] = 1e-4

    def objective(x: Floats) -> tuple[float, Floats]:
        weights = x.reshape(shape)
        loss, slope = _loss(weights, known, has)
        drawn = penalised * weights / strength
        return loss + 0.5 * float((drawn * weights).sum()), (slope + drawn).ravel()

    found = minimize(objective, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x).reshape(shape)


def _loss(weights: Floats, known: Floats, has: Floats) -> tuple[float, Floats]:
    """Return the log loss over garments and values, in nats, and its slope."""
    from scipy.special import expit

    logits = known @ weights.T
    return float((np.logaddexp(0, logits) - has * logits).sum()), (expit(logits) - has).T @ known
