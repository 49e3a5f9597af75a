"""What a rule asks beside its premises, with the values of one solution put in: NOT, FILTER, SET, aggregates.

Part of a derivation's step, and of what stands against a wanted triple. The words for it are the renderings' matter.
SPARQL 1.2 RL, rule body elements.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kg_fashion.reasoning.known import instantiate
from kg_fashion.reasoning.syntax import Aggregate, Constant, Negation, Pattern, Rule

Kind = Literal["absent", "test", "value", "aggregate"]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|\?(\w+)')


@dataclass(frozen=True, slots=True)
class Condition:
    """One element of a body that is no triple pattern.

    Attributes:
        kind: absent for NOT, test for FILTER, value for SET, aggregate for a SET over a sub-pattern.
        patterns: The triple patterns in it.
        expressions: Its SPARQL expressions; terms are in N-Triples syntax, unbound variables keep their names.
        data: Whether it looks at the base data alone.
        variable: What it binds; "" where it binds nothing.
        value: The value bound.
        function: The aggregate's function in lower case, such as count.
    """

    kind: Kind
    patterns: tuple[Pattern, ...] = ()
    expressions: tuple[str, ...] = ()
    data: bool = False
    variable: str = ""
    value: Constant | None = None
    function: str = ""


def conditions_of(rule: Rule, bindings: Mapping[str, Constant]) -> tuple[Condition, ...]:
    """Return what a rule asked beside its premises under a solution: tests, values, aggregates, then absences.

    Args:
        rule: The rule.
        bindings: A solution of its body.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> (rule,) = parse("RULE { ?x <urn:p> ?z } WHERE { ?x <urn:q> ?y . SET ( ?z := ?y + 1 ) }").rules
        >>> one = Constant('"1"^^<http://www.w3.org/2001/XMLSchema#integer>')
        >>> conditions_of(rule, {"y": one, "z": one})[0].variable
        'z'
    """
    tests = [Condition("test", expressions=(with_values(f.text, bindings),)) for f in rule.filters]
    values = [
        Condition(
            "value",
            expressions=(with_values(a.expression.text, bindings),),
            variable=a.variable,
            value=bindings.get(a.variable),
        )
        for a in rule.assignments
        if a.expression is not None and a.variable not in dict(rule.composed)
    ]
    counts = [_aggregate(aggregate, bindings) for aggregate in rule.aggregates]
    return (*tests, *values, *counts, *(absence(negation, bindings) for negation in rule.negations))


def absence(negation: Negation, bindings: Mapping[str, Constant]) -> Condition:
    """Return a NOT with values put in."""
    return Condition(
        "absent",
        tuple(instantiate(pattern, bindings) for pattern in negation.patterns),
        tuple(with_values(f.text, bindings) for f in negation.filters),
        data=negation.data,
    )


def _aggregate(aggregate: Aggregate, bindings: Mapping[str, Constant]) -> Condition:
    return Condition(
        "aggregate",
        tuple(instantiate(pattern, bindings) for pattern in aggregate.patterns),
        tuple(with_values(f.text, bindings) for f in aggregate.filters),
        variable=aggregate.variable,
        value=bindings.get(aggregate.variable),
        function=aggregate.function.lower(),
    )


def with_values(expression: str, bindings: Mapping[str, Constant]) -> str:
    """Put values in place of an expression's variables, not within its strings and IRIs.

    Example:
        >>> with_values('STRLEN("?x") < ?x', {"x": Constant('"9"')})
        'STRLEN("?x") < "9"'
    """

    def value(found: re.Match[str]) -> str:
        bound = bindings.get(found[1]) if found[1] else None
        return bound.nt if bound else found[0]

    return _TOKEN.sub(value, expression)
