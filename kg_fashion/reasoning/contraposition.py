"""Constraints turned round: from "who has this value and that is a contradiction" to "who has that cannot have this".

A hypothesis, that some garment has a value, is followed forward through the rules of the axioms and the certain rules
beside them. What else a contradiction takes becomes the body of a new rule, whose head says that the garment cannot
have the value. So what is impossible for any number of garments is found by a join, without trying values out.

Followed are rules of patterns and of tests against constants, to conclusions without variables, up to `_DEEPEST` steps:
what is found is impossible, but not all that is impossible need be found. This is unfolding (Tamaki & Sato 1984,
"Unfold/Fold Transformation of Logic Programs"), from the hypothesis towards the constraint.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from kg_fashion import terms
from kg_fashion.reasoning.closure import Closure
from kg_fashion.reasoning.syntax import TYPE, Constant, Expression, Pattern, Rule, Term, Variable, iri

CANNOT = iri(terms.KGF.cannotHave)
_VIOLATES = iri(terms.KGF.violates)
_ANY = iri("urn:kg-fashion:any-garment")
"""Stands for the garment of the hypothesis."""
_KNOWN_OF_ANY = frozenset({Pattern(_ANY, TYPE, iri(terms.KGF.Garment)), Pattern(_ANY, TYPE, iri(terms.OWL.Thing))})
_DEEPEST = 8
Test = tuple[str, tuple[Constant, ...], bool]
"""A variable, constants, and whether it is one of them or none."""
Binding = Mapping[Term, Term]


@dataclass(frozen=True)
class Impossible:
    """A value that a garment cannot have where some patterns hold of it.

    Attributes:
        rule: Its head is `?g kgf:cannotHave <value>`.
        steps: The IRIs of the rules that lead to the contradiction, the constraint last.
    """

    rule: Rule
    steps: tuple[str, ...]


@dataclass(frozen=True)
class _State:
    """What follows from the hypothesis under conditions: the last conclusion, and all on the way to it."""

    atom: Pattern
    conditions: frozenset[Pattern]
    tests: frozenset[Test]
    assumed: frozenset[Pattern]
    steps: tuple[str, ...]


def impossible_values(closure: Closure, predicate: str, values: Sequence[str]) -> list[Impossible]:
    """Find what makes values of a property impossible.

    Args:
        closure: Of the ontology alone, by rules that are certain.
        predicate: The property's IRI.
        values: The values' IRIs.

    Returns:
        For each value the weakest conditions, named after the constraint and numbered.

    Example:
        >>> from kg_fashion.graph import KnowledgeGraph
        >>> from kg_fashion.reasoning import reason
        >>> graph = KnowledgeGraph()
        >>> _ = graph.load_ontology()
        >>> impossible_values(reason(graph), terms.KGF.season, [terms.KGF.Winter])
        []
    """
    search = _Search(closure)
    found: list[Impossible] = []
    numbers = count(1)
    for value in values:
        weakest = _weakest(search.contradictions(Pattern(_ANY, iri(predicate), iri(value))))
        for state in sorted(weakest, key=lambda state: (state.steps, sorted(map(str, state.conditions)))):
            stem = state.steps[-1].removeprefix(terms.RULE)
            found.append(
                Impossible(
                    _rule(f"{terms.RULE}cannot/{terms.local_name(predicate)}/{stem}/{next(numbers)}", value, state),
                    state.steps,
                )
            )
    return found


def _weakest(states: Iterator[_State]) -> list[_State]:
    """Leave out what asks for more than another."""
    kept: list[_State] = []
    for state in sorted(states, key=lambda state: (len(state.conditions) + len(state.tests), len(state.steps))):
        if not any(own.conditions <= state.conditions and own.tests <= state.tests for own in kept):
            kept.append(state)
    return kept


def _rule(name: str, value: str, state: _State) -> Rule:
    garment = Variable("g")
    body = sorted((_put(pattern, {_ANY: garment}) for pattern in state.conditions), key=str)
    if garment.name not in _variables(body):
        body.append(Pattern(garment, TYPE, iri(terms.KGF.Garment)))
    tests = tuple(_expression(test) for test in sorted(state.tests, key=str))
    return Rule(name, (Pattern(garment, CANNOT, iri(value)),), tuple(body), tests)


def _expression(test: Test) -> Expression:
    name, constants, positive = test
    listed = " , ".join(constant.nt for constant in constants)
    return Expression(f"?{name} {'' if positive else 'NOT '}IN ( {listed} )", frozenset({name}), members=(test,))


class _Search:
    """Follows hypotheses through the rules of a closure."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._rules: dict[tuple[Term | None, Term | None], list[tuple[Rule, int]]] = defaultdict(list)
        self._fresh = count(1)
        for rule in filter(_followed, closure.applied):
            for place, pattern in enumerate(rule.patterns):
                self._rules[_key(pattern)].append((rule, place))

    def contradictions(self, hypothesis: Pattern) -> Iterator[_State]:
        """Iterate over the states in which the hypothesis leads to a contradiction."""
        itself = Pattern(_ANY, CANNOT, hypothesis.object)
        waiting = deque([_State(hypothesis, frozenset(), frozenset(), frozenset({hypothesis}), ())])
        seen: set[tuple[Pattern, frozenset[Pattern], frozenset[Test]]] = set()
        while waiting:
            for after in self._followers(waiting.popleft()):
                key = (after.atom, after.conditions, after.tests)
                if itself in after.conditions or key in seen:
                    continue
                seen.add(key)
                if after.atom.predicate == _VIOLATES:
                    yield after
                elif len(after.steps) < _DEEPEST:
                    waiting.append(after)

    def _followers(self, state: _State) -> Iterator[_State]:
        """Iterate over what follows in one step in which the last conclusion has a part."""
        predicate, obj = state.atom.predicate, state.atom.object
        for key in ((predicate, obj), (predicate, None), (None, obj), (None, None)):
            for rule, place in self._rules.get(key, ()):
                own = _renamed(rule, next(self._fresh))
                binding = _matched(own.patterns[place], state.atom)
                if binding is not None:
                    yield from self._concluded(state, own, binding)

    def _concluded(self, state: _State, rule: Rule, binding: Binding) -> Iterator[_State]:
        head = [_put(template, binding) for template in rule.head]
        holds = state.assumed | _KNOWN_OF_ANY
        rest = [pattern for p in rule.patterns if (pattern := _put(p, binding)) not in holds]
        tests = [test for expression in rule.filters for test in expression.members or ()]
        for more, conditions in self._looked_up(rest, head):
            left = _left(tests, {**binding, **more})
            for template in head if left is not None else ():
                atom = _put(template, more)
                if atom.predicate == _VIOLATES or not (atom.variables or self._known(atom)):
                    yield _State(
                        atom, state.conditions | set(conditions), state.tests | (left or frozenset()),
                        state.assumed | {atom}, (*state.steps, rule.iri),
                    )  # fmt: skip

    def _looked_up(self, rest: list[Pattern], head: list[Pattern]) -> Iterator[tuple[Binding, list[Pattern]]]:
        """Look up what does not depend on the garment; the rest are conditions."""
        of_garment = [pattern for pattern in rest if _ANY in pattern]
        shared, needed = _variables(of_garment), _variables(head)
        world = [pattern for pattern in rest if _ANY not in pattern]
        asked = [pattern for pattern in world if not pattern.variables & shared or pattern.variables & needed]
        if all(self._closure.known(pattern) for pattern in asked if not pattern.variables):
            for found in self._solutions([pattern for pattern in asked if pattern.variables]):
                yield found, [_put(pattern, found) for pattern in rest if pattern not in asked]

    def _solutions(self, patterns: list[Pattern]) -> list[Binding]:
        if not patterns:
            return [{}]
        found = self._closure.solutions(Rule(terms.RULE + "asked", (), tuple(patterns)), {})
        return [{Variable(name): constant for name, constant in solution.items()} for solution in found]

    def _known(self, atom: Pattern) -> bool:
        return atom in _KNOWN_OF_ANY or (_ANY not in atom and self._closure.known(atom))


def _followed(rule: Rule) -> bool:
    """Say whether a rule is of patterns and tests against constants alone."""
    other = rule.negations or rule.assignments or rule.aggregates or rule.composed or rule.data
    return not other and all(expression.members is not None for expression in rule.filters)


def _key(pattern: Pattern) -> tuple[Term | None, Term | None]:
    predicate, obj = (None if isinstance(term, Variable) else term for term in (pattern.predicate, pattern.object))
    return predicate, obj


def _renamed(rule: Rule, number: int) -> Rule:
    names = {name: f"{name}_{number}" for name in _variables(rule.patterns)}
    own: Binding = {Variable(name): Variable(new) for name, new in names.items()}
    return replace(
        rule, head=tuple(_put(template, own) for template in rule.head),
        patterns=tuple(_put(pattern, own) for pattern in rule.patterns),
        filters=tuple(expression.renamed(names) for expression in rule.filters),
    )  # fmt: skip


def _matched(pattern: Pattern, atom: Pattern) -> Binding | None:
    """Return what makes a pattern an atom without variables; None where nothing does."""
    found: dict[Term, Term] = {}
    for term, own in zip(pattern, atom, strict=True):
        if found.setdefault(term, own if isinstance(term, Variable) else term) != own:
            return None
    return found


def _put(pattern: Pattern, binding: Binding) -> Pattern:
    return Pattern(*(binding.get(term, term) for term in pattern))


def _variables(patterns: Iterable[Pattern]) -> frozenset[str]:
    return frozenset[str]().union(*(pattern.variables for pattern in patterns))


def _left(tests: Iterable[Test], binding: Binding) -> frozenset[Test] | None:
    """Return the tests of variables that are still open; None where one fails."""
    left = []
    for name, constants, positive in tests:
        value = binding.get(Variable(name))
        if not isinstance(value, Constant):
            left.append((name, constants, positive))
        elif (value in constants) != positive:
            return None
    return frozenset(left)
