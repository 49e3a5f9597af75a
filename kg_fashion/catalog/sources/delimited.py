"""Cuts a CSV or TSV file into records, each with its line, in bounded memory.

RFC 4180 with the liberties of real files: LF or CRLF, a BOM, quotes inside an unquoted cell, empty cells after the
last column. A record that is not of the file's encoding, longer than `MAX_RECORD_BYTES`, or whose quote is never
closed comes out as a problem and the next line goes on.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO

from kg_fashion.catalog.sources.file import BROKEN, SourceFile
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES, Record
from kg_fashion.errors import CatalogueError

_DELIMITERS = ",\t;|"


class DelimitedSource:
    """A table with one record a line.

    Args:
        file: The file.
        delimiter: What joins cells; the most frequent of comma, tab, semicolon and bar in the header where "".

    Attributes:
        file: The file.
        header: Its column names.
        first: The header's record.
        delimiter: What joins cells.

    Raises:
        CatalogueError: an empty file, or a header that cannot be read.
    """

    format = "csv"

    def __init__(self, file: SourceFile, delimiter: str = "") -> None:
        self.file = file
        self.delimiter = delimiter or _sniffed(file)
        first = next(self._all(None), None)
        if first is None:
            raise CatalogueError("the file is empty", path=file.path)
        if first.problem:
            raise CatalogueError(f"the header cannot be read: {first.problem}", path=file.path, line=first.line)
        self.first = first
        self.header = _named(first.cells)
        repeated = next((column for column in self.header if self.header.count(column) > 1), None)
        if repeated is not None:
            message = f"the column {repeated!r} stands twice in the header"
            raise CatalogueError(message, path=file.path, line=first.line)

    def records(self) -> Iterator[Record]:
        """Iterate over the records below the header; blank lines are left out."""
        found = self._all(len(self.header))
        next(found, None)
        return found

    def _all(self, width: int | None) -> Iterator[Record]:
        with self.file.open() as stream:
            yield from read_records(stream, delimiter=self.delimiter, width=width, encoding=self.file.encoding)


def read_records(
    stream: IO[bytes], *, delimiter: str = ",", width: int | None = None, encoding: str = "utf-8"
) -> Iterator[Record]:
    """Iterate over the records of a stream of UTF-8; blank lines are left out.

    Args:
        stream: Open for reading bytes.
        delimiter: What joins cells.
        width: How many cells a record below the first must have; any number where None.
        encoding: What the file was before it became UTF-8, for messages.
    """
    lines = _Lines(stream)
    mark = delimiter.encode()
    number, expected = 1, None
    while True:
        raw = lines.next()
        if not raw:
            if lines.broken:
                yield Record(number, (), f"the file ends early: {lines.broken}")
            return
        taken, problem = 1, ""
        if len(raw) > MAX_RECORD_BYTES:
            lines.skip(raw)
            raw, problem = raw[:80], f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB"
        elif b'"' in raw:
            raw, taken, problem = lines.quoted(raw, mark)
        record = _record(number, raw, problem, delimiter, expected, encoding)
        if record is not None:
            yield record
            expected = width
        number += taken


def _record(line: int, raw: bytes, problem: str, delimiter: str, width: int | None, encoding: str) -> Record | None:
    if problem:
        return Record(line, (), problem, raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = f"not {encoding.upper()} at byte {error.start + 1} of the row; save the file as UTF-8, or name its encoding in the mapping"  # noqa: E501
        return Record(line, (), message, raw)
    text = text.rstrip("\r\n")
    if "\0" in text:
        return Record(line, (), "holds a NUL character", raw)
    if '"' in text or "\r" in text:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            return Record(line, (), f"not CSV: {error}", raw)
        if len(rows) > 1:
            return Record(line, (), "holds a carriage return outside quotes", raw)
        cells = rows[0] if rows else []
    else:
        cells = text.split(delimiter)
    if not any(cells) or not text.strip():
        return None
    if width is not None and len(cells) != width:
        if len(cells) < width or any(cells[width:]):
            return Record(line, (), f"{len(cells)} cells where the header has {width}", raw)
        cells = cells[:width]
        raw = csv_row(cells, delimiter) + raw[len(raw.rstrip(b"\r\n")) :]
    return Record(line, tuple(cells), "", raw)


def csv_row(cells: Sequence[str], delimiter: str) -> bytes:
    """Write cells as a row in UTF-8, quoted where they must be, without a line end.

    Example:
        >>> csv_row(["a,b", "c"], ",")
        b'"a,b",c'
    """
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    return buffer.getvalue().encode()


class _Lines:
    """Lines of a stream, some of which can be handed back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._back: deque[bytes] = deque()
        self.broken = ""

    def next(self) -> bytes:
        if self._back:
            return self._back.popleft()
        try:
            return self._stream.readline(MAX_RECORD_BYTES + 1)
        except BROKEN as error:
            self.broken = str(error) or type(error).__name__
            return b""

    def skip(self, chunk: bytes) -> None:
        """Read on to the end of a line that is too long."""
        while chunk and not chunk.endswith(b"\n"):
            chunk = self.next()

    def quoted(self, first: bytes, delimiter: bytes) -> tuple[bytes, int, str]:
        """Read the lines of a record with quotes: its bytes, how many lines it takes, and a problem."""
        parts, size, is_open = [first], len(first), _open_at_end(first, delimiter, False)
        while is_open:
            more = self.next()
            size += len(more)
            parts.append(more)
            if not more or size > MAX_RECORD_BYTES:
                self._back.extendleft(reversed([part for part in parts[1:] if part]))
                return first, 1, "a quoted cell is not closed"
            is_open = _open_at_end(more, delimiter, True)
        return b"".join(parts), len(parts), ""


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


def _sniffed(file: SourceFile) -> str:
    """Find the delimiter by counting outside quotes in the first line."""
    with file.open() as stream:
        try:
            line = stream.readline(MAX_RECORD_BYTES).decode("utf-8", "replace")
        except BROKEN:
            return ","
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda mark: (outside.count(mark), -_DELIMITERS.index(mark)))


def _named(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Name the columns; one without a name, as pandas writes its index, gets its number."""
    return tuple(cell.strip() or f"column {number}" for number, cell in enumerate(cells, start=1))
