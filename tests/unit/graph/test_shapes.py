"""SHACL findings speak of catalogue rows."""

from pathlib import Path

from kg_fashion import KnowledgeGraph, read_catalogue
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
    report = validate(graph, places=catalogue.places)
    assert not report.conforms
    texts = [str(finding) for finding in report.findings]
    assert any(text.startswith(f"{path}:3: violation:") and "fit" in text for text in texts)
    assert any("warning:" in text and "unobtainium" in text for text in texts)


def test_the_boutique_conforms(boutique: object) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    assert validate(graph).conforms
