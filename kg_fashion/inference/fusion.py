"""Rules, embedding and families together: a log-linear model, fitted on garments that the two did not see.

p(v) ~ exp(sum of scale_s * score_s(v) + bias(v) + sum of the weights of the rules that speak for v), with the scores of
the embedding and of the families; no scale is negative. Fitting on held-out scores makes the scales temperatures (Guo
et al. 2017, "On Calibration of Modern Neural Networks"), so that the probability is calibrated. Where several values
are true, their probability together is what counts.

A rule's weight is never negative. Before any garment is seen, it is what the rule's stated confidence is worth
(`prior_weight`); the garments for which the rule speaks then move it, the more of them the further. So a rule that
never spoke in training, or was added since, counts by its word. How much the word weighs against the garments, the
prior's variance, is chosen by cross-validation among the calibration garments.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from kg_fashion.inference.folds import comparing_folds

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
_VARIANCES = (0.3, 1.0, 3.0, 10.0)
_EXACT, _ROUGH = 1e-11, 1e-8
"""The least relative gain of a step of fitting: for what is used, and for what is compared."""
_SUREST = 0.99
"""A share counts for no more than this, and for no less than its complement: certainty has no finite weight."""


@dataclass(frozen=True)
class Fusion:
    """A fitted log-linear model of one target.

    Attributes:
        scales: One a score, shape (n_scores,), float32, not negative.
        bias: One a value, shape (n_values,), float32.
        weights: One a witness, shape (n_witnesses,), float32, in nats.
        columns: The value that each witness speaks for, shape (n_witnesses,), int64.
        rates: How common each value is, shape (n_values,), float32, sums to 1.
        variance: Of the prior of the weights, in nats squared.
    """

    scales: Array
    bias: Array
    weights: Array
    columns: Ids
    rates: Array
    variance: float

    def logits(self, scores: Array, fires: Array) -> Array:
        """Return unnormalised log-probabilities, shape (n, n_values), of scores (n, n_scores, n_values)."""
        spread = np.zeros((len(self.weights), len(self.bias)), dtype=np.float32)
        spread[np.arange(len(self.weights)), self.columns] = self.weights
        scored = np.tensordot(scores, self.scales, axes=(1, 0))
        return np.asarray(scored + self.bias + fires @ spread, dtype=np.float32)

    def probabilities(self, scores: Array, fires: Array) -> Array:
        """Return probabilities, shape (n, n_values), rows sum to 1."""
        from scipy.special import softmax

        return np.asarray(softmax(self.logits(scores, fires).astype(np.float64), axis=1), dtype=np.float32)


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
    scores: Array, fires: Array, columns: Ids, truth: Array, confidence: Floats | None = None, *, shares: bool = False
) -> Fusion:
    """Fit by penalised maximum likelihood.

    Args:
        scores: Held-out scores, shape (n, n_scores, n_values).
        fires: Shape (n, n_witnesses).
        columns: Shape (n_witnesses,).
        truth: Distributions, shape (n, n_values); rows of zeros are left out.
        confidence: What each witness states for itself, 0 to 1, NaN where nothing, shape (n_witnesses,); None where
            no witness states any.
        shares: The truth is a distribution to be met; by default any of a garment's values is right.
    """
    known = truth.sum(axis=1) > 0
    true = truth[known] if shares else truth[known] > 0
    garments = _Garments(
        np.ascontiguousarray(scores[known].transpose(1, 2, 0), dtype=np.float64),
        sparse.csr_matrix(fires[known], dtype=np.float64),
        np.ascontiguousarray(true.T, dtype=np.float64),
        shares,
    )
    rates = truth[known].mean(axis=0)
    stated = np.full(len(columns), np.nan) if confidence is None else confidence
    prior = prior_weight(stated, rates[columns])
    variance = _best_variance(garments, columns, prior)
    scales, bias, weights = garments.split(_fit(garments, columns, prior, variance, _EXACT))
    return Fusion(
        scales.astype(np.float32), bias.astype(np.float32), weights.astype(np.float32), columns,
        rates.astype(np.float32), variance,
    )  # fmt: skip


@dataclass(frozen=True)
class _Garments:
    """What is fitted on, garments last, which makes sums over values fast.

    Attributes:
        scores: Shape (n_scores, n_values, n).
        fires: Shape (n, n_witnesses).
        true: Shape (n_values, n).
        shares: Whether the truth is a distribution to be met.
    """

    scores: Floats
    fires: sparse.csr_matrix
    true: Floats
    shares: bool

    def __len__(self) -> int:
        return int(self.true.shape[1])

    def take(self, rows: Ids) -> "_Garments":
        return _Garments(self.scores[:, :, rows], self.fires[rows], self.true[:, rows], self.shares)

    def split(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return scales, biases and weights of one vector."""
        n_scores, n_values = self.scores.shape[:2]
        return x[:n_scores], x[n_scores : n_scores + n_values], x[n_scores + n_values :]


def _best_variance(garments: _Garments, columns: Ids, prior: Floats) -> float:
    """Choose the variance under which left-out garments are told best; the smallest where all are alike."""
    folds = comparing_folds(len(garments))
    if not len(columns) or len(folds[-1][1]) < 2:
        return 1.0
    losses = []
    parted = [(garments.take(others), garments.take(left_out)) for others, left_out in folds]
    for variance in _VARIANCES:
        fitted = ((_fit(others, columns, prior, variance, _ROUGH), left_out) for others, left_out in parted)
        losses.append(sum(_loss(found, left_out, columns)[0] for found, left_out in fitted))
    return _VARIANCES[int(np.argmin(losses))]


def _fit(garments: _Garments, columns: Ids, prior: Floats, variance: float, tolerance: float) -> Floats:
    """Return scales, biases and weights in one vector, by L-BFGS-B with scales and weights bound below by 0."""
    from scipy.optimize import minimize

    n_scores, n_values = garments.scores.shape[:2]
    middle = np.concatenate([np.full(n_scores, 1 / n_scores), np.zeros(n_values), prior])
    spread = np.concatenate([np.ones(n_scores + n_values), np.full(len(prior), variance)])
    n = max(1, len(garments))

    def penalised(x: Floats) -> tuple[float, Floats]:
        loss, slope = _loss(x, garments, columns)
        away = x - middle
        return (loss + 0.5 * float((away**2 / spread).sum())) / n, (slope + away / spread) / n

    bounds = [(0.0, None)] * n_scores + [(None, None)] * n_values + [(0.0, None)] * len(prior)
    options = {"maxiter": 500, "maxcor": 30, "ftol": tolerance, "gtol": 1e-7}
    return np.asarray(minimize(penalised, middle, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x)


def _loss(x: Floats, garments: _Garments, columns: Ids) -> tuple[float, Floats]:
    """Return the sum of -log(probability of the true values together), or the cross-entropy, and its slope."""
    scales, bias, weights = garments.split(x)
    spread = np.zeros((len(weights), len(bias)))
    spread[np.arange(len(weights)), columns] = weights
    scores = garments.scores.reshape(len(scales), -1)
    logits = (scales @ scores).reshape(garments.true.shape) + bias[:, None] + (garments.fires @ spread).T
    logits -= logits.max(axis=0)
    raised = np.exp(logits)
    total = raised.sum(axis=0)
    if garments.shares:
        loss = float((garments.true * (np.log(total) - logits)).sum())
        slope = raised / total - garments.true
    else:
        of_true = raised * garments.true
        right = np.maximum(of_true.sum(axis=0), 1e-300)
        loss = float(np.log(total / right).sum())
        slope = raised / total - of_true / right
    of_weights = np.asarray(garments.fires.T @ slope.T)[np.arange(len(weights)), columns]
    return loss, np.concatenate([scores @ slope.reshape(-1), slope.sum(axis=1), of_weights])
