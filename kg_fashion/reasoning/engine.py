"""What an engine does for the fixpoint: fire rules against all that is known, keep what is new.

Two kinds stand behind it: the index engine (`index_engine.py`) over sorted columns in this process, for small graphs
and small changes, and the SQL engines (`sql_engine.py`: DuckDB; `spark_engine.py`) for bulk. All run the same plans.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kg_fashion.reasoning.syntax import Rule


@dataclass(frozen=True, slots=True)
class Firing:
    """One evaluation of a rule.

    Attributes:
        rule: The rule.
        number: Its number in the provenance of what it derives, from 1.
        delta: The position of the pattern that must match the newest facts; None for all facts.
        confidence: The rule's own, 0 to 1.
    """

    rule: Rule
    number: int
    delta: int | None = None
    confidence: float = 1.0


@dataclass(slots=True)
class News:
    """What a round added.

    Attributes:
        counts: Rule number -> how many facts it was the first to derive.
        classes: Predicate id -> the ids of the objects of its new facts, for rdf:type; an empty set for others.
    """

    counts: dict[int, int] = field(default_factory=dict)
    classes: dict[int, set[int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.classes)


class Engine(Protocol):
    """Fires rules over a base of facts and remembers the newest."""

    def fire(self, firings: Sequence[Firing], *, round: int) -> News:
        """Evaluate rules side by side over what is known; add what is new, each fact with its rule and round.

        What is added becomes the newest facts, which the next call's `Firing.delta` looks at. Where several firings
        derive the same fact, the first in the sequence is its rule.
        """
        ...

    def finish(self) -> None:
        """Leave everything that was derived in the fact base."""
        ...
