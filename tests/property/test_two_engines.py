"""Random rules over random data: our engine, rdflib and pyoxigraph derive the same set of triples.

Three strata: recursive rules without negation, rules with NOT over the first, and rules that make terms with SET.
"""

import sys
from pathlib import Path

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from kg_fashion.reasoning import RuleSet, inference_graph
from kg_fashion.reasoning.parser import parse

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "rules"))

from construct import Construct, read_constructs, to_fixpoint
from peers import pyoxigraph_loop, rdflib_loop

PREFIX = "PREFIX : <urn:ex:>\n"
NODES = [f":n{number}" for number in range(5)]
VARIABLES = ["?x", "?y", "?z"]
ASSERTED = [":p", ":q", "a"]
FIRST, SECOND, THIRD = [":a1", ":a2"], [":b1", ":b2"], [":c1"]
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

nodes = st.sampled_from(NODES)
edges = st.tuples(nodes, st.sampled_from(ASSERTED), nodes)
values = st.tuples(nodes, st.just(":value"), st.integers(0, 4).map(lambda n: f'"{n}"^^<{INTEGER}>'))
facts = st.lists(edges | values, min_size=1, max_size=14, unique=True)


@st.composite
def atoms(draw: st.DrawFn, predicates: list[str]) -> tuple[str, set[str]]:
    """A pattern, with its variables: a triple, or a path of `/` and `^`."""
    step = st.sampled_from(predicates)
    path = step | step.map(lambda p: f"^{p}") | st.tuples(step, step).map(lambda pair: f"{pair[0]}/^{pair[1]}")
    subject = draw(st.sampled_from(VARIABLES))
    obj = draw(st.sampled_from(VARIABLES) | nodes)
    return f"{subject} {draw(path)} {obj}", {term for term in (subject, obj) if term.startswith("?")}


@st.composite
def bodies(draw: st.DrawFn, predicates: list[str]) -> tuple[str, list[str]]:
    """One to three patterns and perhaps a FILTER, with the variables that they bind."""
    found = draw(st.lists(atoms(predicates), min_size=1, max_size=3))
    bound = sorted(set().union(*(variables for _, variables in found)))
    one, other = draw(st.sampled_from(bound)), draw(st.sampled_from(bound))
    tests = ["", f"{one} != {other}", f"!sameTerm({one}, {other})", f"{one} IN (:n1, :n2)", f"{one} NOT IN (:n0)"]
    tests += [f"{one} = :n1 || {other} = :n3", f'STRENDS(STR({one}), "3")']
    test = draw(st.sampled_from(tests))
    return " . ".join(text for text, _ in found) + (f" . FILTER ({test})" if test else ""), bound


@st.composite
def plain_rules(draw: st.DrawFn) -> str:
    body, bound = draw(bodies([*ASSERTED, *FIRST]))
    variable = st.sampled_from(bound)
    return f"{{ {draw(variable)} {draw(st.sampled_from(FIRST))} {draw(variable)} }} WHERE {{ {body} }}"


@st.composite
def negative_rules(draw: st.DrawFn) -> str:
    body, bound = draw(bodies([*ASSERTED, *FIRST, *SECOND]))
    variable = st.sampled_from(bound)
    denied = draw(st.lists(atoms([*ASSERTED, *FIRST]), min_size=1, max_size=2))
    inner = " . ".join([f"{draw(variable)} {draw(st.sampled_from([*ASSERTED, *FIRST]))} ?w", *(t for t, _ in denied)])
    head = f"{draw(variable)} {draw(st.sampled_from(SECOND))} {draw(variable)}"
    return f"{{ {head} }} WHERE {{ {body} . NOT {{ {inner} }} }}"


@st.composite
def making_rules(draw: st.DrawFn) -> str:
    predicate = draw(st.sampled_from([*ASSERTED, *FIRST, *SECOND]))
    expression, test = draw(
        st.sampled_from(
            [
                ("?n * 2", "?n > 1"),
                ("?n + 1", "?n <= 2"),
                ("STR(?x)", "?n != 3"),
                ('CONCAT(STR(?x), "-", STR(?n))', "?n >= 0"),
                ("IF(?n > 2, :n1, :n2)", "isIRI(?x)"),
                ("STRLEN(STR(?y))", "isNUMERIC(?n)"),
            ]
        )
    )
    body = f"?x {predicate} ?y . ?y :value ?n . FILTER ({test}) SET ( ?v := {expression} )"
    return f"{{ ?x {THIRD[0]} ?v }} WHERE {{ {body} }}"


def named(stratum: str, rules: list[str]) -> str:
    return "\n".join(f"RULE :{stratum}{number} {rule}" for number, rule in enumerate(rules))


@settings(max_examples=60, deadline=None)
@given(
    data=facts,
    plain=st.lists(plain_rules(), min_size=1, max_size=4),
    negative=st.lists(negative_rules(), max_size=2),
    making=st.lists(making_rules(), max_size=1),
)
def test_three_engines_agree(
    data: list[tuple[str, str, str]], plain: list[str], negative: list[str], making: list[str]
) -> None:
    turtle = "@prefix : <urn:ex:> .\n" + "\n".join(f"{s} {p} {o} ." for s, p, o in data)
    ntriples = ox.serialize(ox.parse(turtle, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES) or b""
    texts = [PREFIX + named(name, rules) for name, rules in (("p", plain), ("n", negative), ("m", making))]
    strata = [read_constructs(text) for text in texts]
    base = set(ntriples.decode().splitlines())
    document = parse(texts[0] + "\n" + "\n".join(text.removeprefix(PREFIX) for text in texts[1:]))
    ours = set(inference_graph(ntriples, RuleSet(document.rules)))
    assert ours == in_rdflib(ntriples, strata) - base
    assert ours == in_pyoxigraph(ntriples, strata) - base


def in_rdflib(ntriples: bytes, strata: list[list[Construct]]) -> set[str]:
    graph = Graph().parse(data=ntriples, format="nt")
    to_fixpoint(strata, lambda rule: rdflib_loop.fire(graph, rule), lambda: len(graph))
    return set(rdflib_loop.lines(graph))


def in_pyoxigraph(ntriples: bytes, strata: list[list[Construct]]) -> set[str]:
    store = pyoxigraph_loop.with_base(ntriples)
    to_fixpoint(strata, lambda rule: store.update(rule.update), lambda: len(store))
    return set(pyoxigraph_loop.lines(store))
