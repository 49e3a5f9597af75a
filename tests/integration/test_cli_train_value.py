"""train value: a kept model learns a value from examples, and infer uses it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg_fashion import AttributeInferrer, Catalogue, terms
from kg_fashion.cli import app
from kg_fashion.resources import boutique_dir

CATALOGUE = str(boutique_dir() / "catalogue.csv")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def model(inferrer: AttributeInferrer, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models") / "model"
    inferrer.save(folder)
    return str(folder)


@pytest.fixture(scope="module")
def gowns(boutique: Catalogue) -> str:
    return ",".join(g.id for g in boutique if terms.KGF.FormalEvening in g.values.get("occasion", ()))


def test_a_model_learns_a_value_and_infers_it(model: str, gowns: str, tmp_path: Path) -> None:
    out = str(tmp_path / "taught")
    taught = run("train", "value", CATALOGUE, "occasion=Gala", "--model", model, "--out", out, "--examples", gowns)
    assert taught.exit_code == 0
    assert f"occasion gala learned from {len(gowns.split(','))} examples; the model is in {out}" in taught.stdout
    said = run("infer", CATALOGUE, "--model", out, "--only", "occasion", "--json")
    assert said.exit_code == 0
    for gap in json.loads(said.stdout):
        assert terms.KGF.Gala in {value for value, _ in gap["alternatives"]}


def test_examples_are_the_garments_that_say_so(model: str, tmp_path: Path) -> None:
    lines = Path(CATALOGUE).read_text("utf-8").replace("formal evening", "gala").splitlines(keepends=True)
    catalogue = tmp_path / "shop.csv"
    catalogue.write_text("".join(lines), "utf-8")
    taught = run("train", "value", str(catalogue), "occasion=gala", "--model", model, "--out", str(tmp_path / "taught"))
    assert taught.exit_code == 0, taught.stderr
    assert "occasion gala learned from 7 examples" in taught.stdout


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("occasion=galla",), "no occasion 'galla'; did you mean gala?; a value needs a name in the ontology"),
        (("occasion",), "give the attribute and the new value, such as occasion=gala"),
        (("occasion=party",), "kgf:Party is a trained occasion"),
        (("occasion=gala",), "no example of occasion kgf:Gala"),
        (("occasion=gala", "--examples", "C00X"), "no garment 'C00X'"),
        (("colour=red", "--examples", "C001"), "not trained for 'colour'"),
    ],
)
def test_bad_values_are_told(model: str, flags: tuple[str, ...], told: str, tmp_path: Path) -> None:
    result = run("train", "value", CATALOGUE, *flags, "--model", model, "--out", str(tmp_path / "taught"))
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "taught").exists()
