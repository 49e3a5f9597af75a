"""The ontology's files: they load everywhere, every term has its labels, the counts hold."""

from collections import Counter

import pyoxigraph as ox
import pytest
import rdflib

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning.owl import load_into_owlready, unsatisfiable_classes
from kg_fashion.resources import ontology_dir

FILES = sorted(ontology_dir().glob("*.ttl"))


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    graph = KnowledgeGraph()
    graph.load_ontology()
    return graph


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_rdflib_and_pyoxigraph_read_the_same(path: object) -> None:
    slow = rdflib.Graph().parse(str(path), format="turtle")
    fast = list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    assert len(slow) == len({(str(q.subject), q.predicate, str(q.object)) for q in fast}) > 5


def test_owlready2_loads_it() -> None:
    loaded = load_into_owlready(read_ontology())
    classes = {cls.iri for cls in loaded.world.classes()}
    assert terms.KGF.TrenchCoat in classes


@pytest.mark.java
def test_hermit_finds_every_class_satisfiable() -> None:
    assert unsatisfiable_classes(read_ontology()) == []


def test_enough_garment_classes_scenes_and_values(graph: KnowledgeGraph) -> None:
    counts = [
        int(graph.query(f"SELECT (COUNT(?c) AS ?n) {{ ?c rdfs:subClassOf+ kgf:{root} }}").to_rows()[0][0])
        for root in ("Clothing", "Footwear", "Accessory")
    ]
    assert min(counts) > 15
    assert sum(counts) >= 60
    full = "?s a kgf:Scene ; kgf:dressCode ?d ; kgf:sceneSeason ?x"
    assert int(graph.query(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ {full} }}").to_rows()[0][0]) >= 12
    ontology = read_ontology()
    for attribute in terms.ATTRIBUTES:
        if attribute not in ("brand", "warmth"):
            assert len(ontology.values(attribute)) > 1, attribute


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_own_term_has_one_label_a_language(graph: KnowledgeGraph, lang: str) -> None:
    rows = graph.query(
        "SELECT DISTINCT ?t ?l { ?t a ?kind FILTER(STRSTARTS(STR(?t), STR(kgf:)))"
        f" OPTIONAL {{ ?t rdfs:label|skos:prefLabel ?l FILTER(LANG(?l) = '{lang}') }} }}"
    ).to_rows()
    assert [term for term, label in rows if not label] == []
    assert [term for term, n in Counter(term for term, _ in rows).items() if n > 1] == []
