"""Metrics of completed attributes; the truth may hold several values for a garment."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

Array = NDArray[np.float32]
_FLOOR = 1e-6
_BINS = 15


def correct(probabilities: Array, truth: Array) -> NDArray[np.bool_]:
    """Say for each garment whether its most probable value is one of the true ones."""
    return np.asarray(truth[np.arange(len(truth)), probabilities.argmax(axis=1)] > 0)


def macro_f1(probabilities: Array, truth: Array) -> float:
    """Return the F1 of each value in the truth, averaged; a hit counts for the value that was said."""
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
    bins = np.minimum((top * _BINS).astype(int), _BINS - 1)
    gaps = [abs(hit[bins == b].mean() - top[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))


def bootstrap_interval(hits: NDArray[np.bool_], *, seed: int, n: int = 1000) -> tuple[float, float]:
    """Return the 95% percentile interval of a share under resampling of garments (Efron 1979)."""
    drawn = np.random.default_rng(seed).binomial(len(hits), hits.mean(), size=n) / len(hits)
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))
