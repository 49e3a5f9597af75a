"""The evaluation: splits without leaks, means over seeds, reports, and the bound by twins."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.cli import app
from kg_fashion.errors import CatalogueError, InputError, UnknownNameError
from kg_fashion.inference import EvaluationReport, evaluate_attributes
from kg_fashion.inference.evaluation import split_catalogue, twin_bound
from kg_fashion.inference.evaluation.report import SeedResult, summarise
from kg_fashion.inference.evaluation.splits import name_stem, style_groups
from kg_fashion.inference.metrics import student_interval
from kg_fashion.resources import boutique_dir


@pytest.fixture(scope="module")
def report(boutique: Catalogue) -> EvaluationReport:
    some = boutique.subset(range(0, 409, 4))
    return evaluate_attributes(some, targets=["season"], seeds=2, split="grouped", baselines=["majority", "type"])


def variants(boutique: Catalogue) -> Catalogue:
    """Return the boutique with each garment twice, the second time under another article number."""
    again = [
        replace(g, id=f"{g.id}-2", iri=f"{g.iri}-2", labels=tuple((f"{text} X{n}", lang) for text, lang in g.labels))
        for n, g in enumerate(boutique)
    ]
    return replace(boutique, garments=(*boutique.garments, *again))


@pytest.mark.parametrize("seed", range(5))
def test_no_group_stands_on_both_sides(boutique: Catalogue, seed: int) -> None:
    catalogue = variants(boutique)
    split = split_catalogue(catalogue, "grouped", seed=seed)
    inside, outside = set(style_groups(split.train)), set(style_groups(split.test))
    assert not inside & outside
    assert list(split.groups or ()) == style_groups(split.train)
    assert len(split.train) + len(split.test) == len(catalogue)
    assert 0.2 <= len(split.test) / len(catalogue) <= 0.25
    assert not {garment.id for garment in split.train} & {garment.id for garment in split.test}


def test_splits_follow_their_seed(boutique: Catalogue) -> None:
    for kind in ("random", "grouped"):
        one, same, other = (split_catalogue(boutique, kind, seed=seed) for seed in (0, 0, 1))
        assert one.test.garments == same.test.garments != other.test.garments
    with pytest.raises(UnknownNameError, match="did you mean grouped"):
        split_catalogue(boutique, "grouping", seed=0)


@pytest.mark.parametrize(
    ("name", "colour", "stem"),
    [
        ("Nike Men's Black Air Max 90", "Black", "nike men air max"),
        ("Acme Blue Polo B12X", "NavyBlue", "acme polo"),  # navy is a blue
        ("Acme Black Polo", "White", "acme black polo"),
        ("白色羊毛西装", "White", "羊毛西装"),
        ("Acme Polo", None, "acme polo"),
    ],
)
def test_name_stems(boutique: Catalogue, name: str, colour: str | None, stem: str) -> None:
    values = {"colour": (terms.KGF[colour],)} if colour else {}
    assert name_stem(Garment("1", "urn:1", ((name, "en"),), values), boutique) == stem


def test_garments_without_a_name_are_groups_of_their_own(boutique: Catalogue) -> None:
    nameless = replace(boutique, garments=tuple(replace(g, labels=()) for g in boutique))
    assert len(set(style_groups(nameless))) == len(boutique)


def test_means_over_seeds_with_their_interval(report: EvaluationReport) -> None:
    assert [run.seed for run in report.runs] == [0, 1]
    for method in ("kg_fashion", "majority", "type"):
        own = [run.metrics["season"][method] for run in report.runs]
        found = report.metrics["season"][method]
        for name in ("accuracy", "macro_f1", "log_loss", "ece", "brier", "coverage_at_95", "mrr", "train_s"):
            values = [run[name] for run in own]
            assert found[name] == pytest.approx(np.mean(values))
            assert (found[name + "_low"], found[name + "_high"]) == pytest.approx(student_interval(values))
    ours, theirs = (report.metrics["season"][method] for method in ("kg_fashion", "majority"))
    assert theirs["accuracy_behind"] == pytest.approx(ours["accuracy"] - theirs["accuracy"])
    assert "accuracy_behind" not in ours
    assert ours["accuracy"] > theirs["accuracy"] + 0.1


def test_one_seed_has_the_intervals_of_its_garments(report: EvaluationReport) -> None:
    alone = summarise(report.runs[:1], split="grouped")
    own = alone.metrics["season"]["majority"]
    assert own["accuracy_low"] <= own["accuracy"] <= own["accuracy_high"]
    assert own["accuracy_behind_low"] <= own["accuracy_behind"] <= own["accuracy_behind_high"]
    assert "resampling the test garments" in alone.notes()[0]
    assert "Student's t" in report.notes()[0]


def test_a_metric_that_one_seed_lacks_is_the_mean_of_the_others() -> None:
    def run(seed: int, **metrics: float) -> SeedResult:
        return SeedResult(seed, 10, {"season": 5}, {"season": {"kg_fashion": metrics}}, {})

    found = summarise([run(0, a=1.0, b=2.0), run(1, a=3.0)], split="random").metrics["season"]["kg_fashion"]
    assert (found["a"], found["b"]) == (2.0, 2.0)
    assert "b_low" not in found


def test_the_report_folder(report: EvaluationReport, tmp_path: Path) -> None:
    report.write(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "reliability-season-kg_fashion.svg", "reliability-season-type.svg", "report.json", "report.md",
    ]  # fmt: skip
    record = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert record["metrics"] == report.metrics
    assert [SeedResult(**run).metrics for run in record["runs"]] == [run.metrics for run in report.runs]
    text = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "| **kg_fashion** |" in text
    assert "## season: trained on" in text
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        report.write(tmp_path / "file" / "below")


def test_by_the_command_line_on_a_test_file(tmp_path: Path) -> None:
    lines = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()
    train, test, out = tmp_path / "train.csv", tmp_path / "test.csv", tmp_path / "out.json"
    train.write_text("\n".join([lines[0], *lines[1::2]]) + "\n", "utf-8")
    test.write_text("\n".join([lines[0], *lines[2::8]]) + "\n", "utf-8")
    command = [
        "evaluate",
        "attributes",
        str(train),
        "--test",
        str(test),
        "--only",
        "season",
        "--baselines",
        "type,rules",
    ]
    result = CliRunner().invoke(app, [*command, "--json", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    metrics = json.loads(out.read_text("utf-8"))
    assert list(metrics) == ["season"]
    assert list(metrics["season"]) == ["kg_fashion", "type", "rules"]
    for own in metrics["season"].values():
        assert {
            "accuracy",
            "accuracy_low",
            "macro_f1",
            "log_loss",
            "ece",
            "coverage_at_95",
            "train_s",
            "predict_s",
        } <= {*own}
    refused = CliRunner().invoke(app, [*command, "--split", "grouped"])
    assert refused.exit_code == 2
    assert "the test file is the split" in refused.output
    unknown = CliRunner().invoke(app, ["evaluate", "attributes", str(train), "--baselines", "lightgbms"])
    assert unknown.exit_code == 2
    assert "did you mean lightgbm" in unknown.output


def test_bad_requests_are_refused_before_the_work(boutique: Catalogue) -> None:
    with pytest.raises(InputError, match="least number of seeds is 1"):
        evaluate_attributes(boutique, seeds=0)
    with pytest.raises(CatalogueError, match="no test garment has a season"):
        evaluate_attributes(boutique, targets=["season"], test=boutique.without(["season"]), baselines=[])


def test_the_bound_by_twins_by_hand(boutique: Catalogue) -> None:
    def garment(n: int, name: str, season: str, occasion: str = "x") -> Garment:
        return Garment(
            str(n), f"urn:{n}", ((name, "en"),), {"season": (season,), "occasion": (occasion,), "type": ("t",)}
        )

    made = [
        garment(0, "a", "s1"), garment(1, "a", "s1", "y"), garment(2, "a", "s2"),  # contradicted: all three
        garment(3, "b", "s1"), garment(4, "b", "s1"),
        garment(5, "c", "s2"),
    ]  # fmt: skip
    bound = twin_bound(replace(boutique, garments=tuple(made)), "season")
    assert (bound.garments, bound.twins, bound.contradicted) == (6, 5 / 6, 3 / 6)
    assert (bound.ceiling, bound.ceiling_of_twins) == (5 / 6, 4 / 5)
    assert bound.agreement == pytest.approx((0.5 + 0.5 + 0 + 1 + 1) / 5)
    assert bound.bound_of_twins == pytest.approx(bound.agreement**0.5)


def test_no_guess_beats_the_bound_of_twins(boutique: Catalogue) -> None:
    """Pairs of twins whose value is the commoner one in 70% of cases: the best guess is right in 70%."""
    rng = np.random.default_rng(0)
    made = tuple(
        Garment(f"{n}{side}", f"urn:{n}{side}", ((f"name {n}", "en"),), {"season": (f"s{int(rng.random() < 0.7)}",)})
        for n in range(3000)
        for side in "ab"
    )
    bound = twin_bound(replace(boutique, garments=made), "season")
    assert bound.bound_of_twins == pytest.approx((0.7**2 + 0.3**2) ** 0.5, abs=0.015)
    assert 0.7 < bound.bound_of_twins < bound.ceiling_of_twins
