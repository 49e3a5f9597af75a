"""Finds axioms in the triples of an ontology: lists, property expressions, the closed property hierarchy.

OWL 2 Mapping to RDF Graphs, https://www.w3.org/TR/owl2-mapping-to-rdf/, read backwards as far as OWL 2 RL goes.
Terms are held in N-Triples syntax.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl import datatypes
from kg_fashion.reasoning.syntax import Constant, Pattern, Term

_RDF, _RDFS, _OWL = terms.RDF, terms.RDFS, terms.OWL
THING, NOTHING = f"<{_OWL.Thing}>", f"<{_OWL.Nothing}>"


@dataclass(frozen=True, slots=True)
class Property:
    """A property, or the inverse of one.

    Attributes:
        nt: Its name in N-Triples syntax.
        inverse: Whether it is read from object to subject.
    """

    nt: str
    inverse: bool = False

    def step(self, subject: Term, obj: Term) -> Pattern:
        """Return the triple that says that `subject` has `obj`.

        Example:
            >>> from kg_fashion.reasoning.syntax import Variable
            >>> str(Property("<urn:p>", inverse=True).step(Variable("x"), Variable("y")))
            '?y <urn:p> ?x'
        """
        return Pattern(obj, Constant(self.nt), subject) if self.inverse else Pattern(subject, Constant(self.nt), obj)


def named(node: str) -> bool:
    """Say whether a term is an IRI.

    Example:
        >>> named("<urn:a>"), named("_:b"), named('"c"')
        (True, False, False)
    """
    return node.startswith("<") and not node.startswith("<<")


class Schema:
    """The axioms of an ontology.

    Args:
        triples: The ontology, and whatever else may hold axioms.

    Attributes:
        pairs: Predicate IRI -> its (subject, object) pairs, each once.

    Example:
        >>> text = "<urn:p> <http://www.w3.org/2000/01/rdf-schema#subPropertyOf> <urn:q> ."
        >>> Schema(q.triple for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)).superproperties(Property("<urn:p>"))
        (Property(nt='<urn:q>', inverse=False),)
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for triple in dict.fromkeys(triples):
            if isinstance(triple.object, ox.Triple):
                continue
            subject, predicate, obj = str(triple.subject), triple.predicate.value, str(triple.object)
            self._objects[subject, predicate].append(obj)
            self.pairs[predicate].append((subject, obj))
        self._wider = self._property_edges()

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Return the objects of a subject for a predicate's IRI, in the order of the triples."""
        return self._objects.get((subject, predicate), [])

    def has(self, *predicates: str) -> bool:
        """Say whether any of the predicates occurs."""
        return any(self.pairs.get(predicate) for predicate in predicates)

    def typed(self, cls: str) -> list[str]:
        """Return what is asserted to be in a class."""
        return [subject for subject, obj in self.pairs.get(_RDF.type, ()) if obj == f"<{cls}>"]

    def is_a(self, node: str, cls: str) -> bool:
        """Say whether a node is asserted to be in a class."""
        return f"<{cls}>" in self.objects(node, _RDF.type)

    def members(self, head: str) -> list[str]:
        """Return the members of an RDF list; a list that ends in itself is read once."""
        found: list[str] = []
        seen: set[str] = set()
        while head not in seen and self.objects(head, _RDF.first):
            seen.add(head)
            found.append(self.objects(head, _RDF.first)[0])
            head = next(iter(self.objects(head, _RDF.rest)), f"<{_RDF.nil}>")
        return found

    def lists(self, predicate: str) -> Iterator[tuple[str, list[str]]]:
        """Iterate over (subject, members) of the lists that a predicate leads to."""
        for subject, head in self.pairs.get(predicate, ()):
            yield subject, self.members(head)

    def property(self, node: str) -> Property | None:
        """Return what a property expression stands for; None where it is not one."""
        if named(node):
            return Property(node)
        for other in self.objects(node, _OWL.inverseOf):
            if named(other):
                return Property(other, inverse=True)
        return None

    def properties(self, nodes: Iterable[str]) -> list[Property]:
        """Return what several property expressions stand for."""
        return [found for node in nodes if (found := self.property(node))]

    def restricted(self, node: str) -> list[Property]:
        """Return the properties that a restriction is on."""
        return self.properties(self.objects(node, _OWL.onProperty))

    def superproperties(self, prop: Property) -> tuple[Property, ...]:
        """Return what a property lies below, nearest first, without itself; for an inverse, inverses."""
        seen = {Property(prop.nt): None}
        waiting = [Property(prop.nt)]
        while waiting:
            node = waiting.pop(0)
            for edge in self._wider.get(node.nt, ()):
                wider = Property(edge.nt, edge.inverse != node.inverse)
                if wider not in seen:
                    seen[wider] = None
                    waiting.append(wider)
        return tuple(Property(p.nt, p.inverse != prop.inverse) for p in seen)[1:]

    def narrower_properties(self) -> list[str]:
        """Return the names of the properties that have a superproperty."""
        return list(self._wider)

    def _property_edges(self) -> dict[str, list[Property]]:
        equal = self.pairs.get(_OWL.equivalentProperty, [])
        edges: dict[str, list[Property]] = defaultdict(list)
        for sub, sup in [*self.pairs.get(_RDFS.subPropertyOf, ()), *equal, *((b, a) for a, b in equal)]:
            narrow, wide = self.property(sub), self.property(sup)
            if narrow and wide:
                edges[narrow.nt].append(Property(wide.nt, wide.inverse != narrow.inverse))
        return edges

    def is_datatype(self, node: str) -> bool:
        """Say whether a node is a datatype or data range."""
        return datatypes.is_datatype(node) or self.is_a(node, _RDFS.Datatype)

    def data_range(self, node: str) -> tuple[str, ...]:
        """Return the datatypes that a data range is the intersection of."""
        lists = self.objects(node, _OWL.intersectionOf)
        return tuple(part for head in lists for part in self.members(head)) if lists else (node,)

    def holds_literals(self, prop: Property) -> bool:
        """Say whether a property is declared a data property."""
        return self.is_a(prop.nt, _OWL.DatatypeProperty)

    def holds_individuals(self, prop: Property) -> bool:
        """Say whether a property is declared an object property."""
        return self.is_a(prop.nt, _OWL.ObjectProperty)
