"""Metrics of completed attributes; the truth may hold several values for a garment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from kg_fashion.inference.abstention import HeldOut

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Hits = NDArray[np.bool_]
_FLOOR = 1e-6
BINS = 15
"""Of the top probability, equally wide, where calibration is measured."""


def correct(probabilities: Array, truth: Array) -> Hits:
    """Say for each garment whether its most probable value is one of the true ones."""
    return np.asarray(truth[np.arange(len(truth)), probabilities.argmax(axis=1)] > 0)


def macro_f1(probabilities: Array, truth: Array) -> float:
    """Return the F1 of each value in the truth, averaged; a hit counts for the value that was said."""
    from sklearn.metrics import f1_score

    said = probabilities.argmax(axis=1)
    true = np.where(correct(probabilities, truth), said, truth.argmax(axis=1))
    return float(f1_score(true, said, labels=np.unique(true), average="macro", zero_division=0.0))


def log_loss(probabilities: Array, truth: Array) -> float:
    """Return the mean of -log(probability of the true values together), in nats; floored at 1e-6.

    Example:
        >>> round(log_loss(np.array([[0.5, 0.5]], dtype=np.float32), np.array([[1, 0]], dtype=np.float32)), 4)
        0.6931
    """
    mass = np.where(truth > 0, probabilities, 0).sum(axis=1)
    return float(-np.log(np.maximum(mass, _FLOOR)).mean())


def expected_calibration_error(probabilities: Array, truth: Array) -> float:
    """Return the mean gap between stated probability and accuracy over 15 equal bins (Guo et al. 2017, eq. 3).

    Example:
        >>> expected_calibration_error(np.array([[1.0, 0.0]], dtype=np.float32), np.array([[1, 0]], dtype=np.float32))
        0.0
    """
    top = probabilities.max(axis=1)
    hit = correct(probabilities, truth)
    bins = bin_of(top)
    gaps = [abs(hit[bins == b].mean() - top[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))


def bin_of(top: NDArray[np.floating[Any]], bins: int = BINS) -> NDArray[np.int64]:
    """Return the bin of each top probability, shape (n,), from 0; the last one holds 1.

    Example:
        >>> bin_of(np.array([0.0, 0.5, 1.0]), 4).tolist()
        [0, 2, 3]
    """
    return np.minimum((top * bins).astype(np.int64), bins - 1)


def bootstrap_interval(hits: Hits, *, seed: int, n: int = 1000) -> tuple[float, float]:
    """Return the 95% percentile interval of a share under resampling of garments (Efron 1979)."""
    drawn = np.random.default_rng(seed).binomial(len(hits), hits.mean(), size=n) / len(hits)
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def brier(probabilities: Array, truth: Array) -> float:
    """Return the mean over garments of the squared distance between said and true distribution, 0 to 2.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability".

    Example:
        >>> brier(np.array([[0.5, 0.5]], dtype=np.float32), np.array([[1, 0]], dtype=np.float32))
        0.5
    """
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def ranks(probabilities: Array, truth: Array) -> Floats:
    """Return the rank of each garment's best true value among the values that are not true.

    Args:
        probabilities: Shape (n, n_values).
        truth: Distributions, shape (n, n_values), no row of zeros.

    Returns:
        Shape (n,), from 1; a tie with m values counts as m / 2 places.

    Source: filtered, realistic rank; Bordes et al. 2013, section 4.2; Berrendorf et al. 2020, section 3.1.

    Example:
        >>> ranks(np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]), np.array([[0, 1, 0], [1, 0, 0]])).tolist()
        [2.0, 1.5]
    """
    true = truth > 0
    best = np.where(true, probabilities, -np.inf).max(axis=1, keepdims=True)
    above = (~true & (probabilities > best)).sum(axis=1)
    beside = (~true & (probabilities == best)).sum(axis=1)
    return np.asarray(1.0 + above + 0.5 * beside, dtype=np.float64)


def mean_reciprocal_rank(probabilities: Array, truth: Array) -> float:
    """Return the mean of 1 / rank over garments (see `ranks`)."""
    return float((1.0 / ranks(probabilities, truth)).mean())


def hits_at_1(probabilities: Array, truth: Array) -> float:
    """Return the share of garments for which a true value stands alone at the top (see `ranks`)."""
    return float((ranks(probabilities, truth) == 1.0).mean())


def cross_fitted_threshold(
    probabilities: Array, truth: Array, *, precision: float, seed: int
) -> tuple[float, float | None]:
    """Choose a threshold on one half of the garments and use it on the other, both ways.

    So no garment has a say in its own threshold, as it is in use; `abstention.HeldOut` chooses.

    Returns:
        The share of garments that is decided, and the share of right values among them; None where none is decided.
    """
    top, hit = probabilities.max(axis=1), correct(probabilities, truth)
    first = np.random.default_rng(seed).permutation(len(top)) % 2 == 0
    decided = np.zeros(len(top), dtype=np.bool_)
    for chosen_on in (first, ~first):
        if chosen_on.any():
            decided[~chosen_on] = (
                HeldOut.of(top[chosen_on], hit[chosen_on]).threshold_for(precision).decided(top[~chosen_on])
            )
    return float(decided.mean()), float(hit[decided].mean()) if decided.any() else None


def paired_difference(ours: Hits, theirs: Hits, *, seed: int, n: int = 1000) -> tuple[float, float, float]:
    """Return how much more often the first is right, with the 95% percentile interval.

    Garments are resampled with both answers together. A difference depends only on how many garments one method alone
    has right, so the resamples are drawn as multinomial counts, which is the same distribution.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", sections 8.3 and 13.3.

    Example:
        >>> same = np.array([True, False, True])
        >>> paired_difference(same, same, seed=0)
        (0.0, 0.0, 0.0)
    """
    size = len(ours)
    won, lost = float((ours & ~theirs).mean()), float((theirs & ~ours).mean())
    drawn = np.random.default_rng(seed).multinomial(size, [won, lost, max(0.0, 1 - won - lost)], size=n)
    differences = (drawn[:, 0] - drawn[:, 1]) / size
    return won - lost, float(np.quantile(differences, 0.025)), float(np.quantile(differences, 0.975))


def student_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95% interval of the mean of some runs, by Student's t with n - 1 degrees of freedom.

    Args:
        values: At least two.

    Source: Student 1908, "The probable error of a mean".

    Example:
        >>> [round(end, 3) for end in student_interval([0.80, 0.81, 0.82, 0.83, 0.84])]
        [0.8, 0.84]
    """
    mean = float(np.mean(values))
    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean - half, mean + half
