"""Literals as a store writes them: numbers and times in their canonical form (1.50 as 1.5, 01 as 1).

What is read from a store is in that form; rules and changes that meet it must be, too.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.expressions import is_constant, nt
from kg_fashion.reasoning.syntax import Aggregate, Assignment, Constant, Expression, Negation, Pattern, Rule, Term

Part = TypeVar("Part", Negation, Aggregate)
_SUBJECT, _PREDICATE = ox.NamedNode("urn:s"), ox.NamedNode("urn:p")


def stored(triples: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Return triples as a store holds them.

    Example:
        >>> price = ox.Literal("49.90", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))
        >>> [triple.object.value for triple in stored([ox.Triple(_SUBJECT, _PREDICATE, price)])]
        ['49.9']
    """
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return {quad.triple for quad in store}


@lru_cache(maxsize=4096)
def constant(term: Constant) -> Constant:
    """Return a constant as a store writes it.

    Example:
        >>> constant(Constant('"01"^^<http://www.w3.org/2001/XMLSchema#integer>')).nt[:3]
        '"1"'
    """
    if f"^^<{terms.XSD}" not in term.nt:
        return term
    parsed = next(iter(ox.parse(f"<urn:s> <urn:p> {term.nt} .", format=ox.RdfFormat.N_TRIPLES))).triple
    return Constant(nt(next(iter(stored([parsed]))).object))


def pattern(own: Pattern) -> Pattern:
    """Return a pattern with its constants as a store writes them."""
    s, p, o = (_term(term) for term in own)
    return Pattern(s, p, o)


def rule(own: Rule) -> Rule:
    """Return a rule with its constants as a store writes them; expressions compare by value anyway.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> [str(own) for own in rule(parse("RULE <urn:r> { ?x <urn:p> 1.50 } WHERE { ?x <urn:q> ?y }").rules[0]).head]
        ['?x <urn:p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>']
    """
    if "^^<" not in str(own):
        return own
    return replace(
        own,
        head=tuple(map(pattern, own.head)),
        patterns=tuple(map(pattern, own.patterns)),
        negations=tuple(map(_part, own.negations)),
        aggregates=tuple(map(_part, own.aggregates)),
        assignments=tuple(map(_assignment, own.assignments)),
    )


def _term(term: Term) -> Term:
    return constant(term) if isinstance(term, Constant) else term


def _part(part: Part) -> Part:
    return replace(part, patterns=tuple(map(pattern, part.patterns)))


def _assignment(own: Assignment) -> Assignment:
    if own.expression is None or not is_constant(own.expression):
        return own
    return replace(own, expression=Expression(constant(Constant(own.expression.text)).nt, frozenset()))
