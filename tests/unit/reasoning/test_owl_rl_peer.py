"""Random small ontologies give the same conclusions as owlrl, which interprets the same rules triple by triple.

Left out are owl:hasKey (owlrl takes two things without any value for a key to be the same) and owl:AllDifferent (it
looks at the list before it knows what is the same).
"""

import random
from collections.abc import Iterator

import owlrl
import pyoxigraph as ox
import pytest
import rdflib

from kg_fashion import terms
from kg_fashion.reasoning.axioms import compile_axioms
from kg_fashion.reasoning.inference_graph import inference_graph
from kg_fashion.reasoning.ruleset import RuleSet

EX = "urn:ex:"
CLASSES, PROPERTIES, INDIVIDUALS = "ABCDEF", "pqrs", "uvwxyz"
OWN = {*(f"<{EX}{name}>" for name in (*CLASSES, *PROPERTIES, *INDIVIDUALS))}
COMPARED = {
    f"<{name}>"
    for name in (
        terms.RDF.type, terms.RDFS.subClassOf, terms.RDFS.subPropertyOf, terms.RDFS.domain, terms.RDFS.range,
        terms.OWL.sameAs, terms.OWL.equivalentClass, terms.OWL.equivalentProperty, *(EX + p for p in PROPERTIES),
    )
}  # fmt: skip

AXIOMS = [
    ":{A} rdfs:subClassOf :{B} .",
    ":{A} owl:equivalentClass :{B} .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:hasValue :{u} ] .",
    ":{A} owl:equivalentClass [ a owl:Restriction ; owl:onProperty :{p} ; owl:hasValue :{u} ] .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:allValuesFrom :{B} ] .",
    "[ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom :{B} ] rdfs:subClassOf :{A} .",
    ":{C} owl:equivalentClass [ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom :{B} ] .",
    "[ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :{A} .",
    "[ a owl:Class ; owl:intersectionOf ( :{A} :{B} ) ] rdfs:subClassOf :{C} .",
    ":{C} owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :{A}"
    " [ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom :{B} ] ) ] .",
    ":{C} rdfs:subClassOf [ a owl:Class ; owl:intersectionOf ( :{A}"
    " [ a owl:Restriction ; owl:onProperty :{p} ; owl:allValuesFrom :{B} ] ) ] .",
    "[ a owl:Class ; owl:unionOf ( :{A} :{B} ) ] rdfs:subClassOf :{C} .",
    "[ a owl:Class ; owl:intersectionOf ( :{C} [ a owl:Class ; owl:unionOf ( :{A} :{B} ) ] ) ] rdfs:subClassOf :{D} .",
    "[ a owl:Class ; owl:oneOf ( :{u} :{v} ) ] rdfs:subClassOf :{A} .",
    "[ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom [ a owl:Restriction ; owl:onProperty :{q} ;"
    " owl:someValuesFrom :{B} ] ] rdfs:subClassOf :{A} .",
    "[ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom [ a owl:Class ; owl:unionOf ( :{A} :{B}"
    " [ a owl:Restriction ; owl:onProperty :{q} ; owl:hasValue :{u} ] ) ] ] rdfs:subClassOf :{C} .",
    "[ a owl:Class ; owl:intersectionOf ( :{A} [ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom"
    " [ a owl:Class ; owl:oneOf ( :{u} :{v} ) ] ] ) ] rdfs:subClassOf :{C} .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:allValuesFrom [ a owl:Restriction ;"
    " owl:onProperty :{q} ; owl:allValuesFrom :{B} ] ] .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom :{B} ] .",
    ":{p} rdfs:domain [ a owl:Restriction ; owl:onProperty :{q} ; owl:hasValue :{u} ] .",
    ":{p} rdfs:range [ a owl:Class ; owl:intersectionOf ( :{A} :{B} ) ] .",
    ":{u} a [ a owl:Restriction ; owl:onProperty :{p} ; owl:allValuesFrom :{A} ] .",
    ":{u} a [ a owl:Restriction ; owl:onProperty :{p} ; owl:someValuesFrom :{A} ] .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:maxCardinality 1 ] .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:maxQualifiedCardinality 1 ;"
    " owl:onClass :{B} ] .",
    ":{p} rdfs:subPropertyOf :{q} .",
    ":{p} owl:equivalentProperty :{q} .",
    ":{p} owl:inverseOf :{q} .",
    ":{p} rdfs:domain :{A} .",
    ":{p} rdfs:range :{A} .",
    ":{p} a owl:SymmetricProperty .",
    ":{p} a owl:TransitiveProperty .",
    ":{p} a owl:FunctionalProperty .",
    ":{p} a owl:InverseFunctionalProperty .",
    ":{p} owl:propertyChainAxiom ( :{q} :{r} ) .",
    ":{u} owl:sameAs :{v} .",
]
CLASHES = [
    ":{A} owl:disjointWith :{B} .",
    ":{A} owl:complementOf :{B} .",
    ":{p} a owl:IrreflexiveProperty .",
    ":{p} a owl:AsymmetricProperty .",
    ":{p} owl:propertyDisjointWith :{q} .",
    "[] a owl:AllDisjointClasses ; owl:members ( :{A} :{B} :{C} ) .",
    ":{u} owl:differentFrom :{v} .",
    ":{A} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{p} ; owl:maxCardinality 0 ] .",
]


def made(seed: int, *, clashes: int) -> str:
    """Return a random ontology with facts, in Turtle."""
    chance = random.Random(seed)

    def names() -> dict[str, str]:
        found = dict(zip("ABCD", chance.sample(CLASSES, 4), strict=True))
        found |= dict(zip("pqr", chance.sample(PROPERTIES, 3), strict=True))
        return found | dict(zip("uv", chance.sample(INDIVIDUALS, 2), strict=True))

    lines = [terms.PROLOGUE, f"PREFIX : <{EX}>"]
    lines += [f":{cls} a owl:Class ." for cls in CLASSES]
    lines += [f":{prop} a owl:ObjectProperty ." for prop in PROPERTIES]
    axioms = chance.choices(AXIOMS, k=7) + chance.choices(CLASHES, k=clashes)
    lines += [axiom.format(**names()) for axiom in axioms]
    lines += [":{u} a :{A} .".format(**names()) for _ in range(4)]
    lines += [":{u} :{p} :{v} .".format(**names()) for _ in range(5)]
    return "\n".join(lines)


def compared(lines: Iterator[str]) -> set[str]:
    """Keep what is said of the ontology's own names, without that a thing is itself."""
    kept = set()
    for line in lines:
        subject, predicate, obj = line.split(" ", 2)
        reflexive = subject == obj and not predicate.startswith(f"<{EX}")
        if subject in OWN and obj in OWN and predicate in COMPARED and not reflexive:
            kept.add(line)
    return kept


def ours(turtle: str) -> tuple[set[str], bool]:
    triples = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
    rules = compile_axioms(triples, sorted({str(t.predicate) for t in triples}))
    data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    found = [line.removesuffix(" .") for line in inference_graph(data, RuleSet(tuple(rules)))]
    asserted = (f"{t.subject} {t.predicate} {t.object}" for t in triples)
    return compared(iter([*found, *asserted])), any(f"<{terms.KGF.violates}>" in line for line in found)


def theirs(turtle: str) -> tuple[set[str], bool]:
    graph = rdflib.Graph().parse(data=turtle, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    lines = (f"{s.n3()} {p.n3()} {o.n3()}" for s, p, o in graph)
    return compared(lines), any("ErrorMessage" in str(o) for o in graph.objects())


@pytest.mark.parametrize("seed", range(12))
def test_the_same_conclusions(seed: int) -> None:
    turtle = made(seed, clashes=0)
    mine, other = ours(turtle)[0], theirs(turtle)[0]
    assert mine == other, turtle.partition(EX)[2]


@pytest.mark.parametrize("seed", range(12))
def test_the_same_verdict_on_consistency(seed: int) -> None:
    turtle = made(seed, clashes=2)
    (mine, clash), (other, their_clash) = ours(turtle), theirs(turtle)
    assert clash == their_clash, turtle
    assert mine == other, turtle
