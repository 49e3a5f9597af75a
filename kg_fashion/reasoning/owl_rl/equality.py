"""Table 4, eq-*: owl:sameAs and what it carries over.

OWL 2 Profiles, section 4.3, table 4. Replacement (eq-rep-s, eq-rep-o) is one rule a predicate, and for rdf:type one
rule a class, so that no rule writes any predicate or class, which would make every NOT a cycle. For the same reason
eq-rep-p, and eq-rep-o of rdf:type, act for properties and classes that the ontology says are the same. eq-ref, and what
eq-trans gives of that form, says that a thing is itself: only with `reflexive`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl.draft import SAME, Body, Draft, Fresh, X, Y, Z, different_terms, one_of, type_of
from kg_fashion.reasoning.owl_rl.hierarchy import Hierarchy
from kg_fashion.reasoning.owl_rl.schema import Schema, named
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, iri

_RDF, _OWL = terms.RDF, terms.OWL
_SYNTAX = frozenset(
    f"<{name}>"
    for name in (
        _RDF.first, _RDF.rest, _OWL.onProperty, _OWL.hasValue, _OWL.someValuesFrom, _OWL.allValuesFrom, _OWL.onClass,
        _OWL.onDataRange, _OWL.maxCardinality, _OWL.maxQualifiedCardinality, _OWL.intersectionOf, _OWL.unionOf,
        _OWL.oneOf, _OWL.complementOf, _OWL.members, _OWL.distinctMembers, _OWL.sourceIndividual,
        _OWL.assertionProperty, _OWL.targetIndividual, _OWL.targetValue, _OWL.propertyChainAxiom, _OWL.hasKey,
        _OWL.sameAs, terms.KGF.violates, _RDF.type,
    )
)  # fmt: skip
"""Predicates that replacement passes over: those of expressions and lists, compiled already, and rdf:type."""


def same_terms(schema: Schema) -> Iterator[Draft]:
    """Iterate over the rules of properties (eq-rep-p) and classes (eq-rep-o) that the ontology says are the same."""
    properties = {prop for kind in ("ObjectProperty", "DatatypeProperty") for prop in schema.typed(_OWL[kind])}
    classes = {*schema.typed(_OWL.Class), *schema.typed(terms.RDFS.Class)}
    for pair in schema.pairs.get(_OWL.sameAs, ()):
        for one, other in (pair, pair[::-1]):
            if named(one) and named(other) and {one, other} <= properties:
                body = Body((Pattern(X, Constant(one), Y),))
                yield Draft("eq-rep-p", (one, other), body, (Pattern(X, Constant(other), Y),))
            if named(one) and named(other) and {one, other} <= classes:
                yield Draft("eq-rep-o", (TYPE.nt, one, other), Body((type_of(X, one),)), (type_of(X, other),))


def from_supplied(drafts: Iterable[Draft], hierarchy: Hierarchy) -> Iterator[Draft]:
    """Let only what is supplied make things the same; a class counts with the classes below it.

    Args:
        drafts: The rules of the other tables.
        hierarchy: The closed classes.
    """
    for draft in drafts:
        if not any(triple.predicate == SAME for triple in draft.head):
            yield draft
            continue
        fresh = Fresh("c")
        patterns, filters = [], list(draft.body.filters)
        for triple in draft.body.patterns:
            if triple.predicate == TYPE and isinstance(triple.object, Constant):
                cls = fresh.variable()
                filters.append(one_of(cls, hierarchy.down_from(triple.object.nt)))
                triple = Pattern(triple.subject, TYPE, cls)
            patterns.append(triple)
        yield replace(draft, body=Body(tuple(patterns), tuple(filters)), data=True)


def equality_drafts(
    schema: Schema, drafts: Iterable[Draft], predicates: Iterable[str], classes: Iterable[str], *, reflexive: bool
) -> Iterator[Draft]:
    """Iterate over the rules of owl:sameAs; none where nothing can make two things the same.

    Args:
        schema: The axioms.
        drafts: The rules of the other tables.
        predicates: What occurs in the data, in N-Triples syntax; without it, nothing is carried over.
        classes: The classes that occur in the data, in N-Triples syntax.
        reflexive: Whether everything is said to be the same as itself.
    """
    given = list(dict.fromkeys(predicates))
    heads = [triple for draft in drafts for triple in draft.head]
    concluded = list(dict.fromkeys(p.predicate.nt for p in heads if isinstance(p.predicate, Constant)))
    if not (reflexive or schema.has(_OWL.sameAs) or SAME.nt in (*given, *concluded)):
        return
    same, back = Pattern(X, SAME, Y), Pattern(Y, SAME, X)
    yield Draft("eq-sym", (), Body((same,)), (back,))
    other = () if reflexive else (different_terms(X, Z),)
    yield Draft("eq-trans", (), Body((same, Pattern(Y, SAME, Z)), other), (Pattern(X, SAME, Z),))
    yield from _different(schema)
    if given:
        yield from _carried([*given, *concluded])
        types = (p.object.nt for p in heads if p.predicate == TYPE and isinstance(p.object, Constant))
        for cls in dict.fromkeys(filter(named, [*classes, *types])):
            yield Draft("eq-rep-s", (TYPE.nt, cls), Body((same, type_of(X, cls))), (type_of(Y, cls),))
    if reflexive:
        for predicate in given:
            verb = Constant(predicate)
            itself = tuple(Pattern(term, SAME, term) for term in (X, verb, Y))
            yield Draft("eq-ref", (predicate,), Body((Pattern(X, verb, Y),)), itself)


def _carried(predicates: Iterable[str]) -> Iterator[Draft]:
    """What is said of a thing by a predicate, or leads to it by one, holds for its other names (eq-rep-s, eq-rep-o)."""
    same = Pattern(X, SAME, Y)
    for predicate in dict.fromkeys(predicates):
        if predicate not in _SYNTAX:
            verb = Constant(predicate)
            yield Draft("eq-rep-s", (predicate,), Body((same, Pattern(X, verb, Z))), (Pattern(Y, verb, Z),))
            yield Draft("eq-rep-o", (predicate,), Body((same, Pattern(Z, verb, X))), (Pattern(Z, verb, Y),))


def _different(schema: Schema) -> Iterator[Draft]:
    """eq-diff1 for owl:differentFrom; eq-diff2 and 3 for the lists of owl:AllDifferent."""
    same = Pattern(X, SAME, Y)
    yield Draft("eq-diff1", (), Body((same, Pattern(X, iri(_OWL.differentFrom), Y))), violator=X)
    for kind, predicate in (("eq-diff2", _OWL.members), ("eq-diff3", _OWL.distinctMembers)):
        for axiom, members in schema.lists(predicate):
            if schema.is_a(axiom, _OWL.AllDifferent) and len(members) > 1:
                tests = (one_of(X, members), one_of(Y, members), different_terms(X, Y))
                yield Draft(kind, tuple(members[:1]), Body((same,), tests), violator=X)
