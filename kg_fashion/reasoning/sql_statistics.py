"""Sizes of relations in a database, by which the order of a join is chosen."""

from collections.abc import Callable, Set

from kg_fashion.reasoning.sql import Catalog
from kg_fashion.reasoning.sql_database import Database
from kg_fashion.reasoning.syntax import Constant, Pattern, Term, Variable

_FEW = 4096
_GROWTH = 1.25


class Sizes:
    """Implements `plan.Statistics`.

    Args:
        catalog: Which predicates have facts.
        database: Holds them.
        size: Returns how many facts a predicate has; loads them where they are not in the database yet.
    """

    def __init__(self, catalog: Catalog, database: Database, size: Callable[[int], int]) -> None:
        self._catalog = catalog
        self._database = database
        self._size = size
        self._spreads: dict[int, tuple[int, tuple[int, int]]] = {}
        self._objects: dict[int, tuple[int, dict[int, int]]] = {}

    def fanout(self, pattern: Pattern, bound: Set[str], *, base: bool = False) -> float:
        """Return how many facts are expected to match a pattern for each value of the bound variables."""
        known = [isinstance(t, Constant) or t.name in bound for t in (pattern.subject, pattern.object)]
        if isinstance(pattern.predicate, Variable):
            numbers = self._catalog.filled("all")
            total = sum(self._fanout(number, known, pattern.object) for number in numbers)
            return total / max(len(numbers), 1) if pattern.predicate.name in bound else total
        return self._fanout(self._catalog.id(pattern.predicate), known, pattern.object)

    def _fanout(self, predicate: int, known: list[bool], obj: Term) -> float:
        size = float(self._size(predicate))
        if not size or not any(known):
            return size
        subjects, objects = self._spread(predicate)
        if known[1]:
            counted = isinstance(obj, Constant) and objects <= _FEW
            size = self._count(predicate, obj) if counted else size / objects
        return size / subjects if known[0] else size

    def _spread(self, predicate: int) -> tuple[int, int]:
        size, spread = self._spreads.get(predicate, (0, (1, 1)))
        if self._size(predicate) > size * _GROWTH:
            subjects, objects = self._database.spread(f"p{predicate}")
            size, spread = self._size(predicate), (max(subjects, 1), max(objects, 1))
            self._spreads[predicate] = size, spread
        return spread

    def _count(self, predicate: int, obj: Term) -> float:
        size, counts = self._objects.get(predicate, (0, {}))
        if self._size(predicate) > size * _GROWTH:
            size, counts = self._size(predicate), self._database.tally(f"p{predicate}", "o")
            self._objects[predicate] = size, counts
        return float(counts.get(self._catalog.id(obj), 0)) if isinstance(obj, Constant) else float(size)
