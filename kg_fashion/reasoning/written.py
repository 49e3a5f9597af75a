"""What was derived, written into a store's rules graph: each triple with its rule, confidence and time.

RDF 1.2 annotations, as `graph/provenance.py` has them, but as lines of N-Triples: a store reads text several times
faster than Python makes triples one by one.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.provenance import moment_of
from kg_fashion.reasoning.ruleset import RuleSet

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_BLOCK = 100_000
_REIFIES = f"<{terms.RDF.reifies}>"
_GENERATED_BY = f"<{terms.PROV.wasGeneratedBy}>"
_GENERATED_AT = f"<{terms.PROV.generatedAtTime}>"
_CONFIDENCE = f"<{terms.KGF.confidence}>"


class Derived(NamedTuple):
    """A statement.

    Attributes:
        text: Subject, predicate and object in N-Triples syntax, with one space between them.
        rule: The IRI of the rule that derived it; None where it is not derived.
        confidence: 0 to 1.
    """

    text: str
    rule: str | None
    confidence: float

    @property
    def triple(self) -> ox.Triple:
        """The statement as a triple."""
        found: ox.Triple = next(iter(ox.parse(f"{self.text} .", format=ox.RdfFormat.N_TRIPLES))).triple
        return found


def write_all(
    graph: KnowledgeGraph, rules: RuleSet, derived: Iterable[Derived], *, when: datetime | None = None
) -> int:
    """Put statements in place of what the rules graph holds, and what is said of the rules beside them.

    Returns:
        The number of statements.
    """
    moment = str(moment_of(when))
    written = 0
    labelled: list[bytes] = []  # filled while the blocks are read; these keep their blank nodes' labels

    def blocks() -> Iterator[bytes]:
        nonlocal written
        lines = [f"{triple} .\n" for triple in rules.triples()]
        lines.append(f"<{terms.RULES_GRAPH}> {_GENERATED_AT} {moment} .\n")
        for statement in derived:
            if _is_anonymous(statement.text):
                labelled.append(f"{statement.text} .\n".encode())
            else:
                lines.append(_annotated(statement, written, moment))
            written += 1
            if len(lines) >= _BLOCK:
                yield "".join(lines).encode()
                lines = []
        yield "".join(lines).encode()

    graph.replace_graph_lines(terms.RULES_GRAPH, blocks(), labelled=labelled)
    return written


def write_change(graph: KnowledgeGraph, touched: Iterable[Derived], *, when: datetime | None = None) -> None:
    """Bring the rules graph up to date with statements that may have changed; those without a rule leave it."""
    moment = str(moment_of(when))
    gone: list[ox.Triple] = []
    new: list[str] = []
    labelled: list[ox.Triple] = []
    for number, statement in enumerate(touched):
        triple = statement.triple
        gone += [triple, *graph.annotations(triple, terms.RULES_GRAPH)]
        if statement.rule is not None and _is_anonymous(statement.text):
            labelled.append(triple)
        elif statement.rule is not None:
            new.append(_annotated(statement, number, moment))
    added = ox.parse("".join(new), format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)
    graph.change_graph(terms.RULES_GRAPH, remove=gone, add=[*labelled, *(quad.triple for quad in added)])


_BLANK = re.compile(r"(?:^|[ (])_:")
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


def _is_anonymous(text: str) -> bool:
    """Say whether a statement is about a blank node; within a literal "_:" is just text."""
    return "_:" in text and _BLANK.search(_LITERAL.sub("", text)) is not None


def _annotated(statement: Derived, number: int, moment: str) -> str:
    """Write a statement with its rule, time and confidence; one about a blank node has no name to annotate it by."""
    text, rule, confidence = statement
    node = f"_:s{number}"
    sure = "" if confidence >= 1 else f'{node} {_CONFIDENCE} "{_decimal(confidence)}"^^<{terms.XSD.decimal}> .\n'
    return (
        f"{text} .\n{node} {_REIFIES} <<( {text} )>> .\n{node} {_GENERATED_BY} <{rule}> .\n"
        f"{node} {_GENERATED_AT} {moment} .\n{sure}"
    )


def _decimal(share: float) -> str:
    """Write a share as a decimal.

    Example:
        >>> _decimal(0.54), _decimal(0.00001)
        ('0.54', '0.00001')
    """
    return f"{share:.6f}".rstrip("0").rstrip(".") if share >= 1e-6 else "0.000001"
