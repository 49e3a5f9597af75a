"""What rules write, as SQL: the heads of many firings put together, each new fact once.

Where several firings derive a fact, the first is its rule; of facts with confidences the surest derivation counts, and
of equally sure ones the first. A surer derivation that is found later takes its place; the round stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion.reasoning.sql import CERTAIN, Query

_MARKS = 1 << 20
_STEP = f"{float(2**45)!r}"


@dataclass(frozen=True)
class Head:
    """What one template of a firing makes of one predicate.

    Attributes:
        query: Selects s, o, k (the firing's mark, below 2^20) and, where weighted, c (the confidence, a FLOAT).
        weighted: Whether it has confidences.
        distinct: Whether no triple comes twice.
    """

    query: Query
    weighted: bool = False
    distinct: bool = False


def new_facts(
    predicate: int,
    heads: Sequence[Head],
    *,
    round: int,
    numbers: Mapping[int, int],
    known: bool,
    uncertain: bool,
) -> str:
    """Return the SQL of a predicate's new facts.

    Args:
        predicate: Its id.
        heads: What was made of it.
        round: The round.
        numbers: Mark -> rule number; marks are rule numbers where it is empty.
        known: Whether there are facts already, which are left out.
        uncertain: Whether the facts have confidences; then a fact that is known is left out only where it is as sure,
            and marked as old.

    Returns:
        A query of s, o, rule, round and, where uncertain, c and old.

    Example:
        >>> new_facts(7, [Head(Query("t.s AS s, 0 AS o, {0} AS k", ("p5 t",), (), (3,)), distinct=True)],
        ...           round=1, numbers={}, known=False, uncertain=False)
        'SELECT n.s, n.o, CAST(n.k AS SMALLINT) AS rule, 1 AS round FROM (SELECT t.s AS s, 0 AS o, 3 AS k FROM p5 t) n'
    """
    whens = " ".join(f"WHEN {mark} THEN {number}" for mark, number in numbers.items())
    rule = f"CASE n.k {whens} END" if numbers else "n.k"
    selected = f"n.s, n.o, CAST({rule} AS SMALLINT) AS rule, {round} AS round"
    on = f"p{predicate} p ON p.s = n.s AND p.o = n.o"
    distinct = len(heads) == 1 and heads[0].distinct
    if uncertain:
        found = f"SELECT n.s, n.o, n.k, n.c, {'p.s IS NOT NULL' if known else 'FALSE'} AS old"
        found += f" FROM ({_union(heads, weighted=True)}) n"
        found += f" LEFT JOIN {on} WHERE p.s IS NULL OR n.c > p.c" if known else ""
        return f"SELECT {selected}, n.c, n.old FROM ({found if distinct else _surest(found)}) n"
    texts = f"({_union(heads, weighted=False)}) n{f' ANTI JOIN {on}' if known else ''}"
    if not distinct:
        texts = f"(SELECT n.s, n.o, min(n.k) AS k FROM {texts} GROUP BY n.s, n.o) n"
    return f"SELECT {selected} FROM {texts}"


def _union(heads: Sequence[Head], *, weighted: bool) -> str:
    texts = list(_shapes(head.query for head in heads if head.weighted))
    for text in _shapes(head.query for head in heads if not head.weighted):
        texts.append(f"SELECT s, o, k, {CERTAIN} AS c FROM ({text}) certain" if weighted else text)
    return " UNION ALL ".join(texts)


def _shapes(queries: Iterable[Query]) -> Iterable[str]:
    """Put queries of one shape together, over a table of their constants."""
    shapes: dict[Query, list[Query]] = {}
    for query in queries:
        shapes.setdefault(query, []).append(query)
    for shape, same in shapes.items():
        yield shape.sql() if len(same) == 1 else shape.over(query.constants for query in same)


def _surest(text: str) -> str:
    """Take the highest c for each s and o, and of equal ones the least k, in one aggregate.

    A FLOAT has 24 significant bits, a DOUBLE 53: the mark goes into bits between, as a factor of 1 to 1 + 2^-25, which
    orders equal confidences and is gone when the product is rounded to a FLOAT again.
    """
    packed = f"max(CAST(c AS DOUBLE) * (1 + ({_MARKS - 1} - k) / {_STEP}))"
    grouped = f"SELECT s, o, {packed} AS v, min(k) AS k, bool_or(old) AS old FROM ({text}) u GROUP BY s, o"
    mark = f"{_MARKS - 1} - CAST(round((v / CAST(CAST(v AS FLOAT) AS DOUBLE) - 1) * {_STEP}) AS INTEGER)"
    sure = f"CASE WHEN v > 0 THEN {mark} ELSE k END AS k, CAST(v AS FLOAT) AS c"
    return f"SELECT s, o, {sure}, old FROM ({grouped}) g"
