"""Transfer: learn season and occasion from one catalogue, complete another, beside every baseline.

Usage: python benchmarks/attributes/transfer.py DATA --results FOLDER [--seeds N] [--rows N]

DATA is a folder with myntra/styles.csv and mango/product_data.csv; the seeds are 1, 2, 3 by default. Of Myntra 10,000
random garments a seed are taken, to keep the run short.

Myntra is parted by brand: a fifth of the garments, of brands that training never saw, are another shop's. They are
completed as they are, and as three other shops would list them. The boutique is a catalogue of its own, with names in
both languages. What is true in one catalogue's words counts by the nearest broader value that training knows; garments
without one are left out. Every method sees the same garments; a brand that training does not know is seen by none.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from seeds import Result, arguments, run_seeds, say, table

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.catalog import Garment, Lexicon, NameTagger, concept_mentions
from kg_fashion.catalog.tagger import group_tags
from kg_fashion.inference.baselines import BASELINES, Baseline, Predict, Training
from kg_fashion.inference.drift import DriftBaseline, compare
from kg_fashion.inference.evaluation.protocol import ours
from kg_fashion.inference.labels import Array, label_matrix, nearest_value
from kg_fashion.inference.metrics import correct, expected_calibration_error, log_loss, macro_f1
from kg_fashion.resources import boutique_dir

TARGETS = ("season", "occasion")
METHODS = {
    "kg_fashion": Baseline("kg_fashion", ours),
    **{name: BASELINES[name] for name in ("majority", "type", "lightgbm_attributes", "logistic")},
}
MEASURES = tuple(f"{target} {what}" for target in TARGETS for what in ("accuracy", "macro-F1", "log loss", "ECE"))
MANGO_COLUMNS = ("department", "type", "colour", *TARGETS)
MANGO_COLOURS = ("Grey", "White", "Blue", "Brown", "Pink", "Red", "Green", "Yellow", "Orange", "Purple")
BLACK_IS_GREY = {terms.KGF.Black: terms.KGF.Grey}
"""Mango's groups of colours have no black: NEGRO is one of its greys."""
Change = Callable[[Garment], Garment]


def changed(catalogue: Catalogue, change: Change) -> Catalogue:
    """Return a catalogue of changed garments."""
    return replace(catalogue, garments=tuple(map(change, catalogue)))


def by_brand(catalogue: Catalogue, seed: int, share: float = 0.2) -> tuple[Catalogue, Catalogue]:
    """Part a catalogue: brands drawn at random, until they have a share of the garments, are the second part."""
    brands = [garment.values.get("brand", ("",))[0] for garment in catalogue]
    own = sorted(set(brands) - {""})
    drawn: set[str] = set()
    for number in np.random.default_rng(seed).permutation(len(own)):
        if sum(brand in drawn for brand in brands) >= share * len(brands):
            break
        drawn.add(own[number])
    parts = [[row for row, brand in enumerate(brands) if (brand in drawn) is outside] for outside in (False, True)]
    return catalogue.subset(parts[0]), catalogue.subset(parts[1])


def in_chinese(catalogue: Catalogue) -> Catalogue:
    """Say what the names mention by the ontology's Chinese labels; nothing else of the names is left, and no brand."""
    ontology = catalogue.ontology

    def change(garment: Garment) -> Garment:
        name = "".join(ontology.label(iri, "zh") for iri in concept_mentions(garment.name, ontology))
        return replace(garment, labels=((name, "zh"),) if name else ())

    return changed(catalogue.without(["brand"]), change)


def in_language(catalogue: Catalogue, lang: str) -> Catalogue:
    """Leave the names in one language."""
    return changed(catalogue, lambda g: replace(g, labels=tuple(own for own in g.labels if own[1] == lang)))


def name_alone(catalogue: Catalogue) -> Catalogue:
    """Leave nothing but the names, and the values that the tagger finds in them."""
    attributes = [name for name in terms.ATTRIBUTES if name not in (*terms.OPEN, *TARGETS)]
    tagger = NameTagger(Lexicon(catalogue.ontology), attributes)

    def change(garment: Garment) -> Garment:
        kept = {target: garment.values[target] for target in TARGETS if target in garment.values}
        found = group_tags(tag for name, _ in garment.labels for tag in tagger.tag(name))
        return replace(garment, values={**found, **kept}, tagged=frozenset(found))

    return changed(catalogue, change)


def as_mango(catalogue: Catalogue) -> Catalogue:
    """Leave what Mango's table has: department, type and a group of colours; no names, no brand."""
    groups = {terms.KGF[name]: number for number, name in enumerate(MANGO_COLOURS)}

    def group(iri: str) -> tuple[str, ...]:
        found = nearest_value(BLACK_IS_GREY.get(iri, iri), groups, catalogue.ontology.ancestors(iri))
        return () if found is None else (list(groups)[found],)

    def change(garment: Garment) -> Garment:
        values = {attribute: own for attribute, own in garment.values.items() if attribute in MANGO_COLUMNS}
        values["colour"] = tuple(one for own in values.get("colour", ())[:1] for one in group(own))
        return replace(
            garment, labels=(), values={name: own for name, own in values.items() if own}, tagged=frozenset()
        )

    return changed(catalogue, change)


def read_boutique() -> Catalogue:
    """Read the boutique with the true season and occasion of every garment."""
    catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
    lexicon = Lexicon(catalogue.ontology)
    with (boutique_dir() / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["sku"]: row for row in csv.DictReader(file)}

    def change(garment: Garment) -> Garment:
        true = {t: tuple(lexicon.find(t, word) for word in truth[garment.id][t].split("|")) for t in TARGETS}
        return replace(garment, values={**garment.values, **true})

    return changed(catalogue, change)


def in_words_of(catalogue: Catalogue, values: Mapping[str, Sequence[str]]) -> Catalogue:
    """Replace each target's values by the nearest broader ones that training knows."""
    known = {target: {iri: number for number, iri in enumerate(own)} for target, own in values.items()}

    def change(garment: Garment) -> Garment:
        found = dict(garment.values)
        for target, own in values.items():
            above = (nearest_value(v, known[target], catalogue.ontology.ancestors(v)) for v in found.pop(target, ()))
            if near := tuple(dict.fromkeys(own[column] for column in above if column is not None)):
                found[target] = near
        return replace(garment, values=found)

    return changed(catalogue, change)


def measured(predict: Predict, training: Training, test: Catalogue) -> dict[str, float]:
    """Measure a method on another catalogue."""
    known = in_words_of(test, training.values)
    found: dict[str, float] = {}
    for target, said in predict(known.without(TARGETS)).items():
        truth = label_matrix(known, target, training.values[target])
        asked = truth.sum(axis=1) > 0
        said, truth = said[asked], truth[asked]
        found[f"{target} accuracy"] = float(correct(said, truth).mean())
        found[f"{target} macro-F1"] = macro_f1(said, truth)
        found[f"{target} log loss"] = log_loss(said, truth)
        found[f"{target} ECE"] = expected_calibration_error(said, truth)
        found[f"{target} n"] = float(asked.sum())
    return found


def transfer(
    train: Catalogue, tests: Mapping[str, Catalogue], seed: int, unlabelled: Mapping[str, Catalogue]
) -> dict[str, dict[str, float]]:
    """Train every method, and measure each on every test; tell what the drift check says."""
    training = Training(train, TARGETS, seed)
    found: dict[str, dict[str, float]] = {}
    for name, method in METHODS.items():
        say(f"seed {seed}, {len(train):,} garments: {name}")
        predict = method.fit(training)
        for task, test in tests.items():
            found[f"{task}: {name}"] = measured(predict, training, test)
    if seed == 1:
        baseline = DriftBaseline.of(train, targets=TARGETS, top=_top(training.inferrer.held_out))
        for task, test in {**tests, **unlabelled}.items():
            top = _top({t: training.inferrer.predict_proba(test.without(TARGETS), t) for t in TARGETS})
            for warning in compare(baseline, test, top=top).warnings or ("no warning",):
                say(f"drift, {task}: {warning}")
    return found


def _top(said: Mapping[str, Array]) -> dict[str, Array]:
    return {target: own.max(axis=1) for target, own in said.items()}


def measure(myntra: Catalogue, mango: Catalogue, seed: int) -> Result:
    """Measure all transfers of one seed; a row is "train to test: method"."""
    train, others = by_brand(myntra, seed)
    boutique = read_boutique()
    chinese = in_chinese(others)
    found = transfer(
        train,
        {
            "Myntra to other brands": others,
            "Myntra to Mango's columns": as_mango(others),
            "Myntra to Chinese names": chinese,
            "Myntra to Chinese names alone": name_alone(chinese),
            "Myntra to the boutique, English": in_language(boutique, "en"),
            "Myntra to the boutique, Chinese": in_language(boutique, "zh"),
        },
        seed,
        {"Myntra to Mango": mango},
    )
    found |= transfer(boutique, {"the boutique to Myntra": myntra}, seed, {})
    order = np.random.default_rng(seed).permutation(len(boutique))
    half = len(boutique) // 2
    known, new = boutique.subset(sorted(order[:half])), in_language(boutique.subset(sorted(order[half:])), "zh")
    tests = {"English to Chinese boutique": new, "English to Chinese boutique, names alone": name_alone(new)}
    return found | transfer(in_language(known, "en"), tests, seed, {})


def main() -> None:
    """Run the seeds 1, 2, 3 and print a table for each measure."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=10_000, help="so many random garments of Myntra; 0 is all")
    parser.set_defaults(seeds=3)
    asked = parser.parse_args()
    myntra = read_catalogue(asked.data / "myntra" / "styles.csv", mapping="myntra")
    mango = read_catalogue(asked.data / "mango" / "product_data.csv", mapping="mango")

    def of_seed(number: int) -> Result:
        rows = np.random.default_rng(number + 1).permutation(len(myntra))[: asked.rows or None]
        return measure(myntra.subset(sorted(rows)), mango, number + 1)

    results = run_seeds(asked.results, f"transfer-{asked.rows or 'all'}", asked.seeds, of_seed)
    for what in MEASURES:
        own = [by_task(result, what) for result in results]
        print(f"**{what}**\n\n{table(own, 'learned from, completed', tuple(METHODS))}\n")


def by_task(result: Result, what: str) -> Result:
    """Turn rows of "task: method" into one row a task, with a measure of each method.

    Example:
        >>> by_task({"a to b: majority": {"x": 0.5}, "a to b: type": {"x": 0.7}}, "x")
        {'a to b': {'majority': 0.5, 'type': 0.7}}
    """
    found: dict[str, dict[str, float]] = {}
    for row, own in result.items():
        task, _, method = row.rpartition(": ")
        found.setdefault(task, {})[method] = own[what]
    return found


if __name__ == "__main__":
    main()
