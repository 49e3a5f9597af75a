"""The composed representation: a garment's vector is the sum of its parts' vectors, over the root of their number.

A garment that arrives after training is composed from the same table, so nothing is trained again for it; and because
DistMult is linear in the head, a plausibility is the exact sum of what each part gives.
"""

from collections.abc import Sequence

import numpy as np
import torch
from pykeen.nn.representation import Representation
from torch import Tensor, nn


class Bags:
    """The parts of many garments, ragged.

    Args:
        parts: For each garment the ids of its parts.

    Attributes:
        ids: All part ids one after the other, shape (n_parts,), int64.
        starts: Where each garment's parts begin, shape (n_garments + 1,), int64.
    """

    def __init__(self, parts: Sequence[Sequence[int]]) -> None:
        lengths = np.fromiter((len(own) for own in parts), dtype=np.int64, count=len(parts))
        self.starts = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)]))
        self.ids = torch.tensor([part for own in parts for part in own], dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def select(self, garments: Tensor) -> tuple[Tensor, Tensor]:
        """Return the part ids of some garments, and for each id the position of its garment among them."""
        lengths = self.starts[garments + 1] - self.starts[garments]
        owner = torch.repeat_interleave(torch.arange(len(garments)), lengths)
        first = torch.repeat_interleave(self.starts[garments] - (torch.cumsum(lengths, 0) - lengths), lengths)
        return self.ids[torch.arange(len(owner)) + first], owner


class ComposedRepresentation(Representation):  # type: ignore[misc]
    """Vectors of garments, composed from a table of parts.

    Args:
        bags: The parts of each garment that is trained on.
        n_parts: How many parts there are; part 0 is never dropped.
        dim: Length of a vector.
        part_dropout: The share of parts left out at random in training, 0 to 1.
        own: Which parts are the catalogue's own, shape (n_parts,), bool; none by default.
        own_dropout: The share of garments that lose all of those at once in training, 0 to 1.
    """

    def __init__(
        self,
        bags: Bags,
        *,
        n_parts: int,
        dim: int,
        part_dropout: float,
        own: Tensor | None = None,
        own_dropout: float = 0.0,
    ) -> None:
        super().__init__(max_id=len(bags), shape=(dim,), unique=False)
        self.bags = bags
        self.part_dropout = part_dropout
        self.own = torch.zeros(n_parts, dtype=torch.bool) if own is None else own
        self.own_dropout = own_dropout
        self.table = nn.Parameter(torch.empty(n_parts, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        nn.init.normal_(self.table, std=0.1 / self.table.shape[1] ** 0.5)

    def _plain_forward(self, indices: Tensor | None = None) -> Tensor:
        chosen = torch.arange(len(self.bags)) if indices is None else indices
        return self.compose(self.bags, chosen.reshape(-1)).reshape(*chosen.shape, self.table.shape[1])

    def compose(self, bags: Bags, garments: Tensor) -> Tensor:
        """Compose vectors.

        Args:
            bags: Parts of garments, trained on or new.
            garments: Positions in `bags`, shape (n,), int64.

        Returns:
            Vectors, shape (n, dim), float32.
        """
        ids, owner = bags.select(garments)
        if self.training and self.part_dropout > 0:
            bare = torch.rand(len(garments)) < self.own_dropout
            kept = (torch.rand(len(ids)) >= self.part_dropout) & ~(self.own[ids] & bare[owner]) | (ids == 0)
            ids, owner = ids[kept], owner[kept]
        counts = torch.bincount(owner, minlength=len(garments)).clamp(min=1)
        weights = counts.rsqrt()[owner]
        starts = torch.searchsorted(owner, torch.arange(len(garments)))
        return nn.functional.embedding_bag(ids, self.table, starts, mode="sum", per_sample_weights=weights)
