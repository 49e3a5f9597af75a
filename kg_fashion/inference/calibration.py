"""Calibration: a last correction of probabilities, so that of what is said with 0.8, four in five are right.

The log-linear fusion is fitted on held-out scores with a temperature and a bias per value, so it is often calibrated
already. Here three corrections are tried against leaving it alone, by cross-validation among garments that the model
did not see, and one is taken only where it lowers the log loss by more than chance. It stands between the fusion and
every use of a probability: completions, abstention, reliability diagrams.

The corrections themselves are in `corrections.py`.
"""

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.corrections import METHODS, Calibration, Trial, fit_method
from kg_fashion.inference.metrics import BINS, bin_of, expected_calibration_error, log_loss

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
_FOLDS = 5
_FEWEST = 50
"""Held-out garments below which nothing is corrected."""
_SURE = 2.0
"""Standard errors by which the log loss must fall before a correction is taken."""


def fit_calibration(probabilities: Array, truth: Array, *, seed: int = 0) -> Calibration:
    """Choose and fit a correction on held-out garments.

    Each candidate is fitted on four fifths of the garments and told on the last fifth, five times. Of those that beat
    leaving things alone by two standard errors of the difference garment by garment, the one with the lowest log loss
    is taken; else none is. So on garments like these the log loss does not rise but by bad luck.

    Args:
        probabilities: Of garments that the model did not see in training, shape (n, n_values), rows sum to 1. Logits
            are not asked for: log p is the logit, up to a number for the row that no correction here looks at.
        truth: Distributions, shape (n, n_values); rows of zeros are left out.
        seed: Of the folds.

    Example:
        >>> said = np.tile(np.array([[0.9, 0.1]], dtype=np.float32), (400, 1))
        >>> true = np.eye(2, dtype=np.float32)[(np.arange(400) % 10 > 6).astype(int)]  # the best is right in 7 of 10
        >>> round(float(fit_calibration(said, true).apply(said)[0, 0]), 2)
        0.7
    """
    known = truth.sum(axis=1) > 0
    said, true = probabilities[known], truth[known]
    if len(said) < _FEWEST:
        return Calibration()
    left_out = {method: _cross_fitted(method, said, true, seed) for method in METHODS}
    trials = tuple(Trial(m, log_loss(p, true), expected_calibration_error(p, true)) for m, p in left_out.items())
    kept = [t for t in trials if t.method == "none" or _surely_better(left_out[t.method], left_out["none"], true)]
    fitted = fit_method(min(kept, key=lambda trial: trial.log_loss).method, said, true)
    return Calibration(fitted.method, fitted.weights, fitted.knots, fitted.heights, trials)


def expected_noise(top: Array, *, n_draws: int = 500, seed: int = 0) -> tuple[float, float]:
    """Return the calibration error that a perfectly calibrated model shows on so many garments, by chance alone.

    Each draw makes every garment right with just its top probability, and measures the error over 15 bins: what is
    left is sampling noise, about sqrt(2 / pi) times the binomial deviation of each bin. A measured error below the
    second number is no sign of miscalibration.

    Args:
        top: Top probabilities, shape (n,).
        n_draws: Draws to average over.
        seed: Of the draws.

    Returns:
        The mean and the 95% quantile.

    Source: Vaicenavicius et al. 2019, "Evaluating model calibration in classification", section 4 (consistency
    resampling; Bröcker & Smith 2007).

    Example:
        >>> mean, high = expected_noise(np.full(7000, 0.84, dtype=np.float32))
        >>> round(mean, 4), round(high, 4)  # sqrt(2 / pi * 0.84 * 0.16 / 7000) = 0.0035
        (0.0038, 0.0096)
    """
    rng = np.random.default_rng(seed)
    top = np.asarray(top, dtype=np.float64)
    bins = bin_of(top)
    said = np.bincount(bins, weights=top, minlength=BINS)
    draws = []
    for _ in range(n_draws):
        hits = np.bincount(bins, weights=rng.random(len(top)) < top, minlength=BINS)
        draws.append(np.abs(hits - said).sum() / len(top))
    return float(np.mean(draws)), float(np.quantile(draws, 0.95))


def _cross_fitted(method: str, said: Array, true: Array, seed: int) -> Array:
    if method == "none":
        return said
    fold = np.random.default_rng(seed).permutation(len(said)) % _FOLDS
    found = np.empty_like(said)
    for number in range(_FOLDS):
        inside, outside = fold != number, fold == number
        found[outside] = fit_method(method, said[inside], true[inside]).apply(said[outside])
    return found


def _surely_better(one: Array, other: Array, true: Array) -> bool:
    gain = _losses(other, true) - _losses(one, true)
    return bool(gain.mean() > _SURE * gain.std(ddof=1) / len(gain) ** 0.5)


def _losses(probabilities: Array, truth: Array) -> Floats:
    """Return each garment's log loss, shape (n,)."""
    mass = np.where(truth > 0, probabilities, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(-np.log(np.maximum(mass, 1e-6)))
