"""SHACL findings speak of catalogue rows."""

from pathlib import Path

from kg_fashion import Catalogue, KnowledgeGraph, read_catalogue, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.graph.shapes import validate
from kg_fashion.resources import boutique_dir


def test_wrong_values_and_unknown_words_are_found_by_row(tmp_path: Path) -> None:
    lines = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()
    assert ",wool," in lines[1]
    path = tmp_path / "shop.csv"
    path.write_text("\n".join([lines[0], lines[1].replace(",wool,", ",unobtainium,"), lines[2]]) + "\n", "utf-8")
    catalogue = read_catalogue(path)
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(catalogue))
    garment = catalogue[1].iri
    graph.update(f"INSERT DATA {{ GRAPH <urn:x> {{}} }} ; INSERT {{ GRAPH ?g {{ <{garment}> kgf:fit kgf:Wool }} }}"
                 f" WHERE {{ GRAPH ?g {{ <{garment}> a kgf:Garment }} }}")  # fmt: skip
    report = validate(graph, places=catalogue.places, columns=catalogue.columns, words=catalogue.value_labels)
    assert not report.conforms
    texts = [str(finding) for finding in report.findings]
    assert any(text.startswith(f"{path}:3: column fit: violation:") for text in texts)
    assert any(text.startswith(f"{path}:2: column material: warning:") and "unobtainium" in text for text in texts)


def test_the_boutique_conforms(boutique: Catalogue) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    assert validate(graph).conforms


PEOPLE = """
INSERT DATA {{ GRAPH <{graph}> {{
  <urn:p> a kgf:Person ; dcterms:identifier "P" ; kgf:owns garment:C001 .
  <urn:thief> a kgf:Person ; kgf:owns kgf:Wool .
  <urn:good> a kgf:Outfit ; kgf:hasItem garment:C001 , garment:C037 ; kgf:forScene kgf:Office .
  <urn:bad> a kgf:Outfit ; kgf:hasItem garment:C037 , garment:C036 .
}} }}
"""


def test_people_and_outfits_have_shapes(boutique: Catalogue) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    shoes = graph.query("SELECT ?s { ?s a ?c . ?c rdfs:subClassOf* kgf:Footwear } ORDER BY ?s").to_rows()
    pair = [row[0].removeprefix("garment:") for row in shoes[:2]]
    update = PEOPLE.format(graph=terms.CATALOGUE_GRAPH).replace("C037", pair[0]).replace("C036", pair[1])
    graph.update(update)
    found = {(finding.focus_node, finding.message) for finding in validate(graph).findings}
    assert {message for node, message in found if node == "urn:thief"} == {
        "a person needs exactly one identifier", "what a person owns must be a garment",
    }  # fmt: skip
    assert {message for node, message in found if node == "urn:bad"} == {
        "an outfit has one pair of shoes at most", "an outfit needs clothing, not shoes and accessories alone",
        "an outfit should say its scene",
    }  # fmt: skip
    assert not {node for node, _ in found} & {"urn:p", "urn:good"}


def test_a_scene_without_what_it_needs_is_found() -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.update(
        f"DELETE DATA {{ GRAPH <{terms.ONTOLOGY_GRAPH}> {{ kgf:Gym kgf:dressCode kgf:SportDress }} }} ;"
        f"INSERT DATA {{ GRAPH <{terms.ONTOLOGY_GRAPH}> {{ kgf:Beach kgf:minTemperatureC 99 }} }}"
    )
    texts = [str(finding) for finding in validate(graph).findings]
    assert "kgf:Gym: violation: a scene needs a dress code" in texts
    assert any(
        text.startswith("kgf:Beach: violation: the lowest temperature must be one whole number") for text in texts
    )
