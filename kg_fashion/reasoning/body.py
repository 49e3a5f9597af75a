"""The body of a rule as it is read: what is bound where, and what is not well formed.

Order matters for what is bound, not for the join: patterns, tests, negations and assignments leave here as sets.
SPARQL 1.2 RL, Working Draft of August 2026, well-formedness conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kg_fashion.reasoning.syntax import (
    Aggregate,
    Assignment,
    Expression,
    Negation,
    Pattern,
    Problem,
    Variable,
    same_term,
)
from kg_fashion.reasoning.triples import Written

Uses = Mapping[str, tuple[int | None, int | None]]
"""Variable -> the line and column of its first place in something."""


@dataclass
class Inner:
    """What stands in a NOT, or in the sub-pattern of an aggregate, in the order of its text.

    Attributes:
        patterns: Its patterns.
        tests: What must hold of its triple terms, wherever in it they stand.
        filters: Each FILTER with the places of its variables and the inner variables that are bound before it.
        parts: Variable -> the part of a triple term that it stands for.
    """

    patterns: list[Pattern] = field(default_factory=list)
    tests: list[Expression] = field(default_factory=list)
    filters: list[tuple[Expression, Uses, frozenset[str]]] = field(default_factory=list)
    parts: list[tuple[str, Expression]] = field(default_factory=list)

    def match(self, found: Written) -> None:
        """Add a block of triples."""
        self.patterns += found.patterns
        self.tests += found.tests
        self.parts += found.extracted

    def filter(self, expression: Expression, uses: Uses) -> None:
        """Add a FILTER."""
        self.filters.append((expression, uses, self.bound | {variable for variable, _ in self.parts}))

    @property
    def bound(self) -> frozenset[str]:
        """The variables of its patterns."""
        return frozenset(name for pattern in self.patterns for name in pattern.variables)


class Body:
    """The elements of a body.

    Attributes:
        bound: The variables that have a value so far.
        problems: What is not well formed.
    """

    def __init__(self, *, data: bool) -> None:
        self.data = data
        self.patterns: list[Pattern] = []
        self.filters: list[Expression] = []
        self.negations: list[Negation] = []
        self.assignments: list[Assignment] = []
        self.aggregates: list[Aggregate] = []
        self.bound: set[str] = set()
        self.problems: list[Problem] = []
        self._known: dict[int, frozenset[str]] = {}

    def match(self, found: Written) -> None:
        """Add a block of triples."""
        self.patterns += found.patterns
        self.bound |= {name for pattern in found.patterns for name in pattern.variables}
        self.filters += found.tests
        for variable, part in found.extracted:
            self.assignments.append(Assignment(variable, part, creates=False))
            self.bound.add(variable)

    def filter(self, expression: Expression, uses: Uses) -> None:
        """Add a FILTER."""
        self._need(expression.variables, uses, "FILTER")
        self.filters.append(expression)

    def assign(self, variable: str, expression: Expression, uses: Uses) -> None:
        """Add a SET."""
        self._need(expression.variables, uses, "SET")
        self._bind(variable, uses)
        self.assignments.append(Assignment(variable, expression))

    def negate(self, inner: Inner, *, data: bool) -> None:
        """Add a NOT; below WHERE DATA it looks at the base alone, as all of the body does."""
        filters, _ = self._tests(inner, "FILTER in NOT")
        self._known[len(self.negations)] = frozenset(self.bound)
        self.negations.append(Negation(tuple(inner.patterns), tuple(filters), data or self.data))

    def aggregate(self, aggregate: Aggregate, inner: Inner, uses: Uses) -> None:
        """Add a SET that aggregates; its patterns and tests are those of `inner`."""
        filters, substituted = self._tests(inner, f"FILTER in {aggregate.function}")
        full = replace(aggregate, patterns=tuple(inner.patterns), filters=tuple(filters))
        matched = {name for pattern in self.patterns for name in pattern.variables}
        for name in sorted((full.variables & self.bound) - matched):
            message = f"?{name} is bound by SET or within a triple term; an aggregate shares what patterns bind"
            self.problems.append(Problem(message, *uses.get(name, ())))
        counted = full.argument
        if counted is not None and counted not in inner.bound:
            why = "is a part of a triple term there" if counted in substituted else "is bound by no pattern of it"
            message = f"?{counted} is counted in a sub-pattern, but {why}"
            self.problems.append(Problem(message, *uses.get(counted, ())))
        local = {name: f"{name}_agg{len(self.aggregates)}" for name in inner.bound - self.bound}
        self._bind(aggregate.variable, uses)
        self.aggregates.append(_renamed_aggregate(full, local))

    def _tests(self, inner: Inner, where: str) -> tuple[list[Expression], set[str]]:
        """Return what must hold of a sub-pattern, and the variables that are only parts of its triple terms.

        Those are put in place of the variable, since a NOT or an aggregate has no assignments.
        """
        tests = list(inner.tests)
        values: dict[str, Expression] = {}
        for variable, part in inner.parts:
            if variable in inner.bound | self.bound or variable in values:
                known = values.get(variable, Expression(f"?{variable}", frozenset({variable})))
                text = f"sameTerm({known.text} , {part.text})"
                tests.append(Expression(text, known.variables | part.variables))
            else:
                values[variable] = part
        for expression, uses, before in inner.filters:
            self._need(expression.variables - before, uses, where)
            tests.append(expression.substituted(values))
        return tests, set(values)

    def _bind(self, variable: str, uses: Uses) -> None:
        if variable in self.bound:
            self.problems.append(Problem(f"SET binds ?{variable} a second time", *uses.get(variable, ())))
        self.bound.add(variable)

    def _need(self, variables: frozenset[str], uses: Uses, where: str) -> None:
        for name in sorted(variables - self.bound):
            message = f"?{name} is used in {where} but no pattern of the body binds it before"
            self.problems.append(Problem(message, *uses.get(name, ())))

    def settle(self) -> None:
        """Give negations names of their own for what is bound later, and equate what is bound twice."""
        for number, known in self._known.items():
            negation = self.negations[number]
            later = {name: f"{name}_not{number}" for name in (self.bound - known) & negation.variables}
            patterns = tuple(_renamed(pattern, later) for pattern in negation.patterns)
            filters = tuple(expression.renamed(later) for expression in negation.filters)
            self.negations[number] = Negation(patterns, filters, negation.data)
        taken = {name for pattern in self.patterns for name in pattern.variables}
        self.aggregates = [replace(a, variable=self._single(a.variable, taken)) for a in self.aggregates]
        self.assignments = [replace(a, variable=self._single(a.variable, taken)) for a in self.assignments]

    def _single(self, variable: str, taken: set[str]) -> str:
        """Return a name that nothing else binds, equated with the variable where something does."""
        own = variable if variable not in taken else f"{variable}_set{len(taken)}"
        if own != variable:
            self.filters.append(same_term(variable, own))
        taken.add(own)
        return own


def _renamed_aggregate(aggregate: Aggregate, names: Mapping[str, str]) -> Aggregate:
    return replace(
        aggregate,
        argument=aggregate.argument and names.get(aggregate.argument, aggregate.argument),
        patterns=tuple(_renamed(pattern, names) for pattern in aggregate.patterns),
        filters=tuple(expression.renamed(names) for expression in aggregate.filters),
    )


def _renamed(pattern: Pattern, names: Mapping[str, str]) -> Pattern:
    subject, predicate, obj = (
        Variable(names.get(term.name, term.name)) if isinstance(term, Variable) else term for term in pattern
    )
    return Pattern(subject, predicate, obj)
