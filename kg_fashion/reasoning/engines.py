"""Which engine fires the rules."""

from collections.abc import Set
from typing import Literal

from kg_fashion.reasoning.engine import Engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.index_engine import IndexEngine

EngineName = Literal["auto", "index", "duckdb", "spark"]
BULK = 2_000_000
"""From how many asserted facts on the rules are fired in DuckDB rather than over the columns in this process."""


def make_engine(name: EngineName, facts: FactBase, *, uncertain: Set[int] = frozenset()) -> Engine:
    """Return an engine over a fact base.

    Args:
        name: Which; "auto" chooses by the number of facts.
        facts: What is known.
        uncertain: The predicates whose facts may have a confidence below 1.
    """
    if name == "spark":
        from kg_fashion.reasoning.spark_engine import SparkEngine

        return SparkEngine(facts, uncertain=uncertain)
    if name == "duckdb" or (name == "auto" and len(facts) > BULK):
        from kg_fashion.reasoning.sql_engine import DuckDBEngine

        return DuckDBEngine(facts, uncertain=uncertain)
    return IndexEngine(facts, uncertain=uncertain)
