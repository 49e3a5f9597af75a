"""The index engine: rules over sorted columns in this process.

For small graphs and small changes: a firing costs some tens of microseconds, where a SQL statement costs a millisecond.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning.engine import Firing, News
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.packed import Keys, Provenance, keys, objects
from kg_fashion.reasoning.plan import Plan, make_plan
from kg_fashion.reasoning.relation import Relation
from kg_fashion.reasoning.solve import LIMIT_BYTES, Bindings, Scope, column_of, solve
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Variable


class IndexEngine:
    """Fires rules over a fact base, where it leaves what they derive.

    Args:
        facts: What is known.
        uncertain: The predicates whose facts may have a confidence below 1; none where confidences are not asked for.
        plans: Where to keep plans for the next time; a plan is made anew each time by default, since the sizes of the
            relations grow while a closure is derived.
        limit_bytes: What the bindings of one cross product may take.
    """

    def __init__(
        self,
        facts: FactBase,
        *,
        uncertain: Set[int] = frozenset(),
        plans: dict[tuple[Rule, object], Plan] | None = None,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.facts = facts
        self._limit_bytes = limit_bytes
        self.uncertain = uncertain
        self._plans = plans
        self.newest: dict[int, Keys] = {}
        self._sure: dict[int, NDArray[np.float32]] = {}

    def fire(self, firings: Sequence[Firing], *, round: int) -> News:
        """Evaluate rules side by side; see `Engine`."""
        made: dict[int, list[tuple[Keys, NDArray[np.float32] | None, int]]] = {}
        scope = Scope(self.facts, self.newest, self._sure, uncertain=self.uncertain, limit_bytes=self._limit_bytes)
        for firing in firings:
            for predicate, packed, confidence in self._heads(firing, scope):
                if len(packed):
                    made.setdefault(predicate, []).append((packed, confidence, firing.number))
        self.newest, self._sure = {}, {}
        news = News()
        for predicate, parts in made.items():
            self._keep(predicate, parts, round, news)
        return news

    def look_at(self, newest: Mapping[int, Keys]) -> None:
        """Take some facts for the newest."""
        self.newest, self._sure = dict(newest), {}

    def finish(self) -> None:
        """Do nothing: everything is in the fact base."""

    def _heads(self, firing: Firing, scope: Scope) -> list[tuple[int, Keys, NDArray[np.float32] | None]]:
        rule = firing.rule
        if any(self._is_empty(pattern) for pattern in rule.patterns):
            return []
        plan = self._plan(rule, firing.delta)
        wanted = {name for template in rule.head for name in template.variables}
        found = solve(plan, scope, keep=wanted)
        if not found.size:
            return []
        if firing.confidence < 1:
            found = found.weighed(np.full(found.size, firing.confidence, dtype=np.float32))
        return [head for template in rule.head for head in heads(template, rule, found, self.facts)]

    def _plan(self, rule: Rule, delta: int | None) -> Plan:
        if self._plans is None:
            return make_plan(rule, self.facts, delta=delta)
        key = (rule, delta)
        if key not in self._plans:
            self._plans[key] = make_plan(rule, self.facts, delta=delta)
        return self._plans[key]

    def _is_empty(self, pattern: Pattern) -> bool:
        return isinstance(pattern.predicate, Constant) and not len(
            self.facts.relation(self.facts.id(pattern.predicate))
        )

    def _keep(
        self, predicate: int, parts: list[tuple[Keys, NDArray[np.float32] | None, int]], round: int, news: News
    ) -> None:
        """Add what is new of one predicate; of several rules for a fact the first counts, or the surest."""
        relation = self.facts.relation(predicate, create=True)
        if any(confidence is not None for _, confidence, _ in parts):
            self.uncertain |= {predicate}  # a head with a variable for its predicate may write any
        if predicate in self.uncertain:
            fresh, self._sure[predicate] = self._keep_surest(relation, parts, round, news)
        else:
            fresh = self._keep_first(relation, [(packed, number) for packed, _, number in parts], round, news)
        if len(fresh):
            self.newest[predicate] = fresh
            is_type = predicate == self.facts.id(TYPE)
            news.classes[predicate] = set(np.unique(objects(fresh)).tolist()) if is_type else set()

    def _keep_first(self, relation: Relation, parts: Sequence[tuple[Keys, int]], round: int, news: News) -> Keys:
        """Add new facts, each with the first rule that derived it."""
        packed = np.concatenate([part for part, _ in parts])
        rule = np.repeat([number for _, number in parts], [len(part) for part, _ in parts]).astype(np.int16)
        order = np.argsort(packed, kind="stable")
        packed, rule = packed[order], rule[order]
        first = np.concatenate([[True], packed[1:] != packed[:-1]])
        packed, rule = packed[first], rule[first]
        fresh = ~relation.has(packed)
        packed, rule = packed[fresh], rule[fresh]
        relation.add(packed, Provenance(rule, np.full(len(packed), round, np.int32), None), ordered=True)
        _count(rule, news)
        return np.asarray(packed)

    def _keep_surest(
        self, relation: Relation, parts: list[tuple[Keys, NDArray[np.float32] | None, int]], round: int, news: News
    ) -> tuple[Keys, NDArray[np.float32]]:
        """Add new facts and raise the confidence of known ones; a known one keeps the round that first derived it."""
        packed = np.concatenate([part for part, _, _ in parts])
        rule = np.concatenate([np.full(len(part), number, dtype=np.int16) for part, _, number in parts])
        sure = np.concatenate([np.ones(len(p), np.float32) if c is None else c for p, c, _ in parts])
        packed, rule, sure = surest(packed, rule, sure)
        standing = relation.standing(packed)
        fresh = standing < 0
        better = np.flatnonzero(~fresh & (sure > standing))
        known = relation.provenance(packed[better])
        relation.update(packed[better], Provenance(rule[better], known.round, sure[better]))
        rounds = np.full(int(np.count_nonzero(fresh)), round, dtype=np.int32)
        relation.add(packed[fresh], Provenance(rule[fresh], rounds, sure[fresh]), ordered=True)
        fresh_or_better = fresh.copy()
        fresh_or_better[better] = True
        _count(rule[fresh], news)
        return packed[fresh_or_better], sure[fresh_or_better]


def _count(rule: NDArray[np.int16], news: News) -> None:
    counts = np.bincount(rule)
    for number in np.flatnonzero(counts).tolist():
        news.counts[number] = news.counts.get(number, 0) + int(counts[number])


def heads(
    template: Pattern, rule: Rule, found: Bindings, facts: FactBase
) -> list[tuple[int, Keys, NDArray[np.float32] | None]]:
    """Write a template for each solution; what would not be a triple of RDF is left out, as CONSTRUCT does.

    Returns:
        For each predicate: its id, the facts, shape (n,), and their confidences.
    """
    s, o = (column_of(term, found, facts) for term in (template.subject, template.object))
    packed = keys(s, o)
    confidence = found.confidence
    if isinstance(template.subject, Variable) and all(p.subject != template.subject for p in rule.patterns):
        nodes = facts.terms.is_node[s]
        packed, confidence = packed[nodes], None if confidence is None else confidence[nodes]
        found = found.at(nodes)
    if isinstance(template.predicate, Constant):
        return [(facts.id(template.predicate), packed, confidence)]
    column = found.columns[template.predicate.name]
    parts = []
    for predicate in np.unique(column).tolist():
        if facts.terms.decode([predicate])[0].startswith("<") and facts.terms.is_node[predicate]:
            rows = column == predicate
            parts.append((predicate, packed[rows], None if confidence is None else confidence[rows]))
    return parts


def surest(
    packed: Keys, rule: NDArray[np.int16], confidence: NDArray[np.float32]
) -> tuple[Keys, NDArray[np.int16], NDArray[np.float32]]:
    """Return distinct facts, sorted, each with its highest confidence and the first rule that gave it.

    Example:
        >>> packed, rule, confidence = np.array([5, 3, 5]), np.array([1, 2, 3], np.int16), np.array([0.5, 1.0, 0.75])
        >>> [column.tolist() for column in surest(packed, rule, confidence)]
        [[3, 5], [2, 3], [1.0, 0.75]]
    """
    if not len(packed):
        return packed, rule, confidence
    order = np.argsort(packed, kind="stable")
    packed, rule, confidence = packed[order], rule[order], confidence[order]
    starts = np.flatnonzero(np.concatenate([[True], packed[1:] != packed[:-1]]))
    counts = np.diff(starts, append=len(packed))
    several = np.flatnonzero(counts > 1)
    best = starts.copy()
    if len(several) and confidence.min() < confidence.max():
        best[several] = _firsts_of_highest(confidence, starts[several], counts[several])
    return packed[starts], rule[best], confidence[best]


def _firsts_of_highest(
    confidence: NDArray[np.float32], starts: NDArray[np.intp], counts: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return, for each stretch of a column, the first place of its highest value."""
    edges = np.concatenate([[0], np.cumsum(counts)[:-1]])
    places = np.repeat(starts - edges, counts) + np.arange(int(counts.sum()))
    own = confidence[places]
    highest = np.repeat(np.maximum.reduceat(own, edges), counts)
    return np.asarray(np.minimum.reduceat(np.where(own == highest, places, len(confidence)), edges))
