"""The facts under evaluation: one DuckDB table a predicate, each row with the rule and the round that made it.

Columns `s`, `o` are term ids; `rule` and `round`, both 0 where asserted, are all the provenance that `explain` needs.
"""

from datetime import UTC, datetime

import polars as pl

from kg_fashion import terms
from kg_fashion.graph.columns import registered
from kg_fashion.graph.snapshot import Snapshot
from kg_fashion.reasoning.syntax import Constant, Term


class Facts:
    """Integer-encoded triples by predicate.

    Args:
        snapshot: The asserted triples; its DuckDB connection and its numbering are used from here on.

    Attributes:
        now: What NOW() gives, the same for the whole evaluation, in N-Triples syntax.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.connection = snapshot.connection
        self.now = f'"{datetime.now(UTC).isoformat(timespec="milliseconds")}"^^<{terms.XSD.dateTime}>'
        self.connection.execute("CREATE TABLE empty_fact (s INTEGER, o INTEGER, rule SMALLINT, round SMALLINT)")
        self._tables: dict[int, str] = {}
        for (predicate,) in self.connection.execute("SELECT DISTINCT p FROM triple ORDER BY p").fetchall():
            self._create(predicate, f"SELECT s, o, 0 AS rule, 0 AS round FROM triple WHERE p = {int(predicate)}")

    def _create(self, predicate: int, query: str) -> str:
        table = f"p{int(predicate)}"
        self.connection.execute(
            f"CREATE TABLE {table} AS SELECT s::INTEGER AS s, o::INTEGER AS o, rule::SMALLINT AS rule,"
            f" round::SMALLINT AS round FROM ({query})"
        )
        self._tables[predicate] = table
        return table

    @property
    def predicates(self) -> tuple[int, ...]:
        """The ids of all predicates that have a table."""
        return tuple(self._tables)

    def id(self, constant: Constant) -> int:
        """Return a constant's id, numbering it where it is new."""
        return self.snapshot.intern([constant.nt])[0]

    def table(self, predicate: int) -> str:
        """Return the table of a predicate; an empty one where it has no facts."""
        return self._tables.get(predicate, "empty_fact")

    def source(self, predicate: Term, *, data: bool = False) -> str:
        """Return SQL that selects `s`, `o`, `rule`, `round` and, for a variable predicate, `p`."""
        where = " WHERE round = 0" if data else ""
        if isinstance(predicate, Constant):
            table = self.table(self.id(predicate))
            return f"(SELECT * FROM {table}{where})" if data else table
        parts = [f"SELECT s, {p} AS p, o, rule, round FROM {table}{where}" for p, table in self._tables.items()]
        return f"({' UNION ALL '.join(parts) or 'SELECT s, 0 AS p, o, rule, round FROM empty_fact'})"

    def add(self, predicate: int, query: str, *, rule: int, round: int) -> int:
        """Add what a query selects as `s`, `o` and is not yet there.

        Returns:
            How many facts are new.
        """
        table = self._tables.get(predicate) or self._create(predicate, "SELECT * FROM empty_fact")
        added = self.connection.execute(
            f"INSERT INTO {table} SELECT DISTINCT n.s, n.o, {int(rule)}, {int(round)} FROM ({query}) n"
            f" ANTI JOIN {table} known ON known.s = n.s AND known.o = n.o"
        ).fetchall()
        return int(added[0][0])

    def add_base(self, triples: list[tuple[int, int, int]]) -> None:
        """Add asserted facts (s, p, o)."""
        frame = pl.DataFrame(triples, schema={"s": pl.Int32, "p": pl.Int32, "o": pl.Int32}, orient="row")
        for predicate in dict.fromkeys(p for _, p, _ in triples):
            with registered(self.connection, "base_fact", frame):
                self.add(predicate, f"SELECT s, o FROM base_fact WHERE p = {predicate}", rule=0, round=0)

    def derived(self) -> int:
        """Count the facts that rules made."""
        total = 0
        for table in self._tables.values():
            total += self.connection.execute(f"SELECT count(*) FROM {table} WHERE round > 0").fetchall()[0][0]
        return total
