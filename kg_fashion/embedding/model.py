"""The knowledge-graph embedding: garments (composed), attribute values, one relation for each target attribute.

PyKEEN holds the model (`ERModel` with the DistMult interaction), the training loop and the ranking evaluator; the
composed representation is our own (`representation.py`). Training is 1-to-n under the local closed world assumption,
over the values of the relation only: a season is told from the seasons, not from every entity of the graph.
DistMult: Yang et al. 2015, "Embedding Entities and Relations for Learning and Inference in Knowledge Bases".
"""

import gc
import itertools
import logging
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyKEEN's own imports warn about what they use
    from pykeen.models import ERModel
    from pykeen.nn.modules import DistMultInteraction
    from pykeen.nn.representation import Embedding, PartitionRepresentation
    from pykeen.training import LCWATrainingLoop
    from pykeen.triples import CoreTriplesFactory

from kg_fashion.embedding.features import BIAS, carries_over
from kg_fashion.embedding.representation import Bags, ComposedRepresentation

logging.getLogger("pykeen").setLevel(logging.ERROR)
Labels = NDArray[np.float32]


@dataclass(frozen=True)
class EmbeddingSettings:
    """How to train.

    Attributes:
        dim: Length of the vectors.
        epochs: Passes over the training triples; a small catalogue gets more, up to `min_steps` steps.
        min_steps: The least number of optimiser steps.
        batch_size: (garment, relation) pairs in a step.
        learning_rate: Of Adam at the start; it falls to a tenth by the end.
        part_dropout: The share of parts left out at random in training.
        own_dropout: The share of garments seen, in training, without brand and words: as one of another catalogue is.
        label_smoothing: The share of the truth that is spread over all values of the relation (Szegedy et al. 2016).
        min_count: A part must occur in so many training garments to have a vector.
    """

    dim: int = 64
    epochs: int = 4
    min_steps: int = 120
    batch_size: int = 512
    learning_rate: float = 5e-3
    part_dropout: float = 0.5
    own_dropout: float = 0.3
    label_smoothing: float = 0.0
    min_count: int = 2


class GarmentEmbedding:
    """A trained embedding.

    Args:
        settings: How it was trained.
        vocabulary: Part -> id.
        values: Target attribute -> the IRIs of its values.
        tensors: `parts` (n_parts, dim), `values` (n_values, dim), `relations` (n_targets, dim), float32.
    """

    def __init__(
        self,
        settings: EmbeddingSettings,
        vocabulary: Mapping[str, int],
        values: Mapping[str, tuple[str, ...]],
        tensors: Mapping[str, Tensor],
    ) -> None:
        self.settings = settings
        self.vocabulary = dict(vocabulary)
        self.part_names = tuple(vocabulary)
        self.values = dict(values)
        self.tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self._composer = ComposedRepresentation(
            Bags([[0]]), n_parts=len(self.vocabulary), dim=settings.dim, part_dropout=0.0
        )
        self._composer.table.data = self.tensors["parts"]
        self._composer.eval()

    def describe(self) -> dict[str, Any]:
        """Return all but the tensors, for JSON."""
        return {"settings": asdict(self.settings), "vocabulary": list(self.part_names), "values": self.values}

    def bags(self, parts: Sequence[Sequence[str]]) -> Bags:
        """Number the parts of garments; parts that were not seen in training are left out."""
        return _number(parts, self.vocabulary)

    def vectors(self, parts: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Compose the vectors of garments, shape (n, dim), float32."""
        with torch.no_grad():
            bags = self.bags(parts)
            return self._composer.compose(bags, torch.arange(len(bags))).numpy()

    def plausibility(self, parts: Sequence[Sequence[str]], target: str) -> NDArray[np.float32]:
        """Score each value of a target for each garment.

        Returns:
            Shape (n, n_values), float32; unbounded, higher is better, not a probability.
        """
        return np.asarray(self.vectors(parts) @ self._tails(target).T.numpy())

    def _tails(self, target: str) -> Tensor:
        """Return the relation times each value: what a head is multiplied with, shape (n_values, dim)."""
        names = list(self.values)
        start = sum(len(self.values[name]) for name in names[: names.index(target)])
        own = self.tensors["values"][start : start + len(self.values[target])]
        return own * self.tensors["relations"][names.index(target)]

    def terms(
        self, parts: Sequence[Sequence[str]], target: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Return what each part of each garment gives to each value's plausibility; they sum to it exactly.

        Returns:
            The garment of each term, shape (n_terms,), not falling; its part, a position in `part_names`; and what it
            gives, shape (n_terms, n_values), float32.
        """
        bags = self.bags(parts)
        ids, owner = bags.select(torch.arange(len(bags)))
        root = torch.bincount(owner, minlength=len(bags)).clamp(min=1).sqrt()
        given = (self.tensors["parts"] @ self._tails(target).T)[ids] / root[owner, None]
        return owner.numpy(), ids.numpy(), given.numpy()

    def contributions(self, parts: Sequence[str], target: str) -> dict[str, NDArray[np.float32]]:
        """Return what each part of one garment gives to each value's plausibility; they sum to it exactly."""
        _, ids, given = self.terms([parts], target)
        return {self.part_names[part]: own for part, own in zip(ids.tolist(), given, strict=True)}


def train_embedding(
    parts: Sequence[Sequence[str]],
    labels: Mapping[str, Labels],
    values: Mapping[str, tuple[str, ...]],
    *,
    views: Mapping[str, Sequence[Sequence[str]]] | None = None,
    shares: bool = False,
    settings: EmbeddingSettings | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> GarmentEmbedding:
    """Train an embedding with PyKEEN.

    Args:
        parts: The parts of each garment, without those of any target.
        labels: Target -> what is known, shape (n_garments, n_values), rows sum to 1 or, where unknown, 0.
        values: Target -> the IRIs of its values, in the columns' order.
        views: Target -> the parts of each garment without those of this target alone. Half of the time a garment is
            seen so, the other half as in `parts`; always as in `parts` by default.
        shares: The labels are distributions to be met; by default any of a garment's values is right.
        settings: How to train.
        seed: Of every random choice.
        progress: Called with a line of text at the end.
    """
    chosen = settings or EmbeddingSettings()
    torch.manual_seed(seed)
    own_views = [views[target] for target in labels] if views is not None else []
    seen = [*parts, *itertools.chain.from_iterable(own_views)]
    counts = Counter(part for own in seen for part in own if part != BIAS)
    vocabulary = {BIAS: 0}
    for part, count in counts.items():
        if count >= chosen.min_count * max(1, len(own_views)):
            vocabulary[part] = len(vocabulary)
    bags = _number(seen, vocabulary)
    known = _Known.of(labels, n_garments=len(parts), viewed=bool(own_views))
    own = torch.tensor([not carries_over(part) for part in vocabulary])
    composed = ComposedRepresentation(
        bags, n_parts=len(vocabulary), dim=chosen.dim, part_dropout=chosen.part_dropout,
        own=own, own_dropout=chosen.own_dropout,
    )  # fmt: skip
    model = _model(composed, values, known, seed)
    _fit(model, known, values, chosen, shares, progress)
    tensors = {
        "parts": composed.table,
        "values": model.entity_representations[0].bases[0](),
        "relations": model.relation_representations[0](),
    }
    return GarmentEmbedding(chosen, vocabulary, values, tensors)


def _number(parts: Sequence[Sequence[str]], vocabulary: Mapping[str, int]) -> Bags:
    return Bags([[vocabulary[part] for part in own if part in vocabulary] for own in parts])


@dataclass(frozen=True)
class _Known:
    """What is known: (garment, relation) pairs and their values.

    Attributes:
        garments: Shape (n,), int64.
        relations: Shape (n,), int64.
        truth: Distributions over the values of all relations, shape (n, n_values), float32.
        n_garments: How many garments there are.
        viewed: Whether each garment has a view for each relation, beside the one without any target.
    """

    garments: Tensor
    relations: Tensor
    truth: Tensor
    n_garments: int
    viewed: bool

    @classmethod
    def of(cls, labels: Mapping[str, Labels], *, n_garments: int, viewed: bool) -> "_Known":
        n_values = sum(own.shape[1] for own in labels.values())
        garments, relations, rows = [], [], []
        start = 0
        for relation, own in enumerate(labels.values()):
            known = np.flatnonzero(own.sum(axis=1) > 0)
            row = np.zeros((len(known), n_values), dtype=np.float32)
            row[:, start : start + own.shape[1]] = own[known]
            garments.append(known)
            relations.append(np.full_like(known, relation))
            rows.append(row)
            start += own.shape[1]
        heads, kinds, truth = map(np.concatenate, (garments, relations, rows))
        return cls(torch.from_numpy(heads), torch.from_numpy(kinds), torch.from_numpy(truth), n_garments, viewed)

    def __len__(self) -> int:
        return len(self.garments)

    def pairs(self) -> Tensor:
        """Return (entity, relation) for a pass: entities are the values, then the views of the garments."""
        view = (
            (self.relations + 1) * torch.randint(2, (len(self),)) if self.viewed else torch.zeros_like(self.relations)
        )
        entity = self.truth.shape[1] + view * self.n_garments + self.garments
        return torch.stack([entity, self.relations], dim=1)


def _model(
    composed: ComposedRepresentation, values: Mapping[str, tuple[str, ...]], known: _Known, seed: int
) -> ERModel[Any, Any, Any]:
    """Build PyKEEN's model; entities are the values first, then the views of the garments."""
    n_values = sum(map(len, values.values()))
    dim = composed.table.shape[1]
    assignment = torch.cat(
        [
            torch.stack([torch.zeros(n_values, dtype=torch.int64), torch.arange(n_values)], dim=1),
            torch.stack([torch.ones(composed.max_id, dtype=torch.int64), torch.arange(composed.max_id)], dim=1),
        ]
    )
    entities = PartitionRepresentation(
        assignment=assignment,
        bases=[Embedding(max_id=n_values, shape=(dim,), initializer=torch.nn.init.normal_), composed],
    )
    factory = CoreTriplesFactory(
        mapped_triples=torch.cat([known.pairs()[:1], torch.zeros(1, 1, dtype=torch.int64)], dim=1),
        num_entities=n_values + composed.max_id,
        num_relations=len(values),
    )
    return ERModel(
        triples_factory=factory,
        interaction=DistMultInteraction(),
        entity_representations=entities,
        relation_representations=Embedding(max_id=len(values), shape=(dim,), initializer=torch.nn.init.ones_),
        random_seed=seed,
    )


def _fit(
    model: ERModel[Any, Any, Any],
    known: _Known,
    values: Mapping[str, tuple[str, ...]],
    settings: EmbeddingSettings,
    shares: bool,
    progress: Callable[[str], None] | None,
) -> None:
    batch_size = min(settings.batch_size, max(32, len(known) // 8))
    steps = -(-len(known) // batch_size)
    epochs = max(settings.epochs, -(-settings.min_steps // steps))
    optimizer = torch.optim.Adam(model.get_grad_params(), lr=settings.learning_rate, fused=True)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.1 ** (1 / epochs))
    triples = torch.cat([known.pairs(), known.truth.argmax(dim=1, keepdim=True)], dim=1)
    factory = CoreTriplesFactory(triples, num_entities=model.num_entities, num_relations=model.num_relations)
    loop = _ValueTrainingLoop(
        model=model, triples_factory=factory, optimizer=optimizer, lr_scheduler=scheduler,
        known=known, allowed=_allowed(values), shares=shares,
    )  # fmt: skip
    with warnings.catch_warnings(), cheap_collections(), _one_thread():
        warnings.filterwarnings("ignore", message="The epoch parameter in `scheduler.step", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*pin_memory.*", category=UserWarning)
        losses = loop.train(
            factory, num_epochs=epochs, batch_size=batch_size, label_smoothing=settings.label_smoothing, use_tqdm=False
        )
    model.eval()
    if progress is not None and losses:
        progress(f"embedding: {epochs} epochs over {len(known):,} statements, loss {losses[0]:.3f} to {losses[-1]:.3f}")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: batches are small, and threads that wait for each other cost more than they give."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def cheap_collections() -> Iterator[None]:
    """Keep what exists now out of the garbage collections that PyKEEN forces after every epoch."""
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _allowed(values: Mapping[str, tuple[str, ...]]) -> Tensor:
    """Return which values belong to which relation, shape (n_relations, n_values), bool."""
    sizes = [len(own) for own in values.values()]
    allowed = torch.zeros(len(sizes), sum(sizes), dtype=torch.bool)
    for relation, size in enumerate(sizes):
        start = sum(sizes[:relation])
        allowed[relation, start : start + size] = True
    return allowed


class _Batches(torch.utils.data.IterableDataset[dict[str, Tensor]]):
    """The known pairs in random order, a whole batch at a time; each pass draws the views anew."""

    def __init__(self, known: _Known, size: int) -> None:
        self._known = known
        self._size = size

    def __len__(self) -> int:
        return -(-len(self._known) // self._size)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        pairs = self._known.pairs()
        for chosen in torch.split(torch.randperm(len(pairs)), self._size):
            yield {"pairs": pairs[chosen], "target": self._known.truth[chosen]}


class _ValueTrainingLoop(LCWATrainingLoop):  # type: ignore[misc]
    """PyKEEN's 1-to-n training over the values of the relation.

    The loss is -log of the true values' probability together, or, for shares, the cross-entropy with them.
    """

    def __init__(self, *, known: _Known, allowed: Tensor, shares: bool, **kwargs: Any) -> None:
        super().__init__(target=2, **kwargs)
        self._known = known
        self._permitted = allowed
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
        permitted = self._permitted[pairs[:, 1]]
        scores = self.model.score_t(pairs, tails=torch.arange(self._permitted.shape[1]))
        log_p = scores.masked_fill(~permitted, -1e4).log_softmax(dim=1)
        if self._shares:
            loss = -(target * log_p).sum(dim=1)
        else:
            loss = -log_p.masked_fill(target == 0, -1e4).logsumexp(dim=1)
        if label_smoothing > 0:
            uniform = -log_p.masked_fill(~permitted, 0.0).sum(dim=1) / permitted.sum(dim=1)
            loss = (1 - label_smoothing) * loss + label_smoothing * uniform
        return loss.mean()
