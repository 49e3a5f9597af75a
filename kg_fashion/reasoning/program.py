"""The rules in force, each with its number and confidence, and what a change of rules means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion.errors import StratificationError
from kg_fashion.reasoning.engine import Firing
from kg_fashion.reasoning.stratify import Layer, layers
from kg_fashion.reasoning.syntax import Rule


@dataclass(frozen=True)
class Program:
    """Rules with the numbers that the provenance of facts refers to; a number is never given again.

    Attributes:
        numbered: All rules that ever were in force; the rule of number n at position n - 1.
        active: The rules in force.
        confidences: Rule IRI -> its confidence; rules that are not in it are certain.
        layers: The rules in force, in layers.
    """

    numbered: tuple[Rule, ...]
    active: tuple[Rule, ...]
    confidences: Mapping[str, float]
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, rules: Iterable[Rule], confidences: Mapping[str, float]) -> "Program":
        """Number rules in their order.

        Raises:
            StratificationError: the rules depend on their own negation.
        """
        active = tuple(rules)
        return cls(active, active, confidences, tuple(layers(active)))

    def firings(self, rules: Iterable[Rule]) -> dict[Rule, Firing]:
        """Return how each of some numbered rules is fired."""
        number = {rule: place for place, rule in enumerate(self.numbered, start=1)}
        return {rule: Firing(rule, number[rule], None, self.confidences.get(rule.iri, 1.0)) for rule in rules}

    def changed(self, rules: Sequence[Rule], confidences: Mapping[str, float]) -> "Program":
        """Return the program with other rules in force.

        Raises:
            StratificationError: the rules depend on their own negation.
        """
        known = set(self.numbered)
        numbered = (*self.numbered, *(rule for rule in rules if rule not in known))
        return Program(numbered, tuple(rules), confidences, tuple(layers(rules)))

    def difference(self, later: "Program") -> tuple[tuple[Rule, ...], tuple[Rule, ...]] | None:
        """Return the rules that a later program has more and fewer; None where it is too different for small steps.

        A rule whose confidence changes would be both.
        """
        before, after = set(self.active), set(later.active)
        same = before & after
        if any(self.confidences.get(rule.iri) != later.confidences.get(rule.iri) for rule in same):
            return None
        return (
            tuple(rule for rule in later.active if rule not in before),
            tuple(rule for rule in self.active if rule not in after),
        )

    def joint_layers(self, later: "Program") -> tuple[Layer, ...] | None:
        """Return the rules of both programs in layers; None where together they depend on their own negation."""
        if self.active == later.active:
            return self.layers
        kept = set(self.active)
        try:
            return tuple(layers([*self.active, *(rule for rule in later.active if rule not in kept)]))
        except StratificationError:
            return None
