"""Reliability: the table adds up to the calibration error; the picture stands alone and tells what it shows."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from kg_fashion.inference import metrics
from kg_fashion.inference.reliability import reliability_svg, reliability_table

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    top = rng.uniform(0.5, 1.0, n)
    said = np.stack([top, 1 - top], axis=1).astype(np.float32)
    return said, np.eye(2, dtype=np.float32)[(rng.random(n) > top**2).astype(int)]


def test_the_table_adds_up_to_the_error() -> None:
    said, true = _drawn()
    table = reliability_table(said, true)
    error = sum(b.n * abs(b.accuracy - b.said) for b in table) / len(said)
    assert math.isclose(error, metrics.expected_calibration_error(said, true), rel_tol=1e-5)
    assert sum(b.n for b in table) == len(said)
    assert all(b.low <= b.said <= b.high for b in table)
    assert all(b.accuracy_low <= b.accuracy <= b.accuracy_high for b in table)


def test_the_interval_by_hand() -> None:
    """Wilson for 2 of 4: (0.5 + z2/8 +- z sqrt(1/16 + z2/64)) / (1 + z2/4) with z = 1.96 is 0.150 to 0.850."""
    said = np.array([[0.9, 0.1]] * 4, dtype=np.float32)
    (only,) = reliability_table(said, np.eye(2, dtype=np.float32)[[0, 0, 1, 1]])
    assert (only.accuracy_low, only.accuracy_high) == pytest.approx((0.150, 0.850), abs=1e-3)


def test_the_picture_is_well_formed_and_accessible() -> None:
    said, true = _drawn()
    root = ET.fromstring(reliability_svg(said, true, title="season & <more>"))  # noqa: S314 (our own output)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert root.findtext(f"{SVG}title") == "Reliability: season & <more>"
    told = root.findtext(f"{SVG}desc") or ""
    assert "ECE" in told and "3,000 garments" in told and "chance alone gives" in told
    table = reliability_table(said, true)
    assert len([r for r in root.iter(f"{SVG}rect") if r.get("class") == "bar"]) == len(table)
    assert len([p for p in root.iter(f"{SVG}path") if p.get("class") == "whisker"]) == len(table)
    assert "prefers-color-scheme:dark" in (root.findtext(f"{SVG}style") or "")


def test_nothing_is_drawn_outside() -> None:
    said, true = _drawn(50)
    root = ET.fromstring(reliability_svg(said, true, title="season"))  # noqa: S314
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("class") != "page":
            x, y, w, h = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
            assert min(x, y, width - x - w, height - y - h) >= 0


def test_the_same_garments_give_the_same_picture() -> None:
    assert reliability_svg(*_drawn(), title="season") == reliability_svg(*_drawn(), title="season")
