"""The facts of one predicate: sorted columns that can be looked up by subject, by object, or by both.

A fact is the number `subject << 32 | object`. A relation holds a few sorted runs of such numbers, each twice the size
of the next (a log-structured merge, O'Neil et al. 1996), so that a small addition does not copy what is there; what is
removed is marked, and goes when a quarter is marked. Beside each fact stand its rule (0 where asserted), the round that
derived it, and, where it is not certain, its confidence.

Example:
    >>> relation = Relation()
    >>> relation.add(keys(np.array([1, 2]), np.array([7, 7])))
    >>> relation.by_object(np.array([7]))[1].tolist(), relation.has(keys(np.array([1, 3]), np.array([7, 7]))).tolist()
    ([1, 2], [True, False])
    >>> relation.remove(keys(np.array([1]), np.array([7])))
    >>> len(relation), relation.by_subject(np.array([1]))[1].tolist()
    (1, [])
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Ids = NDArray[np.int64]
_LOW = np.int64(0xFFFFFFFF)
_SHIFT = np.int64(32)
_NONE: Keys = np.zeros(0, dtype=np.int64)
_MANY = 512


def keys(subjects: NDArray[np.integer], objects: NDArray[np.integer]) -> Keys:
    """Pack subjects and objects, shape (n,), into one number each."""
    return (subjects.astype(np.int64) << _SHIFT) | objects.astype(np.int64)


def subjects(packed: Keys) -> Ids:
    """Return the subjects of packed facts."""
    return packed >> _SHIFT


def objects(packed: Keys) -> Ids:
    """Return the objects of packed facts."""
    return packed & _LOW


def turned(packed: Keys) -> Keys:
    """Return packed facts with subject and object exchanged."""
    return ((packed & _LOW) << _SHIFT) | (packed >> _SHIFT)


def contains(ordered: Keys, wanted: Keys) -> NDArray[np.bool_]:
    """Tell which of some numbers stand in a sorted column, shape as `wanted`."""
    if not len(ordered):
        return np.zeros(len(wanted), dtype=np.bool_)
    places = np.searchsorted(ordered, wanted)
    places[places == len(ordered)] = 0
    return np.asarray(ordered[places] == wanted)


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


class _Column:
    """Sorted numbers, looked up by their upper halves.

    Where many are asked for and the ids are dense, a table of where each id's numbers begin is made first.
    """

    def __init__(self, ordered: Keys) -> None:
        self.keys = ordered
        self._starts: NDArray[np.int64] | None = None

    def ranges(self, wanted: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the numbers of each id begin and how many there are, shape as `wanted` each."""
        if self._starts is not None or self._is_dense(len(wanted)):
            starts = self._offsets()
            bounded = np.minimum(wanted, len(starts) - 2)
            start = starts[bounded]
            return start, starts[bounded + 1] - start
        low = wanted.astype(np.int64) << _SHIFT
        start = np.searchsorted(self.keys, low)
        return start, np.searchsorted(self.keys, low | _LOW, side="right") - start

    def _is_dense(self, asked: int) -> bool:
        return asked > _MANY and len(self.keys) > _MANY and int(self.keys[-1] >> _SHIFT) < 8 * len(self.keys)

    def _offsets(self) -> NDArray[np.int64]:
        """Return where the numbers of each id begin; the last id has none."""
        if self._starts is None:
            counts = np.bincount(self.keys >> _SHIFT)
            self._starts = np.zeros(len(counts) + 2, dtype=np.int64)
            np.cumsum(counts, out=self._starts[1:-1])
            self._starts[-1] = self._starts[-2]
        return self._starts


class _Run:
    """Facts that were added together, sorted when they are first looked up."""

    def __init__(self, packed: Keys, provenance: Provenance, *, ordered: bool) -> None:
        self._keys = packed
        self._provenance = provenance
        self._ordered = ordered
        self._forward: _Column | None = None
        self._backward: _Column | None = None
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
        self._sort()
        return self._keys

    @property
    def provenance(self) -> Provenance:
        self._sort()
        return self._provenance

    def set(self, places: NDArray[np.intp], provenance: Provenance) -> None:
        """Give the facts at some places of `keys` another provenance."""
        rule, round, confidence = self.provenance
        if confidence is None and provenance.confidence is not None:
            confidence = np.ones(len(self), dtype=np.float32)
            self._provenance = Provenance(rule, round, confidence)
        rule[places], round[places] = provenance.rule, provenance.round
        if confidence is not None:
            confidence[places] = 1.0 if provenance.confidence is None else provenance.confidence

    @property
    def forward(self) -> _Column:
        """The facts by subject."""
        if self._forward is None:
            self._forward = _Column(self.keys)
        return self._forward

    @property
    def backward(self) -> _Column:
        """The facts by object."""
        if self._backward is None:
            self._backward = _Column(np.sort(turned(self._keys), kind="stable"))
        return self._backward

    def distinct_subjects(self) -> int:
        found = self._spread[0]
        if found is None:
            found = _distinct(self.keys)
            self._spread = (found, self._spread[1])
        return found

    def distinct_objects(self) -> int:
        found = self._spread[1]
        if found is None:
            found = _distinct(self.backward.keys)
            self._spread = (self._spread[0], found)
        return found


def _distinct(ordered: Keys) -> int:
    """Count the distinct upper halves of a sorted column."""
    upper = ordered >> _SHIFT
    return int(np.count_nonzero(upper[1:] != upper[:-1])) + 1 if len(upper) else 0


class Lookups(Protocol):
    """What a join asks of facts."""

    def everything(self) -> Keys:
        """Return all facts, in any order."""
        ...

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        """Tell which facts are there."""
        ...

    def by_subject(self, wanted: Ids) -> tuple[NDArray[np.intp], Ids]:
        """Look facts up by subject: the position in `wanted` and the object of each fact found."""
        ...

    def by_object(self, wanted: Ids) -> tuple[NDArray[np.intp], Ids]:
        """Look facts up by object: the position in `wanted` and the subject of each fact found."""
        ...

    def has_subject(self, wanted: Ids) -> NDArray[np.bool_]:
        """Tell which subjects have a fact."""
        ...

    def has_object(self, wanted: Ids) -> NDArray[np.bool_]:
        """Tell which objects have a fact."""
        ...


class Relation:
    """Facts of one predicate, each once."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._has_derived = False
        self._dead: Keys = _NONE
        self._dead_turned: Keys = _NONE

    def __len__(self) -> int:
        return sum(map(len, self._runs)) - len(self._dead)

    def asserted(self) -> Lookups:
        """Return the asserted facts alone."""
        return _Asserted(self) if self._has_derived else self

    @property
    def subjects_spread(self) -> int:
        """How many distinct subjects there are, at most."""
        return sum(run.distinct_subjects() for run in self._runs)

    @property
    def objects_spread(self) -> int:
        """How many distinct objects there are, at most."""
        return sum(run.distinct_objects() for run in self._runs)

    def add(self, packed: Keys, provenance: Provenance | None = None, *, ordered: bool = False) -> None:
        """Add facts, none of which is there; asserted ones where no provenance is given.

        Args:
            packed: Shape (n,), distinct.
            provenance: Shape (n,) each.
            ordered: Whether they are sorted.
        """
        if not len(packed):
            return
        if provenance is None:
            provenance = Provenance(np.zeros(len(packed), np.int16), np.zeros(len(packed), np.int32), None)
        else:
            self._has_derived = True
        if len(self._dead):
            packed, provenance = self._revive(packed, provenance)
            if not len(packed):
                return
        self._runs.append(_Run(packed, provenance, ordered=ordered))
        self._merge()

    def append(self, packed: Keys, provenance: Provenance) -> None:
        """Add many facts, none of which is there; they are sorted when they are first looked up."""
        if len(packed):
            self._has_derived = True
            self._runs.append(_Run(packed, provenance, ordered=False))

    def _merge(self) -> None:
        while len(self._runs) > 1 and 2 * len(self._runs[-1]) > len(self._runs[-2]):
            self._runs[-2:] = [_merged(self._runs[-2], self._runs[-1])]

    def _revive(self, packed: Keys, provenance: Provenance) -> tuple[Keys, Provenance]:
        """Give facts that are marked as removed their new provenance; return the others."""
        back = contains(self._dead, packed)
        if back.any():
            self._set(packed[back], _taken(provenance, back))
            self._dead = self._dead[~contains(np.sort(packed[back]), self._dead)]
            self._dead_turned = np.sort(turned(self._dead))
        return packed[~back], _taken(provenance, ~back)

    def update(self, packed: Keys, provenance: Provenance) -> None:
        """Give facts that are there another provenance."""
        if not len(packed):
            return
        self._has_derived = True
        self._set(packed, provenance)

    def _set(self, packed: Keys, provenance: Provenance) -> None:
        for run in self._runs:
            places = np.searchsorted(run.keys, packed)
            places[places == len(run)] = 0
            here = run.keys[places] == packed
            run.set(places[here], _taken(provenance, here))

    def remove(self, packed: Keys) -> None:
        """Remove facts, all of which are there."""
        if not len(packed):
            return
        self._dead = np.sort(np.concatenate([self._dead, packed]))
        self._dead_turned = np.sort(turned(self._dead))
        if 4 * len(self._dead) > sum(map(len, self._runs)):
            self._compact()

    def _compact(self) -> None:
        runs, dead = self._runs, self._dead
        self._runs, self._dead, self._dead_turned = [], _NONE, _NONE
        for run in runs:
            alive = ~contains(dead, run.keys)
            if alive.any():
                self._runs.append(_Run(run.keys[alive], _taken(run.provenance, alive), ordered=True))

    def everything(self) -> Keys:
        """Return all facts, in any order."""
        if not len(self._dead):
            parts = [run.raw[0] for run in self._runs]
            return parts[0] if len(parts) == 1 else np.concatenate([_NONE, *parts])
        return np.concatenate([_NONE, *(run.keys[~contains(self._dead, run.keys)] for run in self._runs)])

    def rows(self) -> tuple[Keys, Provenance]:
        """Return all facts, in any order, with what stands beside them."""
        parts = []
        for run in self._runs:
            packed, provenance = run.raw
            if len(self._dead):
                alive = ~contains(self._dead, packed)
                packed, provenance = packed[alive], _taken(provenance, alive)
            parts.append((packed, provenance))
        return _concatenated(parts)

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        """Tell which facts are there, shape as `packed`."""
        found = np.zeros(len(packed), dtype=np.bool_)
        for run in self._runs:
            found |= contains(run.keys, packed)
        return found & ~contains(self._dead, packed) if len(self._dead) else found

    def by_subject(self, wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], Ids]:
        """Look facts up by subject.

        Args:
            wanted: Shape (n,).

        Returns:
            The position in `wanted` and the object of each fact found.
        """
        return self._lookup([run.forward for run in self._runs], self._dead, wanted)

    def by_object(self, wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], Ids]:
        """Look facts up by object: the position in `wanted` and the subject of each fact found."""
        return self._lookup([run.backward for run in self._runs], self._dead_turned, wanted)

    def has_subject(self, wanted: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell which subjects have a fact, shape as `wanted`."""
        return self._counts([run.forward for run in self._runs], self._dead, wanted) > 0

    def has_object(self, wanted: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell which objects have a fact, shape as `wanted`."""
        return self._counts([run.backward for run in self._runs], self._dead_turned, wanted) > 0

    def count_object(self, wanted: int) -> int:
        """Count the facts with an object."""
        return int(self._counts([run.backward for run in self._runs], self._dead_turned, np.array([wanted]))[0])

    @staticmethod
    def _counts(columns: list[_Column], dead: Keys, wanted: NDArray[np.integer]) -> NDArray[np.int64]:
        total = np.zeros(len(wanted), dtype=np.int64)
        for column in columns:
            total += column.ranges(wanted)[1]
        return total - _Column(dead).ranges(wanted)[1] if len(dead) else total

    @staticmethod
    def _lookup(columns: list[_Column], dead: Keys, wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], Ids]:
        places: list[NDArray[np.intp]] = []
        found: list[Ids] = []
        for column in columns:
            place, packed = _ranges(column, wanted)
            if len(dead):
                alive = ~contains(dead, packed)
                place, packed = place[alive], packed[alive]
            places.append(place)
            found.append(packed & _LOW)
        if len(places) == 1:
            return places[0], found[0]
        return np.concatenate([np.zeros(0, np.intp), *places]), np.concatenate([_NONE, *found])

    def provenance(self, packed: Keys) -> Provenance:
        """Return what stands beside facts that are there; -1 as the rule of those that are not."""
        rule = np.full(len(packed), -1, dtype=np.int16)
        round = np.zeros(len(packed), dtype=np.int32)
        confidence = np.ones(len(packed), dtype=np.float32)
        gone = contains(self._dead, packed)
        for run in self._runs:
            places = np.searchsorted(run.keys, packed)
            places[places == len(run)] = 0
            here = (run.keys[places] == packed) & ~gone
            own = run.provenance
            rule[here], round[here] = own.rule[places[here]], own.round[places[here]]
            if own.confidence is not None:
                confidence[here] = own.confidence[places[here]]
        return Provenance(rule, round, confidence)


class _Asserted:
    """The asserted facts of a relation that holds derived ones too."""

    def __init__(self, relation: Relation) -> None:
        self._all = relation

    def everything(self) -> Keys:
        packed, provenance = self._all.rows()
        return packed[provenance.rule == 0]

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        return np.asarray(self._all.provenance(packed).rule == 0)

    def by_subject(self, wanted: Ids) -> tuple[NDArray[np.intp], Ids]:
        rows, found = self._all.by_subject(wanted)
        alone = self.has(keys(wanted[rows], found))
        return rows[alone], found[alone]

    def by_object(self, wanted: Ids) -> tuple[NDArray[np.intp], Ids]:
        rows, found = self._all.by_object(wanted)
        alone = self.has(keys(found, wanted[rows]))
        return rows[alone], found[alone]

    def has_subject(self, wanted: Ids) -> NDArray[np.bool_]:
        return _marked(self.by_subject(wanted)[0], len(wanted))

    def has_object(self, wanted: Ids) -> NDArray[np.bool_]:
        return _marked(self.by_object(wanted)[0], len(wanted))


def _marked(rows: NDArray[np.intp], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask


def _ranges(column: _Column, wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], Keys]:
    """Return, for each number whose upper half is wanted, the position in `wanted` and the number."""
    start, count = column.ranges(wanted)
    if len(wanted) == 1:
        found = column.keys[start[0] : start[0] + count[0]]
        return np.zeros(len(found), dtype=np.intp), found
    if len(count) and count.max() <= 1:
        place = np.flatnonzero(count)
        return place, column.keys[start[place]]
    place = np.repeat(np.arange(len(wanted)), count)
    first = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    return place, column.keys[first + np.arange(len(place))]


def _taken(provenance: Provenance, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Provenance:
    rule, round, confidence = provenance
    return Provenance(rule[rows], round[rows], None if confidence is None else confidence[rows])


def _concatenated(parts: list[tuple[Keys, Provenance]]) -> tuple[Keys, Provenance]:
    if len(parts) == 1:
        return parts[0]
    packed = np.concatenate([_NONE, *(part for part, _ in parts)])
    rule = np.concatenate([np.zeros(0, np.int16), *(own.rule for _, own in parts)])
    round = np.concatenate([np.zeros(0, np.int32), *(own.round for _, own in parts)])
    confidence = None
    if any(own.confidence is not None for _, own in parts):
        sure = [np.ones(len(p), np.float32) if own.confidence is None else own.confidence for p, own in parts]
        confidence = np.concatenate(sure)
    return packed, Provenance(rule, round, confidence)


def _merged(first: _Run, second: _Run) -> _Run:
    packed, provenance = _concatenated([(first.keys, first.provenance), (second.keys, second.provenance)])
    order = np.argsort(packed, kind="stable")
    return _Run(packed[order], _taken(provenance, order), ordered=True)
