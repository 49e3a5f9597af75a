"""The composed representation: a garment's vector is the sum of its parts' vectors, over the root of their number.

A garment that arrives after training is composed from the same table, so nothing is trained again for it; and because
DistMult is linear in the head, a plausibility is the exact sum of what each part gives.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from pykeen.nn.representation import Representation
from torch import Tensor, nn


class Bags:
    """The parts of many garments as a model numbers them, ragged, and how they look with attributes hidden.

    An entity is a garment in a view: entity `view * n_garments + garment`.

    Args:
        ids: All part ids, garment after garment, shape (n_parts,), int64.
        starts: Where each garment's parts begin, shape (n_garments + 1,), int64.
        hidden: For each view, whether it hides a part, shape (n_views, n_ids), bool; one view that hides nothing by
            default.
    """

    def __init__(self, ids: NDArray[np.int64], starts: NDArray[np.int64], hidden: Tensor | None = None) -> None:
        self._ids = torch.from_numpy(ids)
        self._starts = torch.from_numpy(starts)
        self._hidden = hidden
        self.n_garments = len(starts) - 1

    def __len__(self) -> int:
        return self.n_garments * (1 if self._hidden is None else len(self._hidden))

    def select(self, entities: Tensor) -> tuple[Tensor, Tensor]:
        """Return the part ids of some entities, and for each id the position of its entity among them."""
        garments = entities % self.n_garments
        starts = self._starts[garments]
        lengths = self._starts[garments + 1] - starts
        owner = torch.repeat_interleave(lengths)
        first = starts - (torch.cumsum(lengths, 0) - lengths)
        ids = self._ids[torch.arange(len(owner)) + first[owner]]
        if self._hidden is None:
            return ids, owner
        seen = ~self._hidden[(entities // self.n_garments)[owner], ids]
        return ids[seen], owner[seen]


class ComposedRepresentation(Representation):  # type: ignore[misc]
    """Vectors of garments, composed from a table of parts.

    Args:
        bags: The parts of each entity that is trained on.
        n_parts: How many parts there are; part 0 is never dropped.
        dim: Length of a vector.
        part_dropout: The share of parts left out at random in training, 0 to 1.
    """

    def __init__(self, bags: Bags, *, n_parts: int, dim: int, part_dropout: float) -> None:
        super().__init__(max_id=len(bags), shape=(dim,), unique=False)
        self.bags = bags
        self.part_dropout = part_dropout
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
            kept = (torch.rand(len(ids)) >= self.part_dropout) | (ids == 0)
            ids, owner = ids[kept], owner[kept]
        counts = torch.bincount(owner, minlength=len(garments)).clamp(min=1)
        weights = counts.rsqrt()[owner]
        starts = torch.searchsorted(owner, torch.arange(len(garments)))
        return nn.functional.embedding_bag(ids, self.table, starts, mode="sum", per_sample_weights=weights, sparse=True)
