"""Keeping a closure up to date: facts and rules are added and removed without starting over.

Delete and rederive (Gupta, Mumick, Subrahmanian 1993), layer by layer. Of each layer, what may rest on something that
is gone is taken away (over-deletion, which asks neither NOT nor how else a fact could be had); what of it another
derivation still gives comes back; then what is new is carried on, semi-naively. An addition below a NOT counts as a
removal above it, and the other way round. Counting would need the number of derivations of every fact, and gives wrong
answers in recursion; delete and rederive needs nothing but the rules, and what it takes away too much is, in
catalogues, the few facts of the garments that change.

Where confidences are kept, a fact whose confidence changes counts as removed and as new, so that what rests on it
follows.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning.engine import Firing
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.index_engine import IndexEngine, heads, surest
from kg_fashion.reasoning.plan import make_plan, negated_patterns
from kg_fashion.reasoning.relation import Keys, Provenance, Relation, contains, objects, subjects
from kg_fashion.reasoning.solve import Bindings, Scope, solve
from kg_fashion.reasoning.stratify import Layer
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Variable

Facts = Mapping[int, Keys]
"""Predicate id -> facts, sorted."""


@dataclass
class Change:
    """What a change of facts or rules made of the closure.

    Attributes:
        added: Predicate id -> facts that hold now and did not before.
        removed: Predicate id -> facts that held before and do not now.
        touched: Predicate id -> facts of which anything may have changed: whether they hold or are asserted, their
            rule, their confidence.
        seconds: Wall time.
    """

    added: dict[int, Keys] = field(default_factory=dict)
    removed: dict[int, Keys] = field(default_factory=dict)
    touched: dict[int, Keys] = field(default_factory=dict)
    seconds: float = 0.0

    def then(self, later: "Change") -> "Change":
        """Return this change and a later one as one."""
        return Change(
            _union(_less(self.added, later.removed), _less(later.added, self.removed)),
            _union(_less(self.removed, later.added), _less(later.removed, self.added)),
            _union(self.touched, later.touched),
            self.seconds + later.seconds,
        )


@dataclass(frozen=True)
class Edit:
    """What to change.

    Attributes:
        add: Facts to assert.
        remove: Facts to assert no longer; what was not asserted is passed over.
        new_rules: Rules that are applied from now on.
        old_rules: Rules that are no longer applied.
    """

    add: Facts = field(default_factory=dict)
    remove: Facts = field(default_factory=dict)
    new_rules: Sequence[Rule] = ()
    old_rules: Sequence[Rule] = ()


def maintain(
    facts: FactBase,
    layers: Iterable[Layer],
    firings: Mapping[Rule, Firing],
    edit: Edit,
    engine: IndexEngine,
    round: int,
) -> tuple[Change, int]:
    """Bring what is derived up to date with an edit.

    Args:
        facts: What is known; is changed.
        layers: The rules before and after the edit together, in layers.
        firings: Rule -> how it is fired, for all of them.
        edit: What changes.
        engine: Fires rules over `facts`.
        round: The highest round so far.

    Returns:
        What changed, and the highest round now.
    """
    started = time.perf_counter()
    work = _Maintenance(facts, firings, engine, round)
    work.edit_base(edit)
    for layer in layers:
        work.layer(layer, set(edit.new_rules), set(edit.old_rules))
    change = work.change()
    change.seconds = time.perf_counter() - started
    return change, work.round


class _Maintenance:
    """The state of one change.

    Attributes:
        gone: What held before and was taken away, or lost confidence, with its former provenance.
        new: What holds now and did not before, or has another confidence.
        base_gone: What was asserted and is no longer.
        base_new: What is asserted and was not.
    """

    def __init__(self, facts: FactBase, firings: Mapping[Rule, Firing], engine: IndexEngine, round: int) -> None:
        self.facts = facts
        self.engine = engine
        self.round = round
        self._firings = firings
        self.gone: dict[int, Relation] = {}
        self.new: dict[int, Keys] = {}
        self.base_gone: dict[int, Keys] = {}
        self.base_new: dict[int, Keys] = {}
        self._below: list[Rule] = []
        self._seen: dict[int, Keys] = {}

    def edit_base(self, edit: Edit) -> None:
        for predicate, packed in edit.remove.items():
            rule = self.facts.relation(predicate).provenance(packed).rule
            self.base_gone[predicate] = packed[rule == 0]
            self._take(predicate, packed[rule == 0])
        for predicate, packed in edit.add.items():
            relation = self.facts.relation(predicate, create=True)
            known = relation.provenance(packed)
            self.base_new[predicate] = packed[known.rule != 0]
            unsure = (known.rule > 0) & (known.sure() < 1)
            self._take(predicate, packed[unsure])
            stays = packed[(known.rule > 0) & ~unsure]
            relation.update(stays, _asserted(len(stays)))
            fresh = packed[(known.rule < 0) | unsure]
            self._give(predicate, fresh, _asserted(len(fresh)))

    def _take(self, predicate: int, packed: Keys) -> None:
        """Take facts away, remembering what stood beside them before the change."""
        if len(packed):
            relation, gone = self.facts.relation(predicate), self.gone.setdefault(predicate, Relation())
            new = self.new.get(predicate, packed[:0])
            former = packed[~gone.has(packed) & ~contains(new, packed)]
            gone.add(former, relation.provenance(former))
            relation.remove(packed)
            self.new[predicate] = np.setdiff1d(new, packed)
            self._seen = _union(self._seen, {predicate: packed})

    def _give(self, predicate: int, packed: Keys, provenance: Provenance) -> None:
        """Add facts that are not there."""
        if len(packed):
            self.facts.relation(predicate, create=True).add(packed, provenance)
            self._note(predicate, packed)

    def _note(self, predicate: int, packed: Keys) -> None:
        """Tell facts that are there again from new ones."""
        self._seen = _union(self._seen, {predicate: packed})
        gone = self.gone.get(predicate)
        if gone is not None:
            back = packed[gone.has(packed)]
            same = gone.provenance(back).sure() == self.facts.relation(predicate).provenance(back).sure()
            gone.remove(back[same])
            packed = np.setdiff1d(packed, back[same])
        self.new[predicate] = np.union1d(self.new.get(predicate, packed), packed)

    def layer(self, layer: Layer, added: set[Rule], dropped: set[Rule]) -> None:
        """Bring what the rules of a layer write up to date."""
        before = {predicate: gone.everything() for predicate, gone in self.gone.items()}
        taken = self._over_delete(layer, dropped, before)
        rules = [rule for rule in layer.rules if rule not in dropped]
        refire = [rule for rule in rules if rule in added or (_is_opaque(rule) and self._touched(rule, taken))]
        restored = self._rederive([(rules, _union(before, taken)), (self._below, taken)])
        refire += [rule for rule in self._below if _is_opaque(rule) and self._writes(rule, taken)]
        self._insert(rules, [r for r in layer.recursive if r not in dropped], refire, restored)
        self._below += rules

    def _scope(self, newest: Facts) -> Scope:
        return Scope(self.facts, newest, self.gone)

    def _over_delete(self, layer: Layer, dropped: set[Rule], gone: Facts) -> dict[int, Keys]:
        """Take away what may rest on what is gone; return it."""
        taken: dict[int, Keys] = {}
        wave = self._first_wave(layer, dropped, gone)
        again = [_bare(rule) for rule in layer.recursive if not rule.data and not _is_opaque(rule)]
        while wave:
            for predicate, packed in wave.items():
                self._take(predicate, packed)
            taken = _union(taken, wave)
            newest, wave = wave, {}
            for rule in again:
                for position in range(len(rule.patterns)):
                    self._suspect(rule, position, newest, wave)
        return taken

    def _first_wave(self, layer: Layer, dropped: set[Rule], gone: Facts) -> dict[int, Keys]:
        wave: dict[int, Keys] = {}
        for rule in layer.rules:
            if _is_opaque(rule):
                if rule in dropped or self._touched(rule, {}):
                    self._all_of(rule, wave)
                continue
            if rule in dropped:
                self._suspect(_bare(rule), None, {}, wave)
                continue
            below = self.base_gone if rule.data else gone
            for position in range(len(rule.patterns)):
                self._suspect(_bare(rule), position, below, wave)
            for pattern, data in _refuting(rule):
                triggered = replace(_bare(rule), patterns=(pattern, *rule.patterns))
                self._suspect(triggered, 0, self.base_new if data else self.new, wave)
        return wave

    def _all_of(self, rule: Rule, wave: dict[int, Keys]) -> None:
        """Suspect everything that a rule was recorded for."""
        number = self._firings[rule].number
        for predicate in self.facts.predicates():
            packed, provenance = self.facts.relation(predicate).rows()
            own = np.sort(packed[provenance.rule == number])
            if len(own):
                wave[predicate] = np.union1d(wave.get(predicate, own), own)

    def _suspect(self, rule: Rule, position: int | None, newest: Facts, wave: dict[int, Keys]) -> None:
        """Collect the derived facts that a rule gives from some gone or refuting facts."""
        if position is not None and not _reads(rule.patterns[position], newest, self.facts):
            return
        plan = make_plan(rule, self.facts, delta=position)
        wanted = {name for template in rule.head for name in template.variables}
        found = solve(plan, self._scope(newest), keep=wanted)
        for template in rule.head if found.size else ():
            for predicate, packed, _ in heads(template, rule, found, self.facts):
                packed = np.unique(packed)
                packed = packed[self.facts.relation(predicate).provenance(packed).rule > 0]
                if len(packed):
                    wave[predicate] = np.union1d(wave.get(predicate, packed), packed)

    def _writes(self, rule: Rule, facts: Facts) -> bool:
        return any(self._written(template, facts) for template in rule.head)

    def _touched(self, rule: Rule, taken: Facts) -> bool:
        """Say whether anything that a rule reads has changed, or anything that it writes was taken away."""
        if self._writes(rule, taken):
            return True
        parts = [*rule.patterns, *negated_patterns(rule), *(p for a in rule.aggregates for p in a.patterns)]
        changed = {p: r.everything() for p, r in self.gone.items() if len(r)}
        changes = [changed, self.new, self.base_gone, self.base_new]
        return any(_reads(pattern, facts, self.facts) for pattern in parts for facts in changes)

    def _rederive(self, tasks: Sequence[tuple[Sequence[Rule], Facts]]) -> dict[int, Keys]:
        """Give back what another derivation still gives.

        Args:
            tasks: Rules, and the facts that they may give back.
        """
        self.round += 1
        found: dict[int, list[tuple[Keys, Firing, Bindings]]] = {}
        for rules, taken in tasks:
            for rule in rules if taken else ():
                for template in () if _is_opaque(rule) else rule.head:
                    for predicate in self._written(template, taken):
                        held = self._derivable(rule, template, predicate, taken[predicate])
                        if held is not None:
                            found.setdefault(predicate, []).append((held[0], self._firings[rule], held[1]))
        return {predicate: self._restore(predicate, parts) for predicate, parts in found.items()}

    def _written(self, template: Pattern, taken: Facts) -> list[int]:
        if isinstance(template.predicate, Variable):
            return [predicate for predicate, packed in taken.items() if len(packed)]
        predicate = self.facts.id(template.predicate)
        return [predicate] if len(taken.get(predicate, ())) else []

    def _derivable(
        self, rule: Rule, template: Pattern, predicate: int, candidates: Keys
    ) -> tuple[Keys, Bindings] | None:
        """Return the candidates that a rule derives from what is there, with the solutions' confidences."""
        missing = candidates[~self.facts.relation(predicate).has(candidates)]
        ends = [(template.subject, subjects(missing)), (template.object, objects(missing))]
        if isinstance(template.predicate, Variable):
            ends.append((template.predicate, np.full(len(missing), predicate)))
        rows = np.ones(len(missing), dtype=np.bool_)
        columns: dict[str, NDArray[np.int64]] = {}
        for term, column in ends:
            if isinstance(term, Constant):
                rows &= column == self.facts.id(term)
            elif term.name in columns:
                rows &= column == columns[term.name]
            else:
                columns[term.name] = column
        if not rows.any():
            return None
        start = Bindings(len(missing), {**columns, " row": np.arange(len(missing))}).at(rows)
        plan = make_plan(rule, self.facts, bound=columns.keys())
        solved = solve(plan, Scope(self.facts, uncertain=self.engine.uncertain), start, keep={" row"})
        return (missing[solved.columns[" row"]], solved) if solved.size else None

    def _restore(self, predicate: int, parts: list[tuple[Keys, Firing, Bindings]]) -> Keys:
        """Put derivable facts back, each with the surest rule."""
        unsure = predicate in self.engine.uncertain
        packed = np.concatenate([own for own, _, _ in parts])
        rule = np.concatenate([np.full(len(own), firing.number, np.int16) for own, firing, _ in parts])
        sure = np.concatenate([_confidence(firing, solved) if unsure else np.ones(len(own), np.float32)
                               for own, firing, solved in parts])  # fmt: skip
        packed, rule, sure = surest(packed, rule, sure)
        round = np.full(len(packed), self.round, np.int32)
        self._give(predicate, packed, Provenance(rule, round, sure if unsure else None))
        return packed

    def _insert(
        self, rules: Sequence[Rule], recursive: Sequence[Rule], refire: Sequence[Rule], restored: dict[int, Keys]
    ) -> None:
        """Carry on what is new."""
        full = [self._firings[rule] for rule in refire]
        rest = [rule for rule in rules if rule not in refire and not _is_opaque(rule)]
        plain = [rule for rule in rest if not rule.data]
        gone = {predicate: relation.everything() for predicate, relation in self.gone.items()}
        waves = [
            (full, {}),
            (self._positive(plain, _union(self.new, restored)), _union(self.new, restored)),
            (self._positive([rule for rule in rest if rule.data], self.base_new), self.base_new),
            (self._negative(rest, gone, data=False), gone),
            (self._negative(rest, self.base_gone, data=True), self.base_gone),
        ]
        newest: dict[int, Keys] = restored
        for firings, delta in waves:
            if firings:
                newest = _union(newest, self._fire(firings, delta))
        again = [rule for rule in recursive if not rule.data and not _is_opaque(rule)]
        while newest and again:
            firings = self._positive(again, newest)
            newest = self._fire(firings, newest) if firings else {}

    def _positive(self, rules: Sequence[Rule], newest: Facts) -> list[Firing]:
        return [
            replace(self._firings[rule], delta=position)
            for rule in rules
            for position, pattern in enumerate(rule.patterns)
            if _reads(pattern, newest, self.facts)
        ]

    def _negative(self, rules: Sequence[Rule], newest: Facts, *, data: bool) -> list[Firing]:
        return [
            replace(self._firings[rule], delta=len(rule.patterns) + position)
            for rule in rules
            for position, (pattern, own) in enumerate(_refuting(rule))
            if own == data and _reads(pattern, newest, self.facts)
        ]

    def _fire(self, firings: Sequence[Firing], newest: Facts) -> dict[int, Keys]:
        self.round += 1
        self.engine.newest = dict(newest)
        self.engine.fire(firings, round=self.round)
        for predicate, packed in self.engine.newest.items():
            self._note(predicate, packed)
        return dict(self.engine.newest)

    def change(self) -> Change:
        """Return what changed in the end."""
        change = Change(touched=dict(self._seen))
        for predicate, gone in self.gone.items():
            packed = gone.everything()
            lost = np.sort(packed[~self.facts.relation(predicate).has(packed)])
            if len(lost):
                change.removed[predicate] = lost
        for predicate, packed in self.new.items():
            before = self.gone.get(predicate)
            fresh = packed if before is None else packed[~before.has(packed)]
            fresh = fresh[self.facts.relation(predicate).has(fresh)]
            if len(fresh):
                change.added[predicate] = fresh
        for facts in (self.base_gone, self.base_new):
            change.touched = _union(change.touched, facts)
        return change


def compare(former: FactBase, later: FactBase) -> Change:
    """Return the change between two fact bases with the same terms; all derived facts count as touched."""
    change = Change()
    for predicate in dict.fromkeys([*former.predicates(), *later.predicates()]):
        before, after = (np.sort(base.relation(predicate).everything()) for base in (former, later))
        added, removed = after[~contains(before, after)], before[~contains(after, before)]
        if len(added):
            change.added[predicate] = added
        if len(removed):
            change.removed[predicate] = removed
        change.touched[predicate] = np.union1d(before, after)
    return change


def _confidence(firing: Firing, solved: Bindings) -> NDArray[np.float32]:
    own = np.full(solved.size, firing.confidence, dtype=np.float32)
    return own if solved.confidence is None else own * solved.confidence


def _is_opaque(rule: Rule) -> bool:
    """Say whether a rule's results cannot be told from its head alone: aggregates, and values that differ each time."""
    return bool(rule.aggregates) or any(a.expression is not None and a.expression.each for a in rule.assignments)


def _bare(rule: Rule) -> Rule:
    """Return a rule without its negations: what may have been derived, whatever was absent then."""
    return replace(rule, negations=())


def _refuting(rule: Rule) -> list[tuple[Pattern, bool]]:
    """Return the patterns in a rule's negations, and whether each looks at the base alone."""
    data = [negation.data for negation in rule.negations for _ in negation.patterns]
    return list(zip(negated_patterns(rule), data, strict=True))


def _reads(pattern: Pattern, facts: Facts, base: FactBase) -> bool:
    """Say whether a pattern can match one of some facts."""
    if isinstance(pattern.predicate, Variable):
        return any(len(packed) for packed in facts.values())
    return len(facts.get(base.id(pattern.predicate), ())) > 0


def _union(first: Facts, second: Facts) -> dict[int, Keys]:
    both = dict(first)
    for predicate, packed in second.items():
        both[predicate] = np.union1d(both[predicate], packed) if predicate in both else packed
    return both


def _less(first: Facts, second: Facts) -> dict[int, Keys]:
    left = {p: np.setdiff1d(packed, second[p]) if p in second else packed for p, packed in first.items()}
    return {predicate: packed for predicate, packed in left.items() if len(packed)}


def _asserted(size: int) -> Provenance:
    return Provenance(np.zeros(size, np.int16), np.zeros(size, np.int32), None)
