"""What stands against a rule's body under values for its variables: tests that fail, and what a NOT finds.

Each element is put to the closure by itself, as a rule without patterns whose variables are bound, so that SPARQL's own
semantics decide. Used by the search for missing facts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kg_fashion.reasoning.conditions import Condition, absence, conditions_of
from kg_fashion.reasoning.known import Bindings, Lookup, instantiate, unify
from kg_fashion.reasoning.syntax import Assignment, Constant, Expression, Negation, Pattern, Rule, Variable

_SHOWN = 3
_MOST_CONSEQUENCES = 200
_INVENTED = "_:some_"


@dataclass(frozen=True)
class Obstacle:
    """One condition that does not hold.

    Attributes:
        condition: The condition, with values put in.
        facts: For a NOT, what it finds.
    """

    condition: Condition
    facts: tuple[Pattern, ...] = ()


@dataclass(frozen=True)
class Additions:
    """Facts beside what a closure knows; a name of its own stands for a value that is not told.

    Attributes:
        supplied: Those that would be asserted.
        derived: Those that would follow.
    """

    supplied: tuple[Pattern, ...] = ()
    derived: tuple[Pattern, ...] = ()

    @classmethod
    def of(cls, missing: Sequence[Pattern]) -> "Additions":
        """Return missing facts as supplied, with a name for each variable."""
        return cls(tuple(map(_with_names, missing)))

    def seen(self, *, data: bool) -> tuple[Pattern, ...]:
        """Return those that a pattern sees: the supplied ones, and, where it looks beyond the base, the derived."""
        return self.supplied if data else self.supplied + self.derived


@dataclass
class Verdict:
    """What came of a body's conditions.

    Attributes:
        obstacles: Conditions that do not hold.
        pending: Conditions on variables that have no value yet.
        bindings: The values, with those that SETs and aggregates gave.
        refuted: Whether the facts to be added are themselves what a NOT forbids.
    """

    bindings: Bindings
    obstacles: list[Obstacle] = field(default_factory=list)
    pending: list[Condition] = field(default_factory=list)
    refuted: bool = False


def judge(rule: Rule, bindings: Bindings, added: Additions, lookup: Lookup) -> Verdict:
    """Test everything in a body but its patterns.

    Args:
        rule: The rule.
        bindings: Values of its variables, some or all.
        added: Facts that would be known beside the closure's.
        lookup: What is known.
    """
    verdict = Verdict(dict(bindings))
    for aggregate in rule.aggregates:
        alone = replace(_empty(rule), aggregates=(aggregate,))
        _set(alone, aggregate.variable, verdict, lookup, needs=frozenset())
    for assignment in rule.assignments:
        needs = assignment.expression.variables if assignment.expression else frozenset()
        _set(replace(_empty(rule), assignments=(assignment,)), assignment.variable, verdict, lookup, needs=needs)
    for expression in rule.filters:
        condition = conditions_of(replace(_empty(rule), filters=(expression,)), verdict.bindings)[0]
        if not expression.variables <= verdict.bindings.keys():
            verdict.pending.append(condition)
        elif not holds(expression, verdict.bindings, lookup):
            verdict.obstacles.append(Obstacle(condition))
    for negation in rule.negations:
        _deny(negation, added, verdict, lookup)
    return verdict


def holds(expression: Expression, bindings: Bindings, lookup: Lookup) -> bool:
    """Say whether a test is true; all its variables have values."""
    bound = {name: bindings[name] for name in sorted(expression.variables)}
    return bool(lookup.closure.solutions(Rule("", (), (), filters=(expression,)), bound, limit=1))


def value_of(assignment: Assignment, bindings: Bindings, lookup: Lookup) -> Constant | None:
    """Return what a SET gives; None where it is an error, or makes a new term each time."""
    if assignment.expression is None or assignment.expression.each:
        return None
    bound = {name: bindings[name] for name in sorted(assignment.expression.variables)}
    found = lookup.closure.solutions(Rule("", (), (), assignments=(assignment,)), bound, limit=1)
    return found[0].get(assignment.variable) if found else None


def _empty(rule: Rule) -> Rule:
    return Rule(rule.iri, (), (), data=rule.data)


def _set(alone: Rule, variable: str, verdict: Verdict, lookup: Lookup, *, needs: frozenset[str]) -> None:
    """Give a SET's variable its value, or compare it with the one that it must have."""
    wanted = verdict.bindings.pop(variable, None)
    if not needs <= verdict.bindings.keys():
        kept = verdict.bindings if wanted is None else {**verdict.bindings, variable: wanted}
        verdict.pending += conditions_of(alone, kept)
        verdict.bindings = kept
        return
    own = {name: value for name, value in verdict.bindings.items() if name in needs or alone.aggregates}
    found = lookup.closure.solutions(alone, own, limit=1)
    value = found[0].get(variable) if found else None
    if value is not None:
        verdict.bindings[variable] = value
    if value is None or (wanted is not None and wanted != value):
        verdict.obstacles += [Obstacle(condition) for condition in conditions_of(alone, verdict.bindings)]


def _deny(negation: Negation, added: Additions, verdict: Verdict, lookup: Lookup) -> None:
    """See whether a NOT finds something, in what is known or in what would be added."""
    own = frozenset().union(*(pattern.variables for pattern in negation.patterns))
    bound = {name: value for name, value in verdict.bindings.items() if name in negation.variables}
    if not all(f.variables <= own | bound.keys() for f in negation.filters):
        verdict.pending.append(absence(negation, bound))
        return
    patterns = tuple(instantiate(pattern, bound) for pattern in negation.patterns)
    seen: list[Pattern] = []
    for match, new in joined(patterns, added.seen(data=negation.data), lookup, data=negation.data):
        values = {**bound, **match}
        if all(holds(f, values, lookup) for f in negation.filters):
            verdict.refuted |= new
            seen += [] if new else [instantiate(pattern, match) for pattern in patterns]
        if verdict.refuted or len(seen) >= _SHOWN:
            break
    if seen:
        facts = tuple(dict.fromkeys(seen))[:_SHOWN]
        verdict.obstacles.append(Obstacle(absence(negation, bound), facts))


def with_consequences(added: Additions, lookup: Lookup) -> Additions:
    """Return added facts with what would follow from them and what is known.

    What a NOT would no longer allow is not taken back.
    """
    derived: dict[Pattern, None] = {}
    waiting = list(added.supplied)
    while waiting and len(derived) < _MOST_CONSEQUENCES:
        fact = waiting.pop(0)
        for rule, pattern in lookup.readers(fact):
            now = Additions(added.supplied, tuple(derived))
            for made in _made(rule, pattern, fact, now, lookup):
                if made not in derived and made not in added.supplied and not lookup.known(made):
                    derived[made] = None
                    waiting.append(made)
    return Additions(added.supplied, tuple(derived))


def _made(rule: Rule, pattern: Pattern, fact: Pattern, added: Additions, lookup: Lookup) -> Iterator[Pattern]:
    """Iterate over what a rule gives with one pattern matched by a fact."""
    bound = unify(pattern, fact)
    if bound is None or fact not in added.seen(data=rule.data):
        return
    others = [instantiate(other, bound) for other in rule.patterns if other is not pattern]
    for match, _ in joined(others, added.seen(data=rule.data), lookup, data=rule.data):
        verdict = judge(rule, {**bound, **match}, added, lookup)
        if not (verdict.obstacles or verdict.pending or verdict.refuted):
            heads = (instantiate(template, verdict.bindings) for template in rule.head)
            yield from (head for head in heads if not head.variables)


def joined(
    patterns: Sequence[Pattern], added: Sequence[Pattern], lookup: Lookup, *, data: bool
) -> Iterator[tuple[Bindings, bool]]:
    """Iterate over the solutions of patterns in what is known and what is added, and whether they use the latter."""
    waiting: list[tuple[int, Bindings, bool]] = [(0, {}, False)]
    while waiting:
        place, bindings, new = waiting.pop()
        if place == len(patterns):
            yield bindings, new
            continue
        pattern = instantiate(patterns[place], bindings)
        options = [(match, new) for match in _known(pattern, lookup, data=data)]
        options += [(match, True) for match in (unify(pattern, fact) for fact in added) if match is not None]
        waiting += [(place + 1, {**bindings, **match}, used) for match, used in reversed(options)]


def _known(pattern: Pattern, lookup: Lookup, *, data: bool) -> Sequence[Bindings]:
    invented = any(isinstance(term, Constant) and term.nt.startswith(_INVENTED) for term in pattern)
    return () if invented else lookup.matches(pattern, data=data)


def _with_names(fact: Pattern) -> Pattern:
    """Put a name of its own in place of each variable of a fact to be added."""
    return Pattern(*(Constant(_INVENTED + t.name) if isinstance(t, Variable) else t for t in fact))
