"""Drift: silent on a random half and on small catalogues, loud on another catalogue; formulas the slow way."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.inference.drift import Shift, compare, population_stability
from kg_fashion.inference.drift_baseline import DriftBaseline

TARGETS = ("season", "occasion")


@pytest.fixture(scope="module")
def myntra(shared_data: Path) -> Catalogue:
    catalogue = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra")
    return catalogue.subset(np.random.default_rng(0).permutation(len(catalogue))[:6000])


def _halves(catalogue: Catalogue, seed: int) -> tuple[Catalogue, Catalogue]:
    order = np.random.default_rng(seed).permutation(len(catalogue))
    return catalogue.subset(order[::2]), catalogue.subset(order[1::2])


def _draws(catalogue: Catalogue, size: int, n: int) -> Iterator[tuple[DriftBaseline, Catalogue]]:
    for seed in range(n):
        one, other = _halves(catalogue, seed)
        yield DriftBaseline.of(one, targets=TARGETS), other.subset(range(min(size, len(other))))


@pytest.mark.parametrize("size", [1, 5, 20, 50, 1000])
def test_a_part_of_the_same_catalogue_is_no_news(boutique: Catalogue, size: int) -> None:
    warned = [compare(baseline, part).warnings for baseline, part in _draws(boutique, size, 20)]
    assert sum(map(bool, warned)) <= 1, [w for w in warned if w]


@pytest.mark.shared_data
@pytest.mark.parametrize("size", [1, 10, 50, 3000])
def test_a_part_of_myntra_is_no_news(myntra: Catalogue, size: int) -> None:
    warned = [compare(baseline, part).warnings for baseline, part in _draws(myntra, size, 5)]
    assert not any(warned)


@pytest.mark.shared_data
def test_another_catalogue_is_news_both_ways(myntra: Catalogue, boutique: Catalogue) -> None:
    for baseline, other in ((myntra, boutique), (boutique, myntra)):
        news, shares = compare(DriftBaseline.of(baseline, targets=TARGETS), other).warnings
        assert news.startswith("not seen in training, by share of garments: brand ")
        assert "most words of the name" in news and "expect lower precision" in news
        assert "shared out otherwise than in training" in shares and "material" in shares


@pytest.mark.shared_data
@pytest.mark.parametrize("size", [20, 200])
def test_watches_alone_are_not_like_the_whole(myntra: Catalogue, size: int) -> None:
    watches = [i for i, g in enumerate(myntra) if [myntra.label(v) for v in g.values.get("type", ())] == ["watch"]]
    rest = myntra.subset(range(0, len(myntra), 2))
    (said,) = compare(DriftBaseline.of(rest, targets=TARGETS), myntra.subset(watches[:size])).warnings
    assert "type (watch 100%, was 6%)" in said


def test_a_few_garments_of_one_brand_that_is_new(boutique: Catalogue) -> None:
    brand = boutique[0].values["brand"]
    rest = boutique.subset([i for i, g in enumerate(boutique) if g.values.get("brand") != brand])
    theirs = boutique.subset([i for i, g in enumerate(boutique) if g.values.get("brand") == brand])
    report = compare(DriftBaseline.of(rest, targets=TARGETS), theirs)
    assert report.news["brand"].share == 1.0
    assert any("brand 100%" in line for line in report.warnings)


def test_targets_are_not_compared(boutique: Catalogue) -> None:
    baseline = DriftBaseline.of(boutique, targets=TARGETS)
    assert not {*TARGETS} & {*baseline.shares, *baseline.known}
    assert compare(baseline, boutique.without(TARGETS)).warnings == ()


def test_a_missing_column_is_told(boutique: Catalogue) -> None:
    report = compare(DriftBaseline.of(boutique, targets=TARGETS), boutique.without(["colour"]))
    assert report.shifts["colour"].level == "large"
    assert report.shifts["colour"].most_moved == "missing"
    assert any("colour (missing 100%, was 0%)" in line for line in report.warnings)


def test_less_confidence_is_told(boutique: Catalogue) -> None:
    rng = np.random.default_rng(0)
    before = {"season": rng.uniform(0.6, 1.0, 400)}
    baseline = DriftBaseline.of(boutique, targets=TARGETS, top=before)
    said = compare(baseline, boutique, top={"season": rng.uniform(0.4, 0.8, 400)}).warnings
    assert said == (
        "season is completed with a mean probability of 0.60, against 0.81 in training; expect fewer values filled",
    )
    assert compare(baseline, boutique, top={"season": rng.uniform(0.6, 1.0, 400)}).warnings == ()
    assert compare(baseline, boutique.subset([0]), top={"season": np.array([0.6])}).warnings == ()


def test_the_index_the_slow_way() -> None:
    expected, actual = [0.2, 0.3, 0.5], [0.5, 0.3, 0.2]
    slow = sum((a - e) * math.log(a / e) for e, a in zip(expected, actual, strict=True))
    both = population_stability(np.array([expected, expected]), np.array([actual, expected]))
    assert both.tolist() == pytest.approx([slow, 0.0])


def test_what_chance_gives_by_the_formula(boutique: Catalogue) -> None:
    """Where every share is common, the draws agree with (k - 1)(1/N + 1/M)."""
    shares = {terms.KGF.Women: 0.3, terms.KGF.Men: 0.3, terms.KGF.Unisex: 0.2, "other": 0.1, "missing": 0.1}
    shift = compare(DriftBaseline(2000, {"department": shares}, {}, {}, {}), boutique).shifts["department"]
    assert math.isclose(shift.by_chance, 4 * (1 / 2000 + 1 / len(boutique)), rel_tol=0.1)
    assert shift.by_chance < shift.at_most


def test_the_same_catalogue_has_not_moved(boutique: Catalogue) -> None:
    shifts = compare(DriftBaseline.of(boutique, targets=TARGETS), boutique).shifts
    assert all(shift.psi == pytest.approx(0.0, abs=1e-9) for shift in shifts.values())


@pytest.mark.parametrize(
    ("psi", "level"), [(0.05, "none"), (0.13, "none"), (0.16, "moderate"), (0.29, "moderate"), (0.31, "large")]
)
def test_levels_leave_out_what_chance_gives(psi: float, level: str) -> None:
    assert Shift(psi, 0.05, 0.1, "other", 0.1, 0.2).level == level
    assert Shift(psi, 0.05, 0.4, "other", 0.1, 0.2).level == "none"


def test_what_would_be_new_by_hand(boutique: Catalogue) -> None:
    """A value that one garment alone has would have been new, had that garment been left out."""
    baseline = DriftBaseline.of(boutique, targets=TARGETS)
    for kind in ("type", "brand", "colour"):
        each = [g.values.get(kind, ()) for g in boutique]
        others = [{v for j, own in enumerate(each) if j != i for v in own} for i in range(len(each))]
        slow = sum(any(v not in rest for v in own) for own, rest in zip(each, others, strict=True)) / len(each)
        assert baseline.news[kind] == pytest.approx(slow)


def test_json_keeps_it(boutique: Catalogue) -> None:
    baseline = DriftBaseline.of(boutique, targets=TARGETS, top={"season": np.array([0.5, 0.9])})
    again = DriftBaseline.from_dict(json.loads(json.dumps(baseline.to_dict())))
    assert again == baseline
    report = compare(again, boutique.without(["colour"]), top={"season": np.array([0.5])})
    assert json.loads(json.dumps(report.to_dict()))["shifts"]["colour"]["level"] == "large"


def test_an_empty_catalogue_is_no_news(boutique: Catalogue) -> None:
    assert compare(DriftBaseline.of(boutique, targets=TARGETS), boutique.subset([])).warnings == ()


def test_shares_add_up(boutique: Catalogue) -> None:
    baseline = DriftBaseline.of(boutique, targets=())
    assert set(baseline.shares) <= set(terms.ATTRIBUTES)
    for own in baseline.shares.values():
        assert sum(own.values()) == pytest.approx(1.0)
        assert list(own)[-2:] == ["other", "missing"]
