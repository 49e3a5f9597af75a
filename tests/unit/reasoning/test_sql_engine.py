"""The SQL engine on DuckDB gives what the index engine gives: facts, rules, rounds, confidences."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_fashion.catalog import catalogue_ntriples, read_catalogue
from kg_fashion.errors import RuleError, SettingsError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import reason
from kg_fashion.reasoning.engine import Engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import evaluate, uncertain_predicates
from kg_fashion.reasoning.guard import in_bytes
from kg_fashion.reasoning.index_engine import IndexEngine
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.spark_engine import SparkEngine
from kg_fashion.reasoning.sql import Query
from kg_fashion.reasoning.sql_engine import DuckDBEngine
from kg_fashion.reasoning.sql_heads import Head, new_facts
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, same_term
from kg_fashion.resources import boutique_dir

PROGRAMS = sorted((Path(__file__).parents[2] / "programs").glob("*.srl"))
Known = dict[str, tuple[int, int]]


def base(data: Sequence[Pattern]) -> FactBase:
    lines = (" ".join(term.nt for term in triple if isinstance(term, Constant)) for triple in data)
    return FactBase.from_ntriples("".join(f"{line} .\n" for line in lines).encode())


def known(facts: FactBase) -> Known:
    """Every triple with its rule and round."""
    found = {}
    for predicate in facts.predicates():
        s, o, rule, round, _ = facts.columns(predicate)
        names = zip(facts.terms.decode(s), facts.terms.decode(o), strict=True)
        verb = facts.terms.decode([predicate])[0]
        for (subject, obj), number, made in zip(names, rule.tolist(), round.tolist(), strict=True):
            found[f"{subject} {verb} {obj}"] = number, made
    return found


def run(facts: FactBase, rules: Sequence[Rule], engine: Engine) -> Known:
    evaluate(facts, rules, engine)
    return known(facts)


def sure(facts: FactBase) -> dict[str, float]:
    found = {}
    for predicate in facts.predicates():
        s, o, _, _, confidence = facts.columns(predicate)
        weights = np.ones(len(s)) if confidence is None else confidence
        names = zip(facts.terms.decode(s), facts.terms.decode(o), strict=True)
        for (subject, obj), weight in zip(names, weights.tolist(), strict=True):
            found[f"{subject} {facts.terms.decode([predicate])[0]} {obj}"] = weight
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_equal_the_index_engine(path: Path) -> None:
    document = parse(path.read_text("utf-8"), path=path)
    ours, theirs = base(document.data), base(document.data)
    assert run(ours, document.rules, DuckDBEngine(ours)) == run(theirs, document.rules, IndexEngine(theirs))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_with_confidences(path: Path) -> None:
    document = parse(path.read_text("utf-8"), path=path)
    confidences = {rule.iri: 0.5 + 0.5 / number for number, rule in enumerate(document.rules, start=1)}
    results = []
    for engine in (DuckDBEngine, IndexEngine):
        facts = base(document.data)
        uncertain = uncertain_predicates(facts, document.rules, confidences)
        evaluate(facts, document.rules, engine(facts, uncertain=uncertain), confidences=confidences)
        results.append((known(facts), sure(facts)))
    assert results[0][0] == results[1][0]
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-6)


def test_boutique_equals_the_index_engine() -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(read_catalogue(boutique_dir() / "catalogue.csv")))
    ours, theirs = reason(graph, engine="duckdb"), reason(graph, engine="index")
    assert known(ours.facts) == known(theirs.facts)
    assert sure(ours.facts) == pytest.approx(sure(theirs.facts), rel=1e-6)


NODES = [f":n{number}" for number in range(5)]
FACTS = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from([":t", ":p", ":q", ":r"]), st.sampled_from(NODES)), max_size=16
)
BODIES = [
    ("?x :p ?z", "?x :p ?y . ?y :p ?z"),
    ("?x :r ?z", "?x :r ?y . ?y :q ?z . FILTER ( ?x != ?z )"),
    ("?y :r ?x", "?x :q ?y"),
    ("?x :t :n1", "?x :t :n0"),
    ("?x :t :n2 , :n3", "?x :t :n1 . ?x :q ?x"),
    ("?x :t :n4", "?x :t :n2 . ?x :p ?y"),
    ("?x :s ?y . ?y :s ?x", "?x :t :n1 . ?x :r ?y"),
    ("?x :u ?y . ?y :v ?x", "?x :s ?y . ?y :p ?z . ?z :q ?x"),
    ("?x :lonely ?y", "?x :t ?y . NOT { ?x :s ?z . ?z :p ?y }"),
    ("?x :only ?y", "?x :q ?y . NOT { ?y :q ?x . FILTER ( ?x != ?y ) }"),
    ("?x :base ?y", "?x :u ?y . NOT DATA { ?x :r ?y }"),
    ("?x :few ?n", "?x :p ?y . SET ( ?n := COUNT ( ?z ) WHERE { ?x :r ?z } )"),
    ("?x :last ?y", "?x :lonely ?y . FILTER ( STR( ?x ) < STR( ?y ) )"),
]


@settings(max_examples=60, deadline=None)
@given(facts=FACTS, rules=st.lists(st.sampled_from(BODIES), max_size=8, unique=True))
def test_random_programs_equal_the_index_engine(
    facts: list[tuple[str, str, str]], rules: list[tuple[str, str]]
) -> None:
    number = itertools.count()
    text = [f"RULE :r{next(number)} {{ {head} }} WHERE {{ {body} }}" for head, body in rules]
    data = " . ".join(" ".join(triple) for triple in facts)
    document = parse("\n".join(["PREFIX : <urn:ex:>", f"DATA {{ {data} }}", *text]))
    ours, theirs = base(document.data), base(document.data)
    assert run(ours, document.rules, DuckDBEngine(ours)) == run(theirs, document.rules, IndexEngine(theirs))


def test_confidences_in_recursion_by_hand() -> None:
    """A better derivation that is found later counts, and what rests on it grows as well.

    near(a, c) is 0.1 by :guess in the first round, then 0.5 * 0.9 * 0.9 = 0.405 by :on, so that near(a, d), first
    0.5 * 0.1 * 0.9 = 0.045 (and 0.225 * 0.9 the other way round), ends at 0.5 * 0.9 * 0.405 = 0.18225.
    """
    document = parse(
        """PREFIX : <urn:>
        DATA { :a :next :b . :b :next :c . :c :next :d . :a :far :c }
        RULE :guess { ?x :near ?y } WHERE { ?x :far ?y }
        RULE :step { ?x :near ?y } WHERE { ?x :next ?y }
        RULE :on { ?x :near ?z } WHERE { ?x :near ?y . ?y :near ?z }"""
    )
    confidences = {"urn:guess": 0.1, "urn:step": 0.9, "urn:on": 0.5}
    facts = base(document.data)
    uncertain = uncertain_predicates(facts, document.rules, confidences)
    evaluate(facts, document.rules, DuckDBEngine(facts, uncertain=uncertain), confidences=confidences)
    near = {triple.replace("<urn:near> ", ""): c for triple, c in sure(facts).items() if "near" in triple}
    assert near == pytest.approx(
        {
            "<urn:a> <urn:b>": 0.9,
            "<urn:b> <urn:c>": 0.9,
            "<urn:c> <urn:d>": 0.9,
            "<urn:a> <urn:c>": 0.405,
            "<urn:b> <urn:d>": 0.405,
            "<urn:a> <urn:d>": 0.18225,
        }
    )
    assert known(facts)["<urn:a> <urn:near> <urn:c>"] == (3, 1)  # the surer rule, the first round


def test_surest_of_many_derivations() -> None:
    """The packed maximum is the highest confidence, and of equal ones the first mark; checked the slow way."""
    rng = np.random.default_rng(0)
    weights = np.concatenate([rng.random(300), 2.0 ** -rng.integers(0, 60, 300), [0, 1, 1e-30]]).astype(np.float32)
    rows = [
        (int(s), int(mark), float(weight))
        for s in range(200)
        for mark, weight in zip(rng.integers(0, 1 << 15, 6), rng.choice(weights, 6), strict=True)
    ]
    rows += [(s, mark + 1, weight) for s, mark, weight in rows]
    values = ", ".join(f"({s}, {mark}, {weight!r}::FLOAT)" for s, mark, weight in rows)
    query = Query("x.s AS s, 0 AS o, x.k AS k, x.c AS c", (f"(VALUES {values}) x(s, k, c)",))
    text = new_facts(7, [Head(query, weighted=True)], round=1, numbers={}, known=False, uncertain=True)
    found = {s: (c, rule) for s, _, rule, _, c, _ in duckdb.sql(text).fetchall()}
    for s in range(200):
        weight = max(c for t, _, c in rows if t == s)
        assert found[s] == (weight, min(k for t, k, c in rows if t == s and c == weight))


CHAINS = "".join(f"<urn:{a}> <urn:p> <urn:{a + 1}> .\n" for a in range(6000) if a % 12 != 11).encode()
REACH = parse(
    """PREFIX : <urn:>
    RULE :one { ?x :r ?y } WHERE { ?x :p ?y }
    RULE :on { ?x :r ?z } WHERE { ?x :r ?y . ?y :r ?z }
    RULE :back { ?y :b ?x } WHERE { ?x :r ?y }
    RULE :both { ?x :b ?y } WHERE { ?x :r ?y }"""
).rules


def test_threads_do_not_change_the_result() -> None:
    results = []
    for threads in (1, 2, 5):
        facts = FactBase.from_ntriples(CHAINS)
        results.append(run(facts, REACH, DuckDBEngine(facts, threads=threads)))
    assert len(results[0]) > 10_000
    assert results[0] == results[1] == results[2]


def pairs(size: int) -> FactBase:
    """Things in groups of 100, so that those of a group make 10,000 pairs."""
    return FactBase.from_ntriples("".join(f"<urn:{n}> <urn:in> <urn:g{n // 100}> .\n" for n in range(size)).encode())


def test_spills_to_disk(tmp_path: Path) -> None:
    rules = parse("PREFIX : <urn:> RULE :pair { ?x :with ?y } WHERE { ?x :in ?g . ?y :in ?g }").rules
    with pytest.raises(SettingsError, match="raise it, or give a temp_directory"):
        facts = pairs(20_000)
        evaluate(facts, rules, DuckDBEngine(facts, memory_limit="25MB"))
    facts = pairs(20_000)
    assert evaluate(facts, rules, DuckDBEngine(facts, memory_limit="60MB", temp_directory=tmp_path)).counts == {
        "urn:pair": 2_000_000
    }


def test_cross_product_is_refused() -> None:
    path = Path("pairs.srl")
    rules = parse("PREFIX : <urn:>\nRULE :all { ?x :with ?y } WHERE { ?x :in ?g . ?y :in ?h }", path=path).rules
    facts = pairs(20_000)
    with pytest.raises(RuleError, match=r"^pairs.srl:2:1: .* 400,000,000 rows, 12.8 GB, above the memory limit"):
        evaluate(facts, rules, DuckDBEngine(facts, memory_limit="1GB"))


def test_cross_product_with_an_equality_is_a_join() -> None:
    rule = parse("PREFIX : <urn:> RULE :all { ?x :with ?y } WHERE { ?x :in ?g . ?y :in ?h }").rules[0]
    joined = replace(rule, filters=(same_term("g", "h"),))
    facts = pairs(3_000)
    assert evaluate(facts, [joined], DuckDBEngine(facts, memory_limit="100MB")).counts == {"urn:all": 300_000}


@pytest.mark.parametrize("size", ["", "4 apples", "GB", "-1GB", "1.2.3GB"])
def test_sizes_of_memory(size: str) -> None:
    with pytest.raises(SettingsError, match="not a size of memory"):
        in_bytes(size)


def test_goes_on_after_it_finished() -> None:
    """Facts that an earlier run derived are known to a later one, and their confidences may still grow."""
    document = parse(
        """PREFIX : <urn:> DATA { :a :p :b . :a :q :b }
        RULE :one { ?x :r ?y } WHERE { ?x :p ?y } RULE :two { ?x :r ?y } WHERE { ?x :q ?y }"""
    )
    facts = base(document.data)
    engine = DuckDBEngine(facts, uncertain={facts.id(Constant("<urn:r>"))})
    evaluate(facts, document.rules[:1], engine, confidences={"urn:one": 0.4})
    assert sure(facts)["<urn:a> <urn:r> <urn:b>"] == pytest.approx(0.4)
    assert evaluate(facts, document.rules, engine, confidences={"urn:one": 0.4, "urn:two": 0.7}).counts == {}
    assert sure(facts)["<urn:a> <urn:r> <urn:b>"] == pytest.approx(0.7)
    engine.close()


def test_spark_without_its_extra() -> None:
    if find_spec("pyspark") is not None:
        pytest.skip("the extra is installed")
    with pytest.raises(SettingsError, match=r"pip install 'kg-fashion\[spark\]'"):
        SparkEngine(FactBase())
