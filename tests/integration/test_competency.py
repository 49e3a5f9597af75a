"""The competency questions, asked of the boutique and all that follows from it, give the answers beside them."""

import csv
from pathlib import Path

import pytest

from kg_fashion import Catalogue, KnowledgeGraph, reason
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.resources import ontology_dir

QUESTIONS = sorted((ontology_dir() / "competency").glob("*.rq"))


@pytest.fixture(scope="module")
def graph(boutique: Catalogue) -> KnowledgeGraph:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    reason(graph).write(graph)
    return graph


def test_there_are_thirty_or_more_in_both_languages() -> None:
    assert len(QUESTIONS) >= 30
    for path in QUESTIONS:
        english, chinese = path.read_text("utf-8").splitlines()[:2]
        assert english.startswith("# ") and english.endswith("?")
        assert chinese.startswith("# ") and chinese.endswith("？")


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_answer(graph: KnowledgeGraph, path: Path) -> None:
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        header, *expected = csv.reader(stream)
    result = graph.query(path.read_text("utf-8"))
    assert list(result.variables) == header
    assert result.to_rows() == expected
    assert expected


def test_nothing_is_in_two_disjoint_classes(graph: KnowledgeGraph) -> None:
    for classes in ("kgf:Garment , kgf:AttributeValue", "kgf:Clothing , kgf:Footwear", "kgf:Footwear , kgf:Accessory"):
        assert graph.query(f"SELECT ?x {{ ?x a {classes} }}").to_rows() == []
