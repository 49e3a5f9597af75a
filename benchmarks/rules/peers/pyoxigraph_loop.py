"""pyoxigraph: each rule as an INSERT, stratum by stratum, until the store no longer grows."""

from collections.abc import Iterator

import pyoxigraph as ox
from construct import BASE, read_constructs, strata_of, to_fixpoint
from task import RULES, STRATA, Outcome, Task, timed


def run(task: Task) -> Outcome:
    """Derive with pyoxigraph."""
    store = ox.Store()
    store.bulk_load(path=task.data, format=ox.RdfFormat.N_TRIPLES)
    strata = strata_of(read_constructs(RULES.read_text("utf-8")), STRATA)
    seconds = timed(lambda: to_fixpoint(strata, lambda rule: store.update(rule.update), lambda: len(store)))
    return Outcome(seconds, lambda: lines(store))


def with_base(ntriples: bytes) -> ox.Store:
    """Return a store that holds the data twice: to be added to, and as the base that stays."""
    store = ox.Store()
    store.load(ntriples, format=ox.RdfFormat.N_TRIPLES)
    store.load(ntriples, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(BASE))
    return store


def lines(store: ox.Store) -> Iterator[str]:
    """Iterate over the default graph as N-Triples lines."""
    return (f"{quad.triple} ." for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
