"""Cuts a CSV file into records, each with its line, in bounded memory.

RFC 4180 with the liberties of real files: LF or CRLF, a BOM, quotes inside an unquoted cell. A record that is not
UTF-8, longer than `MAX_RECORD_BYTES`, or whose quote is never closed comes out as a problem and the next line goes on.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

MAX_RECORD_BYTES: Final = 1 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a CSV file.

    Attributes:
        line: The line that it starts on, from 1.
        raw: Its bytes, with the line end.
        cells: Its cells; empty where there is a problem.
        problem: What is wrong with it, or "".
    """

    line: int
    raw: bytes
    cells: tuple[str, ...]
    problem: str


def read_records(path: Path, *, delimiter: str = ",") -> Iterator[Record]:
    """Iterate over the records of a file; blank lines are left out."""
    with path.open("rb") as stream:
        if stream.read(len(_BOM)) != _BOM:
            stream.seek(0)
        line = 1
        while True:
            raw, lines, problem = _next_record(stream, delimiter.encode())
            if not raw:
                return
            if raw.strip():
                yield _record(line, raw, problem, delimiter)
            line += lines


def has_bom(path: Path) -> bool:
    """Say whether a file starts with a UTF-8 byte order mark."""
    with path.open("rb") as stream:
        return stream.read(len(_BOM)) == _BOM


def _record(line: int, raw: bytes, problem: str, delimiter: str) -> Record:
    if problem:
        return Record(line, raw, (), problem)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Record(line, raw, (), f"not UTF-8 at byte {error.start + 1} of the row; save the file as UTF-8")
    if "\0" in text:
        return Record(line, raw, (), "holds a NUL character")
    try:
        cells = next(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter=delimiter))
    except csv.Error as error:
        return Record(line, raw, (), f"not CSV: {error}")
    return Record(line, raw, tuple(cells), "")


def _next_record(stream: IO[bytes], delimiter: bytes) -> tuple[bytes, int, str]:
    """Read one record: its bytes, the lines it takes, and a problem."""
    first = stream.readline(MAX_RECORD_BYTES + 1)
    if len(first) > MAX_RECORD_BYTES:
        _skip_line(stream, first)
        return first[:80], 1, f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB"
    after_first = stream.tell()
    parts, size, is_open = [first], len(first), _open_at_end(first, delimiter, False)
    while is_open:
        more = stream.readline(MAX_RECORD_BYTES + 1)
        size += len(more)
        if not more or size > MAX_RECORD_BYTES:
            stream.seek(after_first)
            return first, 1, "a quoted cell is not closed"
        parts.append(more)
        is_open = _open_at_end(more, delimiter, True)
    return b"".join(parts), len(parts), ""


def _skip_line(stream: IO[bytes], chunk: bytes) -> None:
    while chunk and not chunk.endswith(b"\n"):
        chunk = stream.readline(MAX_RECORD_BYTES)


def _open_at_end(line: bytes, delimiter: bytes, is_open: bool) -> bool:
    """Say whether a quoted cell is open at the end of a line; a quote opens only at the start of a cell."""
    if b'"' not in line:
        return is_open
    position = 0
    while True:
        if is_open:
            position = line.find(b'"', position)
            if position < 0:
                return True
            if line[position + 1 : position + 2] == b'"':
                position += 2
                continue
            is_open = False
        elif line[position : position + 1] == b'"':
            is_open = True
            position += 1
            continue
        position = line.find(delimiter, position)
        if position < 0:
            return False
        position += 1
