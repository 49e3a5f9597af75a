"""Parquet through Polars, batch by batch; every column is read as text, lists as several values."""

from collections.abc import Iterator
from typing import Any

from kg_fashion.catalog.sources.file import SourceFile
from kg_fashion.catalog.sources.lists import unwritable
from kg_fashion.catalog.sources.record import MANY, Record
from kg_fashion.errors import CatalogueError

_BATCH = 50_000


class ParquetSource:
    """A Parquet file.

    Args:
        file: The file; Parquet has its own compression, so it may not be compressed again.

    Attributes:
        file: The file.
        header: Its column names.

    Raises:
        CatalogueError: it cannot be read as Parquet.
    """

    format = "parquet"

    def __init__(self, file: SourceFile) -> None:
        import polars as pl

        self.file = file
        if file.plain is None:
            raise CatalogueError("a compressed Parquet file; unpack it, Parquet is compressed itself", path=file.path)
        try:
            self.frame = pl.scan_parquet(file.plain, glob=False)
            self._text = self.frame.select(_as_text(n, t) for n, t in self.frame.collect_schema().items())
            self.header = tuple(self._text.collect_schema().names())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise CatalogueError(f"not readable as Parquet: {_first_line(error)}", path=file.path) from error

    def records(self) -> Iterator[Record]:
        """Iterate over the rows, numbered from 1."""
        import polars as pl

        number = 0
        try:
            for batch in self._text.collect_batches(chunk_size=_BATCH):
                for cells in batch.iter_rows():
                    number += 1
                    texts = tuple(["" if cell is None else cell for cell in cells])
                    problem = unwritable("".join(texts))
                    yield Record(number, () if problem else texts, problem)
        except (pl.exceptions.PolarsError, OSError) as error:
            yield Record(number + 1, (), f"the file cannot be read on: {_first_line(error)}")


def _as_text(name: str, dtype: Any) -> Any:
    import polars as pl

    column = pl.col(name)
    if dtype == pl.List or dtype == pl.Array:
        listed = column.cast(pl.List(pl.String)) if dtype == pl.List else column.arr.to_list().cast(pl.List(pl.String))
        return listed.list.join(MANY, ignore_nulls=True)
    if dtype == pl.Struct:
        return column.struct.json_encode()
    if dtype == pl.Binary:
        return column.map_elements(_decoded, return_dtype=pl.String)
    return column.cast(pl.String)


def _decoded(data: bytes) -> str:
    """Read a column of bytes that were meant as text; what is not UTF-8 is an empty cell."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
