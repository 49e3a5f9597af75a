"""infer with a kept model, for one garment, with a wanted precision, and as an audit: by hand of a newcomer."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg_fashion import terms
from kg_fashion.cli import app
from kg_fashion.resources import boutique_dir

CATALOGUE = str(boutique_dir() / "catalogue.csv")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models") / "model"
    result = run("train", "embeddings", CATALOGUE, "--out", str(folder))
    assert result.exit_code == 0
    assert "season, occasion learned from 409 garments" in result.stdout
    return str(folder)


def test_one_garment_by_flags(model: str) -> None:
    flags = ["--set", "material=亚麻", "--set", "type=shirt", "--set", "brand=Acme", "--set", "size=EU 38"]
    result = run("infer", CATALOGUE, "--model", model, *flags, "--name", "Loose linen shirt", "--json")
    season, occasion = json.loads(result.stdout)
    assert (season["attribute"], season["value"], occasion["attribute"]) == ("season", terms.KGF.Summer, "occasion")
    assert {reason["kind"] for reason in season["reasons"]} <= {"rule", "value", "family", "bias"}
    assert "summer" in season["reasons"][0]["label"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--set", "material=linnen"), "no material 'linnen'; did you mean linen?"),
        (("--set", "colour"), "give an attribute and its value, such as --set material=linen"),
        (("--set", "warmth=thick"), "no warmth 'thick'"),
        (("--min-precision", "1.0"), "must lie between 0 and 1"),
        (("--only", "colour"), "not trained for 'colour', only for season, occasion"),
        (("--audit",), "--model goes with neither --train-on nor --audit"),
    ],
)
def test_bad_flags_are_told(model: str, flags: tuple[str, ...], told: str) -> None:
    result = run("infer", CATALOGUE, "--model", model, *flags)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_wanted_precision_leaves_gaps_open(model: str, tmp_path: Path) -> None:
    result = run("infer", CATALOGUE, "--model", model, "--min-precision", "0.9", "--out", str(tmp_path / "out.csv"))
    assert result.exit_code == 0
    assert "season: 90% precision from p = " in result.stderr
    sure = run("infer", CATALOGUE, "--model", model, "--min-precision", "0.99", "--out", str(tmp_path / "sure.csv"))
    assert "99% precision cannot be promised with 246 held-out garments" in sure.stderr
    assert "0 of 326 gaps filled" in sure.stdout


def test_an_audit_names_line_and_values() -> None:
    result = run("infer", CATALOGUE, "--only", "season", "--audit", "--json")
    found = json.loads(result.stdout)
    assert found
    margins = [one["p_suggested"] - one["p_supplied"] for one in found]
    assert margins == sorted(margins, reverse=True)
    for one in found:
        assert one["suggested"] not in one["supplied"]
        assert Path(CATALOGUE).read_text("utf-8").splitlines()[one["line"] - 1].startswith(one["garment"])
