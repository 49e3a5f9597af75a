"""kg_fashion's engine: load, evaluate (timed), decode; and changes. The one module that knows its interface.

Variants: `ours` chooses its engine by the number of facts; `ours:index`, `ours:duckdb` and `ours:spark` name one.
`ours:soft` gives the rules of taste a confidence of 0.9, `ours:unsure` every rule, `ours:duckdb-soft` and
`ours:duckdb-unsure` the same in DuckDB. `ours:bare` keeps no provenance, which nobody is offered: it tells what that
costs.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyoxigraph as ox
from encoded import Graph
from task import RULES, Outcome, Task, timed

from kg_fashion.reasoning import Rule, read_rules
from kg_fashion.reasoning.axioms import compile_axioms
from kg_fashion.reasoning.change import Edit
from kg_fashion.reasoning.engine import News
from kg_fashion.reasoning.engines import make_engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import evaluate, run_program, uncertain_predicates
from kg_fashion.reasoning.index_engine import IndexEngine
from kg_fashion.reasoning.maintain import maintain
from kg_fashion.reasoning.packed import Keys, Provenance, distinct, keys, objects, subjects
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.relation import Relation
from kg_fashion.reasoning.rule_index import RuleIndex

SOFT = {"warm-is-winter", "light-is-summer", "dear-is-luxury", "outfit-season", "no-season-all-year", "matches"}
"""The rules of the benchmark that a stylist would doubt; the others are taxonomy and bookkeeping."""


def run(task: Task, variant: str = "") -> Outcome:
    """Derive with semi-naive evaluation over integer columns."""
    facts, rules = _load(task)
    confidences = {rule.iri: 0.9 for rule in rules if _is_unsure(rule, variant)}
    uncertain = uncertain_predicates(facts, rules, confidences)
    name = variant.removesuffix("soft").removesuffix("unsure").rstrip("-") or "auto"
    engine = _Bare(facts) if variant == "bare" else make_engine(name, facts, uncertain=uncertain)
    seconds = timed(lambda: evaluate(facts, rules, engine, confidences=confidences))
    return Outcome(seconds, lambda: _decode(facts), count=facts.n_derived())


def _is_unsure(rule: Rule, variant: str) -> bool:
    return variant.endswith("unsure") or (variant.endswith("soft") and rule.iri.rpartition("#")[2] in SOFT)


class _Bare(IndexEngine):
    """The index engine without provenance."""

    def _keep_first(self, relation: Relation, parts: Sequence[tuple[Keys, int]], round: int, news: News) -> Keys:
        packed = distinct(np.concatenate([part for part, _ in parts]))
        packed = packed[~relation.has(packed)]
        nothing = Provenance(np.ones(len(packed), np.int16), np.zeros(len(packed), np.int32), None)
        relation.add(packed, nothing, ordered=True)
        return packed


def _load(task: Task) -> tuple[FactBase, list[Rule]]:
    data = task.data.read_bytes()
    if task.schema is None:
        return FactBase.from_ntriples(data), list(read_rules(RULES))
    schema = [quad.triple for quad in ox.parse(path=task.schema)]
    text = b"".join(f"{triple} .\n".encode() for triple in schema)
    return FactBase.from_ntriples(data + text), compile_axioms(schema)


def _decode(facts: FactBase) -> Iterator[str]:
    decode = facts.terms.decode
    for predicate, packed, _ in facts.derived():
        verb = decode([predicate])[0]
        pairs = zip(decode(subjects(packed).tolist()), decode(objects(packed).tolist()), strict=True)
        yield from (f"{s} {verb} {o} ." for s, o in pairs)


def changes(graph: Graph, garments: Sequence[str]) -> dict[str, float]:
    """Derive everything, take garments away and put them back.

    Args:
        graph: The data.
        garments: Which, in N-Triples syntax; all that is asserted about them and points to them goes.

    Returns:
        Seconds of the full run, of the first change, and of removing and adding after it.

    Raises:
        ValueError: afterwards something else is derived than at first.
    """
    facts = FactBase.from_ntriples(graph.ntriples())
    program = Program.of(read_rules(RULES), {})
    engine = make_engine("auto", facts)
    full = run_program(facts, program, engine)
    before = facts.n_derived()
    index, firings = RuleIndex.of(program.layers, facts), program.firings(program.active)
    small = IndexEngine(facts, plans=index.plans)
    changed, round_ = [], full.rounds
    for _ in range(2):  # the first change sorts the columns that DuckDB left
        gone = _about(facts, garments)
        removal, round_ = maintain(facts, index, firings, Edit(remove=gone), small, round_)
        less = facts.n_derived()
        addition, round_ = maintain(facts, index, firings, Edit(add=gone), small, round_)
        if not less < before == facts.n_derived():
            raise ValueError(f"{before} derived at first, {less} without, {facts.n_derived()} with them again")
        changed.append((removal.seconds, addition.seconds))
    return {"full_s": full.seconds, "first_s": changed[0][0], "remove_s": changed[1][0], "add_s": changed[1][1]}


def _about(facts: FactBase, names: Sequence[str]) -> dict[int, np.ndarray]:
    """Return the asserted facts in which some terms stand, by predicate."""
    wanted = np.array([facts.terms.encode(name) for name in names])
    found = {}
    for predicate in facts.predicates():
        columns = facts.columns(predicate)
        mine = (columns.rule == 0) & (np.isin(columns.s, wanted) | np.isin(columns.o, wanted))
        if mine.any():
            found[predicate] = np.unique(keys(columns.s[mine], columns.o[mine]))
    return found
