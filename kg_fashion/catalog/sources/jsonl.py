"""JSON Lines: one object a line; nested objects become dotted columns, lists become several values.

Numbers keep their spelling: 007 is not JSON, "1.10" stays 1.10.
"""

import json
from collections.abc import Iterator

from kg_fashion.catalog.sources.file import BROKEN, SourceFile
from kg_fashion.catalog.sources.lists import Fields, as_records, columns_of, flatten, joined
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES, Record
from kg_fashion.errors import CatalogueError


class JsonLinesSource:
    """A table with one JSON object a line.

    Args:
        file: The file.

    Attributes:
        file: The file.
        header: The fields of the first 1,000 objects.

    Raises:
        CatalogueError: not one of the first 1,000 lines holds an object.
    """

    format = "jsonl"

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.header = columns_of(self._fields())
        if not self.header:
            first = next(self._fields(), None)
            what = f"no JSON object in it: {first.problem}" if first and first.problem else "the file is empty"
            raise CatalogueError(what, path=file.path, line=first.line if first else None)

    def records(self) -> Iterator[Record]:
        """Iterate over the objects."""
        return as_records(self._fields(), self.header)

    def _fields(self) -> Iterator[Fields]:
        number = 0
        with self.file.open() as stream:
            while True:
                number += 1
                try:
                    raw = stream.readline(MAX_RECORD_BYTES + 1)
                    rest = raw
                    while len(raw) > MAX_RECORD_BYTES and rest and not rest.endswith(b"\n"):
                        rest = stream.readline(MAX_RECORD_BYTES)
                except BROKEN as error:
                    yield Fields(number, {}, f"the file ends early: {error or type(error).__name__}")
                    return
                if not raw:
                    return
                if raw.strip():
                    yield _fields(number, raw)


def _fields(line: int, raw: bytes) -> Fields:
    if len(raw) > MAX_RECORD_BYTES:
        return Fields(line, {}, f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB", raw[:80])
    try:
        value = json.loads(raw.decode(), parse_float=str, parse_int=str, parse_constant=str)
        if not isinstance(value, dict):
            hint = "; write one object a line" if isinstance(value, list) else ""
            return Fields(line, {}, f"not a JSON object but {_KINDS.get(type(value), 'a number')}{hint}", raw)
        return Fields(line, joined(flatten(value)), "", raw)
    except UnicodeDecodeError as error:
        return Fields(line, {}, f"not UTF-8 at byte {error.start + 1} of the row; save the file as UTF-8", raw)
    except json.JSONDecodeError as error:
        return Fields(line, {}, f"not JSON: {error.msg} at column {error.colno}", raw)
    except RecursionError:
        return Fields(line, {}, "not readable: nested too deeply", raw)


_KINDS = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
