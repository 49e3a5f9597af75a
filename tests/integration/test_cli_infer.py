"""infer with a kept model, for one garment and why, with a wanted precision, and as an audit: by hand of a newcomer."""

import json
from pathlib import Path

import pytest
from lxml import etree
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
    assert {reason["kind"] for reason in season["reasons"]} <= {"rule", "value", "word", "form", "family", "bias"}
    assert "summer" in season["reasons"][0]["label"]
    assert season["derivations"][0]["rule"] == season["reasons"][0]["name"]
    assert len(season["neighbours"]) == 3


def test_one_garment_needs_a_model_and_no_catalogue(model: str, tmp_path: Path) -> None:
    flags = ["--set", "material=linen", "--set", "type=Shirt", "--name", "Loose linen shirt"]
    svg = tmp_path / "why.svg"
    result = run("infer", "--model", model, *flags, "--svg", str(svg))
    assert result.exit_code == 0
    season, occasion = result.stdout.split("\n\n")
    assert season.startswith("Loose linen shirt: season summer, probability 0.")
    assert "+0." in season and "with cotton instead of linen: " in season
    assert "how the rules came to it" in season
    assert "material linen  [as supplied]" in season
    assert occasion.startswith("Loose linen shirt: occasion casual outing, probability 0.")
    root = etree.fromstring(svg.read_bytes())
    assert "".join(root.itertext()).count("Loose linen shirt: season summer") >= 2
    alone = run("infer", *flags)
    assert alone.exit_code == 2
    assert "give a catalogue to learn from, or with --model a folder that train embeddings made" in alone.stderr


def test_a_garment_of_the_catalogue_is_explained_in_chinese(model: str) -> None:
    result = run("infer", CATALOGUE, "--model", model, "--only", "season", "--explain", "C001", "--lang", "zh")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("C001 修身藏蓝色羊毛西装外套：季节为")
    assert {"因为（单位：奈特，相对于各取值的平均）", "只改一处", "最相近的已知单品", "规则的推导"} <= set(lines)
    listed = run("infer", CATALOGUE, "--model", model, "--only", "season", "--lang", "zh").stdout.splitlines()[0]
    assert " 季节：" in listed and "，因为" in listed


def test_without_a_model_it_is_learned_from_the_others() -> None:
    """The garment's own season must not count, as its family's would if it were trained on."""
    result = run("infer", CATALOGUE, "--only", "season", "--explain", "C004", "--json", "--threshold", "0.9")
    (said,) = json.loads(result.stdout)
    assert said["supplied"] == [terms.KGF.Autumn, terms.KGF.Winter]
    assert "C004" not in {near["garment"] for near in said["neighbours"]}
    assert "epochs over 245 statements" in result.stderr  # of 246 garments with a season
    assert said["left_open"] == (said["probability"] < 0.9)


def test_drift_is_told_with_a_model(model: str, tmp_path: Path) -> None:
    assert "warning" not in run("infer", CATALOGUE, "--model", model).stderr
    lines = Path(CATALOGUE).read_text("utf-8").splitlines()
    header = lines[0].split(",")
    place = header.index("brand")
    other = [",".join([*cells[:place], f"New {n}", *cells[place + 1 :]]) for n, cells in _cells(lines[1:200])]
    (tmp_path / "other.csv").write_text("\n".join([lines[0], *other]) + "\n", "utf-8")
    result = run("infer", str(tmp_path / "other.csv"), "--model", model)
    assert "warning: not seen in training, by share of garments: brand 100% (expected " in result.stderr


def _cells(lines: list[str]) -> list[tuple[int, list[str]]]:
    return [(number, line.split(",")) for number, line in enumerate(lines) if '"' not in line]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--set", "material=linnen"), "no material 'linnen'; did you mean linen?"),
        (("--set", "colour"), "give an attribute and its value, such as --set material=linen"),
        (("--set", "warmth=thick"), "no warmth 'thick'"),
        (("--min-precision", "1.0"), "must lie between 0 and 1"),
        (("--only", "colour"), "not trained for 'colour', only for season, occasion"),
        (("--audit",), "--model goes with neither --train-on nor --audit"),
        (("--svg", "why.svg"), "name it with --explain, or describe it with --set"),
        (("--explain", "C0O1"), "no garment 'C0O1' in catalogue.csv; did you mean C"),
        (("--explain", "C001", "--name", "coat"), "give either"),
        (("--explain", "C001", "--out", "out.csv"), "they go with neither --out nor --audit"),
        (("--explain", "C001", "--svg", "no/such/folder.svg"), "no such folder"),
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


def test_what_is_missing_is_told() -> None:
    result = run("infer", "--explain", "C001")
    assert result.exit_code == 2
    assert "give a catalogue, or describe one garment with --set and --name" in result.stderr


def test_an_audit_speaks_chinese() -> None:
    lines = run("infer", CATALOGUE, "--only", "season", "--audit", "--lang", "zh").stdout.splitlines()
    assert lines
    assert all(line.startswith("第 ") and "季节：" in line and "，更可能是" in line for line in lines)


def test_an_audit_names_line_and_values() -> None:
    result = run("infer", CATALOGUE, "--only", "season", "--audit", "--json")
    found = json.loads(result.stdout)
    assert found
    margins = [one["p_suggested"] - one["p_supplied"] for one in found]
    assert margins == sorted(margins, reverse=True)
    for one in found:
        assert one["suggested"] not in one["supplied"]
        assert Path(CATALOGUE).read_text("utf-8").splitlines()[one["line"] - 1].startswith(one["garment"])
