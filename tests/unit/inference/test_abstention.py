"""Abstention: the promise holds as often as it says, and curves and tails against slow computations."""

import json
import math

import numpy as np
import pytest

from kg_fashion.inference.abstention import Abstention, HeldOut, coverage_at, risk_coverage


def _drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    top = 0.3 + 0.7 * rng.beta(2.0, 0.8, n)
    return top, rng.random(n) < top


def _true_precision(threshold: float) -> float:
    top, _ = _drawn(400_000, 99)
    return float(top[top >= threshold].mean())


@pytest.mark.parametrize("n", [300, 3000])
def test_the_promise_is_broken_at_most_once_in_ten(n: int) -> None:
    broken = plug_in_broken = filled = 0
    for seed in range(100):
        top, hit = _drawn(n, seed)
        found = HeldOut.of(top, hit).threshold_for(0.9)
        filled += found.threshold is not None
        broken += found.threshold is not None and _true_precision(found.threshold) < 0.9
        order = np.argsort(-top)
        reached = np.flatnonzero(np.cumsum(hit[order]) / np.arange(1, n + 1) >= 0.9)
        plug_in_broken += _true_precision(top[order][reached[-1]]) < 0.9
    assert broken <= 15  # 10 expected at most; P(more than 15 | 10%) is 4%
    assert plug_in_broken > 30
    assert filled > 80


def test_many_garments_cost_little_coverage() -> None:
    top, hit = _drawn(30_000, 0)
    found = HeldOut.of(top, hit).threshold_for(0.9)
    assert coverage_at(top, hit, 0.9) - 0.03 < found.coverage < coverage_at(top, hit, 0.9)
    assert found.precision is not None and found.precision > 0.9


def test_the_threshold_by_hand() -> None:
    """All right above 0.6: with 60 sure garments P(X >= 60) = 0.95^60 = 0.046 passes 0.05; with 58, 0.051 does not."""
    for n, passes in ((60, True), (58, False)):
        top, hit = np.full(n, 0.99), np.ones(n, dtype=bool)
        assert (0.95**n <= 0.05) is passes
        found = HeldOut.of(top, hit).threshold_for(0.95)
        assert (found.threshold is not None) is passes
        assert (found.coverage == 1.0) is passes


def test_the_walk_ends_at_the_first_failure() -> None:
    top = np.concatenate([np.full(200, 0.97), np.full(100, 0.8), np.full(5000, 0.5)])
    hit = np.concatenate([np.ones(200), np.zeros(100), np.ones(5000)]).astype(bool)
    found = HeldOut.of(top, hit).threshold_for(0.95)
    assert found.threshold == 0.801  # below 0.8 it would be 98% again, but one may not pick and choose
    assert math.isclose(found.coverage, 200 / 5300)


def test_where_none_reaches_it_nothing_is_filled() -> None:
    found = HeldOut.of(*_drawn(20, 0)).threshold_for(0.99)
    assert found == Abstention(0.99, None, None, 0.0, 0.9, 20)
    assert not found.decided(np.array([1.0, 0.5])).any()
    assert "cannot be promised with 20 held-out garments" in found.text()
    empty = HeldOut.of(np.zeros(0), np.zeros(0, dtype=bool)).threshold_for(0.9)
    assert empty.threshold is None and empty.n == 0


def test_decided_is_at_or_above() -> None:
    found = Abstention(0.9, 0.8, 0.92, 0.5, 0.9, 100)
    assert found.decided(np.array([0.79, 0.8, 0.9])).tolist() == [False, True, True]


def test_counts_by_hand_and_json() -> None:
    held = HeldOut.of(np.array([0.9, 0.5, 0.25]), np.array([True, False, True]))
    assert (held.decided[0], held.decided[250], held.decided[251], held.decided[900], held.decided[901]) == (
        3, 3, 2, 1, 0,
    )  # fmt: skip
    assert (held.right[0], held.right[251], held.right[501]) == (2, 1, 1)
    assert HeldOut.from_dict(json.loads(json.dumps(held.to_dict()))) == held
    with pytest.raises(ValueError, match="1001 counts are needed"):
        HeldOut.from_dict({"decided": [1], "right": [1]})


def test_a_higher_target_fills_no_more() -> None:
    held = HeldOut.of(*_drawn(5000, 3))
    coverages = [held.threshold_for(target).coverage for target in (0.8, 0.85, 0.9, 0.95, 0.98)]
    assert coverages == sorted(coverages, reverse=True)


@pytest.mark.parametrize(("precision", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.9, 1.0), (0.9, -1.0)])
def test_what_cannot_be_asked_for(precision: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        HeldOut.of(*_drawn(50, 0)).threshold_for(precision, confidence=confidence)


def test_the_curve_the_slow_way() -> None:
    top, hit = _drawn(200, 1)
    top = top.round(2)
    coverage, risk = risk_coverage(top, hit)
    for threshold, one, wrong in zip(sorted(set(top), reverse=True), coverage, risk, strict=True):
        assert math.isclose(one, (top >= threshold).mean())
        assert math.isclose(wrong, 1 - hit[top >= threshold].mean(), abs_tol=1e-12)
    assert coverage_at(top, hit, 0.9) == max((top >= t).mean() for t in set(top) if hit[top >= t].mean() >= 0.9)


def test_no_garments_no_coverage() -> None:
    assert coverage_at(np.zeros(0), np.zeros(0, dtype=bool), 0.9) == 0.0
