"""The parts of a rule: terms, triple patterns, expressions, negations, assignments, rules.

A constant is held as its N-Triples text, the form in which the snapshot numbers terms.
SPARQL 1.2 RL, Working Draft of August 2026.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
        if not self.nt.startswith("<") or self.nt.startswith("<<"):
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
        same: Two variables, where the expression says that they are the same term; None for every other expression.
        differ: Two variables, where the expression says that they are not the same term.
        each: Whether it gives another value for each solution, whatever its variables are (UUID(), a blank node of a
            head); it is then evaluated once a solution.
    """

    text: str
    variables: frozenset[str]
    members: tuple[tuple[str, tuple[Constant, ...], bool], ...] | None = None
    same: tuple[str, str] | None = None
    differ: tuple[str, str] | None = None
    each: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is a comparison of ids, which needs no evaluation."""
        return self.members is not None or self.same is not None or self.differ is not None

    def renamed(self, names: Mapping[str, str]) -> "Expression":
        """Return it with other names for some variables."""
        text = _with_variables(self.text, lambda name: f"?{names.get(name, name)}")
        members = self.members and tuple((names.get(v, v), terms, positive) for v, terms, positive in self.members)
        same, differ = (
            two and (names.get(two[0], two[0]), names.get(two[1], two[1])) for two in (self.same, self.differ)
        )
        return Expression(text, frozenset(names.get(v, v) for v in self.variables), members, same, differ, self.each)

    def substituted(self, values: Mapping[str, "Expression"]) -> "Expression":
        """Return it with other expressions in place of some variables.

        Example:
            >>> part = Expression("OBJECT(?t)", frozenset({"t"}))
            >>> Expression("?x > 3", frozenset({"x"})).substituted({"x": part}).text
            'OBJECT(?t) > 3'
        """
        met = self.variables & values.keys()
        if not met:
            return self
        text = _with_variables(self.text, lambda name: values[name].text if name in values else f"?{name}")
        variables = (self.variables - met).union(*(values[name].variables for name in met))
        return Expression(text, variables, each=self.each)


_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|\?(\w+)')


def _with_variables(text: str, written: Callable[[str], str]) -> str:
    """Write each variable of an expression anew; what looks like one within a literal or an IRI stays."""
    return _WORD.sub(lambda found: written(found[1]) if found[1] else found[0], text)


def same_term(first: str, second: str) -> Expression:
    """Return the test that two variables are the same term."""
    return Expression(f"sameTerm(?{first} , ?{second})", frozenset({first, second}), same=(first, second))


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
    """SET ( ?v := expression ).

    Attributes:
        variable: What it binds.
        expression: The value; no expression makes a fresh blank node for each solution.
        creates: Whether the value may be a term that was not there before, so that it may not depend on itself.
    """

    variable: str
    expression: Expression | None
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Aggregate:
    """SET ( ?v := COUNT ( ?x ) WHERE { ... } ), an extension: a number of all solutions of a sub-pattern.

    It is taken once for each solution of the rule's patterns, whose variables the sub-pattern shares.

    Attributes:
        variable: What it binds.
        function: COUNT, SUM, AVG, MIN or MAX.
        argument: The variable that is counted or added up; None for COUNT(*).
        distinct: Whether equal values count once.
        patterns: The patterns of the sub-pattern.
        filters: Its FILTERs.
    """

    variable: str
    function: str
    argument: str | None
    distinct: bool
    patterns: tuple[Pattern, ...]
    filters: tuple[Expression, ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables in its sub-pattern."""
        return frozenset().union(*(p.variables for p in self.patterns), *(f.variables for f in self.filters))

    def __str__(self) -> str:
        inner = " . ".join([*map(str, self.patterns), *(f"FILTER ({f.text})" for f in self.filters)])
        what = f"{'DISTINCT ' if self.distinct else ''}{f'?{self.argument}' if self.argument else '*'}"
        return f"SET ( ?{self.variable} := {self.function}({what}) WHERE {{ {inner} }} )"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, a line and a column from 1."""

    path: Path | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not well formed, and where in its file.

    Attributes:
        message: What is wrong.
        line: The line of what is wrong, from 1.
        column: Its column, from 1.
    """

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.message


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
        aggregates: The SETs of the body that aggregate; they are taken after the patterns, before the other SETs.
        data: Whether the positive patterns look at the base alone (WHERE DATA).
        solution: The variables that tell its solutions apart; all of the body's where empty.
        composed: Variable that stands for a triple term -> the term's parts.
        problems: Why it is not well formed, in the order of its text; empty where it is.
        path: The file that it came from; None for an axiom of the ontology.
        line: The line of its name.
        column: The column of its name.
    """

    iri: str
    head: tuple[Pattern, ...]
    patterns: tuple[Pattern, ...]
    filters: tuple[Expression, ...] = ()
    negations: tuple[Negation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    data: bool = False
    solution: tuple[str, ...] = ()
    composed: tuple[tuple[str, tuple[Term, Term, Term]], ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    path: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        """Hash the name alone: rules are looked up often, and equal ones have the same."""
        return hash(self.iri)

    def __str__(self) -> str:
        body = [
            *map(str, self.patterns),
            *(f"FILTER ( {f.text} )" for f in self.filters),
            *map(str, self.negations),
            *map(str, self.aggregates),
            *(f"SET ( ?{a.variable} := {a.expression.text} )" for a in self.assignments if a.expression),
        ]
        where = "WHERE DATA" if self.data else "WHERE"
        return f"RULE <{self.iri}> {{ {' . '.join(map(str, self.head))} }} {where} {{ {' . '.join(body)} }}"
