"""Rules of any shape, written in another form and read back, derive what they derived; so does another engine."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_fashion.errors import RuleError
from kg_fashion.reasoning import RuleSet, inference_graph
from kg_fashion.reasoning.interchange.construct import read_construct, to_construct
from kg_fashion.reasoning.interchange.shacl import read_shacl, to_shacl
from kg_fashion.reasoning.interchange.srl import to_srl
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.syntax import Rule

PROLOGUE = "PREFIX : <urn:> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n"
NODES = [":a", ":b", ":c"]
VALUES = [*NODES, "1", "2", '"x"', "0.5"]
NAMES = ["x", "y", "z", "this"]

nodes = st.sampled_from(NODES)
values = st.sampled_from(VALUES)
variables = st.sampled_from(NAMES).map("?{}".format)
predicates = st.sampled_from([":p", ":q", "a"])
steps = st.builds("{}{}".format, st.sampled_from(["", "", "^"]), predicates)
paths = st.one_of(predicates, st.lists(steps, min_size=2, max_size=3).map("/".join), steps.map("^({}/:p)".format))
ends = st.one_of(variables, variables, values, st.just("_:b"), st.builds("[ :p {} ]".format, variables))
triple_terms = st.builds("<<( {} :p {} )>>".format, st.sampled_from(["?t", *NODES]), st.one_of(variables, nodes))
triples = st.one_of(
    st.builds("{} {} {} .".format, variables, paths, ends),
    st.builds("{} {} {} .".format, variables, paths, ends),
    st.builds("?r rdf:reifies {} .".format, triple_terms),
)
facts = st.builds("{} {} {} .".format, nodes, st.sampled_from([":p", ":q", ":p", "a"]), values)
reified = st.builds("{} rdf:reifies <<( {} :p {} )>> .".format, nodes, nodes, nodes)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule; every variable that a test, a SET or the head uses is matched by its first triple."""
    subject, obj = draw(st.permutations(NAMES))[:2]
    known = st.sampled_from([f"?{subject}", f"?{obj}"])
    tests = st.one_of(
        st.builds("FILTER ( {} != {} )".format, known, values),
        st.builds("FILTER ( {} IN ( {} , {} ) )".format, known, nodes, nodes),
        st.builds("FILTER ( STRLEN(STR({})) > 4 || {} < 2 )".format, known, known),
        st.builds("FILTER isIRI({})".format, known),
    )
    inner = st.builds("{} {}".format, st.lists(triples, min_size=1, max_size=2).map(" ".join), tests)
    extras = st.one_of(
        triples, tests, inner.map("NOT {{ {} }}".format), st.builds("NOT {{ {} }}".format, triples),
        st.builds("SET ( ?k := {} + 1 ) {}".format, known, st.sampled_from(["", "FILTER ( ?k > 1 )", "?l :p ?k ."])),
        st.builds("SET ( ?n := COUNT ( {} ) WHERE {{ {} :p ?m }} )".format, st.sampled_from(["*", "?m"]), known),
    )  # fmt: skip
    first = f"?{subject} {draw(st.one_of(predicates, paths))} ?{obj} ."
    body = [first, *draw(st.lists(extras, max_size=4))]
    heads = [f"?{subject} :new ?{obj}", f":a :made <<( :b :p ?{obj} )>>", f"?{subject} :has [ :of ?{obj} ]"]
    heads += [f"?{subject} :set ?k"] if any("?k := " in part for part in body) else []
    heads += [f"?{subject} :counted ?n"] if any("?n := " in part for part in body) else []
    head = draw(st.lists(st.sampled_from(heads), min_size=1, max_size=2, unique=True))
    return f"RULE :r {{ {' . '.join(head)} }} WHERE {{ {' '.join(body)} }}"


def ntriples(turtle: Sequence[str]) -> bytes:
    quads = ox.parse(PROLOGUE + "\n".join(turtle), format=ox.RdfFormat.TURTLE)
    return ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""


def canonical(lines: bytes) -> set[str]:
    graph = ox.Dataset(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad.triple) for quad in graph}


def derived(data: bytes, found: Sequence[Rule]) -> set[str]:
    return canonical("\n".join(inference_graph(data, RuleSet(tuple(found)))).encode())


def queried(data: bytes, rule: Rule) -> set[str]:
    store = ox.Store()
    store.extend(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
    return canonical(ox.serialize(store.query(to_construct(rule)), format=ox.RdfFormat.N_TRIPLES) or b"")


@settings(max_examples=150, deadline=None)
@given(rules(), st.lists(st.one_of(facts, facts, reified), max_size=14))
def test_a_rule_says_the_same_in_every_form(text: str, data: Sequence[str]) -> None:
    rule = parse(PROLOGUE + text).rules[0]
    if rule.problems:
        return
    lines = ntriples(data)
    wanted = derived(lines, [rule])
    again = parse(to_srl(RuleSet((rule,))))
    assert not again.rules[0].problems
    assert derived(lines, again.rules) == wanted
    assert queried(lines, rule) == wanted
    if not rule.aggregates:
        query = read_construct(to_construct(rule), name=rule.iri)
        assert derived(lines, query.rules) == wanted
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rules.ttl"
            path.write_text(to_shacl(RuleSet((rule,))))
            assert derived(lines, read_shacl(path).rules) == wanted


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query whose parts stand in any order; not all of them are rules."""
    known = st.sampled_from(["?x", "?y", "?z"])
    tests = st.one_of(
        st.builds("FILTER ( {} != {} )".format, known, values),
        st.builds("FILTER ( {} > 1 || isIRI({}) )".format, known, known),
        st.builds("FILTER ( ?v > {} )".format, st.sampled_from(["1", "2.5"])),
        st.just("FILTER ( BOUND(?v) )"),
    )
    plain = st.builds("{} {} {} .".format, known, paths, st.one_of(known, known, nodes, st.just("?n")))
    parts = st.one_of(
        plain,
        plain,
        tests,
        st.builds("FILTER NOT EXISTS {{ {} {} }}".format, tests, plain),
        st.builds("MINUS {{ {} }}".format, plain),
        st.builds("MINUS {{ {} FILTER ( ?n != {} ) }}".format, plain, nodes),
        st.builds("VALUES {} {{ {} {} }}".format, known, nodes, nodes),
        st.builds("BIND ( {} AS ?v )".format, st.one_of(known, st.builds("{} + 1".format, known), values)),
    )
    first = draw(st.one_of(st.just("?x :p ?y ."), st.just("?y ^:q/:p ?x .")))
    body = draw(st.permutations([first, *draw(st.lists(parts, max_size=4))]))
    heads = ["?x :new ?y", "?y :turned ?x", "?x :made ?v", "?x :has [ :of ?y ]"]
    head = draw(st.lists(st.sampled_from(heads), min_size=1, max_size=2, unique=True))
    return f"CONSTRUCT {{ {' . '.join(head)} }} WHERE {{ {' '.join(body)} }}"


@settings(max_examples=200, deadline=None)
@given(queries(), st.lists(facts, max_size=14))
def test_a_query_that_is_read_derives_what_it_constructs(text: str, data: Sequence[str]) -> None:
    try:
        rule = read_construct(PROLOGUE + text, name="urn:r").rules[0]
    except RuleError:
        return
    if rule.problems:
        return
    lines = ntriples(data)
    store = ox.Store()
    store.extend(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    constructed = ox.serialize(store.query(PROLOGUE + text), format=ox.RdfFormat.N_TRIPLES) or b""
    assert derived(lines, [rule]) == canonical(constructed)
