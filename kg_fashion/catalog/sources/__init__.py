"""Where catalogues come from: one module a format, each a header and records of text cells.

CSV, TSV and their kin, JSON Lines, Parquet, Google Merchant feeds (TSV, XML), Shopify's product CSV, schema.org
JSON-LD (a file or a page); compressed by gzip, bzip2, xz, zstd or zip; "-" is standard input.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from kg_fashion.catalog.sources.delimited import DelimitedSource
from kg_fashion.catalog.sources.file import SourceFile
from kg_fashion.catalog.sources.jsonl import JsonLinesSource
from kg_fashion.catalog.sources.merchant import MerchantSource
from kg_fashion.catalog.sources.parquet import ParquetSource
from kg_fashion.catalog.sources.record import Record
from kg_fashion.catalog.sources.schema_org import SchemaOrgSource
from kg_fashion.catalog.sources.shopify import HANDLE, ShopifySource
from kg_fashion.errors import CatalogueError

__all__ = ["DelimitedSource", "Record", "Source", "SourceFile", "open_source"]

_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xml": "merchant",
    ".rss": "merchant",
    ".atom": "merchant",
    ".jsonld": "schema.org",
    ".html": "schema.org",
    ".htm": "schema.org",
}
FORMATS: Final = ("csv", "tsv", "jsonl", "parquet", "merchant", "shopify", "schema.org")


class Source(Protocol):
    """A table of text cells that can be read again and again.

    Attributes:
        file: The file.
        header: Its column names, each once.
        format: One of `FORMATS`.
    """

    format: str
    file: SourceFile
    header: tuple[str, ...]

    def records(self) -> Iterator[Record]:
        """Iterate over the rows, each as wide as the header or with a problem."""


def open_source(path: Path | str | SourceFile, *, format: str = "", delimiter: str = "", encoding: str = "") -> Source:
    """Open a catalogue's file.

    Args:
        path: The file; "-" for standard input; or a file that is known already, with its own encoding.
        format: One of `FORMATS`; told by the suffix, else by the content, where "".
        delimiter: What joins the cells of a CSV file; told by its header where "".
        encoding: The file's encoding; UTF-8, or what its byte order mark says, where "".

    Raises:
        CatalogueError: no such file, or its header cannot be read.
    """
    file = path if isinstance(path, SourceFile) else SourceFile(path, encoding)
    kind = format or _BY_SUFFIX.get(file.suffix) or _told_by_content(file)
    if kind == "jsonl":
        return JsonLinesSource(file)
    if kind == "parquet":
        return ParquetSource(file)
    if kind == "merchant":
        return MerchantSource(file)
    if kind == "schema.org":
        return SchemaOrgSource(file)
    table = DelimitedSource(file, delimiter or ("\t" if kind == "tsv" else ""))
    is_shopify = {HANDLE, "Title", "Option1 Name", "Option1 Value"} <= set(table.header)
    if kind == "shopify" and not is_shopify:
        raise CatalogueError("not a Shopify product export: it lacks Handle, Title or Option1 Name", path=file.path)
    return ShopifySource(table) if is_shopify else table


def _told_by_content(file: SourceFile) -> str:
    head = file.head().removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"<"):
        return "schema.org" if b"<html" in head.lower() or b"<!doctype html" in head.lower() else "merchant"
    if head.startswith(b"{"):
        pretty = head.startswith((b"{\n", b"{\r\n"))
        return "schema.org" if b'"@context"' in head or b'"@graph"' in head or pretty else "jsonl"
    if head.startswith(b"["):
        return "schema.org" if b'"@type"' in head or b'"@context"' in head else "jsonl"
    return "csv"
