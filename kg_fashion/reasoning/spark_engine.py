"""The SQL engine on Spark (extra `spark`): the same statements, carried over by sqlglot, tables as Parquet files.

Each table is a list of Parquet folders, so that what a round adds is staged once and never recomputed; Spark plans over
files of known size. Small results come back by reading the files in this process, without a job.
https://spark.apache.org/docs/latest/sql-ref.html
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from kg_fashion.errors import SettingsError
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.guard import in_bytes
from kg_fashion.reasoning.sql_database import Array
from kg_fashion.reasoning.sql_engine import SqlEngine

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES: Mapping[str, str] = {"int16": "smallint", "int32": "int", "float32": "float"}
_JOBS = 4
"""How many statements are planned at the same time; planning takes longer than running a small one."""


@dataclass(frozen=True)
class _Part:
    """A Parquet folder that is a part of a table.

    Attributes:
        path: The folder.
        columns: Column -> its type in Spark.
        but: A column whose true rows do not count.
    """

    path: Path
    columns: Mapping[str, str]
    but: str | None = None


class Spark:
    """Spark in local mode, as a database.

    Args:
        memory_limit: Bytes, or a text such as "4GB", for the heap; half of the machine's memory by default. It takes
            effect with the first session of a process.
        temp_directory: Where to stage tables; the system's folder for temporary files by default.
        threads: How many; as many as there are cores by default.

    Raises:
        SettingsError: the memory limit is none, or the extra `spark` is not installed.
    """

    def __init__(self, memory_limit: int | str | None, temp_directory: Path | None, threads: int | None) -> None:
        half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
        self.limit_bytes = half if memory_limit is None else in_bytes(memory_limit)
        self._folder = Path(tempfile.mkdtemp(prefix="kg-fashion-", dir=temp_directory))
        self._clean_up = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        cores = threads or os.cpu_count() or 1
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.sql.codegen.wholeStage": "false",  # many small statements: compiling them costs more than it saves
            "spark.driver.memory": f"{max(self.limit_bytes >> 20, 512)}m",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": str(temp_directory or tempfile.gettempdir()),
            "spark.sql.shuffle.partitions": str(2 * cores),
            "spark.sql.parquet.compression.codec": "lz4_raw",
        }
        self._session = _session(f"local[{cores}]", settings)
        self._tables: dict[str, list[_Part]] = {}
        self._staged = 0

    def create(self, name: str, query: str) -> int:
        """Make a table of a query's rows, in place of one of that name; return how many rows there are."""
        return self.create_each({name: query})[name]

    def create_each(self, queries: Mapping[str, str]) -> dict[str, int]:
        """Make tables of queries that do not read each other's, side by side; return their numbers of rows."""
        paths = {name: self._path() for name in queries}

        def run(name: str) -> dict[str, str]:
            frame = self._session.sql(_carried_over(queries[name]))
            frame.write.parquet(str(paths[name]))
            return {field.name: field.dataType.simpleString() for field in frame.schema}

        with ThreadPoolExecutor(_JOBS) as pool:
            made = list(pool.map(run, queries))
        for name, columns in zip(queries, made, strict=True):
            self._set(name, [_Part(paths[name], columns)])
        return {name: self._scan(name).select(pl.len()).collect().item() for name in queries}

    def load(self, name: str, columns: Mapping[str, Array]) -> None:
        """Make a table of columns, in place of one of that name."""
        path = self._path()
        path.mkdir()
        pl.DataFrame(dict(columns)).write_parquet(path / "part.parquet", compression="lz4")
        self._set(name, [_Part(path, {column: _TYPES[str(values.dtype)] for column, values in columns.items()})])

    def append(self, name: str, new: str, columns: Sequence[str], *, but: str | None) -> None:
        """Add some columns of the rows of `new` to a table, but not the rows for which a column is true."""
        added = [_Part(part.path, part.columns, but) for part in self._tables[new]]
        self._set(name, [*self._tables.get(name, []), *added])
        if but:
            self._view(name, columns)

    def improve(self, name: str, new: str) -> None:
        """Take over the rules and confidences of the rows of `new` that are marked as old; the rounds stay."""
        better = f"SELECT s, o, rule, c FROM {new} WHERE old"
        selected = "p.s, p.o, COALESCE(n.rule, p.rule) AS rule, p.round, COALESCE(n.c, p.c) AS c"
        self.create(name, f"SELECT {selected} FROM {name} p LEFT JOIN ({better}) n ON n.s = p.s AND n.o = p.o")

    def rename(self, name: str, other: str) -> None:
        """Give a table another name, in place of one of that name."""
        parts = self._tables[name]
        self._set(other, parts)
        self.drop([name])

    def drop(self, names: Sequence[str]) -> None:
        """Drop tables."""
        for name in names:
            self._session.catalog.dropTempView(name)
            self._forget(self._tables.pop(name))

    def distinct(self, name: str, columns: Sequence[str]) -> list[Array]:
        """Return the distinct rows of some columns, sorted."""
        found = self._scan(name).select(columns).unique().sort(columns).collect()
        return [found[column].to_numpy() for column in columns]

    def tally(self, name: str, column: str, *, but: str | None = None) -> dict[int, int]:
        """Count the rows for each value of a column, but not those for which another column is true."""
        rows = self._scan(name)
        rows = rows.filter(~pl.col(but)) if but else rows
        return dict(rows.group_by(column).len().sort(column).collect().iter_rows())

    def spread(self, name: str) -> tuple[int, int]:
        """Return about how many subjects and objects a table of facts has."""
        found = self._scan(name).select(pl.col("s", "o").approx_n_unique()).collect()
        return int(found["s"][0]), int(found["o"][0])

    def rows(
        self, name: str, columns: Sequence[str], *, since: int | None = None, before: int | None = None
    ) -> list[Array]:
        """Return some columns of the facts from a round on, or before a round."""
        wanted = pl.col("round") >= since if before is None else pl.col("round") < before
        found = self._scan(name).filter(wanted).select(columns).collect()
        return [found[column].to_numpy() for column in columns]

    def close(self) -> None:
        """Drop all tables; the session stays for the next engine of the process."""
        self.drop(list(self._tables))
        self._clean_up()

    def _path(self) -> Path:
        self._staged += 1
        return self._folder / str(self._staged)

    def _set(self, name: str, parts: list[_Part]) -> None:
        replaced = self._tables.get(name, [])
        self._tables[name] = parts
        self._forget(replaced)
        if not any(part.but for part in parts):
            self._read(parts).createOrReplaceTempView(name)

    def _view(self, name: str, columns: Sequence[str]) -> None:
        """Show a table that has parts whose rows do not all count."""
        frame = None
        for part in self._tables[name]:
            rows = self._read([part])
            rows = (rows.where(f"NOT {part.but}") if part.but else rows).select(*columns)
            frame = rows if frame is None else frame.unionAll(rows)
        assert frame is not None  # noqa: S101  (a table has parts)
        frame.createOrReplaceTempView(name)

    def _read(self, parts: Sequence[_Part]) -> DataFrame:
        schema = ", ".join(f"{column} {kind}" for column, kind in parts[0].columns.items())
        return self._session.read.schema(schema).parquet(*(str(part.path) for part in parts))

    def _scan(self, name: str) -> pl.LazyFrame:
        """Read a table in this process."""
        names = list(self._tables[name][0].columns)
        scanned = []
        for part in self._tables[name]:
            rows = pl.scan_parquet(sorted(part.path.glob("*.parquet")))
            scanned.append((rows.filter(~pl.col(part.but)) if part.but else rows).select(names))
        return pl.concat(scanned)

    def _forget(self, parts: Sequence[_Part]) -> None:
        """Delete the files of parts that no table has."""
        used = {part.path for table in self._tables.values() for part in table}
        for path in {part.path for part in parts} - used:
            shutil.rmtree(path)


def _session(master: str, settings: Mapping[str, str]) -> SparkSession:
    try:
        import sqlglot  # noqa: F401
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError(f"the engine spark needs {error.name}: pip install 'kg-fashion[spark]'") from error
    builder = SparkSession.builder.master(master).appName("kg-fashion")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate().newSession()


def _carried_over(query: str) -> str:
    """Return a query in Spark's dialect.

    Spark packs a join's two INTEGER keys into one number, and its hash of these collides wherever ids follow each
    other: a join of a second takes minutes. So keys of several columns are compared as BIGINT, which it does not pack.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(query, read="duckdb")
    for join in tree.find_all(exp.Join):
        condition = join.args.get("on")
        if isinstance(condition, exp.And):
            for equal in list(condition.find_all(exp.EQ)):
                equal.this.replace(exp.cast(equal.this.copy(), "BIGINT"))
    return str(tree.sql("spark"))


class SparkEngine(SqlEngine):
    """Fires rules in Spark, local mode.

    Args:
        facts: What is known; gets what was derived when all is done.
        uncertain: The predicates whose facts may have a confidence below 1; none where confidences are not asked for.
        memory_limit: Bytes, or a text such as "4GB", for the heap; half of the machine's memory by default.
        temp_directory: Where to stage tables; the system's folder for temporary files by default.
        threads: How many; as many as there are cores by default. The result does not depend on it.

    Raises:
        SettingsError: the memory limit is none, or the extra `spark` is not installed.
    """

    def __init__(
        self,
        facts: FactBase,
        *,
        uncertain: Set[int] = frozenset(),
        memory_limit: int | str | None = None,
        temp_directory: Path | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(facts, Spark(memory_limit, temp_directory, threads), uncertain=uncertain)
