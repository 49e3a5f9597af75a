"""Items: what a subject may have that a rule's body can ask for, with the subjects that have it.

An item is one atom `?g q c`, or a path of two atoms `?g q ?x . ?x r c` through what the graph says about the value.
Both are at bottom a set of values of q; an item whose set holds another's is the more general one, which is how the
ontology's hierarchies come in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion import terms
from kg_fashion.reasoning.mining.facts import MiningFacts, incidence


@dataclass(frozen=True, slots=True)
class Item:
    """A condition on a subject.

    Attributes:
        path: One predicate IRI, or two.
        value: The IRI at the path's end.
        members: The numbers of the values of the first predicate for which it holds.
    """

    path: tuple[str, ...]
    value: str
    members: frozenset[int]

    @property
    def n_atoms(self) -> int:
        """How many atoms it takes in a body."""
        return len(self.path)


@dataclass(frozen=True)
class Items:
    """All items that hold often enough.

    Attributes:
        items: In a fixed order.
        holds: Shape (n_nodes, n_items), int32, 1 where the item holds for the node.
        above: For each item the more general items.
    """

    items: tuple[Item, ...]
    holds: sparse.csr_matrix
    above: tuple[tuple[int, ...], ...]

    @property
    def n_atoms(self) -> NDArray[np.int64]:
        """The atoms of each item, shape (n_items,)."""
        return np.array([item.n_atoms for item in self.items], dtype=np.int64)


def find_items(facts: MiningFacts, *, without: frozenset[str], min_support: int, max_atoms: int) -> Items:
    """Find the items that hold for at least `min_support` subjects.

    Args:
        facts: The graph.
        without: Predicates that no body may use.
        min_support: Subjects.
        max_atoms: Of a body; 1 leaves paths out.
    """
    items: list[Item] = []
    columns: list[sparse.csr_matrix] = []
    for predicate in facts.edges:
        if predicate in without:
            continue
        found = _items_of(facts, predicate, without, max_atoms)
        if found:
            held = _holds(facts, predicate, found)
            often = np.flatnonzero(np.asarray(held.sum(axis=0)).ravel() >= min_support)
            items += [found[int(i)] for i in often]
            columns.append(held[:, often])
    empty = sparse.csr_matrix((len(facts.nodes), 0), dtype=np.int32)
    holds = sparse.hstack(columns, format="csr") if columns else empty
    return Items(tuple(items), holds, _above(items))


def _items_of(facts: MiningFacts, predicate: str, without: frozenset[str], max_atoms: int) -> list[Item]:
    """Return a predicate's items; of those with the same members the shortest, and of these the supplied value."""
    is_type = predicate == terms.RDF.type
    used = np.unique((facts.own_types if is_type else facts.edges[predicate])[1])
    if is_type:
        candidates = _classes(facts, used)
    else:
        direct = [Item((predicate,), facts.nodes[v], frozenset([v])) for v in used.tolist()]
        steps = [step for step in facts.edges if step not in without and step != terms.RDF.type]
        paths = [item for step in steps for item in _paths(facts, predicate, step, used)] if max_atoms > 1 else []
        candidates = [*direct, *paths]
    first: dict[frozenset[int], Item] = {}
    for item in candidates:
        first.setdefault(item.members, item)
    return sorted(first.values(), key=lambda item: (item.path, item.value))


def _classes(facts: MiningFacts, used: NDArray[np.int64]) -> list[Item]:
    members: dict[str, set[int]] = {}
    for v in used.tolist():
        for cls in (facts.nodes[v], *facts.ontology.ancestors(facts.nodes[v])):
            members.setdefault(cls, set()).add(v)
    supplied = {facts.nodes[v] for v in used.tolist()}
    order = sorted((cls for cls in members if cls in facts.number), key=lambda cls: (cls not in supplied, cls))
    return [Item((terms.RDF.type,), cls, frozenset(members[cls])) for cls in order]


def _paths(facts: MiningFacts, predicate: str, step: str, used: NDArray[np.int64]) -> list[Item]:
    members: dict[int, set[int]] = {}
    subjects, objects = facts.edges[step]
    inside = np.isin(subjects, used)
    for s, o in zip(subjects[inside].tolist(), objects[inside].tolist(), strict=True):
        members.setdefault(o, set()).add(s)
    return [Item((predicate, step), facts.nodes[o], frozenset(own)) for o, own in sorted(members.items())]


def _holds(facts: MiningFacts, predicate: str, items: list[Item]) -> sparse.csr_matrix:
    subjects, objects = facts.own_types if predicate == terms.RDF.type else facts.edges[predicate]
    n = len(facts.nodes)
    pairs = [(member, column) for column, item in enumerate(items) for member in item.members]
    rows, cols = np.array(pairs, dtype=np.int64).T
    held = incidence(subjects, objects, (n, n)) @ incidence(rows, cols, (n, len(items)))
    held.data[:] = 1
    return held.tocsr()


def _above(items: list[Item]) -> tuple[tuple[int, ...], ...]:
    alike: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        alike.setdefault(item.path[0], []).append(number)
    return tuple(tuple(other for other in alike[item.path[0]] if items[other].members > item.members) for item in items)
