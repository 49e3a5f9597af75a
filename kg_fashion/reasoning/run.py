"""Facts that were added together: sorted by subject, and by object, when they are first looked up."""

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning.packed import LOW, SHIFT, Keys, Provenance, concatenated, taken, turned

_MANY = 512


class Column:
    """Sorted numbers, looked up by their upper halves.

    Where many are asked for and the ids are dense, a table of where each id's numbers begin is made first.

    Args:
        ordered: The numbers, shape (n,).
        confidence: Of each, shape (n,); None where all are 1.
    """

    def __init__(self, ordered: Keys, confidence: NDArray[np.float32] | None = None) -> None:
        self.keys = ordered
        self.confidence = confidence
        self._starts: NDArray[np.int64] | None = None

    def ranges(self, wanted: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the numbers of each id begin and how many there are, shape as `wanted` each."""
        if self._starts is not None or self._is_dense(len(wanted)):
            starts = self._offsets()
            bounded = np.minimum(wanted, len(starts) - 2)
            start = starts[bounded]
            return start, starts[bounded + 1] - start
        low = wanted.astype(np.int64) << SHIFT
        start = np.searchsorted(self.keys, low)
        return start, np.searchsorted(self.keys, low | LOW, side="right") - start

    def _is_dense(self, asked: int) -> bool:
        return asked > _MANY and len(self.keys) > _MANY and int(self.keys[-1] >> SHIFT) < 8 * len(self.keys)

    def _offsets(self) -> NDArray[np.int64]:
        """Return where the numbers of each id begin; the last id has none."""
        if self._starts is None:
            counts = np.bincount(self.keys >> SHIFT)
            self._starts = np.zeros(len(counts) + 2, dtype=np.int64)
            np.cumsum(counts, out=self._starts[1:-1])
            self._starts[-1] = self._starts[-2]
        return self._starts


class Run:
    """Facts that were added together, sorted when they are first looked up."""

    def __init__(self, packed: Keys, provenance: Provenance, *, ordered: bool) -> None:
        self._keys = packed
        self._provenance = provenance
        self._ordered = ordered
        self._forward: Column | None = None
        self._backward: Column | None = None
        self._spread: tuple[int | None, int | None] = (None, None)

    def __len__(self) -> int:
        return len(self._keys)

    def _sort(self) -> None:
        if self._ordered:
            return
        rule, round, confidence = self._provenance
        if len(self) and rule.any():
            order = np.argsort(self._keys, kind="stable")
            self._keys = self._keys[order]
            sure = None if confidence is None else confidence[order]
            self._provenance = Provenance(rule[order], round[order], sure)
        else:
            self._keys = np.sort(self._keys, kind="stable")
        self._ordered = True

    @property
    def raw(self) -> tuple[Keys, Provenance]:
        """The facts in any order, with what stands beside them."""
        return self._keys, self._provenance

    @property
    def keys(self) -> Keys:
        """The facts, sorted."""
        self._sort()
        return self._keys

    @property
    def provenance(self) -> Provenance:
        """What stands beside the sorted facts."""
        self._sort()
        return self._provenance

    def set(self, places: NDArray[np.intp], provenance: Provenance) -> None:
        """Give the facts at some places of `keys` another provenance."""
        rule, round, confidence = self.provenance
        rule[places], round[places] = provenance.rule, provenance.round
        if confidence is None and provenance.confidence is None:
            return
        if confidence is None:
            confidence = np.ones(len(self), dtype=np.float32)
            self._provenance = Provenance(rule, round, confidence)
            self.forward.confidence, self.backward.confidence = confidence, confidence.copy()
        own = provenance.sure()
        confidence[places] = own
        back = self.backward
        assert back.confidence is not None  # noqa: S101  (where one column has confidences, both have)
        back.confidence[np.searchsorted(back.keys, turned(self.keys[places]))] = own

    @property
    def forward(self) -> Column:
        """The facts by subject."""
        if self._forward is None:
            self._forward = Column(self.keys, self.provenance.confidence)
        return self._forward

    @property
    def backward(self) -> Column:
        """The facts by object."""
        if self._backward is None:
            confidence = self.provenance.confidence
            back = turned(self._keys)
            if confidence is None:
                self._backward = Column(np.sort(back, kind="stable"))
            else:
                order = np.argsort(back, kind="stable")
                self._backward = Column(back[order], confidence[order])
        return self._backward

    def distinct_subjects(self) -> int:
        """Count the distinct subjects."""
        found = self._spread[0]
        if found is None:
            found = _distinct(self.keys)
            self._spread = (found, self._spread[1])
        return found

    def distinct_objects(self) -> int:
        """Count the distinct objects."""
        found = self._spread[1]
        if found is None:
            found = _distinct(self.backward.keys)
            self._spread = (self._spread[0], found)
        return found


def _distinct(ordered: Keys) -> int:
    """Count the distinct upper halves of a sorted column."""
    upper = ordered >> SHIFT
    return int(np.count_nonzero(upper[1:] != upper[:-1])) + 1 if len(upper) else 0


def ranges_of(column: Column, wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return, for each number whose upper half is wanted, the position in `wanted` and that in the column."""
    start, count = column.ranges(wanted)
    if len(wanted) == 1:
        return np.zeros(int(count[0]), dtype=np.intp), np.arange(start[0], start[0] + count[0])
    if len(count) and count.max() <= 1:
        place = np.flatnonzero(count)
        return place, start[place]
    place = np.repeat(np.arange(len(wanted)), count)
    first = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    return place, first + np.arange(len(place))


def merged(first: Run, second: Run) -> Run:
    """Return two runs as one."""
    packed, provenance = concatenated([(first.keys, first.provenance), (second.keys, second.provenance)])
    order = np.argsort(packed, kind="stable")
    return Run(packed[order], taken(provenance, order), ordered=True)
