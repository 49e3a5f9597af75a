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
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning.change import Change, Edit, union
from kg_fashion.reasoning.engine import Firing
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.index_engine import IndexEngine, heads, surest
from kg_fashion.reasoning.packed import Keys, Provenance, contains, objects, subjects
from kg_fashion.reasoning.plan import Plan, make_plan, negated_patterns
from kg_fashion.reasoning.relation import Relation
from kg_fashion.reasoning.rule_index import Facts, LayerIndex, RuleIndex, is_opaque, refuting
from kg_fashion.reasoning.solve import Bindings, Scope, solve
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Variable


def maintain(
    facts: FactBase, index: RuleIndex, firings: Mapping[Rule, Firing], edit: Edit, engine: IndexEngine, round: int
) -> tuple[Change, int]:
    """Bring what is derived up to date with an edit.

    Args:
        facts: What is known; is changed.
        index: The rules before and after the edit together.
        firings: Rule -> how it is fired, for all of them.
        edit: What changes.
        engine: Fires rules over `facts`.
        round: The highest round so far.

    Returns:
        What changed, and the highest round now.
    """
    started = time.perf_counter()
    work = _Maintenance(facts, index, firings, edit, engine, round)
    work.edit_base(edit)
    for number in range(len(index.layers)):
        work.layer(number)
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

    def __init__(
        self, facts: FactBase, index: RuleIndex, firings: Mapping[Rule, Firing], edit: Edit, engine: IndexEngine,
        round: int,
    ) -> None:  # fmt: skip
        self.facts = facts
        self.engine = engine
        self.round = round
        self._index = index
        self._firings = firings
        self._added, self._dropped = set(edit.new_rules), set(edit.old_rules)
        self.gone: dict[int, Relation] = {}
        self.new: dict[int, Keys] = {}
        self.base_gone: dict[int, Keys] = {}
        self.base_new: dict[int, Keys] = {}
        self._seen: dict[int, Keys] = {}
        self._raised: dict[int, Keys] = {}

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
            self._seen = union(self._seen, {predicate: packed})

    def _give(self, predicate: int, packed: Keys, provenance: Provenance) -> None:
        """Add facts that are not there."""
        if len(packed):
            self.facts.relation(predicate, create=True).add(packed, provenance)
            self._note(predicate, packed)

    def _note(self, predicate: int, packed: Keys) -> None:
        """Tell facts that are there again from new ones."""
        self._seen = union(self._seen, {predicate: packed})
        gone = self.gone.get(predicate)
        if gone is not None:
            back = packed[gone.has(packed)]
            same = gone.provenance(back).sure() == self.facts.relation(predicate).provenance(back).sure()
            gone.remove(back[same])
            packed = np.setdiff1d(packed, back[same])
        self.new[predicate] = np.union1d(self.new.get(predicate, packed), packed)

    def layer(self, number: int) -> None:
        """Bring what the rules of a layer write up to date."""
        own = self._index.layers[number]
        before = {predicate: gone.everything() for predicate, gone in self.gone.items()}
        taken = self._over_delete(own, before)
        restored = self._rederive(number, union(before, taken), taken)
        self._insert(own, [*self._anew(own, union(before, taken)), *self._opaque_below(number, taken)], restored)

    def _anew(self, own: LayerIndex, taken: Facts) -> list[Rule]:
        """Return the rules of a layer to be fired over everything: new ones, and opaque ones that are concerned."""
        new = [rule for rule in own.layer.rules if rule in self._added]
        return [*new, *(r for r in own.opaque if r not in self._added | self._dropped and self._touched(r, taken))]

    def _opaque_below(self, number: int, taken: Facts) -> list[Rule]:
        below = [rule for lower in self._index.layers[:number] for rule in lower.opaque if rule not in self._dropped]
        return [rule for rule in below if self._writes(rule, taken)]

    def _kept(self, entries: Iterable[tuple[Rule, int]], *, new: bool = True) -> list[tuple[Rule, int]]:
        """Leave out the rules that are no longer in force, and the new ones unless they are asked for."""
        apart = self._dropped if new else self._dropped | self._added
        return [(rule, place) for rule, place in entries if rule not in apart]

    def _over_delete(self, own: LayerIndex, gone: Facts) -> dict[int, Keys]:
        """Take away what may rest on what is gone; return it."""
        taken: dict[int, Keys] = {}
        wave = self._first_wave(own, gone)
        while wave:
            for predicate, packed in wave.items():
                self._take(predicate, packed)
            taken = union(taken, wave)
            newest, wave = wave, {}
            for rule, place in own.recursive.touched(newest):
                self._suspect(rule, place, newest, wave)
            for rule in own.opaque:
                if rule in own.layer.recursive and rule not in self._added and self._touched(rule, {}):
                    self._all_of(rule, wave)
        return taken

    def _first_wave(self, own: LayerIndex, gone: Facts) -> dict[int, Keys]:
        wave: dict[int, Keys] = {}
        for rule in own.opaque:
            if rule in self._dropped or self._touched(rule, {}):
                self._all_of(rule, wave)
        for rule in own.layer.rules if self._dropped else ():
            if rule in self._dropped and rule not in own.opaque:
                self._suspect(rule, None, {}, wave)
        for index, facts in ((own.positive, gone), (own.base, self.base_gone)):
            for rule, place in self._kept(index.touched(facts), new=False):
                self._suspect(rule, place, facts, wave)
        for index, facts in ((own.negative, self.new), (own.negative_base, self.base_new)):
            for rule, place in self._kept(index.touched(facts), new=False):
                self._suspect(rule, len(rule.patterns) + place, facts, wave)
        return wave

    def _all_of(self, rule: Rule, wave: dict[int, Keys]) -> None:
        """Suspect everything that a rule was recorded for."""
        number = self._firings[rule].number
        for predicate in self.facts.predicates():
            packed, provenance = self.facts.relation(predicate).rows()
            own = np.sort(packed[provenance.rule == number])
            if len(own):
                wave[predicate] = np.union1d(wave.get(predicate, own), own)

    def _suspect(self, rule: Rule, place: int | None, newest: Facts, wave: dict[int, Keys]) -> None:
        """Collect the derived facts that a rule gives from some gone or refuting facts, whatever its NOTs say."""
        wanted = {name for template in rule.head for name in template.variables}
        found = solve(self._suspicion(rule, place), Scope(self.facts, newest, ghosts=self.gone), keep=wanted)
        for template in rule.head if found.size else ():
            for predicate, packed, _ in heads(template, rule, found, self.facts):
                packed = np.unique(packed)
                packed = packed[self.facts.relation(predicate).provenance(packed).rule > 0]
                if len(packed):
                    wave[predicate] = np.union1d(wave.get(predicate, packed), packed)

    def _suspicion(self, rule: Rule, place: int | None) -> Plan:
        """Return the plan of a rule without its negations; a place past its patterns is one of a negation."""
        key = (rule, ("suspicion", place))
        if key not in self._index.plans:
            bare = replace(rule, negations=())
            if place is not None and place >= len(rule.patterns):
                bare = replace(bare, patterns=(refuting(rule)[place - len(rule.patterns)][0], *rule.patterns))
                place = 0
            self._index.plans[key] = make_plan(bare, self.facts, delta=place)
        return self._index.plans[key]

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

    def _rederive(self, number: int, candidates: Facts, taken: Facts) -> dict[int, Keys]:
        """Give back what another derivation still gives.

        Args:
            number: The layer, whose rules may give back any of the candidates.
            candidates: What is gone.
            taken: What of it this layer took away, which rules of lower layers may give back too.
        """
        self.round += 1
        found: dict[int, list[tuple[Keys, Firing, Bindings]]] = {}
        missing = {p: packed[~self.facts.relation(p).has(packed)] for p, packed in candidates.items()}
        values = _Values(self.facts)
        for depth, rule, template in self._index.heads.touched(missing):
            if depth > number or rule in self._dropped or is_opaque(rule) or (depth < number and not taken):
                continue
            for predicate in self._written(template, missing if depth == number else taken):
                if values.lack(rule, template, predicate, missing[predicate]):
                    continue
                held = self._derivable(rule, template, predicate, missing[predicate])
                if held is not None:
                    found.setdefault(predicate, []).append((held[0], self._firings[rule], held[1]))
        return {predicate: self._restore(predicate, parts) for predicate, parts in found.items()}

    def _written(self, template: Pattern, taken: Facts) -> list[int]:
        if isinstance(template.predicate, Variable):
            return [predicate for predicate, packed in taken.items() if len(packed)]
        predicate = self.facts.id(template.predicate)
        return [predicate] if len(taken.get(predicate, ())) else []

    def _derivable(self, rule: Rule, template: Pattern, predicate: int, missing: Keys) -> tuple[Keys, Bindings] | None:
        """Return the facts that a rule derives from what is there, with the solutions' confidences."""
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
        key = (rule, frozenset(columns))
        if key not in self._index.plans:
            self._index.plans[key] = make_plan(rule, self.facts, bound=columns.keys())
        solved = solve(self._index.plans[key], Scope(self.facts, uncertain=self.engine.uncertain), start, keep={" row"})
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

    def _insert(self, own: LayerIndex, refire: Sequence[Rule], restored: dict[int, Keys]) -> None:
        """Carry on what is new."""
        new = union(self.new, restored)
        gone = {predicate: relation.everything() for predicate, relation in self.gone.items()}
        waves: list[tuple[list[Firing], Facts]] = [
            ([self._firings[rule] for rule in refire], {}),
            (self._fired(own.positive.touched(new)), new),
            (self._fired(own.base.touched(self.base_new)), self.base_new),
            (self._fired(own.negative.touched(gone), negative=True), gone),
            (self._fired(own.negative_base.touched(self.base_gone), negative=True), self.base_gone),
        ]
        newest: dict[int, Keys] = restored
        for firings, delta in waves:
            if firings:
                newest = union(newest, self._fire(firings, delta))
        while newest:
            firings = self._fired(own.recursive.touched(newest))
            firings += [self._firings[r] for r in own.opaque if r in own.layer.recursive and r not in self._dropped]
            newest = self._fire(firings, newest) if firings else {}

    def _fired(self, entries: Iterable[tuple[Rule, int]], *, negative: bool = False) -> list[Firing]:
        return [
            replace(self._firings[rule], delta=len(rule.patterns) + place if negative else place)
            for rule, place in self._kept(entries)
        ]

    def _fire(self, firings: Sequence[Firing], newest: Facts) -> dict[int, Keys]:
        self.round += 1
        self.engine.look_at(newest)
        self.engine.fire(firings, round=self.round)
        for predicate, packed in self.engine.newest.items():
            self._note_raised(predicate, packed)
            self._note(predicate, packed)
        return dict(self.engine.newest)

    def _note_raised(self, predicate: int, packed: Keys) -> None:
        """Remember the facts that held before the change and are only surer now."""
        older = self.facts.relation(predicate).provenance(packed).round < self.round
        new = self.new.get(predicate, packed[:0])
        raised = packed[older & ~contains(new, packed)]
        if len(raised):
            self._raised = union(self._raised, {predicate: raised})

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
            fresh = fresh[~contains(self._raised.get(predicate, fresh[:0]), fresh)]
            if len(fresh):
                change.added[predicate] = fresh
        for facts in (self.base_gone, self.base_new):
            change.touched = union(change.touched, facts)
        return change


class _Values:
    """What the subjects of some facts have for a property, looked up once: most rules can be ruled out by it."""

    def __init__(self, facts: FactBase) -> None:
        self._facts = facts
        self._found: dict[tuple[int, int], frozenset[int]] = {}

    def lack(self, rule: Rule, template: Pattern, predicate: int, missing: Keys) -> bool:
        """Say whether a rule can give none of the missing facts, since a value is lacking that its body asks for."""
        for pattern in rule.patterns:
            if not isinstance(pattern.predicate, Constant):
                continue
            prop = self._facts.id(pattern.predicate)
            if pattern.subject != template.subject or isinstance(pattern.subject, Constant):
                if not len(self._facts.relation(prop)):
                    return True
                continue
            here = self._of(predicate, prop, missing)
            if not here or (isinstance(pattern.object, Constant) and self._facts.id(pattern.object) not in here):
                return True
        return False

    def _of(self, predicate: int, prop: int, missing: Keys) -> frozenset[int]:
        key = (predicate, prop)
        if key not in self._found:
            found = self._facts.relation(prop).by_subject(np.unique(subjects(missing)))
            self._found[key] = frozenset(found.values.tolist())
        return self._found[key]


def _confidence(firing: Firing, solved: Bindings) -> NDArray[np.float32]:
    own = np.full(solved.size, firing.confidence, dtype=np.float32)
    return own if solved.confidence is None else own * solved.confidence


def _reads(pattern: Pattern, facts: Facts, base: FactBase) -> bool:
    """Say whether a pattern can match one of some facts."""
    if isinstance(pattern.predicate, Variable):
        return any(len(packed) for packed in facts.values())
    return len(facts.get(base.id(pattern.predicate), ())) > 0


def _asserted(size: int) -> Provenance:
    return Provenance(np.zeros(size, np.int16), np.zeros(size, np.int32), None)
