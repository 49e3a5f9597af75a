"""Pictures are well-formed, stand alone, and say in words what they draw."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from kg_fashion.embedding.plots import Curve, Interval, Table, heat_map, intervals, panels

NAMES = ["colour <&>", "材质"]


def drawings() -> dict[str, str]:
    shares = np.array([[0.9, 0.2], [0.3, 1.0]])
    curves = [Curve("rise", [0.0, 0.4, 1.0], "one"), Curve("leak", [0.0, 0.1, 0.2], "two", dashed=True)]
    return {
        "heat": heat_map(Table(NAMES, NAMES, shares, shares, [["", "a"], ["b", ""]]), title="Probes", caption="how"),
        "panels": panels(dict.fromkeys(NAMES, curves), title="Moves", caption="how"),
        "intervals": intervals(
            [Interval(NAMES[0], 0.6, 0.55, 0.65), Interval(NAMES[1], 0.4, 0.3, 0.5)], even=0.5, title="A", caption="how"
        ),
    }


@pytest.mark.parametrize("name", ["heat", "panels", "intervals"])
def test_pictures_stand_alone(name: str) -> None:
    text = drawings()[name]
    root = ElementTree.fromstring(text)  # noqa: S314 - our own text
    assert root.tag.endswith("svg") and root.get("role") == "img"
    assert "href" not in text and "url(" not in text and "<script" not in text
    told = root.find("{http://www.w3.org/2000/svg}desc")
    assert told is not None and told.text and "材质" in told.text


@pytest.mark.parametrize("name", ["heat", "panels", "intervals"])
def test_everything_is_on_the_page(name: str) -> None:
    root = ElementTree.fromstring(drawings()[name])  # noqa: S314 - our own text
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for element in root.iter():
        if "x" in element.attrib and element.get("width") != "100%":
            assert 0 <= float(element.attrib["x"]) <= width and 0 <= float(element.attrib["y"]) <= height


def test_a_curve_passes_through_its_points() -> None:
    path = re.findall(r'class="one" fill="none" d="(M[^"]*L[^"]*)"', drawings()["panels"])[0]
    points = [tuple(map(float, point.split())) for point in re.split("[ML]", path) if point]
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert (y0 - y1) / (y0 - y2) == pytest.approx(0.4, abs=0.01)


def test_bars_begin_at_chance() -> None:
    bars = re.findall(r'class="bar" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawings()["intervals"])
    (up, up_width), (down, down_width) = ((float(x), float(width)) for x, width in bars)
    assert up == pytest.approx(down + down_width, abs=0.2)
    assert up_width == pytest.approx(down_width, abs=0.2)


def test_darker_is_more() -> None:
    fills = re.findall(r'rx="4" fill="#([0-9a-f]{2})', drawings()["heat"])
    assert sorted(fills, key=lambda own: int(own, 16)) == [fills[3], fills[0], fills[2], fills[1]]
