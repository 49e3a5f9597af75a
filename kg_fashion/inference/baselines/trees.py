"""Gradient-boosted trees: LightGBM on the attributes, with and without the brand, and on a vector of the name.

Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree". The number of leaves and, by early
stopping, of rounds is tuned on the held-out tenth; the model is then fitted again on all training garments.
"""

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue
from kg_fashion.inference.baselines.text import name_vectors
from kg_fashion.inference.baselines.training import Array, Examples, Ids, Predict, Training

Floats = NDArray[np.float32]
_LEAVES = (7, 15, 31)
_MOST_ROUNDS = 400
_PATIENCE = 20
_SETTINGS = {
    "objective": "multiclass", "learning_rate": 0.1, "min_data_per_group": 10, "min_data_in_leaf": 5,
    "min_sum_hessian_in_leaf": 1.0, "lambda_l2": 5.0,  # without these two the loss runs away on rare values
    "verbosity": -1, "deterministic": True, "num_threads": 1,  # a second thread is slower where cores are shared
}  # fmt: skip
_OF_VECTORS = {"feature_fraction_bynode": 0.3, "max_bin": 63}
"""A vector's numbers are many and alike: a node sees a third of them, in coarse steps."""


class CategoryColumns:
    """The first value of each attribute as a number, fitted on training garments.

    Args:
        garments: Their values are numbered in order of appearance.
        without: Attributes to leave out.
    """

    def __init__(self, garments: Catalogue, *, without: Sequence[str] = ()) -> None:
        self.numbers: dict[str, dict[str, int]] = {}
        for attribute in terms.ATTRIBUTES:
            if attribute not in without:
                used = (garment.values[attribute][0] for garment in garments if garment.values.get(attribute))
                own = {value: number for number, value in enumerate(dict.fromkeys(used))}
                if own:
                    self.numbers[attribute] = own

    def table(self, garments: Catalogue) -> Floats:
        """Return shape (n_garments, n_attributes), NaN where there is no value, or none that was seen in training."""
        table = np.full((len(garments), len(self.numbers)), np.nan, dtype=np.float32)
        for row, garment in enumerate(garments):
            for column, (attribute, own) in enumerate(self.numbers.items()):
                values = garment.values.get(attribute)
                if values and values[0] in own:
                    table[row, column] = own[values[0]]
        return table


def on_attributes(training: Training) -> Predict:
    """Predict from the attributes without the brand."""
    return _fit(training, without=("brand",), vectors=False)


def on_brand(training: Training) -> Predict:
    """Predict from the attributes with the brand."""
    return _fit(training, without=(), vectors=False)


def on_name_vectors(training: Training) -> Predict:
    """Predict from the attributes with the brand, and the text encoder's vector of the name."""
    return _fit(training, without=(), vectors=True)


def _fit(training: Training, *, without: Sequence[str], vectors: bool) -> Predict:
    columns = CategoryColumns(training.hidden, without=without)

    def table_of(garments: Catalogue) -> Floats:
        own = columns.table(garments)
        return np.hstack([own, name_vectors([g.name for g in garments])]) if vectors else own

    table = table_of(training.hidden)
    models = {}
    for target in training.targets:
        base = {
            **_SETTINGS, **(_OF_VECTORS if vectors else {}), "num_class": training.truth[target].shape[1],
            "categorical_feature": list(range(len(columns.numbers))), "seed": training.seed,
        }  # fmt: skip
        models[target] = _boosted(table, training.examples(target), base, _LEAVES[1:] if vectors else _LEAVES)
        if training.progress is not None:
            training.progress(f"LightGBM, {target}: {models[target].num_trees():,} trees")

    def predict(test: Catalogue) -> Mapping[str, Array]:
        asked = table_of(test)
        return {target: np.asarray(model.predict(asked), dtype=np.float32) for target, model in models.items()}

    return predict


def _boosted(table: Floats, examples: Examples, base: dict[str, Any], sizes: Sequence[int]) -> Any:
    """Return the model of the best number of leaves and rounds."""
    import lightgbm as lgb

    def data(chosen: Ids) -> Any:
        rows, classes, weights = (own[chosen] for own in (examples.rows, examples.classes, examples.weights))
        return lgb.Dataset(table[rows], classes, weight=weights, params=base, free_raw_data=False)

    stopping = partial(lgb.early_stopping, _PATIENCE, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of columns that cannot be split
        inside, outside = data(examples.inside), data(examples.outside)
        tried = [
            lgb.train(base | {"num_leaves": size}, inside, _MOST_ROUNDS, valid_sets=[outside], callbacks=[stopping()])
            for size in sizes
        ]
        best = min(tried, key=lambda model: model.best_score["valid_0"]["multi_logloss"])
        everything = data(np.arange(len(examples.rows)))
        return lgb.train(base | {"num_leaves": best.params["num_leaves"]}, everything, best.best_iteration)
