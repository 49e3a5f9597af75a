"""Season and occasion of new garments: kg_fashion beside every baseline, on random and grouped splits.

Usage: python benchmarks/attributes/run.py [styles.csv] --out FOLDER [--seeds 5] [--splits random,grouped]
       [--baselines NAME ...]
styles.csv is found below KG_FASHION_DATA by default. FOLDER gets one JSON file a split and seed: a run that was stopped
goes on where it was, with the same arguments. Prints the tables of README.md and writes them to FOLDER/results.json.
"""

import argparse
import json
import os
from pathlib import Path

from seeds import run_seeds, say

from kg_fashion import Catalogue, read_catalogue
from kg_fashion.inference.baselines import BASELINES
from kg_fashion.inference.evaluation import (
    EvaluationReport,
    SeedResult,
    evaluate_split,
    split_catalogue,
    summarise,
    twin_bound,
)
from kg_fashion.inference.evaluation.splits import SPLITS

TARGETS = ("season", "occasion")
COLUMNS = (
    "accuracy", "accuracy_behind", "macro_f1", "log_loss", "ece", "coverage_at_95", "held_out_coverage_at_95",
    "held_out_precision_at_95", "train_s", "predict_s",
)  # fmt: skip


def evaluated(catalogue: Catalogue, kind: str, seeds: int, baselines: list[str], out: Path) -> EvaluationReport:
    """Evaluate one kind of split, seed by seed; a seed whose file is there is read back."""

    def measure(seed: int) -> dict[str, object]:
        split = split_catalogue(catalogue, kind, seed=seed)
        return evaluate_split(split, targets=TARGETS, seed=seed, baselines=baselines, progress=say).to_dict()

    return summarise([SeedResult(**run) for run in run_seeds(out, kind, seeds, measure)], split=kind)


def bound_text(catalogue: Catalogue, target: str) -> str:
    """Say how far garments that look the same bound a target."""
    bound = twin_bound(catalogue, target, hidden=TARGETS)
    return (
        f"{target}: of {bound.garments:,} garments {bound.twins:.1%} have a twin of the same name and values, and"
        f" {bound.contradicted:.1%} one with another {target}. A function of name and values is right for at most"
        f" {bound.ceiling:.4f} of all, and for {bound.ceiling_of_twins:.4f} of those with a twin. Two twins agree in"
        f" {bound.agreement:.4f} of cases: on new garments like them no accuracy above {bound.bound_of_twins:.4f} is to"
        " be expected."
    )


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("KG_FASHION_DATA", "../shared/data")) / "myntra" / "styles.csv"
    parser.add_argument("catalogue", nargs="?", type=Path, default=default)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--splits", default=",".join(SPLITS))
    parser.add_argument("--baselines", nargs="*", default=list(BASELINES), choices=list(BASELINES))
    options = parser.parse_args()
    catalogue = read_catalogue(options.catalogue, mapping="myntra")
    bounds = {target: twin_bound(catalogue, target, hidden=TARGETS).to_dict() for target in TARGETS}
    print("\n".join(bound_text(catalogue, target) for target in TARGETS) + "\n", flush=True)
    results: dict[str, object] = {"twins": bounds}
    for kind in options.splits.split(","):
        report = evaluated(catalogue, kind, options.seeds, options.baselines, options.out)
        results[kind] = report.to_dict()
        print(report.markdown(COLUMNS), flush=True)
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
