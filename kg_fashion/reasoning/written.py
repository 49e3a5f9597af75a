"""What was derived, written into a store's rules graph: each triple with its rule, confidence and time.

RDF 1.2 annotations (`graph/provenance.py`). The blank node that stands for a statement is named after the statement, so
that a later change finds it again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.provenance import annotations, generated_at, moment_of
from kg_fashion.reasoning.ruleset import RuleSet

_ACTIVITY = ox.NamedNode(terms.RULES_GRAPH)
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Derived(NamedTuple):
    """A statement, the IRI of the rule that derived it (None where it is not derived), and its confidence, 0 to 1."""

    triple: ox.Triple
    rule: str | None
    confidence: float


def node(nt: str) -> Node:
    """Read a term in N-Triples syntax.

    Example:
        >>> node("<urn:a>"), node('"x"@en')
        (<NamedNode value=urn:a>, <Literal value=x language=en>)
    """
    if nt.startswith("<") and not nt.startswith("<<"):
        return ox.NamedNode(nt[1:-1])
    if nt.startswith("_:"):
        return ox.BlankNode(nt[2:])
    return next(iter(ox.parse(f"<urn:s> <urn:p> {nt} .", format=ox.RdfFormat.N_TRIPLES))).object


def write_all(
    graph: KnowledgeGraph, rules: RuleSet, derived: Iterable[Derived], *, when: datetime | None = None
) -> int:
    """Put statements in place of what the rules graph holds, and what is said of the rules beside them.

    Returns:
        The number of statements.
    """
    moment = moment_of(when)
    written = 0

    def statements() -> Iterator[ox.Triple]:
        nonlocal written
        yield from rules.triples()
        yield generated_at(_ACTIVITY, moment)
        for statement in derived:
            written += 1
            yield from _annotated(statement, moment)

    graph.replace_graph(terms.RULES_GRAPH, statements())
    return written


def write_change(graph: KnowledgeGraph, touched: Iterable[Derived], *, when: datetime | None = None) -> None:
    """Bring the rules graph up to date with statements that may have changed; those without a rule leave it."""
    moment = moment_of(when)
    gone: list[ox.Triple] = []
    new: list[ox.Triple] = []
    for statement in touched:
        gone += [statement.triple, *graph.describe(ox.BlankNode(_reifier(statement.triple)), terms.RULES_GRAPH)]
        if statement.rule is not None:
            new += _annotated(statement, moment)
    graph.change_graph(terms.RULES_GRAPH, remove=gone, add=new)


def _annotated(statement: Derived, moment: ox.Literal) -> Iterator[ox.Triple]:
    triple, rule, confidence = statement
    yield triple
    if rule is None or isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
        return
    degree = (terms.KGF.confidence, f"{confidence:.4g}") if confidence < 1 else None
    yield from annotations(triple, _reifier(triple), source=rule, moment=moment, degree=degree)


def _reifier(triple: ox.Triple) -> str:
    return f"s{hashlib.blake2b(str(triple).encode(), digest_size=12).hexdigest()}"
