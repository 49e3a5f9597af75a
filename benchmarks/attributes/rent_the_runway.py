"""The distribution of occasions that a dress is rented for, from its category and its renters' fit, size and body data.

Usage: python benchmarks/attributes/rent_the_runway.py rentals.parquet --results FOLDER [--seeds N] [--methods NAME ...]

The rentals of a dress are put together: category, and of fit, sizes, renters' age, height, weight, bust, body type and
rating the shares, means, spreads and extremes. No method sees the dress's identifier, dates or number of rentals. A
random fifth of the dresses is new. Every method is tuned on a tenth of the others, by the first measure below.

For kg_fashion a number becomes a word, "age mean 2 of 4", by the quantiles of the training dresses; so does a pair of
numbers, "age mean 2 of 4, size most 3 of 4", and a category with a number. Which of them a dress has is chosen
forward on three folds of the training dresses, as LightGBM chooses its splits. The words are read as any catalogue's.

The truth is the share of a dress's rentals for each occasion (unknown ones left out). The measures, in nats:

- KL, 5+: KL(truth || said), the mean over new dresses with at least 5 rentals; 0 log 0 is 0, nothing is smoothed;
- KL, by rentals: the same over all new dresses, weighted by their rentals: it counts what each rental costs;
- KL, smoothed: the mean over all new dresses, with one rental more in the truth, shared as in all of training: a dress
  with one rental is not taken for one that is always rented for the same.

A part of each is noise that no method can tell: a distribution drawn 16 times is off by about 7 / 32 on its own.
"""

import itertools
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from seeds import arguments, merged, run_seeds, say, table

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.catalog import Lexicon
from kg_fashion.embedding import EmbeddingSettings
from kg_fashion.ontology import read_ontology

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
MAPPING = Path(__file__).with_suffix(".toml")
OCCASIONS = ("wedding", "formal affair", "party", "everyday", "work", "date", "vacation", "other")
MEANS = ("size", "age", "height_in", "weight_lbs", "bust_size_num", "rating")
EXTREMES = ("size", "age")
SHARES = {
    "fit": ("small", "large"),
    "body_type": ("hourglass", "athletic", "pear", "petite", "full bust", "straight & narrow", "apple"),
    "bust_size_letter": ("a", "b", "c", "d", "dd", "ddd/e"),
}
PRIORS = (1.0, 5.0, 20.0, 50.0, 200.0)
LEAVES = (7, 15)
MEASURES = ("KL, 5+", "KL, by rentals", "KL, smoothed")

WORDS_AT_MOST = 20
FOLDS = 3
RIDGE = 5.0
PRIOR_RENTALS = 3.0
SETTINGS = (
    EmbeddingSettings(dim=32, part_dropout=0.1, batch_size=256),
    EmbeddingSettings(dim=32, part_dropout=0.3, batch_size=256),
)
PAIRED = (
    "age mean", "age least", "age most", "age spread", "size mean", "size least", "size most", "rating mean",
    "fit small", "height_in mean", "weight_lbs mean",
)  # fmt: skip
Words = tuple[tuple[str, int], ...]
"""One or two columns, each with the number of its bins; 0 stands for the category as it is."""


def dresses(rentals: pl.DataFrame) -> pl.DataFrame:
    """Put the rentals of each dress together: item_id, category, the occasions' counts, and numbers."""
    known = rentals.filter(pl.col("rented_for").is_in(OCCASIONS))
    columns = [pl.col("category").first()]
    columns += [(pl.col("rented_for") == word).sum().cast(pl.Float64).alias(word) for word in OCCASIONS]
    for name in MEANS:
        own = pl.col(name).cast(pl.Float64)
        columns += [own.mean().alias(f"{name} mean"), own.std().alias(f"{name} spread")]
    for name in EXTREMES:
        own = pl.col(name).cast(pl.Float64)
        columns += [own.min().alias(f"{name} least"), own.max().alias(f"{name} most")]
    for name, words in SHARES.items():
        columns += [(pl.col(name) == word).fill_null(False).mean().alias(f"{name} {word}") for word in words]
    return known.group_by("item_id").agg(columns).sort("item_id")


class Split:
    """The dresses, which of them are new, and which serve for tuning.

    Args:
        table: As `dresses` makes it.
        seed: Of the split.
    """

    def __init__(self, table: pl.DataFrame, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(table))
        n_test = round(len(order) * 0.2)
        self.seed = seed
        self.test, self.train = np.sort(order[:n_test]), np.sort(order[n_test:])
        n_tuning = n_test + len(self.train) // 10
        self.tuning, self.fitting = np.sort(order[n_test:n_tuning]), np.sort(order[n_tuning:])
        self.ids = table["item_id"].to_list()
        self.category = table["category"].to_list()
        self.counts: Floats = table.select(OCCASIONS).to_numpy()
        self.numbers = table.drop("item_id", "category", *OCCASIONS)

    @cached_property
    def rentals(self) -> Floats:
        """The rentals of each dress, shape (n,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def truth(self) -> Floats:
        """The share of each occasion, shape (n, n_occasions)."""
        return np.asarray(self.counts / self.rentals[:, None])

    @cached_property
    def codes(self) -> Positions:
        """The category of each dress as a number, shape (n,)."""
        return np.unique(self.category, return_inverse=True)[1].astype(np.int64)

    def overall(self, rows: Positions) -> Floats:
        """Return the share of each occasion among the rentals of some dresses."""
        counts = self.counts[rows].sum(axis=0)
        return np.asarray(counts / counts.sum())


def divergence(truth: Floats, said: Floats) -> Floats:
    """Return KL(truth || said) of each row, in nats; 0 log 0 is 0.

    Source: Kullback and Leibler 1951.
    """
    ratio = np.where(truth > 0, truth, 1.0) / np.maximum(said, 1e-9)
    return np.asarray(np.where(truth > 0, truth * np.log(ratio), 0.0).sum(axis=1))


def measures(split: Split, rows: Positions, said: Floats) -> dict[str, float]:
    """Return the three measures for some dresses."""
    each = divergence(split.truth[rows], said)
    rentals = split.rentals[rows]
    smooth = (split.counts[rows] + split.overall(split.train)) / (rentals[:, None] + 1.0)
    values = (each[rentals >= 5].mean(), np.average(each, weights=rentals), divergence(smooth, said).mean())
    return dict(zip(MEASURES, map(float, values), strict=True))


def by_category(split: Split, rows: Positions, prior: float) -> Floats:
    """Return each dress's distribution by its category: its rentals, and `prior` more shared as in all of training."""
    overall = split.overall(rows)
    said = np.tile(overall, (len(split.codes), 1))
    for code in np.unique(split.codes[rows]):
        counts = split.counts[rows[split.codes[rows] == code]].sum(axis=0)
        said[split.codes == code] = (counts + prior * overall) / (counts.sum() + prior)
    return said


def overall(split: Split) -> Floats:
    """Say of every dress what holds of all."""
    return np.tile(split.overall(split.train), (len(split.test), 1))


def category(split: Split) -> Floats:
    """Say what holds of the category, with a Dirichlet prior that is tuned."""

    def loss(prior: float) -> float:
        said = by_category(split, split.fitting, prior)[split.tuning]
        return measures(split, split.tuning, said)[MEASURES[0]]

    return by_category(split, split.train, min(PRIORS, key=loss))[split.test]


def lightgbm(split: Split) -> Floats:
    """Boost trees on the numbers and the category; a dress counts by its rentals, or by their root."""
    features = np.concatenate([split.codes[:, None].astype(np.float64), split.numbers.to_numpy()], axis=1)

    def data(rows: Positions, power: float, reference: lgb.Dataset | None = None) -> lgb.Dataset:
        weights = (split.counts[rows] / split.rentals[rows, None] ** power).ravel()
        dress, occasion = np.repeat(rows, len(OCCASIONS))[weights > 0], np.tile(range(len(OCCASIONS)), len(rows))
        return lgb.Dataset(
            features[dress], occasion[weights > 0], weight=weights[weights > 0],
            **({"reference": reference} if reference else {"categorical_feature": [0]}),
        )  # fmt: skip

    tried = []
    for leaves, power in itertools.product(LEAVES, (0.0, 0.5)):
        settings = {
            "objective": "multiclass", "num_class": len(OCCASIONS), "num_leaves": leaves, "learning_rate": 0.05,
            "min_data_in_leaf": 50, "feature_fraction": 0.7, "verbosity": -1, "seed": split.seed,
            "deterministic": True, "force_col_wise": True, "num_threads": 2,
        }  # fmt: skip
        fit = data(split.fitting, power)
        check = data(split.tuning, power, fit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stop = [lgb.early_stopping(20, verbose=False)]
            model = lgb.train(settings, fit, num_boost_round=600, valid_sets=[check], callbacks=stop)
        said = np.asarray(model.predict(features[split.tuning]))
        tried.append((measures(split, split.tuning, said)[MEASURES[0]], settings, model.best_iteration, power))
    _, settings, rounds, power = min(tried, key=lambda one: one[0])
    model = lgb.train(settings, data(split.train, power), num_boost_round=rounds)
    return np.asarray(model.predict(features[split.test]), dtype=np.float64)


def ours(split: Split) -> Floats:
    """Learn the distributions by an attribute inferrer on the dresses as a catalogue."""

    def complete(settings: EmbeddingSettings, fitted: Positions, asked: Positions) -> Floats:
        catalogue = as_catalogue(split, words, fitted)
        known = shares_known(split, fitted)[fitted].astype(np.float32)
        inferrer = AttributeInferrer.train(
            catalogue.subset(fitted), targets=("occasion",), seed=split.seed, settings=settings,
            distributions={"occasion": (occasion_iris(catalogue), known)},
        )  # fmt: skip
        return inferrer.predict_proba(catalogue.subset(asked), "occasion").astype(np.float64)

    def loss(settings: EmbeddingSettings) -> float:
        said = complete(settings, split.fitting, split.tuning)
        return measures(split, split.tuning, said)[MEASURES[0]]

    words = chosen_words(split)
    say(f"seed {split.seed}: {len(words)} kinds of words")
    return complete(min(SETTINGS, key=loss), split.train, split.test)


def shares_known(split: Split, rows: Positions) -> Floats:
    """Return what is taught of each dress: its shares, with three rentals more, shared as in its category.

    A dress with one rental would else count as one that is always rented for the same.
    """
    prior = PRIOR_RENTALS * by_category(split, rows, 20.0)
    return np.asarray((split.counts + prior) / (split.rentals[:, None] + PRIOR_RENTALS))


def occasion_iris(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the IRI of each occasion, as the reader would."""
    lexicon = Lexicon(catalogue.ontology, {})
    return tuple(lexicon.resolve("occasion", word) or terms.own_value("occasion", word) for word in OCCASIONS)


def as_catalogue(split: Split, words: Sequence[Words], rows: Positions) -> Catalogue:
    """Write the dresses as a table, numbers as words, and read it as a catalogue; bins are those of `rows`."""
    columns = [word_column(split, kind, rows) for kind in words]
    told = [";".join(word for word in own if word) for own in zip(*columns, strict=True)]
    table = pl.DataFrame({"item_id": split.ids, "category": split.category, "renters": told})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dresses.csv"
        table.write_csv(path)
        return read_catalogue(path, mapping=MAPPING, ontology=read_ontology())


def word_column(split: Split, kind: Words, rows: Positions) -> list[str]:
    """Return a dress's word for one or two columns, "" where one is not known."""
    own = [split.category if bins == 0 else _binned(split.numbers[name], bins, rows) for name, bins in kind]
    return [", ".join(parts) if all(parts) else "" for parts in zip(*own, strict=True)]


def _binned(column: pl.Series, bins: int, rows: Positions) -> list[str]:
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = numbers[rows][~np.isnan(numbers[rows])]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))
    places = np.searchsorted(edges, numbers, side="right") + 1
    absent = np.isnan(numbers)
    return ["" if absent[i] else f"{column.name} {place} of {bins}" for i, place in enumerate(places.tolist())]


def candidates(split: Split) -> list[Words]:
    """Return what may become words: each number, coarse and fine; pairs of the telling ones; category with number."""
    single = [((name, bins),) for name in split.numbers.columns for bins in (3, 5)]
    fine = [((name, bins),) for name in PAIRED for bins in (10, 20)]
    pairs = [((one, 4), (two, 4)) for one, two in itertools.combinations(PAIRED, 2)]
    return [*single, *fine, *pairs, *((("category", 0), (name, 3)) for name in PAIRED)]


def chosen_words(split: Split) -> list[Words]:
    """Choose words forward, by a ridge regression of the shares on three folds of the training dresses.

    The regression stands for the model that is trained afterwards, being a thousand times faster.
    """
    rows = split.train
    fold = np.random.default_rng(split.seed).permutation(len(rows)) % FOLDS
    weights = split.rentals / (split.rentals + 20.0)
    taught = shares_known(split, rows)

    def loss(table: sparse.csr_matrix) -> float:
        total = 0.0
        for number in range(FOLDS):
            inside, outside = rows[fold != number], rows[fold == number]
            scaled = table[inside].multiply(weights[inside, None]).tocsr()
            gram = (scaled.T @ table[inside]).toarray() + RIDGE * np.eye(table.shape[1])
            said = table[outside] @ np.linalg.solve(gram, scaled.T @ taught[inside])
            said = np.maximum(said, 0.005)
            each = divergence(split.truth[outside], said / said.sum(axis=1, keepdims=True))
            total += float(np.average(each, weights=weights[outside])) / FOLDS
        return total

    pool = {kind: _indicators(word_column(split, kind, rows)) for kind in candidates(split)}
    table = sparse.hstack([_indicators(["any"] * len(split.ids)), _indicators(split.category)]).tocsr()
    chosen: list[Words] = []
    best = loss(table)
    while len(chosen) < WORDS_AT_MOST:
        ranked = sorted((loss(sparse.hstack([table, own]).tocsr()), kind) for kind, own in pool.items())
        if ranked[0][0] > best - 3e-4:
            break
        best, kind = ranked[0]
        chosen.append(kind)
        table = sparse.hstack([table, pool[kind]]).tocsr()
        pool = {kind: pool[kind] for _, kind in ranked[1 : max(40, len(ranked) * 2 // 3)]}
    return chosen


def _indicators(words: Sequence[str]) -> sparse.csr_matrix:
    """Return 0/1 columns, one for each word; a dress without a word has none."""
    numbers = {word: column for column, word in enumerate(sorted(set(words) - {""}))}
    rows = [row for row, word in enumerate(words) if word]
    columns = [numbers[words[row]] for row in rows]
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(words), len(numbers)))


METHODS: Mapping[str, Callable[[Split], Floats]] = {
    "overall": overall,
    "category": category,
    "LightGBM": lightgbm,
    "kg_fashion": ours,
}


def measure(split: Split, method: str) -> dict[str, dict[str, float]]:
    """Return the measures of a method on the new dresses."""
    started = time.perf_counter()
    said = METHODS[method](split)
    return {method: measures(split, split.test, said) | {"time (s)": time.perf_counter() - started}}


def main() -> None:
    """Run the methods one after another and print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    asked = parser.parse_args()
    data = dresses(pl.read_parquet(asked.data))
    results = [
        run_seeds(asked.results, f"runway-{method}", asked.seeds, lambda seed, m=method: measure(Split(data, seed), m))
        for method in asked.methods
    ]
    print(table(merged(results), "method", (*MEASURES, "time (s)")))


if __name__ == "__main__":
    main()
