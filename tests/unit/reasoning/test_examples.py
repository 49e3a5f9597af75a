"""Examples of rules: read, run one by one, and told where they fail."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg_fashion.cli import app
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules
from kg_fashion.reasoning.example_run import Outcome, run_examples
from kg_fashion.reasoning.examples import read_examples
from kg_fashion.reasoning.parser import parse

PROLOGUE = """PREFIX : <urn:ex:>
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
RULE :warm { ?g :suits :Winter } WHERE { ?g :material :Wool . NOT { ?g :sleeve :None } }
RULE :cosy { ?g :is :Cosy } WHERE { ?g :suits :Winter }
RULE :many { ?g :layers ?n } WHERE { ?g :material ?m SET ( ?n := 1.50 ) }
"""
GIVEN = "kgf:given <<( :g :material :Wool )>>"


def rules(data: str) -> RuleSet:
    document = parse(f"{PROLOGUE}{data}", path=Path("r.srl"))
    return RuleSet(document.rules, document.data, (), document.places)


def run(data: str) -> list[Outcome]:
    return list(run_examples(rules(data), Ontology(())))


def test_an_example_that_comes_out_passes() -> None:
    (outcome,) = run(f"DATA {{ :warm kgf:example [ {GIVEN} ; kgf:expected <<( :g :suits :Winter )>> ] }}")
    assert outcome.passed and not outcome.why
    assert [str(triple) for triple in outcome.example.given] == ["<urn:ex:g> <urn:ex:material> <urn:ex:Wool>"]


def test_all_rules_take_part() -> None:
    assert run(f"DATA {{ :cosy kgf:example [ {GIVEN} ; kgf:expected <<( :g :is :Cosy )>> ] }}")[0].passed


def test_what_does_not_follow_is_told_with_what_does_and_why() -> None:
    (outcome,) = run(f"DATA {{\n :warm kgf:example [ {GIVEN} ; kgf:expected <<( :g :suits :Summer )>> ] }}")
    assert [str(triple) for triple in outcome.missing] == ["<urn:ex:g> <urn:ex:suits> <urn:ex:Summer>"]
    assert [str(triple) for triple in outcome.derived] == ["<urn:ex:g> <urn:ex:suits> <urn:ex:Winter>"]
    assert len(outcome.why) == 1
    assert str(outcome.example.place) == "r.srl:7:22"


def test_what_must_not_follow_is_told_with_its_proof() -> None:
    (outcome,) = run(f"DATA {{ :warm kgf:example [ {GIVEN} ; kgf:unexpected <<( :g :suits :Winter )>> ] }}")
    assert len(outcome.wrong) == 1
    assert "urn:ex:warm" in outcome.why[0]


def test_examples_know_nothing_of_each_other() -> None:
    first = f"[ {GIVEN} ; kgf:expected <<( :g :suits :Winter )>> ]"
    bare = (
        "[ kgf:given <<( :g :material :Wool )>> , <<( :g :sleeve :None )>> ; kgf:unexpected <<( :g :suits :Winter )>> ]"
    )
    nothing = "[ kgf:given <<( :g :sleeve :Long )>> ; kgf:unexpected <<( :g :suits :Winter )>> ]"
    again = "[ kgf:given <<( :g :material :Silk )>> ; kgf:unexpected <<( :g :suits :Winter )>> ]"
    outcomes = run(f"DATA {{ :warm kgf:example {first} , {bare} , {nothing} , {again} , {first} }}")
    assert [outcome.passed for outcome in outcomes] == [True] * 5


def test_a_number_may_be_spelt_otherwise() -> None:
    number = "kgf:example [ kgf:given <<( :g :material :Silk )>> ; kgf:expected <<( :g :layers {} )>> ]"
    outcomes = run(f"DATA {{ :many {number.format('1.5')} , {number.format('1.6')} }}".replace(", kgf:example", ","))
    assert [outcome.passed for outcome in outcomes] == [True, False]


def test_a_proposed_rule_takes_part_in_its_own_examples_alone() -> None:
    cosy = f"[ {GIVEN} ; kgf:expected <<( :g :is :Cosy )>> ]"
    winter = f"[ {GIVEN} ; kgf:expected <<( :g :suits :Winter )>> ]"
    outcomes = run(f'DATA {{ :warm kgf:status "proposed" ; kgf:example {winter} , {cosy} . :cosy kgf:example {cosy} }}')
    assert [outcome.passed for outcome in outcomes] == [True, True, False]
    deprecated = run(f'DATA {{ :warm kgf:status "deprecated" ; kgf:example {winter} }}')
    assert not deprecated[0].passed


BROKEN = [
    ("DATA { :warm kgf:example 'x' }", "an example is a node with kgf:given and kgf:expected"),
    ("DATA { :warm kgf:example [ kgf:given <<( :g :a :b )>> ] }", "an example needs kgf:expected or kgf:unexpected"),
    ("DATA { :warm kgf:example [ kgf:expected :g ] }", "kgf:expected takes triple terms"),
    (f"DATA {{ :warm kgf:example [ {GIVEN} ; kgf:expected <<( :g :material :Wool )>> ] }}", "expects what it is given"),
]


@pytest.mark.parametrize(("data", "message"), BROKEN)
def test_examples_that_cannot_be_run(data: str, message: str) -> None:
    examples, ((rule, why, where),) = read_examples(rules(data))
    assert (examples, rule, where.line) == ([], "urn:ex:warm", 6)
    assert why.startswith(message)


def test_the_command(tmp_path: Path) -> None:
    ontology, path = tmp_path / "o.ttl", tmp_path / "r.srl"
    ontology.write_text("<urn:o> a <http://www.w3.org/2002/07/owl#Ontology> .", "utf-8")
    example = f"[ {GIVEN} ; kgf:expected <<( :g :suits {{}} )>> ]"
    path.write_text(f"{PROLOGUE}DATA {{ :warm kgf:example {example.format(':Winter')} }}\n", "utf-8")
    command = ["rules", "test", "--rules", str(path), "--ontology", str(ontology)]
    passed = CliRunner().invoke(app, command)
    assert passed.exit_code == 0
    assert passed.stdout == "1 examples, 0 failed; 2 of 3 rules have no example\n"
    path.write_text(f"{PROLOGUE}DATA {{ :warm kgf:example {example.format(':Summer')} }}\n", "utf-8")
    failed = CliRunner().invoke(app, command)
    assert failed.exit_code == 3
    assert failed.stdout.splitlines()[:3] == [
        f"{path}:6:28: urn:ex:warm: given <urn:ex:g> <urn:ex:material> <urn:ex:Wool>;"
        " expected <urn:ex:g> <urn:ex:suits> <urn:ex:Summer>",
        "  does not follow: <urn:ex:g> <urn:ex:suits> <urn:ex:Summer>",
        "  follows instead: <urn:ex:g> <urn:ex:suits> <urn:ex:Winter>",
    ]
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert (told["examples"], len(told["failed"]), told["rules_without_example"]) == (1, 1, 2)
    shown = CliRunner().invoke(app, ["rules", "list", "--rules", str(path), "--json"])
    assert json.loads(shown.stdout)[0]["examples"][0]["expected"] == ["<urn:ex:g> <urn:ex:suits> <urn:ex:Summer>"]


def test_the_bundled_examples_come_out() -> None:
    outcomes = list(run_examples(load_rules(), read_ontology()))
    assert len(outcomes) >= 20
    assert [outcome.example.rule for outcome in outcomes if not outcome.passed] == []
