"""Any one of five attributes hidden: is the true value ranked first among the attribute's values?

Usage: python benchmarks/attributes/hidden_attribute.py styles.csv --results FOLDER [--seeds N] [--methods NAME ...]

Of each garment of a random fifth of Myntra one of department, type, colour, season and occasion is hidden, drawn at
random; all else is visible. Every method completes exactly these (garment, attribute) pairs:

- kg_fashion: one inferrer for all five attributes; it sees the visible attributes and the name;
- RotatE, DistMult: PyKEEN's, transductive: one model for all five, trained on the visible triples of the test garments
  too; no names;
- LightGBM: a model an attribute, on the visible attributes and the brand; with "+ words" also the name's 300 most
  frequent words as 0/1 columns. Leaves and rounds are tuned on a tenth of the training garments.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from seeds import arguments, merged, run_seeds, say, table

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.catalog import Garment, name_words
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.transductive import held_out, transductive

Array = NDArray[np.float32]
TARGETS = ("department", "type", "colour", "season", "occasion")
N_WORDS = 300
MANY_VALUES = 20
ROUNDS = 400


class Split:
    """The training garments, and the test garments with one attribute hidden of each.

    Args:
        catalogue: All garments.
        seed: Of the split, and of what is hidden.
    """

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(catalogue))
        n_test = round(len(order) * 0.2)
        self.train = catalogue.subset(sorted(order[n_test:]))
        self.test = catalogue.subset(sorted(order[:n_test]))
        self.values = {target: target_values(self.train, target) for target in TARGETS}
        known = {target: label_matrix(self.test, target, target_values(self.test, target)) for target in TARGETS}
        self.rows = held_out(known, share=1.0, together=False, seed=seed)

    def asked(self, target: str) -> Catalogue:
        """Return the test garments of which a target is hidden, without it."""
        return self.test.subset(self.rows[target]).without([target])

    def hidden(self) -> Catalogue:
        """Return all test garments, each without what is hidden of it."""
        garments = list(self.test)
        for target, rows in self.rows.items():
            for row, garment in zip(rows, self.asked(target), strict=True):
                garments[row] = garment
        return replace(self.test, garments=tuple(garments))

    def ranks(self, target: str, probabilities: Array) -> NDArray[np.float64]:
        """Return the rank of each true value among the target's values, from 1; ties share the mean of their ranks.

        A value that no training garment has comes last.
        """
        truth = label_matrix(self.test.subset(self.rows[target]), target, self.values[target]) > 0
        best = np.where(truth, probabilities, -1.0).max(axis=1, keepdims=True)
        above, level = (probabilities > best).sum(axis=1), (probabilities == best).sum(axis=1)
        return np.where(truth.any(axis=1), above + (level + 1) / 2, probabilities.shape[1] + 1)


def ours(split: Split, seed: int) -> dict[str, Array]:
    """Complete with one inferrer."""
    inferrer = AttributeInferrer.train(split.train, targets=TARGETS, seed=seed, progress=say)
    said = {}
    for target in TARGETS:
        if inferrer.values(target) != split.values[target]:
            raise ValueError(f"the inferrer's values of {target} are not those of the training garments")
        said[target] = inferrer.predict_proba(split.asked(target), target)
    return said


def pykeen(split: Split, seed: int, *, model: str) -> dict[str, Array]:
    """Complete with one of PyKEEN's models."""
    said = transductive(split.train, split.hidden(), split.values, model=model, seed=seed, together=False, progress=say)
    return {target: said[target][rows] for target, rows in split.rows.items()}


def lightgbm(split: Split, seed: int, *, words: bool) -> dict[str, Array]:
    """Complete with a LightGBM model an attribute."""
    frequent = _frequent_words(split.train) if words else {}
    said = {}
    for target in TARGETS:
        truth = label_matrix(split.train, target, split.values[target])
        rows = np.flatnonzero(truth.sum(axis=1) > 0)
        asked = split.asked(target)
        features, categories = _columns([*split.train.without([target]), *asked], frequent)
        model = _boost(features[rows], truth[rows].argmax(axis=1), truth.shape[1], categories, seed)
        said[target] = np.asarray(model.predict(features[len(split.train) :], num_threads=2), dtype=np.float32)
        say(f"LightGBM, {target}: {model.current_iteration()} rounds")
    return said


def _boost(features: Array, classes: NDArray[np.int64], n_classes: int, categories: int, seed: int) -> lgb.Booster:
    """Return the best of a few models by a tenth of the garments; one with many classes gets one try."""
    order = np.random.default_rng(seed).permutation(len(features))
    outside, inside = order[: len(order) // 10], order[len(order) // 10 :]
    tried = []
    for leaves in (15,) if n_classes > MANY_VALUES else (15, 63):
        # without the two penalties it diverges after one round where there are many rare values
        settings = {
            "objective": "multiclass", "num_class": n_classes, "num_leaves": leaves, "verbosity": -1, "seed": seed,
            "learning_rate": 0.1, "deterministic": True, "force_col_wise": True, "num_threads": 2,
            "min_data_in_leaf": 5, "min_data_per_group": 10, "lambda_l2": 1.0, "min_sum_hessian_in_leaf": 0.1,
        }  # fmt: skip
        columns = list(range(categories))
        fit = lgb.Dataset(features[inside], classes[inside], categorical_feature=columns)
        check = lgb.Dataset(features[outside], classes[outside], reference=fit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stop = [lgb.early_stopping(10, verbose=False)]
            tried.append(lgb.train(settings, fit, num_boost_round=ROUNDS, valid_sets=[check], callbacks=stop))
    return min(tried, key=lambda model: float(model.best_score["valid_0"]["multi_logloss"]))


def _columns(garments: Sequence[Garment], words: Mapping[str, int]) -> tuple[Array, int]:
    """Return a category number for each attribute (NaN: none), then 0/1 for each word; and how many are categories."""
    attributes = list(terms.ATTRIBUTES)
    table = np.full((len(garments), len(attributes)), np.nan, dtype=np.float32)
    bag = np.zeros((len(garments), len(words)), dtype=np.float32)
    numbers: dict[str, dict[str, int]] = {attribute: {} for attribute in attributes}
    for row, garment in enumerate(garments):
        for attribute, own in garment.values.items():
            table[row, attributes.index(attribute)] = numbers[attribute].setdefault(own[0], len(numbers[attribute]))
        bag[row, [words[word] for word in name_words(garment.name) if word in words]] = 1.0
    used = ~np.isnan(table).all(axis=0)
    return np.concatenate([table[:, used], bag], axis=1), int(used.sum())


def _frequent_words(train: Catalogue) -> dict[str, int]:
    counts = Counter(word for garment in train for word in set(name_words(garment.name)))
    return {word: column for column, (word, _) in enumerate(counts.most_common(N_WORDS))}


METHODS: dict[str, Callable[[Split, int], dict[str, Array]]] = {
    "kg_fashion": ours,
    "RotatE": lambda split, seed: pykeen(split, seed, model="RotatE"),
    "DistMult": lambda split, seed: pykeen(split, seed, model="DistMult"),
    "LightGBM": lambda split, seed: lightgbm(split, seed, words=False),
    "LightGBM + words": lambda split, seed: lightgbm(split, seed, words=True),
}


def measure(catalogue: Catalogue, method: str, seed: int) -> dict[str, dict[str, float]]:
    """Return MRR and hits@1 of each attribute."""
    split = Split(catalogue, seed)
    found = {}
    for target, said in METHODS[method](split, seed).items():
        ranks = split.ranks(target, said)
        found[f"{target} MRR"] = float((1.0 / ranks).mean())
        found[f"{target} hits@1"] = float((ranks == 1.0).mean())
        found[f"{target} n"] = float(len(ranks))
    return {method: found}


def main() -> None:
    """Run the methods one after another and print a table for each measure."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--rows", type=int, default=0, help="so many random garments only; 0 is all")
    asked = parser.parse_args()
    catalogue = read_catalogue(asked.data, mapping="myntra")
    if asked.rows:
        catalogue = catalogue.subset(sorted(np.random.default_rng(0).permutation(len(catalogue))[: asked.rows]))
    results = []
    for method in asked.methods:
        name = f"hidden-{method.replace(' ', '')}-{asked.rows or 'all'}"
        results.append(run_seeds(asked.results, name, asked.seeds, lambda seed, m=method: measure(catalogue, m, seed)))
    for what in ("MRR", "hits@1"):
        print(table(merged(results), what, [f"{target} {what}" for target in TARGETS]), end="\n\n")


if __name__ == "__main__":
    main()
