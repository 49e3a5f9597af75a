"""Table 5, prp-*: the property axioms.

OWL 2 Profiles, section 4.3, table 5. prp-spo1 stands for prp-eqp1 and prp-eqp2 too: an equivalence is two subproperty
axioms (scm-eqp1), and the hierarchy is closed before anything runs. prp-ap is among the axiomatic triples.
"""

from collections.abc import Iterator

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl import datatypes
from kg_fashion.reasoning.owl_rl.classes import Expressions, has_value
from kg_fashion.reasoning.owl_rl.draft import SAME, Body, Draft, Fresh, X, Y, Z, different_terms
from kg_fashion.reasoning.owl_rl.schema import Property, Schema, named
from kg_fashion.reasoning.syntax import Constant, Pattern, Variable

_RDFS, _OWL = terms.RDFS, terms.OWL


def property_drafts(schema: Schema, expressions: Expressions) -> Iterator[Draft]:
    """Iterate over the rules of the properties.

    Args:
        schema: The axioms.
        expressions: Reads class expressions.
    """
    yield from _domains_and_ranges(schema, expressions)
    yield from _hierarchy(schema)
    yield from _inverses(schema)
    yield from _characteristics(schema)
    yield from _chains(schema)
    yield from _disjoint(schema)
    yield from _keys(schema, expressions)
    yield from _negative_assertions(schema)


def _domains_and_ranges(schema: Schema, expressions: Expressions) -> Iterator[Draft]:
    for node, cls in schema.pairs.get(_RDFS.domain, ()):
        for prop in schema.properties([node]):
            yield from _membership("prp-dom", prop, cls, X, expressions)
    for node, cls in schema.pairs.get(_RDFS.range, ()):
        for prop in schema.properties([node]):
            if schema.is_datatype(cls):
                test = datatypes.outside(Y, schema.data_range(cls))
                if test:
                    body = Body((prop.step(X, Y),), (test,))
                    yield Draft("dt-not-type", (prop.nt, cls), body, violator=X)
            elif prop.inverse or not schema.holds_literals(prop):
                yield from _membership("prp-rng", prop, cls, Y, expressions)


def _membership(kind: str, prop: Property, cls: str, term: Variable, expressions: Expressions) -> Iterator[Draft]:
    body = Body((prop.step(X, Y),))
    names = (prop.nt, cls) if named(cls) else (prop.nt,)
    for conclusion in expressions.membership(cls, term, Fresh(), frozenset(), kind):
        yield conclusion.draft(body, names)


def _hierarchy(schema: Schema) -> Iterator[Draft]:
    for nt in schema.narrower_properties():
        above = schema.superproperties(Property(nt))
        head = tuple(wider.step(X, Y) for wider in above)
        yield Draft("prp-spo1", (nt, *(wider.nt for wider in above[:1])), Body((Property(nt).step(X, Y),)), head)


def _inverses(schema: Schema) -> Iterator[Draft]:
    for first, second in schema.pairs.get(_OWL.inverseOf, ()):
        for kind, prop, other in (("prp-inv1", first, second), ("prp-inv2", second, first)):
            if named(prop) and named(other):
                head = Property(other).step(Y, X)
                yield Draft(kind, (prop, other), Body((Property(prop).step(X, Y),)), (head,))


def _characteristics(schema: Schema) -> Iterator[Draft]:
    for kind, cls in _CHARACTERISTICS.items():
        for prop in schema.properties(schema.typed(_OWL[cls])):
            there, back, on = prop.step(X, Y), prop.step(Y, X), prop.step(Y, Z)
            if kind == "prp-symp":
                yield Draft(kind, (prop.nt,), Body((there,)), (back,))
            elif kind == "prp-trp":
                yield Draft(kind, (prop.nt,), Body((there, on)), (prop.step(X, Z),))
            elif kind == "prp-irp":
                yield Draft(kind, (prop.nt,), Body((prop.step(X, X),)), violator=X)
            elif kind == "prp-asyp":
                yield Draft(kind, (prop.nt,), Body((there, back)), violator=X)
            else:
                yield from _functional(kind, prop if kind == "prp-fp" else Property(prop.nt, not prop.inverse), schema)


_CHARACTERISTICS = {
    "prp-fp": "FunctionalProperty",
    "prp-ifp": "InverseFunctionalProperty",
    "prp-irp": "IrreflexiveProperty",
    "prp-symp": "SymmetricProperty",
    "prp-asyp": "AsymmetricProperty",
    "prp-trp": "TransitiveProperty",
}


def _functional(kind: str, prop: Property, schema: Schema) -> Iterator[Draft]:
    """Two values are the same; two literals of different values are a violation."""
    both = Body((prop.step(X, Y), prop.step(X, Z)))
    if prop.inverse or not schema.holds_literals(prop):
        differ = Body((), (different_terms(Y, Z),))
        yield Draft(kind, (prop.nt,), both + differ, (Pattern(Y, SAME, Z),))
    if not (prop.inverse or schema.holds_individuals(prop)):
        clash = Body((), (datatypes.different_values(Y, Z),))
        yield Draft("dt-diff", (prop.nt,), both + clash, violator=X)


def _chains(schema: Schema) -> Iterator[Draft]:
    for node, members in schema.lists(_OWL.propertyChainAxiom):
        steps = schema.properties(members)
        if not steps or len(steps) != len(members):
            continue
        nodes = [Variable(f"x{number}") for number in range(len(steps) + 1)]
        body = tuple(step.step(nodes[i], nodes[i + 1]) for i, step in enumerate(steps))
        for prop in schema.properties([node]):
            names = (prop.nt, *(step.nt for step in steps))
            yield Draft("prp-spo2", names, Body(body), (prop.step(nodes[0], nodes[-1]),))


def _disjoint(schema: Schema) -> Iterator[Draft]:
    for first, second in schema.pairs.get(_OWL.propertyDisjointWith, ()):
        yield from _pair("prp-pdw", first, second, schema)
    for axiom, members in schema.lists(_OWL.members):
        if schema.is_a(axiom, _OWL.AllDisjointProperties):
            for position, first in enumerate(members):
                for second in members[position + 1 :]:
                    yield from _pair("prp-adp", first, second, schema)


def _pair(kind: str, first: str, second: str, schema: Schema) -> Iterator[Draft]:
    for one in schema.properties([first]):
        for other in schema.properties([second]):
            body = Body((one.step(X, Y), other.step(X, Y)))
            if schema.holds_literals(one) and schema.holds_literals(other):
                body = Body((one.step(X, Y), other.step(X, Z)), (datatypes.same_value(Y, Z),))
            yield Draft(kind, (one.nt, other.nt), body, violator=X)


def _keys(schema: Schema, expressions: Expressions) -> Iterator[Draft]:
    for cls, members in schema.lists(_OWL.hasKey):
        keys = schema.properties(members)
        if not keys or len(keys) != len(members):
            continue
        fresh = Fresh()
        shared = [fresh.variable() for _ in keys]
        both = Body(tuple(key.step(who, value) for key, value in zip(keys, shared, strict=True) for who in (X, Y)))
        names = (*([cls] if named(cls) else []), *(key.nt for key in keys))
        for mine in expressions.conditions(cls, X, fresh):
            for other in expressions.conditions(cls, Y, fresh):
                body = both + mine + other + Body((), (different_terms(X, Y),))
                yield Draft("prp-key", names, body, (Pattern(X, SAME, Y),))


def _negative_assertions(schema: Schema) -> Iterator[Draft]:
    for kind, predicate in (("prp-npa1", _OWL.targetIndividual), ("prp-npa2", _OWL.targetValue)):
        for node, target in schema.pairs.get(predicate, ()):
            for source in schema.objects(node, _OWL.sourceIndividual):
                for prop in schema.properties(schema.objects(node, _OWL.assertionProperty)):
                    body = has_value(prop, Constant(source), target, Fresh())
                    yield Draft(kind, (source, prop.nt), body, violator=Constant(source))
