"""A style space measured, from a catalogue and a file of outfits to the report's pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue
from kg_fashion.cli.evaluate_style import style
from kg_fashion.embedding.style import StyleSpace
from kg_fashion.embedding.style_factors import StyleSettings
from kg_fashion.embedding.style_moves import MoveEffect
from kg_fashion.embedding.style_report import StyleReport, summarise_moves
from kg_fashion.errors import InputError
from kg_fashion.inference.style_evaluation import evaluate_style, fit_style, style_values
from kg_fashion.inference.style_outfits import outfit_agreement, read_outfits
from kg_fashion.resources import boutique_dir

FAST = StyleSettings(steps=40, factors=4)
ATTRIBUTES = ("type", "colour")


@pytest.fixture(scope="module")
def report(boutique: Catalogue, inferrer: AttributeInferrer) -> StyleReport:
    train, test = boutique.subset(range(300)), boutique.subset(range(300, len(boutique)))
    return evaluate_style(train, test, inferrer.vectors, attributes=ATTRIBUTES, settings=FAST, min_count=10)


def written(folder: Path, text: str) -> Path:
    path = folder / "outfits.csv"
    path.write_text(text, "utf-8")
    return path


def test_rare_values_are_left_out(boutique: Catalogue) -> None:
    kept = style_values(boutique, ATTRIBUTES, min_count=15)
    for attribute, values in kept.items():
        counts = {v: sum(v in g.values.get(attribute, ()) for g in boutique) for v in values}
        assert min(counts.values()) >= 15
        everything = {v for g in boutique for v in g.values.get(attribute, ())}
        assert all(sum(v in g.values.get(attribute, ()) for g in boutique) < 15 for v in everything - set(values))


def test_the_report_has_every_measure(report: StyleReport, boutique: Catalogue) -> None:
    assert report.n_train == 300 and report.n_train + report.n_test == len(boutique)
    assert report.visible.blocks == ("type", "colour", "rest", "whole vector")
    assert report.visible.attributes == report.hidden.attributes == ATTRIBUTES
    assert [variant.name for variant in report.variants] == [
        "all terms", "without orthogonality", "without leakage", "without both",
    ]  # fmt: skip
    assert set(report.moves) == set(report.straight) == set(ATTRIBUTES)
    assert not report.outfits and "outfits.svg" not in report.pictures()


def test_hiding_a_value_does_not_help(report: StyleReport) -> None:
    own = [(report.visible.blocks.index(name), j) for j, name in enumerate(ATTRIBUTES)]
    assert all(report.hidden.accuracy[cell] <= report.visible.accuracy[cell] + 0.05 for cell in own)


def test_the_report_is_written(report: StyleReport, tmp_path: Path) -> None:
    report.write(tmp_path / "new")
    about = json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))
    assert about["probes"]["visible"]["majority"].keys() == set(ATTRIBUTES)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "moves.svg", "probes-hidden.svg", "probes.svg", "report.json",
    ]  # fmt: skip


def test_the_leak_at_half_is_read_off_the_mean_curves() -> None:
    towards, leak = np.array([[0.0, 0.4, 0.8]]), np.array([[0.0, 0.1, 0.3]])
    effect = MoveEffect(towards, leak, np.array([True]), np.array([0.0]))
    assert summarise_moves(effect, seed=0).leak_at_half == pytest.approx(0.1 + 0.25 * 0.2)
    never = MoveEffect(towards / 2, leak, np.array([False]), np.array([0.0]))
    assert summarise_moves(never, seed=0).leak_at_half is None


def test_outfits_are_read_by_garment(boutique: Catalogue, tmp_path: Path) -> None:
    text = "outfit,garment\na,C001\na,C002\nb,C003\nb,nowhere\na,C003\n"
    assert read_outfits(written(tmp_path, text), boutique) == [[0, 1, 2]]


@pytest.mark.parametrize("text", ["outfit,garment\na,nowhere\n", "", "one\ntwo\n"])
def test_a_file_without_outfits_is_refused(boutique: Catalogue, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="no outfit with two garments"):
        read_outfits(written(tmp_path, text), boutique)


def test_a_missing_file_is_refused(boutique: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_outfits(tmp_path / "none.csv", boutique)


def test_outfits_of_one_colour_agree_with_colour(boutique: Catalogue, inferrer: AttributeInferrer) -> None:
    values = style_values(boutique, ATTRIBUTES, min_count=10)
    space = fit_style(boutique, inferrer.vectors, values, settings=StyleSettings(factors=8))
    rng = np.random.default_rng(0)
    by_colour = {v: [n for n, g in enumerate(boutique) if v in g.values.get("colour", ())] for v in values["colour"]}
    outfits = [rng.choice(own, 3, replace=False).tolist() for own in by_colour.values() for _ in range(4)]
    found = outfit_agreement(space, inferrer.vectors, boutique, outfits)
    assert found["colour"].low > 0.7
    assert found["values, weighed"].auc > 0.9
    assert 0.3 < found["type"].auc < 0.7


def test_the_command_writes_its_report(tmp_path: Path) -> None:
    out = tmp_path / "report"
    command = typer.Typer()
    command.command()(style)
    asked = [str(boutique_dir() / "catalogue.csv"), "--only", "season,department", "--report", str(out)]
    ran = CliRunner().invoke(command, asked)
    assert ran.exit_code == 0, ran.output
    assert "majority" in ran.output and (out / "probes.svg").is_file()


@pytest.mark.shared_data
@pytest.mark.slow
def test_stylists_match_colours(shared_data: Path) -> None:
    """Mango's stylists put like colours together, beyond what the types say."""
    mango = read_catalogue(shared_data / "mango" / "product_data.csv", mapping="mango")
    outfits = read_outfits(shared_data / "mango" / "outfit_data.csv", mango)[:1500]
    values = style_values(mango, ("colour", "material"))
    eye = {value: n for n, value in enumerate(v for own in values.values() for v in own)}

    def one_hot(catalogue: Catalogue) -> np.ndarray:
        rows = np.random.default_rng(0).normal(0, 0.05, size=(len(catalogue), len(eye))).astype(np.float32)
        for row, garment in enumerate(catalogue):
            own = [v for name in values for v in garment.values.get(name, ()) if v in eye]
            rows[row, [eye[v] for v in own]] += 1
        return rows

    space: StyleSpace = fit_style(mango, one_hot, values)
    assert outfit_agreement(space, one_hot, mango, outfits)["colour"].low > 0.52
