"""What queries find under the OWL 2 RL rules, in the manner of the W3C's tests of SPARQL 1.1 entailment regimes."""

import pytest

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import RuleSet, reason

WARDROBE = """
:Wearer owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :Person
    [ a owl:Restriction ; owl:onProperty :wears ; owl:someValuesFrom :Garment ] ) ] .
:CoatWearer owl:equivalentClass [ a owl:Restriction ; owl:onProperty :wears ; owl:someValuesFrom :Coat ] ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :feels ; owl:hasValue :warm ] .
:Coat rdfs:subClassOf :Garment . :Parka rdfs:subClassOf :Coat . :wears rdfs:range :Garment .
:ann a :Person ; :wears :p1 . :bob a :Person ; :wears :thing . :p1 a :Parka . :cat :wears :p1 .
"""

CASES = [
    # what is asserted, the query's pattern, what ?x is
    (":p rdfs:subPropertyOf :q . :a :p :b .", ":a :q ?x", {"b"}),
    (":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .", "?x rdfs:subPropertyOf :r", {"p", "q"}),
    (":p rdfs:subPropertyOf :q . :q rdfs:range :C . :a :p :b .", "?x a :C", {"b"}),
    (":p rdfs:subPropertyOf :q . :q rdfs:domain :C . :C rdfs:subClassOf :D . :a :p :b .", "?x a :D", {"a"}),
    (":C rdfs:subClassOf :D . :D rdfs:subClassOf :E . :a a :C .", ":a a ?x", {"C", "D", "E"}),
    (":C rdfs:subClassOf :D . :a a :C . :b a :D .", "?x a :D", {"a", "b"}),
    (":C rdfs:subClassOf :D . :D rdfs:subClassOf :E .", "?x rdfs:subClassOf :E", {"C", "D"}),
    (":p rdfs:domain :C . :C rdfs:subClassOf :D .", ":p rdfs:domain ?x", {"C", "D"}),
    (":p rdfs:range :C .", "?x a :C", set()),
    (":a :p :b . :b a :C .", "?x :p ?y . ?y a :C", {"a"}),
    (":C owl:equivalentClass :D . :a a :D . :p rdfs:range :C . :b :p :c .", "?x a :C , :D", {"a", "c"}),
    (":p owl:inverseOf :q ; a owl:TransitiveProperty . :b :q :a . :c :q :b .", ":a :p ?x", {"b", "c"}),
    (WARDROBE, "?x a :Wearer", {"ann", "bob"}),
    (WARDROBE, "?x a :CoatWearer", {"ann", "cat"}),
    (WARDROBE, "?x :feels :warm", {"ann", "cat"}),
    (WARDROBE, "?x a :Garment", {"p1", "thing"}),
    (WARDROBE, ":Wearer rdfs:subClassOf ?x FILTER(isIRI(?x))", {"Person"}),
]


@pytest.mark.parametrize(("asserted", "pattern", "found"), CASES, ids=[case[1] for case in CASES])
def test_a_query_finds_what_follows(asserted: str, pattern: str, found: set[str]) -> None:
    graph = KnowledgeGraph()
    prologue = f"{terms.PROLOGUE}PREFIX : <urn:ex:>\n"
    graph.update(f"{prologue}INSERT DATA {{ GRAPH <{terms.ONTOLOGY_GRAPH}> {{ {asserted} }} }}")
    reason(graph, RuleSet(())).write(graph)
    rows = graph.query(f"{prologue}SELECT DISTINCT ?x {{ {pattern} }}").to_rows()
    assert {row[0].removeprefix("urn:ex:") for row in rows} == found
