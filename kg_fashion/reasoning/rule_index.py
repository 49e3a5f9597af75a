"""Which rules some facts concern: found by predicate and object, so that a small change asks few rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.packed import Keys, objects
from kg_fashion.reasoning.plan import Plan, negated_patterns
from kg_fashion.reasoning.stratify import Layer
from kg_fashion.reasoning.syntax import Constant, Expression, Pattern, Rule

Facts = Mapping[int, Keys]
"""Predicate id -> facts."""
T = TypeVar("T")
Entry = tuple[Pattern, Sequence[Expression], T]
"""A pattern, the tests that narrow it, and what it stands for."""


class PatternIndex(Generic[T]):
    """Finds what has a pattern that some facts may match, in the order of the entries.

    Args:
        entries: The patterns.
        facts: Numbers their constants.
    """

    def __init__(self, entries: Iterable[Entry[T]], facts: FactBase) -> None:
        self._entries: list[T] = []
        self._anywhere: list[int] = []
        self._by_predicate: dict[int, list[int]] = defaultdict(list)
        self._by_object: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, (pattern, tests, entry) in enumerate(entries):
            self._entries.append(entry)
            if not isinstance(pattern.predicate, Constant):
                self._anywhere.append(number)
                continue
            predicate = facts.id(pattern.predicate)
            wanted = _objects(pattern, tests)
            if wanted is None:
                self._by_predicate[predicate].append(number)
            for constant in wanted or ():
                self._by_object[predicate][facts.id(constant)].append(number)

    def touched(self, facts: Facts) -> list[T]:
        """Return the entries that may match one of some facts."""
        found: set[int] = set()
        for predicate, packed in facts.items():
            if len(packed):
                found.update(self._anywhere, self._by_predicate.get(predicate, ()))
                by_object = self._by_object.get(predicate)
                for obj in np.unique(objects(packed)).tolist() if by_object else ():
                    found.update(by_object.get(obj, ()) if by_object else ())
        return [self._entries[number] for number in sorted(found)]


def _objects(pattern: Pattern, tests: Sequence[Expression]) -> Sequence[Constant] | None:
    """Return the objects that a pattern can match; None where it may be any."""
    if isinstance(pattern.object, Constant):
        return (pattern.object,)
    for test in tests:
        for variable, constants, positive in test.members or ():
            if positive and variable == pattern.object.name:
                return constants
    return None


def is_opaque(rule: Rule) -> bool:
    """Say whether a rule's results cannot be told from its head alone: aggregates, and values that differ each time."""
    return bool(rule.aggregates) or any(a.expression is not None and a.expression.each for a in rule.assignments)


def refuting(rule: Rule) -> list[tuple[Pattern, bool]]:
    """Return the patterns in a rule's negations, and whether each looks at the base alone."""
    data = [negation.data for negation in rule.negations for _ in negation.patterns]
    return list(zip(negated_patterns(rule), data, strict=True))


@dataclass(frozen=True)
class LayerIndex:
    """The rules of a layer by what they read.

    Attributes:
        layer: The layer.
        positive: (rule, position) of the patterns that look at everything.
        base: (rule, position) of the patterns that look at what is asserted.
        recursive: The same as `positive` of the recursive rules alone.
        negative: (rule, position among `refuting`) of the patterns of NOT.
        negative_base: The same for NOT DATA.
        opaque: The rules whose results cannot be told from their heads.
    """

    layer: Layer
    positive: PatternIndex[tuple[Rule, int]]
    base: PatternIndex[tuple[Rule, int]]
    recursive: PatternIndex[tuple[Rule, int]]
    negative: PatternIndex[tuple[Rule, int]]
    negative_base: PatternIndex[tuple[Rule, int]]
    opaque: tuple[Rule, ...]

    @classmethod
    def of(cls, layer: Layer, facts: FactBase) -> "LayerIndex":
        """Index a layer."""
        plain = [rule for rule in layer.rules if not is_opaque(rule)]
        again = [rule for rule in layer.recursive if not is_opaque(rule) and not rule.data]
        return cls(
            layer,
            PatternIndex(_reads([rule for rule in plain if not rule.data]), facts),
            PatternIndex(_reads([rule for rule in plain if rule.data]), facts),
            PatternIndex(_reads(again), facts),
            PatternIndex(_refutes(plain, data=False), facts),
            PatternIndex(_refutes(plain, data=True), facts),
            tuple(rule for rule in layer.rules if is_opaque(rule)),
        )


def _reads(rules: Iterable[Rule]) -> Iterable[Entry[tuple[Rule, int]]]:
    return [(pattern, rule.filters, (rule, place)) for rule in rules for place, pattern in enumerate(rule.patterns)]


def _refutes(rules: Iterable[Rule], *, data: bool) -> Iterable[Entry[tuple[Rule, int]]]:
    return [
        (pattern, (), (rule, place))
        for rule in rules
        for place, (pattern, own) in enumerate(refuting(rule))
        if own == data
    ]


@dataclass(frozen=True)
class RuleIndex:
    """All rules by what they read and write.

    Attributes:
        layers: The layers, the lowest first.
        heads: (layer number, rule, template) by what the templates write.
        plans: Plans that were made already, by rule and what they start from.
    """

    layers: tuple[LayerIndex, ...]
    heads: PatternIndex[tuple[int, Rule, Pattern]]
    plans: dict[tuple[Rule, object], Plan] = field(default_factory=dict)

    @classmethod
    def of(cls, layers: Sequence[Layer], facts: FactBase) -> "RuleIndex":
        """Index layers of rules."""
        entries = [
            (template, rule.filters, (number, rule, template))
            for number, layer in enumerate(layers)
            for rule in layer.rules
            for template in rule.head
        ]
        return cls(tuple(LayerIndex.of(layer, facts) for layer in layers), PatternIndex(entries, facts))
