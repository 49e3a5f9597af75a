"""Evaluation of a style space on a catalogue: what is learned from a part of it, and measured on the rest.

A style space is for describing garments, so its vectors see every supplied value; probes of an attribute that is
plainly visible say whether the block keeps it, not whether it could be inferred. Therefore each is probed with its own
value hidden, too, and then only names and other attributes can tell it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding.style import StyleSpace
from kg_fashion.embedding.style_agreement import Agreement
from kg_fashion.embedding.style_factors import StyleSettings
from kg_fashion.embedding.style_moves import MovePath, draw_moves, move_effect, straight_path, style_path
from kg_fashion.embedding.style_probes import Probe, ProbeMatrix, Sides, dci, probe_matrix
from kg_fashion.embedding.style_report import MoveSummary, StyleReport, Variant, summarise_moves
from kg_fashion.inference.labels import label_matrix, target_values

Array = NDArray[np.float32]
Compose = Callable[[Catalogue], Array]
Progress = Callable[[str], None]
Labels = dict[str, tuple[Array, Array]]
MIN_COUNT = 20
_N_MOVES = 300
_VECTOR = "whole vector"


def style_values(
    catalogue: Catalogue, attributes: Sequence[str], *, min_count: int = MIN_COUNT
) -> dict[str, tuple[str, ...]]:
    """Return the values of each attribute that at least so many garments have."""
    found = {}
    for attribute in attributes:
        values = target_values(catalogue, attribute)
        counts = (label_matrix(catalogue, attribute, values) > 0).sum(axis=0)
        found[attribute] = tuple(value for value, count in zip(values, counts, strict=True) if count >= min_count)
    return found


def fit_style(
    catalogue: Catalogue,
    compose: Compose,
    values: Mapping[str, tuple[str, ...]],
    *,
    settings: StyleSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> StyleSpace:
    """Learn a style space from a catalogue.

    Args:
        catalogue: Garments with their values.
        compose: Garments -> their vectors, as `AttributeInferrer.vectors`.
        values: Attribute -> its values, as from `style_values`.
        settings: How to learn.
        seed: Of every random choice.
        progress: Called with a line of text at the end.

    Raises:
        NotTrainedError: an attribute has fewer than two values, or the vectors have too few dimensions.

    Example:
        >>> from kg_fashion import AttributeInferrer, read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> boutique = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> inferrer = AttributeInferrer.train(boutique, targets=("season",), seed=0)
        >>> space = fit_style(boutique, inferrer.vectors, style_values(boutique, ("colour", "type"), min_count=15))
        >>> vectors = inferrer.vectors(boutique)
        >>> coat, shirt = (boutique.get(sku) for sku in ("C001", "C002"))
        >>> moved = space.move(vectors[:1], "colour", vectors[1])  # the coat, in the shirt's colour
        >>> bool(np.allclose(space.factors(moved)["type"], space.factors(vectors[:1])["type"], atol=1e-3))
        True
    """
    labels = {name: label_matrix(catalogue, name, own) for name, own in values.items()}
    return StyleSpace.fit(compose(catalogue), labels, values, settings=settings, seed=seed, progress=progress)


def evaluate_style(
    train: Catalogue,
    test: Catalogue,
    compose: Compose,
    *,
    attributes: Sequence[str],
    agree: Callable[[StyleSpace], Mapping[str, Agreement]] | None = None,
    settings: StyleSettings | None = None,
    min_count: int = MIN_COUNT,
    seed: int = 0,
    progress: Progress | None = None,
) -> StyleReport:
    """Learn a style space from one part of a catalogue and measure it on the other.

    Args:
        train: The garments to learn from.
        test: Those held out.
        compose: Garments -> their vectors; learned from `train` only.
        attributes: An attribute each block.
        agree: Style space -> how it agrees with outfits, as from `outfit_agreement`.
        settings: How to learn.
        min_count: Values of fewer training garments are left out.
        seed: Of every random choice.
        progress: Called with a line of text now and then.

    Raises:
        NotTrainedError: an attribute has fewer than two values, or the vectors have too few dimensions.
    """
    chosen = settings or StyleSettings()
    values = style_values(train, attributes, min_count=min_count)
    labels = {n: (label_matrix(train, n, own), label_matrix(test, n, own)) for n, own in values.items()}
    vectors = (compose(train), compose(test))

    def fit(own: StyleSettings) -> StyleSpace:
        shown = {name: sides[0] for name, sides in labels.items()}
        return StyleSpace.fit(vectors[0], shown, values, settings=own, seed=seed, progress=progress)

    started = time.perf_counter()
    space = fit(chosen)
    fit_s = time.perf_counter() - started
    matrix = probe_matrix(Sides(_features(space, vectors), labels), seed=seed)
    _tell(progress, "probes of visible values: done")
    hidden = _hidden_probes(space, (train, test), compose, labels, seed)
    _tell(progress, "probes of hidden values: done")
    moves, straight = _moves(space, vectors, labels, seed)
    _tell(progress, "moves: done")
    variants = [_variant("all terms", space, vectors, labels, seed)]
    for name, changed in _ablation(chosen).items():
        variants.append(_variant(name, fit(changed), vectors, labels, seed))
    outfits = agree(space) if agree is not None else {}
    return StyleReport(len(train), len(test), fit_s, matrix, hidden, moves, straight, variants, outfits)


def _ablation(settings: StyleSettings) -> dict[str, StyleSettings]:
    return {
        "without orthogonality": replace(settings, orthogonality=0.0),
        "without leakage": replace(settings, leakage=0.0),
        "without both": replace(settings, orthogonality=0.0, leakage=0.0),
    }


def _tell(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress(text)


def _features(space: StyleSpace, vectors: tuple[Array, Array]) -> dict[str, tuple[Array, Array]]:
    shown, held_out = (space.factors(own) for own in vectors)
    return {**{name: (shown[name], held_out[name]) for name in space.blocks}, _VECTOR: vectors}


def _hidden_probes(
    space: StyleSpace, sides: tuple[Catalogue, Catalogue], compose: Compose, labels: Labels, seed: int
) -> ProbeMatrix:
    """Probe each attribute in vectors from which its own value was left out."""
    columns = []
    for attribute in labels:
        train, test = (compose(side.without([attribute])) for side in sides)
        own = Sides(_features(space, (train, test)), labels)
        columns.append(probe_matrix(own, only=(attribute,), seed=seed))
    first = columns[0]
    return ProbeMatrix(
        first.blocks,
        tuple(labels),
        np.hstack([one.accuracy for one in columns]),
        np.concatenate([one.majority for one in columns]),
        np.hstack([one.by_nature for one in columns]),
        np.concatenate([one.n for one in columns]),
    )


def _moves(
    space: StyleSpace, vectors: tuple[Array, Array], labels: Labels, seed: int
) -> tuple[dict[str, MoveSummary], dict[str, MoveSummary]]:
    """Move held-out garments within each block, and along the difference of mean vectors beside."""
    probes = {name: Probe(vectors[0], shown, seed=seed) for name, (shown, _) in labels.items()}
    within, straight = {}, {}
    for name, (shown, held_out) in labels.items():
        rows, starts, goals = draw_moves(held_out, _N_MOVES, seed=seed)
        counts = np.maximum(shown.sum(axis=0), 1e-9)[:, None]
        centroids = np.asarray(shown.T @ vectors[0] / counts, dtype=np.float32)

        def follow(path: MovePath, name: str = name, goals: NDArray[np.int64] = goals) -> MoveSummary:
            return summarise_moves(move_effect(path, goals, name, probes), seed=seed)

        within[name] = follow(style_path(space, vectors[1][rows], name, goals))
        straight[name] = follow(straight_path(vectors[1][rows], starts, goals, centroids))
    return within, straight


def _variant(name: str, space: StyleSpace, vectors: tuple[Array, Array], labels: Labels, seed: int) -> Variant:
    features = {block: own for block, own in _features(space, vectors).items() if block in labels}
    matrix = probe_matrix(Sides(features, labels), seed=seed)
    train, test = (np.hstack(list(space.factors(own).values())) for own in vectors)
    own = [matrix.accuracy[matrix.blocks.index(a), j] for j, a in enumerate(matrix.attributes)]
    measured = dci(train, test, labels, seed=seed)
    return Variant(name, measured, matrix.own_gain, matrix.other_gain, matrix.excess, float(np.mean(own)))
