r"""N-Triples to columns of term ids.

Example:
    >>> terms, s, p, o = encode(b'<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> "x y"@en .\n')
    >>> s.tolist(), p.tolist(), o.tolist(), terms.decode([3])
    ([0, 1], [2, 2], [1, 3], ['"x y"@en'])
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kg_fashion.graph.term_table import TermTable

Ids = NDArray[np.int32]


def encode(ntriples: bytes) -> tuple[TermTable, Ids, Ids, Ids]:
    """Number the terms of N-Triples by first appearance, subjects first.

    Args:
        ntriples: Canonical N-Triples, UTF-8: one triple a line, one space between terms.

    Returns:
        The terms, and the columns s, p, o of the triples in their order, shape (n,), int32.
    """
    text = _columns(ntriples)
    size = text.height
    codes = pl.concat([text["s"], text["p"], text["o"]]).cast(pl.Categorical)
    numbers = codes.to_physical().cast(pl.Int64).to_numpy()
    # the categories of a process may be shared, so the physical codes need not be dense
    distinct, first, dense = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(distinct), dtype=np.int32)
    rank[order] = np.arange(len(distinct), dtype=np.int32)
    ids = rank[dense]
    names = codes.gather(first[order]).cast(pl.String).to_list()
    terms = TermTable(names)
    _ = terms.is_node  # told once for all here, where terms are numbered
    return terms, ids[:size], ids[size : 2 * size], ids[2 * size :]


def _columns(ntriples: bytes) -> pl.DataFrame:
    """Split N-Triples lines: subject and predicate hold no space, the object is what is left before the final dot."""
    lines = ntriples.decode("utf-8").split("\n")
    frame = pl.DataFrame({"line": lines}, schema={"line": pl.String}).filter(pl.col("line") != "")
    first = pl.col("line").str.splitn(" ", 3)
    return frame.select(
        first.struct.field("field_0").alias("s"),
        first.struct.field("field_1").alias("p"),
        first.struct.field("field_2").str.strip_suffix(" .").alias("o"),
    )
