"""Sets of values: several seasons and several scenes a garment, on the bundled boutique, by cross-validation.

Usage: python benchmarks/attributes/several_values.py [--seeds 3]

The boutique's garments with a known season or occasion are parted into five folds, for each seed anew; what is said of
a fold comes from a model that was trained on the others. Three ways to make a set of what the model says:

- argmax: the most probable value alone;
- threshold: that and every value whose probability reaches a threshold, which is tuned for micro-F1 on the training
  garments' held-out probabilities;
- membership: that and every value that is more likely than not among the garment's (`predict_members`).
"""

import argparse
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from kg_fashion import AttributeInferrer, read_catalogue
from kg_fashion.inference.inferrer import TARGETS
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.metrics import student_interval
from kg_fashion.resources import boutique_dir

Array = NDArray[np.float32]
Sets = NDArray[np.bool_]
FOLDS = 5
THRESHOLDS = np.linspace(0.02, 0.6, 59)
MEASURES = ("micro-F1", "macro-F1", "Jaccard", "all right", "values off")


def measured(said: Sets, true: Sets) -> list[float]:
    """Return micro-F1, macro-F1 over the values in use, mean Jaccard, exact matches, and values too many or too few."""
    both, either = said & true, said | true
    used = true.any(axis=0)
    total = (said.sum(axis=0) + true.sum(axis=0)).astype(np.float64)
    macro = 2 * both.sum(axis=0)[used] / total[used]
    jaccard = both.sum(axis=1) / either.sum(axis=1)
    return [
        2 * both.sum() / total.sum(), macro.mean(), jaccard.mean(), (said == true).all(axis=1).mean(),
        (said != true).sum(axis=1).mean(),
    ]  # fmt: skip


def at_least(said: Array, threshold: float, best: Array) -> Sets:
    """Return the values that reach a threshold, and the best one."""
    found = said >= threshold
    found[np.arange(len(said)), best.argmax(axis=1)] = True
    return found


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    whole = read_catalogue(boutique_dir() / "catalogue.csv")
    known = whole.subset([row for row, one in enumerate(whole) if any(one.values.get(t) for t in TARGETS)])
    values = {target: target_values(known, target) for target in TARGETS}
    figures: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for seed in range(parser.parse_args().seeds):
        sets: dict[tuple[str, str], Sets] = {}
        fold = np.random.default_rng(seed).permutation(len(known)) % FOLDS
        for number in range(FOLDS):
            inside, outside = known.subset(np.flatnonzero(fold != number)), np.flatnonzero(fold == number)
            inferrer = AttributeInferrer.train(inside, seed=seed)
            for target, own in values.items():
                columns = np.array([own.index(value) for value in inferrer.values(target)])
                before, truth = inferrer.held_out[target], label_matrix(inside, target, inferrer.values(target)) > 0
                used = truth.any(axis=1)
                tuned = max(THRESHOLDS, key=lambda t: measured(at_least(before, t, before)[used], truth[used])[0])
                said = inferrer.predict_proba(known.subset(outside), target)
                members = inferrer.predict_members(known.subset(outside), target)
                found = {"argmax": at_least(said, 2, said), "threshold": at_least(said, tuned, said)}
                for way, chosen in (found | {"membership": at_least(members, 0.5, said)}).items():
                    empty = np.zeros((len(known), len(own)), dtype=np.bool_)
                    sets.setdefault((target, way), empty)[np.ix_(outside, columns)] = chosen
        for (target, way), chosen in sets.items():
            true = label_matrix(known, target, values[target]) > 0
            figures[target, way].append(measured(chosen[true.any(axis=1)], true[true.any(axis=1)]))
    print("| attribute | set | " + " | ".join(MEASURES) + " |\n" + "|---" * (2 + len(MEASURES)) + "|")
    for (target, way), runs in figures.items():
        cells = [f"{np.mean(column):.3f} ± {_half(column):.3f}" for column in zip(*runs, strict=True)]
        print(f"| {target} | {way} | " + " | ".join(cells) + " |")


def _half(numbers: tuple[float, ...]) -> float:
    """Return half the width of the 95% interval by Student's t."""
    low, high = student_interval(numbers)
    return (high - low) / 2


if __name__ == "__main__":
    main()
