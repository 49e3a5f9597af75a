"""Rules and embedding together: a log-linear model, fitted on scores of garments that the embedding did not see.

p(v) ~ exp(scale * plausibility(v) + bias(v) + sum of the weights of the rules that speak for v). Fitting on held-out
scores makes the scale a temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks"), so that the
probability is calibrated. A rule's weight is never negative, and a unit normal prior keeps it small where the rule
seldom fires. Where several values are true, their probability together is what counts.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Fusion:
    """A fitted log-linear model of one target.

    Attributes:
        scale: Of the plausibility.
        bias: One a value, shape (n_values,), float32.
        weights: One a witness, shape (n_witnesses,), float32, in nats.
        columns: The value that each witness speaks for, shape (n_witnesses,), int64.
    """

    scale: float
    bias: Array
    weights: Array
    columns: NDArray[np.int64]

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


def fit_fusion(plausibility: Array, fires: Array, columns: NDArray[np.int64], truth: Array) -> Fusion:
    """Fit by penalised maximum likelihood (L-BFGS, float64).

    Args:
        plausibility: Held-out scores, shape (n, n_values).
        fires: Shape (n, n_witnesses).
        columns: Shape (n_witnesses,).
        truth: Distributions, shape (n, n_values); rows of zeros are left out.
    """
    known = truth.sum(axis=1) > 0
    scores, speaks, wanted = (torch.from_numpy(a[known].astype(np.float64)) for a in (plausibility, fires, truth))
    spread = torch.nn.functional.one_hot(torch.from_numpy(columns), truth.shape[1]).double()
    scale = torch.ones(1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(truth.shape[1], dtype=torch.float64, requires_grad=True)
    raw = torch.full((len(columns),), -2.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, bias, raw], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        weights = torch.nn.functional.softplus(raw)
        logits = scale * scores + bias + speaks @ (weights[:, None] * spread)
        fit = -logits.log_softmax(dim=1).masked_fill(wanted == 0, -1e4).logsumexp(dim=1).sum()
        prior = 0.5 * ((scale - 1).square().sum() + bias.square().sum() + weights.square().sum())
        total = (fit + prior) / max(1, len(scores))
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Fusion(
        float(scale.detach()),
        bias.detach().numpy().astype(np.float32),
        torch.nn.functional.softplus(raw).detach().numpy().astype(np.float32),
        columns,
    )
