"""A rule's plan as SQL over term ids: one dialect, DuckDB's, restricted to what carries over to Spark.

The facts of a predicate with id 7 stand in table `p7` (s, o, rule, round, and c where they may be uncertain), the
newest of them in `d7`. Joins are written in the order of the plan. Constants are left open in a text, so that rules of
one shape are seen to have the same text and run as one statement over a table of their constants: hundreds of subclass
axioms are one join.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kg_fashion.reasoning.plan import Absent, Compare, Match, Source, Step, Values
from kg_fashion.reasoning.syntax import Constant, Expression, Negation, Pattern, Term, Variable

CERTAIN = "CAST(1 AS FLOAT)"
"""The confidence of what is certain."""


class Catalog(Protocol):
    """What the tables hold, as far as a text depends on it."""

    def id(self, constant: Constant) -> int:
        """Return a constant's term id."""
        ...

    def has(self, predicate: int, source: Source) -> bool:
        """Say whether a predicate has facts, or newest facts."""
        ...

    def filled(self, source: Source) -> Sequence[int]:
        """Return the predicates that have facts, or newest facts."""
        ...

    def is_uncertain(self, predicate: int) -> bool:
        """Say whether a predicate's facts have confidences."""
        ...


@dataclass(frozen=True)
class Query:
    """A SELECT whose constants are open: `{0}`, `{1}`, ... in its texts.

    Attributes:
        selected: What it selects.
        sources: Tables and joins, in order.
        conditions: What must hold.
        constants: The values of the open constants; two queries that differ in these alone have one shape.

    Example:
        >>> query = Query("t0.s AS s, {1} AS o", ("p7 t0",), ("t0.o = {0}",), (3, 4))
        >>> query.sql()
        'SELECT t0.s AS s, 4 AS o FROM p7 t0 WHERE t0.o = 3'
    """

    selected: str
    sources: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    constants: tuple[int, ...] = field(default=(), compare=False)

    def sql(self) -> str:
        """Return its text."""
        return self._text(self.sources).format(*self.constants)

    def over(self, rows: Iterable[tuple[int, ...]]) -> str:
        """Return the text of queries of this shape as one.

        Args:
            rows: The constants of each.

        Example:
            >>> Query("t0.s AS s, {1} AS o", ("p7 t0",), ("t0.o = {0}",)).over([(3, 4), (5, 6)])
            'SELECT t0.s AS s, c.k1 AS o FROM (VALUES (3, 4), (5, 6)) c(k0, k1) CROSS JOIN p7 t0 WHERE t0.o = c.k0'
        """
        listed = list(dict.fromkeys(rows))
        names = [f"k{place}" for place in range(len(listed[0]))]
        table = ", ".join(f"({', '.join(map(str, row))})" for row in listed)
        first, *rest = self.sources or ("(SELECT 1) e",)
        sources = (f"(VALUES {table}) c({', '.join(names)}) CROSS JOIN {first}", *rest)
        return self._text(sources).format(*(f"c.{name}" for name in names))

    def where(self, condition: str) -> "Query":
        """Return it with one more condition."""
        return replace(self, conditions=(*self.conditions, condition))

    def _text(self, sources: Sequence[str]) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"SELECT {self.selected} FROM {' '.join(sources) or '(SELECT 1) e'}{where}"


class Select:
    """A query that grows by the steps of a plan.

    Args:
        catalog: What the tables hold.
        order: Puts the patterns of a negation into the order of their join.
        prefix: The start of the aliases of its tables.
        inner: Whether it stands within another, where its constants are written out.
        settled: Pattern -> the round of the newest facts, for patterns that need to look only at older facts.

    Attributes:
        columns: Variable -> the SQL of its value.
        weights: The SQL of the confidences of its premises.
        empty: Whether it is known to have no solutions.
        joins: How many tables it reads.
    """

    def __init__(
        self,
        catalog: Catalog,
        order: Callable[[Negation], Sequence[Step]],
        *,
        prefix: str = "t",
        inner: bool = False,
        settled: Mapping[Pattern, int] | None = None,
    ) -> None:
        self._catalog = catalog
        self._order = order
        self._prefix = prefix
        self._inner = inner
        self._settled = settled or {}
        self._sources: list[str] = []
        self._conditions: list[str] = []
        self._constants: list[int] = []
        self.columns: dict[str, str] = {}
        self.weights: list[str] = []
        self.empty = False
        self.joins = 0

    def query(self, selected: str) -> Query:
        """Return what has grown, with a list of what it selects."""
        return Query(selected, tuple(self._sources), tuple(self._conditions), tuple(self._constants))

    def head(self, template: Pattern, mark: int, *, weight: str | None, nodes_only: bool) -> Query:
        """Return the query of what a head's template makes.

        Args:
            template: The template; its predicate is not looked at.
            mark: The value of the column k.
            weight: The SQL of column c; None for no such column.
            nodes_only: Whether the subject may be a literal, whose triples are left out, as CONSTRUCT does.
        """
        kept = len(self._constants)
        subject, obj = self._place(template.subject), self._place(template.object)
        selected = f"{subject} AS s, {obj} AS o, {self._open(mark)} AS k{f', {weight} AS c' if weight else ''}"
        sources = [*self._sources, f"ANTI JOIN literal l ON l.id = {subject}"] if nodes_only else self._sources
        made = Query(selected, tuple(sources), tuple(self._conditions), tuple(self._constants))
        del self._constants[kept:]
        return made

    def _open(self, value: int) -> str:
        """Leave a value open in the text; within a negation, which cannot see a table of constants, write it out."""
        if self._inner:
            return str(value)
        self._constants.append(value)
        return f"{{{len(self._constants) - 1}}}"

    def _place(self, term: Term) -> str:
        return self.columns[term.name] if isinstance(term, Variable) else self._open(self._catalog.id(term))

    def _listed(self, constants: Iterable[Constant]) -> list[str]:
        return [str(self._catalog.id(constant)) for constant in constants]

    def weight(self, confidence: float) -> str | None:
        """Return the SQL of a solution's confidence: the rule's times those of its premises; None where it is 1."""
        if confidence == 1 and not self.weights:
            return None
        return " * ".join([*self.weights, *([f"CAST({confidence!r} AS FLOAT)"] if confidence < 1 else [])])

    def add(self, step: Step) -> None:
        """Add a match, a list of values, a comparison or a negation without expressions."""
        match step:
            case Match(pattern, source):
                self._match(pattern, source)
            case Values(variable, constants):
                rows = ", ".join(f"({value})" for value in self._listed(constants))
                self._join(f"(VALUES {rows}) {self._alias()}(x)", [])
                self.columns[variable] = f"{self._alias()}.x"
                self.joins += 1
            case Compare(expression):
                self._conditions += self._test(expression, self.columns)
            case Absent(negation):
                self._absent(negation)
            case _:
                raise TypeError(f"not a step of SQL: {step}")

    def join(self, table: str, columns: Mapping[str, str], *, kind: str = "JOIN", weighted: bool = False) -> None:
        """Join a table.

        Args:
            table: Its name.
            columns: Variable -> column; shared variables are joined on.
            kind: JOIN or ANTI JOIN.
            weighted: Whether its column c is a confidence.
        """
        alias = self._alias()
        shared = [f"{alias}.{columns[name]} = {self.columns[name]}" for name in columns if name in self.columns]
        self._join(f"{table} {alias}", shared, kind=kind)
        if kind == "JOIN":
            self.columns.update({n: f"{alias}.{c}" for n, c in columns.items() if n not in self.columns})
            self.weights += [f"{alias}.c"] if weighted else []
        self.joins += 1

    def _alias(self) -> str:
        return f"{self._prefix}{self.joins}"

    def _join(self, source: str, on: list[str], *, kind: str = "JOIN") -> None:
        if not self._sources and kind == "JOIN":
            self._sources.append(source)
            self._conditions += on
        elif not on and kind == "JOIN":
            self._sources.append(f"CROSS JOIN {source}")
        else:
            self._sources += [] if self._sources else ["(SELECT 1 AS one) e"]
            self._sources.append(f"{kind} {source} ON {' AND '.join(on) or '1 = 1'}")

    def _match(self, pattern: Pattern, source: Source) -> None:
        alias = self._alias()
        table, weighted = self._table(pattern.predicate, source)
        places = [("s", pattern.subject), ("o", pattern.object)]
        if isinstance(pattern.predicate, Variable):
            places.insert(1, ("p", pattern.predicate))
        on: list[str] = []
        for column, term in places:
            if isinstance(term, Variable) and term.name not in self.columns:
                self.columns[term.name] = f"{alias}.{column}"
            else:
                on.append(f"{alias}.{column} = {self._place(term)}")
        if source == "all" and pattern in self._settled:
            on.append(f"{alias}.round < {self._settled[pattern]}")
        self._join(f"{table} {alias}", on)
        self.weights += [f"{alias}.c"] if weighted else []
        self.joins += 1

    def _table(self, predicate: Term, source: Source) -> tuple[str, bool]:
        """Return the SQL of a predicate's facts, and whether they have confidences."""
        letter, where = ("d" if source == "delta" else "p"), (" WHERE round = 0" if source == "base" else "")
        weigh = self._catalog.is_uncertain
        if isinstance(predicate, Constant):
            number = self._catalog.id(predicate)
            self.empty |= not self._catalog.has(number, source)
            weighted = weigh(number) and source != "base"
            columns = "s, o, c" if weighted else "s, o"
            return f"(SELECT {columns} FROM {letter}{number}{where})" if where else f"{letter}{number}", weighted
        filled = self._catalog.filled(source)
        self.empty |= not filled
        weighted = source != "base" and any(map(weigh, filled))
        parts = []
        for p in filled:
            weight = f", {'c' if weigh(p) else CERTAIN} AS c" if weighted else ""
            parts.append(f"SELECT s, {p} AS p, o{weight} FROM {letter}{p}{where}")
        return f"({' UNION ALL '.join(parts)})", weighted

    def _test(self, expression: Expression, columns: Mapping[str, str]) -> list[str]:
        found = [f"{columns[expression.same[0]]} = {columns[expression.same[1]]}"] if expression.same else []
        if expression.differ:
            found.append(f"{columns[expression.differ[0]]} <> {columns[expression.differ[1]]}")
        for name, constants, positive in expression.members or ():
            listed = ", ".join(self._listed(constants)) or "-1"
            found.append(f"{columns[name]} {'IN' if positive else 'NOT IN'} ({listed})")
        return found

    def _absent(self, negation: Negation) -> None:
        """Anti-join what a negation matches; its tests of outer variables stand in the join's condition."""
        inner = Select(self._catalog, self._order, prefix=f"n{self.joins}_", inner=True)
        for step in self._order(negation):
            inner.add(step)
        if inner.empty:
            return
        own = dict(inner.columns)
        for test in negation.filters:
            if test.variables <= own.keys():
                inner._conditions += inner._test(test, own)
        names = {name: f"x{place}" for place, name in enumerate(sorted(own))}
        selected = ", ".join(f"{own[name]} AS {column}" for name, column in names.items()) or "1 AS one"
        alias = self._alias()
        both = {**self.columns, **{n: f"{alias}.{c}" for n, c in names.items() if n not in self.columns}}
        on = [f"{alias}.{c} = {self.columns[n]}" for n, c in names.items() if n in self.columns]
        on += [text for t in negation.filters if not t.variables <= own.keys() for text in self._test(t, both)]
        self._join(f"({inner.query(selected).sql()}) {alias}", on, kind="ANTI JOIN")
        self.joins += 1
