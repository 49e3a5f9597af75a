"""Audit: planted errors come first; thresholds and the list against slow computations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue
from kg_fashion.inference.audit import class_thresholds, suspicions
from kg_fashion.inference.labels import label_matrix


def _drawn(n: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = 2.5 * rng.normal(size=(n, 4))
    said = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    value = (said.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=3)
    return said, value


def _flip(value: np.ndarray, n_values: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Give a share of the garments another value; return the values and the rows."""
    rng = np.random.default_rng(1)
    rows = rng.permutation(len(value))[: round(share * len(value))]
    flipped = value.copy()
    flipped[rows] = (flipped[rows] + rng.integers(1, n_values, len(rows))) % n_values
    return flipped, rows


def test_planted_errors_come_first() -> None:
    said, value = _drawn()
    flipped, rows = _flip(value, 4, 0.05)
    found = suspicions(said, np.eye(4)[flipped])
    first = [s.row for s in found[: len(rows)]]
    precision = len(set(first) & set(rows.tolist())) / len(rows)
    assert precision > 0.4  # by chance 0.05


def test_thresholds_the_slow_way() -> None:
    said, value = _drawn(300)
    truth = np.eye(4)[value]
    truth[::7] = 0
    for column, threshold in enumerate(class_thresholds(said, truth)):
        own = [float(p[column]) for p, t in zip(said, truth, strict=True) if t[column] > 0]
        assert threshold == pytest.approx(sum(own) / len(own))


def test_the_list_the_slow_way() -> None:
    said, value = _drawn(400)
    flipped, _ = _flip(value, 4, 0.1)
    truth = np.eye(4)[flipped]
    thresholds = class_thresholds(said, truth)
    slow = [
        (row, flipped[row], int(p.argmax()))
        for row, p in enumerate(said)
        if p.argmax() != flipped[row] and p.max() >= thresholds[p.argmax()]
    ]
    found = suspicions(said, truth)
    assert sorted((s.row, s.supplied[0], s.suggested) for s in found) == sorted(slow)
    margins = [s.margin for s in found]
    assert margins == sorted(margins, reverse=True)
    assert all(s.p_suggested == pytest.approx(float(said[s.row].max())) for s in found)


def test_several_supplied_values_count_together() -> None:
    said = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.8, 0.1, 0.1]], dtype=np.float32)
    truth = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 1, 0]], dtype=np.float32)
    found = suspicions(said, truth)  # a value that only the first garment has: threshold 0.5
    assert [(s.row, s.supplied, s.suggested) for s in found] == [(2, (1,), 0), (1, (1, 2), 0)]
    assert found[1].p_supplied == pytest.approx(0.5)


def test_what_is_not_supplied_is_not_doubted_nor_suggested() -> None:
    said = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    assert suspicions(said, np.zeros((2, 2))) == []
    assert suspicions(said, np.array([[0.0, 1.0], [0.0, 1.0]])) == []  # value 0 is supplied nowhere
    assert suspicions(np.zeros((0, 2), dtype=np.float32), np.zeros((0, 2))) == []


def _planted_precision(
    catalogue: Catalogue, target: str, *, share: float = 0.05, folds: int = 3
) -> tuple[float, float]:
    """Plant wrong values, audit out of fold; return the share of planted ones among as many first, and found at all."""
    known = [i for i, g in enumerate(catalogue) if len(g.values.get(target, ())) == 1]
    clean = catalogue.subset(known)
    names = sorted({g.values[target][0] for g in clean})
    value = np.array([names.index(g.values[target][0]) for g in clean])
    flipped, rows = _flip(value, len(names), share)
    dirty = replace(
        clean,
        garments=tuple(
            replace(garment, values={**garment.values, target: (names[column],)})
            for garment, column in zip(clean, flipped, strict=True)
        ),
    )
    fold = np.random.default_rng(2).permutation(len(dirty)) % folds
    said = np.zeros((len(dirty), len(names)), dtype=np.float32)
    for number in range(folds):
        outside = np.flatnonzero(fold == number)
        model = AttributeInferrer.train(dirty.subset(np.flatnonzero(fold != number)), targets=(target,), seed=0)
        columns = [names.index(iri) for iri in model.values(target)]
        said[np.ix_(outside, columns)] = model.predict_proba(dirty.subset(outside), target)
    found = [s.row for s in suspicions(said, label_matrix(dirty, target, names))]
    planted = set(rows.tolist())
    first = found[: len(rows)]
    return len(planted & set(first)) / len(rows), len(planted & set(found)) / len(rows)


@pytest.mark.slow
def test_planted_errors_of_the_boutique(boutique: Catalogue) -> None:
    precision, found = _planted_precision(boutique, "season")
    assert precision > 0.2  # by chance 0.05
    assert found > 0.3


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize(("target", "least"), [("season", 0.2), ("occasion", 0.5)])
def test_planted_errors_of_myntra(shared_data: Path, target: str, least: float) -> None:
    catalogue = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra")
    sample = catalogue.subset(np.random.default_rng(0).permutation(len(catalogue))[:3000])
    precision, _ = _planted_precision(sample, target)
    assert precision > least  # by chance 0.05
