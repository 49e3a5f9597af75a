"""Honest evaluation of attribute completion: hide what is known of new garments, complete it, compare.

The split is over garments: a test garment's name, brand and other attributes are seen, its targets by no method. Every
method trains on the same garments, and with several seeds on the same splits.
"""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

import numpy as np

from kg_fashion.catalog import Catalogue, attribute_of
from kg_fashion.errors import CatalogueError, InputError
from kg_fashion.inference.baselines import MAIN, Baseline, Predict, Training, chosen_baselines
from kg_fashion.inference.baselines.text import encode_names
from kg_fashion.inference.baselines.training import Array
from kg_fashion.inference.evaluation.measures import compared, measured
from kg_fashion.inference.evaluation.report import OURS, TEST_FILE, EvaluationReport, SeedResult, summarise
from kg_fashion.inference.evaluation.splits import Split, split_catalogue
from kg_fashion.inference.inferrer import TARGETS
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.reasoning import RuleSet

Progress = Callable[[str], None]


def evaluate_attributes(
    catalogue: Catalogue,
    *,
    targets: Sequence[str] = TARGETS,
    test: Catalogue | None = None,
    rules: RuleSet | None = None,
    seed: int = 0,
    seeds: int = 1,
    split: str = "random",
    baselines: Sequence[str] = MAIN,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Compare completion with baselines.

    Args:
        catalogue: To train on; without `test`, a fifth of its garments is held out.
        targets: The attributes to hide and complete.
        test: Garments to test on instead; then several seeds train several times, on the same garments.
        rules: The bundled rules by default.
        seed: Of the split and of every method; with several seeds the first.
        seeds: How many, counted up from `seed`.
        split: "random", or "grouped" by brand and name stem.
        baselines: Of `baselines.BASELINES`; those that cannot run here are skipped and named in the report.
        progress: Called with a line of text now and then.

    Returns:
        What `measures.measured` and `measures.compared` say of each method.

    Raises:
        CatalogueError: no test garment has a known value of a target.
        UnknownNameError: no such attribute, split or baseline.
        InputError: fewer than one seed, or a grouped split of test garments that are given.
    """
    if seeds < 1:
        raise InputError("the least number of seeds is 1")
    if test is not None and split != "random":
        raise InputError("the test file is the split; leave --split out, or the test file")
    chosen_baselines(baselines, targets)
    results = []
    for own in range(seed, seed + seeds):
        if progress is not None and seeds > 1:
            progress(f"seed {own}")
        parted = Split(catalogue, test) if test is not None else split_catalogue(catalogue, split, seed=own)
        found = evaluate_split(parted, targets=targets, rules=rules, seed=own, baselines=baselines, progress=progress)
        results.append(found)
    return summarise(results, split=TEST_FILE if test is not None else split)


def evaluate_split(
    split: Split,
    *,
    targets: Sequence[str] = TARGETS,
    rules: RuleSet | None = None,
    seed: int = 0,
    baselines: Sequence[str] = MAIN,
    progress: Progress | None = None,
) -> SeedResult:
    """Train every method on one split, and measure it.

    Args:
        split: The garments.
        targets: The attributes to hide and complete.
        rules: The bundled rules by default.
        seed: Of every method.
        baselines: Of `baselines.BASELINES`.
        progress: Called with a line of text now and then.

    Raises:
        CatalogueError: no test garment has a known value of a target.
        UnknownNameError: no such attribute or baseline.
    """
    names = tuple(attribute_of(target) for target in targets)
    training = Training(split.train, names, seed, rules, split.groups, progress)
    values = {target: _all_values(training, split.test, target) for target in names}
    truth = {target: label_matrix(split.test, target, own) for target, own in values.items()}
    asked = {target: _asked(split.test, target, own) for target, own in truth.items()}
    chosen, skipped = chosen_baselines(baselines, names)
    if any(baseline.reads_names for baseline in chosen.values()):
        encode_names((g.name for part in (split.train, split.test) for g in part), progress=progress)
    said: dict[str, dict[str, Array]] = {target: {} for target in names}
    seconds: dict[str, dict[str, float]] = {}
    for method, baseline in {OURS: Baseline("kg_fashion", ours), **chosen}.items():
        found, seconds[method] = _timed(baseline, training, split.test.without(names))
        for target, own in found.items():
            said[target][method] = _padded(own, len(values[target]))[asked[target]]
        if progress is not None:
            progress(f"{method}: {sum(seconds[method].values()) * len(names):.1f} s")
    known = {target: truth[target][rows] for target, rows in asked.items()}
    metrics = {target: _metrics(own, known[target], seconds, seed) for target, own in said.items()}
    counts = {target: len(rows) for target, rows in asked.items()}
    return SeedResult(seed, len(split.train), counts, metrics, skipped, said, known)


def ours(training: Training) -> Predict:
    """Train the attribute inferrer."""
    inferrer = training.inferrer

    def predict(test: Catalogue) -> Mapping[str, Array]:
        return {
            target: _in_order(inferrer.predict_proba(test, target), inferrer.values(target), training.values[target])
            for target in training.targets
        }

    return predict


def _timed(baseline: Baseline, training: Training, test: Catalogue) -> tuple[Mapping[str, Array], dict[str, float]]:
    """Fit and predict; a model of several targets counts an even share of its seconds for each."""
    started = perf_counter()
    predict = baseline.fit(training)
    fitted = perf_counter()
    found = predict(test)
    done = perf_counter()
    seconds = {} if baseline.is_part else {"train_s": (fitted - started) / len(training.targets)}
    return found, seconds | {"predict_s": (done - fitted) / len(training.targets)}


def _metrics(
    said: Mapping[str, Array], truth: Array, seconds: Mapping[str, Mapping[str, float]], seed: int
) -> dict[str, dict[str, float]]:
    found = {}
    for method, probabilities in said.items():
        own = measured(probabilities, truth, seed=seed)
        if method != OURS:
            own |= compared(said[OURS], probabilities, truth, seed=seed)
        found[method] = {**own, **seconds[method]}
    return found


def _all_values(training: Training, test: Catalogue, target: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*training.values[target], *target_values(test, target))))


def _asked(test: Catalogue, target: str, truth: Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rows = np.flatnonzero(truth.sum(axis=1) > 0)
    if not len(rows):
        raise CatalogueError(f"no test garment has a {target} to compare with", path=test.path)
    return rows


def _in_order(probabilities: Array, own: Sequence[str], wanted: Sequence[str]) -> Array:
    return probabilities[:, [own.index(value) for value in wanted]]


def _padded(probabilities: Array, width: int) -> Array:
    return np.pad(probabilities, ((0, 0), (0, width - probabilities.shape[1])))
