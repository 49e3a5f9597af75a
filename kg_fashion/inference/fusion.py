"""Rules and embedding together: a log-linear model, fitted on scores of garments that the embedding did not see.

p(v) ~ exp(scale * plausibility(v) + bias(v) + sum of the weights of the rules that speak for v). Fitting on held-out
scores makes the scale a temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks"), so that the
probability is calibrated. Where several values are true, their probability together is what counts.

A rule's weight is never negative. Before any garment is seen, it is what the rule's stated confidence is worth
(`prior_weight`); the garments for which the rule speaks then move it, the more of them the further. So a rule that
never spoke in training, or was added since, counts by its word. How much the word weighs against the garments, the
prior's variance, is chosen by cross-validation among the calibration garments.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
_VARIANCES = (0.3, 1.0, 3.0, 10.0)
_FOLDS = 5
_MOST_COMPARED = 6000
"""Garments that the variance is chosen on: how far stated confidences are off does not depend on their number."""
_SUREST = 0.99
"""A share counts for no more than this, and for no less than its complement: certainty has no finite weight."""


@dataclass(frozen=True)
class Fusion:
    """A fitted log-linear model of one target.

    Attributes:
        scale: Of the plausibility.
        bias: One a value, shape (n_values,), float32.
        weights: One a witness, shape (n_witnesses,), float32, in nats.
        columns: The value that each witness speaks for, shape (n_witnesses,), int64.
        rates: How common each value is, shape (n_values,), float32, sums to 1.
        variance: Of the prior of the weights, in nats squared.
    """

    scale: float
    bias: Array
    weights: Array
    columns: Ids
    rates: Array
    variance: float

    def logits(self, plausibility: Array, fires: Array) -> Array:
        """Return unnormalised log-probabilities, shape (n, n_values)."""
        spread = np.zeros((len(self.weights), len(self.bias)), dtype=np.float32)
        spread[np.arange(len(self.weights)), self.columns] = self.weights
        return np.asarray(self.scale * plausibility + self.bias + fires @ spread, dtype=np.float32)

    def probabilities(self, plausibility: Array, fires: Array) -> Array:
        """Return probabilities, shape (n, n_values), rows sum to 1."""
        logits = self.logits(plausibility, fires).astype(np.float64)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def prior_weight(confidence: ArrayLike, rate: ArrayLike) -> Floats:
    """Return the weight that lifts a value from its base rate to a rule's confidence, in nats.

    In the log-linear model a rule that speaks alone adds its weight to the log-odds of its value, so
    w = max(0, log(c / (1 - c)) - log(p / (1 - p))). A rule less sure than the base rate, or without a stated
    confidence, has weight 0: its word is no reason for the value.

    Args:
        confidence: 0 to 1, NaN where none is stated, shape (n,) or a number.
        rate: The share of garments with the value, shape (n,) or a number.

    Source: Bayes' rule in log-odds form; Good 1950, "Probability and the Weighing of Evidence", ch. 6.

    Example:
        >>> round(float(prior_weight(0.9, 0.5)), 3), float(prior_weight(0.2, 0.5)), float(prior_weight(np.nan, 0.5))
        (2.197, 0.0, 0.0)
    """

    def log_odds(share: ArrayLike) -> Floats:
        inside = np.clip(share, 1 - _SUREST, _SUREST)
        return np.asarray(np.log(inside) - np.log1p(-inside), dtype=np.float64)

    return np.nan_to_num(np.maximum(log_odds(confidence) - log_odds(rate), 0.0))


def fit_fusion(
    plausibility: Array, fires: Array, columns: Ids, truth: Array, confidence: Floats | None = None
) -> Fusion:
    """Fit by penalised maximum likelihood.

    Args:
        plausibility: Held-out scores, shape (n, n_values).
        fires: Shape (n, n_witnesses).
        columns: Shape (n_witnesses,).
        truth: Distributions, shape (n, n_values); rows of zeros are left out.
        confidence: What each witness states for itself, 0 to 1, NaN where nothing, shape (n_witnesses,); None where
            no witness states any.
    """
    known = truth.sum(axis=1) > 0
    garments = _Garments(
        plausibility[known].astype(np.float64), sparse.csr_matrix(fires[known].astype(np.float64)), truth[known] > 0
    )
    rates = truth[known].mean(axis=0)
    stated = np.full(len(columns), np.nan) if confidence is None else confidence
    prior = prior_weight(stated, rates[columns])
    variance = _best_variance(garments, columns, prior)
    scale, bias, weights = _split(_fit(garments, columns, prior, variance), garments.true.shape[1])
    return Fusion(
        scale, bias.astype(np.float32), weights.astype(np.float32), columns, rates.astype(np.float32), variance
    )


@dataclass(frozen=True)
class _Garments:
    """Scores (n, n_values), firings (n, n_witnesses), and which values are true (n, n_values)."""

    scores: Floats
    fires: sparse.csr_matrix
    true: NDArray[np.bool_]

    def take(self, rows: Ids) -> "_Garments":
        return _Garments(self.scores[rows], self.fires[rows], self.true[rows])


def _best_variance(garments: _Garments, columns: Ids, prior: Floats) -> float:
    """Choose the variance under which left-out garments are told best; the smallest where all are alike."""
    order = np.random.default_rng(0).permutation(len(garments.scores))[:_MOST_COMPARED]
    if not len(columns) or len(order) < 2 * _FOLDS:
        return 1.0
    fold = np.arange(len(order)) % _FOLDS
    losses = []
    for variance in _VARIANCES:
        left_out = 0.0
        for number in range(_FOLDS):
            inside, outside = order[fold != number], order[fold == number]
            found = _fit(garments.take(inside), columns, prior, variance)
            left_out += _loss(found, garments.take(outside), columns)[0]
        losses.append(left_out)
    return _VARIANCES[int(np.argmin(losses))]


def _fit(garments: _Garments, columns: Ids, prior: Floats, variance: float) -> Floats:
    """Return scale, biases and weights in one vector, by L-BFGS-B with the weights bound below by 0."""
    from scipy.optimize import minimize

    n_values = garments.true.shape[1]
    middle = np.concatenate([[1.0], np.zeros(n_values), prior])
    spread = np.concatenate([np.ones(1 + n_values), np.full(len(prior), variance)])
    n = max(1, len(garments.scores))

    def penalised(x: Floats) -> tuple[float, Floats]:
        loss, slope = _loss(x, garments, columns)
        away = x - middle
        return (loss + 0.5 * float((away**2 / spread).sum())) / n, (slope + away / spread) / n

    bounds = [(None, None)] * (1 + n_values) + [(0.0, None)] * len(prior)
    options = {"maxiter": 500, "maxcor": 30, "ftol": 1e-11, "gtol": 1e-7}
    return np.asarray(minimize(penalised, middle, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x)


def _loss(x: Floats, garments: _Garments, columns: Ids) -> tuple[float, Floats]:
    """Return the sum of -log(probability of the true values together), and its slope."""
    scale, bias, weights = _split(x, garments.true.shape[1])
    spread = sparse.csr_matrix(
        (weights, (np.arange(len(weights)), columns)), shape=(len(weights), garments.true.shape[1])
    )
    logits = scale * garments.scores + bias + (garments.fires @ spread).toarray()
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    of_true = np.where(garments.true, raised, 0.0)
    total, right = raised.sum(axis=1, keepdims=True), np.maximum(of_true.sum(axis=1, keepdims=True), 1e-300)
    slope = raised / total - of_true / right
    of_weights = np.asarray(garments.fires.T @ slope)[np.arange(len(weights)), columns]
    whole = np.concatenate([[float((slope * garments.scores).sum())], slope.sum(axis=0), of_weights])
    return float(np.log(total / right).sum()), whole


def _split(x: Floats, n_values: int) -> tuple[float, Floats, Floats]:
    return float(x[0]), x[1 : 1 + n_values], x[1 + n_values :]
