"""How rules came to speak for values: the derivations beside an explanation's reasons."""

from collections.abc import Callable

from kg_fashion import terms
from kg_fashion.catalog import Garment
from kg_fashion.reasoning import Closure, Derivation, alternatives
from kg_fashion.reasoning.syntax import Pattern, iri

Derive = Callable[[Garment, str], Derivation | None]
"""A garment and a rule's IRI -> how the rule came to speak."""


class RuleDerivations:
    """How rules came to speak for values of garments, within one closure.

    Args:
        closure: What was derived from the garments.
        target: The attribute that the rules speak about.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.inference.evidence import close
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv").subset([0])
        >>> derive = RuleDerivations(close(catalogue.without(["season"]), load_rules()), "season")
        >>> rule = derive.rules(catalogue[0])[0]
        >>> derive(catalogue[0], rule).rule == rule
        True
    """

    def __init__(self, closure: Closure, target: str) -> None:
        self._closure = closure
        self._predicate = terms.EVIDENCE.get(target)
        self._spoke: dict[tuple[str, str], str] = {}
        if self._predicate is not None:
            for subject, value, rule in closure.firings(self._predicate).iter_rows():
                self._spoke.setdefault((subject, rule), value)

    def rules(self, garment: Garment) -> tuple[str, ...]:
        """Return the rules that speak for a value of a garment."""
        return tuple(rule for subject, rule in self._spoke if subject == garment.iri)

    def __call__(self, garment: Garment, rule: str) -> Derivation | None:
        """Return the shortest proof that ends in the rule; None where it does not speak."""
        value = self._spoke.get((garment.iri, rule))
        if value is None or self._predicate is None:
            return None
        triple = Pattern(iri(garment.iri), iri(self._predicate), iri(value))
        return next((tree for tree in alternatives(self._closure, triple) if tree.rule == rule), None)
