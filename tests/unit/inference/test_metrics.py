"""Metrics against a slow computation."""

import math

import numpy as np
import pytest

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


def test_brier_by_hand() -> None:
    rows = [0.3**2 + 0.2**2 + 0.1**2, 0.1**2 + 0.5**2 + 0.4**2, 0.2**2 + 0.2**2 + 0.4**2, 0.9**2 + 0.95**2 + 0.05**2]
    assert metrics.brier(P, TRUTH) == pytest.approx(sum(rows) / 4, rel=1e-5)


def test_ranks_one_by_one() -> None:
    rng = np.random.default_rng(0)
    said = rng.integers(0, 4, (60, 5)).astype(np.float32)
    truth = (rng.random((60, 5)) < 0.3).astype(np.float32)
    truth[:, 0] = 1
    slow = []
    for own, true in zip(said.tolist(), truth.tolist(), strict=True):
        best = max(p for p, t in zip(own, true, strict=True) if t)
        others = [p for p, t in zip(own, true, strict=True) if not t]
        optimistic = 1 + sum(p > best for p in others)
        pessimistic = 1 + sum(p >= best for p in others)
        slow.append((optimistic + pessimistic) / 2)
    assert metrics.ranks(said, truth).tolist() == slow
    assert metrics.mean_reciprocal_rank(said, truth) == pytest.approx(sum(1 / rank for rank in slow) / 60)
    assert metrics.hits_at_1(said, truth) == pytest.approx(sum(rank == 1 for rank in slow) / 60)


def test_paired_difference_as_by_resampling_garments() -> None:
    rng = np.random.default_rng(1)
    theirs = rng.random(400) < 0.7
    ours = theirs ^ (rng.random(400) < 0.15)
    difference, low, high = metrics.paired_difference(ours, theirs, seed=0, n=4000)
    drawn = rng.integers(0, 400, (4000, 400))
    slow = ours[drawn].mean(axis=1) - theirs[drawn].mean(axis=1)
    assert difference == pytest.approx(ours.mean() - theirs.mean())
    assert (low, high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.004)


def test_student_interval_by_the_table() -> None:
    values = [0.8, 0.82, 0.81, 0.85, 0.84]
    mean = sum(values) / 5
    error = math.sqrt(sum((v - mean) ** 2 for v in values) / 4 / 5)
    assert metrics.student_interval(values) == pytest.approx((mean - 2.7764 * error, mean + 2.7764 * error), abs=1e-5)


def test_a_garment_has_no_say_in_its_own_threshold() -> None:
    rng = np.random.default_rng(2)
    top = rng.uniform(0.5, 1, 4000).astype(np.float32)
    said = np.stack([top, 1 - top], axis=1)
    truth = np.zeros_like(said)
    truth[np.arange(4000), (rng.random(4000) > top).astype(int)] = 1
    coverage, precision = metrics.cross_fitted_threshold(said, truth, precision=0.9, seed=0)
    assert 0.25 < coverage < 0.4  # the surest 40% are right in 90% of cases; a promise of it decides fewer
    assert precision is not None and 0.9 < precision < 0.95
    nothing = metrics.cross_fitted_threshold(said[:40], 1 - truth[:40], precision=0.95, seed=0)
    assert nothing == (0.0, None)
