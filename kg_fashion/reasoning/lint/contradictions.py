"""Heads that contradict: alone, with their own body, or with the head of a rule that fires wherever they do.

What contradicts is what the ontology says: disjoint classes (owl:disjointWith, owl:AllDisjointClasses) for one subject,
and two values of a functional property that are different (literals, owl:differentFrom, owl:AllDifferent).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.lint.candidates import Candidates
from kg_fashion.reasoning.lint.matching import applied, covers
from kg_fashion.reasoning.lint.remark import ERROR, Remark, of_rule
from kg_fashion.reasoning.ruleset import DEPRECATED, RuleSet
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Term, Variable


def contradictions(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Iterate over the remarks on heads and bodies that contradict."""
    clash = Clash(ontology)
    live = [rule for rule in rules if rules.status(rule.iri) != DEPRECATED]
    for rule in live:
        yield from _alone(rule, clash)
    order = {rule.iri: number for number, rule in enumerate(rules)}
    claiming = [rule for rule in live if any(clash.can(template) for template in rule.head)]
    candidates = Candidates(claiming, ontology.ancestors)
    for rule in claiming:
        for other in sorted(candidates.of(rule), key=lambda other: order[other.iri]):
            found = _together(other, rule, clash, ontology)
            if found and not (order[other.iri] > order[rule.iri] and _together(rule, other, clash, ontology)):
                message = f"contradicts {terms.shorten(other.iri)}, which fires wherever it does: {found}"
                yield of_rule(rule, "contradiction", message, ERROR)


def _alone(rule: Rule, clash: "Clash") -> Iterator[Remark]:
    for first, second in combinations(rule.patterns, 2):
        if first.subject == second.subject and (found := clash.between(first, second)):
            yield of_rule(rule, "unreachable", f"never fires: {found}")
            return
    for number, first in enumerate(rule.head):
        for second in (*rule.head[number + 1 :], *rule.patterns):
            if first.subject == second.subject and (found := clash.between(first, second)):
                yield of_rule(rule, "contradiction", f"contradicts itself: {found}", ERROR)
                return


def _together(general: Rule, special: Rule, clash: "Clash", ontology: Ontology) -> str:
    """Return what two rules contradict each other in where the special one fires, "" where they do not."""
    for mine in general.head:
        for theirs in special.head:
            if not isinstance(mine.subject, Variable) or not clash.can(mine) or not clash.can(theirs):
                continue
            here = {mine.subject.name: theirs.subject}
            found = clash.between(applied(mine, here), theirs)
            if found and _holds(general, special, here, ontology):
                return found
    return ""


def _holds(general: Rule, special: Rule, here: dict[str, Constant | Variable], ontology: Ontology) -> bool:
    if general.assignments or general.aggregates:
        return False
    return covers(general, special, here, ancestors=ontology.ancestors)


class Clash:
    """Knows which two triples of one subject the ontology forbids.

    Args:
        ontology: The ontology.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        members = _Lists(ontology.triples)
        self._disjoint = set(members.pairs(terms.OWL.disjointWith, terms.OWL.AllDisjointClasses))
        self._different = set(members.pairs(terms.OWL.differentFrom, terms.OWL.AllDifferent))
        self._functional = frozenset(ontology.subjects(terms.RDF.type, terms.OWL.FunctionalProperty))
        self.are_disjoint = lru_cache(maxsize=None)(self._are_disjoint)

    def can(self, template: Pattern) -> bool:
        """Say whether a template can contradict another at all."""
        named = isinstance(template.predicate, Constant) and isinstance(template.object, Constant)
        return named and (template.predicate == TYPE or bool(self._roots(template)))

    def between(self, first: Pattern, second: Pattern) -> str:
        """Return why two triples of one subject contradict each other, "" where they do not."""
        if not self.can(first) or not self.can(second):
            return ""
        one, other = _name(first.object), _name(second.object)
        if first.predicate == second.predicate == TYPE:
            return f"{one} and {other} are disjoint" if self.are_disjoint(_iri(first), _iri(second)) else ""
        shared = self._roots(first) & self._roots(second)
        if not shared or not self._differ(first.object, second.object):
            return ""
        return f"{terms.shorten(min(shared))} has one value, not both {one} and {other}"

    def _are_disjoint(self, first: str, second: str) -> bool:
        above = [(name, *self._ontology.ancestors(name)) for name in (first, second)]
        return any(frozenset((one, other)) in self._disjoint for one in above[0] for other in above[1])

    def _roots(self, template: Pattern) -> frozenset[str]:
        """Return the functional properties of which a template's property is one, or a subproperty."""
        found = {template.predicate.nt[1:-1]} if isinstance(template.predicate, Constant) else set()
        waiting = list(found)
        while waiting:
            above = set(self._ontology.objects(waiting.pop(), terms.RDFS.subPropertyOf)) - found
            found |= above
            waiting += above
        return frozenset(found & self._functional)

    def _differ(self, first: Term, second: Term) -> bool:
        one, other = (term.nt if isinstance(term, Constant) else "" for term in (first, second))
        if one.startswith('"') and other.startswith('"'):
            return one != other
        return frozenset((one[1:-1], other[1:-1])) in self._different


class _Lists:
    """Reads pairs of terms that a property, or the members of a list, declare."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._triples = [(str(t.subject), t.predicate.value, str(t.object)) for t in triples]
        self._rest = {s: o for s, p, o in self._triples if p == terms.RDF.rest}
        self._first = {s: o for s, p, o in self._triples if p == terms.RDF.first}

    def pairs(self, direct: str, listed: str) -> Iterator[frozenset[str]]:
        """Iterate over the pairs of IRIs that a property joins, or that stand together in a list of a kind."""
        declared = {s for s, p, o in self._triples if p == terms.RDF.type and o == f"<{listed}>"}
        for subject, predicate, obj in self._triples:
            if predicate == direct:
                yield frozenset((subject[1:-1], obj[1:-1]))
            elif subject in declared and predicate in (terms.OWL.members, terms.OWL.distinctMembers):
                yield from (frozenset((a[1:-1], b[1:-1])) for a, b in combinations(self._members(obj), 2))

    def _members(self, cell: str) -> list[str]:
        found = []
        while cell in self._first:
            found.append(self._first[cell])
            cell = self._rest[cell]
        return found


def _iri(template: Pattern) -> str:
    return template.object.nt[1:-1] if isinstance(template.object, Constant) else ""


def _name(term: Term) -> str:
    return re.sub(r'(?<=")\^\^<.*>$', "", str(term))
