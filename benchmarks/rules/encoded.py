"""Triples as integers beside the list of their terms: what the generators make."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

_WRITTEN_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Graph:
    """Triples as integers.

    Attributes:
        names: Terms in N-Triples syntax; a term's id is its place.
        triples: Columns `s`, `p`, `o` (Int32), distinct rows.
    """

    names: pl.Series
    triples: pl.DataFrame

    def lines(self) -> Iterator[str]:
        """Iterate over pieces of N-Triples text, each of many whole lines."""
        for part in self.triples.iter_slices(_WRITTEN_AT_ONCE):
            columns = {column: self.names.gather(part[column]) for column in ("s", "p", "o")}
            line = pl.format("{} {} {} .\n", "s", "p", "o").str.join("")
            yield pl.DataFrame(columns).select(line).item()

    def ntriples(self) -> bytes:
        """Return the triples as N-Triples."""
        return "".join(self.lines()).encode()

    def write(self, path: Path) -> None:
        """Write the triples as N-Triples."""
        with path.open("w", encoding="utf-8") as file:
            file.writelines(self.lines())


def numbered(stem: str, count: int) -> pl.Series:
    """Return the IRIs of a stem and 0, 1, 2 ... in N-Triples syntax.

    Example:
        >>> numbered("urn:x:", 2).to_list()
        ['<urn:x:0>', '<urn:x:1>']
    """
    return pl.select(pl.format(f"<{stem}{{}}>", pl.int_range(count))).to_series()
