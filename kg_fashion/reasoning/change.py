"""Changes of a fact base: what is asked for, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.packed import Keys, contains
from kg_fashion.reasoning.rule_index import Facts
from kg_fashion.reasoning.syntax import Rule


@dataclass
class Change:
    """What a change of facts or rules made of the closure.

    Attributes:
        added: Predicate id -> facts that hold now and did not before.
        removed: Predicate id -> facts that held before and do not now.
        touched: Predicate id -> facts of which anything may have changed: whether they hold or are asserted, their
            rule, their confidence.
        seconds: Wall time.
    """

    added: dict[int, Keys] = field(default_factory=dict)
    removed: dict[int, Keys] = field(default_factory=dict)
    touched: dict[int, Keys] = field(default_factory=dict)
    seconds: float = 0.0

    def then(self, later: "Change") -> "Change":
        """Return this change and a later one as one."""
        return Change(
            union(less(self.added, later.removed), less(later.added, self.removed)),
            union(less(self.removed, later.added), less(later.removed, self.added)),
            union(self.touched, later.touched),
            self.seconds + later.seconds,
        )


@dataclass(frozen=True)
class Edit:
    """What to change.

    Attributes:
        add: Facts to assert.
        remove: Facts to assert no longer; what was not asserted is passed over.
        new_rules: Rules that are applied from now on.
        old_rules: Rules that are no longer applied.
    """

    add: Facts = field(default_factory=dict)
    remove: Facts = field(default_factory=dict)
    new_rules: Sequence[Rule] = ()
    old_rules: Sequence[Rule] = ()


def compare(former: FactBase, later: FactBase) -> Change:
    """Return the change between two fact bases with the same terms; all derived facts count as touched."""
    change = Change()
    for predicate in dict.fromkeys([*former.predicates(), *later.predicates()]):
        before, after = (np.sort(base.relation(predicate).everything()) for base in (former, later))
        added, removed = after[~contains(before, after)], before[~contains(after, before)]
        if len(added):
            change.added[predicate] = added
        if len(removed):
            change.removed[predicate] = removed
        change.touched[predicate] = np.union1d(before, after)
    return change


def union(first: Facts, second: Facts) -> dict[int, Keys]:
    """Return the facts of both."""
    both = dict(first)
    for predicate, packed in second.items():
        both[predicate] = np.union1d(both[predicate], packed) if predicate in both else packed
    return both


def less(first: Facts, second: Facts) -> dict[int, Keys]:
    """Return the facts of the first that are not among the second."""
    left = {p: np.setdiff1d(packed, second[p]) if p in second else packed for p, packed in first.items()}
    return {predicate: packed for predicate, packed in left.items() if len(packed)}
