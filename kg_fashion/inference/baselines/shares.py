"""Baselines that count: the share of each value among garments that are alike in few attributes.

A share among few garments is drawn towards that of the wider group, p = (count + m * wider) / (n + m), where m is
tuned: the m-estimate of Cestnik 1990, "Estimating probabilities: a crucial task in machine learning".
"""

from collections.abc import Hashable, Mapping

import numpy as np

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.inference.baselines.training import Array, Examples, Ids, Predict, Training

_STRENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def majority(training: Training) -> Predict:
    """Say of every garment how common each value is."""
    return _fit(training, ())


def of_type(training: Training) -> Predict:
    """Say how common each value is among garments of the same type."""
    return _fit(training, ("type",))


def of_brand_and_type(training: Training) -> Predict:
    """Say how common each value is among garments of the same brand and type, drawn towards those of the type."""
    return _fit(training, ("type", "brand"))


def _fit(training: Training, attributes: tuple[str, ...]) -> Predict:
    levels = [attributes[:size] for size in range(1, len(attributes) + 1)]
    numbers = [_numbers(training.hidden, level) for level in levels]
    columns = [np.array([_key_number(own, g, level) for g in training.hidden], dtype=np.int64)
               for level, own in zip(levels, numbers, strict=True)]  # fmt: skip
    tables = {target: _tables(training, target, columns) for target in training.targets}

    def predict(test: Catalogue) -> Mapping[str, Array]:
        found = [np.array([_key_number(own, g, level) for g in test], dtype=np.int64)
                 for level, own in zip(levels, numbers, strict=True)]  # fmt: skip
        return {target: _look_up(own, found, len(test)) for target, own in tables.items()}

    return predict


def _tables(training: Training, target: str, columns: list[Ids]) -> list[Array]:
    """Return the shares overall, then of each group of each level; each level's m is tuned in turn."""
    examples, n_values = training.examples(target), training.truth[target].shape[1]
    everything = np.arange(len(examples.rows))
    overall = np.zeros((1, n_values)), np.zeros((1, n_values))
    for counts, chosen in zip(overall, (examples.inside, everything), strict=True):
        np.add.at(counts, (0, examples.classes[chosen]), examples.weights[chosen])
    tuned, final = ([(counts / counts.sum()).astype(np.float32)] for counts in overall)
    for level, column in enumerate(columns):
        wider = column if level == 0 else columns[level - 1]
        above = _parents(column, wider) if level else np.zeros(column.max(initial=-1) + 1, dtype=np.int64)
        best = min(
            (_shrunk(examples, examples.inside, column, tuned[-1][above], m) for m in _STRENGTHS),
            key=lambda own: examples.loss(_look_up([*tuned, own[0]], columns[: level + 1], len(column))),
        )
        tuned.append(best[0])
        final.append(_shrunk(examples, everything, column, final[-1][above], best[1])[0])
    return final


def _shrunk(examples: Examples, chosen: Ids, column: Ids, wider: Array, m: float) -> tuple[Array, float]:
    counts = np.zeros(wider.shape)
    np.add.at(counts, (column[examples.rows[chosen]], examples.classes[chosen]), examples.weights[chosen])
    shares = (counts + m * wider) / (counts.sum(axis=1, keepdims=True) + m)
    return shares.astype(np.float32), m


def _parents(column: Ids, wider: Ids) -> Ids:
    above = np.zeros(column.max(initial=-1) + 1, dtype=np.int64)
    above[column] = wider
    return above


def _look_up(tables: list[Array], columns: list[Ids], n: int) -> Array:
    """Return for each garment the share in its narrowest group that was seen in training."""
    said = np.repeat(tables[0], n, axis=0)
    for table, column in zip(tables[1:], columns, strict=True):
        said[column >= 0] = table[column[column >= 0]]
    return said


def _key(garment: Garment, attributes: tuple[str, ...]) -> Hashable:
    return tuple(garment.values.get(attribute, ()) for attribute in attributes)


def _numbers(garments: Catalogue, attributes: tuple[str, ...]) -> dict[Hashable, int]:
    return {key: n for n, key in enumerate(dict.fromkeys(_key(garment, attributes) for garment in garments))}


def _key_number(numbers: Mapping[Hashable, int], garment: Garment, attributes: tuple[str, ...]) -> int:
    return numbers.get(_key(garment, attributes), -1)
