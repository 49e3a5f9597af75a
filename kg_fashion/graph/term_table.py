"""Terms by number: an id for each term, counting up by first appearance, and back.

A term is held as its N-Triples text. Ids are dense and never change, so that columns of ids stay valid as terms are
added.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


class TermTable:
    """Numbers terms.

    Args:
        nts: Distinct terms in N-Triples syntax; their positions are their ids.

    Example:
        >>> table = TermTable(["<urn:a>", '"x"'])
        >>> table.intern(['"x"', "<urn:b>"]), table.encode("<urn:c>"), table.decode([2])
        ([1, 2], None, ['<urn:b>'])
        >>> table.is_node.tolist()
        [True, False, True]
    """

    def __init__(self, nts: Iterable[str] = ()) -> None:
        self._nts: list[str] = list(nts)
        self._ids = {nt: number for number, nt in enumerate(self._nts)}
        self._is_node = np.zeros(0, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._nts)

    @property
    def is_node(self) -> NDArray[np.bool_]:
        """Tell, by id, what can be a subject: IRIs and blank nodes, not literals and triple terms; shape (n,)."""
        if len(self._is_node) < len(self._nts):
            new = self._nts[len(self._is_node) :]
            added = np.fromiter((nt[0] != '"' and nt[:2] != "<<" for nt in new), dtype=np.bool_, count=len(new))
            self._is_node = np.concatenate([self._is_node, added])
        return self._is_node

    def encode(self, nt: str) -> int | None:
        """Return a term's id, None where it has none."""
        return self._ids.get(nt)

    def intern(self, nts: Iterable[str]) -> list[int]:
        """Return the ids of terms, numbering those that are new."""
        numbers = self._ids
        found = []
        for nt in nts:
            number = numbers.get(nt)
            if number is None:
                number = numbers[nt] = len(self._nts)
                self._nts.append(nt)
            found.append(number)
        return found

    def decode(self, ids: Sequence[int] | NDArray[np.int32]) -> list[str]:
        """Return the N-Triples texts of ids."""
        nts = self._nts
        return [nts[number] for number in (ids.tolist() if isinstance(ids, np.ndarray) else ids)]
