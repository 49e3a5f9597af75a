"""Fits the embedding and, for each target, what stands beside it: on garments that neither has seen.

The garments are parted into folds; each fold is scored by an embedding and by families that were learned from the other
folds, half of its garments without any target, half without the one asked for. Fusion, calibration and thresholds are
fitted on these held-out scores; then embedding and families are learned anew from all garments.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding import EmbeddingSettings, GarmentEmbedding, garment_parts, train_embedding
from kg_fashion.errors import NotTrainedError
from kg_fashion.inference.evidence import Evidence, close, gather
from kg_fashion.inference.families import FamilyCounts, Keys, colour_words, family_keys
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.target_model import SCORES, TargetModel, scores_of
from kg_fashion.reasoning import RuleSet

Array = NDArray[np.float32]
Progress = Callable[[str], None]
Parts = list[list[str]]
_FOLDS = 5


def gather_evidence(bare: Catalogue, rules: RuleSet, values: Mapping[str, tuple[str, ...]]) -> dict[str, Evidence]:
    """Return target -> which rules speak for garments without their targets."""
    closure = close(bare, rules)
    return {target: gather(bare, closure, target, own) for target, own in values.items()}


def fit_models(
    catalogue: Catalogue,
    labels: Mapping[str, Array],
    values: Mapping[str, tuple[str, ...]],
    rules: RuleSet,
    *,
    shares: bool,
    settings: EmbeddingSettings,
    seed: int,
    progress: Progress | None,
) -> tuple[GarmentEmbedding, dict[str, TargetModel], dict[str, Array]]:
    """Fit all that an inferrer is made of.

    Args:
        catalogue: The garments, with their targets.
        labels: Target -> what is known, shape (n_garments, n_values), rows sum to 1 or to 0.
        values: Target -> the IRIs of its values.
        rules: The rules.
        shares: The labels are distributions to be met; by default any of a garment's values is right.
        settings: How to train the embedding.
        seed: Of every random choice.
        progress: Called with a line of text now and then.

    Returns:
        The embedding, target -> model, and target -> held-out probabilities, shape (n_garments, n_values).

    Raises:
        NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.
    """
    bare = catalogue.without(values)
    garments = _Garments.of(catalogue, labels)
    colours = colour_words(catalogue.ontology)
    keys = [family_keys(garment, colours) for garment in bare]
    evidence = gather_evidence(bare, rules, values)
    if progress is not None:
        spoke = ", ".join(f"{len(own.witnesses)} for {target}" for target, own in evidence.items())
        progress(f"rules that speak: {spoke}")
    scores = _held_out(garments, keys, values, shares, settings, seed, progress)
    models, said = {}, {}
    for target, truth in labels.items():
        families = FamilyCounts.of(keys, truth)
        models[target], said[target] = TargetModel.fit(
            scores[target], evidence[target], truth, families, rules, shares=shares
        )
    return garments.train(None, values, shares, settings, seed, progress), models, said


def fit_vectors(
    catalogue: Catalogue,
    targets: Sequence[str],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Callable[[Catalogue], Array]:
    """Fit an embedding alone, where vectors are wanted and no probabilities: a sixth of the work.

    Args:
        catalogue: Garments with the targets.
        targets: The attributes that the vectors are trained to tell.
        seed: Of every random choice.
        progress: Called with a line of text now and then.

    Returns:
        What composes the vectors of garments, of all that is supplied, shape (n_garments, dim): those of an inferrer
        that is trained with the same seed.

    Raises:
        NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> fit_vectors(catalogue, ["season"])(catalogue).shape
        (409, 64)
    """
    values = {target: target_values(catalogue, target) for target in targets}
    labels = {target: label_matrix(catalogue, target, own) for target, own in values.items()}
    embedding = _Garments.of(catalogue, labels).train(None, values, False, EmbeddingSettings(), seed, progress)

    def compose(garments: Catalogue) -> Array:
        return embedding.vectors([garment_parts(garment, garments.ontology) for garment in garments])

    return compose


class _Garments:
    """What is needed of garments to train an embedding: parts without targets, parts without one target, labels."""

    def __init__(self, parts: Parts, views: Mapping[str, Parts], labels: Mapping[str, Array]) -> None:
        self.parts = parts
        self.views = views
        self.labels = labels

    @classmethod
    def of(cls, catalogue: Catalogue, labels: Mapping[str, Array]) -> Self:
        for target, matrix in labels.items():
            known = int((matrix.sum(axis=1) > 0).sum())
            if known < 10 or matrix.shape[1] < 2:
                raise NotTrainedError(
                    f"{known} garments have a {target}, with {matrix.shape[1]} values; 10 and 2 are needed:"
                    " learn from a catalogue that has them (--train-on)"
                )

        def parts(hidden: Iterable[str]) -> Parts:
            return [garment_parts(garment, catalogue.ontology) for garment in catalogue.without(hidden)]

        views = {target: parts((target,)) for target in labels} if len(labels) > 1 else {}
        return cls(parts(labels), views, labels)

    def train(
        self,
        rows: NDArray[np.int64] | None,
        values: Mapping[str, tuple[str, ...]],
        shares: bool,
        settings: EmbeddingSettings,
        seed: int,
        progress: Progress | None,
    ) -> GarmentEmbedding:
        """Train an embedding on some of the garments, or on all."""
        chosen = range(len(self.parts)) if rows is None else rows.tolist()
        return train_embedding(
            [self.parts[row] for row in chosen],
            self.labels if rows is None else {target: own[rows] for target, own in self.labels.items()},
            values,
            views={target: [own[row] for row in chosen] for target, own in self.views.items()} or None,
            shares=shares,
            settings=settings,
            seed=seed,
            progress=progress,
        )


def _held_out(
    garments: _Garments,
    keys: Sequence[Keys],
    values: Mapping[str, tuple[str, ...]],
    shares: bool,
    settings: EmbeddingSettings,
    seed: int,
    progress: Progress | None,
) -> dict[str, Array]:
    """Return target -> scores of each garment by what was learned without its fold, (n, n_scores, n_values)."""
    n = len(garments.parts)
    random = np.random.default_rng(seed)
    fold_of = random.permutation(n) % _FOLDS
    alone = random.random(n) < 0.5
    scores = {t: np.zeros((n, len(SCORES), own.shape[1]), dtype=np.float32) for t, own in garments.labels.items()}
    for fold in range(_FOLDS):
        inside, outside = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        embedding = garments.train(inside, values, shares, settings, seed, None)
        for target, truth in garments.labels.items():
            view = garments.views.get(target, garments.parts)
            parts = [(view if alone[row] else garments.parts)[row] for row in outside.tolist()]
            families = FamilyCounts.of([keys[row] for row in inside.tolist()], truth[inside])
            asked = [keys[row] for row in outside.tolist()]
            scores[target][outside] = scores_of(embedding.plausibility(parts, target), asked, families)
        if progress is not None:
            progress(f"calibration: fold {fold + 1} of {_FOLDS}")
    return scores
