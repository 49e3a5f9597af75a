"""One row of a catalogue, whatever its format: text cells under the columns of its source."""

from typing import Final, NamedTuple

MANY: Final = "\x1f"
"""Joins the values of a cell that its format gives as a list (ASCII unit separator)."""

MAX_RECORD_BYTES: Final = 1 << 20


class Record(NamedTuple):
    """One row.

    Attributes:
        line: The line that it starts on, from 1; its position, from 1, in a format without lines.
        cells: Its cells, one a column of the source; empty where there is a problem.
        problem: What is wrong with it, or "".
        raw: Its bytes, with the line end; empty in a format without lines.
    """

    line: int
    cells: tuple[str, ...]
    problem: str
    raw: bytes = b""
