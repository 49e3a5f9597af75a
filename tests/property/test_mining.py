"""Mining on random small graphs equals a slow count of every body, and every rule's counts a naive join."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning.mining import MiningFacts, MiningSettings, facts_of_graph, mine
from kg_fashion.reasoning.mining.conjunctions import Bodies, Counts, count_bodies
from kg_fashion.reasoning.mining.items import Items, find_items
from kg_fashion.reasoning.mining.measures import wilson_interval
from kg_fashion.reasoning.mining.miner import rules_of
from kg_fashion.reasoning.mining.rule import MinedRule
from kg_fashion.reasoning.syntax import Constant, Pattern, Variable

HEAD = "urn:head"
SUBJECTS = [f"urn:s{n}" for n in range(7)]
VALUES = [f"urn:v{n}" for n in range(4)]
Triples = frozenset[tuple[str, str, str]]


@st.composite
def graphs(draw: st.DrawFn) -> Triples:
    of_subjects = st.tuples(
        st.sampled_from(SUBJECTS), st.sampled_from(["urn:p", "urn:q", HEAD]), st.sampled_from(VALUES)
    )
    of_values = st.tuples(st.sampled_from(VALUES), st.sampled_from(["urn:r", "urn:t"]), st.sampled_from(VALUES))
    facts = draw(st.sets(of_subjects, min_size=12, max_size=30)) | draw(st.sets(of_values, max_size=8))
    return frozenset(facts | {(SUBJECTS[0], HEAD, VALUES[0])})


def facts_of(triples: Triples) -> MiningFacts:
    graph = KnowledgeGraph()
    graph.load_catalogue(["".join(f"<{s}> <{p}> <{o}> .\n" for s, p, o in sorted(triples)).encode()])
    return facts_of_graph(graph)


def solutions(body: tuple[Pattern, ...], triples: Triples, known: dict[str, str]) -> Iterator[dict[str, str]]:
    """Match atom by atom, triple by triple of the atom's predicate."""
    if not body:
        yield known
        return
    for triple in (triple for triple in triples if Constant(f"<{triple[1]}>") == body[0].predicate):
        extended = dict(known)
        fits = all(
            (term.nt[1:-1] if isinstance(term, Constant) else extended.setdefault(term.name, value)) == value
            for term, value in zip(body[0], triple, strict=True)
        )
        if fits:
            yield from solutions(body[1:], triples, extended)


def slow_counts(rule: MinedRule, triples: Triples) -> tuple[int, int, int, int]:
    """Return support, predicted, predicted_known, head_size."""

    def end(binding: dict[str, str]) -> str:
        last = rule.head.object
        return binding[last.name] if isinstance(last, Variable) else last.nt[1:-1]

    predicted = {(binding["g"], end(binding)) for binding in solutions(rule.body, triples, {})}
    truth = {(s, o) for s, p, o in triples if p == HEAD}
    size = sum(isinstance(rule.head.object, Variable) or rule.head.object.nt == f"<{o}>" for _, o in truth)
    having = {s for s, _ in truth}
    return len(predicted & truth), len(predicted), sum(s in having for s, _ in predicted), size


def counted(facts: MiningFacts, min_support: int) -> tuple[Items, Bodies, NDArray[np.bool_], NDArray[np.bool_], str]:
    """Count the bodies for one head value; return what they were counted with."""
    items = find_items(facts, without=frozenset([HEAD]), min_support=min_support, max_atoms=3)
    subjects, objects = facts.edges[HEAD]
    known, head = (np.zeros(len(facts.nodes), dtype=np.bool_) for _ in range(2))
    known[subjects] = True
    head[subjects[objects == objects[0]]] = True
    bodies, cut = count_bodies(
        items, Counts.of(items, known), head, min_support=min_support, max_atoms=3, max_pairs=10_000
    )
    assert cut == 0
    return items, bodies, known, head, facts.nodes[objects[0]]


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_counts_of_every_body_equal_a_naive_join(triples: Triples) -> None:
    items, bodies, _, head, value = counted(facts_of(triples), 1)
    atom = Pattern(Variable("g"), Constant(f"<{HEAD}>"), Constant(f"<{value}>"))
    for rule in rules_of(items, bodies, atom, int(head.sum())):
        assert (rule.support, rule.predicted, rule.predicted_known, rule.head_size) == slow_counts(rule, triples)
        assert 1 <= len(rule.body) <= 3


@settings(max_examples=30, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_counts_of_every_mined_rule_equal_a_naive_join(triples: Triples, max_atoms: int) -> None:
    chosen = MiningSettings(heads=(HEAD,), min_support=1, min_confidence=0.01, max_atoms=max_atoms)
    for rule in mine(facts_of(triples), chosen).rules:
        counts = (rule.support, rule.predicted, rule.predicted_known, rule.head_size)
        assert counts == slow_counts(rule, triples)
        assert len(rule.body) <= max_atoms
        assert all(atom.predicate != Constant(f"<{HEAD}>") for atom in rule.body)


@settings(max_examples=30, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_every_frequent_body_is_counted_once(triples: Triples, min_support: int) -> None:
    items, bodies, known, head, _ = counted(facts_of(triples), min_support)
    holds = items.holds.toarray().astype(bool)
    fast = {
        tuple(i for i in row if i >= 0): counts
        for row, *counts in zip(
            bodies.items.tolist(), bodies.support.tolist(), bodies.predicted.tolist(), bodies.known.tolist(),
            strict=True,
        )
    }  # fmt: skip
    slow = {}
    for size in (1, 2, 3):
        for body in itertools.combinations(range(len(items.items)), size):
            rows = holds[:, body].all(axis=1)
            parts = [holds[:, part].all(axis=1).sum() for part in itertools.combinations(body, size - 1) if part]
            new = all(rows.sum() < part for part in parts)
            if (rows & head).sum() >= min_support and sum(items.n_atoms[list(body)]) <= 3 and new:
                slow[body] = [int((rows & head).sum()), int(rows.sum()), int((rows & known).sum())]
    assert len(bodies) == len(fast)
    assert fast == slow


@settings(max_examples=30, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_every_closed_rule_is_found_or_no_better_than_a_wider_one(triples: Triples, max_atoms: int) -> None:
    chosen = MiningSettings(heads=(HEAD,), min_support=2, min_confidence=0.5, max_atoms=max_atoms)
    found = [rule for rule in mine(facts_of(triples), chosen).rules if isinstance(rule.head.object, Variable)]
    bodies = {rule.body for rule in found}
    for body in _chains(sorted({p for _, p, _ in triples} - {HEAD}), max_atoms):
        head = Pattern(Variable("g"), Constant(f"<{HEAD}>"), Variable("y"))
        support, _, known, _ = slow_counts(MinedRule(body, head, 0, 0, 0, 0), triples)
        if support >= 2 and support / known >= 0.5 and body not in bodies:
            low, _ = wilson_interval(support, known)
            pairs = {(b["g"], b["y"]) for b in solutions(body, triples, {})}
            assert any(
                pairs <= {(b["g"], b["y"]) for b in solutions(other.body, triples, {})} and other.confidence >= low
                for other in found
            )


def _chains(predicates: list[str], max_atoms: int) -> Iterator[tuple[Pattern, ...]]:
    for length in range(1, max_atoms + 1):
        nodes = [Variable("g"), *(Variable(f"x{n}") for n in range(1, length)), Variable("y")]
        for steps in itertools.product(itertools.product(predicates, (True, False)), repeat=length):
            if any(a[0] == b[0] and a[1] != b[1] for a, b in itertools.pairwise(steps)):
                continue
            yield tuple(
                Pattern(nodes[n], Constant(f"<{p}>"), nodes[n + 1])
                if forwards
                else Pattern(nodes[n + 1], Constant(f"<{p}>"), nodes[n])
                for n, (p, forwards) in enumerate(steps)
            )
