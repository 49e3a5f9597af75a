"""Which engine fires the rules."""

import tempfile
from collections.abc import Set
from pathlib import Path
from typing import Literal

from kg_fashion.reasoning.engine import Engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.guard import in_bytes
from kg_fashion.reasoning.index_engine import IndexEngine
from kg_fashion.reasoning.solve import LIMIT_BYTES

EngineName = Literal["auto", "index", "duckdb", "spark"]
BULK = 5_000_000
"""From how many asserted facts on the rules are fired in DuckDB rather than over the columns in this process."""


def make_engine(
    name: EngineName,
    facts: FactBase,
    *,
    uncertain: Set[int] = frozenset(),
    memory_limit: int | str | None = None,
) -> Engine:
    """Return an engine over a fact base; what does not fit into memory is spilled to the folder for temporary files.

    Args:
        name: Which; "auto" chooses by the number of facts.
        facts: What is known.
        uncertain: The predicates whose facts may have a confidence below 1.
        memory_limit: Bytes, or a text such as "4GB"; the engine's own default otherwise.

    Raises:
        SettingsError: the memory limit is none, or Spark is not installed.
    """
    scratch = Path(tempfile.gettempdir())
    if name == "spark":
        from kg_fashion.reasoning.spark_engine import SparkEngine

        return SparkEngine(facts, uncertain=uncertain, memory_limit=memory_limit, temp_directory=scratch)
    if name == "duckdb" or (name == "auto" and len(facts) > BULK):
        from kg_fashion.reasoning.sql_engine import DuckDBEngine

        return DuckDBEngine(facts, uncertain=uncertain, memory_limit=memory_limit, temp_directory=scratch)
    limit = LIMIT_BYTES if memory_limit is None else in_bytes(memory_limit)
    return IndexEngine(facts, uncertain=uncertain, limit_bytes=limit)
