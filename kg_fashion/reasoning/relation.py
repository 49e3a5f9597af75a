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

from kg_fashion.reasoning.packed import (
    LOW,
    NONE,
    Ids,
    Keys,
    Provenance,
    concatenated,
    contains,
    keys,
    located,
    taken,
    turned,
)
from kg_fashion.reasoning.run import Column, Run, merged, ranges_of


class Found(NamedTuple):
    """Facts that were looked up.

    Attributes:
        rows: The position of each in what was asked for, shape (n,).
        values: The other end of each, shape (n,).
        confidence: Of each, shape (n,); None where all are 1.
    """

    rows: NDArray[np.intp]
    values: Ids
    confidence: NDArray[np.float32] | None = None


class Lookups(Protocol):
    """What a join asks of facts."""

    def everything(self) -> Keys:
        """Return all facts, in any order."""
        ...

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        """Tell which facts are there."""
        ...

    def by_subject(self, wanted: Ids) -> Found:
        """Look facts up by subject: the position in `wanted` and the object of each fact found."""
        ...

    def by_object(self, wanted: Ids) -> Found:
        """Look facts up by object: the position in `wanted` and the subject of each fact found."""
        ...

    def has_subject(self, wanted: Ids) -> NDArray[np.bool_]:
        """Tell which subjects have a fact."""
        ...

    def has_object(self, wanted: Ids) -> NDArray[np.bool_]:
        """Tell which objects have a fact."""
        ...


class Relation:
    """Facts of one predicate, each once.

    Attributes:
        has_derived: Whether any of them was ever derived.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self.has_derived = False
        self._dead: Keys = NONE
        self._dead_turned: Keys = NONE

    def __len__(self) -> int:
        return sum(map(len, self._runs)) - len(self._dead)

    def asserted(self) -> Lookups:
        """Return the asserted facts alone."""
        return _Asserted(self) if self.has_derived else self

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
            self.has_derived = True
        if len(self._dead):
            packed, provenance = self._revive(packed, provenance)
            if not len(packed):
                return
        self._runs.append(Run(packed, provenance, ordered=ordered))
        self._merge()

    def append(self, packed: Keys, provenance: Provenance) -> None:
        """Add many facts, none of which is there; they are sorted when they are first looked up."""
        if len(packed):
            self.has_derived = True
            self._runs.append(Run(packed, provenance, ordered=False))

    def _merge(self) -> None:
        while len(self._runs) > 1 and 2 * len(self._runs[-1]) > len(self._runs[-2]):
            self._runs[-2:] = [merged(self._runs[-2], self._runs[-1])]

    def _revive(self, packed: Keys, provenance: Provenance) -> tuple[Keys, Provenance]:
        """Give facts that are marked as removed their new provenance; return the others."""
        back = contains(self._dead, packed)
        if back.any():
            self._set(packed[back], taken(provenance, back))
            self._dead = self._dead[~contains(np.sort(packed[back]), self._dead)]
            self._dead_turned = np.sort(turned(self._dead))
        return packed[~back], taken(provenance, ~back)

    def update(self, packed: Keys, provenance: Provenance) -> None:
        """Give facts that are there another provenance."""
        if not len(packed):
            return
        self.has_derived = True
        self._set(packed, provenance)

    def _set(self, packed: Keys, provenance: Provenance) -> None:
        for run in self._runs:
            places, here = located(run.keys, packed)
            run.set(places[here], taken(provenance, here))

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
        self._runs, self._dead, self._dead_turned = [], NONE, NONE
        for run in runs:
            alive = ~contains(dead, run.keys)
            if alive.any():
                self._runs.append(Run(run.keys[alive], taken(run.provenance, alive), ordered=True))

    def everything(self) -> Keys:
        """Return all facts, in any order."""
        if not len(self._dead):
            parts = [run.raw[0] for run in self._runs]
            return parts[0] if len(parts) == 1 else np.concatenate([NONE, *parts])
        return np.concatenate([NONE, *(run.keys[~contains(self._dead, run.keys)] for run in self._runs)])

    def rows(self) -> tuple[Keys, Provenance]:
        """Return all facts, in any order, with what stands beside them."""
        parts = []
        for run in self._runs:
            packed, provenance = run.raw
            if len(self._dead):
                alive = ~contains(self._dead, packed)
                packed, provenance = packed[alive], taken(provenance, alive)
            parts.append((packed, provenance))
        return concatenated(parts)

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        """Tell which facts are there, shape as `packed`."""
        found = np.zeros(len(packed), dtype=np.bool_)
        for run in self._runs:
            found |= contains(run.keys, packed)
        return found & ~contains(self._dead, packed) if len(self._dead) else found

    def by_subject(self, wanted: NDArray[np.integer]) -> Found:
        """Look facts up by subject, shape (n,); the values are their objects."""
        return self._lookup([run.forward for run in self._runs], self._dead, wanted)

    def by_object(self, wanted: NDArray[np.integer]) -> Found:
        """Look facts up by object, shape (n,); the values are their subjects."""
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
    def _counts(columns: list[Column], dead: Keys, wanted: NDArray[np.integer]) -> NDArray[np.int64]:
        total = np.zeros(len(wanted), dtype=np.int64)
        for column in columns:
            total += column.ranges(wanted)[1]
        return total - Column(dead).ranges(wanted)[1] if len(dead) else total

    @staticmethod
    def _lookup(columns: list[Column], dead: Keys, wanted: NDArray[np.integer]) -> Found:
        parts = []
        for column in columns:
            rows, places = ranges_of(column, wanted)
            packed = column.keys[places]
            if len(dead):
                alive = ~contains(dead, packed)
                rows, places, packed = rows[alive], places[alive], packed[alive]
            parts.append(Found(rows, packed & LOW, None if column.confidence is None else column.confidence[places]))
        if len(parts) == 1:
            return parts[0]
        confidence = None
        if any(part.confidence is not None for part in parts):
            ones = (np.ones(len(p.rows), np.float32) if p.confidence is None else p.confidence for p in parts)
            confidence = np.concatenate(list(ones))
        rows = np.concatenate([np.zeros(0, np.intp), *(part.rows for part in parts)])
        return Found(rows, np.concatenate([NONE, *(part.values for part in parts)]), confidence)

    def standing(self, packed: Keys) -> NDArray[np.float32]:
        """Return the confidences of facts, -1 for those that are not there."""
        found = np.full(len(packed), -1, dtype=np.float32)
        for run in self._runs:
            places, here = located(run.keys, packed)
            confidence = run.provenance.confidence
            found[here] = 1 if confidence is None else confidence[places[here]]
        if len(self._dead):
            found[contains(self._dead, packed)] = -1
        return found

    def confidence(self, packed: Keys) -> NDArray[np.float32]:
        """Return the confidences of facts that are there."""
        found = np.ones(len(packed), dtype=np.float32)
        for run in self._runs:
            confidence = run.provenance.confidence
            if confidence is not None:
                places, here = located(run.keys, packed)
                found[here] = confidence[places[here]]
        return found

    def provenance(self, packed: Keys) -> Provenance:
        """Return what stands beside facts that are there; -1 as the rule of those that are not."""
        rule = np.full(len(packed), -1, dtype=np.int16)
        round = np.zeros(len(packed), dtype=np.int32)
        confidence = np.ones(len(packed), dtype=np.float32)
        gone = contains(self._dead, packed)
        for run in self._runs:
            places, here = located(run.keys, packed)
            here &= ~gone
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
        return np.asarray(packed[provenance.rule == 0])

    def has(self, packed: Keys) -> NDArray[np.bool_]:
        return np.asarray(self._all.provenance(packed).rule == 0)

    def by_subject(self, wanted: Ids) -> Found:
        rows, found, _ = self._all.by_subject(wanted)
        alone = self.has(keys(wanted[rows], found))
        return Found(rows[alone], found[alone])

    def by_object(self, wanted: Ids) -> Found:
        rows, found, _ = self._all.by_object(wanted)
        alone = self.has(keys(found, wanted[rows]))
        return Found(rows[alone], found[alone])

    def has_subject(self, wanted: Ids) -> NDArray[np.bool_]:
        return _marked(self.by_subject(wanted)[0], len(wanted))

    def has_object(self, wanted: Ids) -> NDArray[np.bool_]:
        return _marked(self.by_object(wanted)[0], len(wanted))


def _marked(rows: NDArray[np.intp], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask
