"""The closed hierarchy of class expressions, by table 9's rules for classes (scm-sco, eqc, int, uni, hv, svf, avf).

A node is a class or an expression; an expression without an IRI is passed through, so that what stands above it is
reached. OWL 2 Profiles, section 4.3, table 9.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl.schema import THING, Property, Schema, named

_RDFS, _OWL = terms.RDFS, terms.OWL
TOLD = ("scm-sco", "scm-eqc1")
"""The names of the edges that stand in the ontology as they are."""

Restriction = tuple[str, Property, str]
"""hasValue, someValuesFrom or allValuesFrom; the property; the filler."""


class Hierarchy:
    """Which class lies below which.

    Args:
        schema: The axioms.

    Attributes:
        edges: Node -> what lies directly above it -> the W3C rule that says so.

    Example:
        >>> import pyoxigraph as ox
        >>> sub = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
        >>> text = f"<urn:a> {sub} <urn:b> . <urn:b> {sub} <urn:c> ."
        >>> triples = (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
        >>> Hierarchy(Schema(triples)).above("<urn:a>")
        ('<urn:b>', '<urn:c>')
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.edges: dict[str, dict[str, str]] = defaultdict(dict)
        self._below: dict[str, list[str]] = defaultdict(list)
        self._above: dict[str, tuple[str, ...]] = {}
        for lower, upper, rule in self._told():
            self._add(lower, upper, rule)
        restrictions = list(self._restrictions())
        while sum(self._add(*edge) for edge in list(self._between(restrictions))):
            self._above.clear()

    def _add(self, lower: str, upper: str, rule: str) -> bool:
        if lower == upper or upper in self.edges[lower]:
            return False
        self.edges[lower][upper] = rule
        self._below[upper].append(lower)
        return True

    def _told(self) -> Iterator[tuple[str, str, str]]:
        pairs = self._schema.pairs
        for lower, upper in pairs.get(_RDFS.subClassOf, ()):
            yield lower, upper, "scm-sco"
        for first, second in pairs.get(_OWL.equivalentClass, ()):
            yield first, second, "scm-eqc1"
            yield second, first, "scm-eqc1"
        for node, members in self._schema.lists(_OWL.intersectionOf):
            yield from ((node, member, "scm-int") for member in members)
        for node, members in self._schema.lists(_OWL.unionOf):
            yield from ((member, node, "scm-uni") for member in members)

    def _restrictions(self) -> Iterator[tuple[str, Restriction]]:
        for kind in ("hasValue", "someValuesFrom", "allValuesFrom"):
            for node, filler in self._schema.pairs.get(_OWL[kind], ()):
                for prop in self._schema.restricted(node):
                    yield node, (kind, prop, filler)

    def _between(self, restrictions: list[tuple[str, Restriction]]) -> Iterator[tuple[str, str, str]]:
        """Iterate over the edges between restrictions that follow from the classes and properties in them."""
        nodes: dict[Restriction, list[str]] = defaultdict(list)
        for node, restriction in restrictions:
            nodes[restriction].append(node)
        for node, (kind, prop, filler) in restrictions:
            short = {"hasValue": "scm-hv", "someValuesFrom": "scm-svf", "allValuesFrom": "scm-avf"}[kind]
            own, wider = ("", "") if kind == "hasValue" else ("1", "2")
            for cls in (filler, *(self._fillers(filler) if own else ())):
                for other in nodes.get((kind, prop, cls), ()):
                    yield node, other, short + own
            for above in self._schema.superproperties(prop):
                for other in nodes.get((kind, above, filler), ()):
                    lower, upper = (other, node) if kind == "allValuesFrom" else (node, other)
                    yield lower, upper, short + wider

    def _fillers(self, cls: str) -> Iterator[str]:
        yield from self.above(cls)
        if cls != THING and not self._schema.is_datatype(cls):
            yield THING

    def above(self, node: str) -> tuple[str, ...]:
        """Return what a node lies below, nearest first, without itself; it lies below owl:Thing's superclasses too."""
        if node not in self._above:
            starts = [*self.edges.get(node, ()), *(self.edges.get(THING, ()) if node != THING else ())]
            seen = dict.fromkeys(starts)
            waiting = list(seen)
            while waiting:
                for upper in self.edges.get(waiting.pop(0), ()):
                    if upper not in seen:
                        seen[upper] = None
                        waiting.append(upper)
            self._above[node] = tuple(cls for cls in seen if cls != node)
        return self._above[node]

    def expressions(self, node: str, direction: Literal["up", "down"]) -> tuple[str, ...]:
        """Return the expressions without an IRI that are reached from a node through nothing else, without itself."""
        edges = self.edges if direction == "up" else self._below
        seen = {node: None}
        waiting = [node]
        while waiting:
            for other in edges.get(waiting.pop(0), ()):
                if not named(other) and other not in seen:
                    seen[other] = None
                    waiting.append(other)
        return tuple(seen)[1:]

    def down_from(self, cls: str) -> list[str]:
        """Return a class and every named class that lies below it."""
        return [cls, *(node for node in list(self.edges) if named(node) and node != cls and cls in self.above(node))]

    def subclasses(self, node: str) -> list[str]:
        """Return what lies directly below a node."""
        return self._below.get(node, [])

    def told_above(self, node: str) -> set[str]:
        """Return the named classes above a node that the rules over rdfs:subClassOf find without the expressions."""
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            for upper, rule in self.edges.get(waiting.pop(), {}).items():
                if rule in TOLD and named(upper) and upper not in seen:
                    seen.add(upper)
                    waiting.append(upper)
        return seen
