"""Solutions of a plan in a database: joins as SQL, expressions in this process.

What only the SPARQL engine can evaluate gets the distinct values of its variables and gives back a table of results,
which is joined; so a FILTER on a price looks at each price once, however many garments there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kg_fashion.reasoning import expressions
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.plan import Absent, Assign, Collect, Filter, Mint, Statistics, Step, make_plan
from kg_fashion.reasoning.sql import Catalog, Select
from kg_fashion.reasoning.sql_database import Array, Database
from kg_fashion.reasoning.syntax import Aggregate, Expression, Negation, Pattern, Rule

_GROUP = "*"
"""The name of a column beside those of variables; no variable can have it."""


@dataclass(frozen=True)
class Stored:
    """Solutions in a table.

    Attributes:
        name: The table.
        columns: Variable -> column.
        size: How many solutions.
        weighted: Whether its column c is their confidence.
    """

    name: str
    columns: Mapping[str, str]
    size: int
    weighted: bool = False


class Solver:
    """Turns plans into solutions.

    Args:
        database: Holds the facts.
        facts: The terms and the time.
        catalog: What the tables hold.
        sizes: The sizes of relations.
    """

    def __init__(self, database: Database, facts: FactBase, catalog: Catalog, sizes: Statistics) -> None:
        self._database = database
        self._facts = facts
        self._catalog = catalog
        self._sizes = sizes
        self._tables: list[str] = []

    def solve(
        self,
        steps: Sequence[Step],
        rule: Rule,
        start: Select | None = None,
        *,
        settled: Mapping[Pattern, int] | None = None,
    ) -> Select:
        """Return the query of a plan's solutions.

        Args:
            steps: What to do.
            rule: Whose fresh blank nodes are minted.
            start: What to go on from; from nothing by default.
            settled: Pattern -> the round of the newest facts, for patterns that need to look only at older facts.
        """
        select = start or Select(self._catalog, self._order, settled=settled)
        for step in steps:
            if select.empty:
                break
            match step:
                case Filter(expression):
                    select = self._filter(select, expression)
                case Assign(variable, expression):
                    select = self._assign(select, variable, expression)
                case Mint(variable):
                    select = self._mint(select, rule, variable)
                case Collect(aggregate):
                    select = self._collect(select, aggregate)
                case Absent(negation) if not _is_plain(negation, select):
                    select = self._absent(select, negation)
                case _:
                    select.add(step)
        return select

    def store(self, select: Select) -> Stored:
        """Put a query's solutions into a table."""
        columns = {name: f"v{place}" for place, name in enumerate(select.columns)}
        selected = [f"{select.columns[name]} AS {column}" for name, column in columns.items()] or ["1 AS one"]
        selected += [f"{' * '.join(select.weights)} AS c"] if select.weights else []
        name = self._name()
        size = self._database.create(name, select.query(", ".join(selected)).sql())
        return Stored(name, columns, size, bool(select.weights))

    def over(self, stored: Stored) -> Select:
        """Return a query of all that a table of solutions holds."""
        select = Select(self._catalog, self._order)
        select.join(stored.name, stored.columns, weighted=stored.weighted)
        select.empty = not stored.size
        return select

    def drop(self) -> None:
        """Drop the tables in between."""
        self._database.drop(self._tables)
        self._tables = []

    def _order(self, negation: Negation) -> Sequence[Step]:
        return make_plan(Rule("", (), negation.patterns, data=negation.data), self._sizes).steps

    def _name(self) -> str:
        self._tables.append(f"w{len(self._tables)}")
        return self._tables[-1]

    def _distinct(self, stored: Stored, names: Sequence[str]) -> dict[str, Array]:
        """Return the distinct values of some variables; for none, a column that is no variable's with one row."""
        if not names:
            return {_GROUP: np.zeros(min(stored.size, 1), dtype=np.int32)}
        found = self._database.distinct(stored.name, [stored.columns[name] for name in names])
        return dict(zip(names, found, strict=True))

    def _joined(self, stored: Stored, values: Mapping[str, Array]) -> Select:
        """Join a table of solutions with values that were found for some of its variables."""
        columns = {name: column.astype(np.int32) for name, column in values.items() if name != _GROUP}
        size = len(next(iter(values.values())))
        select = self.over(stored)
        if columns and size:
            found = self._load(columns)
            select.join(found.name, found.columns)
        select.empty |= not size
        return select

    def _load(self, values: Mapping[str, Array]) -> Stored:
        columns = {name: f"v{place}" for place, name in enumerate(values)}
        table = self._name()
        self._database.load(table, {columns[name]: column.astype(np.int32) for name, column in values.items()})
        return Stored(table, columns, len(next(iter(values.values()))))

    def _filter(self, select: Select, expression: Expression) -> Select:
        stored = self.store(select)
        names = list(stored.columns) if expression.each else sorted(expression.variables)
        given = self._distinct(stored, names)
        passed = expressions.holds(expression, given, self._facts.terms, now=self._facts.now)
        return self._joined(stored, {name: column[passed] for name, column in given.items()})

    def _assign(self, select: Select, variable: str, expression: Expression) -> Select:
        stored = self.store(select)
        names = list(stored.columns) if expression.each else sorted(expression.variables)
        given = self._distinct(stored, names)
        found = expressions.values(expression, given, self._facts.terms, now=self._facts.now)
        return self._bound(stored, given, variable, found)

    def _mint(self, select: Select, rule: Rule, variable: str) -> Select:
        stored = self.store(select)
        names = [name for name in stored.columns if name in rule.solution] or list(stored.columns)
        given = self._distinct(stored, names)
        return self._bound(stored, given, variable, expressions.mint(rule, variable, given, self._facts.terms))

    def _bound(self, stored: Stored, given: Mapping[str, Array], variable: str, found: Array) -> Select:
        """Join the values of a variable; an error, -1, drops the solution, and so does another value than it has."""
        kept = (found >= 0) & (found == given.get(variable, found))
        return self._joined(stored, {**{name: c[kept] for name, c in given.items()}, variable: found[kept]})

    def _collect(self, select: Select, what: Aggregate) -> Select:
        stored = self.store(select)
        given = self._distinct(stored, sorted(what.variables & stored.columns.keys()))
        size = len(next(iter(given.values())))
        if not size:
            return self.over(stored)
        groups = self._load({**given, _GROUP: np.arange(size)})
        inner = Rule("", (), what.patterns, what.filters)
        steps = make_plan(inner, self._sizes, bound=given.keys() - {_GROUP}).steps
        solved = self.solve(steps, inner, self.over(groups))
        rows = {name: np.zeros(0, dtype=np.int32) for name in solved.columns}
        if not solved.empty:
            found = self.store(solved)
            rows = self._distinct(found, list(found.columns))
        arguments = rows[what.argument] if what.argument else None
        values = expressions.aggregate(what, rows[_GROUP], arguments, size, self._facts.terms)
        return self._bound(stored, given, what.variable, values)

    def _absent(self, select: Select, negation: Negation) -> Select:
        """Test a negation with expressions: solve it from the solutions, and leave out those for which it has any."""
        stored = self.store(select)
        if not stored.size:
            return self.over(stored)
        inner = Rule("", (), negation.patterns, negation.filters, data=negation.data)
        steps = make_plan(inner, self._sizes, bound=frozenset(stored.columns)).steps
        refuted = self.solve(steps, inner, self.over(stored))
        kept = self.over(stored)
        if not refuted.empty:
            found = self.store(refuted)
            kept.join(found.name, {name: found.columns[name] for name in stored.columns}, kind="ANTI JOIN")
        return kept


def _is_plain(negation: Negation, select: Select) -> bool:
    own = {name for pattern in negation.patterns for name in pattern.variables}
    tested = {name for expression in negation.filters for name in expression.variables}
    return bool(own) and all(f.plain for f in negation.filters) and tested <= own | select.columns.keys()
