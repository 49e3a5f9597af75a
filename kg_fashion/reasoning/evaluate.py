"""Semi-naive evaluation, stratum by stratum, to the fixpoint.

A round matches each rule's body against the known facts with at least one of the newest, writes the head for each
solution, and drops what is known. Bancilhon and Ramakrishnan 1986; rounds are numbered through all strata, so that a
fact's premises always stand in earlier rounds.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kg_fashion import terms
from kg_fashion.errors import StratificationError
from kg_fashion.reasoning.bindings import Window, place, solve
from kg_fashion.reasoning.facts import Facts
from kg_fashion.reasoning.stratify import Key, meets, pattern_keys, stratify
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Variable

_MOST_ROUNDS = 200
"""How many rounds a stratum may take whose rules build triple terms, which could go on for ever."""


@dataclass
class Run:
    """How an evaluation went.

    Attributes:
        strata: How many strata there were.
        rounds: How many rounds it took in all.
        seconds: Wall time.
        counts: Rule IRI -> how many facts it was the first to derive.
    """

    strata: int = 0
    rounds: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


def evaluate(facts: Facts, rules: Sequence[Rule], *, progress: Callable[[str], None] | None = None) -> Run:
    """Add to `facts` all that follows.

    Args:
        facts: Holds the base; the derived facts are added.
        rules: The rules; a fact's `rule` column is 1 + the position here.
        progress: Called with a line of text for each stratum.

    Raises:
        StratificationError: the rules depend on their own negation.
    """
    started = time.perf_counter()
    numbers = {id(rule): number for number, rule in enumerate(rules, start=1)}
    run = Run()
    for stratum in stratify(rules):
        run.strata += 1
        _fixpoint(facts, stratum, numbers, run)
        if progress is not None:
            progress(f"stratum {run.strata}: {len(stratum)} rules, {run.counts.total():,} facts derived so far")
    run.seconds = time.perf_counter() - started
    return run


def _fixpoint(facts: Facts, stratum: Sequence[Rule], numbers: dict[int, int], run: Run) -> None:
    fresh: set[Key] | None = None
    builders = [rule for rule in stratum if rule.composed and rule.assignments]
    first = run.rounds
    while fresh is None or fresh:
        run.rounds += 1
        if builders and run.rounds - first > _MOST_ROUNDS:
            raise _endless(builders[0])
        written: set[int] = set()
        for rule in stratum:
            for window in _windows(rule, run.rounds, fresh):
                written |= _fire(facts, rule, numbers[id(rule)], window, run)
        fresh = _newest(facts, written, run.rounds)


def _endless(rule: Rule) -> StratificationError:
    message = (
        f"{_MOST_ROUNDS} rounds and no end: the rules around {terms.shorten(rule.iri)} build triple terms out of what"
        " they built; match the base alone with WHERE DATA, or build from something else"
    )
    return StratificationError(message, path=rule.path, line=rule.line, iri=rule.iri)


def _windows(rule: Rule, round: int, fresh: set[Key] | None) -> list[Window]:
    """Which evaluations of a rule can find something new in this round."""
    if fresh is None:
        return [Window(before=round)]
    if rule.data:
        return []
    return [
        Window(before=round, delta=position)
        for position, pattern in enumerate(rule.patterns)
        if any(meets(key, new) for key in pattern_keys(pattern, rule) for new in fresh)
    ]


def _fire(facts: Facts, rule: Rule, number: int, window: Window, run: Run) -> set[int]:
    """Write the head for each solution; return the predicates that got new facts."""
    query = solve(facts, rule, window)
    facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE firing AS {query}")
    written: set[int] = set()
    for template in rule.head:
        for predicate, selected in _head_queries(facts, template, rule):
            added = facts.add(predicate, selected, rule=number, round=window.before)
            run.counts[rule.iri] += added
            if added:
                written.add(predicate)
    return written


def _head_queries(facts: Facts, template: Pattern, rule: Rule) -> list[tuple[int, str]]:
    """Return (predicate, SQL of its new facts); what would not be a triple of RDF is left out, as CONSTRUCT does."""
    subject, obj = place(template.subject, facts), place(template.object, facts)
    query = f"SELECT {subject} AS s, {obj} AS o FROM firing"
    conditions = []
    if isinstance(template.subject, Variable) and all(p.subject != template.subject for p in rule.patterns):
        conditions.append(f"{subject} NOT IN (SELECT id FROM literal)")
    if isinstance(template.predicate, Constant):
        where = f" WHERE {conditions[0]}" if conditions else ""
        return [(facts.id(template.predicate), query + where)]
    column = f"v_{template.predicate.name}"
    found = facts.connection.execute(f"SELECT DISTINCT {column} FROM firing").fetchall()
    named = [p for (p,) in found if re.match(r"<[^<]", facts.snapshot.decode([p])[0])]
    return [(p, f"{query} WHERE {' AND '.join([*conditions, f'{column} = {p}'])}") for p in named]


def _newest(facts: Facts, predicates: set[int], round: int) -> set[Key]:
    """Return the keys of the facts that a round added: predicates, and for rdf:type the classes."""
    keys: set[Key] = set()
    type_id = facts.id(TYPE)
    for predicate in predicates:
        nt = facts.snapshot.decode([predicate])[0]
        if predicate != type_id:
            keys.add((nt, ""))
            continue
        table = facts.table(predicate)
        classes = facts.connection.execute(f"SELECT DISTINCT o FROM {table} WHERE round = {int(round)}").fetchall()
        keys |= {(nt, facts.snapshot.decode([cls])[0]) for (cls,) in classes}
    return keys
