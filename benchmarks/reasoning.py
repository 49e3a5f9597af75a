"""Closure of a catalogue: our engine beside pyoxigraph, which runs the same rules as SPARQL updates to the fixpoint.

Usage: python benchmarks/reasoning.py [CATALOGUE.csv] [--json PATH]
Both get the same rules and axioms in the same strata and must derive the same triples; only the evaluation is timed.
"""

import argparse
import json
import time
from pathlib import Path

import pyoxigraph as ox

from kg_fashion import KnowledgeGraph, load_rules, read_catalogue, reason, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.reasoning import Rule
from kg_fashion.reasoning.axioms import compile_axioms
from kg_fashion.reasoning.canonical import stored
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.reasoning.syntax import Constant, Pattern
from kg_fashion.resources import boutique_dir

BASE = "urn:kg-fashion:base"


def _triple(pattern: Pattern) -> str:
    return " ".join(term.nt if isinstance(term, Constant) else f"?{term.name}" for term in pattern) + " ."


def as_update(rule: Rule) -> str:
    """Write a rule as a SPARQL update over the default graph, its base in a graph of its own."""
    body = " ".join(map(_triple, rule.patterns))
    parts = [f"GRAPH <{BASE}> {{ {body} }}" if rule.data else body]
    parts += [f"BIND ({a.expression.text} AS ?{a.variable})" for a in rule.assignments]
    parts += [f"FILTER ({f.text})" for f in rule.filters]
    for negation in rule.negations:
        inner = " ".join([*map(_triple, negation.patterns), *(f"FILTER ({f.text})" for f in negation.filters)])
        parts.append(f"FILTER NOT EXISTS {{ {f'GRAPH <{BASE}> {{ {inner} }}' if negation.data else inner} }}")
    return f"INSERT {{ {' '.join(map(_triple, rule.head))} }} WHERE {{ {' '.join(parts)} }}"


def peer(triples: list[ox.Triple], rules: list[Rule]) -> tuple[ox.Store, float]:
    """Run the rules as updates, stratum by stratum, until nothing is new."""
    store = ox.Store()
    for graph in (ox.DefaultGraph(), ox.NamedNode(BASE)):
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)
    started = time.perf_counter()
    for stratum in stratify(rules):
        updates = [as_update(rule) for rule in stratum]
        size = -1
        while size != len(store):
            size = len(store)
            for update in updates:
                store.update(update)
    return store, time.perf_counter() - started


def main() -> None:
    """Time both, compare what they derived, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", nargs="?", type=Path, default=boutique_dir() / "catalogue.csv")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rules = load_rules()
    catalogue = read_catalogue(options.catalogue)
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(catalogue))
    closure = reason(graph, rules)
    everything = [*compile_axioms(graph.triples(terms.ONTOLOGY_GRAPH)), *rules]
    base = {t for name in terms.ASSERTED_GRAPHS for t in graph.triples(name)} | stored(rules.triples())
    store, seconds = peer(list(base), everything)
    theirs = {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())} - base
    ours = set(closure.triples())
    figures = {
        "garments": len(catalogue),
        "triples": len(base),
        "derived": len(ours),
        "same": ours == theirs,
        "kg_fashion_s": round(closure.run.seconds, 3),
        "pyoxigraph_s": round(seconds, 3),
        "ratio": round(seconds / closure.run.seconds, 1),
    }
    print(json.dumps(figures))
    if options.json:
        options.json.write_text(json.dumps(figures), "utf-8")
    if not figures["same"]:
        raise SystemExit(f"not the same: {len(ours - theirs)} only ours, {len(theirs - ours)} only theirs")


if __name__ == "__main__":
    main()
