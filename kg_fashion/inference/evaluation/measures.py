"""What is measured of a method's probabilities on one split, by name."""

from kg_fashion.inference.abstention import coverage_at
from kg_fashion.inference.metrics import (
    Array,
    bootstrap_interval,
    brier,
    correct,
    cross_fitted_threshold,
    expected_calibration_error,
    hits_at_1,
    log_loss,
    macro_f1,
    mean_reciprocal_rank,
    paired_difference,
)

_PRECISION = 0.95


def measured(probabilities: Array, truth: Array, *, seed: int) -> dict[str, float]:
    """Measure one method by itself.

    Args:
        probabilities: Shape (n_garments, n_values).
        truth: Distributions, shape (n_garments, n_values), no row of zeros.
        seed: Of the resampling, and of the halves for the threshold.

    Returns:
        accuracy with its 95% interval under resampling of garments (accuracy_low, accuracy_high), macro_f1, log_loss
        (nats), ece (15 bins), brier, mrr, hits_at_1.
        coverage_at_95: the largest share of garments, from the surest down, of which 95% are right; its threshold is
        chosen on these garments, as one reads a curve. held_out_coverage_at_95 and held_out_precision_at_95: what is
        decided, and how much of that is right, when the threshold is chosen on other garments; no precision where
        nothing is decided.
    """
    hits = correct(probabilities, truth)
    low, high = bootstrap_interval(hits, seed=seed)
    decided, right = cross_fitted_threshold(probabilities, truth, precision=_PRECISION, seed=seed)
    return {
        "accuracy": float(hits.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": macro_f1(probabilities, truth),
        "log_loss": log_loss(probabilities, truth),
        "ece": expected_calibration_error(probabilities, truth),
        "brier": brier(probabilities, truth),
        "mrr": mean_reciprocal_rank(probabilities, truth),
        "hits_at_1": hits_at_1(probabilities, truth),
        "coverage_at_95": coverage_at(probabilities.max(axis=1), hits, _PRECISION),
        "held_out_coverage_at_95": decided,
        **({} if right is None else {"held_out_precision_at_95": right}),
    }


def compared(ours: Array, theirs: Array, truth: Array, *, seed: int) -> dict[str, float]:
    """Measure how far a method stands behind ours.

    Returns:
        accuracy_behind: our accuracy less theirs, with its 95% interval when garments are resampled with both answers
        together (accuracy_behind_low, accuracy_behind_high); macro_f1_behind.
    """
    difference, low, high = paired_difference(correct(ours, truth), correct(theirs, truth), seed=seed)
    return {
        "accuracy_behind": difference,
        "accuracy_behind_low": low,
        "accuracy_behind_high": high,
        "macro_f1_behind": macro_f1(ours, truth) - macro_f1(theirs, truth),
    }
