"""Enriched Parquet: the columns with their types, and the further ones beside them."""

from typing import IO

from kg_fashion.catalog.enriched.rows import Inferred
from kg_fashion.catalog.sources.parquet import ParquetSource
from kg_fashion.catalog.sources.record import MANY


def write_parquet(inferred: Inferred, stream: IO[bytes]) -> None:
    """Write a Parquet file; from another format every supplied column is text, several values joined by "|"."""
    import polars as pl

    separator = inferred.catalogue.mapping.separator or "|"
    supplied: list[tuple[str, ...]] = []
    added: list[tuple[str | None, ...]] = []
    source = inferred.source
    for record, cells in inferred.rows():
        if not isinstance(source, ParquetSource):
            supplied.append(tuple(cell.replace(MANY, separator) for cell in record.cells))
        added.append(tuple(cell or None for cell in cells))
    more = pl.DataFrame(added, schema=dict.fromkeys(inferred.columns, pl.String), orient="row").with_columns(
        pl.col(name).cast(pl.Float64) for name in inferred.columns if name.endswith("_probability")
    )
    if isinstance(source, ParquetSource):
        table = source.frame.collect()
    else:
        table = pl.DataFrame(supplied, schema=dict.fromkeys(source.header, pl.String), orient="row")
    table.hstack(more).write_parquet(stream)
