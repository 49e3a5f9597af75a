"""A store that is changed and stays closed: what it holds then equals what reasoning over it from scratch gives."""

import csv
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg_fashion import KnowledgeGraph, read_catalogue, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.errors import QueryError, StratificationError
from kg_fashion.graph.update_scope import in_graph
from kg_fashion.reasoning import LiveGraph, RuleSet, load_rules, reason
from kg_fashion.reasoning.parser import parse
from kg_fashion.resources import boutique_dir

Statement = tuple[str, str, str]


def part(tmp_path: Path, name: str, start: int, stop: int) -> Path:
    """Write some rows of the boutique."""
    with (boutique_dir() / "catalogue.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    path = tmp_path / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows[start:stop]])
    return path


def told(graph: KnowledgeGraph) -> set[Statement]:
    """Return the inferred statements with their rules and confidences."""
    rows = graph.query(
        f"SELECT ?t ?rule ?c {{ GRAPH <{terms.RULES_GRAPH}> {{ ?r rdf:reifies ?t ; prov:wasGeneratedBy ?rule"
        " OPTIONAL { ?r kgf:confidence ?c } } }"
    ).rows
    inferred = {str(triple) for triple in graph.triples(terms.RULES_GRAPH)}
    found = {(str(row[0]), str(row[1]), str(row[2])) for row in rows}
    assert all(statement.strip("<>() ") in " ".join(inferred) for statement, _, _ in list(found)[:20])
    return found


@pytest.fixture
def live(tmp_path: Path) -> LiveGraph:
    graph = KnowledgeGraph(tmp_path / "store")
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(read_catalogue(part(tmp_path, "a.csv", 0, 60), mapping="boutique")))
    return LiveGraph(graph)


def check(live: LiveGraph) -> None:
    """Compare the store with one that is reasoned over from scratch."""
    fresh = reason(live.graph)
    assert len(live.closure) == len(fresh)
    assert set(live.closure.triples()) == set(fresh.triples())
    before = {(t, str(s)) for t, _, s in told(live.graph)}
    fresh.write(live.graph)
    assert before == {(t, str(s)) for t, _, s in told(live.graph)}


def test_garments_are_added_replaced_and_removed(live: LiveGraph, tmp_path: Path) -> None:
    more = read_catalogue(part(tmp_path, "b.csv", 50, 90), mapping="boutique")
    change = live.add_garments(catalogue_ntriples(more))
    assert change.added
    check(live)
    assert live.unknown_garments(["C001", "C999"]) == ["C999"]
    gone = live.remove_garments(["C001", "C002"])
    assert gone.removed and not gone.added
    assert not live.graph.query("ASK { garment:C001 ?p ?o }").boolean
    check(live)


def test_sparql_updates_are_followed(live: LiveGraph) -> None:
    live.update("INSERT DATA { garment:X1 a kgf:PufferJacket ; kgf:material kgf:Down }")
    assert live.graph.query("ASK { garment:X1 kgf:suitsSeason kgf:Winter }").boolean
    assert live.graph.query(f"ASK {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ garment:X1 a kgf:PufferJacket }} }}").boolean
    live.update("DELETE { ?g kgf:season ?s } WHERE { ?g kgf:season ?s } ; DELETE WHERE { garment:X1 ?p ?o }")
    assert not live.graph.query("ASK { garment:X1 ?p ?o }").boolean
    check(live)
    with pytest.raises(QueryError):
        live.update("LOAD <http://localhost/x>")


def test_blank_nodes_and_numbers_are_the_same_in_store_and_closure(tmp_path: Path) -> None:
    text = f"""RULE <urn:dear> {{ ?g <urn:band> [ <urn:of> ?g ] }} WHERE {{ ?g <urn:price> 49.90 }}
        RULE <urn:maker> {{ ?g <urn:madeIn> ?c }} WHERE {{ ?g <urn:maker> ?m . ?m <urn:country> ?c }}
        DATA {{ <urn:dear> <{terms.KGF.confidence}> 0.50 }}"""
    document = parse(text)
    rules = RuleSet(document.rules, document.data)
    graph = KnowledgeGraph(tmp_path / "store")
    graph.load_ontology()
    live = LiveGraph(graph, rules)
    price = "<urn:price> 49.90 ; <urn:maker> [ <urn:country> <urn:it> ]"
    live.update(f"INSERT DATA {{ <urn:a> {price} . <urn:b> {price} . <urn:dear> kgf:confidence 0.5 }}")
    assert graph.query("ASK { <urn:a> <urn:band>/<urn:of> <urn:a> ; <urn:madeIn> <urn:it> }").boolean
    live.closure.write(graph)
    live.save()
    again = LiveGraph(graph, rules)
    assert again.closure.was_saved
    assert graph.query("ASK { <urn:a> <urn:maker>/<urn:country> <urn:it> ; <urn:band>/<urn:of> <urn:a> }").boolean
    again.update("DELETE WHERE { <urn:a> ?p ?o }")
    assert not graph.query("ASK { { <urn:a> ?p ?o } UNION { ?s ?p <urn:a> } }").boolean
    assert again.closure.holds("urn:b", "urn:madeIn", "urn:it")
    again.update("DELETE DATA { <urn:dear> kgf:confidence 0.5 }")
    assert set(again.closure.triples()) == set(reason(graph, rules).triples())
    assert graph.query("ASK { <urn:dear> kgf:confidence ?c }").boolean


def test_an_update_that_cannot_be_followed_is_undone() -> None:
    graph = KnowledgeGraph()
    rules = parse("RULE <urn:r> { ?x a <urn:A> } WHERE { ?x a <urn:C> . NOT { ?x a <urn:B> } }").rules
    live = LiveGraph(graph, RuleSet(rules))
    live.update("INSERT DATA { <urn:x> a <urn:C> }")
    before = graph.lines(terms.ASSERTED_GRAPHS)
    with pytest.raises(StratificationError):
        live.update("INSERT DATA { <urn:A> rdfs:subClassOf <urn:B> }")
    assert graph.lines(terms.ASSERTED_GRAPHS) == before
    assert live.closure.holds("urn:x", terms.RDF.type, "urn:A")


def test_a_changed_schema_is_compiled_anew(live: LiveGraph) -> None:
    live.update("INSERT DATA { garment:X1 a kgf:Poncho2 . kgf:Poncho2 rdfs:subClassOf kgf:Outerwear }")
    assert live.graph.query("ASK { garment:X1 a kgf:Clothing }").boolean
    assert set(live.closure.triples()) == set(reason(live.graph).triples())


def test_the_closure_is_read_back_and_only_where_it_is_current(live: LiveGraph) -> None:
    live.save()
    graph = live.graph
    again = LiveGraph(graph)
    assert again.closure.was_saved
    assert set(again.closure.triples()) == set(live.closure.triples())
    assert again.closure.explain(terms.garment("C012"), terms.RDF.type, terms.KGF.Coat) == live.closure.explain(
        terms.garment("C012"), terms.RDF.type, terms.KGF.Coat
    )
    text = f"RULE <urn:r> {{ ?g <{terms.KGF.suitsSeason}> <{terms.KGF.Winter}> }} WHERE {{ ?g a <{terms.KGF.Coat}> }}"
    rules = load_rules()
    other = RuleSet((*rules.rules, *parse(text).rules), rules.data)
    assert not LiveGraph(graph, other).closure.was_saved


def test_rules_change_in_place(live: LiveGraph) -> None:
    rules = load_rules()
    coat, other = live.closure, RuleSet(rules.rules[:40], rules.data)
    coat.edit(rules=other)
    assert set(coat.triples()) == set(reason(live.graph, other).triples())
    coat.edit(rules=rules)
    assert set(coat.triples()) == set(reason(live.graph, rules).triples())


def test_things_that_become_the_same_share_what_is_said_of_them() -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    live = LiveGraph(graph)
    live.update("INSERT DATA { garment:A a kgf:Parka . garment:A owl:sameAs garment:B }")
    assert live.closure.holds(terms.garment("B"), terms.RDF.type, terms.KGF.Coat)
    live.update("DELETE DATA { garment:A owl:sameAs garment:B }")
    assert not live.closure.holds(terms.garment("B"), terms.RDF.type, terms.KGF.Coat)


def test_contradictions_are_findings_and_not_stored() -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    live = LiveGraph(graph)
    live.update("INSERT DATA { garment:A a kgf:Parka , kgf:Footwear }")
    findings = live.closure.findings()
    assert findings and all("garment/A" in finding.subject for finding in findings)
    assert "nothing is both" in live.closure.rule_label(findings[0].rule)
    assert not graph.query("ASK { ?s kgf:violates ?o }").boolean
    live.update("DELETE DATA { garment:A a kgf:Footwear }")
    assert not live.closure.findings()


@pytest.mark.parametrize(
    ("update", "scoped"),
    [
        ("INSERT DATA { <urn:a> <urn:b> '}' }", "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> '}' } }"),
        ("DELETE WHERE { ?s ?p 1 }", "DELETE WHERE { GRAPH <urn:g> { ?s ?p 1 } }"),
        ("INSERT { ?s ?p 2 } WHERE { ?s ?p 1 }", "WITH <urn:g> INSERT { ?s ?p 2 } USING <urn:h> WHERE { ?s ?p 1 }"),
        ("CLEAR SILENT GRAPH <urn:x>", "CLEAR SILENT GRAPH <urn:x>"),
        ("INSERT DATA # { \n { <urn:a> a 1 } # }", "INSERT DATA # { \n { GRAPH <urn:g> { <urn:a> a 1 } } # }"),
        (
            "INSERT { ?s ?p 2 } WHERE { { SELECT ?s ?p WHERE { GRAPH <urn:x> { ?s ?p 1 } } } }",
            "WITH <urn:g> INSERT { ?s ?p 2 } USING <urn:h> USING NAMED <urn:h>"
            " WHERE { { SELECT ?s ?p WHERE { GRAPH <urn:x> { ?s ?p 1 } } } }",
        ),
        ("WITH <urn:x> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }", "WITH <urn:x> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }"),
    ],
)
def test_an_update_that_names_no_graph_is_about_the_catalogue(update: str, scoped: str) -> None:
    assert in_graph(update, "urn:g", ["urn:h"]) == scoped
    ox.Store().update(scoped)


def test_the_commands(tmp_path: Path) -> None:
    store, first, more = tmp_path / "s", part(tmp_path, "a.csv", 0, 30), part(tmp_path, "b.csv", 25, 40)

    def run(*arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "kg_fashion", *arguments, "--store", str(store)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    run("load", str(first), "--mapping", "boutique")
    run("reason")
    assert "15 garments added or replaced" in run("load", str(more), "--mapping", "boutique", "--add")
    assert "2 garments removed" in run("remove", "C001", "C040")
    assert "no garment C999" in run("remove", "C002", "C999", code=2)
    assert "updated" in run("update", "INSERT DATA { garment:X1 a kgf:PufferJacket }")
    assert "kgf:Winter" in run("query", "SELECT ?s { garment:X1 kgf:suitsSeason ?s }")
    assert "contradicts" in run("update", "INSERT DATA { garment:X1 a kgf:Footwear }") + run("reason", code=3)
