"""The materialisation of a program over a fact base: all that follows, derived once and then kept up to date."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kg_fashion.reasoning.change import Change, Edit, compare
from kg_fashion.reasoning.engine import Firing
from kg_fashion.reasoning.engines import EngineName, make_engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import MOST_RULES, Run, run_program, uncertain_predicates
from kg_fashion.reasoning.guard import in_bytes
from kg_fashion.reasoning.index_engine import IndexEngine
from kg_fashion.reasoning.maintain import maintain
from kg_fashion.reasoning.packed import Keys, distinct, keys
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.rule_index import Facts, RuleIndex
from kg_fashion.reasoning.saved import save_facts
from kg_fashion.reasoning.solve import LIMIT_BYTES
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule

_STEP = 0.05
_FEW = 1000
"""A change of more than this share of the facts, and more than so many, is quicker made by starting over."""


class Materialisation:
    """A fact base with what follows from it.

    Args:
        facts: What is asserted; what is derived is added.
        program: The rules in force.
        engine: What derives everything; small changes are the index engine's.
        memory_limit: Bytes, or a text such as "4GB"; the engine's own default otherwise.
        derived: The highest round, where `facts` hold what follows already; None where it has to be derived.
        progress: Called with a line of text now and then.

    Attributes:
        facts: All that is known.
        program: The rules in force.
        run: How everything was derived.
    """

    def __init__(
        self,
        facts: FactBase,
        program: Program,
        *,
        engine: EngineName = "auto",
        memory_limit: int | str | None = None,
        derived: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.facts = facts
        self.program = program
        self.run = Run()
        self._engine = engine
        self._memory_limit = memory_limit
        self._round = derived or 0
        self._index: RuleIndex | None = None
        self._firings: Mapping[Rule, Firing] = {}
        self._uncertain = uncertain_predicates(facts, program.active, program.confidences)
        if derived is None:
            self.derive(program, progress=progress)

    def derive(self, program: Program, *, progress: Callable[[str], None] | None = None) -> None:
        """Derive everything anew from what is asserted, by a program."""
        if self.facts.has_derived:
            self.facts = self.facts.base()
        self.program, self._index = program, None
        self._uncertain = uncertain_predicates(self.facts, program.active, program.confidences)
        limit = self._memory_limit
        engine = make_engine(self._engine, self.facts, uncertain=self._uncertain, memory_limit=limit)
        self.run = run_program(self.facts, program, engine, progress=progress)
        self._round = self.run.rounds

    def change(self, program: Program, *, add: Facts, remove: Facts) -> Change:
        """Bring everything up to date with other facts and rules.

        Args:
            program: The rules from now on.
            add: Facts to assert.
            remove: Facts that are no longer asserted.
        """
        difference, layers = self.program.difference(program), self.program.joint_layers(program)
        size = sum(map(len, [*add.values(), *remove.values()]))
        if len(program.numbered) > MOST_RULES:
            difference, program = None, Program.of(program.active, program.confidences)
        if difference is None or layers is None or size > _STEP * len(self.facts) + _FEW:
            return self._start_over(program, add, remove)
        other = program is not self.program
        if other:
            self._uncertain |= uncertain_predicates(self.facts, program.active, program.confidences)
        if self._index is None or other:
            self._index = RuleIndex.of(layers, self.facts)
            self._firings = program.firings(dict.fromkeys([*self.program.active, *program.active]))
        limit = LIMIT_BYTES if self._memory_limit is None else in_bytes(self._memory_limit)
        engine = IndexEngine(self.facts, uncertain=self._uncertain, plans=self._index.plans, limit_bytes=limit)
        edit = Edit(add, remove, *difference)
        change, self._round = maintain(self.facts, self._index, self._firings, edit, engine, self._round)
        self._uncertain = frozenset(engine.uncertain)
        if other:
            self.program, self._index = program, None
        return change

    def _start_over(self, program: Program, add: Facts, remove: Facts) -> Change:
        former, self.facts = self.facts, self.facts.base()
        for predicate, packed in remove.items():
            relation = self.facts.relation(predicate)
            relation.remove(packed[relation.has(packed)])
        for predicate, packed in add.items():
            relation = self.facts.relation(predicate, create=True)
            relation.add(packed[~relation.has(packed)], ordered=True)
        self.derive(program)
        return compare(former, self.facts)

    def encoded(self, triples: Iterable[Pattern]) -> dict[int, Keys]:
        """Return triples without variables as facts, by predicate, sorted; new terms are numbered."""
        found: dict[int, list[tuple[int, int]]] = {}
        for triple in triples:
            s, p, o = (self.facts.id(term) for term in triple if isinstance(term, Constant))
            found.setdefault(p, []).append((s, o))
        columns = {predicate: np.array(pairs, dtype=np.int64) for predicate, pairs in found.items()}
        return {predicate: distinct(keys(rows[:, 0], rows[:, 1])) for predicate, rows in columns.items()}

    def rules_of(self, numbers: Sequence[int]) -> list[str | None]:
        """Return the IRIs of rules by their numbers; None for 0, which stands for what is asserted, and below."""
        names = self.program.numbered
        return [names[number - 1].iri if number > 0 else None for number in numbers]

    def save(self, folder: Path, data: Sequence[Pattern], *, revision: int) -> None:
        """Write everything into files, for `saved.load_facts`."""
        save_facts(folder, self.facts, self.program, data, revision=revision, round=self._round)
