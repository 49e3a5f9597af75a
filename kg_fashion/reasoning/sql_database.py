"""The database behind an SQL engine: what it must do, and DuckDB, in memory or spilled to disk."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from kg_fashion.errors import SettingsError
from kg_fashion.graph.columns import registered
from kg_fashion.reasoning.guard import in_bytes

Array = NDArray[Any]


class Database(Protocol):
    """Tables of ids by name, made by queries in DuckDB's dialect.

    Attributes:
        limit_bytes: What solutions may take.
    """

    limit_bytes: int

    def create(self, name: str, query: str) -> int:
        """Make a table of a query's rows, in place of one of that name; return how many rows there are."""
        ...

    def create_each(self, queries: Mapping[str, str]) -> dict[str, int]:
        """Make tables of queries that do not read each other's, perhaps side by side; return their numbers of rows."""
        ...

    def load(self, name: str, columns: Mapping[str, Array]) -> None:
        """Make a table of columns, in place of one of that name."""
        ...

    def append(self, name: str, new: str, columns: Sequence[str], *, but: str | None) -> None:
        """Add some columns of the rows of `new` to a table, but not the rows for which a column is true.

        Makes the table where there is none.
        """
        ...

    def improve(self, name: str, new: str) -> None:
        """Take over the rules and confidences of the rows of `new` that are marked as old; the rounds stay."""
        ...

    def rename(self, name: str, other: str) -> None:
        """Give a table another name, in place of one of that name."""
        ...

    def drop(self, names: Sequence[str]) -> None:
        """Drop tables."""
        ...

    def distinct(self, name: str, columns: Sequence[str]) -> list[Array]:
        """Return the distinct rows of some columns, sorted."""
        ...

    def tally(self, name: str, column: str, *, but: str | None = None) -> dict[int, int]:
        """Count the rows for each value of a column, but not those for which another column is true."""
        ...

    def spread(self, name: str) -> tuple[int, int]:
        """Return about how many subjects and objects a table of facts has."""
        ...

    def rows(
        self, name: str, columns: Sequence[str], *, since: int | None = None, before: int | None = None
    ) -> list[Array]:
        """Return some columns of the facts from a round on, or before a round."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class DuckDB:
    """DuckDB in memory.

    Args:
        memory_limit: Bytes, or a text such as "4GB"; four fifths of the machine's memory by default.
        temp_directory: Where to put what does not fit; without it, what does not fit is an error.
        threads: How many; as many as there are cores by default.

    Raises:
        SettingsError: the memory limit is none.
    """

    def __init__(self, memory_limit: int | str | None, temp_directory: Path | None, threads: int | None) -> None:
        config: dict[str, Any] = {"temp_directory": str(temp_directory or ""), "preserve_insertion_order": False}
        if memory_limit is not None:
            config["memory_limit"] = f"{in_bytes(memory_limit)}B"
        if threads is not None:
            config["threads"] = threads
        self._names: set[str] = set()
        self._connection = duckdb.connect(":memory:", config=config)
        self.limit_bytes = in_bytes(memory_limit or self._run("SELECT current_setting('memory_limit')")[0][0])

    def _run(self, query: str) -> list[Any]:
        try:
            return self._connection.execute(query).fetchall()
        except duckdb.OutOfMemoryException as error:
            raise _too_small(error) from error

    def create(self, name: str, query: str) -> int:
        """Make a table of a query's rows, in place of one of that name; return how many rows there are."""
        self._names.add(name)
        return int(self._run(f"CREATE OR REPLACE TABLE {name} AS {query}")[0][0])

    def create_each(self, queries: Mapping[str, str]) -> dict[str, int]:
        """Make tables of queries, one after the other: DuckDB runs each on all cores."""
        return {name: self.create(name, query) for name, query in queries.items()}

    def load(self, name: str, columns: Mapping[str, Array]) -> None:
        """Make a table of columns, in place of one of that name."""
        with registered(self._connection, "loaded", pl.DataFrame(dict(columns))):
            self.create(name, "SELECT * FROM loaded")

    def append(self, name: str, new: str, columns: Sequence[str], *, but: str | None) -> None:
        """Add some columns of the rows of `new` to a table, but not the rows for which a column is true."""
        listed = ", ".join(columns)
        query = f"SELECT {listed} FROM {new}{f' WHERE NOT {but}' if but else ''}"
        if name in self._names:
            self._run(f"INSERT INTO {name} ({listed}) {query}")
        else:
            self.create(name, query)

    def improve(self, name: str, new: str) -> None:
        """Take over the rules and confidences of the rows of `new` that are marked as old; the rounds stay."""
        self._run(
            f"UPDATE {name} SET c = n.c, rule = n.rule FROM {new} n WHERE n.old AND {name}.s = n.s AND {name}.o = n.o"
        )

    def rename(self, name: str, other: str) -> None:
        """Give a table another name, in place of one of that name."""
        self._run(f"DROP TABLE IF EXISTS {other}")
        self._run(f"ALTER TABLE {name} RENAME TO {other}")
        self._names = self._names - {name} | {other}

    def drop(self, names: Sequence[str]) -> None:
        """Drop tables."""
        for name in names:
            self._run(f"DROP TABLE {name}")
        self._names -= set(names)

    def distinct(self, name: str, columns: Sequence[str]) -> list[Array]:
        """Return the distinct rows of some columns, sorted."""
        listed = ", ".join(columns)
        return self._arrays(f"SELECT DISTINCT {listed} FROM {name} ORDER BY {listed}", columns)

    def tally(self, name: str, column: str, *, but: str | None = None) -> dict[int, int]:
        """Count the rows for each value of a column, but not those for which another column is true."""
        where = f" WHERE NOT {but}" if but else ""
        return dict(self._run(f"SELECT {column}, count(*) FROM {name}{where} GROUP BY {column} ORDER BY {column}"))

    def spread(self, name: str) -> tuple[int, int]:
        """Return about how many subjects and objects a table of facts has."""
        ((subjects, objects),) = self._run(f"SELECT approx_count_distinct(s), approx_count_distinct(o) FROM {name}")
        return subjects, objects

    def rows(
        self, name: str, columns: Sequence[str], *, since: int | None = None, before: int | None = None
    ) -> list[Array]:
        """Return some columns of the facts from a round on, or before a round."""
        where = f"round >= {since}" if before is None else f"round < {before}"
        return self._arrays(f"SELECT {', '.join(columns)} FROM {name} WHERE {where}", columns)

    def _arrays(self, query: str, columns: Sequence[str]) -> list[Array]:
        try:
            found = self._connection.execute(query).fetchnumpy()
        except duckdb.OutOfMemoryException as error:
            raise _too_small(error) from error
        return [np.asarray(found[column]) for column in columns]

    def close(self) -> None:
        """Let go of everything."""
        self._connection.close()


def _too_small(error: duckdb.Error) -> SettingsError:
    first = re.sub(r"\s+", " ", str(error).partition("\n")[0])
    return SettingsError(
        f"the rules need more memory than the limit ({first}); raise it, or give a temp_directory to spill to"
    )
