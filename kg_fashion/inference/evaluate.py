"""Honest evaluation of attribute completion: hide what is known of new garments, complete it, compare.

The split is over garments: a test garment's name, brand and attributes are seen, its targets by no method.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue, attribute_of
from kg_fashion.errors import CatalogueError
from kg_fashion.inference.baselines import lightgbm, logistic, majority
from kg_fashion.inference.inferrer import TARGETS, AttributeInferrer
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.metrics import bootstrap_interval, correct, expected_calibration_error, log_loss, macro_f1
from kg_fashion.reasoning import RuleSet

Array = NDArray[np.float32]
METHODS = ("kg_fashion", "majority", "lightgbm", "logistic")


@dataclass(frozen=True)
class EvaluationReport:
    """How well each method did.

    Attributes:
        metrics: Target -> method -> metric -> number.
        n_train: Garments trained on.
        n_test: Target -> test garments whose truth is known.
    """

    metrics: dict[str, dict[str, dict[str, float]]]
    n_train: int
    n_test: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return {target: {method: {metric: value}}}."""
        return self.metrics


def evaluate_attributes(
    catalogue: Catalogue,
    *,
    targets: Sequence[str] = TARGETS,
    test: Catalogue | None = None,
    rules: RuleSet | None = None,
    seed: int = 0,
    test_share: float = 0.2,
    progress: Callable[[str], None] | None = None,
) -> EvaluationReport:
    """Compare completion with the baselines.

    Args:
        catalogue: To train on; without `test`, a random share of its garments is held out.
        targets: The attributes to hide and complete.
        test: Garments to test on instead.
        rules: The bundled rules by default.
        seed: Of the split and of every method.
        test_share: The share of garments held out, 0 to 1.
        progress: Called with a line of text now and then.

    Returns:
        accuracy (with its 95% interval accuracy_low, accuracy_high), macro_f1, log_loss (nats), ece for each method.

    Raises:
        CatalogueError: no test garment has a known value of a target.
    """
    for target in targets:
        attribute_of(target)
    train = catalogue
    if test is None:
        order = np.random.default_rng(seed).permutation(len(catalogue))
        n_test = round(len(order) * test_share)
        train, test = catalogue.subset(sorted(order[n_test:])), catalogue.subset(sorted(order[:n_test]))
    inferrer = AttributeInferrer.train(train, targets=targets, rules=rules, seed=seed, progress=progress)
    metrics: dict[str, dict[str, dict[str, float]]] = {}
    counts: dict[str, int] = {}
    hidden_train, hidden_test = train.without(targets), test.without(targets)
    for target in targets:
        values = tuple(dict.fromkeys((*inferrer.values(target), *target_values(test, target))))
        known = label_matrix(train, target, values)
        truth = label_matrix(test, target, values)
        asked = np.flatnonzero(truth.sum(axis=1) > 0)
        if not len(asked):
            raise CatalogueError(f"no test garment has a {target} to compare with", path=test.path)
        subject = hidden_test.subset(asked)
        if progress is not None:
            progress(f"{target}: baselines on {int((known.sum(axis=1) > 0).sum()):,} garments")
        said = {
            "kg_fashion": _padded(inferrer.predict_proba(subject, target), len(values)),
            "majority": majority(known, len(asked)),
            "lightgbm": lightgbm(hidden_train, known, subject, seed=seed),
            "logistic": logistic(hidden_train, known, subject, seed=seed),
        }
        metrics[target] = {method: _measure(p, truth[asked], seed) for method, p in said.items()}
        counts[target] = len(asked)
    return EvaluationReport(metrics, len(train), counts)


def _padded(probabilities: Array, width: int) -> Array:
    return np.pad(probabilities, ((0, 0), (0, width - probabilities.shape[1])))


def _measure(probabilities: Array, truth: Array, seed: int) -> dict[str, float]:
    hits = correct(probabilities, truth)
    low, high = bootstrap_interval(hits, seed=seed)
    return {
        "accuracy": float(hits.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": macro_f1(probabilities, truth),
        "log_loss": log_loss(probabilities, truth),
        "ece": expected_calibration_error(probabilities, truth),
    }
