"""Corrections of probabilities, and how each is fitted; `calibration.py` chooses among them.

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

from kg_fashion.inference.metrics import correct

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
METHODS = ("none", "vector", "beta", "isotonic")
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
