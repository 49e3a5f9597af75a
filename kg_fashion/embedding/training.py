"""Trains the knowledge-graph embedding: garments (composed), attribute values, one relation for each target attribute.

PyKEEN holds the model (`ERModel` with the DistMult interaction), the training loop and the ranking evaluator; the
composed representation is our own (`representation.py`). Training is 1-to-n under the local closed world assumption,
over the values of the relation only: a season is told from the seasons, not from every entity of the graph.
DistMult: Yang et al. 2015, "Embedding Entities and Relations for Learning and Inference in Knowledge Bases".

How long: at a constant rate, on four fifths of the garments, the loss of the last fifth is lowest after some epochs
(early stopping: Prechelt 1998, "Early Stopping - But When?"). What counts is trained on all garments with a rate that
falls to a tenth, for so many epochs that the rates have the same sum.
"""

import gc
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyKEEN's own imports warn about what they use
    from pykeen.models import ERModel
    from pykeen.nn.representation import Embedding, PartitionRepresentation
    from pykeen.training.callbacks import TrainingCallback
    from pykeen.triples import CoreTriplesFactory

from kg_fashion.embedding.checkpoint import Checkpoint
from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding, numbered
from kg_fashion.embedding.optimiser import PartAdam
from kg_fashion.embedding.parts import needs, needs_of
from kg_fashion.embedding.representation import Bags, ComposedRepresentation
from kg_fashion.embedding.training_data import TrainingData
from kg_fashion.embedding.training_loop import EarlyStopping, Known, Saving, ValueInteraction, ValueTrainingLoop

logging.getLogger("pykeen").setLevel(logging.ERROR)
Progress = Callable[[str], None]
_HELD_OUT = 0.2
_MOST_EPOCHS = 50
"""At a constant rate."""
_LAST_RATE = 0.1
_LONGER = log(1 / _LAST_RATE) / (1 - _LAST_RATE)
"""A rate that falls exponentially to a tenth is 1 / 2.56 of its start on average."""


def train_embedding(
    data: TrainingData,
    *,
    settings: EmbeddingSettings | None = None,
    seed: int = 0,
    checkpoints: Path | None = None,
    progress: Progress | None = None,
) -> GarmentEmbedding:
    """Train an embedding with PyKEEN.

    A garment is seen half of the time without any target, the other half without the asked one alone.

    Args:
        data: What is learned from.
        settings: How to train.
        seed: Of every random choice.
        checkpoints: A folder where training writes where it stands, and goes on where the same training was stopped.
        progress: Called with a line of text at the end.

    Raises:
        ModelError: the checkpoint is broken.
    """
    chosen = early_stopped(data, settings=settings, seed=seed, progress=progress)
    task = data.digest(chosen, seed) if checkpoints is not None else ""
    checkpoint = Checkpoint(checkpoints / f"{task[:16]}.safetensors", task) if checkpoints is not None else None
    training = _Training(data, chosen, seed)
    losses = training.fit(chosen.epochs or 1, last_rate=_LAST_RATE, checkpoint=checkpoint)
    if progress is not None:
        said = f"embedding: {len(losses)} epochs over {len(training.known):,} statements"
        progress(f"{said}, loss {losses[0]:.3f} to {losses[-1]:.3f}")
    return training.embedding()


def early_stopped(
    data: TrainingData, *, settings: EmbeddingSettings | None = None, seed: int = 0, progress: Progress | None = None
) -> EmbeddingSettings:
    """Return settings with the number of epochs that early stopping finds; as they are where they state one.

    Args:
        data: What is learned from.
        settings: How to train.
        seed: Of the garments that are held out, and of training.
        progress: Called with a line of text at the end.
    """
    chosen = settings or EmbeddingSettings()
    if chosen.epochs is not None:
        return chosen
    held_out = (np.random.default_rng(seed).random((len(data.parts), 1)) < _HELD_OUT).astype(np.float32)
    inside = {target: own * (1 - held_out) for target, own in data.labels.items()}
    outside = {target: own * held_out for target, own in data.labels.items()}
    stopping = EarlyStopping(Known.of(outside, viewed=False))
    _Training(replace(data, labels=inside), chosen, seed).fit(_MOST_EPOCHS, last_rate=1.0, callbacks=[stopping])
    epochs = max(1, round(stopping.best * _LONGER))
    if progress is not None:
        progress(f"early stopping: {stopping.best} epochs at a constant rate, so {epochs} at a falling one")
    return replace(chosen, epochs=epochs)


class _Training:
    """A PyKEEN model of some garments, and its training."""

    def __init__(self, data: TrainingData, settings: EmbeddingSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self._data = data
        self._settings = settings
        found, counts = np.unique(data.parts.keys, return_counts=True)
        self._keys = found[counts >= settings.min_count]
        targets = tuple(data.labels)
        views = [targets, *((target,) for target in targets)] if len(targets) > 1 else [targets]
        hidden = np.stack([(needs(self._keys) & needs_of(view)) > 0 for view in views])
        self.known = Known.of(data.labels, viewed=len(views) > 1)
        self._composed = ComposedRepresentation(
            Bags(*numbered(data.parts, self._keys), torch.from_numpy(hidden)),
            n_parts=len(self._keys), dim=settings.dim, part_dropout=settings.part_dropout,
        )  # fmt: skip
        self._factory = CoreTriplesFactory(
            torch.nn.functional.pad(self.known.pairs(), (0, 1)),  # PyKEEN counts them; what is true stands in `Known`
            num_entities=sum(self.known.sizes) + self._composed.max_id,
            num_relations=len(targets),
        )
        self._model = self._built(seed)

    def _built(self, seed: int) -> ERModel[Any, Any, Any]:
        """Build PyKEEN's model; entities are the values first, then the views of the garments."""
        n_values, n_garments, dim = sum(self.known.sizes), self._composed.max_id, self._settings.dim
        base = torch.repeat_interleave(torch.tensor([n_values, n_garments]))
        place = torch.cat([torch.arange(n_values), torch.arange(n_garments)])
        entities = PartitionRepresentation(
            assignment=torch.stack([base, place], dim=1),
            bases=[Embedding(max_id=n_values, shape=(dim,), initializer=torch.nn.init.normal_), self._composed],
        )
        relations = Embedding(max_id=len(self._data.values), shape=(dim,), initializer=torch.nn.init.ones_)
        return ERModel(
            triples_factory=self._factory,
            interaction=ValueInteraction(),
            entity_representations=entities,
            relation_representations=relations,
            random_seed=seed,
        )

    def fit(
        self,
        epochs: int,
        *,
        last_rate: float,
        checkpoint: Checkpoint | None = None,
        callbacks: Sequence[TrainingCallback] = (),
    ) -> tuple[float, ...]:
        """Train, going on where a checkpoint stands.

        Args:
            epochs: How many, at most.
            last_rate: What the learning rate falls to by then, as a share of that at the start.
            checkpoint: Where training stands.
            callbacks: Called after each epoch.

        Returns:
            The mean loss of each epoch.
        """
        optimizer = PartAdam(self._model.get_grad_params(), lr=self._settings.learning_rate)
        loop = ValueTrainingLoop(
            model=self._model, triples_factory=self._factory, optimizer=optimizer,
            lr_scheduler=torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=last_rate ** (1 / epochs)),
            known=self.known, shares=self._data.shares, automatic_memory_optimization=False,
        )  # fmt: skip
        again = checkpoint is not None and loop.resume(checkpoint.read())
        saving = [Saving(checkpoint, epochs)] if checkpoint is not None else []
        with warnings.catch_warnings(), cheap_collections(), _one_thread():
            warnings.filterwarnings("ignore", message="The epoch parameter in `scheduler.step", category=UserWarning)
            warnings.filterwarnings("ignore", message=".*pin_memory.*", category=UserWarning)
            losses = loop.train(
                self._factory, num_epochs=epochs, label_smoothing=self._settings.label_smoothing,
                batch_size=min(self._settings.batch_size, max(32, len(self.known) // 32)),
                use_tqdm=False, continue_training=again, callbacks=[*callbacks, *saving],
            )  # fmt: skip
        self._model.eval()
        return tuple(losses)

    def embedding(self) -> GarmentEmbedding:
        """Return what was learned."""
        tensors = {
            "parts": self._composed.table,
            "values": self._model.entity_representations[0].bases[0](),
            "relations": self._model.relation_representations[0](),
        }
        arrays = {name: own.detach().numpy().copy() for name, own in tensors.items()}
        return GarmentEmbedding(self._settings, self._keys, self._data.parts.symbols, self._data.values, arrays)


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
