"""Polars frames in DuckDB, through the Arrow C stream interface, so that pyarrow is not needed.

https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl


class _Stream:
    """Shows only a frame's Arrow stream; DuckDB would ask a polars frame itself for pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> Iterator[None]:
    """Let SQL read a frame under a name, within the block.

    Example:
        >>> connection = duckdb.connect()
        >>> with registered(connection, "t", pl.DataFrame({"a": [1, 2]})):
        ...     connection.execute("SELECT sum(a) FROM t").fetchall()
        [(3,)]
    """
    connection.register(name, _Stream(frame))
    try:
        yield
    finally:
        connection.unregister(name)
