r"""The columnar snapshot: triples as columns of term ids, derived from the store and stamped with its revision.

Example:
    >>> snapshot = Snapshot.of(b'<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> "x y"@en .\n', revision=1)
    >>> len(snapshot), snapshot.terms.encode('"x y"@en') is not None, snapshot.terms.encode("<urn:c>")
    (2, True, None)
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from kg_fashion.graph.encode import Ids, encode
from kg_fashion.graph.term_table import TermTable

__all__ = ["Snapshot", "TermTable"]


@dataclass(frozen=True)
class Snapshot:
    """Triples as integers, each once.

    Attributes:
        terms: The terms by number.
        s: Subjects, shape (n,), int32.
        p: Predicates, shape (n,), int32.
        o: Objects, shape (n,), int32.
        revision: The store's revision that they stand for.
    """

    terms: TermTable
    s: Ids
    p: Ids
    o: Ids
    revision: int

    @classmethod
    def of(cls, ntriples: bytes, *, revision: int) -> Self:
        """Encode canonical N-Triples; a triple that stands twice counts once."""
        terms, s, p, o = encode(ntriples)
        rows = pl.DataFrame({"s": s, "p": p, "o": o}).unique(maintain_order=True)
        s, p, o = (np.ascontiguousarray(rows[name].to_numpy()) for name in ("s", "p", "o"))
        return cls(terms, s, p, o, revision)

    def __len__(self) -> int:
        """Count the triples."""
        return len(self.s)
