"""Table 7, cax-*: the class axioms, one rule for a class with all that lies above it.

OWL 2 Profiles, section 4.3, table 7. cax-sco stands for cax-eqc1 and cax-eqc2 too: an equivalence is two subclass
axioms (scm-eqc1), and the hierarchy is closed before anything runs.
"""

from collections.abc import Iterator

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl.classes import Expressions, nothing
from kg_fashion.reasoning.owl_rl.draft import Body, Draft, Fresh, X, one_of, type_of
from kg_fashion.reasoning.owl_rl.hierarchy import Hierarchy
from kg_fashion.reasoning.owl_rl.schema import THING, Schema, named
from kg_fashion.reasoning.syntax import TYPE, Pattern, Variable

_RDF, _RDFS, _OWL = terms.RDF, terms.RDFS, terms.OWL
_STRUCTURE = (_OWL.onProperty, _OWL.intersectionOf, _OWL.oneOf, _OWL.complementOf)


def class_drafts(schema: Schema, hierarchy: Hierarchy, expressions: Expressions, *, reflexive: bool) -> Iterator[Draft]:
    """Iterate over the rules of the classes and class expressions.

    Args:
        schema: The axioms.
        hierarchy: The closed classes.
        expressions: Reads class expressions.
        reflexive: Whether everything in a class is said to be in owl:Thing.
    """
    for node in _nodes(schema, hierarchy):
        if named(node):
            yield from _named(node, hierarchy, expressions, reflexive=reflexive)
        else:
            yield from _unnamed(node, hierarchy, expressions)
    yield from _disjoint(schema, expressions)
    yield nothing()


def _nodes(schema: Schema, hierarchy: Hierarchy) -> list[str]:
    found = {node: None for node, edges in hierarchy.edges.items() if edges}
    for predicate in _STRUCTURE:
        found |= dict.fromkeys(node for node, _ in schema.pairs.get(predicate, ()))
    found |= dict.fromkeys(obj for _, obj in schema.pairs.get(_RDF.type, ()) if not named(obj))
    found |= dict.fromkeys([*schema.typed(_OWL.Class), *schema.typed(_RDFS.Class)])
    return [node for node in found if not schema.is_datatype(node)]


def _named(node: str, hierarchy: Hierarchy, expressions: Expressions, *, reflexive: bool) -> Iterator[Draft]:
    body = Body((type_of(X, node),))
    above = [cls for cls in hierarchy.above(node) if named(cls) and cls != THING]
    supers = [*above, *([THING] if reflexive else [])]
    yield Draft("cax-sco", (node,), body, tuple(type_of(X, cls) for cls in supers))
    fresh = Fresh()
    found = expressions.conclusions((node, *hierarchy.expressions(node, "up")), X, fresh)
    values: list[Pattern] = []
    for conclusion in found:
        if conclusion.kind == "cls-hv1" and conclusion.extra == Body():
            values += conclusion.head
        else:
            yield conclusion.draft(body, (node,))
    yield Draft("cls-hv1", (node,), body, tuple(values))
    for kind, condition in expressions.structure(node, X, fresh, frozenset({node})):
        yield Draft(kind, (node,), condition, (type_of(X, node),))
    individuals = expressions.individuals(node)
    yield Draft("cls-oo", (node,), Body((), (one_of(X, individuals),)), (type_of(X, node),))


def _unnamed(node: str, hierarchy: Hierarchy, expressions: Expressions) -> Iterator[Draft]:
    """What an expression without an IRI puts its members into, from its own form; other forms have their own rules."""
    above = [cls for cls in hierarchy.above(node) if named(cls)]
    fresh = Fresh()
    bodies = list(expressions.structure(node, X, fresh, frozenset({node})))
    individuals = expressions.individuals(node)
    if individuals:
        bodies.append(("cls-oo", Body((), (one_of(X, individuals),))))
    name = tuple(above[:1])
    for kind, body in bodies:
        known = {up for triple in body.patterns if triple.subject == X for up in _implied(triple, hierarchy)}
        yield Draft(kind, name, body, tuple(type_of(X, cls) for cls in above if cls not in known))
        for conclusion in expressions.conclusions((node, *hierarchy.expressions(node, "up")), X, fresh):
            yield conclusion.draft(body, name)


def _implied(triple: Pattern, hierarchy: Hierarchy) -> Iterator[str]:
    """Iterate over the classes that a class of the body brings with it by cax-sco."""
    if triple.predicate == TYPE and not isinstance(triple.object, Variable):
        yield from hierarchy.above(triple.object.nt)


def _disjoint(schema: Schema, expressions: Expressions) -> Iterator[Draft]:
    """cax-dw for a pair; cax-adc, one rule for a member of owl:AllDisjointClasses and those after it."""
    for first, second in schema.pairs.get(_OWL.disjointWith, ()):
        fresh = Fresh()
        for one in expressions.conditions(first, X, fresh):
            for other in expressions.conditions(second, X, fresh):
                names = tuple(filter(named, (first, second)))
                yield Draft("cax-dw", names, one + other, violator=X)
    for axiom, members in schema.lists(_OWL.members):
        if schema.is_a(axiom, _OWL.AllDisjointClasses):
            yield from _all_disjoint(members, expressions)


def _all_disjoint(members: list[str], expressions: Expressions) -> Iterator[Draft]:
    for position, first in enumerate(members):
        rest = members[position + 1 :]
        fresh = Fresh()
        others = [b for cls in rest if not named(cls) for b in expressions.conditions(cls, X, fresh)]
        classes = list(filter(named, rest))
        if len(classes) == 1:
            others.append(Body((type_of(X, classes[0]),)))
        elif classes:
            cls = fresh.variable()
            others.append(Body((Pattern(X, TYPE, cls),), (one_of(cls, classes),)))
        for one in expressions.conditions(first, X, fresh):
            for other in others:
                yield Draft("cax-adc", (first,) if named(first) else (), one + other, violator=X)
