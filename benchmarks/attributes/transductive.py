"""PyKEEN's transductive models on Myntra's season and occasion, hidden for a random fifth of the garments.

Usage: python benchmarks/attributes/transductive.py styles.csv --results FOLDER [--seeds N] [--models NAME ...]

The models see the visible triples of training and test garments alike; `kg_fashion.inference.transductive` says how
they are trained and calibrated.
"""

import time

import numpy as np
from seeds import arguments, merged, run_seeds, say, table

from kg_fashion import Catalogue, read_catalogue
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.metrics import correct, expected_calibration_error, log_loss, macro_f1
from kg_fashion.inference.transductive import TRANSDUCTIVE, transductive

TARGETS = ("season", "occasion")


def measure(catalogue: Catalogue, model: str, seed: int) -> dict[str, dict[str, float]]:
    """Train a model on one split; return target -> measure -> number."""
    order = np.random.default_rng(seed).permutation(len(catalogue))
    n_test = round(len(order) * 0.2)
    train, test = catalogue.subset(sorted(order[n_test:])), catalogue.subset(sorted(order[:n_test]))
    values = {target: target_values(train, target) for target in TARGETS}
    started = time.perf_counter()
    said = transductive(train, test.without(TARGETS), values, model=model, seed=seed, progress=say)
    taken_s = time.perf_counter() - started
    found = {}
    for target, probabilities in said.items():
        truth = label_matrix(test, target, values[target])
        asked = truth.sum(axis=1) > 0
        own, true = probabilities[asked], truth[asked]
        found[f"{model} {target}"] = {
            "accuracy": float(correct(own, true).mean()),
            "macro-F1": macro_f1(own, true),
            "log loss": log_loss(own, true),
            "ECE": expected_calibration_error(own, true),
            "time (s)": taken_s,
        }
    return found


def main() -> None:
    """Run the models one after another."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--models", nargs="+", choices=TRANSDUCTIVE, default=list(TRANSDUCTIVE))
    asked = parser.parse_args()
    catalogue = read_catalogue(asked.data, mapping="myntra")
    results = [
        run_seeds(
            asked.results, f"transductive-{model}", asked.seeds, lambda seed, m=model: measure(catalogue, m, seed)
        )
        for model in asked.models
    ]
    print(table(merged(results), "model, target", ("accuracy", "macro-F1", "log loss", "ECE", "time (s)")))


if __name__ == "__main__":
    main()
