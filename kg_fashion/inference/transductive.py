"""PyKEEN's transductive models as a baseline: every garment, value and brand is an entity with a vector of its own.

Such a model knows a garment only if it was trained on its triples, so the test garments' visible triples are trained
on too, and each new garment would need a training. The models, the loss, the negative sampler and the training loop
are PyKEEN's; ours are the choice of triples, a small race of settings and the calibration, both on a tenth of the
training garments whose targets are held out.

Sources: RotatE and the loss: Sun et al. 2019; DistMult: Yang et al. 2015; TransE: Bordes et al. 2013; ComplEx:
Trouillon et al. 2016; negatives out of the relation's own heads and tails: Krompass et al. 2015.
"""

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyKEEN's own imports warn about what they use
    from pykeen.losses import NSSALoss
    from pykeen.models import ComplEx, DistMult, ERModel, RotatE, TransE
    from pykeen.training import SLCWATrainingLoop
    from pykeen.triples import CoreTriplesFactory

from kg_fashion.catalog import Catalogue, Garment, attribute_of
from kg_fashion.embedding.training import cheap_collections
from kg_fashion.errors import NotTrainedError, UnknownNameError, did_you_mean
from kg_fashion.inference.labels import label_matrix
from kg_fashion.inference.metrics import log_loss

logging.getLogger("pykeen").setLevel(logging.ERROR)
Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
_AT_ONCE = 2048

TRANSDUCTIVE: Mapping[str, Callable[..., ERModel[Any, Any, Any]]] = {
    "RotatE": RotatE,
    # with PyKEEN's defaults, unit vectors and a penalty, the held-out log loss on Myntra is 0.81 and 0.87 (seeds 0 and
    # 1) in place of 0.56 and 0.53
    "DistMult": partial(DistMult, entity_constrainer=None, regularizer=None),
    "ComplEx": ComplEx,
    "TransE": TransE,
}
"""The models by name."""


@dataclass(frozen=True)
class TransductiveSettings:
    """How to train.

    Attributes:
        dim: Length of the vectors; complex numbers for RotatE and ComplEx.
        epochs: Passes over the triples, at most; the best by the held-out tenth counts.
        race: After so many passes the worse settings are given up.
        check_every: Passes between two looks at the held-out tenth.
        batch_size: Triples in a step.
        negatives: Wrong triples beside each right one.
        learning_rate: Of Adam.
        margins: The loss's margins that race.
        held_out: The share of training garments to tune and calibrate on.
    """

    dim: int = 64
    epochs: int = 18
    race: int = 6
    check_every: int = 3
    batch_size: int = 2048
    negatives: int = 4
    learning_rate: float = 0.02
    margins: tuple[float, ...] = (5.0, 9.0)
    held_out: float = 0.1


def transductive(
    train: Catalogue,
    test: Catalogue,
    values: Mapping[str, tuple[str, ...]],
    *,
    model: str = "RotatE",
    seed: int,
    together: bool = True,
    settings: TransductiveSettings | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Array]:
    """Train one model for several targets, and complete the test garments.

    Args:
        train: Garments with their targets.
        test: Garments without what is to be completed; all that stands in them is trained on.
        values: Target -> the IRIs of its values.
        model: One of `TRANSDUCTIVE`.
        seed: Of every random choice.
        together: Whether a held-out garment lacks all targets, or else one of them: as the test garments do.
        settings: How to train.
        progress: Called with a line of text now and then.

    Returns:
        Target -> probabilities, shape (n_test, n_values), float32; 0 for values that no training garment has.

    Raises:
        UnknownNameError: no such model or attribute.
        NotTrainedError: no held-out garment has a value of a target.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> garments = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> train, test = garments.subset(range(360)), garments.subset(range(360, 409))
        >>> seasons = {"season": garments.ontology.values("season")}
        >>> transductive(train, test.without(["season"]), seasons, seed=0)["season"].shape[0]
        49
    """
    if model not in TRANSDUCTIVE:
        raise UnknownNameError(f"no model {model!r}{did_you_mean(model, TRANSDUCTIVE)}")
    chosen = settings or TransductiveSettings()
    known = {attribute_of(target): label_matrix(train, target, own) for target, own in values.items()}
    asked = held_out(known, share=chosen.held_out, together=together, seed=seed)
    hidden = _without(train, asked)
    check = {target: _check(hidden, target, values[target], known[target], rows) for target, rows in asked.items()}
    graph = EntityGraph([*hidden, *test], values)
    runs = [_Run(graph, check, model, margin, chosen, seed) for margin in chosen.margins]
    best = min(runs, key=lambda run: run.advance(min(chosen.race, chosen.epochs), progress))
    best.advance(chosen.epochs, progress)
    return best.complete(range(len(train), len(train) + len(test)))


def held_out(known: Mapping[str, Array], *, share: float, together: bool, seed: int) -> dict[str, Positions]:
    """Choose what is hidden of a share of the training garments.

    Args:
        known: Target -> what is known, shape (n_garments, n_values).
        share: The share of garments.
        together: Whether such a garment lacks all targets, or else one of those that are known of it.
        seed: Of the choice.

    Returns:
        Target -> positions of the garments of which it is hidden.

    Raises:
        NotTrainedError: none has a value of a target.

    Example:
        >>> known = {"season": np.ones((20, 2), np.float32), "occasion": np.ones((20, 2), np.float32)}
        >>> {t: len(rows) for t, rows in held_out(known, share=0.1, together=True, seed=0).items()}
        {'season': 2, 'occasion': 2}
    """
    rng = np.random.default_rng(seed)
    has = np.stack([matrix.sum(axis=1) > 0 for matrix in known.values()])
    drawn = np.zeros_like(has)
    chosen = rng.permutation(has.shape[1])[: max(1, round(has.shape[1] * share))]
    drawn[:, chosen] = has[:, chosen]
    if not together:
        order = np.where(drawn, rng.random(has.shape), -1.0)
        drawn &= order == order.max(axis=0)
    rows = {target: np.flatnonzero(own) for target, own in zip(known, drawn, strict=True)}
    for target, own in rows.items():
        if not len(own):
            raise NotTrainedError(f"no garment with a known {target} could be held out; give a larger catalogue")
    return rows


def _without(train: Catalogue, asked: Mapping[str, Positions]) -> Catalogue:
    """Return the training garments, each without the targets that are held out of it."""
    garments = list(train)
    for target, rows in asked.items():
        for row in rows.tolist():
            others = {attribute: own for attribute, own in garments[row].values.items() if attribute != target}
            garments[row] = replace(garments[row], values=others)
    return replace(train, garments=tuple(garments))


def _check(hidden: Catalogue, target: str, values: tuple[str, ...], known: Array, rows: Positions) -> "_Check":
    counts = label_matrix(hidden, target, values).sum(axis=0, dtype=np.float64)
    return _Check(rows, known[rows], counts / max(1.0, counts.sum()))


class EntityGraph:
    """Triples of garments over numbered entities: the garments first, then the values.

    Args:
        garments: What is visible of each garment.
        values: Target -> the IRIs of its values, which are entities even where no garment has them.

    Attributes:
        triples: Shape (n_triples, 3), int64.
        values: IRI -> entity.
        relations: Attribute -> relation.
    """

    def __init__(self, garments: Sequence[Garment], values: Mapping[str, tuple[str, ...]]) -> None:
        self.values: dict[str, int] = {}
        self.relations = {target: number for number, target in enumerate(values)}
        n = len(garments)
        for iri in (iri for own in values.values() for iri in own):
            self.values.setdefault(iri, n + len(self.values))
        triples = []
        for head, garment in enumerate(garments):
            for attribute, own in garment.values.items():
                relation = self.relations.setdefault(attribute, len(self.relations))
                triples += [(head, relation, self.values.setdefault(iri, n + len(self.values))) for iri in own]
        self.triples = torch.tensor(triples, dtype=torch.int64).reshape(-1, 3)
        self.tails = {target: torch.tensor([self.values[iri] for iri in own]) for target, own in values.items()}
        self.n_entities = n + len(self.values)

    def factory(self) -> CoreTriplesFactory:
        """Return the triples as PyKEEN wants them."""
        return CoreTriplesFactory(self.triples, num_entities=self.n_entities, num_relations=len(self.relations))


@dataclass(frozen=True)
class _Check:
    """What is held out of one target: the garments, their truth, and how common each value is among the others."""

    rows: Positions
    truth: Array
    shares: Floats


class _Run:
    """One setting in the race: a model, its loop, and its best state so far."""

    def __init__(
        self,
        graph: EntityGraph,
        check: Mapping[str, _Check],
        model: str,
        margin: float,
        settings: TransductiveSettings,
        seed: int,
    ) -> None:
        self._graph, self._check, self._settings, self._seed = graph, check, settings, seed
        self._name = f"{model}, margin {margin:g}"
        self._factory = graph.factory()
        self._model = TRANSDUCTIVE[model](
            triples_factory=self._factory, embedding_dim=settings.dim, random_seed=seed, loss=NSSALoss(margin=margin)
        )
        self._loop = SLCWATrainingLoop(
            model=self._model, triples_factory=self._factory, negative_sampler="pseudotyped",
            negative_sampler_kwargs={"num_negs_per_pos": settings.negatives},
            optimizer=torch.optim.Adam(self._model.get_grad_params(), lr=settings.learning_rate, fused=True),
        )  # fmt: skip
        self._epoch = 0
        self._best: tuple[float, dict[str, torch.Tensor], dict[str, tuple[float, float]]] = (np.inf, {}, {})

    def advance(self, epochs: int, progress: Callable[[str], None] | None) -> float:
        """Train up to an epoch; return the least held-out log loss so far, the mean over targets."""
        while self._epoch < epochs:
            first = self._epoch == 0
            self._epoch = min(epochs, self._epoch + self._settings.check_every)
            torch.manual_seed(self._seed + self._epoch)
            with warnings.catch_warnings(), cheap_collections():
                warnings.filterwarnings("ignore", message=".*pin_memory.*", category=UserWarning)
                warnings.filterwarnings("ignore", message="Training instances are always", category=DeprecationWarning)
                self._loop.train(
                    self._factory, num_epochs=self._epoch, batch_size=self._settings.batch_size,
                    use_tqdm=False, continue_training=not first,
                )  # fmt: skip
            loss = self._look()
            if progress is not None:
                progress(f"{self._name}: {self._epoch} epochs, held-out log loss {loss:.3f}")
        return self._best[0]

    def _look(self) -> float:
        """Calibrate on the held-out garments, and keep the model where it is the best so far."""
        losses, calibration = [], {}
        for target, own in self._check.items():
            scores = self._scores(target, own.rows)
            calibration[target] = calibrate(scores, own.truth, own.shares)
            losses.append(log_loss(probabilities(scores, own.shares, *calibration[target]), own.truth))
        loss = float(np.mean(losses))
        if loss < self._best[0]:
            state = {name: tensor.clone() for name, tensor in self._model.state_dict().items()}
            self._best = (loss, state, calibration)
        return loss

    def _scores(self, target: str, garments: Sequence[int] | Positions) -> Floats:
        relation = self._graph.relations[target]
        pairs = torch.tensor([(int(head), relation) for head in garments])
        tails = self._graph.tails[target]
        self._model.eval()
        with torch.no_grad():
            parts = [
                self._model.score_t(pairs[at : at + _AT_ONCE], tails=tails) for at in range(0, len(pairs), _AT_ONCE)
            ]
        return np.concatenate([part.double().numpy() for part in parts])

    def complete(self, garments: Sequence[int]) -> dict[str, Array]:
        """Return the best state's probabilities of each target's values."""
        _, state, calibration = self._best
        self._model.load_state_dict(state)
        return {
            target: probabilities(self._scores(target, garments), own.shares, *calibration[target])
            for target, own in self._check.items()
        }


def probabilities(scores: Floats, shares: Floats, scale: float, prior: float) -> Array:
    """Turn scores into probabilities: softmax of scale times score plus prior times log share.

    The negatives of a value are drawn regardless of how common it is, so a score lacks the prior.

    Args:
        scores: Shape (n, n_values), higher is better.
        shares: How common each value is, shape (n_values,); one that is never seen gets probability 0.
        scale: The inverse temperature (Guo et al. 2017).
        prior: How much the shares count.

    Example:
        >>> probabilities(np.zeros((1, 3)), np.array([0.75, 0.25, 0.0]), 1.0, 1.0).round(3).tolist()
        [[0.75, 0.25, 0.0]]
    """
    with np.errstate(divide="ignore"):
        logits = scale * scores + np.where(shares > 0, prior * np.log(np.maximum(shares, 1e-12)), -np.inf)
    return np.asarray(softmax(logits, axis=1), dtype=np.float32)


def calibrate(scores: Floats, truth: Array, shares: Floats) -> tuple[float, float]:
    """Fit `probabilities` by the log loss; return the scale, which is positive, and the prior's weight."""

    def loss(free: Floats) -> float:
        return log_loss(probabilities(scores, shares, float(np.exp(free[0])), float(free[1])), truth)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-2, "fatol": 1e-5, "maxiter": 120})
    return float(np.exp(found.x[0])), float(found.x[1])
