"""Expressions over columns of term ids, by the SPARQL engine: FILTER, SET, aggregates, fresh blank nodes.

The distinct values of an expression's variables go to the engine as one query, so that SPARQL's rules for numbers,
strings, languages and errors hold as they stand (SPARQL 1.1, section 17).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyoxigraph as ox
from numpy.typing import NDArray

from kg_fashion import terms as vocabulary
from kg_fashion.graph.term_table import TermTable
from kg_fashion.reasoning.syntax import Aggregate, Expression, Rule

Ids = NDArray[np.integer[Any]]
Columns = Mapping[str, Ids]
_ENGINE = ox.Store()
_INTEGER = vocabulary.XSD.integer
_CONSTANT = re.compile(r'<[^<>\s]*>|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^<>\s]*>)?')


def values(expression: Expression, columns: Columns, terms: TermTable, *, now: str) -> NDArray[np.int64]:
    """Evaluate an expression for each row.

    Args:
        expression: Whose variables are all columns.
        columns: Variable -> term ids, shape (n,) each; all columns for an expression that differs each time.
        terms: The terms; new ones are numbered.
        now: What NOW() gives, in N-Triples syntax.

    Returns:
        Term ids, shape (n,), -1 where the expression is an error.

    Example:
        >>> terms = TermTable(['"a"', '"b"'])
        >>> found = values(Expression('CONCAT(?x , "!")', frozenset("x")), {"x": np.array([1, 0, 1])}, terms, now="")
        >>> terms.decode(found)
        ['"b!"', '"a!"', '"b!"']
    """
    names = sorted(expression.variables)
    if len(names) == 1 and expression.text == f"?{names[0]}":
        return columns[names[0]].astype(np.int64)
    if is_constant(expression):  # as it is written: the engine would write 0.60 as 0.6
        return np.full(len(next(iter(columns.values()))), terms.intern([expression.text])[0])
    rows, back = _distinct(columns, names, apart=expression.each)
    test = f"BIND(({_text(expression, now)}) AS ?result_) FILTER(BOUND(?result_))"
    answers = _solutions(names, rows, terms, "?row_ ?result_", test)
    found = np.full(len(rows), -1, dtype=np.int64)
    found[[_row(answer) for answer in answers]] = terms.intern(nt(answer["result_"]) for answer in answers)
    return found[back]


def is_constant(expression: Expression) -> bool:
    """Say whether an expression is one literal or IRI."""
    return _CONSTANT.fullmatch(expression.text) is not None


def holds(expression: Expression, columns: Columns, terms: TermTable, *, now: str) -> NDArray[np.bool_]:
    """Tell for which rows an expression is true; an error is not.

    Example:
        >>> terms = TermTable(['"1"^^<http://www.w3.org/2001/XMLSchema#integer>', '"b"'])
        >>> holds(Expression("?x < 2", frozenset("x")), {"x": np.array([0, 1])}, terms, now="").tolist()
        [True, False]
    """
    names = sorted(expression.variables)
    rows, back = _distinct(columns, names, apart=expression.each)
    found = np.zeros(len(rows), dtype=np.bool_)
    asked = np.arange(len(rows))
    told = _told_apart(expression, rows, terms)
    if told is not None:
        found, asked = told[1], np.flatnonzero(~told[0])
    answers = _solutions(names, rows[asked], terms, "?row_", f"FILTER({_text(expression, now)})")
    found[asked[[_row(answer) for answer in answers]]] = True
    return np.asarray(found[back])


_COMPARISON = re.compile(r"[( ]*\?(\w+) (!?=) \?(\w+)[ )]*")


def _told_apart(
    expression: Expression, rows: NDArray[Any], terms: TermTable
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Answer `?x = ?y` and `?x != ?y` where one of the two is an IRI or a blank node: equal then means the same term.

    Returns:
        Which rows that is, and the answers for these; None for every other expression.
    """
    comparison = _COMPARISON.fullmatch(expression.text)
    if comparison is None or len(expression.variables) < 2:
        return None
    known = terms.is_node[rows].any(axis=1)
    same = rows[:, 0] == rows[:, 1]
    return known, known & (same if comparison[2] == "=" else ~same)


def compares(expression: Expression, columns: Columns, terms: TermTable) -> NDArray[np.bool_]:
    """Tell for which rows a plain comparison of terms holds; shape (n,).

    Example:
        >>> from kg_fashion.reasoning.syntax import same_term
        >>> compares(same_term("x", "y"), {"x": np.array([0, 1]), "y": np.array([0, 2])}, TermTable()).tolist()
        [True, False]
    """
    size = len(next(iter(columns.values()), ()))
    passed = np.ones(size, dtype=np.bool_)
    if expression.same:
        passed &= columns[expression.same[0]] == columns[expression.same[1]]
    if expression.differ:
        passed &= columns[expression.differ[0]] != columns[expression.differ[1]]
    for name, constants, positive in expression.members or ():
        passed &= np.isin(columns[name], terms.intern(constant.nt for constant in constants)) == positive
    return passed


def mint(rule: Rule, variable: str, columns: Columns, terms: TermTable) -> NDArray[np.int64]:
    """Return a blank node for each solution, the same one whenever the same solution is found again.

    Args:
        rule: Whose head asks for it; `rule.solution` names what tells solutions apart.
        variable: The head's blank node.
        columns: The solutions, shape (n,) each.
        terms: The terms; new ones are numbered.
    """
    own = rule.solution or tuple(name for name in columns if name != variable)
    names = sorted(name for name in columns if name in own and not name.startswith(" "))
    stem = f"{rule.iri} {variable}"
    size = len(next(iter(columns.values()), ()))
    texts = [terms.decode(columns[name].astype(np.int32)) for name in names]
    made = [
        f"_:r{hashlib.blake2b(' '.join([stem, *row]).encode(), digest_size=8).hexdigest()}"
        for row in (zip(*texts, strict=True) if texts else ((),) * size)
    ]
    return np.array(terms.intern(made), dtype=np.int64)


def aggregate(
    what: Aggregate, groups: Ids, arguments: Ids | None, n_groups: int, terms: TermTable
) -> NDArray[np.int64]:
    """Take an aggregate of each group (SPARQL 1.1, section 18.5.1; without rows COUNT, SUM and AVG are 0).

    Args:
        what: The function.
        groups: The group of each row, shape (n,), 0 to n_groups - 1.
        arguments: The term of each row, shape (n,); None for COUNT(*).
        n_groups: How many groups there are.
        terms: The terms; new ones are numbered.

    Returns:
        Term ids, shape (n_groups,), -1 where it is an error.

    Example:
        >>> terms = TermTable()
        >>> count = Aggregate("n", "COUNT", None, False, ())
        >>> [nt[:3] for nt in terms.decode(aggregate(count, np.array([0, 0, 2]), None, 3, terms))]
        ['"2"', '"0"', '"1"']
    """
    if what.distinct and arguments is not None and len(groups):
        pairs = np.unique(np.stack([groups, arguments], axis=1), axis=0)
        groups, arguments = pairs[:, 0], pairs[:, 1]
    if what.function == "COUNT":
        counts = np.bincount(groups, minlength=n_groups).tolist()
        return np.array(terms.intern(f'"{count}"^^<{_INTEGER}>' for count in counts), dtype=np.int64)
    found = np.full(n_groups, -1, dtype=np.int64)
    if what.function in ("SUM", "AVG"):
        found[:] = terms.intern([f'"0"^^<{_INTEGER}>'])[0]
    if arguments is None or not len(groups):
        return found
    found[np.unique(groups)] = -1
    rows = zip(groups.tolist(), terms.decode(arguments.astype(np.int32)), strict=True)
    table = " ".join(f"({group} {text})" for group, text in rows)
    query = (
        f"SELECT ?group_ ({what.function}(?value_) AS ?result_)"
        f" WHERE {{ VALUES (?group_ ?value_) {{ {table} }} }} GROUP BY ?group_"
    )
    answers = [answer for answer in _select(_ENGINE, query) if answer["result_"] is not None]
    found[[int(answer["group_"].value) for answer in answers]] = terms.intern(nt(a["result_"]) for a in answers)
    return found


def nt(term: Any) -> str:
    """Write a term in N-Triples syntax."""
    if isinstance(term, ox.Triple):
        return f"<<( {nt(term.subject)} {nt(term.predicate)} {nt(term.object)} )>>"
    return str(term)


def _text(expression: Expression, now: str) -> str:
    return expression.text.replace("NOW( )", now)


def _distinct(columns: Columns, names: Sequence[str], *, apart: bool) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return distinct rows of some columns, shape (m, k), and the row of each of n; each by itself where `apart`."""
    size = len(next(iter(columns.values()), ()))
    if not names:
        rows = np.zeros((size if apart else min(size, 1), 0), dtype=np.int64)
        return rows, np.arange(size) if apart else np.zeros(size, dtype=np.intp)
    if len(names) == 1 and not apart:
        distinct, back = np.unique(columns[names[0]], return_inverse=True)
        return distinct[:, None], back
    rows = np.stack([columns[name] for name in names], axis=1)
    if apart:
        return rows, np.arange(size)
    distinct, back = np.unique(rows, axis=0, return_inverse=True)
    return distinct, back.reshape(-1)


def _row(answer: ox.QuerySolution) -> int:
    return int(answer["row_"].value.rpartition(":")[2])


def _solutions(
    names: Sequence[str], rows: NDArray[Any], terms: TermTable, selected: str, test: str
) -> list[ox.QuerySolution]:
    if not len(rows):
        return []
    texts = [terms.decode(rows[:, place].astype(np.int32)) for place in range(len(names))]
    engine, pattern = _bindings(names, list(zip(*texts, strict=True)) if names else [()] * len(rows))
    return _select(engine, f"SELECT {selected} WHERE {{ {pattern} {test} }}")


def _select(engine: ox.Store, query: str) -> list[ox.QuerySolution]:
    solutions = engine.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101  (the query is a SELECT)
    return list(solutions)


def _bindings(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[ox.Store, str]:
    """Return an engine and a pattern that bind ?row_ and the variables; blank nodes keep their labels in a store."""
    if not any("_:" in value and not value.startswith(("<h", '"')) for row in rows for value in row):
        lines = (f"({' '.join([str(number), *row])})" for number, row in enumerate(rows))
        head = " ".join(["?row_", *(f"?{name}" for name in names)])
        return _ENGINE, f"VALUES ({head}) {{ {' '.join(lines)} }}"
    text = (
        f"<urn:row:{number}> <urn:variable:{name}> {value} ."
        for number, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    )
    engine = ox.Store()
    engine.extend(ox.parse("\n".join(text), format=ox.RdfFormat.N_TRIPLES))
    return engine, " ".join(f"?row_ <urn:variable:{name}> ?{name} ." for name in names)
