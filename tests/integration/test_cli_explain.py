"""explain and why-not as a user runs them, on the bundled boutique."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from kg_fashion import terms
from kg_fashion.cli import app as commands
from kg_fashion.cli.explain import explain
from kg_fashion.cli.wanted import reasoned
from kg_fashion.cli.why_not import why_not
from kg_fashion.reasoning.proofs import alternatives
from kg_fashion.reasoning.render import tree_to_text
from kg_fashion.reasoning.syntax import Constant, Pattern

app = typer.Typer()
app.command()(explain)
app.command()(why_not)
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("shop") / "store"
    assert CliRunner().invoke(commands, ["load", "--boutique", "--store", str(store)]).exit_code == 0
    return store


@pytest.fixture(scope="module")
def run(store: Path) -> Run:
    return lambda *args: CliRunner().invoke(app, [*map(str, args), "--store", str(store)])


def test_explain_as_text_in_both_languages(run: Run) -> None:
    result = run("explain", "C012", "season", "winter")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].startswith("C012 season winter  [because ")
    assert "[as supplied]" in result.stdout
    chinese = run("explain", "C012", "warmth", "--lang", "zh").stdout
    assert "C012 保暖值（clo） 0.6" in chinese and "[原始数据]" in chinese


IDENTIFIER = re.compile(r"\b[A-Z]\d{3}\b|\b(?:brand|value|garment):[\w./%-]+|\bclo\b")
"""A garment's number, the name of a thing that has no label, and the unit of insulation."""


def english(text: str) -> list[str]:
    return re.findall("[A-Za-z]{2,}", IDENTIFIER.sub("", text))


def test_chinese_explanations_have_no_english_words(store: Path) -> None:
    with reasoned(store, None) as known:
        wording = known.wording("zh")
        of_garments = [t for t in known.closure.triples() if str(t.subject).startswith(f"<{terms.GARMENT}")]
        for triple in sorted(of_garments, key=str)[::29]:
            pattern = Pattern(*(Constant(str(term)) for term in (triple.subject, triple.predicate, triple.object)))
            for tree in alternatives(known.closure, pattern):
                text = tree_to_text(tree, wording)
                assert not english(text), text


def test_axioms_and_pictures_are_chinese(run: Run) -> None:
    lines = run("explain", "C012", "type", "--all", "--lang", "zh").stdout.splitlines()
    assert "C012 是 外衣  [因为长大衣都归入此类]" in lines
    svg = run("explain", "C012", "type", "--lang", "zh", "--format", "svg").stdout
    texts = re.findall(r"<(?:text|title)\b[^>]*>([^<]*)<", svg)
    assert any("都归入此类" in text for text in texts)
    assert not english(" ".join(texts))


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
