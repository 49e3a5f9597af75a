"""Lint: each remark on a rule set that deserves it, none on the bundled rules."""

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg_fashion.cli import app
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules
from kg_fashion.reasoning.lint import ERROR, NOTE, Remark, lint, subsumes
from kg_fashion.reasoning.parser import parse

PROLOGUE = """PREFIX : <urn:ex:>
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
PREFIX rule: <https://w3id.org/kg-fashion/rule/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""
GOOD = 'rdfs:label "x"@en , "叉"@zh ; kgf:confidence 0.5 ; dcterms:source "practice"'


def checked(text: str, ontology: Ontology | None = None) -> list[Remark]:
    document = parse(PROLOGUE + text)
    return lint(RuleSet(document.rules, document.data, (), document.places), ontology or read_ontology())


def remarks(text: str, ontology: Ontology | None = None) -> list[str]:
    return [f"{remark.rule.split('/')[-1]}: {remark.message}" for remark in checked(text, ontology)]


def codes(text: str, ontology: Ontology | None = None) -> list[str]:
    return [remark.code for remark in checked(text, ontology)]


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


def test_a_veto_that_is_not_certain_is_told() -> None:
    text = "RULE rule:a { ?g kgf:cannotHave kgf:Winter } WHERE { ?g a kgf:Shorts } DATA { rule:a %s }"
    assert codes(text % GOOD) == ["unsure-veto"]
    assert codes(text % GOOD.replace("0.5", "1")) == []


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
    ("{ ?x :p 1 } WHERE DATA { ?x :q ?y }", "{ ?x :p 1 } WHERE { ?x :q ?y }", False, True),
    ("{ ?x :p 1 } WHERE DATA { NOT { ?x :q 1 } ?x :q 2 }", "{ ?x :p 1 } WHERE { NOT { ?x :q 1 } ?x :q 2 }", False,
     False),
    ("{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t IN (:A, :B)) }", "{ ?x :p 1 } WHERE { ?x a :A }", True, False),
    ("{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t IN (:A, :B)) }", "{ ?x :p 1 } WHERE { ?x a :C }", False, False),
    ("{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t NOT IN (:A)) }", "{ ?x :p 1 } WHERE { ?x a :C }", True, False),
    ("{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t IN (:A, :B)) }", "{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t = :B) }", True,
     False),
    ("{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t != :A) }", "{ ?x :p 1 } WHERE { ?x a ?t FILTER(?t NOT IN (:A, :B)) }", True,
     False),
    ("{ ?x :p 1 } WHERE { ?x :q ?y SET(?z := 1) }", "{ ?x :p 1 } WHERE { ?x :q ?y }", False, False),
]  # fmt: skip


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
    assert remarks(text) == ["b: adds nothing: rule:a concludes the same from no more"]
    (tmp_path / "r.srl").write_text(PROLOGUE + text, "utf-8")
    result = CliRunner().invoke(app, ["rules", "lint", "--rules", str(tmp_path)])
    assert result.exit_code == 3
    assert f"{tmp_path / 'r.srl'}:7: rule:b: adds nothing: rule:a" in result.stdout
    assert "[subsumed, warning]" in result.stdout
    listed = CliRunner().invoke(app, ["rules", "list", "--rules", str(tmp_path)]).stdout
    assert "rule:a" in listed and "叉" in listed and "accepted" in listed
    shown = CliRunner().invoke(app, ["rules", "show", "b", "--rules", str(tmp_path)])
    assert shown.stdout.splitlines()[1].startswith("RULE rule:b")
    assert shown.stdout.splitlines()[-1] == "# accepted, confidence 0.50"
    missing = CliRunner().invoke(app, ["rules", "show", "rule:c", "--rules", str(tmp_path)])
    assert missing.exit_code == 2


def pair(first: str, second: str, *, sure: tuple[float, float] = (0.5, 0.5)) -> str:
    said = GOOD.replace("0.5", "{}")
    data = f"DATA {{ rule:a {said.format(sure[0])} . rule:b {said.format(sure[1])} }}"
    return f"RULE rule:a {first} RULE rule:b {second} {data}"


def test_a_class_covers_the_classes_below_it_unless_the_narrower_rule_is_surer() -> None:
    rules = (
        "{ ?g kgf:suitsSeason kgf:Winter } WHERE { ?g a kgf:Coat }",
        "{ ?g kgf:suitsSeason kgf:Winter } WHERE { ?g a kgf:TrenchCoat }",
    )
    assert codes(pair(*rules)) == ["subsumed"]
    assert codes(pair(*rules, sure=(0.5, 0.9))) == []
    assert codes(pair(*rules, sure=(0.9, 0.5))) == ["subsumed"]


def test_a_deprecated_or_proposed_rule_makes_no_accepted_one_superfluous() -> None:
    twins = pair(
        "{ ?g kgf:suitsSeason kgf:Winter } WHERE { ?g a kgf:Coat }",
        "{ ?x kgf:suitsSeason kgf:Winter } WHERE { ?x a kgf:Coat }",
    )
    assert codes(f'{twins} DATA {{ rule:a kgf:status "deprecated" }}') == ["deprecated"]
    assert codes(f'{twins} DATA {{ rule:a kgf:status "proposed" }}') == ["proposed"]
    found = checked(f'{twins} DATA {{ rule:b kgf:status "proposed" }}')
    assert [(remark.code, remark.severity) for remark in found] == [("proposed", NOTE), ("subsumed", "warning")]


def test_status_is_one_of_three() -> None:
    rule = "RULE rule:a { ?g kgf:season kgf:Winter } WHERE { ?g a kgf:Coat }"
    text = f'{rule} DATA {{ rule:a {GOOD} ; kgf:status "acepted" }}'
    assert remarks(text) == ["a: unknown kgf:status 'acepted'; did you mean accepted?"]
    assert codes(f'{text} DATA {{ rule:a kgf:status "proposed" }}') == ["status", "status", "proposed"]


def test_metadata_that_is_there_twice_empty_or_misspelt() -> None:
    text = "RULE rule:a { ?g kgf:season kgf:Winter } WHERE { ?g a kgf:Coat } DATA { rule:a %s }"
    assert codes(text % f'{GOOD} ; rdfs:label "y"@en') == ["label"]
    assert codes(text % f'{GOOD} ; dcterms:creator " "') == ["author"]
    assert codes(text % f"{GOOD} ; kgf:confidence 0.4") == ["confidence"]
    assert remarks(text % f"{GOOD} ; kgf:confidense 0.4") == [
        "a: undefined property kgf:confidense; did you mean kgf:confidence?"
    ]


def test_undefined_terms_are_all_told(tmp_path: Path) -> None:
    path = tmp_path / "r.srl"
    path.write_text(
        f"{PROLOGUE}RULE rule:a {{ ?g kgf:suitsSeason kgf:Winter }}\nWHERE {{ ?g kgf:materiel kgf:Linnen }}\n"
        f"DATA {{ rule:a {GOOD} }}",
        "utf-8",
    )
    result = CliRunner().invoke(app, ["rules", "lint", "--rules", str(path)])
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert f"{path}:7: rule:a: undefined property kgf:materiel; did you mean kgf:material?" in lines[0]
    assert f"{path}:7: rule:a: undefined term kgf:Linnen; did you mean kgf:Linen?" in lines[1]


def test_an_aggregate_is_only_noted(tmp_path: Path) -> None:
    text = (
        "RULE rule:a { ?g kgf:season kgf:Winter } WHERE { ?g a kgf:Coat SET(?n := COUNT(*) WHERE { ?g kgf:detail ?d })"
        f" FILTER(?n > 2) }} DATA {{ rule:a {GOOD} }}"
    )
    assert [(remark.code, remark.severity) for remark in checked(text)] == [("extension", NOTE)]
    (tmp_path / "r.srl").write_text(PROLOGUE + text, "utf-8")
    assert CliRunner().invoke(app, ["rules", "lint", "--rules", str(tmp_path)]).exit_code == 0


def test_rules_that_feed_only_each_other_never_fire() -> None:
    text = pair(
        "{ ?g kgf:probability 1 . ?g kgf:season kgf:Winter } WHERE { ?g kgf:hasRule ?c }",
        "{ ?g kgf:hasRule 1 . ?g kgf:season kgf:Winter } WHERE { ?g kgf:probability ?c }",
    )
    assert codes(text).count("unreachable") == 2


def test_a_conclusion_that_nobody_reads_is_told() -> None:
    one = f"RULE rule:a {{ ?g :warm true }} WHERE {{ ?g a kgf:Coat }} DATA {{ rule:a {GOOD} }}"
    assert remarks(one) == ["a: nothing reads what it concludes: urn:ex:warm"]
    read = f"RULE rule:b {{ ?g kgf:season kgf:Winter }} WHERE {{ ?g :warm true }} DATA {{ rule:b {GOOD} }}"
    assert remarks(one + read) == []
    assert codes(one.replace("?g a kgf:Coat", "?g a kgf:Coat . ?g :warm ?x")) == ["unused"]


EXTRA = """@prefix : <urn:ex:> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix kgf: <https://w3id.org/kg-fashion/ontology/> .
<urn:ex> a owl:Ontology ; owl:imports <https://w3id.org/kg-fashion/ontology> .
:hanger a owl:DatatypeProperty , owl:FunctionalProperty .
:mainHanger a owl:DatatypeProperty ; rdfs:subPropertyOf :hanger .
:shelf a owl:ObjectProperty , owl:FunctionalProperty .
:A a owl:NamedIndividual . :B a owl:NamedIndividual . :C a owl:NamedIndividual .
[] a owl:AllDifferent ; owl:distinctMembers ( :A :B ) .
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    path = tmp_path_factory.mktemp("ontology") / "extra.ttl"
    path.write_text(EXTRA, "utf-8")
    return read_ontology(path)


CLASHES = [
    ("{ ?g a kgf:Boots . ?g a kgf:Shirt } WHERE { ?g kgf:material kgf:Leather }", "", "contradicts itself"),
    ("{ ?g a kgf:Boots } WHERE { ?g a kgf:Shirt }", "", "contradicts itself: kgf:Boots and kgf:Shirt are disjoint"),
    ("{ ?g kgf:season kgf:Winter } WHERE { ?g a kgf:Boots , kgf:Shirt }", "", "never fires"),
    ("{ ?g :hanger 1 ; :mainHanger 2 } WHERE { ?g a kgf:Coat }", "", "contradicts itself: urn:ex:hanger has one value"),
    ("{ ?g :hanger 1 } WHERE { ?g a kgf:Coat }", "{ ?x :hanger 2 } WHERE { ?x a kgf:TrenchCoat }",
     "contradicts rule:a, which fires wherever it does: urn:ex:hanger has one value, not both"),
    ("{ ?g :hanger 1 } WHERE { ?g a kgf:Coat }", "{ ?x :hanger 1 } WHERE { ?x a kgf:Shirt }", ""),
    ("{ ?g :hanger 1 } WHERE { ?g a kgf:Coat }", "{ ?x :hanger 2 } WHERE { ?x a kgf:Shirt }", ""),
    ("{ ?g :hanger 1 } WHERE { ?g a kgf:Coat . NOT { ?g kgf:style ?s } }",
     "{ ?x :hanger 2 } WHERE { ?x a kgf:Coat . ?x kgf:style ?s }", ""),
    ("{ ?g :hanger 1 } WHERE { ?g a kgf:Coat . NOT { ?g kgf:style ?s } }",
     "{ ?x :hanger 2 } WHERE { ?x a kgf:Coat }",
     'contradicts rule:b, which fires wherever it does: urn:ex:hanger has one value, not both "2" and "1"'),
    ("{ ?g :shelf :A } WHERE { ?g a kgf:Coat }", "{ ?x :shelf :B } WHERE { ?x a kgf:Coat }", "contradicts rule:"),
    ("{ ?g :shelf :A } WHERE { ?g a kgf:Coat }", "{ ?x :shelf :C } WHERE { ?x a kgf:Coat }", ""),
    ("{ ?g a kgf:Boots } WHERE { ?g kgf:material kgf:Suede }",
     "{ ?x a kgf:Shirt } WHERE { ?x kgf:material kgf:Suede . ?x kgf:style ?s }", "contradicts rule:a"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "message"), CLASHES)
def test_contradictions(first: str, second: str, message: str, extended: Ontology) -> None:
    text = f"RULE rule:a {first} DATA {{ rule:a {GOOD} }}"
    text += f" RULE rule:b {second} DATA {{ rule:b {GOOD} }}" if second else ""
    found = [r for r in checked(text, extended) if r.code in ("contradiction", "unreachable")]
    assert len(found) == (1 if message else 0)
    assert all(r.message.startswith(message) for r in found)
    assert all(r.severity == ERROR for r in found if r.code == "contradiction")


def test_two_thousand_rules_are_checked_in_seconds() -> None:
    classes, seasons = sorted(read_ontology().classes), read_ontology().values("season")
    rules = "".join(
        f"RULE rule:r{n} {{ ?g kgf:suitsSeason <{seasons[n % 4]}> }}"
        f" WHERE {{ ?g a <{classes[n * 7 % len(classes)]}> ; kgf:style ?s{n % 3} . ?g kgf:size {n} }}\n"
        for n in range(2000)
    )
    document = parse(PROLOGUE + rules)
    started = time.perf_counter()
    found = lint(RuleSet(document.rules), read_ontology())
    assert time.perf_counter() - started < 20
    assert not any(remark.code == "subsumed" for remark in found)
