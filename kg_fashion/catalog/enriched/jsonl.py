"""Enriched JSON Lines: objects as they were written, with the further fields at their end."""

import json
from typing import IO, Any

from kg_fashion.catalog.enriched.rows import Inferred
from kg_fashion.catalog.sources.jsonl import JsonLinesSource
from kg_fashion.catalog.sources.record import MANY


def write_jsonl(inferred: Inferred, stream: IO[bytes]) -> None:
    """Write one object a row; probabilities are numbers, what was not inferred is null."""
    is_json = isinstance(inferred.source, JsonLinesSource)
    for record, cells in inferred.rows():
        more = {name: _value(name, cell) for name, cell in zip(inferred.columns, cells, strict=True)}
        if is_json:
            own = record.raw.strip()[:-1].rstrip()
            added = json.dumps(more, ensure_ascii=False)[1:].encode()
            stream.write(own + (b", " if len(own) > 1 else b"") + added + b"\n")
        else:
            supplied = {n: many(cell) for n, cell in zip(inferred.source.header, record.cells, strict=True)}
            stream.write(json.dumps({**supplied, **more}, ensure_ascii=False).encode() + b"\n")


def many(cell: str) -> Any:
    """Return a cell as JSON: several values as a list."""
    return cell.split(MANY) if MANY in cell else cell


def _value(name: str, cell: str) -> Any:
    if not cell:
        return None
    return float(cell) if name.endswith("_probability") else cell
