"""Table 9, scm-*: what follows about the classes and properties themselves.

OWL 2 Profiles, section 4.3, table 9. The ontology is small, so these are rules over its own vocabulary. By default they
conclude what is of use: between different classes and properties that have a name; where expressions without one stand
between, the conclusion is filled in. With `reflexive` they are the table's rules as they stand, and the axiomatic
triples come with them (cls-thing, cls-nothing1, prp-ap, dt-type1).
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, pairwise

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl import datatypes
from kg_fashion.reasoning.owl_rl.draft import Body, Draft, different_terms, type_of
from kg_fashion.reasoning.owl_rl.hierarchy import TOLD, Hierarchy
from kg_fashion.reasoning.owl_rl.schema import NOTHING, THING, Schema, named
from kg_fashion.reasoning.syntax import Constant, Expression, Pattern, Variable, iri

_RDF, _RDFS, _OWL = terms.RDF, terms.RDFS, terms.OWL
_A, _B, _C, _P, _Q, _V = (Variable(name) for name in "abcpqv")
_SUB, _EQUAL = iri(_RDFS.subClassOf), iri(_OWL.equivalentClass)
_SUB_PROPERTY, _EQUAL_PROPERTY = iri(_RDFS.subPropertyOf), iri(_OWL.equivalentProperty)
_ANNOTATIONS = (
    _RDFS.label, _RDFS.comment, _RDFS.seeAlso, _RDFS.isDefinedBy, _OWL.deprecated, _OWL.versionInfo, _OWL.priorVersion,
    _OWL.backwardCompatibleWith, _OWL.incompatibleWith,
)  # fmt: skip
"""The annotation properties that OWL 2 RL knows without a declaration."""


def schema_drafts(schema: Schema, hierarchy: Hierarchy, *, reflexive: bool) -> Iterator[Draft]:
    """Iterate over the rules about the ontology's own triples.

    Args:
        schema: The axioms.
        hierarchy: The closed classes.
        reflexive: Whether the table is taken as it stands, with expressions and what is above itself.
    """
    every = reflexive
    if every or schema.has(_RDFS.subClassOf, _OWL.equivalentClass):
        yield from _order("scm-sco", "scm-eqc", _SUB, _EQUAL, every=every)
    if every or schema.has(_RDFS.subPropertyOf, _OWL.equivalentProperty):
        yield from _order("scm-spo", "scm-eqp", _SUB_PROPERTY, _EQUAL_PROPERTY, every=every)
    for kind, predicate in (("scm-dom", _RDFS.domain), ("scm-rng", _RDFS.range)):
        if every or schema.has(predicate):
            yield from _domain(kind, predicate, every=every)
    if every:
        yield from chain(_reflexive(), _restrictions(), _lists(schema), _axiomatic())
    else:
        yield from _through_expressions(hierarchy)
        yield from _expression_domains(schema, hierarchy)


def _order(kind: str, equal_kind: str, sub: Constant, equal: Constant, *, every: bool) -> Iterator[Draft]:
    """Subclasses or subproperties: transitive, and an equivalence is both ways."""
    yield Draft(
        kind,
        (),
        Body((Pattern(_A, sub, _B), Pattern(_B, sub, _C)), _plain(_A, _C, every=every)),
        (Pattern(_A, sub, _C),),
    )
    both = (Pattern(_A, sub, _B), Pattern(_B, sub, _A))
    equals = (Pattern(_A, equal, _B),)
    yield Draft(f"{equal_kind}1", (), Body(equals, _plain(_A, _B, every=every)), both)
    yield Draft(f"{equal_kind}2", (), Body(both, _plain(_A, _B, every=every)), equals)


def _plain(first: Variable, second: Variable, *, every: bool) -> tuple[Expression, ...]:
    """Return the tests that two things have names and differ."""
    return () if every else (*_named(first), *_named(second), different_terms(first, second))


def _named(variable: Variable) -> tuple[Expression]:
    return (Expression(f"! isBLANK({variable})", frozenset({variable.name})),)


def _domain(kind: str, predicate: str, *, every: bool) -> Iterator[Draft]:
    """A domain's superclasses are domains, and so is a superproperty's domain; the same for ranges."""
    told = Pattern(_P, iri(predicate), _A)
    wider = Body((told, Pattern(_A, _SUB, _B)), () if every else _named(_B))
    yield Draft(f"{kind}1", (), wider, (Pattern(_P, iri(predicate), _B),))
    narrower = Body((told, Pattern(_Q, _SUB_PROPERTY, _P)), () if every else _named(_Q))
    yield Draft(f"{kind}2", (), narrower, (Pattern(_Q, iri(predicate), _A),))


def _through_expressions(hierarchy: Hierarchy) -> Iterator[Draft]:
    """What lies above a class by way of expressions without a name (scm-int, uni, hv, svf1, svf2, avf1, avf2)."""
    heads: dict[str, list[Pattern]] = defaultdict(list)
    for cls in filter(named, list(hierarchy.edges)):
        told = {*hierarchy.told_above(cls), cls, THING}
        via: dict[str, str] = {}
        for node in (cls, *hierarchy.expressions(cls, "up")):
            for upper, rule in hierarchy.edges.get(node, {}).items():
                via.setdefault(upper, rule if rule not in TOLD else via.get(node, rule))
                if named(upper) and upper not in told:
                    heads[via[upper]].append(Pattern(Constant(cls), _SUB, Constant(upper)))
    for kind, head in heads.items():
        yield Draft(kind, (), Body(), tuple(head))


def _expression_domains(schema: Schema, hierarchy: Hierarchy) -> Iterator[Draft]:
    """The named classes above a domain or range that is an expression without a name (scm-dom1, scm-rng1)."""
    for kind, predicate in (("scm-dom1", _RDFS.domain), ("scm-rng1", _RDFS.range)):
        head: list[Pattern] = []
        for prop, cls in schema.pairs.get(predicate, ()):
            if named(prop) and not named(cls):
                above = filter(named, hierarchy.above(cls))
                head += [Pattern(Constant(prop), iri(predicate), Constant(upper)) for upper in above if upper != THING]
        yield Draft(kind, (), Body(), tuple(head))


def _reflexive() -> Iterator[Draft]:
    """scm-cls, scm-op, scm-dp: what holds of every class and property."""
    cls = (
        Pattern(_C, _SUB, _C), Pattern(_C, _EQUAL, _C),
        Pattern(_C, _SUB, Constant(THING)), Pattern(Constant(NOTHING), _SUB, _C),
    )  # fmt: skip
    yield Draft("scm-cls", (), Body((type_of(_C, f"<{_OWL.Class}>"),)), cls)
    prop = (Pattern(_P, _SUB_PROPERTY, _P), Pattern(_P, _EQUAL_PROPERTY, _P))
    yield Draft("scm-op", (), Body((type_of(_P, f"<{_OWL.ObjectProperty}>"),)), prop)
    yield Draft("scm-dp", (), Body((type_of(_P, f"<{_OWL.DatatypeProperty}>"),)), prop)


def _restrictions() -> Iterator[Draft]:
    """scm-hv, svf1, svf2, avf1, avf2: restrictions with fillers or properties that lie below one another."""
    for kind, filler in (("hv", _OWL.hasValue), ("svf", _OWL.someValuesFrom), ("avf", _OWL.allValuesFrom)):
        on = iri(_OWL.onProperty)
        props = (Pattern(_A, on, _P), Pattern(_B, on, _Q), Pattern(_P, _SUB_PROPERTY, _Q))
        same = (Pattern(_A, iri(filler), _V), Pattern(_B, iri(filler), _V))
        above = (Pattern(_B, _SUB, _A),) if kind == "avf" else (Pattern(_A, _SUB, _B),)
        yield Draft(f"scm-{kind}{'' if kind == 'hv' else '2'}", (), Body((*same, *props)), above)
        if kind != "hv":
            wider = (Pattern(_A, iri(filler), _V), Pattern(_B, iri(filler), _C), Pattern(_V, _SUB, _C))
            one = (Pattern(_A, on, _P), Pattern(_B, on, _P))
            yield Draft(f"scm-{kind}1", (), Body((*wider, *one)), (Pattern(_A, _SUB, _B),))


def _lists(schema: Schema) -> Iterator[Draft]:
    """scm-int, scm-uni: one rule for each place in a list, as far as the longest list goes."""
    for kind, predicate in (("scm-int", _OWL.intersectionOf), ("scm-uni", _OWL.unionOf)):
        longest = max((len(members) for _, members in schema.lists(predicate)), default=0)
        for place in range(longest):
            nodes = [Variable(f"l{number}") for number in range(place + 1)]
            rest = [Pattern(a, iri(_RDF.rest), b) for a, b in pairwise(nodes)]
            body = (Pattern(_C, iri(predicate), nodes[0]), *rest, Pattern(nodes[-1], iri(_RDF.first), _V))
            head = Pattern(_C, _SUB, _V) if kind == "scm-int" else Pattern(_V, _SUB, _C)
            yield Draft(kind, (str(place + 1),), Body(body), (head,))


def _axiomatic() -> Iterator[Draft]:
    """cls-thing, cls-nothing1, prp-ap, dt-type1: triples that hold in every ontology."""
    yield Draft("cls-thing", (), Body(), (type_of(Constant(THING), f"<{_OWL.Class}>"),))
    yield Draft("cls-nothing1", (), Body(), (type_of(Constant(NOTHING), f"<{_OWL.Class}>"),))
    annotations = tuple(type_of(iri(name), f"<{_OWL.AnnotationProperty}>") for name in _ANNOTATIONS)
    yield Draft("prp-ap", (), Body(), annotations)
    types = tuple(type_of(iri(name), f"<{_RDFS.Datatype}>") for name in datatypes.SUPPORTED)
    yield Draft("dt-type1", (), Body(), types)
