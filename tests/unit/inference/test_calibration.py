"""Calibration: never worse, the best value kept, and the expected error by chance against its formula."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kg_fashion.inference import metrics
from kg_fashion.inference.calibration import expected_noise, fit_calibration
from kg_fashion.inference.corrections import METHODS, Calibration, fit_method


def _drawn(n: int, *, temperature: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose truth is drawn from them, then sharpened by the temperature."""
    rng = np.random.default_rng(seed)
    logits = 2.0 * rng.normal(size=(n, 4))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    value = (honest.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=3)
    said = np.exp(logits / temperature) / np.exp(logits / temperature).sum(axis=1, keepdims=True)
    return said.astype(np.float32), np.eye(4, dtype=np.float32)[value]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_calibrated_is_left_alone(seed: int) -> None:
    assert fit_calibration(*_drawn(3000, seed=seed)).method == "none"


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_what_is_too_sure_or_not_sure_enough_is_mended(temperature: float) -> None:
    found = fit_calibration(*_drawn(4000, temperature=temperature))
    said, true = _drawn(8000, temperature=temperature, seed=1)
    mended = found.apply(said)
    assert found.method != "none"
    assert metrics.log_loss(mended, true) < metrics.log_loss(said, true) - 0.01
    assert metrics.expected_calibration_error(mended, true) < expected_noise(mended.max(axis=1))[1] * 1.2


def test_vector_scaling_finds_the_temperature_and_the_bias() -> None:
    said, true = _drawn(20000, temperature=0.5)
    scale, *bias = fit_method("vector", said, true).weights
    assert math.isclose(scale, 0.5, abs_tol=0.02)
    assert max(map(abs, np.array(bias) - np.mean(bias))) < 0.05


def test_vector_scaling_by_hand() -> None:
    said = np.array([[0.6, 0.3, 0.1]], dtype=np.float32)
    slow = [p**1.5 * math.exp(b) for p, b in zip((0.6, 0.3, 0.1), (0.2, -0.1, 0.0), strict=True)]
    mended = Calibration("vector", weights=(1.5, 0.2, -0.1, 0.0)).apply(said)[0]
    assert mended == pytest.approx([s / sum(slow) for s in slow], rel=1e-5)


def test_beta_by_hand() -> None:
    said = np.array([[0.8, 0.15, 0.05]], dtype=np.float32)
    odds = 0.8**1.2 / (1 - 0.8) ** 0.7 * math.exp(-0.3)
    top = odds / (1 + odds)
    mended = Calibration("beta", weights=(1.2, 0.7, -0.3)).apply(said)[0]
    assert mended == pytest.approx([top, (1 - top) * 0.75, (1 - top) * 0.25], rel=1e-4)


def test_isotonic_by_hand_pools_what_falls() -> None:
    top = np.array([0.6, 0.7, 0.8, 0.9], dtype=np.float32)
    said = np.stack([top, 1 - top], axis=1)
    true = np.eye(2, dtype=np.float32)[[1, 0, 1, 0]]  # right: no, yes, no, yes; the middle two pool to one half
    mended = fit_method("isotonic", said, true).apply(said)[:, 0]
    assert mended == pytest.approx([0.5, 0.5, 0.5, 5 / 6], abs=1e-5)  # 1/6 is lifted until the best stays the best


@pytest.mark.parametrize("method", METHODS)
def test_a_vetoed_value_stays_at_nothing_and_a_sure_row_stays_sure(method: str) -> None:
    said, true = _drawn(500)
    fitted = fit_method(method, said, true)
    mended = fitted.apply(np.array([[0.7, 0.3, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]], dtype=np.float32))
    assert (mended[0, 2:] == 0).all()
    assert mended[1].tolist() == [1.0, 0.0, 0.0, 0.0]


FITTED = [fit_method(method, *_drawn(400, temperature=0.6)) for method in METHODS]


@given(arrays(np.float32, (5, 4), elements=st.floats(0, 1, width=32)))
def test_rows_sum_to_one_and_the_best_stays_the_best(drawn: np.ndarray) -> None:
    said = (drawn + np.float32(1e-3)) / (drawn + np.float32(1e-3)).sum(axis=1, keepdims=True)
    for fitted in FITTED:
        mended = fitted.apply(said)
        assert mended.dtype == np.float32
        assert mended.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
        assert (mended >= 0).all()
        if fitted.method != "vector":
            assert (mended.argmax(axis=1) == said.argmax(axis=1)).all()


@pytest.mark.parametrize("fitted", FITTED, ids=METHODS)
def test_json_keeps_it(fitted: Calibration) -> None:
    assert Calibration.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_json_keeps_the_trials() -> None:
    fitted = fit_calibration(*_drawn(400, temperature=0.5))
    assert [trial.method for trial in fitted.trials] == list(METHODS)
    assert Calibration.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    with pytest.raises(ValueError, match="no calibration method 'magic'"):
        Calibration.from_dict({**fitted.to_dict(), "method": "magic"})


def test_several_true_values_and_none() -> None:
    said, true = _drawn(600, temperature=0.5)
    both = true + np.roll(true, 1, axis=1)
    known = fit_calibration(said[:500], both[:500] / 2)
    assert known == fit_calibration(said, np.vstack([both[:500] / 2, np.zeros((100, 4), dtype=np.float32)]))


def test_too_few_garments_change_nothing() -> None:
    assert fit_calibration(*_drawn(40, temperature=0.3)) == Calibration()
    empty = np.zeros((0, 4), dtype=np.float32)
    assert fit_calibration(empty, empty).apply(empty).shape == (0, 4)


def test_the_same_seed_gives_the_same() -> None:
    assert fit_calibration(*_drawn(800, temperature=0.5)) == fit_calibration(*_drawn(800, temperature=0.5))


def test_noise_by_its_formula() -> None:
    """In each bin |hits - said| / n is the absolute value of a normal: on average sqrt(2 / pi) of its deviation."""
    top = np.random.default_rng(0).uniform(0.3, 1.0, 7000)
    bins = np.minimum((top * 15).astype(int), 14)
    deviations = [math.sqrt((top[bins == b] * (1 - top[bins == b])).sum()) for b in np.unique(bins)]
    mean, high = expected_noise(top, n_draws=2000)
    assert math.isclose(mean, math.sqrt(2 / math.pi) * sum(deviations) / 7000, rel_tol=0.02)
    assert mean < high < 2 * mean
    assert (mean, high) == expected_noise(top, n_draws=2000)


def test_noise_is_what_a_perfect_model_shows() -> None:
    errors = []
    for seed in range(20):
        said, true = _drawn(2000, seed=seed)
        errors.append(metrics.expected_calibration_error(said, true))
    mean, _ = expected_noise(said.max(axis=1))
    assert math.isclose(float(np.mean(errors)), mean, rel_tol=0.15)
