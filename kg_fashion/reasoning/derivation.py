"""Derivation trees: why a statement holds, from itself down to asserted statements.

A tree is found on demand by `proofs`, and written by `render`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.render.json import tree_to_dict
from kg_fashion.reasoning.render.text import tree_to_text
from kg_fashion.reasoning.render.words import Wording
from kg_fashion.reasoning.syntax import Pattern


@dataclass(frozen=True)
class Derivation:
    """A node of the tree.

    Attributes:
        triple: The statement, without variables.
        rule: The IRI of the rule that derived it; None where it is asserted.
        premises: Why the rule's body held.
        conditions: What the rule asked beside its premises: NOT, FILTER, SET, aggregates.
        confidence: The product of the confidences of the rules in the tree, one factor a node; a rule that states none
            counts as 1.
    """

    triple: Pattern
    rule: str | None
    premises: tuple["Derivation", ...] = ()
    conditions: tuple[Condition, ...] = ()
    confidence: float = 1.0

    @cached_property
    def size(self) -> int:
        """The number of nodes."""
        return sum(1 for _ in self.nodes())

    @property
    def absent(self) -> tuple[str, ...]:
        """What had to be absent: the rule's negations, in words."""
        return tuple(Wording().condition(c) for c in self.conditions if c.kind == "absent")

    @property
    def tests(self) -> tuple[str, ...]:
        """What else had to hold: the rule's FILTERs, SETs and aggregates, in words."""
        return tuple(Wording().condition(c) for c in self.conditions if c.kind != "absent")

    def nodes(self) -> Iterator["Derivation"]:
        """Iterate over all nodes, each before its premises."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.premises)

    def leaves(self) -> Iterator["Derivation"]:
        """Iterate over the asserted statements that it rests on."""
        return (node for node in self.nodes() if node.rule is None)

    def to_text(
        self,
        *,
        label: Callable[[str], str] | None = None,
        rule_label: Callable[[str], str] | None = None,
        lang: str = "en",
    ) -> str:
        """Return the tree as indented lines.

        Args:
            label: IRI -> word, for terms; prefixed names by default.
            rule_label: IRI -> words, for rules; prefixed names by default.
            lang: The language of the fixed words, en or zh.
        """
        return tree_to_text(self, Wording.of(label=label, rule_label=rule_label, lang=lang))

    def to_dict(self) -> dict[str, Any]:
        """Return the tree for JSON, terms in N-Triples syntax."""
        return tree_to_dict(self)
