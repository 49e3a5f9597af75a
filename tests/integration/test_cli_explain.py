"""explain and why-not as a user runs them, on the bundled boutique."""

import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from kg_fashion.cli import app as commands
from kg_fashion.cli.explain import explain
from kg_fashion.cli.why_not import why_not

app = typer.Typer()
app.command()(explain)
app.command()(why_not)
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    store = tmp_path_factory.mktemp("shop") / "store"
    assert CliRunner().invoke(commands, ["load", "--boutique", "--store", str(store)]).exit_code == 0
    return lambda *args: CliRunner().invoke(app, [*map(str, args), "--store", str(store)])


def test_explain_as_text_in_both_languages(run: Run) -> None:
    result = run("explain", "C012", "season", "winter")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].startswith("C012 season winter  [because ")
    assert "[as supplied]" in result.stdout
    chinese = run("explain", "C012", "warmth", "--lang", "zh").stdout
    assert "C012 保暖值（clo） 0.6" in chinese and "[原始数据]" in chinese


def test_explain_all_lists_every_last_step(run: Run) -> None:
    terms = ("garment:C012", "kgf:suitsSeason", "kgf:Winter")
    one = json.loads(run("explain", *terms, "--json").stdout)
    every = json.loads(run("explain", *terms, "--all", "--format", "json").stdout)
    assert one["rule"] in {record["rule"] for record in every}
    assert len({record["rule"] for record in every}) == len(every) == 3


def test_explain_in_each_format(run: Run, tmp_path: Path) -> None:
    asked = ("explain", "C012", "season", "winter", "--format")
    assert run(*asked, "dot").stdout.startswith("digraph derivation {")
    path = tmp_path / "why.svg"
    result = run(*asked, "svg", "-o", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert path.read_text("utf-8").startswith("<svg ")
    assert any(ox.parse(run(*asked, "prov").stdout, format=ox.RdfFormat.TURTLE))


def test_explain_says_what_it_does_not_know(run: Run) -> None:
    for args, said in (
        (("C999", "season"), "no garment 'C999'"),
        (("C012", "saeson"), "did you mean season?"),
        (("garment:C012", "kgf:season", "kgf:Summer"), "neither supplied nor derived"),
        (("garment:C012", "kgf:season", '"unfinished'), "not an RDF term"),
    ):
        result = run("explain", *args)
        assert result.exit_code == 2
        assert said in result.stderr


def test_why_not(run: Run) -> None:
    result = run("why-not", "C012", "season", "summer")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "not known: C012 season summer"
    assert "missing: C012 " in result.stdout
    record = json.loads(run("why-not", "garment:C012", "kgf:season", "kgf:Summer", "--json").stdout)
    assert record["ways"][0]["missing"] and record["rules"]
    result = run("why-not", "C012", "season", "winter")
    assert result.exit_code == 2
    assert "it holds" in result.stderr
