"""Enriched CSV and TSV: the rows byte for byte, except for cells that a spreadsheet would run as formulas.

Such a cell (OWASP, "CSV Injection": it begins with =, +, -, @, a tab or a carriage return, and is not a number) gets an
apostrophe in front, whether it was supplied or inferred.
"""

import re
from typing import IO

from kg_fashion.catalog.enriched.rows import Inferred
from kg_fashion.catalog.sources import DelimitedSource, Record
from kg_fashion.catalog.sources.delimited import csv_row
from kg_fashion.catalog.sources.file import UTF8_BOM
from kg_fashion.catalog.sources.record import MANY

_FORMULA = re.compile(r"[=+\-@\t\r](?!$)(?![\d.,]+%?$)", re.DOTALL)
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """Return a cell so that no spreadsheet takes it for a formula.

    Example:
        >>> [neutral(cell) for cell in ("=1+1", "-12.50", "-", "@home", "navy")]
        ["'=1+1", '-12.50', '-', "'@home", 'navy']
    """
    return f"'{cell}" if cell.startswith(_STARTS) and _FORMULA.match(cell) else cell


def write_delimited(inferred: Inferred, stream: IO[bytes], delimiter: str) -> None:
    """Write a table with the delimiter of the source where that is CSV or TSV itself."""
    source = inferred.source
    if isinstance(source, DelimitedSource):
        if source.file.has_bom:
            stream.write(UTF8_BOM)
        delimiter = source.delimiter
        _write(inferred, stream, source.first, inferred.columns, delimiter)
    else:
        stream.write(csv_row([*source.header, *inferred.columns], delimiter) + b"\n")
    for record, cells in inferred.rows():
        _write(inferred, stream, record, cells, delimiter)


def _write(inferred: Inferred, stream: IO[bytes], record: Record, more: tuple[str, ...], delimiter: str) -> None:
    body = record.raw.rstrip(b"\r\n") if isinstance(inferred.source, DelimitedSource) else b""
    separator = inferred.catalogue.mapping.separator or "|"
    cells = [cell.replace(MANY, separator) if MANY in cell else cell for cell in record.cells]
    safe = [neutral(cell) for cell in cells]
    added = [neutral(cell) for cell in more]
    changed = sum(a is not b for a, b in zip([*cells, *more], [*safe, *added], strict=True))
    inferred.neutralised += changed
    if changed or not body:
        body = csv_row(safe, delimiter)
    end = record.raw[len(record.raw.rstrip(b"\r\n")) :] or b"\n"
    stream.write(body + delimiter.encode() + csv_row(added, delimiter) + end)
