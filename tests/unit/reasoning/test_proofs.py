"""Shortest proofs worked out by hand, and against all proofs of small random programs."""

import itertools
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_fashion import terms
from kg_fashion.errors import UnknownNameError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import Closure, Derivation, RuleSet, reason
from kg_fashion.reasoning.cheapest import Edge, cheapest_trees, costs_through
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.proofs import alternatives, most_certain_proof, shortest_proof
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Variable, iri

PROLOGUE = "PREFIX : <urn:ex:>\nPREFIX kgf: <https://w3id.org/kg-fashion/ontology/>\n"


def toy(asserted: str, rules: str, schema: str = "") -> Closure:
    graph = KnowledgeGraph()
    for name, text in ((terms.ONTOLOGY_GRAPH, schema), (terms.CATALOGUE_GRAPH, asserted)):
        graph.update(f"PREFIX : <urn:ex:> INSERT DATA {{ GRAPH <{name}> {{ {text} }} }}")
    document = parse(PROLOGUE + rules)
    return reason(graph, RuleSet(document.rules, document.data))


def fact(text: str) -> Pattern:
    """Read a triple such as "a p b"; a number is an integer."""
    subject, predicate, obj = (
        Constant(f'"{word}"^^<{terms.XSD.integer}>') if word.isdigit() else iri(f"urn:ex:{word}")
        for word in text.split()
    )
    return Pattern(subject, iri(terms.RDF.type) if predicate == iri("urn:ex:a") else predicate, obj)


def shape(tree: Derivation) -> str:
    """Write a tree as nested brackets of rule names."""
    if tree.rule is None:
        return "."
    return f"{tree.rule.removeprefix('urn:ex:')}({' '.join(map(shape, tree.premises))})"


def check_faithful(closure: Closure, tree: Derivation) -> None:
    for node in tree.nodes():
        assert closure.known(node.triple)
        assert closure.asserted(node.triple) == (node.rule is None) or node is tree
        if node.rule is None:
            assert not node.premises and closure.asserted(node.triple)


REACH = """
RULE :one  { ?x :reach ?y } WHERE { ?x :edge ?y }
RULE :more { ?x :reach ?z } WHERE { ?x :edge ?y . ?y :reach ?z }
"""


def test_the_shorter_of_two_paths() -> None:
    closure = toy(":a :edge :b, :x . :b :edge :c . :c :edge :d . :x :edge :d .", REACH)
    tree = shortest_proof(closure, fact("a reach d"))
    assert shape(tree) == "more(. one(.))"
    assert tree.size == 4
    check_faithful(closure, tree)


def test_a_rule_whose_premises_are_cheap_beats_one_with_fewer_premises() -> None:
    rules = """
    RULE :short { ?x :goal ?x } WHERE { ?x :deep ?x }
    RULE :wide  { ?x :goal ?x } WHERE { ?x :p :k . ?x :q :k . ?x :r :k }
    RULE :d1    { ?x :deep ?x } WHERE { ?x :d2 ?x }
    RULE :d2    { ?x :d2 ?x } WHERE { ?x :d3 ?x }
    RULE :d3    { ?x :d3 ?x } WHERE { ?x :p :k . ?x :q :k }
    """
    closure = toy(":a :p :k ; :q :k ; :r :k .", rules)
    assert shape(shortest_proof(closure, fact("a goal a"))) == "wide(. . .)"  # 4 nodes; the other has 6


def test_cycles_are_no_proof() -> None:
    closure = toy(":a :near :b . :b :near :c .", "", ":near a owl:SymmetricProperty, owl:TransitiveProperty .")
    tree = shortest_proof(closure, fact("c near a"))
    assert tree.size == 4  # by symmetry from a near c, which needs both asserted facts
    for tree in alternatives(closure, fact("c near a")):
        assert sum(node.triple == fact("c near a") for node in tree.nodes()) == 1
        check_faithful(closure, tree)


def test_an_asserted_fact_needs_no_proof_but_may_have_one() -> None:
    closure = toy(":a :edge :b ; :reach :b .", REACH)
    assert shape(shortest_proof(closure, fact("a reach b"))) == "."
    assert [shape(tree) for tree in alternatives(closure, fact("a reach b"))] == [".", "one(.)"]


def test_a_long_chain_needs_no_recursion_and_no_patience() -> None:
    chain = " ".join(f":n{number} :edge :n{number + 1} ." for number in range(300))
    closure = toy(chain, REACH)
    tree = shortest_proof(closure, fact("n0 reach n300"))
    assert tree.size == 600
    assert len(tree.to_text().splitlines()) == 600


def test_a_small_budget_still_finds_a_proof() -> None:
    chain = " ".join(f":n{number} :p :n{number + 1} ." for number in range(30))
    closure = toy(chain, "", ":p a owl:TransitiveProperty .")
    tree = shortest_proof(closure, fact("n0 p n30"), budget=3)
    assert len(list(tree.leaves())) == 30
    check_faithful(closure, tree)


def test_conditions_are_told_with_their_values() -> None:
    rules = """
    RULE :mild { ?g :season :mild } WHERE { ?g a :Coat . NOT { ?g :warmth ?w . FILTER ( ?w > 5 ) } }
    RULE :next { ?g :plus ?n }
    WHERE { ?g :size ?s . SET ( ?n := ?s + 1 ) . FILTER ( ?s > 3 ) . NOT DATA { ?g :plus ?p } }
    """
    closure = toy(":c a :Coat ; :size 4 ; :warmth 2 .", rules)
    mild = shortest_proof(closure, fact("c season mild"))
    assert mild.absent == ("not so: urn:ex:c urn:ex:warmth any w and w > 5",)
    plus = shortest_proof(closure, fact("c plus 5"))
    assert plus.tests == ("it holds that 4 > 3", "n = 4 + 1 = 5")
    assert plus.absent == ("not supplied: urn:ex:c urn:ex:plus any p",)


def test_where_data_rests_on_supplied_facts() -> None:
    rules = """
    RULE :copy { ?x :q ?y } WHERE { ?x :p ?y }
    RULE :base { ?x :r ?y } WHERE DATA { ?x :q ?y }
    """
    closure = toy(":a :p :b . :c :q :d .", rules)
    assert shape(shortest_proof(closure, fact("c r d"))) == "base(.)"
    with pytest.raises(UnknownNameError, match="neither supplied nor derived"):
        shortest_proof(closure, fact("a r b"))


def test_a_value_that_no_second_run_gives_again_is_explained() -> None:
    closure = toy(":a :p :b .", "RULE :id { ?x :id ?u } WHERE { ?x :p ?y . SET ( ?u := STRUUID() ) }")
    (value,) = closure.solutions(Rule("", (), (Pattern(iri("urn:ex:a"), iri("urn:ex:id"), Variable("o")),)), {})
    tree = shortest_proof(closure, Pattern(iri("urn:ex:a"), iri("urn:ex:id"), value["o"]))
    assert shape(tree) == "id(.)"


SURE = """
RULE :a { ?x :goal ?x } WHERE { ?x :p :k }
RULE :b { ?x :goal ?x } WHERE { ?x :mid ?x }
RULE :c { ?x :mid ?x } WHERE { ?x :p :k . ?x :q :k }
DATA { :a kgf:confidence 0.5 . :b kgf:confidence 0.9 . :c kgf:confidence 0.8 }
"""


def test_the_most_certain_proof_may_be_longer() -> None:
    closure = toy(":x :p :k ; :q :k .", SURE)
    short, sure = shortest_proof(closure, fact("x goal x")), most_certain_proof(closure, fact("x goal x"))
    assert (shape(short), short.confidence) == ("a(.)", 0.5)
    assert shape(sure) == "b(c(. .))"
    assert math.isclose(sure.confidence, 0.72)
    assert [shape(tree) for tree in alternatives(closure, fact("x goal x"))] == ["a(.)", "b(c(. .))"]


NODES = ("a", "b", "c")
RULES = {
    "t": ("?x :p ?z", "?x :p ?y . ?y :p ?z"),
    "s": ("?y :p ?x", "?x :p ?y"),
    "u": ("?x :q ?y", "?x :p ?y . ?y :p ?x"),
    "v": ("?x :r ?z", "?x :q ?y . ?y :r ?z"),
    "w": ("?x :r ?x", "?x :p :a . ?x :q :a"),
    "y": ("?x :p ?y . ?x :r ?y", "?x :q ?y"),
}
CONFIDENCE = {"t": 0.9, "s": 0.5, "u": 0.7, "v": 1.0, "w": 0.6, "y": 0.8}
FACTS = st.sets(
    st.tuples(st.sampled_from(NODES), st.sampled_from("pqr"), st.sampled_from(NODES)), min_size=1, max_size=5
)
Fact = tuple[str, ...]


def ground(facts: set[Fact], rules: set[str]) -> list[tuple[Fact, str, frozenset[Fact]]]:
    """Write out every instance of every rule over the nodes: (head, rule, body)."""
    found = []
    for name in rules:
        head, body = (re.sub(r"[:.]", " ", part).split() for part in RULES[name])
        names = sorted({word for word in head + body if word.startswith("?")})
        for values in itertools.product(NODES, repeat=len(names)):
            put = dict(zip(names, values, strict=True))
            triples = [
                [tuple(put.get(w, w) for w in part[i : i + 3]) for i in range(0, len(part), 3)] for part in (head, body)
            ]
            found += [(made, name, frozenset(triples[1])) for made in triples[0]]
    return found


def least(
    facts: set[Fact], instances: list[tuple[Fact, str, frozenset[Fact]]], banned: Fact | None = None
) -> dict[Fact, int]:
    """Return the size of the smallest proof of each fact: improve until nothing changes (Bellman and Ford)."""
    sizes = {fact: 1 for fact in facts if fact != banned}
    changed = True
    while changed:
        changed = False
        for head, _, body in instances:
            if head != banned and body <= sizes.keys():
                size = 1 + sum(sizes[premise] for premise in body)
                if size < sizes.get(head, math.inf):
                    sizes[head], changed = size, True
    return sizes


@settings(max_examples=40, deadline=None)
@given(
    facts=FACTS,
    rules=st.sets(st.sampled_from(sorted(RULES)), min_size=1, max_size=4),
)
def test_size_and_alternatives_equal_brute_force(facts: set[Fact], rules: set[str]) -> None:
    text = "".join(f"RULE :{name} {{ {RULES[name][0]} }} WHERE {{ {RULES[name][1]} }}\n" for name in sorted(rules))
    text += " ".join(f"DATA {{ :{name} kgf:confidence {CONFIDENCE[name]} }}" for name in sorted(rules))
    closure = toy(" ".join(f":{s} :{p} :{o} ." for s, p, o in facts), text)
    instances = ground(facts, rules)
    sizes = least(facts, instances)
    for goal in sorted(sizes)[:8]:
        triple = fact(" ".join(goal))
        tree = shortest_proof(closure, triple)
        assert tree.size == sizes[goal]
        check_faithful(closure, tree)
        below = least(facts, instances, banned=goal)
        steps = {(f"urn:ex:{rule}", body) for head, rule, body in instances if head == goal and body <= below.keys()}
        ways = alternatives(closure, triple, limit=1000)
        derived = [way for way in ways if way.rule is not None]
        assert len(ways) - len(derived) == (goal in facts)
        told = {(way.rule, frozenset(map(words, way.premises))) for way in derived}
        assert told == steps and len(told) == len(derived)
        for way in derived:
            assert way.size == 1 + sum(below[premise] for premise in set(map(words, way.premises)))


def words(node: Derivation) -> Fact:
    return tuple(
        term.nt.removeprefix("<urn:ex:").removesuffix(">") for term in node.triple if isinstance(term, Constant)
    )


@settings(max_examples=25, deadline=None)
@given(facts=FACTS, rules=st.sets(st.sampled_from(sorted(RULES)), min_size=1, max_size=4))
def test_certainty_equals_brute_force(facts: set[Fact], rules: set[str]) -> None:
    text = "".join(f"RULE :{name} {{ {RULES[name][0]} }} WHERE {{ {RULES[name][1]} }}\n" for name in sorted(rules))
    text += " ".join(f"DATA {{ :{name} kgf:confidence {CONFIDENCE[name]} }}" for name in sorted(rules))
    closure = toy(" ".join(f":{s} :{p} :{o} ." for s, p, o in facts), text)
    sure = dict.fromkeys(facts, 1.0)
    for _ in range(len(NODES) ** 2 * 3):
        for head, rule, body in ground(facts, rules):
            if body <= sure.keys():
                value = CONFIDENCE[rule] * math.prod(sure[premise] for premise in body)
                sure[head] = max(value, sure.get(head, 0.0))
    for goal in sorted(sure)[:8]:
        assert math.isclose(most_certain_proof(closure, fact(" ".join(goal))).confidence, sure[goal])


def test_the_cost_through_a_node_by_hand() -> None:
    """`e` can be had from `b` for 5, or from `c` and `d` for 1 more than them."""
    one = (1.0, 0.0, 0.0)
    edges = [
        Edge("e", ("b",), (5.0, 0.0, 0.0)),
        Edge("e", ("c", "d"), one),
        Edge("d", ("c",), one),
        Edge("c", ("d",), one),
    ]
    best = cheapest_trees({"b": one, "c": (2.0, 0.0, 0.0)}, edges)
    assert {node: cost[0] for node, (cost, _) in best.items()} == {"b": 1, "c": 2, "d": 3, "e": 6}
    through = costs_through("e", best, edges)
    assert {node: cost[0] for node, cost in through.items()} == {"e": 6, "b": 6, "c": 6, "d": 6}
