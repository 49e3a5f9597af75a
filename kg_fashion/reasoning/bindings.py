"""Solutions of a rule's body: the SQL of its patterns, tests and negations, and the expressions beside it.

Patterns, tests of a variable against IRIs, and negations without expressions become one SQL query over term ids. Every
other FILTER and SET is handed to the SPARQL engine with the distinct values of its variables, so that SPARQL's rules
for numbers, strings, languages and errors hold as they stand (SPARQL 1.1, section 17).
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

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
    matched = {name for pattern in rule.patterns for name in pattern.variables} | fixed.keys()
    slow = [f for f in rule.filters if not (f.plain and f.variables <= matched)]
    slow_negations = [n for n in rule.negations if not _is_fast(n, matched, _assigned(rule))]
    if slow or slow_negations or rule.assignments:
        query, columns = _slow_path(facts, rule, window, query, columns, slow, slow_negations)
        for name in _assigned(rule):
            if bound and name in bound:
                query = f"SELECT * FROM ({query}) WHERE v_{name} = {int(bound[name])}"
    return query


def _is_fast(negation: Negation, matched: Set[str], assigned: Set[str]) -> bool:
    """Say whether a NOT can be tested within the join: no expressions, and no variable that is assigned later."""
    own = {name for pattern in negation.patterns for name in pattern.variables}
    tested = {name for expression in negation.filters for name in expression.variables}
    return bool(own) and all(f.plain for f in negation.filters) and tested <= own | matched and not own & assigned


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
    fast = [f for f in rule.filters if f.plain and f.variables <= {*places, *fixed}]
    conditions += _tests(facts, fast, places, fixed)
    conditions += [
        _not_exists(facts, negation, places, fixed, number, window)
        for number, negation in enumerate(rule.negations)
        if _is_fast(negation, {*places, *fixed}, _assigned(rule))
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
    facts: Facts, filters: Sequence[Expression], places: Mapping[str, str], fixed: Mapping[str, int]
) -> list[str]:
    same = [
        f"{places.get(f.same[0]) or fixed[f.same[0]]} = {places.get(f.same[1]) or fixed[f.same[1]]}"
        for f in filters
        if f.same
    ]
    return same + [
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
        if assignment.expression is None:
            _mint(facts, table, rule, assignment.variable)
        else:
            _evaluate(facts, table, assignment.expression, assignment.variable)
        columns = (*columns, assignment.variable)
    for expression in filters:
        _evaluate(facts, table, expression, None)
    for negation in negations:
        inner = Rule("", (), negation.patterns, data=negation.data)
        names, found = _join(facts, inner, Window(window.before), {})
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
    connection = facts.connection
    if variable and expression.text == f"?{next(iter(expression.variables), '')}":
        connection.execute(f"ALTER TABLE {table} ADD COLUMN v_{variable} INTEGER")
        connection.execute(f"UPDATE {table} SET v_{variable} = v_{next(iter(expression.variables))}")
        return
    if not variable and expression.same:
        first, second = expression.same
        connection.execute(f"DELETE FROM {table} WHERE v_{first} <> v_{second}")
        return
    names = _columns(facts, table) if expression.each else sorted(expression.variables)
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
    facts: Facts, given: Sequence[str], rows: Sequence[tuple[int, ...]], expression: Expression, variable: str | None
) -> list[tuple[int, ...]]:
    if not rows:
        return []
    names = sorted(expression.variables)
    places = [given.index(name) for name in names]
    values = [facts.snapshot.decode([row[place] for place in places]) for row in rows] if given else [[] for _ in rows]
    text = expression.text.replace("NOW( )", facts.now)
    test = f"BIND(({text}) AS ?result_) FILTER(BOUND(?result_))" if variable else f"FILTER({text})"
    engine, pattern = _bindings(names, values)
    solutions = engine.query(f"SELECT ?row_ {'?result_' if variable else ''} WHERE {{ {pattern} {test} }}")
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101  (the query is a SELECT)
    answers = list(solutions)
    numbers = [int(answer["row_"].value.rpartition(":")[2]) for answer in answers]
    results = facts.snapshot.intern([_nt(answer["result_"]) for answer in answers]) if variable else [1] * len(answers)
    return [(*(rows[number] if given else ()), result) for number, result in zip(numbers, results, strict=True)]


def _nt(term: Any) -> str:
    """Write a term in N-Triples syntax."""
    if isinstance(term, ox.Triple):
        return f"<<( {_nt(term.subject)} {_nt(term.predicate)} {_nt(term.object)} )>>"
    return str(term)


def _bindings(names: Sequence[str], values: Sequence[Sequence[str]]) -> tuple[ox.Store, str]:
    """Return an engine and a pattern that bind ?row_ and the variables; blank nodes keep their labels in a store."""
    if not any("_:" in value and not value.startswith(("<h", '"')) for row in values for value in row):
        lines = (f"({' '.join([str(number), *row])})" for number, row in enumerate(values))
        head = " ".join(["?row_", *(f"?{name}" for name in names)])
        return _ENGINE, f"VALUES ({head}) {{ {' '.join(lines)} }}"
    lines = (
        f"<urn:row:{number}> <urn:variable:{name}> {value} ."
        for number, row in enumerate(values)
        for name, value in zip(names, row, strict=True)
    )
    engine = ox.Store()
    engine.extend(ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES))
    return engine, " ".join(f"?row_ <urn:variable:{name}> ?{name} ." for name in names)


def _columns(facts: Facts, table: str) -> list[str]:
    cursor = facts.connection.execute(f"SELECT * FROM {table} LIMIT 0")
    return [column[0].removeprefix("v_") for column in cursor.description or () if column[0] != "v_"]


def _mint(facts: Facts, table: str, rule: Rule, variable: str) -> None:
    """Add a fresh blank node for each solution, the same one whenever the same solution is found again."""
    names = [name for name in _columns(facts, table) if name in rule.solution] or _columns(facts, table)
    selected = ", ".join(f"v_{name}" for name in names) or "1"
    rows = facts.connection.execute(f"SELECT DISTINCT {selected} FROM {table}").fetchall()
    stem = f"_:r{zlib.crc32(f'{rule.iri} {variable}'.encode()):08x}"
    made = facts.snapshot.intern(["_".join([stem, *map(str, row)]) for row in rows])
    schema = dict.fromkeys([*(f"v_{name}" for name in names or ["one"]), "result"], pl.Int32)
    frame = pl.DataFrame([(*row, node) for row, node in zip(rows, made, strict=True)], schema=schema, orient="row")
    with registered(facts.connection, "minted", frame):
        on = " AND ".join(f"a.v_{name} = m.v_{name}" for name in names) or "true"
        facts.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE passed AS SELECT a.*, m.result AS v_{variable}"
            f" FROM {table} a JOIN minted m ON {on}"
        )
    facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM passed")


def place(term: Term, facts: Facts) -> str:
    """Return the SQL of a head's term over the columns of `solve`."""
    return str(facts.id(term)) if isinstance(term, Constant) else f"v_{term.name}"
