"""The last steps of proofs: for a fact, every rule with every solution of its body that gives the fact.

Facts and steps are the OR and AND nodes of the graph that `proofs` searches. Nothing of it is stored beforehand: a step
is found by running a rule's body with its head bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kg_fashion.reasoning.conditions import Condition, conditions_of
from kg_fashion.reasoning.known import Bindings, Lookup, instantiate, text_of, unify
from kg_fashion.reasoning.syntax import Pattern, Rule

_MOST_SOLUTIONS = 2000


@dataclass(frozen=True)
class Step:
    """One application of a rule.

    Attributes:
        fact: What it gives.
        rule: The rule.
        premises: The patterns of the body with the solution put in, in the order of the body, each once.
        bindings: The solution.
    """

    fact: Pattern
    rule: Rule
    premises: tuple[Pattern, ...]
    bindings: Bindings

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What tells it apart from other steps to the same fact, and orders them."""
        return (self.rule.iri, *map(text_of, self.premises))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the rule asked beside the premises."""
        return conditions_of(self.rule, self.bindings)


def steps_to(fact: Pattern, lookup: Lookup) -> list[Step]:
    """Return all distinct steps that give a fact, ordered by rule and premises.

    Args:
        fact: A known triple without variables.
        lookup: What is known.
    """
    found: dict[tuple[str, ...], Step] = {}
    for rule, template in lookup.writers(fact):
        bound = unify(template, fact)
        if bound is None:
            continue
        for bindings in _solutions(rule, bound, lookup):
            premises = tuple(dict.fromkeys(instantiate(pattern, bindings) for pattern in rule.patterns))
            step = Step(fact, rule, premises, bindings)
            found.setdefault(step.key, step)
    return [found[key] for key in sorted(found)]


def _solutions(rule: Rule, bound: Bindings, lookup: Lookup) -> Iterator[Bindings]:
    body = [instantiate(pattern, bound) for pattern in rule.patterns]
    if not all(lookup.possible(pattern, data=rule.data) for pattern in body):
        return
    alone = not (rule.filters or rule.negations or rule.assignments or rule.aggregates)
    if alone and not any(pattern.variables for pattern in body):
        if all(lookup.matches(pattern, data=rule.data) for pattern in body):
            yield bound
        return
    fresh = _unrepeatable(rule)
    asked = {name: value for name, value in bound.items() if name not in fresh}
    for solution in lookup.closure.solutions(rule, asked, limit=_MOST_SOLUTIONS):
        yield {**solution, **bound}


def _unrepeatable(rule: Rule) -> frozenset[str]:
    """Return the variables whose values a second run of the rule does not give again, such as those set by UUID()."""
    found: set[str] = set()
    for assignment in rule.assignments:
        expression = assignment.expression
        if expression is not None and (expression.each or expression.variables & found):
            found.add(assignment.variable)
    return frozenset(found)
