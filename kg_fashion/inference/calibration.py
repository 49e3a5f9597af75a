"""Calibration: a last correction of probabilities, so that of what is said with 0.8, four in five are right.

The log-linear fusion is fitted on held-out scores with a temperature and a bias per value, so it is often calibrated
already. Here three corrections are tried against leaving it alone, by cross-validation among garments that the model
did not see, and one is taken only where it lowers the log loss by more than chance. It stands between the fusion and
every use of a probability: completions, abstention, reliability diagrams.

- `vector`: log p times a temperature, plus a bias per value (Guo et al. 2017, "On Calibration of Modern Neural
  Networks", section 4.2, with one scale for all values); the only one that may change which value is best.
- `beta`: logit of the top probability = a log(p) - b log(1 - p) + c, a, b >= 0; the rest is rescaled (Kull et al.
  2017, "Beta calibration"). Three numbers, so it also suits a small catalogue.
- `isotonic`: the top probability through a rising step function; the rest is rescaled (Zadrozny & Elkan 2002,
  "Transforming classifier scores into accurate multiclass probability estimates").
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.metrics import BINS, bin_of, correct, expected_calibration_error, log_loss

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
METHODS = ("none", "vector", "beta", "isotonic")
_FOLDS = 5
_FEWEST = 50
"""Held-out garments below which nothing is corrected."""
_SURE = 2.0
"""Standard errors by which the log loss must fall before a correction is taken."""
_TINY = 1e-9
_LEAD = 1e-6


@dataclass(frozen=True, slots=True)
class Trial:
    """How a correction did on garments that it was not fitted on.

    Attributes:
        method: One of `METHODS`.
        log_loss: In nats, cross-validated.
        ece: Expected calibration error, cross-validated.
    """

    method: str
    log_loss: float
    ece: float


@dataclass(frozen=True)
class Calibration:
    """A fitted correction.

    Attributes:
        method: One of `METHODS`.
        weights: vector: the temperature's inverse, then a bias per value; beta: a, b, c; else empty.
        knots: isotonic: top probabilities, rising.
        heights: isotonic: what they become; straight lines between.
        trials: What was tried when it was chosen, for the record.
    """

    method: str = "none"
    weights: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    heights: tuple[float, ...] = ()
    trials: tuple[Trial, ...] = ()

    def apply(self, probabilities: Array) -> Array:
        """Return corrected probabilities; a value with probability 0 keeps it.

        Args:
            probabilities: Shape (n, n_values), rows sum to 1.

        Returns:
            Shape (n, n_values), float32, rows sum to 1; the same best value in each row unless `method` is vector.

        Example:
            >>> sharper = Calibration("vector", weights=(2.0, 0.0, 0.0))
            >>> sharper.apply(np.array([[0.8, 0.2]], dtype=np.float32)).round(3).tolist()
            [[0.9409999847412109, 0.05900000035762787]]
        """
        if self.method == "none" or not len(probabilities):
            return probabilities
        if self.method == "vector":
            return _scaled(probabilities, np.array(self.weights))
        top = probabilities.max(axis=1).astype(np.float64)
        return _with_top(probabilities, self._new_top(top))

    def _new_top(self, top: Floats) -> Floats:
        if self.method == "beta":
            return _sigmoid(_beta_features(top) @ np.array(self.weights))
        return np.interp(top, self.knots, self.heights)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read it back from JSON.

        Raises:
            KeyError: a field is missing.
            ValueError: no such method.

        Example:
            >>> Calibration.from_dict(Calibration().to_dict()) == Calibration()
            True
        """
        if record["method"] not in METHODS:
            raise ValueError(f"no calibration method {record['method']!r}; there are {', '.join(METHODS)}")
        weights, knots, heights = (tuple(map(float, record[name])) for name in ("weights", "knots", "heights"))
        trials = tuple(Trial(str(t["method"]), float(t["log_loss"]), float(t["ece"])) for t in record["trials"])
        return cls(str(record["method"]), weights, knots, heights, trials)


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


def fit_method(method: str, probabilities: Array, truth: Array) -> Calibration:
    """Fit one correction.

    Args:
        method: One of `METHODS`.
        probabilities: Shape (n, n_values), rows sum to 1.
        truth: Distributions, shape (n, n_values), no row of zeros.
    """
    if method == "none":
        return Calibration()
    if method == "vector":
        return Calibration(method, weights=_fit_vector(probabilities, truth > 0))
    top = probabilities.max(axis=1).astype(np.float64)
    hit = correct(probabilities, truth)
    if method == "beta":
        return Calibration(method, weights=_fit_beta(top, hit))
    knots, heights = _fit_isotonic(top, hit)
    return Calibration(method, knots=knots, heights=heights)


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


def _fit_vector(probabilities: Array, true: NDArray[np.bool_]) -> tuple[float, ...]:
    """Minimise the log loss over the scale and the biases, with a weak pull to 1 and 0."""
    logits = np.log(np.maximum(probabilities, _TINY).astype(np.float64))
    start = np.concatenate([[1.0], np.zeros(logits.shape[1])])

    def loss(x: Floats) -> tuple[float, Floats]:
        raised, total = _raised(x[0] * logits + x[1:])
        of_true = np.where(true, raised, 0.0)
        right = np.maximum(of_true.sum(axis=1, keepdims=True), 1e-300)
        slope = raised / total - of_true / right
        away = x - start
        whole = np.concatenate([[float((slope * logits).sum())], slope.sum(axis=0)])
        return float(np.log(total / right).sum() + 0.5 * (away**2).sum()) / len(logits), (whole + away) / len(logits)

    return _minimum(loss, start, None)


def _scaled(probabilities: Array, weights: Floats) -> Array:
    logits = weights[0] * np.log(np.maximum(probabilities, _TINY).astype(np.float64)) + weights[1:]
    raised, _ = _raised(np.where(probabilities > 0, logits, -np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _raised(logits: Floats) -> tuple[Floats, Floats]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised, raised.sum(axis=1, keepdims=True)


def _fit_beta(top: Floats, hit: NDArray[np.bool_]) -> tuple[float, ...]:
    """Fit the logistic regression with slopes of at least 0, with a weak pull to the identity (1, 1, 0)."""
    features, start = _beta_features(top), np.array([1.0, 1.0, 0.0])

    def loss(x: Floats) -> tuple[float, Floats]:
        logit = features @ x
        away = x - start
        total = np.logaddexp(0.0, np.where(hit, -logit, logit)).sum() + 0.5 * (away**2).sum()
        return float(total) / len(top), (features.T @ (_sigmoid(logit) - hit) + away) / len(top)

    return _minimum(loss, start, [(0.0, None), (0.0, None), (None, None)])


def _beta_features(top: Floats) -> Floats:
    inside = np.clip(top, _LEAD, 1 - _LEAD)
    return np.stack([np.log(inside), -np.log1p(-inside), np.ones_like(inside)], axis=1)


def _fit_isotonic(top: Floats, hit: NDArray[np.bool_]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Fit a rising step function; no step is surer than one miss among as many garments as it has, plus two."""
    from sklearn.isotonic import IsotonicRegression

    surest = 1 - 1 / (len(top) + 2)
    fitted = IsotonicRegression(y_min=1 - surest, y_max=surest).fit(top, hit.astype(np.float64))
    return tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist())


def _with_top(probabilities: Array, new: Floats) -> Array:
    """Give each row's top probability a new value, and share out the rest in proportion.

    The top stays the best: with a runner-up r of a rest s, it stays so from r / (r + s) on. Where the rest is 0, so
    that there is nothing to share out to, the row stays.
    """
    rows, best = np.arange(len(probabilities)), probabilities.argmax(axis=1)
    rest = probabilities.astype(np.float64)
    top = rest[rows, best].copy()
    rest[rows, best] = 0.0
    total, second = rest.sum(axis=1), rest.max(axis=1)
    alone = total <= 0
    least = np.minimum((1 + _LEAD) * second / np.maximum(second + total, 1e-300), 1.0)
    raised = np.where(alone, top, np.maximum(new, least))
    found = rest * ((1 - raised) / np.where(alone, 1.0, total))[:, None]
    found[rows, best] = raised
    return np.asarray(found, dtype=np.float32)


def _minimum(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    bounds: list[tuple[float | None, float | None]] | None,
) -> tuple[float, ...]:
    from scipy.optimize import minimize

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500, "ftol": 1e-12})
    return tuple(float(x) for x in found.x)


def _sigmoid(logit: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logit)))
