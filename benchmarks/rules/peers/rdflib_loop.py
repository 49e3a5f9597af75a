"""rdflib: each rule as a CONSTRUCT, stratum by stratum, until the graph no longer grows."""

from construct import Construct, read_constructs, strata_of, to_fixpoint
from rdflib import Graph, Literal
from task import RULES, STRATA, Outcome, Task, timed


def run(task: Task) -> Outcome:
    """Derive with rdflib."""
    graph = Graph()
    graph.parse(task.data, format="nt")
    strata = strata_of(read_constructs(RULES.read_text("utf-8")), STRATA)
    seconds = timed(lambda: to_fixpoint(strata, lambda rule: fire(graph, rule), lambda: len(graph)))
    return Outcome(seconds, lambda: lines(graph))


def fire(graph: Graph, rule: Construct) -> None:
    """Add what a rule constructs; rdflib constructs triples with literal subjects, which are no RDF."""
    for triple in list(graph.query(rule.query)):
        if not isinstance(triple[0], Literal):
            graph.add(triple)


def lines(graph: Graph) -> list[str]:
    """Return a graph's triples as N-Triples lines."""
    return [f"{s.n3()} {p.n3()} {o.n3()} ." for s, p, o in graph]
