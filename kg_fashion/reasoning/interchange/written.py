"""The parts of a rule as it is written: what `fold` makes of a rule and the writers turn into text."""

from collections.abc import Iterator
from dataclasses import dataclass

from kg_fashion.reasoning.syntax import Assignment, Expression, Rule, Term, Variable


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank node of a head."""

    label: str


@dataclass(frozen=True, slots=True)
class TripleTerm:
    """A triple term, with variables in it."""

    parts: "tuple[Node, Node, Node]"


Node = Term | Blank | TripleTerm


@dataclass(frozen=True, slots=True)
class Match:
    """A triple of a head or body; a path of several steps stands for a chain of patterns.

    Attributes:
        subject: Where it starts.
        path: (predicate, whether it is walked backwards) of each step.
        object: Where it ends.
    """

    subject: Node
    path: tuple[tuple[Node, bool], ...]
    object: Node

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        nodes = [self.subject, *(predicate for predicate, _ in self.path), self.object]
        return frozenset(name for node in nodes for name in _names(node))


@dataclass(frozen=True, slots=True)
class Inner:
    """What stands within a NOT or an aggregate: triples, then tests."""

    matches: tuple[Match, ...]
    filters: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """A NOT."""

    inner: Inner
    data: bool


@dataclass(frozen=True, slots=True)
class Total:
    """An aggregate (`syntax.Aggregate`)."""

    variable: str
    function: str
    argument: str | None
    distinct: bool
    inner: Inner


Element = Match | Expression | Absent | Total | Assignment


@dataclass(frozen=True, slots=True)
class Folded:
    """A rule as it would be written.

    Attributes:
        rule: The rule.
        head: The triples of its head.
        body: The parts of its body in an order in which each variable is bound before it is used.
    """

    rule: Rule
    head: tuple[Match, ...]
    body: tuple[Element, ...]


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Variable):
        yield node.name
    elif isinstance(node, TripleTerm):
        for part in node.parts:
            yield from _names(part)
