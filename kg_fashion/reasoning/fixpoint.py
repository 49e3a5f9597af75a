"""Semi-naive evaluation to the fixpoint, layer by layer.

Rules are ordered by what they read (`stratify.layers`), so that a rule that is not recursive is fired exactly once,
over everything that it can read; only recursive rules are fired again, each time with at least one of the newest facts
(Bancilhon and Ramakrishnan 1986). Rounds are numbered through, so that the premises of a fact always stand in earlier
rounds than the fact.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from kg_fashion import terms
from kg_fashion.errors import RuleError, StratificationError
from kg_fashion.reasoning.engine import Engine, Firing, News
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.stratify import Layer, pattern_keys
from kg_fashion.reasoning.syntax import TYPE, Constant, Rule

MOST_ROUNDS = 200
"""How many rounds a layer may take whose rules build triple terms, which could go on for ever."""
MOST_RULES = (1 << 15) - 1
"""How many rules there may be: the provenance of a fact keeps its rule's number in two bytes."""


@dataclass
class Run:
    """How an evaluation went.

    Attributes:
        layers: How many layers of rules there were.
        rounds: How many rounds it took in all.
        seconds: Wall time.
        counts: Rule IRI -> how many facts it was the first to derive.
    """

    layers: int = 0
    rounds: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


def evaluate(
    facts: FactBase,
    rules: Sequence[Rule],
    engine: Engine,
    *,
    confidences: Mapping[str, float] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Run:
    """Add to `facts` all that follows by rules; a fact's rule number is 1 + the position here.

    Args:
        facts: Holds the base; the derived facts are added.
        rules: The rules.
        engine: Fires them.
        confidences: Rule IRI -> its confidence, where confidences are asked for.
        progress: Called with a line of text for each layer.

    Raises:
        StratificationError: the rules depend on their own negation.
        RuleError: a cross product too large for memory, or too many rules.
    """
    return run_program(facts, Program.of(rules, confidences or {}), engine, progress=progress)


def run_program(
    facts: FactBase, program: Program, engine: Engine, *, progress: Callable[[str], None] | None = None
) -> Run:
    """Add to `facts` all that follows by a program.

    Args:
        facts: Holds the base; the derived facts are added.
        program: The rules in force, with their numbers.
        engine: Fires them.
        progress: Called with a line of text for each layer.

    Raises:
        RuleError: a cross product too large for memory, or too many rules.
    """
    if len(program.numbered) > MOST_RULES:
        raise RuleError(f"{len(program.numbered):,} rules are more than {MOST_RULES:,}; leave some out")
    started = time.perf_counter()
    firings = program.firings(program.active)
    run = Run(layers=len(program.layers))
    for number, layer in enumerate(program.layers, start=1):
        _fire_layer(facts, layer, firings, engine, run)
        if progress is not None:
            progress(f"layer {number} of {len(program.layers)}: {run.counts.total():,} facts derived so far")
    engine.finish()
    run.seconds = time.perf_counter() - started
    return run


def _fire_layer(facts: FactBase, layer: Layer, firings: Mapping[Rule, Firing], engine: Engine, run: Run) -> None:
    first = run.rounds
    wanted = [firings[rule] for rule in layer.rules]
    triggers = [Trigger.of(firings[rule], facts) for rule in layer.recursive]
    names = {firing.number: firing.rule.iri for firing in wanted}
    builders = [rule for rule in layer.recursive if rule.composed and rule.assignments]
    while wanted:
        run.rounds += 1
        if builders and run.rounds - first > MOST_ROUNDS:
            raise _endless(builders[0])
        news = engine.fire(wanted, round=run.rounds)
        for number, count in news.counts.items():
            run.counts[names[number]] += count
        wanted = [again for trigger in triggers for again in trigger.pulled(news)] if news else []


@dataclass(frozen=True)
class Trigger:
    """What news make it worth to fire a rule again.

    Attributes:
        firing: The rule.
        reads: For each of its patterns, the (predicate, class) ids that it reads; None stands for any.
    """

    firing: Firing
    reads: tuple[tuple[tuple[int | None, int | None], ...], ...]

    @classmethod
    def of(cls, firing: Firing, facts: FactBase) -> "Trigger":
        """Work out what a rule reads."""
        rule = firing.rule
        patterns = () if rule.data else rule.patterns
        return cls(firing, tuple(tuple(_ids(key, facts) for key in pattern_keys(p, rule)) for p in patterns))

    def pulled(self, news: News) -> list[Firing]:
        """Return the firings that can find something new."""
        own = self.firing
        return [
            Firing(own.rule, own.number, position, own.confidence)
            for position, keys in enumerate(self.reads)
            if any(_touched(key, news.classes) for key in keys)
        ]


def _ids(key: tuple[str, str], facts: FactBase) -> tuple[int | None, int | None]:
    predicate = None if key[0] == "*" else facts.id(Constant(key[0]))
    told_apart = key[0] == TYPE.nt and key[1] != "*"  # news tell only the objects of rdf:type
    return predicate, facts.id(Constant(key[1])) if told_apart else None


def _touched(key: tuple[int | None, int | None], classes: Mapping[int, Set[int]]) -> bool:
    predicate, cls = key
    if predicate is None:
        return bool(classes)
    return predicate in classes and (cls is None or cls in classes[predicate])


def _endless(rule: Rule) -> StratificationError:
    message = (
        f"{MOST_ROUNDS} rounds and no end: the rules around {terms.shorten(rule.iri)} build triple terms out of what"
        " they built; match the base alone with WHERE DATA, or build from something else"
    )
    return StratificationError(message, path=rule.path, line=rule.line, column=rule.column, iri=rule.iri)


def uncertain_predicates(facts: FactBase, rules: Sequence[Rule], confidences: Mapping[str, float]) -> frozenset[int]:
    """Return the predicates whose facts may have a confidence below 1: of unsure rules, and of what rests on these."""
    found: set[int] = set()
    size = -1
    while size != len(found):
        size = len(found)
        for rule in rules:
            reads = {facts.id(p.predicate) for p in rule.patterns if isinstance(p.predicate, Constant)}
            anything = any(not isinstance(p.predicate, Constant) for p in rule.patterns) and found
            if confidences.get(rule.iri, 1.0) < 1 or reads & found or anything:
                for template in rule.head:
                    written = [facts.id(template.predicate)] if isinstance(template.predicate, Constant) else None
                    found.update(range(len(facts.terms)) if written is None else written)
    return frozenset(found)
