"""PyKEEN's 1-to-n training over the values of a relation, for composed garments that are seen in several views."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyKEEN's own imports warn about what they use
    from pykeen.nn.modules import DistMultInteraction
    from pykeen.training import LCWATrainingLoop
    from pykeen.training.callbacks import TrainingCallback

from kg_fashion.embedding.checkpoint import Checkpoint, Standing

Labels = NDArray[np.float32]
_PATIENCE = 2
_AT_ONCE = 4096


class ValueInteraction(DistMultInteraction):  # type: ignore[misc]
    """DistMult as one product of matrices, where each head is scored against the same tails.

    PyKEEN's own multiplies heads, relations and tails element by element: for hundreds of values that is tens of
    megabytes a batch, and several times slower.
    """

    def forward(self, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        """Score heads and relations (n, 1, dim) against tails (1, n_values, dim), shape (n, n_values)."""
        return (h * r).squeeze(1) @ t.squeeze(0).T


@dataclass(frozen=True)
class Known:
    """What is known: pairs of a garment and a relation.

    Attributes:
        garments: Of each pair, shape (n,), int64.
        relations: Of each pair, shape (n,), int64.
        labels: For each relation the distributions of all garments over its values, (n_garments, n_values), float32.
        viewed: Whether each garment has a view for each relation, beside the one without any target.
    """

    garments: Tensor
    relations: Tensor
    labels: Sequence[Tensor]
    viewed: bool

    @classmethod
    def of(cls, labels: Mapping[str, Labels], *, viewed: bool) -> "Known":
        """Collect the pairs of all targets.

        Args:
            labels: Target -> what is known, shape (n_garments, n_values); rows of zeros are not known.
            viewed: Whether there are views.
        """
        known = [np.flatnonzero(own.any(axis=1)) for own in labels.values()]
        garments = torch.from_numpy(np.concatenate(known))
        relations = torch.repeat_interleave(torch.tensor([len(own) for own in known]))
        return cls(garments, relations, [torch.from_numpy(own) for own in labels.values()], viewed)

    def __len__(self) -> int:
        return len(self.garments)

    @property
    def sizes(self) -> list[int]:
        """How many values each relation has."""
        return [own.shape[1] for own in self.labels]

    def pairs(self) -> Tensor:
        """Return (entity, relation) for a pass: entities are the values, then the views of the garments."""
        view = (
            (self.relations + 1) * torch.randint(2, (len(self),)) if self.viewed else torch.zeros_like(self.relations)
        )
        entity = sum(self.sizes) + view * len(self.labels[0]) + self.garments
        return torch.stack([entity, self.relations], dim=1)

    def truth(self, chosen: Tensor) -> Tensor:
        """Return the distributions of some pairs over the values of all relations, shape (n, n_values), float32."""
        found = torch.zeros(len(chosen), sum(self.sizes))
        start = 0
        for relation, own in enumerate(self.labels):
            rows = torch.nonzero(self.relations[chosen] == relation).squeeze(1)
            found[rows, start : start + own.shape[1]] = own[self.garments[chosen[rows]]]
            start += own.shape[1]
        return found

    def allowed(self) -> Tensor:
        """Return which values belong to which relation, shape (n_relations, n_values), bool."""
        owner = torch.repeat_interleave(torch.tensor(self.sizes))
        return owner[None] == torch.arange(len(self.labels))[:, None]


class _Batches(torch.utils.data.IterableDataset[dict[str, Tensor]]):
    """The known pairs in random order, a whole batch at a time; each pass draws the views anew."""

    def __init__(self, known: Known, size: int) -> None:
        self._known = known
        self._size = size

    def __len__(self) -> int:
        return -(-len(self._known) // self._size)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        pairs = self._known.pairs()
        for chosen in torch.split(torch.randperm(len(pairs)), self._size):
            yield {"pairs": pairs[chosen], "target": self._known.truth(chosen)}


class ValueTrainingLoop(LCWATrainingLoop):  # type: ignore[misc]
    """PyKEEN's 1-to-n training over the values of the relation.

    The loss is -log of the true values' probability together, or, for shares, the cross-entropy with them.
    """

    def __init__(self, *, known: Known, shares: bool, **kwargs: Any) -> None:
        super().__init__(target=2, **kwargs)
        self._known = known
        self._permitted = known.allowed()
        self._shares = shares

    def _create_training_data_loader(self, triples_factory: Any, sampler: Any, batch_size: int, **kwargs: Any) -> Any:
        return torch.utils.data.DataLoader(_Batches(self._known, batch_size), batch_size=None)

    @staticmethod
    def _get_batch_size(batch: Any) -> int:
        return len(batch["pairs"])

    def _process_batch(
        self, batch: Any, start: int, stop: int, label_smoothing: float = 0.0, slice_size: int | None = None
    ) -> Any:
        pairs, target = batch["pairs"][start:stop], batch["target"][start:stop]
        log_p, permitted = self._log_probabilities(pairs)
        loss = self._losses(log_p, target)
        if label_smoothing > 0:
            uniform = -log_p.masked_fill(~permitted, 0.0).sum(dim=1) / permitted.sum(dim=1)
            loss = (1 - label_smoothing) * loss + label_smoothing * uniform
        return loss.mean()

    def _log_probabilities(self, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """Return those of all values for some pairs, and which values are of the relation, (n, n_values) each."""
        permitted = self._permitted[pairs[:, 1]]
        scores = self.model.score_t(pairs, tails=torch.arange(self._permitted.shape[1]))
        return scores.masked_fill(~permitted, -1e4).log_softmax(dim=1), permitted

    def _losses(self, log_p: Tensor, target: Tensor) -> Tensor:
        if self._shares:
            return -(target * log_p).sum(dim=1)
        return -log_p.masked_fill(target == 0, -1e4).logsumexp(dim=1)

    def held_out_loss(self, known: Known) -> float:
        """Return the mean loss of garments that are not trained on, without any target and with every part."""
        self.model.eval()
        total, pairs = 0.0, known.pairs()
        with torch.no_grad():
            for chosen in torch.split(torch.arange(len(known)), _AT_ONCE):
                log_p, _ = self._log_probabilities(pairs[chosen])
                total += float(self._losses(log_p, known.truth(chosen)).sum())
        self.model.train()
        return total / max(1, len(known))

    def standing(self) -> Standing:
        """Return where training stands after an epoch."""
        tensors = {f"model.{name}": own for name, own in self.model.state_dict().items()}
        for place, parameter in enumerate(self.model.get_grad_params()):
            tensors |= {f"{place}.{name}": own for name, own in self.optimizer.state[parameter].items()}
        return Standing(self._epoch, tuple(self.losses_per_epochs), tensors | {"random": torch.get_rng_state()})

    def resume(self, standing: Standing | None) -> bool:
        """Take up where training stood; say whether there was anything to take up."""
        if standing is None:
            return False
        own = {name.removeprefix("model."): t for name, t in standing.tensors.items() if name.startswith("model.")}
        self.model.load_state_dict(own)
        for place, parameter in enumerate(self.model.get_grad_params()):
            names = (name for name in standing.tensors if name.startswith(f"{place}."))
            self.optimizer.state[parameter] = {n.partition(".")[2]: standing.tensors[n].clone() for n in names}
        self._epoch, self.losses_per_epochs = standing.epoch, list(standing.losses)
        fallen = self.lr_scheduler.gamma**standing.epoch
        self.optimizer.param_groups[0]["lr"] = self.lr_scheduler.base_lrs[0] * fallen
        torch.set_rng_state(standing.tensors["random"])
        return True


class Saving(TrainingCallback):  # type: ignore[misc]
    """Writes where training stands after its epochs.

    Args:
        checkpoint: The file.
        epochs: How many there will be.
    """

    def __init__(self, checkpoint: Checkpoint, epochs: int) -> None:
        super().__init__()
        self._checkpoint = checkpoint
        self._epochs = epochs

    def post_epoch(self, epoch: int, epoch_loss: float, **kwargs: Any) -> None:
        """Write, where it is time to."""
        self._checkpoint.write(self.training_loop.standing(), last=epoch == self._epochs)


class EarlyStopping(TrainingCallback):  # type: ignore[misc]
    """Stops when the held-out loss has not fallen for some epochs.

    Args:
        known: The garments that are held out, without views.

    Attributes:
        best: The epoch with the lowest loss.
    """

    def __init__(self, known: Known) -> None:
        super().__init__()
        self.best = 0
        self._known = known
        self._lowest = float("inf")

    def post_epoch(self, epoch: int, epoch_loss: float, **kwargs: Any) -> None:
        """Look at the held-out loss."""
        loop: Any = self.training_loop
        loss = loop.held_out_loss(self._known)
        if loss < self._lowest:
            self.best, self._lowest = epoch, loss
        loop._should_stop = epoch >= self.best + _PATIENCE
