"""SPARQL 1.2 RL: our own cases, and the W3C's where the environment variable W3C_SPARQL_RL_TESTS names their folder.

Both have the form of the W3C's suite: manifests of syntax, well-formedness, stratification and evaluation tests.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlparse

import pyoxigraph as ox
import pytest

from kg_fashion.errors import RuleError, StratificationError
from kg_fashion.reasoning import inference_graph, read_data, read_rules
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.stratify import stratify

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SRT = "http://www.w3.org/ns/sparql-rl-tests#"
OWN = Path(__file__).parent / "sparql_rl"


class Case(NamedTuple):
    """A test: its kind ("NegativeSyntax", "Eval" ...), rules, data and expected inference graph."""

    name: str
    kind: str
    rules: Path
    data: Path | None
    result: Path | None


def local(iri: str) -> Path:
    return Path(unquote(urlparse(iri).path))


def cases(manifest: Path) -> Iterator[Case]:
    store = ox.Store()
    store.extend(ox.parse(manifest.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=manifest.resolve().as_uri()))
    prologue = f"PREFIX mf: <{MF}> PREFIX srt: <{SRT}> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>"
    for row in store.query(prologue + " SELECT ?m { ?x mf:include/rdf:rest*/rdf:first ?m }"):
        yield from cases(local(row["m"].value))
    query = """SELECT ?type ?name ?action ?rules ?data ?result { ?t a ?type ; mf:action ?action
        OPTIONAL { ?t mf:name ?name } OPTIONAL { ?action srt:ruleset ?rules } OPTIONAL { ?action srt:data ?data }
        OPTIONAL { ?t mf:result ?result } } ORDER BY ?name"""
    for row in store.query(prologue + query):
        kind = row["type"].value.removeprefix(SRT).removeprefix("Rules").removesuffix("Test")
        rules = local((row["rules"] or row["action"]).value)
        data, result = (local(row[name].value) if row[name] is not None else None for name in ("data", "result"))
        name = row["name"].value if row["name"] is not None else rules.stem
        yield Case(f"{manifest.parent.name}/{name}", kind, rules, data, result)


def outside() -> list[Case]:
    folder = os.environ.get("W3C_SPARQL_RL_TESTS")
    if not folder:
        return []
    top = Path(folder) / "manifest-sparql-rl.ttl"
    return list(cases(top if top.is_file() else Path(folder) / "manifest.ttl"))


def check(case: Case) -> None:
    """Run a case; whatever a positive test holds is read, whatever a negative one holds is refused for its reason."""
    if "Syntax" in case.kind:
        text = case.rules.read_text("utf-8")
        if "Negative" not in case.kind:
            parse(text, path=case.rules, base=case.rules.as_uri())
            return
        with pytest.raises(RuleError):
            parse(text, path=case.rules, base=case.rules.as_uri())
    elif "Stratification" in case.kind:
        rules = read_rules(case.rules)
        if "Negative" not in case.kind:
            stratify(rules.rules)
            return
        with pytest.raises(StratificationError):
            stratify(rules.rules)
    elif "Eval" in case.kind:
        assert case.result is not None
        data = read_data(case.data) if case.data else b""
        found = "\n".join(inference_graph(data, read_rules(case.rules)))
        assert canonical(found.encode()) == canonical(read_data(case.result))
    elif "Negative" not in case.kind:
        read_rules(case.rules)
    else:
        with pytest.raises(RuleError):
            read_rules(case.rules)


def canonical(ntriples: bytes) -> set[str]:
    graph = ox.Dataset(ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad.triple) for quad in graph}


@pytest.mark.parametrize("case", list(cases(OWN / "manifest.ttl")), ids=lambda case: case.name)
def test_own_case(case: Case) -> None:
    check(case)


@pytest.mark.skipif("W3C_SPARQL_RL_TESTS" not in os.environ, reason="W3C_SPARQL_RL_TESTS names no folder")
@pytest.mark.parametrize("case", outside(), ids=lambda case: case.name)
def test_w3c_case(case: Case) -> None:
    check(case)


def test_rules_that_build_triple_terms_without_end_are_stopped(tmp_path: Path) -> None:
    path = tmp_path / "endless.srl"
    path.write_text("PREFIX : <urn:> RULE :r { ?x :t <<( ?x :p ?y )>> } WHERE { ?x :t ?y }")
    with pytest.raises(StratificationError, match=r"endless\.srl:1:\d+: 200 rounds and no end"):
        list(inference_graph(b"<urn:a> <urn:t> <urn:b> .\n", read_rules(path)))
