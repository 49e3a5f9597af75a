"""The smallest sets of missing facts that would make a wanted triple hold: abduction by best-first search.

A goal is met by a known fact, by a fact already assumed, by assuming it, or by a rule, whose body takes its place
(SLD resolution with assumptions; Cox and Pietrzykowski 1986). States are taken up by the number of assumptions and
obstacles, so that sets come smallest first. Of sets of equal size, those come first that are near: few rules away, and
about the wanted triple's own subject rather than about other things or in the schema's vocabulary.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kg_fashion import terms
from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.known import Lookup, instantiate, text_of
from kg_fashion.reasoning.obstacles import Additions, Obstacle, judge, value_of, with_consequences
from kg_fashion.reasoning.support import still_holds, touches_a_not
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term, Variable

_MATCHES = 200
_SCHEMA = (f"<{terms.RDFS}", f"<{terms.OWL}", f"<{terms.SH}")
Values = dict[str, Term]


@dataclass(frozen=True)
class Goal:
    """A pattern to be met.

    Attributes:
        pattern: The pattern; its variables are the state's.
        data: Whether only base data meets it.
        above: The goals that it serves, the wanted triple first.
    """

    pattern: Pattern
    data: bool
    above: tuple[Pattern, ...]


@dataclass(frozen=True)
class Use:
    """A rule in use, with the terms that stand for its variables."""

    rule: Rule
    values: Values


@dataclass(frozen=True)
class State:
    """A partial answer.

    Attributes:
        goals: What is still to be met.
        missing: What is assumed.
        uses: The rules in use, the last step first.
        obstacles: What stands against them, once all goals are met.
        pending: What must hold of variables without a value, once all goals are met.
        judged: Whether the rules' conditions were tested.
    """

    goals: tuple[Goal, ...]
    missing: tuple[Pattern, ...] = ()
    uses: tuple[Use, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    pending: tuple[Condition, ...] = ()
    judged: bool = False


class Abduction:
    """The search for one wanted triple.

    Args:
        lookup: What is known.
        wanted: A triple without variables that is not known.
        depth: How many rules deep to look.
        budget: How many states to take up.

    Attributes:
        cut: Whether the search ended before it was through.
    """

    def __init__(self, lookup: Lookup, wanted: Pattern, *, depth: int, budget: int) -> None:
        self.cut = False
        self._lookup = lookup
        self._wanted = wanted
        self._depth = depth
        self._budget = budget
        self._renamed = itertools.count()

    def answers(self) -> Iterator[State]:
        """Iterate over complete states, those with the fewest missing facts and obstacles first."""
        order = itertools.count()
        first = self._by_rules(State(()), Goal(self._wanted, False, ()))
        heap = [(self._rank(state), next(order), state) for state in first]
        heapq.heapify(heap)
        seen: set[tuple[object, ...]] = set()
        while heap:
            _, _, state = heapq.heappop(heap)
            if state.judged:
                yield state
                continue
            if len(seen) >= self._budget:
                self.cut = True
                return
            key = _key(state)
            if key in seen:
                continue
            seen.add(key)
            for following in self._following(state):
                heapq.heappush(heap, (self._rank(following), next(order), following))

    def _rank(self, state: State) -> tuple[object, ...]:
        cost = max(1, len(state.missing) + len(state.obstacles))  # something must be wrong: the triple is not known
        remote = sum(map(self._remoteness, state.missing))
        far = remote + len(state.uses)
        open_ends = len(state.goals) + len(state.pending)
        return (cost, len(state.obstacles), far, remote, open_ends, tuple(map(text_of, state.missing)))

    def _remoteness(self, fact: Pattern) -> int:
        """Return 0 for a fact about the wanted triple's subject, 1 about another thing, 3 in the schema's words."""
        schema = any(isinstance(term, Constant) and term.nt.startswith(_SCHEMA) for term in fact)
        return 3 if schema else int(fact.subject != self._wanted.subject)

    def _following(self, state: State) -> Iterator[State]:
        if not state.goals:
            yield from self._judged(state)
            return
        goal = min(state.goals, key=_openness)
        rest = replace(state, goals=tuple(other for other in state.goals if other is not goal))
        if goal.pattern in state.missing:
            yield rest
            return
        matches = self._lookup.matches(goal.pattern, data=goal.data, limit=_MATCHES)
        self.cut |= len(matches) == _MATCHES
        for match in matches:
            yield from self._bound(rest, dict(match))
        if matches and not goal.pattern.variables:
            return
        for assumed in state.missing:
            values = most_general_unifier(goal.pattern, assumed)
            if values is not None:
                yield from self._bound(rest, values)
        yield from self._assumed(rest, goal)
        if not goal.data and len(goal.above) < self._depth:
            yield from self._by_rules(rest, goal)

    def _bound(self, state: State, values: Values) -> Iterator[State]:
        """Give values to variables; a state that assumes what is known or wanted is none."""
        missing = tuple(instantiate(fact, values) for fact in state.missing)
        for old, new in zip(state.missing, missing, strict=True):
            changed = old != new and not new.variables
            if new == self._wanted or (changed and self._lookup.known(new)):
                return
        goals = tuple(replace(goal, pattern=instantiate(goal.pattern, values)) for goal in state.goals)
        uses = tuple(Use(use.rule, {n: _value(t, values) for n, t in use.values.items()}) for use in state.uses)
        yield replace(state, goals=goals, missing=tuple(dict.fromkeys(missing)), uses=uses)

    def _assumed(self, state: State, goal: Goal) -> Iterator[State]:
        subject, predicate, _ = goal.pattern
        literal = isinstance(subject, Constant) and subject.nt.startswith(('"', "<<"))
        if not literal and isinstance(predicate, Constant) and goal.pattern != self._wanted:
            yield replace(state, missing=(*state.missing, goal.pattern))

    def _by_rules(self, state: State, goal: Goal) -> Iterator[State]:
        """Put the body of each rule that may give a goal in its place."""
        above = (*goal.above, goal.pattern)
        for rule, template in self._lookup.writers(goal.pattern):
            values = self._renamed_apart(rule, template)
            if values is None:
                continue
            unifier = most_general_unifier(instantiate(template, values), goal.pattern)
            if unifier is None:
                continue
            body = tuple(Goal(instantiate(pattern, values), rule.data, above) for pattern in rule.patterns)
            applied = replace(state, goals=state.goals + body, uses=(*state.uses, Use(rule, values)))
            for following in self._bound(applied, unifier):
                for listed in _listed_values(following.uses[-1]):
                    for own in self._bound(following, listed):
                        if not any(new.pattern in new.above for new in own.goals):
                            yield own

    def _renamed_apart(self, rule: Rule, template: Pattern) -> Values | None:
        """Return fresh variables for a rule, and what its constant SETs give; None where its head is made anew."""
        number = next(self._renamed)
        names = frozenset().union(*(p.variables for p in (*rule.head, *rule.patterns)))
        values: Values = {name: Variable(f"w{number}_{name}") for name in sorted(names)}
        for assignment in rule.assignments:
            if assignment.expression is None or assignment.expression.each:
                if assignment.variable in template.variables:
                    return None
            elif not assignment.expression.variables:
                value = value_of(assignment, {}, self._lookup)
                if value is None:
                    return None
                values[assignment.variable] = value
        return values

    def _judged(self, state: State) -> Iterator[State]:
        """Test the conditions of the rules in use, those lowest down first, since they give values to the others."""
        obstacles: list[Obstacle] = []
        pending: list[Condition] = []
        added = Additions.of(state.missing)
        if any(not negation.data for use in state.uses for negation in use.rule.negations):
            added = with_consequences(added, self._lookup)
        for number in reversed(range(len(state.uses))):
            use = state.uses[number]
            bound = {name: term for name, term in use.values.items() if isinstance(term, Constant)}
            verdict = judge(use.rule, bound, added, self._lookup)
            if verdict.refuted:
                return
            obstacles += verdict.obstacles
            pending += verdict.pending
            given = {
                term.name: verdict.bindings[name]
                for name, term in use.values.items()
                if isinstance(term, Variable) and name in verdict.bindings
            }
            state = next(self._bound(state, dict(given)), state)
        if touches_a_not(added, self._lookup) and not all(
            still_holds(fact, added, self._lookup) for fact in self._counted_on(state)
        ):
            return
        yield replace(state, obstacles=tuple(obstacles), pending=tuple(pending), judged=True)

    def _counted_on(self, state: State) -> Iterator[Pattern]:
        """Iterate over the known facts that the rules in use rest on."""
        facts = (instantiate(pattern, use.values) for use in state.uses for pattern in use.rule.patterns)
        return (fact for fact in dict.fromkeys(facts) if not fact.variables and self._lookup.known(fact))


def _key(state: State) -> tuple[object, ...]:
    """Return what decides how a state goes on, whatever its variables are called and whichever way led to it."""
    names: dict[str, int] = {}

    def named(term: Term) -> object:
        return names.setdefault(term.name, len(names)) if isinstance(term, Variable) else term.nt

    goals = tuple((tuple(map(named, goal.pattern)), goal.data, len(goal.above)) for goal in state.goals)
    missing = tuple(tuple(map(named, fact)) for fact in state.missing)
    asking = [use for use in state.uses if _asks(use.rule)]
    uses = tuple((use.rule.iri, tuple((name, named(term)) for name, term in use.values.items())) for use in asking)
    return (goals, missing, uses)


def _asks(rule: Rule) -> bool:
    return bool(rule.filters or rule.negations or rule.assignments or rule.aggregates)


def _listed_values(use: Use) -> Iterator[Values]:
    """Iterate over the values that a rule's tests list for one of its variables (`?t IN (...)`), or none at all."""
    for expression in use.rule.filters:
        for name, constants, positive in expression.members or ():
            term = use.values.get(name)
            if positive and isinstance(term, Variable):
                for constant in constants:
                    yield {term.name: constant}
                return
    yield {}


def _openness(goal: Goal) -> tuple[int, bool]:
    """Order goals: those with the fewest variables first, of these those about a known subject."""
    return len(goal.pattern.variables), isinstance(goal.pattern.subject, Variable)


def _value(term: Term, values: Values) -> Term:
    return values.get(term.name, term) if isinstance(term, Variable) else term


def most_general_unifier(first: Pattern, second: Pattern) -> Values | None:
    """Return values for the variables of both patterns that make them the same (Robinson 1965); None where none do.

    Example:
        >>> a, x, y = Constant("<urn:a>"), Variable("x"), Variable("y")
        >>> most_general_unifier(Pattern(x, a, y), Pattern(y, a, a))
        {'x': Constant(nt='<urn:a>'), 'y': Constant(nt='<urn:a>')}
    """
    values: Values = {}
    for mine, theirs in zip(first, second, strict=True):
        mine, theirs = _resolved(mine, values), _resolved(theirs, values)
        if mine == theirs:
            continue
        if isinstance(mine, Variable):
            values[mine.name] = theirs
        elif isinstance(theirs, Variable):
            values[theirs.name] = mine
        else:
            return None
    return {name: _resolved(term, values) for name, term in values.items()}


def _resolved(term: Term, values: Values) -> Term:
    while isinstance(term, Variable) and term.name in values:
        term = values[term.name]
    return term
