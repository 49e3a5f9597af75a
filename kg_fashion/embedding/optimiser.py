"""Adam that moves only the rows that a batch holds: a step costs what the batch holds, not what the graph does.

A part that is rare would otherwise be moved for many steps by the momentum of the few batches that it was in; and every
step would pass over the whole table. The momentum is short for the same reason: what a part's last gradient said may be
long ago. Adam: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

_MEAN, _SQUARE = 0.5, 0.999
_EPS = 1e-8


class PartAdam(torch.optim.Optimizer):
    """Adam for parameters with dense or sparse gradients.

    Args:
        params: The parameters.
        lr: The learning rate; a scheduler may change it.

    Example:
        >>> table = nn.Parameter(torch.zeros(3, 1))
        >>> optimiser = PartAdam([table], lr=0.1)
        >>> nn.functional.embedding(torch.tensor([1]), table, sparse=True).sum().backward()
        >>> optimiser.step()
        >>> [round(number, 3) for number in table.flatten().tolist()]
        [0.0, -0.1, 0.0]
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Move the parameters; a closure is not used."""
        for group in self.param_groups:
            for own in group["params"]:
                if own.grad is not None:
                    self._move(own, own.grad, group["lr"])

    def _move(self, own: nn.Parameter, gradient: Tensor, lr: float) -> None:
        state = self.state[own]
        if not state:
            state |= {"step": torch.zeros(()), "mean": torch.zeros_like(own), "square": torch.zeros_like(own)}
        state["step"] += 1
        gradient = gradient.coalesce() if gradient.is_sparse else gradient
        rows = gradient.indices()[0] if gradient.is_sparse else torch.arange(len(own))
        values = gradient.values() if gradient.is_sparse else gradient
        mean = state["mean"].index_select(0, rows).lerp_(values, 1 - _MEAN)
        square = state["square"].index_select(0, rows).mul_(_SQUARE).addcmul_(values, values, value=1 - _SQUARE)
        state["mean"].index_copy_(0, rows, mean)
        state["square"].index_copy_(0, rows, square)
        steps = float(state["step"])
        size = lr * sqrt(1 - _SQUARE**steps) / (1 - _MEAN**steps)
        own.index_add_(0, rows, mean.div_(square.sqrt_().add_(_EPS)), alpha=-size)
