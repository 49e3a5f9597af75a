"""Rules that never fire, and rules whose conclusions nobody reads."""

from collections.abc import Iterator

from kg_fashion import terms
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.axioms import compile_axioms
from kg_fashion.reasoning.lint.remark import Remark, of_rule
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Aggregate, Constant, Negation, Pattern, Rule

_SUPPLIED = frozenset({*terms.ATTRIBUTES.values(), terms.KGF.owns, terms.KGF.price})
"""The properties of ours that catalogues and wardrobes fill."""
_READ = frozenset({*terms.ATTRIBUTES.values(), *terms.EVIDENCE.values(), terms.KGF.cannotHave})
"""The properties that inference reads: attributes, evidence for them, and vetoes."""


def unreachable(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Find rules that read a property of ours that neither data nor a rule that can fire gives (a least fixpoint)."""
    given = _SUPPLIED | {triple.predicate.value for triple in ontology.triples}
    given |= {predicate for triple in rules.data if (predicate := _predicate(triple))}
    waiting: list[Rule] = [*compile_axioms(ontology.triples), *rules]
    while True:
        firing = [rule for rule in waiting if not _missing(rule, given)]
        if not firing:
            break
        waiting = [rule for rule in waiting if _missing(rule, given)]
        given |= {predicate for rule in firing for template in rule.head if (predicate := _predicate(template))}
        if any(_predicate(template) is None for rule in firing for template in rule.head):
            return
    own = {rule.iri for rule in rules}
    for rule in waiting:
        for predicate in _missing(rule, given) if rule.iri in own else ():
            yield of_rule(rule, "unreachable", f"never fires: nothing supplies or derives {terms.shorten(predicate)}")


def _missing(rule: Rule, given: set[str] | frozenset[str]) -> list[str]:
    read = (_predicate(pattern) for pattern in rule.patterns)
    return [p for p in dict.fromkeys(read) if p and p.startswith(terms.KGF) and p not in given]


def unused(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Find rules that conclude what no rule, axiom, attribute or evidence reads."""
    readers: list[Rule] = [*compile_axioms(ontology.triples), *rules]
    read: set[str | None] = set(_READ)
    for rule in readers:
        parts: list[Negation | Aggregate] = [*rule.negations, *rule.aggregates]
        inner = [pattern for part in parts for pattern in part.patterns]
        read |= {_predicate(pattern) for pattern in (*rule.patterns, *inner)} - _own_use(rule)
    if None in read:
        return
    for rule in rules:
        concluded = [_predicate(template) for template in rule.head]
        if concluded and not any(predicate is None or predicate in read for predicate in concluded):
            names = ", ".join(terms.shorten(predicate) for predicate in dict.fromkeys(concluded) if predicate)
            yield of_rule(rule, "unused", f"nothing reads what it concludes: {names}")


def _own_use(rule: Rule) -> set[str | None]:
    """Return what a rule concludes, which it does not count as a reader of."""
    return {_predicate(template) for template in rule.head}


def _predicate(pattern: Pattern) -> str | None:
    """Return the predicate's IRI, None for a variable."""
    return pattern.predicate.nt[1:-1] if isinstance(pattern.predicate, Constant) else None
