"""owlrl: OWL 2 RL over rdflib."""

import owlrl
from rdflib import Graph, Literal
from task import Outcome, Task, timed

from peers.rdflib_loop import lines


def run(task: Task) -> Outcome:
    """Derive with owlrl."""
    if task.schema is None:
        raise ValueError("owlrl has OWL 2 RL alone, no rules")
    graph = Graph()
    graph.parse(task.data, format="nt")
    graph.parse(task.schema, format="turtle")
    seconds = timed(lambda: owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph))
    for triple in [triple for triple in graph if isinstance(triple[0], Literal)]:
        graph.remove(triple)
    return Outcome(seconds, lambda: lines(graph))
