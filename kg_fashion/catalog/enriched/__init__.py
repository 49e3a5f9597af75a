"""Writes a catalogue back with what was inferred: the same rows in the same order, and three more columns an attribute.

`<attribute>_inferred` is the value in the catalogue's own word (several are joined as the catalogue joins them),
`<attribute>_probability` how likely it is, and `<attribute>_why` the reason; all three are empty where nothing was
inferred. Supplied cells stay as they are. A row that could not be read as cells is left out (the report of the reading
names it).

CSV, TSV, JSON Lines and Parquet are tables; JSON-LD (schema.org) and Turtle (the graph's own terms) hold the garments.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from kg_fashion.catalog.enriched.delimited import write_delimited
from kg_fashion.catalog.enriched.jsonl import write_jsonl
from kg_fashion.catalog.enriched.parquet import write_parquet
from kg_fashion.catalog.enriched.rdf import write_jsonld, write_turtle
from kg_fashion.catalog.enriched.rows import Filling, Inferred
from kg_fashion.catalog.model import Catalogue
from kg_fashion.errors import CatalogueError

__all__ = ["Filling", "Written", "check_target", "write_enriched"]

_WRITERS: dict[str, Callable[[Inferred, IO[bytes]], None]] = {
    ".csv": lambda inferred, stream: write_delimited(inferred, stream, ","),
    ".tsv": lambda inferred, stream: write_delimited(inferred, stream, "\t"),
    ".jsonl": write_jsonl,
    ".ndjson": write_jsonl,
    ".parquet": write_parquet,
    ".jsonld": write_jsonld,
    ".ttl": write_turtle,
}


class Written(NamedTuple):
    """How the writing went.

    Attributes:
        filled: Gaps that now have a value.
        neutralised: Cells of a CSV file that began like a formula and got an apostrophe in front, so that no
            spreadsheet runs them.
    """

    filled: int
    neutralised: int


def write_enriched(
    catalogue: Catalogue, fillings: Mapping[str, Mapping[str, Filling]], attributes: Sequence[str], path: Path
) -> Written:
    """Write the catalogue with what was inferred; the target appears whole or not at all.

    Args:
        catalogue: What was read; its file is read again.
        fillings: Garment id -> attribute -> what fills the gap.
        attributes: The attributes that get the three further columns, in this order.
        path: The file to write; its suffix tells the format: .csv, .tsv, .jsonl, .parquet, .jsonld or .ttl.

    Raises:
        CatalogueError: an unknown suffix, a column of this name is there already, or the target cannot be written.
    """
    check_target(path)
    write = _WRITERS[path.suffix.lower()]
    inferred = Inferred(catalogue, fillings, attributes)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                write(inferred, stream)
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogueError(f"cannot be written: {error.strerror}", path=path) from error
    return Written(inferred.filled, inferred.neutralised)


def check_target(path: Path) -> None:
    """Refuse a file that no writer is for.

    Raises:
        CatalogueError: its suffix is not one of those that are written.
    """
    if path.suffix.lower() not in _WRITERS:
        raise CatalogueError(f"unknown suffix {path.suffix!r}; give one of {', '.join(_WRITERS)}", path=path)
