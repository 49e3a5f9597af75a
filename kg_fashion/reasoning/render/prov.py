"""Derivations in PROV-O, as Turtle: a fact is an entity, an application of a rule an activity whose plan is the rule.

A fact's entity reifies its triple term (RDF 1.2 Concepts, section 1.5). https://www.w3.org/TR/prov-o/
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.render.words import Wording
from kg_fashion.reasoning.syntax import Constant, Pattern

if TYPE_CHECKING:
    from kg_fashion.reasoning.derivation import Derivation

_A = ox.NamedNode(terms.RDF.type)
_LABEL = ox.NamedNode(terms.RDFS.label)
_AGENT = ox.BlankNode("reasoner")
_LANGUAGES = ("en", "zh")
_PREFIXES = ("garment", "kgf", "prov", "rdf", "rdfs", "rule", "xsd")


def trees_to_prov(trees: Sequence["Derivation"], wording: Wording | None = None) -> str:
    """Return the provenance of the facts in some derivations as Turtle.

    Args:
        trees: The derivations; a fact in several is one entity.
        wording: How to write the labels; prefixed names in English by default.

    Example:
        >>> from kg_fashion.reasoning.derivation import Derivation
        >>> from kg_fashion.reasoning.syntax import iri
        >>> tree = Derivation(Pattern(iri("urn:a"), iri("urn:p"), iri("urn:b")), None)
        >>> "rdf:reifies <<( <urn:a> <urn:p> <urn:b> )>>" in trees_to_prov([tree])
        True
    """
    triples: dict[ox.NamedNode | ox.BlankNode | ox.Triple, list[ox.Triple]] = {}
    for triple in _Writer(wording or Wording()).triples(trees):
        triples.setdefault(triple.subject, []).append(triple)
    together = [triple for group in triples.values() for triple in dict.fromkeys(group)]
    used = {name: terms.PREFIXES[name] for name in _PREFIXES}
    text = (ox.serialize(together, format=ox.RdfFormat.TURTLE, prefixes=used) or b"").decode()
    lines = text.split("\n")
    return "\n".join(sorted(lines[: len(used)]) + lines[len(used) :])  # the prefixes come in any order


class _Writer:
    """Names entities and activities as they come."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._lang = wording.lang if wording.lang in _LANGUAGES else "en"
        self._entities: dict[Pattern, ox.BlankNode] = {}
        self._activities: set[tuple[Pattern, str, tuple[Pattern, ...]]] = set()

    def triples(self, trees: Sequence["Derivation"]) -> Iterator[ox.Triple]:
        yield ox.Triple(_AGENT, _A, _prov("SoftwareAgent"))
        yield ox.Triple(_AGENT, _LABEL, ox.Literal("kg_fashion"))
        for node in (node for tree in trees for node in tree.nodes()):
            yield from self._entity(node)
            if node.rule is not None:
                yield from self._activity(node, node.rule)

    def _entity(self, node: "Derivation") -> Iterator[ox.Triple]:
        if node.triple in self._entities:
            return
        self._entities[node.triple] = entity = ox.BlankNode(f"fact{len(self._entities)}")
        yield ox.Triple(entity, _A, _prov("Entity"))
        yield ox.Triple(entity, ox.NamedNode(terms.RDF.reifies), _triple(node.triple))
        yield ox.Triple(entity, _LABEL, ox.Literal(self._wording.sentence(node.triple), language=self._lang))
        if node.rule is not None:
            degree = ox.Literal(f"{node.confidence:.6f}", datatype=ox.NamedNode(terms.XSD.decimal))
            yield ox.Triple(entity, ox.NamedNode(terms.KGF.confidence), degree)

    def _activity(self, node: "Derivation", rule: str) -> Iterator[ox.Triple]:
        key = (node.triple, rule, tuple(premise.triple for premise in node.premises))
        if key in self._activities:
            return
        self._activities.add(key)
        number = len(self._activities) - 1
        activity, association = ox.BlankNode(f"application{number}"), ox.BlankNode(f"association{number}")
        entity, plan = self._entities[node.triple], ox.NamedNode(rule)
        yield ox.Triple(entity, _prov("wasGeneratedBy"), activity)
        yield ox.Triple(activity, _A, _prov("Activity"))
        yield ox.Triple(activity, _prov("qualifiedAssociation"), association)
        yield ox.Triple(association, _A, _prov("Association"))
        yield ox.Triple(association, _prov("agent"), _AGENT)
        yield ox.Triple(association, _prov("hadPlan"), plan)
        yield ox.Triple(plan, _A, _prov("Plan"))
        yield ox.Triple(plan, _LABEL, ox.Literal(self._wording.rule_label(rule), language=self._lang))
        for premise in node.premises:
            yield from self._entity(premise)
            yield ox.Triple(activity, _prov("used"), self._entities[premise.triple])
            yield ox.Triple(entity, _prov("wasDerivedFrom"), self._entities[premise.triple])
        for condition in node.conditions:
            words = ox.Literal(self._wording.condition(condition), language=self._lang)
            yield ox.Triple(activity, ox.NamedNode(terms.RDFS.comment), words)


def _prov(name: str) -> ox.NamedNode:
    return ox.NamedNode(terms.PROV[name])


def _triple(triple: Pattern) -> ox.Triple:
    subject, predicate, obj = (_term(term.nt) for term in triple if isinstance(term, Constant))
    return ox.Triple(subject, predicate, obj)


@lru_cache(maxsize=1024)
def _term(nt: str) -> Any:
    if nt.startswith("_:"):
        return ox.BlankNode(nt[2:])
    return next(iter(ox.parse(f"<urn:s> <urn:p> {nt} .", format=ox.RdfFormat.N_TRIPLES))).object
