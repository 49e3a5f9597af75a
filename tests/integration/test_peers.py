"""The bundled rules and the benchmark's rules give in our engine what they give in independent engines, as sets."""

import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyoxigraph as ox
import pytest
from rdflib import Dataset, URIRef

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, catalogue_ntriples
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning import RuleSet, inference_graph, load_rules, read_rules
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.resources import rules_dir

BENCH = Path(__file__).parents[2] / "benchmarks" / "rules"
sys.path.insert(0, str(BENCH))

import ours  # noqa: E402
from construct import BASE, Construct, read_constructs, strata_of, to_fixpoint  # noqa: E402
from encoded import Graph  # noqa: E402
from garments import garments  # noqa: E402
from lubm import universities  # noqa: E402
from measure import comparable  # noqa: E402
from peers import pyoxigraph_loop, rdflib_loop  # noqa: E402
from task import RULES, STRATA, Task  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")  # it warns of its own calls
ENGINES = ["rdflib", "pyoxigraph", "clingo"]
SUPERCLASSES = f"""
INSERT {{ ?garment a ?above }} WHERE {{ ?garment a ?class . ?class <{terms.RDFS.subClassOf}>+ ?above
FILTER(STRSTARTS(STR(?above), "{terms.KGF}")) }}
"""


def in_rdflib(ntriples: bytes, strata: list[list[Construct]]) -> set[str]:
    """Run CONSTRUCT queries over a data set whose graph <urn:base> holds the base."""
    data = Dataset()
    for graph in (data.default_graph, data.graph(URIRef(BASE))):
        graph.parse(data=ntriples, format="nt")
    graph = data.default_graph

    def fire(rule: Construct) -> None:
        for triple in list(data.query(rule.query)):
            graph.add(triple)

    to_fixpoint(strata, fire, lambda: len(graph))
    return set(rdflib_loop.lines(graph))


def in_pyoxigraph(ntriples: bytes, strata: list[list[Construct]]) -> set[str]:
    """Run INSERTs over a store whose graph <urn:base> holds the base."""
    store = pyoxigraph_loop.with_base(ntriples)
    to_fixpoint(strata, lambda rule: store.update(rule.update), lambda: len(store))
    return set(pyoxigraph_loop.lines(store))


def in_clingo(ntriples: bytes, rules: RuleSet) -> set[str]:
    """Run one Datalog program over the triples."""
    pytest.importorskip("clingo", reason="clingo is not installed; it is in the extra `bench`")
    from datalog import Program

    return Program(ntriples, rules.rules).derived()


def derived(engine: str, ntriples: bytes, strata: list[list[Construct]], rules: RuleSet) -> set[str]:
    """Return what one of the other engines derives."""
    if engine == "clingo":
        return in_clingo(ntriples, rules)
    run: Callable[[bytes, list[list[Construct]]], set[str]] = in_rdflib if engine == "rdflib" else in_pyoxigraph
    return run(ntriples, strata) - set(ntriples.decode().splitlines())


def by_value(lines: set[str]) -> set[str]:
    """Write decimals without trailing zeros: rdflib keeps 0.60 as it is spelt, the others keep its value."""
    return {re.sub(r'"(\d+\.\d*?)0+"(?=\^\^<[^>]*decimal>)', r'"\1"', line) for line in lines}


@pytest.fixture(scope="module")
def boutique_data(boutique: Catalogue) -> bytes:
    """Sixty garments and the ontology's named nodes, each garment with its superclasses, which the rules ask for."""
    store = ox.Store()
    sample = replace(boutique, garments=boutique.garments[::6][:60])
    store.load(b"".join(catalogue_ntriples(sample)), format=ox.RdfFormat.N_TRIPLES)
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in read_ontology().triples)
    store.update(SUPERCLASSES)
    named = (q.triple for q in store if isinstance(q.subject, ox.NamedNode) and not isinstance(q.object, ox.BlankNode))
    return b"".join(sorted(f"{triple} .\n".encode() for triple in named))


@pytest.mark.parametrize("engine", ENGINES)
def test_bundled_rules(engine: str, boutique_data: bytes) -> None:
    rules = load_rules()
    named = {
        terms.RULE + rule.name.partition(":")[2]: rule
        for path in sorted(rules_dir().glob("*.srl"))
        for rule in read_constructs(path.read_text("utf-8"))
    }
    strata = [[named[rule.iri] for rule in stratum] for stratum in stratify(rules.rules)]
    mine = set(inference_graph(boutique_data, RuleSet(rules.rules)))
    assert len(mine) > 60
    assert by_value(mine) == by_value(derived(engine, boutique_data, strata, rules))


@pytest.mark.parametrize("engine", ENGINES)
def test_benchmark_rules(engine: str) -> None:
    data = garments(300).ntriples()
    rules = read_rules(RULES)
    strata = strata_of(read_constructs(RULES.read_text("utf-8")), STRATA)
    mine = set(inference_graph(data, rules))
    assert len(mine) > 1.5 * data.count(b"\n")
    assert mine == derived(engine, data, strata, rules)


@pytest.mark.parametrize("engine", ["clingo_ground", "maplib_loop", "nemo_rules", "pyshacl_rules"])
def test_native_programs(engine: str, tmp_path: Path) -> None:
    needed = {
        "clingo_ground": "clingo",
        "maplib_loop": "maplib",
        "nemo_rules": "nmo_python",
        "pyshacl_rules": "pyshacl",
    }
    pytest.importorskip(needed[engine], reason=f"{needed[engine]} is not installed; it is in the extra `bench`")
    size = 12 if engine == "pyshacl_rules" else 300
    check(engine, garments(size), None, size, tmp_path)


@pytest.mark.parametrize("engine", ["reasonable_rl", "owlrl_rl"])
@pytest.mark.parametrize("schema", ["garments.ttl", "lubm.ttl"])
def test_owl(engine: str, schema: str, tmp_path: Path) -> None:
    needed = engine.partition("_")[0]
    pytest.importorskip(needed, reason=f"{needed} is not installed; it is in the extra `bench`")
    if schema == "lubm.ttl" and engine == "owlrl_rl":
        pytest.skip("owlrl takes minutes for one university")
    graph = garments(100) if schema == "garments.ttl" else universities(1)
    check(engine, graph, BENCH / schema, 100, tmp_path)


@pytest.mark.java
def test_jena(tmp_path: Path) -> None:
    from peers import jena_rules

    try:
        jena_rules.run(_task(garments(10), None, 10, tmp_path))
    except ModuleNotFoundError as reason:
        pytest.skip(f"Jena needs {reason}")
    check("jena_rules", garments(300), None, 300, tmp_path)


def _task(graph: Graph, schema: Path | None, size: int, folder: Path) -> Task:
    path = folder / f"{size}.nt"
    graph.write(path)
    return Task(path, schema, size)


def check(engine: str, graph: Graph, schema: Path | None, size: int, folder: Path) -> None:
    """Check that an engine of the benchmark derives what ours does."""
    task = _task(graph, schema, size, folder)
    engines = (ours, importlib.import_module(f"peers.{engine}"))
    mine, theirs = (set(comparable(pl.Series(list(one.run(task).derived())), task)) for one in engines)
    assert mine
    assert mine == theirs
