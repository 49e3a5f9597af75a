"""Metrics against a slow computation."""

import math

import numpy as np

from kg_fashion.inference import metrics

P = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.2, 0.2, 0.6], [0.9, 0.05, 0.05]], dtype=np.float32)
TRUTH = np.array([[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1], [0, 1, 0]], dtype=np.float32)


def test_accuracy_log_loss_and_calibration_by_hand() -> None:
    assert metrics.correct(P, TRUTH).tolist() == [True, False, True, False]
    losses = [-math.log(p) for p in (0.7, 0.5, 0.6, 0.05)]
    assert math.isclose(metrics.log_loss(P, TRUTH), sum(losses) / 4, rel_tol=1e-5)
    gaps = [abs(1 - 0.7), abs(0 - 0.5), abs(1 - 0.6), abs(0 - 0.9)]
    assert math.isclose(metrics.expected_calibration_error(P, TRUTH), sum(gaps) / 4, rel_tol=1e-5)


def test_macro_f1_by_hand() -> None:
    # said 0 1 2 0, true 0 0 2 1 (a miss counts for the first true value): F1 of 0 is 1/2, of 1 is 0, of 2 is 1
    assert math.isclose(metrics.macro_f1(P, TRUTH), 0.5, rel_tol=1e-6)


def test_interval_holds_the_share() -> None:
    hits = np.arange(1000) % 4 > 0
    low, high = metrics.bootstrap_interval(hits, seed=0)
    assert 0.71 < low < 0.75 < high < 0.79
    assert (low, high) == metrics.bootstrap_interval(hits, seed=0)
