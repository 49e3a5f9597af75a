"""The drawn explanation: well-formed, readable aloud, inside its page, in both languages."""

import re
from dataclasses import replace

import pytest
from lxml import etree

from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.picture import explanations_to_svg
from kg_fashion.reasoning.render.boxes import text_width

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_a_picture_that_can_be_read_aloud(explanation: Explanation, lang: str) -> None:
    root = etree.fromstring(explanation.to_svg(lang=lang).encode())
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert [ids[name] for name in root.get("aria-labelledby").split()] == [
        explanation.head(lang), explanation.text(lang),
    ]  # fmt: skip
    assert not [e for e in root.iter() if etree.QName(e).localname in ("script", "style", "image", "use", "a")]
    said = "".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert explanation.reasons[0].said(lang).replace(" ", "") in said.replace(" ", "")


def test_several_stand_one_below_the_other(explanation: Explanation) -> None:
    other = replace(explanation, left_open=True)
    alone, both = (
        etree.fromstring(explanations_to_svg(some).encode()) for some in ([explanation], [explanation, other])
    )
    heads = [e for e in both.iter(f"{SVG}text") if e.get("font-size") == "16"]
    places = [float(element.get("y")) for element in heads]
    assert "".join(e.text for e in heads).count("probability") == 2
    assert places == sorted(places)
    assert places[-1] > float(alone.get("height")) > places[0]
    assert both.find(f"{SVG}title").text == f"{explanation.head()}; {other.head()}"
    assert float(both.get("height")) > 1.9 * float(alone.get("height"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_stands_inside(explanation: Explanation, lang: str) -> None:
    long = replace(explanation.reasons[0], words="a rule with a very long label " * 8)
    root = etree.fromstring(replace(explanation, reasons=(long, *explanation.reasons[1:])).to_svg(lang=lang).encode())
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root.iter(f"{SVG}text"):
        x, size = float(element.get("x")), float(element.get("font-size"))
        wide = text_width(element.text, size)
        left = x - wide if element.get("text-anchor") == "end" else x
        assert left >= 0
        assert left + wide + 24 <= width
        assert 0 < float(element.get("y")) < height
    for bar in root.iter(f"{SVG}rect"):
        if bar.get("x"):
            assert float(bar.get("x")) >= 0
            assert float(bar.get("x")) + float(bar.get("width")) + 24 <= width


def test_against_is_dashed_and_bars_are_to_scale(explanation: Explanation) -> None:
    svg = explanation.to_svg()
    shown, (_, rest) = explanation.strongest()
    away = sum(f"{reason.pull:+.2f}" != "+0.00" and reason.pull < 0 for reason in shown) + (rest < 0)
    assert svg.count("stroke-dasharray") == away + bool(away)  # and its entry in the legend
    bars = re.findall(r'width="([\d.]+)" height="12"[^>]*><title>[^<]* ([+-]\d+\.\d\d)</title>', svg)
    long = [(float(width), abs(float(pull))) for width, pull in bars if abs(float(pull)) >= 0.2]
    scales = [width / pull for width, pull in long]
    assert max(scales) / min(scales) < 1.05
    assert sum(float(pull) for _, pull in bars) == pytest.approx(sum(r.pull for r in explanation.reasons), abs=0.06)


def test_the_value_asked_about_is_shown_though_it_is_last(explanation: Explanation) -> None:
    many = tuple((f"urn:x/v{n}", 0.1) for n in range(9))
    asked = replace(explanation, alternatives=many, value="urn:x/v8", probability=0.1, counterfactuals=())
    texts = [element.text for element in etree.fromstring(asked.to_svg().encode()).iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("v")] == ["v0", "v1", "v2", "v3", "v4", "v8"]
