"""The logical plan of a rule: the steps that lead from facts to the solutions of its body, in the order to take them.

One plan serves every engine: the index engine runs its steps over sorted columns, the SQL engines (DuckDB, Spark) write
them as statements. The order of a join is chosen here, from the sizes of the relations, and not left to the order in
which a rule was written: first the newest facts, then always the pattern that is expected to multiply the bindings
least (greedy, Swami 1989). Tests and negations stand as early as their variables allow; what only the SPARQL engine can
evaluate comes after the joins.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Literal, Protocol

from kg_fashion.reasoning.syntax import Aggregate, Constant, Expression, Negation, Pattern, Rule, Variable

Source = Literal["all", "base", "delta", "trigger"]
"""Which facts a pattern looks at: all, the asserted ones (WHERE DATA), the newest, or the newest as a mere occasion to
look again, which is no premise (a pattern of a NOT)."""


@dataclass(frozen=True, slots=True)
class Match:
    """Extend each binding by the facts that a pattern matches."""

    pattern: Pattern
    source: Source


@dataclass(frozen=True, slots=True)
class Values:
    """Bind a variable to each of a few constants; comes first where it comes at all."""

    variable: str
    constants: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Keep the bindings for which a comparison of terms holds (`Expression.plain`)."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Absent:
    """Keep the bindings for which a negation has no solution."""

    negation: Negation


@dataclass(frozen=True, slots=True)
class Collect:
    """Bind an aggregate over a sub-pattern."""

    aggregate: Aggregate


@dataclass(frozen=True, slots=True)
class Assign:
    """Bind a variable to an expression's value; drop the bindings for which it is an error."""

    variable: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Mint:
    """Bind a variable to a blank node that is fresh for each solution."""

    variable: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep the bindings for which an expression is true, by SPARQL's rules."""

    expression: Expression


Step = Match | Values | Compare | Absent | Collect | Assign | Mint | Filter


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule's steps in order.

    Attributes:
        rule: The rule.
        steps: What to do, from no binding to the body's solutions.
    """

    rule: Rule
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join(_words(step) for step in self.steps)


class Statistics(Protocol):
    """What the order of a join is chosen by."""

    def fanout(self, pattern: Pattern, bound: Set[str], *, base: bool = False) -> float:
        """Return how many facts are expected to match a pattern for each value of the bound variables."""
        ...


def make_plan(rule: Rule, statistics: Statistics, *, delta: int | None = None, bound: Set[str] = frozenset()) -> Plan:
    """Order a rule's body.

    Args:
        rule: The rule; well formed.
        statistics: The sizes of the relations.
        delta: The position of the pattern that must match the newest facts; None for a full evaluation. Positions past
            the rule's patterns go on through the patterns of its negations (`negated_patterns`): the bindings are then
            those that a new fact may refute, or a removed one may admit.
        bound: Variables that have values before the first step.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> class Sizes:
        ...     def fanout(self, pattern, bound, *, base=False):
        ...         return (10.0 if "q" in str(pattern.predicate) else 1000.0) / 10 ** len(bound & pattern.variables)
        >>> text = "PREFIX : <urn:> RULE { ?x :r ?z } WHERE { ?x :p ?y . ?y :q ?z . NOT { ?x :s ?w } }"
        >>> print(make_plan(parse(text).rules[0], Sizes()))
        match ?y <urn:q> ?z
        match ?x <urn:p> ?y
        NOT { ?x <urn:s> ?w }
    """
    return _Planner(rule, statistics, delta, bound).plan()


def negated_patterns(rule: Rule) -> list[Pattern]:
    """Return the patterns within a rule's negations, in order; what is bound only there gets other names."""
    outside = _variables(rule.patterns)
    return [_renamed(pattern, outside) for negation in rule.negations for pattern in negation.patterns]


def _renamed(pattern: Pattern, outside: Set[str]) -> Pattern:
    s, p, o = (
        Variable(f"{term.name} was") if isinstance(term, Variable) and term.name not in outside else term
        for term in pattern
    )
    return Pattern(s, p, o)


class _Planner:
    def __init__(self, rule: Rule, statistics: Statistics, delta: int | None, bound: Set[str]) -> None:
        self.rule = rule
        self._statistics = statistics
        self._delta = delta
        self._bound = set(bound)
        self._assigned = {a.variable for a in rule.assignments} | {a.variable for a in rule.aggregates}
        self._tests = [f for f in rule.filters if f.plain and not f.variables & self._assigned]
        self._fast = [n for n in rule.negations if _is_fast(n, rule, self._assigned)]
        self._steps: list[Step] = []

    def plan(self) -> Plan:
        waiting = list(self.rule.patterns)
        if self._delta is not None:
            negated = self._delta >= len(waiting)
            first = negated_patterns(self.rule)[self._delta - len(waiting)] if negated else waiting.pop(self._delta)
            self._match(first, "trigger" if negated else "delta")
        elif waiting and not self._bound:
            self._values(waiting)
        self._settle()
        source: Source = "base" if self.rule.data else "all"
        while waiting:
            best = min(range(len(waiting)), key=lambda place: (self._cost(waiting[place]), place))
            self._match(waiting.pop(best), source)
            self._settle()
        self._steps += list(self._slow())
        return Plan(self.rule, tuple(self._steps))

    def _match(self, pattern: Pattern, source: Source) -> None:
        self._steps.append(Match(pattern, source))
        self._bound |= pattern.variables

    def _cost(self, pattern: Pattern) -> float:
        return self._statistics.fanout(pattern, self._bound, base=self.rule.data)

    def _values(self, patterns: list[Pattern]) -> None:
        """Start from a FILTER ( ?v IN ( ... ) ) where that is fewer facts than any pattern alone."""
        least = min(self._cost(pattern) for pattern in patterns)
        for test in self._tests:
            for variable, constants, positive in test.members or ():
                users = [pattern for pattern in patterns if variable in pattern.variables]
                if not positive or not users or not constants:
                    continue
                each = min(self._statistics.fanout(p, {variable}, base=self.rule.data) for p in users)
                if each * len(constants) < least:
                    self._steps.append(Values(variable, tuple(dict.fromkeys(constants))))
                    self._bound.add(variable)
                    return

    def _settle(self) -> None:
        """Place the tests and negations whose variables are bound by now."""
        known = self._bound - self._assigned
        for test in [t for t in self._tests if t.variables <= known]:
            self._tests.remove(test)
            self._steps.append(Compare(test))
        later = {name for pattern in self.rule.patterns for name in pattern.variables} - known
        for negation in [n for n in self._fast if not n.variables & later]:
            self._fast.remove(negation)
            self._steps.append(Absent(negation))

    def _slow(self) -> Iterator[Step]:
        yield from map(Collect, self.rule.aggregates)
        for assignment in self.rule.assignments:
            if assignment.expression is None:
                yield Mint(assignment.variable)
            else:
                yield Assign(assignment.variable, assignment.expression)
        placed = {step.expression for step in self._steps if isinstance(step, Compare)}
        for expression in self.rule.filters:
            if expression not in placed:
                yield Compare(expression) if expression.plain else Filter(expression)
        done = [step.negation for step in self._steps if isinstance(step, Absent)]
        yield from (Absent(negation) for negation in self.rule.negations if negation not in done)


def _is_fast(negation: Negation, rule: Rule, assigned: Set[str]) -> bool:
    """Say whether a negation is patterns and comparisons alone, with no variable that is assigned later."""
    matched = _variables(rule.patterns)
    own = _variables(negation.patterns)
    tested = {name for expression in negation.filters for name in expression.variables}
    return bool(own) and all(f.plain for f in negation.filters) and tested <= own | matched and not own & assigned


def _variables(patterns: Iterable[Pattern]) -> set[str]:
    return {name for pattern in patterns for name in pattern.variables}


def _words(step: Step) -> str:
    match step:
        case Match(pattern, source):
            return f"match {'' if source == 'all' else source + ' '}{pattern}"
        case Values(variable, constants):
            return f"?{variable} in {', '.join(map(str, constants))}"
        case Compare(expression) | Filter(expression):
            return f"FILTER ( {expression.text} )"
        case Absent(negation):
            return str(negation)
        case Collect(aggregate):
            return str(aggregate)
        case Assign(variable, expression):
            return f"SET ( ?{variable} := {expression.text} )"
        case Mint(variable):
            return f"fresh blank node ?{variable}"
