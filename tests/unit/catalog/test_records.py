"""Records of CSV files: lines, quotes, bad bytes."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_fashion.catalog.sources.delimited import read_records
from kg_fashion.catalog.sources.file import SourceFile
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=12)


def records(folder: Path, content: bytes) -> list[tuple[int, tuple[str, ...], str]]:
    path = folder / "table.csv"
    path.write_bytes(content)
    with SourceFile(path).open() as stream:
        return [(record.line, record.cells, record.problem) for record in read_records(stream)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=6), end=st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_back(tmp_path: Path, rows: list[list[str]], end: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end).writerows(rows)
    found = records(tmp_path, buffer.getvalue().encode())
    assert [list(cells) for _, cells, _ in found] == [row for row in rows if any(row)]
    assert not any(problem for _, _, problem in found)


def test_lines_are_counted_through_quoted_cells_and_blank_lines(tmp_path: Path) -> None:
    found = records(tmp_path, b'\xef\xbb\xbfa,b\n\n"two\nlines",x\nlast,y\n')
    assert found == [(1, ("a", "b"), ""), (3, ("two\nlines", "x"), ""), (5, ("last", "y"), "")]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"\xff,x", "not UTF-8 at byte 1"),
        (b"a\0,x", "NUL"),
        (b'"open,x', "not closed"),
        (b"y" * (MAX_RECORD_BYTES + 9), "longer than 1 MiB"),
        (b'"' + b"z" * 200_000 + b'"', "field larger than field limit"),
    ],
)
def test_a_bad_record_is_told_and_the_next_is_read(tmp_path: Path, bad: bytes, message: str) -> None:
    (_, cells, problem), following = records(tmp_path, bad + b"\ngood,row\n")
    assert message in problem
    assert cells == ()
    assert following == (2, ("good", "row"), "")
