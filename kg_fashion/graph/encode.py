r"""N-Triples to columns of term ids.

Example:
    >>> terms, s, p, o = encode(b'<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> "x y"@en .\n')
    >>> s.tolist(), p.tolist(), o.tolist(), terms.decode([3])
    ([0, 1], [2, 2], [1, 3], ['"x y"@en'])
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kg_fashion.graph.term_table import TermTable

Ids = NDArray[np.int32]
_BLOCK = 32 << 20
"""How many bytes of text are taken apart at a time."""


def encode(ntriples: bytes) -> tuple[TermTable, Ids, Ids, Ids]:
    """Number the terms of N-Triples by first appearance, subjects first.

    Args:
        ntriples: Canonical N-Triples, UTF-8: one triple a line, one space between terms.

    Returns:
        The terms, and the columns s, p, o of the triples in their order, shape (n,), int32.
    """
    parts: list[list[NDArray[np.uint32]]] = []
    names: dict[int, str] = {}
    for frame in map(_columns, _blocks(ntriples)):
        columns = [frame[name].cast(pl.Categorical) for name in ("s", "p", "o")]
        parts.append([column.to_physical().to_numpy() for column in columns])
        for column in columns:  # the codes are the same in all blocks
            distinct = column.unique()
            names.update(zip(distinct.to_physical().to_list(), distinct.cast(pl.String).to_list(), strict=True))
    if not parts:
        nothing = np.zeros(0, dtype=np.int32)
        return TermTable(), nothing, nothing, nothing
    codes = np.concatenate([part[place] for place in range(3) for part in parts])
    ids, order = _by_appearance(codes)
    terms = TermTable(names[code] for code in order)
    _ = terms.is_node  # told once for all here, where terms are numbered
    s, p, o = np.split(ids, 3)
    return terms, s, p, o


def _by_appearance(codes: NDArray[np.uint32]) -> tuple[Ids, list[int]]:
    """Return the rank of each code by its first place, and the codes in that order."""
    first = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    used = np.flatnonzero(first >= 0)
    order = used[np.argsort(first[used])]
    rank = np.zeros(len(first), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[codes], order.tolist()


def _blocks(ntriples: bytes) -> Iterator[bytes]:
    """Cut text into blocks of whole lines."""
    start = 0
    while start < len(ntriples):
        stop = ntriples.find(b"\n", min(start + _BLOCK, len(ntriples) - 1))
        stop = len(ntriples) if stop < 0 else stop + 1
        yield ntriples[start:stop]
        start = stop


def _columns(block: bytes) -> pl.DataFrame:
    """Split N-Triples lines: subject and predicate hold no space, the object is what is left before the final dot."""
    lines = pl.Series("line", [block.decode("utf-8")], dtype=pl.String).str.split("\n").explode()
    frame = lines.to_frame().filter(pl.col("line") != "")
    first = pl.col("line").str.splitn(" ", 3)
    return frame.select(
        first.struct.field("field_0").alias("s"),
        first.struct.field("field_1").alias("p"),
        first.struct.field("field_2").str.strip_suffix(" .").alias("o"),
    )
