"""The ontology's files: they load everywhere, every term has its labels, the counts hold."""

from collections import Counter

import pyoxigraph as ox
import pytest
import rdflib

from kg_fashion import terms
from kg_fashion.catalog import Lexicon
from kg_fashion.catalog.words import normalise
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
    assert min(counts) > 40
    assert sum(counts) >= 250
    full = "?s a kgf:Scene ; kgf:dressCode ?d ; kgf:sceneSeason ?x"
    assert int(graph.query(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ {full} }}").to_rows()[0][0]) >= 60
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


OWN = "FILTER(STRSTARTS(STR(?t), STR(kgf:)))"
REPORT = {
    "missing definition": f"?t a ?k {OWN} VALUES ?l {{ 'en' 'zh' }} FILTER NOT EXISTS"
    " { ?t skos:definition ?d FILTER(LANG(?d) = ?l) }",
    "several definitions in a language": f"?t skos:definition ?a , ?b {OWN} FILTER(LANG(?a) = LANG(?b) && ?a != ?b)",
    "the same definition twice": "?t a ?k ; skos:definition ?d . ?u a ?k ; skos:definition ?d"
    " FILTER(STR(?t) < STR(?u))",
    "the same preferred label twice in a scheme": "?t skos:inScheme ?s ; skos:prefLabel ?l ."
    " ?u skos:inScheme ?s ; skos:prefLabel ?l FILTER(STR(?t) < STR(?u))",
    "the same label on two classes": "?t a owl:Class ; rdfs:label ?l . ?u a owl:Class ; rdfs:label ?l"
    " FILTER(STR(?t) < STR(?u))",
    "space at the end of a text": "?t ?p ?v FILTER(isLiteral(?v) && REGEX(STR(?v), '^ | $'))",
    "empty text": "?t ?p ?v FILTER(isLiteral(?v) && STR(?v) = '')",
    "deprecated term in use": "?t owl:deprecated true . ?u ?p ?t",
    "orphan class": f"?t a owl:Class {OWN} FILTER NOT EXISTS {{ ?t rdfs:subClassOf+ ?root VALUES ?root"
    " { kgf:Garment kgf:AttributeValue } } FILTER(?t NOT IN (kgf:Garment, kgf:AttributeValue, kgf:Person, kgf:Setting,"
    " kgf:Weather, kgf:Insulation))",
    "class below itself": "?t rdfs:subClassOf+ ?t",
    "value broader than itself": "?t skos:broader+ ?t",
    "value without a scheme": f"?t a skos:Concept {OWN} FILTER NOT EXISTS {{ ?t skos:inScheme ?s }}"
    " FILTER NOT EXISTS { ?t a ?k VALUES ?k { kgf:Setting kgf:Weather } }",
    "broader value of another scheme": "?t skos:broader ?u ; skos:inScheme ?a . ?u skos:inScheme ?b FILTER(?a != ?b)",
    "scene without dress code, season, setting, weather, limits or example": "?t a kgf:Scene FILTER NOT EXISTS"
    " { ?t kgf:dressCode ?a ; kgf:sceneSeason ?b ; kgf:setting ?c ; kgf:weather ?d ; kgf:minTemperatureC ?e ;"
    " kgf:maxTemperatureC ?f ; skos:example ?g FILTER(?e < ?f) }",
    "dress code without a rank": "?t a kgf:DressCode FILTER NOT EXISTS { ?t kgf:dressCodeRank ?r }",
    "dress code that asks for what it forbids": "?t kgf:asksFor/rdfs:subClassOf* ?c ; kgf:forbids ?c",
    "hue out of the circle": "?t kgf:hueDegrees ?h FILTER(?h < 0 || ?h >= 360)",
}


@pytest.mark.parametrize("check", REPORT)
def test_report_finds_nothing(graph: KnowledgeGraph, check: str) -> None:
    assert graph.query(f"SELECT DISTINCT ?t WHERE {{ {REPORT[check]} }}").to_rows() == []


@pytest.mark.parametrize("attribute", [name for name in terms.ATTRIBUTES if name not in ("brand", "warmth")])
def test_a_word_names_one_value_of_an_attribute(attribute: str) -> None:
    ontology = read_ontology()
    owners: dict[str, set[str]] = {}
    for iri in ontology.values(attribute):
        for text, _ in ontology.labels(iri):
            owners.setdefault(normalise(text), set()).add(terms.local_name(iri))
    assert {word: found for word, found in owners.items() if len(found) > 1} == {}


def test_scenes_answer_from_the_graph_alone(graph: KnowledgeGraph) -> None:
    lexicon = Lexicon(read_ontology())
    for word, scene in (
        ("outdoor wedding, semi-formal", "OutdoorWedding"),
        ("商务会议", "BusinessMeeting"),
        ("休闲郊游", "CountryOuting"),
    ):
        assert lexicon.resolve("occasion", word) == terms.KGF[scene]
    rows = graph.query(
        "SELECT ?code ?low ?high { kgf:OutdoorWedding kgf:dressCode ?code ; kgf:sceneSeason kgf:Summer ;"
        " kgf:minTemperatureC ?low ; kgf:maxTemperatureC ?high }"
    ).to_rows()
    assert rows == [["kgf:SemiFormalDress", "15", "32"]]
