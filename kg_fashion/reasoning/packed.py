"""Facts of one predicate as numbers: subject and object in 64 bits, and what stands beside them.

Example:
    >>> packed = keys(np.array([1, 2]), np.array([7, 7]))
    >>> subjects(packed).tolist(), objects(packed).tolist(), contains(packed, packed[1:]).tolist()
    ([1, 2], [7, 7], [True])
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Ids = NDArray[np.int64]
LOW = np.int64(0xFFFFFFFF)
SHIFT = np.int64(32)
NONE: Keys = np.zeros(0, dtype=np.int64)


def keys(subjects: NDArray[np.integer], objects: NDArray[np.integer]) -> Keys:
    """Pack subjects and objects, shape (n,), into one number each."""
    return (subjects.astype(np.int64) << SHIFT) | objects.astype(np.int64)


def subjects(packed: Keys) -> Ids:
    """Return the subjects of packed facts."""
    return packed >> SHIFT


def objects(packed: Keys) -> Ids:
    """Return the objects of packed facts."""
    return packed & LOW


def turned(packed: Keys) -> Keys:
    """Return packed facts with subject and object exchanged."""
    return ((packed & LOW) << SHIFT) | (packed >> SHIFT)


def contains(ordered: Keys, wanted: Keys) -> NDArray[np.bool_]:
    """Tell which of some numbers stand in a sorted column, shape as `wanted`."""
    return located(ordered, wanted)[1]


def located(ordered: Keys, wanted: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where some numbers stand in a sorted column, and which do; a place counts only where they do."""
    if not len(ordered):
        return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=np.bool_)
    places = np.searchsorted(ordered, wanted)
    places[places == len(ordered)] = 0
    return places, np.asarray(ordered[places] == wanted)


def distinct(packed: Keys) -> Keys:
    """Return the distinct numbers, sorted; many times faster than hashing where most are distinct.

    What a join gives is sorted in long stretches, which a merge sort makes use of.

    Example:
        >>> distinct(np.array([3, 1, 3])).tolist()
        [1, 3]
    """
    if len(packed) < 2 or (packed[1:] > packed[:-1]).all():
        return packed
    ordered = np.sort(packed, kind="stable")
    first = np.empty(len(ordered), dtype=np.bool_)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


class Provenance(NamedTuple):
    """What stands beside facts, each of shape (n,): rule int16, round int32, confidence float32."""

    rule: NDArray[np.int16]
    round: NDArray[np.int32]
    confidence: NDArray[np.float32] | None

    def sure(self) -> NDArray[np.float32]:
        """Return the confidences, 1 where none are kept."""
        return np.ones(len(self.rule), dtype=np.float32) if self.confidence is None else self.confidence


def taken(provenance: Provenance, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Provenance:
    """Return what stands beside some of the facts."""
    rule, round, confidence = provenance
    return Provenance(rule[rows], round[rows], None if confidence is None else confidence[rows])


def concatenated(parts: list[tuple[Keys, Provenance]]) -> tuple[Keys, Provenance]:
    """Return facts that were added apart as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    packed = np.concatenate([NONE, *(part for part, _ in parts)])
    rule = np.concatenate([np.zeros(0, np.int16), *(own.rule for _, own in parts)])
    round = np.concatenate([np.zeros(0, np.int32), *(own.round for _, own in parts)])
    confidence = None
    if any(own.confidence is not None for _, own in parts):
        sure = [np.ones(len(p), np.float32) if own.confidence is None else own.confidence for p, own in parts]
        confidence = np.concatenate(sure)
    return packed, Provenance(rule, round, confidence)
