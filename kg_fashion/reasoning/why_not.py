"""Why a triple does not hold: the rules that could give it, the smallest sets of missing facts, what stands against it.

The opposite question to `proofs`; the search itself is in `abduction`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kg_fashion import terms
from kg_fashion.errors import InputError
from kg_fashion.reasoning.abduction import Abduction, State, Values, most_general_unifier
from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.known import Known, Lookup, instantiate, text_of, unify
from kg_fashion.reasoning.obstacles import Obstacle
from kg_fashion.reasoning.render.words import Wording
from kg_fashion.reasoning.syntax import Constant, Pattern, Variable

_MOST_TAKEN = 200
_AXIOMS = terms.RULE["owl/"]


@dataclass(frozen=True)
class Way:
    """One way in which the triple would hold.

    Attributes:
        rule: The IRI of the rule that would give it.
        via: The IRIs of the rules that would have to apply before.
        missing: The facts to add; a variable stands for any value.
        blocked: The conditions that do not hold, with what a NOT finds and whether that was supplied.
        pending: What must hold of the variables in `missing`.
        others: How many sets of the same kind there are beside, with other values.
    """

    rule: str
    via: tuple[str, ...]
    missing: tuple[Pattern, ...]
    blocked: tuple[tuple[Condition, tuple[tuple[Pattern, bool], ...]], ...] = ()
    pending: tuple[Condition, ...] = ()
    others: int = 0


@dataclass(frozen=True)
class WhyNot:
    """Why a triple does not hold.

    Attributes:
        triple: The triple.
        rules: The IRIs of all rules with a head that could give it.
        ways: The ways in which it would hold, those with the fewest missing facts and obstacles first.
        complete: Whether the search for them was not cut short.
    """

    triple: Pattern
    rules: tuple[str, ...]
    ways: tuple[Way, ...]
    complete: bool = True

    def to_text(
        self,
        *,
        label: Callable[[str], str] | None = None,
        rule_label: Callable[[str], str] | None = None,
        lang: str = "en",
    ) -> str:
        """Return it as lines for people.

        Args:
            label: IRI -> word, for terms; prefixed names by default.
            rule_label: IRI -> words, for rules; prefixed names by default.
            lang: The language of the fixed words, en or zh.
        """
        wording = Wording.of(label=label, rule_label=rule_label, lang=lang)
        lines = [wording.fixed("wanted", wording.sentence(self.triple))]
        if not self.rules:
            lines.append(f"  {wording.fixed('no_rule')}")
        for way in self.ways:
            lines += [f"  {line}" for line in _lines(way, wording)]
        if not self.complete:
            lines.append(f"  {wording.fixed('cut')}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON, terms in N-Triples syntax."""
        return {
            "triple": _record(self.triple),
            "rules": list(self.rules),
            "ways": [_way_record(way) for way in self.ways],
            "complete": self.complete,
        }


def why_not(closure: Known, triple: Pattern, *, limit: int = 5, depth: int = 3, budget: int = 2000) -> WhyNot:
    """Return why a triple does not hold.

    Args:
        closure: What is known.
        triple: A triple without variables that is not known.
        limit: At most so many ways; sets of one rule that differ only in values count as one.
        depth: How many rules deep to look for the cause.
        budget: How many partial answers to look at.

    Raises:
        InputError: the triple holds.
    """
    if closure.known(triple):
        raise InputError(f"it holds: {triple}; ask kg-fashion explain for its proof")
    lookup = Lookup(closure)
    search = Abduction(lookup, triple, depth=depth, budget=budget)
    rules = dict.fromkeys(rule.iri for rule, head in lookup.writers(triple) if unify(head, triple) is not None)
    ways = tuple(_smallest(search, lookup, limit))
    return WhyNot(triple, tuple(rules), ways, complete=not search.cut)


def _smallest(search: Abduction, lookup: Lookup, limit: int) -> Iterator[Way]:
    """Take answers until there are enough kinds of ways, and on through those that are as small as the last."""
    kinds: dict[tuple[object, ...], Way] = {}
    sets: list[tuple[Pattern, ...]] = []
    most = -1
    for taken, state in enumerate(search.answers()):
        way = _way(state, lookup)
        cost = len(way.missing) + len(way.blocked)
        if taken >= _MOST_TAKEN or (len(kinds) >= limit and cost > most):
            break
        if any(_contained(smaller, way.missing, {}) for smaller in sets):
            continue
        if not way.blocked:
            sets.append(way.missing)
        kind = _kind(way)
        if kind in kinds:
            kinds[kind] = replace(kinds[kind], others=kinds[kind].others + 1)
        elif len(kinds) < limit:
            kinds[kind] = way
            most = cost
    yield from kinds.values()


def _contained(smaller: tuple[Pattern, ...], larger: tuple[Pattern, ...], values: Values) -> bool:
    """Say whether a set is part of another for some values of their variables."""
    if not smaller:
        return True
    for fact in larger:
        found = most_general_unifier(instantiate(smaller[0], values), instantiate(fact, values))
        if found is not None and _contained(smaller[1:], larger, {**values, **found}):
            return True
    return False


def _way(state: State, lookup: Lookup) -> Way:
    first, *others = (use.rule.iri for use in state.uses)
    return Way(
        first,
        tuple(dict.fromkeys(others)),
        tuple(sorted(_with_own_names(state.missing), key=text_of)),
        tuple(_blocked(obstacle, lookup) for obstacle in dict.fromkeys(state.obstacles)),
        tuple(dict.fromkeys(state.pending)),
    )


def _blocked(obstacle: Obstacle, lookup: Lookup) -> tuple[Condition, tuple[tuple[Pattern, bool], ...]]:
    facts = tuple((fact, lookup.asserted(fact)) for fact in obstacle.facts)
    return obstacle.condition, facts


def _kind(way: Way) -> tuple[object, ...]:
    """Return what sets that differ only in values have in common; of larger sets, what they are about."""
    about = ((fact.subject, fact.predicate if len(way.missing) == 1 else None) for fact in way.missing)
    missing = frozenset(about)
    blocked = tuple((condition.kind, len(facts) > 0) for condition, facts in way.blocked)
    return (_family(way.rule), missing, blocked)


def _family(rule: str) -> str:
    """Return a rule's IRI, for an axiom's rule without what it is about: as ways, they are of one kind."""
    about = rule.removeprefix(_AXIOMS)
    return rule if about == rule else _AXIOMS + about.partition("/")[0]


def _with_own_names(facts: Sequence[Pattern]) -> list[Pattern]:
    """Give variables their rules' own names again, told apart by a number where two rules use the same."""
    names: dict[str, Variable] = {}
    taken: set[str] = set()
    for name in (term.name for fact in facts for term in fact if isinstance(term, Variable)):
        if name not in names:
            own = base = name.partition("_")[2]
            number = 2
            while own in taken:
                own, number = f"{base}{number}", number + 1
            taken.add(own)
            names[name] = Variable(own)
    return [instantiate(fact, names) for fact in facts]


def _lines(way: Way, wording: Wording) -> Iterator[str]:
    head = wording.fixed("would", wording.rule_label(way.rule))
    if way.via:
        head += ", " + wording.fixed("by_way", "; ".join(map(wording.rule_label, way.via)))
    yield head
    if way.missing:
        others = [wording.fixed("others" if way.others > 1 else "other", str(way.others))] if way.others else []
        yield "  " + ", ".join([wording.fixed("missing", wording.sentences(way.missing)), *others])
    for condition in way.pending:
        yield "  " + wording.fixed("needs", wording.bare(condition))
    for condition, facts in way.blocked:
        yield "  " + wording.fixed("blocked", _obstacle(condition, facts, wording))


def _obstacle(condition: Condition, facts: tuple[tuple[Pattern, bool], ...], wording: Wording) -> str:
    if facts:
        grounds = ("legend_derived", "legend_supplied")
        return wording.fixed("and").join(
            f"{wording.sentence(f)} [{wording.fixed(grounds[given])}]" for f, given in facts
        )
    return wording.fixed("failing", wording.bare(condition))


def _record(fact: Pattern) -> list[str]:
    return [term.nt if isinstance(term, Constant) else str(term) for term in fact]


def _way_record(way: Way) -> dict[str, Any]:
    words = Wording(terms.shorten, terms.shorten)
    return {
        "rule": way.rule,
        "via": list(way.via),
        "missing": [_record(fact) for fact in way.missing],
        "blocked": [
            {
                "condition": words.bare(condition),
                "facts": [{"triple": _record(fact), "supplied": given} for fact, given in facts],
            }
            for condition, facts in way.blocked
        ],
        "needs": [words.bare(condition) for condition in way.pending],
        "others": way.others,
    }
