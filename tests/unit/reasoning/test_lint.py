"""Lint: each remark on a rule set that deserves it, none on the bundled rules."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg_fashion.cli import app
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning import RuleSet, load_rules
from kg_fashion.reasoning.lint import lint, subsumes
from kg_fashion.reasoning.parser import parse

PROLOGUE = """PREFIX : <urn:ex:>
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
PREFIX rule: <https://w3id.org/kg-fashion/rule/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""
GOOD = 'rdfs:label "x"@en , "叉"@zh ; kgf:confidence 0.5 ; dcterms:source "practice"'


def remarks(text: str) -> list[str]:
    document = parse(PROLOGUE + text)
    return [f"{remark.rule.split('/')[-1]}: {remark.message}" for remark in lint(
        RuleSet(document.rules, document.data), read_ontology()
    )]  # fmt: skip


def test_the_bundled_rules_deserve_no_remark() -> None:
    assert lint(load_rules(), read_ontology()) == []


def test_metadata_is_asked_for() -> None:
    text = "RULE rule:a { ?g kgf:season kgf:Winter } WHERE { ?g a kgf:Coat }"
    assert remarks(text) == ["a: no label in en", "a: no label in zh", "a: no kgf:confidence", "a: no dcterms:source"]
    assert remarks(f"{text} DATA {{ rule:a {GOOD} }}") == []
    wrong = GOOD.replace("0.5", "7")
    assert remarks(f"{text} DATA {{ rule:a {wrong} }}") == ["a: kgf:confidence '7' is not a number from 0 to 1"]
    assert remarks(f"{text} DATA {{ rule:a {GOOD} . rule:aa {GOOD} }}") == [
        "aa: DATA speaks of it, but there is no such rule; did you mean rule:a?"
    ]


def test_a_rule_that_can_never_fire_is_found() -> None:
    text = f"RULE rule:a {{ ?g kgf:season kgf:Winter }} WHERE {{ ?g kgf:probability ?p }} DATA {{ rule:a {GOOD} }}"
    assert remarks(text) == ["a: never fires: nothing supplies or derives kgf:probability"]
    fed = f"{text} RULE rule:b {{ ?g kgf:probability 1 }} WHERE {{ ?g a kgf:Coat }} DATA {{ rule:b {GOOD} }}"
    assert remarks(fed) == []


SAME = [
    ("{ ?x :p 1 } WHERE { ?x :q ?y }", "{ ?z :p 1 } WHERE { ?z :q 2 }", True, False),
    ("{ ?x :p 1 } WHERE { ?x :q ?y }", "{ ?z :p 1 } WHERE { ?z :q ?w . ?w :r ?z }", True, False),
    ("{ ?x :p ?y } WHERE { ?x :q ?y }", "{ ?a :p ?b } WHERE { ?a :q ?b }", True, True),
    ("{ ?x :p 1 } WHERE { ?x :q ?y . FILTER(?y > 1) }", "{ ?x :p 1 } WHERE { ?x :q ?y }", False, True),
    ("{ ?x :p 1 } WHERE { ?x :q ?y . NOT { ?x :n ?z } }", "{ ?x :p 1 } WHERE { ?x :q ?y }", False, True),
    ("{ ?x :p 1 } WHERE { ?x :q ?y . ?y :q ?x }", "{ ?x :p 1 } WHERE { ?x :q ?x }", True, False),
    ("{ ?x :p 1 } WHERE { ?x :q ?y }", "{ ?x :p 2 } WHERE { ?x :q ?y }", False, False),
    ("{ ?x :p 1 } WHERE DATA { ?x :q ?y }", "{ ?x :p 1 } WHERE { ?x :q ?y }", False, False),
]


@pytest.mark.parametrize(("first", "second", "forth", "back"), SAME)
def test_subsumption(first: str, second: str, forth: bool, back: bool) -> None:
    one, two = parse(f"{PROLOGUE} RULE :a {first} RULE :b {second}").rules
    assert (subsumes(one, two), subsumes(two, one)) == (forth, back)


def test_of_two_equal_rules_one_is_told(tmp_path: Path) -> None:
    text = "".join(
        f"RULE rule:{name} {{ ?{name} kgf:season kgf:Winter }} WHERE {{ ?{name} a kgf:Coat }}"
        f" DATA {{ rule:{name} {GOOD} }}\n"
        for name in "ab"
    )
    assert remarks(text) == ["b: adds nothing: rule:a concludes the same from less"]
    (tmp_path / "r.srl").write_text(PROLOGUE + text, "utf-8")
    result = CliRunner().invoke(app, ["rules", "lint", "--rules", str(tmp_path)])
    assert result.exit_code == 3
    assert f"{tmp_path / 'r.srl'}:7: rule:b: adds nothing" in result.stdout
    listed = CliRunner().invoke(app, ["rules", "list", "--rules", str(tmp_path)]).stdout
    assert "rule:a" in listed and "叉" in listed
    shown = CliRunner().invoke(app, ["rules", "show", "b", "--rules", str(tmp_path)])
    assert shown.stdout.splitlines()[1].startswith("RULE rule:b")
    missing = CliRunner().invoke(app, ["rules", "show", "rule:c", "--rules", str(tmp_path)])
    assert missing.exit_code == 2
