"""The parts of a rule: terms, triple patterns, expressions, negations, assignments, rules.

A constant is held as its N-Triples text, the form in which the snapshot numbers terms.
SPARQL 1.2 RL, Working Draft of August 2026.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg_fashion import terms


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, by its name without "?"."""

    name: str

    def __str__(self) -> str:
        return f"?{self.name}"


@dataclass(frozen=True, slots=True)
class Constant:
    """An IRI or literal in N-Triples syntax."""

    nt: str

    def __str__(self) -> str:
        if not self.nt.startswith("<"):
            return self.nt
        short = terms.shorten(self.nt[1:-1])
        return self.nt if short == self.nt[1:-1] else short


Term = Variable | Constant


def iri(value: str) -> Constant:
    """Return an IRI as a constant."""
    return Constant(f"<{value}>")


TYPE = iri(terms.RDF.type)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern, or a head template."""

    subject: Term
    predicate: Term
    object: Term

    def __iter__(self) -> Iterator[Term]:
        return iter((self.subject, self.predicate, self.object))

    def __str__(self) -> str:
        verb = "a" if self.predicate == TYPE else str(self.predicate)
        return f"{self.subject} {verb} {self.object}"

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(term.name for term in self if isinstance(term, Variable))


@dataclass(frozen=True, slots=True)
class Expression:
    """A SPARQL expression.

    Attributes:
        text: Its text with full IRIs, so that any SPARQL engine can run it.
        variables: The names of its variables.
        members: Variable name -> constants, where the expression is only tests of variables against constants
            (`?t IN ( ... )`, `?t = ...`, joined by `&&`); None for every other expression.
    """

    text: str
    variables: frozenset[str]
    members: tuple[tuple[str, tuple[Constant, ...], bool], ...] | None = None


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT { ... }: no solution of the patterns passes the filters; `data` looks at the base alone."""

    patterns: tuple[Pattern, ...]
    filters: tuple[Expression, ...] = ()
    data: bool = False

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset().union(*(p.variables for p in self.patterns), *(f.variables for f in self.filters))

    def __str__(self) -> str:
        inner = " . ".join([*map(str, self.patterns), *(f"FILTER ({f.text})" for f in self.filters)])
        return f"NOT {'DATA ' if self.data else ''}{{ {inner} }}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """SET ( ?v := expression )."""

    variable: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where the body holds, the head does.

    Attributes:
        iri: Its name.
        head: The templates.
        patterns: The positive patterns of the body.
        filters: The FILTERs of the body.
        negations: The NOTs of the body.
        assignments: The SETs of the body, in order.
        data: Whether the positive patterns look at the base alone (WHERE DATA).
        path: The file that it came from; None for an axiom of the ontology.
        line: The line that it starts on.
    """

    iri: str
    head: tuple[Pattern, ...]
    patterns: tuple[Pattern, ...]
    filters: tuple[Expression, ...] = ()
    negations: tuple[Negation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    data: bool = False
    path: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        body = [
            *map(str, self.patterns),
            *(f"FILTER ( {f.text} )" for f in self.filters),
            *map(str, self.negations),
            *(f"SET ( ?{a.variable} := {a.expression.text} )" for a in self.assignments),
        ]
        where = "WHERE DATA" if self.data else "WHERE"
        return f"RULE <{self.iri}> {{ {' . '.join(map(str, self.head))} }} {where} {{ {' . '.join(body)} }}"
