"""The SQL engine on Spark gives what it gives on DuckDB; needs the extra `spark` and Java 17 or later."""

import shutil
import warnings
from pathlib import Path

import pytest

from kg_fashion.errors import RuleError
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import evaluate, uncertain_predicates
from kg_fashion.reasoning.parser import Document, parse
from kg_fashion.reasoning.spark_engine import SparkEngine
from kg_fashion.reasoning.sql_engine import DuckDBEngine, SqlEngine
from kg_fashion.reasoning.syntax import Constant

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyspark warns of pandas versions when it is imported
    pytest.importorskip("pyspark.sql", reason="needs the extra spark: pip install kg-fashion[spark]")
    pytest.importorskip("sqlglot", reason="needs the extra spark: pip install kg-fashion[spark]")

pytestmark = [
    pytest.mark.java,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java 17 or later"),
    pytest.mark.filterwarnings("ignore"),  # what Spark's client warns of is not ours
]
PROGRAMS = sorted((Path(__file__).parents[1] / "programs").glob("*.srl"))
Rows = dict[str, tuple[int, int, float]]


def solved(document: Document, engine: type[DuckDBEngine] | type[SparkEngine], confidences: dict[str, float]) -> Rows:
    """Run a program; return every triple with its rule, round and confidence."""
    lines = (" ".join(term.nt for term in triple if isinstance(term, Constant)) for triple in document.data)
    facts = FactBase.from_ntriples("".join(f"{line} .\n" for line in lines).encode())
    uncertain = uncertain_predicates(facts, document.rules, confidences) if confidences else frozenset()
    own: SqlEngine = engine(facts, uncertain=uncertain)
    evaluate(facts, document.rules, own, confidences=confidences)
    own.close()
    found = {}
    for predicate in facts.predicates():
        s, o, rule, round, sure = facts.columns(predicate)
        weights = [1.0] * len(s) if sure is None else sure.tolist()
        names = zip(facts.terms.decode(s), facts.terms.decode(o), strict=True)
        verb = facts.terms.decode([predicate])[0]
        for (subject, obj), *beside in zip(names, rule.tolist(), round.tolist(), weights, strict=True):
            found[f"{subject} {verb} {obj}"] = tuple(beside)
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_equal_duckdb(path: Path) -> None:
    document = parse(path.read_text("utf-8"), path=path)
    assert solved(document, SparkEngine, {}) == solved(document, DuckDBEngine, {})


@pytest.mark.parametrize("name", ["closure", "predicates", "values"])
def test_confidences_equal_duckdb(name: str) -> None:
    path = next(path for path in PROGRAMS if path.stem == name)
    document = parse(path.read_text("utf-8"), path=path)
    confidences = {rule.iri: 0.5 + 0.5 / number for number, rule in enumerate(document.rules, start=1)}
    assert solved(document, SparkEngine, confidences) == solved(document, DuckDBEngine, confidences)


def test_a_better_confidence_is_taken_over() -> None:
    document = parse(
        """PREFIX : <urn:>
        DATA { :a :next :b . :b :next :c . :c :next :d . :a :far :c }
        RULE :guess { ?x :near ?y } WHERE { ?x :far ?y }
        RULE :step { ?x :near ?y } WHERE { ?x :next ?y }
        RULE :on { ?x :near ?z } WHERE { ?x :near ?y . ?y :near ?z }"""
    )
    found = solved(document, SparkEngine, {"urn:guess": 0.1, "urn:step": 0.9, "urn:on": 0.5})
    assert found["<urn:a> <urn:near> <urn:c>"] == (3, 1, pytest.approx(0.405))
    assert found["<urn:a> <urn:near> <urn:d>"][2] == pytest.approx(0.18225)


def test_cross_product_is_refused() -> None:
    data = "".join(f"<urn:{n}> <urn:in> <urn:g> .\n" for n in range(20_000))
    facts = FactBase.from_ntriples(data.encode())
    rules = parse("PREFIX : <urn:> RULE :all { ?x :with ?y } WHERE { ?x :in ?g . ?y :in ?h }").rules
    engine = SparkEngine(facts, memory_limit="1GB")
    with pytest.raises(RuleError, match="above the memory limit"):
        evaluate(facts, rules, engine)
    engine.close()
