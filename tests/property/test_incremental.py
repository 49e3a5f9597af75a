"""A closure that follows random edits equals the one derived from scratch: facts, what is asserted, confidences."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_fashion.errors import StratificationError
from kg_fashion.reasoning.change import Edit
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import run_program, uncertain_predicates
from kg_fashion.reasoning.index_engine import IndexEngine
from kg_fashion.reasoning.maintain import maintain
from kg_fashion.reasoning.packed import Keys, keys
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.rule_index import RuleIndex
from kg_fashion.reasoning.stratify import layers
from kg_fashion.reasoning.syntax import Rule

BODIES = [
    ("?x :p ?z", "?x :p ?y . ?y :p ?z"),
    ("?y :r ?x", "?x :q ?y"),
    ("?x :r ?z", "?x :r ?y . ?y :q ?z . FILTER (?x != ?z)"),
    ("?x a ?y", "?x :r ?y . ?y :p ?x"),
    ("?x :s ?y . ?y :s ?x", "?x a :n1 . ?x :r ?y"),
    ("?x a :n0", "?x :p :n3"),
    ("?x :t ?l", '?x :p ?y . SET(?l := CONCAT(STR(?y), "!"))'),
    ("?x :p ?y", "?x :q ?y"),
    ("?x :q ?y", "?y :p ?x . ?x a :n0"),
    ("?x :u [ :v ?y ]", "?x :q ?y"),
    ("?x :count ?n", "?x :q ?w . SET(?n := COUNT(*) WHERE { ?x :r ?y })"),
    ("?x :lonely ?y", "?x a ?y . NOT { ?x :s ?z }"),
    ("?x :only ?y", "?x :q ?y . NOT { ?y :q ?x . FILTER (?x != ?y) }"),
    ("?x :w ?y", "?x :lonely ?y . NOT { ?y :only ?z }"),
    ("?x :d ?y", "?x :p ?y . NOT DATA { ?x :p ?y }"),
    ("?x :q :n4", "?x a ?c . NOT DATA { ?x :q ?y }"),
    ("?x :g ?y", ":n0 :p :n1 . ?x :r ?y"),
    ("?x :h ?y", ":n0 ?p :n1 . ?x :r ?y"),
    ("?x ?p ?x", "?x ?p ?y . ?y :q ?x"),
    ("?x :two ?y", "?x :p ?y . NOT { ?x :s ?z } NOT { ?y :only ?z . ?z :q ?y }"),
    ("?x :r ?y", "?x :count ?n . ?x :p ?y . FILTER (?y IN (:n1, :n2))"),
]
ALL = [f"RULE :b{number} {{ {head} }} WHERE {{ {body} }}" for number, (head, body) in enumerate(BODIES)]
ALL.append("RULE :base { ?x :base ?y } WHERE DATA { ?x :p ?y }")
RULES = parse("PREFIX : <urn:>\n" + "\n".join(ALL)).rules
CONFIDENCES = {rule.iri: (1.0, 0.9, 0.5, 0.8)[number % 4] for number, rule in enumerate(RULES)}
NODES = [f"<urn:n{number}>" for number in range(5)]
VERBS = [
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
    *(f"<urn:{name}>" for name in ("p", "q", "r", "lonely", "count")),
]
TRIPLES = st.sets(st.tuples(st.sampled_from(NODES), st.sampled_from(VERBS), st.sampled_from(NODES)), max_size=14)
PICKED = st.sets(st.integers(0, len(RULES) - 1), max_size=9)
Triple = tuple[str, str, str]


@dataclass
class State:
    """What a closure is made of."""

    facts: FactBase
    program: Program
    round: int


def stratified(picked: set[int]) -> list[Rule]:
    """Return the picked rules but for those that would make a cycle through NOT."""
    found: list[Rule] = []
    for number in sorted(picked):
        try:
            layers([*found, RULES[number]])
        except StratificationError:
            continue
        found.append(RULES[number])
    return found


def encoded(facts: FactBase, triples: set[Triple]) -> dict[int, Keys]:
    rows: dict[int, list[tuple[int, int]]] = {}
    for s, p, o in sorted(triples):
        s_id, p_id, o_id = facts.terms.intern([s, p, o])
        rows.setdefault(p_id, []).append((s_id, o_id))
    columns = {p: np.array(pairs) for p, pairs in rows.items()}
    return {p: np.unique(keys(pairs[:, 0], pairs[:, 1])) for p, pairs in columns.items()}


def from_scratch(triples: set[Triple], rules: list[Rule], confidences: dict[str, float]) -> State:
    facts = FactBase()
    for predicate, packed in encoded(facts, triples).items():
        facts.relation(predicate, create=True).add(packed, ordered=True)
    program = Program.of(rules, confidences)
    engine = IndexEngine(facts, uncertain=uncertain_predicates(facts, rules, confidences))
    return State(facts, program, run_program(facts, program, engine).rounds)


def edited(state: State, add: set[Triple], remove: set[Triple], rules: list[Rule]) -> State:
    later = state.program.changed(rules, state.program.confidences)
    joint = state.program.joint_layers(later)
    assert joint is not None
    difference = state.program.difference(later)
    assert difference is not None
    every = list(dict.fromkeys([*state.program.active, *later.active]))
    engine = IndexEngine(state.facts, uncertain=uncertain_predicates(state.facts, every, later.confidences))
    edit = Edit(encoded(state.facts, add), encoded(state.facts, remove), *difference)
    _, round = maintain(state.facts, RuleIndex.of(joint, state.facts), later.firings(every), edit, engine, state.round)
    return State(state.facts, later, round)


def told(facts: FactBase) -> dict[Triple, tuple[bool, float]]:
    """Return each fact with whether it is asserted and its confidence."""
    found = {}
    for predicate in facts.predicates():
        packed, provenance = facts.relation(predicate).rows()
        for fact, rule, sure in zip(packed.tolist(), provenance.rule.tolist(), provenance.sure().tolist(), strict=True):
            s, p, o = facts.terms.decode([fact >> 32, predicate, fact & 0xFFFFFFFF])
            assert (s, p, o) not in found
            found[s, p, o] = (rule == 0, round(sure, 5))
    return found


@settings(max_examples=150, deadline=None)
@given(
    base=TRIPLES,
    picked=PICKED,
    edits=st.lists(st.tuples(TRIPLES, TRIPLES, PICKED | st.none()), min_size=1, max_size=4),
    unsure=st.booleans(),
)
def test_edits_equal_starting_over(
    base: set[Triple], picked: set[int], edits: list[tuple[set[Triple], set[Triple], set[int] | None]], unsure: bool
) -> None:
    confidences = CONFIDENCES if unsure else {}
    rules = stratified(picked)
    state = from_scratch(base, rules, confidences)
    for add, remove, others in edits:
        wanted = rules if others is None else stratified(others)
        if state.program.joint_layers(state.program.changed(wanted, confidences)) is None:
            wanted = rules
        rules = wanted
        state = edited(state, add, remove - add, rules)
        base = (base - remove) | add
        assert told(state.facts) == told(from_scratch(base, rules, confidences).facts)
