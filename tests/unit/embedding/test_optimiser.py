"""Adam by rows is Adam, where every row is in every batch."""

import torch
from torch import nn

from kg_fashion.embedding.optimiser import PartAdam


def test_it_is_adam_where_gradients_are_dense() -> None:
    torch.manual_seed(0)
    start, target = torch.randn(4, 3), torch.randn(4, 3)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    both = (PartAdam([ours], lr=0.01), ours), (torch.optim.Adam([theirs], lr=0.01, betas=(0.5, 0.999)), theirs)
    for _ in range(20):
        for optimiser, own in both:
            optimiser.zero_grad()
            ((own - target) ** 2).sum().backward()
            optimiser.step()
    torch.testing.assert_close(ours, theirs)


def test_rows_that_a_batch_does_not_hold_stay() -> None:
    torch.manual_seed(0)
    table = nn.Parameter(torch.randn(5, 2))
    sparse, dense = PartAdam([table], lr=0.1), nn.Parameter(table.detach().clone())
    other = torch.optim.Adam([dense], lr=0.1, betas=(0.5, 0.999))
    rows = torch.tensor([1, 3, 3])
    for _ in range(3):
        for optimiser, own, kind in ((sparse, table, True), (other, dense, False)):
            optimiser.zero_grad()
            (nn.functional.embedding(rows, own, sparse=kind) ** 2).sum().backward()
            optimiser.step()
    torch.testing.assert_close(table[[1, 3]], dense[[1, 3]])
    assert torch.equal(table[[0, 2, 4]], dense[[0, 2, 4]])
