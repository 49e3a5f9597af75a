"""The store: named graphs, files, folders, what a query must not do."""

from pathlib import Path

import pytest

from kg_fashion import KnowledgeGraph, terms
from kg_fashion.errors import InputError, QueryError, StoreError

TURTLE = '<urn:ex:coat> a <urn:ex:Coat> ; <urn:ex:name> "coat"@en , "大衣"@zh .'


def test_a_folder_keeps_what_was_written(tmp_path: Path) -> None:
    with KnowledgeGraph(tmp_path / "store") as graph:
        graph.update(f"INSERT DATA {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ {TURTLE} }} }}")
        revision = graph.revision
    with KnowledgeGraph(tmp_path / "store", read_only=True) as graph:
        assert len(graph) == graph.count(terms.CATALOGUE_GRAPH) == 3
        assert graph.revision == revision > 0
        assert graph.query("ASK { ?s ?p '大衣'@zh }").boolean
        with pytest.raises(StoreError, match="for reading only"):
            graph.update("DELETE WHERE { ?s ?p ?o }")


@pytest.mark.parametrize(("suffix", "name"), [(".ttl", "turtle"), (".nq", "nquads")])
def test_export_and_load_round_trip(tmp_path: Path, suffix: str, name: str) -> None:
    graph = KnowledgeGraph()
    graph.update(f"INSERT DATA {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ {TURTLE} }} }}")
    path = tmp_path / f"out{suffix}"
    graph.export(path, format=name, graph=terms.CATALOGUE_GRAPH)
    other = KnowledgeGraph()
    assert other.load(path) == 3
    assert set(other.triples(terms.CATALOGUE_GRAPH)) == set(graph.triples(terms.CATALOGUE_GRAPH))


def test_quads_keep_their_graphs(tmp_path: Path) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.update(f"INSERT DATA {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ {TURTLE} }} }}")
    graph.export(tmp_path / "all.nq", format="nquads")
    other = KnowledgeGraph()
    other.load(tmp_path / "all.nq")
    assert other.count(terms.ONTOLOGY_GRAPH) == graph.count(terms.ONTOLOGY_GRAPH)
    assert len(other) == len(graph)


def test_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.ttl"
    path.write_text(TURTLE + "\n<urn:a> <urn:b> .\n", "utf-8")
    graph = KnowledgeGraph()
    with pytest.raises(InputError, match=r"bad\.ttl:2: not valid"):
        graph.load(path)
    assert len(graph) == 0


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p '#' SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_service_is_refused(sparql: str) -> None:
    with pytest.raises(QueryError, match="SERVICE is off"):
        KnowledgeGraph().query(sparql)


@pytest.mark.parametrize(
    "sparql", ["LOAD <file:///etc/passwd>", "load silent <http://127.0.0.1:9/> into graph <urn:g>"]
)
def test_load_is_refused(sparql: str) -> None:
    with pytest.raises(QueryError, match="LOAD is off"):
        KnowledgeGraph().update(sparql)


def test_words_in_strings_are_no_keywords() -> None:
    graph = KnowledgeGraph()
    graph.update("INSERT DATA { <urn:service> <urn:load> 'SERVICE LOAD' } # LOAD")
    assert graph.query("SELECT ?service { ?service ?p 'SERVICE LOAD' }").to_rows() == [["urn:service"]]


def test_from_a_file_reads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secret.ttl"
    path.write_text(TURTLE, "utf-8")
    assert KnowledgeGraph().query("SELECT * FROM <" + path.as_uri() + "> { ?s ?p ?o }").rows == ()


def test_syntax_errors_name_the_users_line() -> None:
    with pytest.raises(QueryError) as caught:
        KnowledgeGraph().query("SELECT ?s\nWHERE { ?s ?p }")
    assert caught.value.line == 2


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not a store"):
        KnowledgeGraph(tmp_path)
    with pytest.raises(StoreError, match="no store there"):
        KnowledgeGraph(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()
