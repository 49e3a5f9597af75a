"""Solutions of a rule's body: the SQL of its patterns, tests and negations, and the expressions beside it.

Patterns, tests of a variable against IRIs, and negations without expressions become one SQL query over term ids. Every
other FILTER and SET is handed to the SPARQL engine with the distinct values of its variables, so that SPARQL's rules
for numbers, strings, languages and errors hold as they stand (SPARQL 1.1, section 17).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyoxigraph as ox

from kg_fashion.graph.columns import registered
from kg_fashion.reasoning.facts import Facts
from kg_fashion.reasoning.syntax import Constant, Expression, Negation, Pattern, Rule, Term, Variable

_ENGINE = ox.Store()


@dataclass(frozen=True)
class Window:
    """Which rounds of facts a body looks at.

    Attributes:
        before: Facts of rounds below this.
        delta: The position of the pattern that must match the newest round, `before - 1`; None for a full evaluation.
    """

    before: int
    delta: int | None = None


def solve(facts: Facts, rule: Rule, window: Window, *, bound: Mapping[str, int] | None = None) -> str:
    """Return SQL that selects the body's solutions, one column `v_<name>` a variable.

    Args:
        facts: What is known.
        rule: Whose body to solve.
        window: The rounds to look at.
        bound: Variables with fixed values.
    """
    fixed = {name: number for name, number in (bound or {}).items() if name not in _assigned(rule)}
    columns, query = _join(facts, rule, window, fixed)
    slow = [f for f in rule.filters if f.members is None]
    slow_negations = [n for n in rule.negations if any(f.members is None for f in n.filters)]
    if slow or slow_negations or rule.assignments:
        query, columns = _slow_path(facts, rule, window, query, columns, slow, slow_negations)
        for name in _assigned(rule):
            if bound and name in bound:
                query = f"SELECT * FROM ({query}) WHERE v_{name} = {int(bound[name])}"
    return query


def _assigned(rule: Rule) -> frozenset[str]:
    return frozenset(assignment.variable for assignment in rule.assignments)


def _join(facts: Facts, rule: Rule, window: Window, fixed: Mapping[str, int]) -> tuple[tuple[str, ...], str]:
    """Join the patterns; DuckDB's optimiser, which knows the tables' sizes, orders the join."""
    sources: list[str] = []
    conditions: list[str] = []
    places: dict[str, str] = {}
    for position, pattern in enumerate(rule.patterns):
        alias = f"t{position}"
        sources.append(f"{facts.source(pattern.predicate, data=rule.data)} {alias}")
        conditions.append(_rounds(alias, position, window))
        conditions += _match(facts, pattern, alias, places, fixed)
    conditions += _tests(facts, rule.filters, places, fixed)
    conditions += [
        _not_exists(facts, negation, places, fixed, number, window)
        for number, negation in enumerate(rule.negations)
        if all(f.members is not None for f in negation.filters)
    ]
    names = tuple(sorted({*places, *fixed}))
    selected = ", ".join(f"{places.get(name) or fixed[name]} AS v_{name}" for name in names) or "1 AS v_"
    where = " AND ".join(condition for condition in conditions if condition) or "true"
    return names, f"SELECT DISTINCT {selected} FROM {', '.join(sources) or '(SELECT 1)'} WHERE {where}"


def _rounds(alias: str, position: int, window: Window) -> str:
    """Semi-naive: one pattern on the newest round, those before it on older rounds, those after it on all."""
    newest = window.before - 1
    if window.delta is None:
        return f"{alias}.round <= {newest}"
    if position == window.delta:
        return f"{alias}.round = {newest}"
    return f"{alias}.round < {newest}" if position < window.delta else f"{alias}.round <= {newest}"


def _match(
    facts: Facts, pattern: Pattern, alias: str, places: dict[str, str], fixed: Mapping[str, int]
) -> Iterable[str]:
    conditions = []
    columns = [("s", pattern.subject), ("o", pattern.object)]
    if isinstance(pattern.predicate, Variable):
        columns.insert(1, ("p", pattern.predicate))
    for column, term in columns:
        here = f"{alias}.{column}"
        if isinstance(term, Constant):
            conditions.append(f"{here} = {facts.id(term)}")
        elif term.name in fixed:
            conditions.append(f"{here} = {int(fixed[term.name])}")
        elif term.name in places:
            conditions.append(f"{here} = {places[term.name]}")
        else:
            places[term.name] = here
    return conditions


def _tests(
    facts: Facts, filters: Iterable[Expression], places: Mapping[str, str], fixed: Mapping[str, int]
) -> list[str]:
    return [
        f"{places.get(name) or fixed[name]} {'IN' if positive else 'NOT IN'}"
        f" ({', '.join(str(facts.id(constant)) for constant in constants) or '-1'})"
        for expression in filters
        for name, constants, positive in expression.members or ()
    ]


def _not_exists(
    facts: Facts, negation: Negation, outer: Mapping[str, str], fixed: Mapping[str, int], number: int, window: Window
) -> str:
    places = dict(outer)
    sources, conditions = [], []
    for position, pattern in enumerate(negation.patterns):
        alias = f"n{number}_{position}"
        sources.append(f"{facts.source(pattern.predicate, data=negation.data)} {alias}")
        conditions.append(f"{alias}.round < {window.before}")
        conditions += _match(facts, pattern, alias, places, fixed)
    conditions += _tests(facts, negation.filters, places, fixed)
    return f"NOT EXISTS (SELECT 1 FROM {', '.join(sources)} WHERE {' AND '.join(conditions)})"


def _slow_path(
    facts: Facts,
    rule: Rule,
    window: Window,
    query: str,
    columns: tuple[str, ...],
    filters: Sequence[Expression],
    negations: Sequence[Negation],
) -> tuple[str, tuple[str, ...]]:
    connection = facts.connection
    table = "solution"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
    for assignment in rule.assignments:
        _evaluate(facts, table, assignment.expression, assignment.variable)
        columns = (*columns, assignment.variable)
    for expression in filters:
        _evaluate(facts, table, expression, None)
    for negation in negations:
        inner = Rule("", (), negation.patterns, data=negation.data)
        names, found = _join(facts, inner, window, {})
        shared = [name for name in names if name in columns]
        own = [name for name in names if name not in columns]
        selected = ", ".join([*(f"a.v_{name}" for name in columns), *(f"b.v_{name}" for name in own)])
        on = " AND ".join(f"a.v_{name} = b.v_{name}" for name in shared) or "true"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE refuted AS SELECT {selected} FROM {table} a JOIN ({found}) b ON {on}"
        )
        for expression in negation.filters:
            _evaluate(facts, "refuted", expression, None)
        same = " AND ".join(f"r.v_{name} = a.v_{name}" for name in columns) or "true"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM {table} a ANTI JOIN refuted r ON {same}"
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM kept")
    return f"SELECT * FROM {table}", columns


def _evaluate(facts: Facts, table: str, expression: Expression, variable: str | None) -> None:
    """Keep the rows of a table for which an expression is true, or, for a SET, add its value as a column."""
    names = sorted(expression.variables)
    connection = facts.connection
    selected = ", ".join(f"v_{name}" for name in names) or "1"
    rows = connection.execute(f"SELECT DISTINCT {selected} FROM {table}").fetchall()
    solved = _run(facts, names, rows if names else rows[:1], expression, variable)
    schema = dict.fromkeys([*(f"v_{name}" for name in names), "result"], pl.Int32)
    with registered(connection, "solved", pl.DataFrame(solved, schema=schema, orient="row")):
        on = " AND ".join(f"a.v_{name} = s.v_{name}" for name in names) or "true"
        extra = f", s.result AS v_{variable}" if variable else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE passed AS SELECT a.*{extra} FROM {table} a JOIN solved s ON {on}"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM passed")


def _run(
    facts: Facts, names: Sequence[str], rows: Sequence[tuple[int, ...]], expression: Expression, variable: str | None
) -> list[tuple[int, ...]]:
    if not rows:
        return []
    lines = []
    for number, row in enumerate(rows):
        values = facts.snapshot.decode(row) if names else []
        if any(value.startswith("_:") for value in values):
            continue
        lines.append(f"({' '.join([str(number), *values])})")
    head = " ".join(["?row_", *(f"?{name}" for name in names)])
    test = (
        f"BIND(({expression.text}) AS ?result_) FILTER(BOUND(?result_))" if variable else f"FILTER({expression.text})"
    )
    query = f"SELECT ?row_ {'?result_' if variable else ''} WHERE {{ VALUES ({head}) {{ {' '.join(lines)} }} {test} }}"
    solutions = _ENGINE.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101  (the query is a SELECT)
    answers = list(solutions)
    numbers = [int(answer["row_"].value) for answer in answers]
    results = facts.snapshot.intern([str(answer["result_"]) for answer in answers]) if variable else [1] * len(answers)
    return [(*(rows[number] if names else ()), result) for number, result in zip(numbers, results, strict=True)]


def place(term: Term, facts: Facts) -> str:
    """Return the SQL of a head's term over the columns of `solve`."""
    return str(facts.id(term)) if isinstance(term, Constant) else f"v_{term.name}"
