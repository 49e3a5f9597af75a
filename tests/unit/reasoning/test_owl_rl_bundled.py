"""The bundled ontology under the OWL 2 RL rules: what comes, and that nothing odd does."""

import re
from itertools import product

import pyoxigraph as ox
import pytest

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.errors import StratificationError
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning.axioms import axiom_label, compile_axioms
from kg_fashion.reasoning.inference_graph import inference_graph
from kg_fashion.reasoning.ruleset import RuleSet, load_rules
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.reasoning.syntax import Constant

KGF, VIOLATES = terms.KGF, terms.KGF.violates


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return read_ontology()


def derived(ontology: Ontology, more: str) -> set[str]:
    turtle = f"{terms.PROLOGUE}{more}"
    data = (quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    lines = ox.serialize([*ontology.triples, *data], format=ox.RdfFormat.N_TRIPLES) or b""
    return set(inference_graph(lines, RuleSet(tuple(compile_axioms(ontology.triples)))))


def test_rules_are_of_the_order_of_the_classes_and_properties(ontology: Ontology) -> None:
    rules = compile_axioms(ontology.triples)
    assert len(rules) < 1.6 * len(ontology.classes) + 2 * len(
        ontology.subjects(terms.RDF.type, terms.OWL.ObjectProperty)
    )
    assert len({rule.iri for rule in rules}) == len(rules)
    assert [str(rule) for rule in compile_axioms(ontology.triples)] == [str(rule) for rule in rules]


def test_every_rule_is_told_in_words(ontology: Ontology) -> None:
    for rule in compile_axioms(ontology.triples, reflexive=True):
        label = axiom_label(rule.iri)
        assert label and not re.search(r"[{}]|\ba [aeio]", label), label
    assert (
        axiom_label(terms.RULE["owl/cax-adc/Outfit"])
        == "nothing is both an outfit and something that an outfit cannot be"
    )
    assert axiom_label(terms.RULE["owl/dt-not-type/warmth/decimal"]) == "a value of warmth must be of its datatype"
    assert axiom_label(terms.RULE["linen-is-summer"]) is None


def test_the_boutique_has_no_findings_and_no_equal_things(ontology: Ontology, boutique: Catalogue) -> None:
    found = derived(ontology, b"".join(catalogue_ntriples(boutique)).decode())
    assert not [line for line in found if VIOLATES in line or terms.OWL.sameAs in line]
    assert not [line for line in found if "_:" in line or terms.OWL.Thing in line or terms.OWL.Nothing in line]
    for line in found:
        subject, _, obj = line.removesuffix(" .").split(" ", 2)
        assert subject != obj


def test_a_defined_class_is_placed(ontology: Ontology) -> None:
    assert f"<{KGF.WinterGarment}> <{terms.RDFS.subClassOf}> <{KGF.Garment}> ." in derived(ontology, "")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("<urn:x> a kgf:TrenchCoat , kgf:Outfit .", "cax-adc/Garment"),
        ("<urn:x> a kgf:TrenchCoat , kgf:Trainers .", "cax-adc/Clothing"),
        ('<urn:x> a kgf:TrenchCoat ; kgf:warmth "warm" .', "dt-not-type/warmth/decimal"),
        ("<urn:x> a kgf:TrenchCoat . kgf:Wool kgf:materialClo 1e0 .", "dt-not-type/materialClo/decimal"),
    ],
)
def test_nonsense_is_found(ontology: Ontology, data: str, rule: str) -> None:
    found = [line for line in derived(ontology, data) if VIOLATES in line]
    assert len(found) == 1
    assert found[0].endswith(f"<{terms.RULE}owl/{rule}> .")


def test_garments_of_one_number_are_one_garment(ontology: Ontology) -> None:
    first, second = '<urn:a> a kgf:Coat ; dcterms:identifier "1" .', '<urn:b> a kgf:Shirt ; dcterms:identifier "{}" .'
    same = {f"<{x}> <{terms.OWL.sameAs}> <{y}> ." for x, y in product(("urn:a", "urn:b"), repeat=2) if x != y}
    assert same <= derived(ontology, first + second.format(1))
    assert not same & derived(ontology, first + second.format(2))


def test_equality_is_carried_over_a_predicate_at_a_time(ontology: Ontology) -> None:
    predicates = sorted({str(triple.predicate) for triple in ontology.triples})
    rules = compile_axioms(ontology.triples, predicates)
    assert all(isinstance(template.predicate, Constant) for rule in rules for template in rule.head)
    carried = {rule.iri.rpartition("/")[2] for rule in rules if "/eq-rep-s/" in rule.iri}
    assert {"material", "attribute", "Coat"} <= carried
    assert not {"first", "sameAs", "onProperty"} & carried
    assert stratify(rules)


def test_supplied_facts_alone_can_make_things_equal(ontology: Ontology) -> None:
    """The bundled rules use NOT; with equality from derived facts, that would be a cycle."""
    about = '<urn:a> a kgf:Coat ; dcterms:identifier "1" ; kgf:material kgf:Wool . <urn:b> dcterms:identifier "1" .'
    turtle = f"{terms.PROLOGUE}{about} <urn:b> a kgf:Shirt ."
    data = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
    predicates = sorted({str(triple.predicate) for triple in (*ontology.triples, *data)})
    axioms = compile_axioms(ontology.triples, predicates, supplied=True)
    lines = ox.serialize([*ontology.triples, *data], format=ox.RdfFormat.N_TRIPLES) or b""
    found = set(inference_graph(lines, RuleSet((*axioms, *load_rules()))))
    assert f"<urn:b> <{KGF.material}> <{KGF.Wool}> ." in found
    assert f"<urn:b> <{terms.RDF.type}> <{KGF.Coat}> ." in found
    assert f"<urn:b> <{KGF.suitsSeason}> <{KGF.Winter}> ." in found
    with pytest.raises(StratificationError):
        stratify([*compile_axioms(ontology.triples, predicates), *load_rules()])
