"""Rules as SPARQL CONSTRUCT queries, the form that every SPARQL engine runs (SPARQL 1.2 Query, section 16.2).

A query is one round of its rule: an engine that runs queries until nothing new comes, a NOT's query after those that
write what it looks at, gets what the rule engine gets.
"""

from collections.abc import Iterator, Sequence

from kg_fashion.errors import RuleError
from kg_fashion.reasoning.interchange.construct_reader import read_construct
from kg_fashion.reasoning.interchange.fold import fold
from kg_fashion.reasoning.interchange.text import Words, block
from kg_fashion.reasoning.interchange.written import Absent, Element, Folded, Inner, Match, Total
from kg_fashion.reasoning.ruleset import check_well_formed
from kg_fashion.reasoning.syntax import Assignment, Expression, Rule

__all__ = ["query", "read_construct", "refusal", "to_construct"]


def to_construct(rule: Rule) -> str:
    """Write a rule as a CONSTRUCT query.

    Args:
        rule: A well-formed rule. Its name is not in the query.

    Raises:
        RuleError: the rule looks at the base data alone (WHERE DATA, NOT DATA), which a query cannot say.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> text = "RULE { ?x <urn:r> ?z } WHERE { ?x <urn:p> ?y . NOT { ?y a <urn:C> } SET ( ?z := 2 ) }"
        >>> rule = parse(text).rules[0]
        >>> print(to_construct(rule))
        CONSTRUCT { ?x <urn:r> ?z . }
        WHERE { ?x <urn:p> ?y . BIND ( 2 AS ?z ) FILTER NOT EXISTS { ?y a <urn:C> . } }
        <BLANKLINE>
    """
    check_well_formed(rule)
    if why := refusal(rule):
        raise RuleError(f"a CONSTRUCT query cannot say {why}", path=rule.path, line=rule.line, iri=rule.iri)
    words = Words()
    text = query(fold(rule, rejoin=False), words)
    prologue = words.prologue()
    return f"{prologue}\n{text}" if prologue else text


def refusal(rule: Rule) -> str | None:
    """Say what of a rule a query cannot say, and what to do; None where it can say all."""
    if rule.data or any(negation.data for negation in rule.negations):
        what = "WHERE DATA" if rule.data else "NOT DATA"
        return f"{what}, which looks at the base data alone; keep the rule as SPARQL-RL, or write it without DATA"
    for aggregate in rule.aggregates:
        own = {name for pattern in aggregate.patterns for name in pattern.variables}
        outer = sorted(name for f in aggregate.filters for name in f.variables - own)
        if outer:
            return f"an aggregate whose FILTER looks at ?{outer[0]} outside it; match it within the aggregate"
    return None


def query(folded: Folded, words: Words) -> str:
    """Write a folded rule as a query without its prologue."""
    head = block([f"{words.match(match)} ." for match in folded.head])
    body = block([part for element in folded.body for part in _element(element, folded, words)])
    return f"CONSTRUCT {head}\nWHERE {body}\n"


def _element(element: Element, folded: Folded, words: Words) -> Iterator[str]:
    if isinstance(element, Match):
        yield f"{words.match(element)} ."
    elif isinstance(element, Expression):
        yield f"FILTER {words.constraint(element)}"
    elif isinstance(element, Absent):
        yield f"FILTER NOT EXISTS {_inner(element.inner, words)}"
    elif isinstance(element, Total):
        yield from _total(element, folded, words)
    elif element.expression is not None:
        yield from _bind(element, element.expression, folded, words)


def _bind(assignment: Assignment, expression: Expression, folded: Folded, words: Words) -> Iterator[str]:
    """A SET drops a solution where its expression is an error; a BIND only leaves the variable unbound."""
    yield f"BIND ( {words.expression(expression)} AS ?{assignment.variable} )"
    single = " " not in expression.text and not expression.text.endswith(")")
    if not single and any(assignment.variable not in match.variables for match in folded.head):
        yield f"FILTER ( BOUND( ?{assignment.variable} ) )"


def _total(total: Total, folded: Folded, words: Words) -> Iterator[str]:
    """An aggregate is a sub-select, grouped by what it shares; COUNT, SUM and AVG of no rows are 0."""
    outside = {name for element in folded.body if isinstance(element, Match) for name in element.variables}
    inside = {name for match in total.inner.matches for name in match.variables}
    shared = " ".join(f"?{name}" for name in sorted(outside & inside))
    counted = f"{'DISTINCT ' if total.distinct else ''}{f'?{total.argument}' if total.argument else '*'}"
    value, rows = _fresh(total.variable, "value", folded), _fresh(total.variable, "rows", folded)
    grouped = f"GROUP BY {shared}" if shared else ""
    columns = f"{shared} ( {total.function}( {counted} ) AS ?{value} ) ( COUNT( * ) AS ?{rows} )".strip()
    select = f"{{ SELECT {columns} WHERE {_inner(total.inner, words)} {grouped} }}"
    if total.function in ("MIN", "MAX"):
        yield from (select, f"BIND ( ?{value} AS ?{total.variable} )")
    else:
        yield f"OPTIONAL {{ {select} }}"
        yield f"BIND ( IF( COALESCE( ?{rows} , 0 ) > 0 , ?{value} , 0 ) AS ?{total.variable} )"
    yield f"FILTER ( BOUND( ?{total.variable} ) )"


def _fresh(variable: str, suffix: str, folded: Folded) -> str:
    taken = {name for element in folded.body for name in _variables(element)}
    name = f"{variable}_{suffix}"
    while name in taken:
        name += "_"
    return name


def _variables(element: Element) -> Sequence[str]:
    if isinstance(element, Absent | Total):
        found = set().union(*(match.variables for match in element.inner.matches))
        found |= set().union(*(test.variables for test in element.inner.filters))
        return [*sorted(found), element.variable] if isinstance(element, Total) else sorted(found)
    return [element.variable] if isinstance(element, Assignment) else sorted(element.variables)


def _inner(inner: Inner, words: Words) -> str:
    tests = [f"FILTER {words.constraint(test)}" for test in inner.filters]
    return " ".join(["{", *(f"{words.match(match)} ." for match in inner.matches), *tests, "}"])
