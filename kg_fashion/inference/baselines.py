"""The baselines that completions are measured against: majority, LightGBM, logistic regression.

Each is tuned on a tenth of the training garments, never on the test garments.
"""

import itertools
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, name_words

Array = NDArray[np.float32]
_LEAVES = (15, 63)
_STRENGTHS = (1.0, 4.0)


def majority(train: Array, n_test: int) -> Array:
    """Predict each value by its share in training."""
    return np.repeat((train.sum(axis=0) / train.sum())[None], n_test, axis=0).astype(np.float32)


def lightgbm(train: Catalogue, truth: Array, test: Catalogue, *, seed: int) -> Array:
    """Predict by gradient-boosted trees on the attributes, one categorical column each (Ke et al. 2017)."""
    import lightgbm as lgb

    both = _codes([*train, *test])
    rows, classes, weights = _expand(truth)
    inside, outside = _hold_out(len(rows), seed)
    best: tuple[float, lgb.Booster | None] = (np.inf, None)
    for leaves in _LEAVES:
        settings = {
            "objective": "multiclass", "num_class": truth.shape[1], "num_leaves": leaves, "learning_rate": 0.08,
            "verbosity": -1, "seed": seed, "deterministic": True, "num_threads": 2, "min_data_per_group": 10,
            "min_data_in_leaf": 5,
        }  # fmt: skip
        columns = list(range(both.shape[1]))
        fit = lgb.Dataset(both[rows[inside]], classes[inside], weight=weights[inside], categorical_feature=columns)
        check = lgb.Dataset(both[rows[outside]], classes[outside], weight=weights[outside], reference=fit)
        quiet = [lgb.early_stopping(20, verbose=False)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = lgb.train(settings, fit, num_boost_round=250, valid_sets=[check], callbacks=quiet)
        loss = float(model.best_score["valid_0"]["multi_logloss"])
        if loss < best[0]:
            best = (loss, model)
    model = best[1]
    return np.asarray(model.predict(both[len(train) :]), dtype=np.float32) if model else majority(truth, len(test))


def logistic(train: Catalogue, truth: Array, test: Catalogue, *, seed: int) -> Array:
    """Predict by multinomial logistic regression on attributes and the name's words and word pairs."""
    from sklearn.linear_model import LogisticRegression

    table = _one_hot(train, test)
    rows, classes, weights = _expand(truth)
    inside, outside = _hold_out(len(rows), seed)

    def fit(strength: float, chosen: NDArray[np.int64]) -> Array:
        model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(table[rows[chosen]], classes[chosen], sample_weight=weights[chosen])
        full = np.zeros((table.shape[0], truth.shape[1]), dtype=np.float32)
        full[:, model.classes_] = model.predict_proba(table)
        return full

    def loss(strength: float) -> float:
        said = fit(strength, inside)[rows[outside], classes[outside]]
        return float(-(weights[outside] * np.log(np.maximum(said, 1e-6))).mean())

    return fit(min(_STRENGTHS, key=loss), np.arange(len(rows)))[len(train) :]


def _expand(truth: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Return one (row, value, weight) for each true value of each garment that has one."""
    rows, classes = np.nonzero(truth)
    return rows, classes, truth[rows, classes]


def _hold_out(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(n)
    return order[n // 10 :], order[: n // 10]


def _codes(garments: Sequence[object]) -> NDArray[np.float64]:
    """Return the first value of each attribute as a category number, NaN where there is none."""
    table = np.full((len(garments), len(terms.ATTRIBUTES)), np.nan)
    for column, attribute in enumerate(terms.ATTRIBUTES):
        numbers: dict[str, int] = {}
        for row, garment in enumerate(garments):
            values = garment.values.get(attribute)  # type: ignore[attr-defined]
            if values:
                table[row, column] = numbers.setdefault(values[0], len(numbers))
    return table[:, ~np.isnan(table).all(axis=0)]


def _one_hot(train: Catalogue, test: Catalogue) -> sparse.csr_matrix:
    """Return 0/1 features of attributes, words and word pairs that occur in training."""
    vocabulary: dict[str, int] = {}
    indices: list[int] = []
    starts = [0]
    for number, garment in enumerate([*train, *test]):
        keys = {f"{attribute}={value}" for attribute, own in garment.values.items() for value in own}
        for name, _ in garment.labels:
            words = name_words(name)
            keys.update(words, (f"{one} {two}" for one, two in itertools.pairwise(words)))
        for key in sorted(keys):
            if number < len(train):
                vocabulary.setdefault(key, len(vocabulary))
            if key in vocabulary:
                indices.append(vocabulary[key])
        starts.append(len(indices))
    data = np.ones(len(indices), dtype=np.float32)
    return sparse.csr_matrix((data, indices, starts), shape=(len(starts) - 1, len(vocabulary)))
