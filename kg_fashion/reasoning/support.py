"""Whether a derived fact would still hold if facts were added: additions may set off a NOT that it rests on.

Used by the search for missing facts, which counts on what is known.
"""

from kg_fashion.reasoning.conditions import Condition, with_values
from kg_fashion.reasoning.known import Bindings, Lookup, unify
from kg_fashion.reasoning.obstacles import Additions, holds, joined
from kg_fashion.reasoning.proofs import alternatives
from kg_fashion.reasoning.syntax import Expression, Pattern

_PROOFS = 5


def touches_a_not(added: Additions, lookup: Lookup) -> bool:
    """Say whether added facts are such as some rule's NOT looks for.

    Args:
        added: The facts that would be known beside.
        lookup: What is known.
    """
    return any(
        unify(pattern, fact) is not None
        for rule in lookup.closure.applied
        for negation in rule.negations
        for pattern in negation.patterns
        for fact in added.seen(data=negation.data)
    )


def still_holds(fact: Pattern, added: Additions, lookup: Lookup) -> bool:
    """Say whether a known fact has a proof, of the shortest few, that added facts do not undo.

    Args:
        fact: A known triple without variables.
        added: The facts that would be known beside.
        lookup: What is known.
    """
    if lookup.asserted(fact):
        return True
    return any(
        not any(_undone(condition, added, lookup) for node in tree.nodes() for condition in node.conditions)
        for tree in alternatives(lookup.closure, fact, limit=_PROOFS)
    )


def _undone(condition: Condition, added: Additions, lookup: Lookup) -> bool:
    """Say whether a NOT would find something by what is added."""
    if condition.kind != "absent":
        return False
    facts = added.seen(data=condition.data)
    return any(
        new and all(_true(text, match, lookup) for text in condition.expressions)
        for match, new in joined(condition.patterns, facts, lookup, data=condition.data)
    )


def _true(text: str, match: Bindings, lookup: Lookup) -> bool:
    return holds(Expression(with_values(text, match), frozenset()), {}, lookup)
