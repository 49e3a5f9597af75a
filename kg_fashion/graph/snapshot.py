r"""The columnar snapshot: triples as integer columns in DuckDB, derived from the store.

Table `term(id INTEGER, nt VARCHAR)` numbers the terms in N-Triples syntax, `literal(id)` tells those that cannot be
subjects (literals, triple terms), table `triple(s, p, o INTEGER)` holds distinct triples. Ids count up by first
appearance.

Example:
    >>> snapshot = Snapshot(b'<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> "x y"@en .\n', revision=1)
    >>> len(snapshot), snapshot.encode('"x y"@en') is not None, snapshot.encode("<urn:c>")
    (2, True, None)
"""

from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from kg_fashion.graph.columns import registered


class Snapshot:
    """Triples as integers.

    Args:
        ntriples: N-Triples, one triple a line, UTF-8.
        revision: The store's revision that they stand for.

    Attributes:
        connection: The DuckDB database in memory that holds the tables.
    """

    def __init__(self, ntriples: bytes, *, revision: int) -> None:
        self.revision = revision
        self.connection = duckdb.connect(":memory:")
        text = _columns(ntriples)
        names = pl.concat([text["s"], text["p"], text["o"]]).unique(maintain_order=True)
        numbers = pl.DataFrame({"nt": names, "id": pl.Series(range(len(names)), dtype=pl.Int32)})
        encoded = text
        for column in ("s", "p", "o"):
            encoded = encoded.join(numbers, left_on=column, right_on="nt", maintain_order="left")
            encoded = encoded.with_columns(pl.col("id").alias(column)).drop("id")
        encoded = encoded.unique(maintain_order=True)
        self._ids: dict[str, int] = dict(zip(numbers["nt"], numbers["id"], strict=True))
        self._nts: list[str] = names.to_list()
        self._size = encoded.height
        self._create(numbers.select("id", "nt"), encoded.select("s", "p", "o"))

    def _create(self, numbers: pl.DataFrame, encoded: pl.DataFrame) -> None:
        with registered(self.connection, "numbers", numbers):
            self.connection.execute("CREATE TABLE term AS SELECT id, nt::VARCHAR AS nt FROM numbers")
        self.connection.execute("CREATE MACRO no_node(nt) AS nt LIKE '\"%' OR nt LIKE '<<%'")
        self.connection.execute("CREATE TABLE literal AS SELECT id FROM term WHERE no_node(nt)")
        with registered(self.connection, "encoded", encoded):
            self.connection.execute("CREATE TABLE triple AS SELECT s, p, o FROM encoded")

    def __len__(self) -> int:
        """Count the triples."""
        return self._size

    def encode(self, nt: str) -> int | None:
        """Return the id of a term in N-Triples syntax, None where the snapshot does not know it."""
        return self._ids.get(nt)

    def intern(self, nts: Iterable[str]) -> list[int]:
        """Return the ids of terms, numbering those that are new."""
        wanted = list(nts)
        new = [nt for nt in dict.fromkeys(wanted) if nt not in self._ids]
        if new:
            start = len(self._nts)
            self._ids.update(zip(new, range(start, start + len(new)), strict=True))
            self._nts += new
            added = pl.DataFrame({"id": pl.Series(range(start, start + len(new)), dtype=pl.Int32), "nt": new})
            with registered(self.connection, "added", added):
                self.connection.execute("INSERT INTO term SELECT id, nt FROM added")
                self.connection.execute("INSERT INTO literal SELECT id FROM added WHERE no_node(nt)")
        return [self._ids[nt] for nt in wanted]

    def decode(self, ids: Sequence[int]) -> list[str]:
        """Return the N-Triples texts of ids."""
        return [self._nts[number] for number in ids]


def _columns(ntriples: bytes) -> pl.DataFrame:
    """Split N-Triples lines: subject and predicate hold no space, the object is what is left before the final dot."""
    lines = ntriples.decode("utf-8").split("\n")
    frame = pl.DataFrame({"line": lines}, schema={"line": pl.String}).filter(pl.col("line") != "")
    first = pl.col("line").str.splitn(" ", 3)
    return frame.select(
        first.struct.field("field_0").alias("s"),
        first.struct.field("field_1").alias("p"),
        first.struct.field("field_2").str.strip_suffix(" .").alias("o"),
    )
