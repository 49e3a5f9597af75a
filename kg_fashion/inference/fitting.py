"""Fits the embedding and, for each target, what stands beside it: on garments that neither has seen.

The garments are parted into folds; each fold is scored by an embedding and by families that were learned from the other
folds, half of its garments without any target, half without the one asked for. A new garment may be a variant of a
known one or of a style that is new, so half of the name stems (`families.py`) are held out as a whole. Fusion,
calibration and thresholds are fitted on these held-out scores; then embedding and families are learned anew from all
garments, and the embeddings of the folds join the last one: the mean of several is right more often than one, and a
little surer, so that the fitted scales err on the side of caution.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding import EmbeddingSettings, GarmentEmbedding, TrainingData, encode_parts
from kg_fashion.errors import NotTrainedError
from kg_fashion.inference.evidence import RuleEvidence
from kg_fashion.inference.families import FamilyCounts, FamilyIndex, colour_words, family_keys
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.target_model import SCORES, TargetModel, scores_of

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
Progress = Callable[[str], None]
_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Fitted:
    """All that an inferrer is made of.

    Attributes:
        embedding: The graph embedding.
        families: Which families there are.
        models: Target -> what stands beside the embedding.
        held_out: Target -> probabilities by what had not seen the garment, shape (n_garments, n_values).
    """

    embedding: GarmentEmbedding
    families: FamilyIndex
    models: Mapping[str, TargetModel]
    held_out: Mapping[str, Array]


def fit_models(
    catalogue: Catalogue,
    labels: Mapping[str, Array],
    values: Mapping[str, tuple[str, ...]],
    evidence: RuleEvidence,
    *,
    shares: bool,
    settings: EmbeddingSettings,
    seed: int,
    checkpoints: Path | None,
    progress: Progress | None,
) -> Fitted:
    """Fit all that an inferrer is made of.

    Args:
        catalogue: The garments, with their targets.
        labels: Target -> what is known, shape (n_garments, n_values), rows sum to 1 or to 0.
        values: Target -> the IRIs of its values.
        evidence: What the rules say.
        shares: The labels are distributions to be met; by default any of a garment's values is right.
        settings: How to train the embedding.
        seed: Of every random choice.
        checkpoints: A folder where training writes where it stands, and goes on where the same training was stopped.
        progress: Called with a line of text now and then.

    Raises:
        NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.
        ModelError: a checkpoint is broken.
    """
    from kg_fashion.embedding.training import early_stopped, train_embedding

    _check(labels)
    keys = family_keys(catalogue, colour_words(catalogue.ontology))
    index = FamilyIndex.of(keys)
    families = index.find(keys)
    data = TrainingData(encode_parts(catalogue.garments, catalogue.ontology), labels, values, shares)
    said_by_rules = evidence.gather(catalogue, values)
    if progress is not None:
        spoke = ", ".join(f"{len(own.witnesses)} for {target}" for target, own in said_by_rules.items())
        progress(f"rules that speak: {spoke}")
    chosen = early_stopped(data, settings=settings, seed=seed, progress=progress)

    def train(some: TrainingData, say: Progress | None) -> GarmentEmbedding:
        return train_embedding(some, settings=chosen, seed=seed, checkpoints=checkpoints, progress=say)

    scores, of_folds = _held_out(data, families, len(index), train, seed, progress)
    models, said = {}, {}
    for target, truth in labels.items():
        counts = FamilyCounts.of(families, truth, len(index))
        models[target], said[target] = TargetModel.fit(
            scores[target], said_by_rules[target], truth, counts, evidence.rules, shares=shares
        )
    return Fitted(train(data, progress).joined(of_folds), index, models, said)


def fit_vectors(
    catalogue: Catalogue,
    targets: Sequence[str],
    *,
    settings: EmbeddingSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Callable[[Catalogue], Array]:
    """Fit an embedding alone, where vectors are wanted and no probabilities: a sixth of the work.

    Args:
        catalogue: Garments with the targets.
        targets: The attributes that the vectors are trained to tell.
        settings: How to train.
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
    from kg_fashion.embedding.training import train_embedding

    values = {target: target_values(catalogue, target) for target in targets}
    labels = {target: label_matrix(catalogue, target, own) for target, own in values.items()}
    _check(labels)
    data = TrainingData(encode_parts(catalogue.garments, catalogue.ontology), labels, values)
    embedding = train_embedding(data, settings=settings, seed=seed, progress=progress)

    def compose(garments: Catalogue) -> Array:
        return embedding.vectors(embedding.encode(garments.garments, garments.ontology))

    return compose


def _check(labels: Mapping[str, Array]) -> None:
    for target, matrix in labels.items():
        known = int((matrix.sum(axis=1) > 0).sum())
        if known < 10 or matrix.shape[1] < 2:
            raise NotTrainedError(
                f"{known} garments have a {target}, with {matrix.shape[1]} values; 10 and 2 are needed:"
                " learn from a catalogue that has them (--train-on)"
            )


def _held_out(
    data: TrainingData,
    families: Ids,
    n_families: int,
    train: Callable[[TrainingData, Progress | None], GarmentEmbedding],
    seed: int,
    progress: Progress | None,
) -> tuple[dict[str, Array], list[GarmentEmbedding]]:
    """Return target -> scores of each garment by what was learned without its fold, (n, n_scores, n_values), and that.

    Args:
        data: What is learned from.
        families: Of each garment, shape (n, n_kinds), -1 for none.
        n_families: How many families there are.
        train: Trains an embedding.
        seed: Of the folds.
        progress: Called with a line of text now and then.
    """
    n = len(data.parts)
    random = np.random.default_rng(seed)
    fold_of = _folds(families[:, 0], random)
    alone = random.random(n) < 0.5
    scores = {t: np.zeros((n, len(SCORES), own.shape[1]), dtype=np.float32) for t, own in data.labels.items()}
    embeddings = []
    for fold in range(_FOLDS):
        inside, outside = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        seen = data.take(inside)
        embedding = train(seen, None)
        embeddings.append(embedding)
        for target, truth in seen.labels.items():
            counts = FamilyCounts.of(families[inside], truth, n_families)
            for rows, hidden in ((outside[alone[outside]], (target,)), (outside[~alone[outside]], data.labels)):
                plausibility = embedding.plausibility(data.parts.take(rows).without(hidden), target)
                scores[target][rows] = scores_of(plausibility, families[rows], counts)
        if progress is not None:
            progress(f"calibration: fold {fold + 1} of {_FOLDS}")
    return scores, embeddings


def _folds(stems: Ids, random: np.random.Generator) -> Ids:
    """Part garments into folds; those of every other stem stay together.

    Args:
        stems: The number of each garment's stem, -1 where it has none, shape (n,).
        random: Draws the folds.

    Example:
        >>> folds = _folds(np.repeat(np.arange(100), 10), np.random.default_rng(0)).reshape(100, 10)
        >>> 30 < int((folds == folds[:, :1]).all(axis=1).sum()) < 70
        True
    """
    alone = random.permutation(len(stems)) % _FOLDS
    n_stems = int(stems.max(initial=-1)) + 1
    together, whole = random.permutation(n_stems) % _FOLDS, random.random(n_stems) < 0.5
    named = stems >= 0
    kept = np.zeros(len(stems), dtype=bool)
    kept[named] = whole[stems[named]]
    alone[kept] = together[stems[kept]]
    return alone
