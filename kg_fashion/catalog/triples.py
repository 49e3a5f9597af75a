"""Garments to asserted triples, as the graph model of docs/architecture.md has them."""

from collections.abc import Iterator

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.catalog.model import Catalogue, Garment

_TYPE = ox.NamedNode(terms.RDF.type)
_LABEL = ox.NamedNode(terms.RDFS.label)
_IDENTIFIER = ox.NamedNode(terms.DCTERMS["identifier"])
_GARMENT = ox.NamedNode(terms.KGF.Garment)
_UNRESOLVED = ox.NamedNode(terms.KGF.unresolved)
_TRUE = ox.Literal("true", datatype=ox.NamedNode(terms.XSD.boolean))
_DECIMAL = ox.NamedNode(terms.XSD.decimal)


def catalogue_triples(catalogue: Catalogue) -> Iterator[ox.Triple]:
    """Iterate over a catalogue's triples: first its brands and unknown words, then garment by garment.

    Example:
        >>> from kg_fashion.catalog.reader import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> material = terms.KGF.material
        >>> next(t.object for t in catalogue_triples(catalogue) if t.predicate.value == material)
        <NamedNode value=https://w3id.org/kg-fashion/ontology/Wool>
    """
    yield from _own_values(catalogue)
    nodes: dict[str, ox.NamedNode] = {}
    properties = {name: ox.NamedNode(iri) for name, iri in terms.ATTRIBUTES.items()}
    for garment in catalogue:
        yield from _garment_triples(garment, properties, nodes)


def _own_values(catalogue: Catalogue) -> Iterator[ox.Triple]:
    for iri, word in catalogue.value_labels.items():
        node = ox.NamedNode(iri)
        yield ox.Triple(node, _LABEL, ox.Literal(word))
        if iri.startswith(terms.BRAND):
            yield ox.Triple(node, _TYPE, ox.NamedNode(terms.KGF.Brand))
            continue
        yield ox.Triple(node, _UNRESOLVED, _TRUE)
        attribute = iri.removeprefix(terms.VALUE).split("/")[0]
        for cls in catalogue.ontology.objects(terms.ATTRIBUTES[attribute], terms.RDFS.range):
            yield ox.Triple(node, _TYPE, ox.NamedNode(cls))


def _garment_triples(
    garment: Garment, properties: dict[str, ox.NamedNode], nodes: dict[str, ox.NamedNode]
) -> Iterator[ox.Triple]:
    subject = ox.NamedNode(garment.iri)
    yield ox.Triple(subject, _TYPE, _GARMENT)
    yield ox.Triple(subject, _IDENTIFIER, ox.Literal(garment.id))
    for text, language in garment.labels:
        yield ox.Triple(subject, _LABEL, ox.Literal(text, language=language))
    for attribute, values in garment.values.items():
        for value in values:
            if attribute == "warmth" and not value.startswith("http"):
                yield ox.Triple(subject, properties[attribute], ox.Literal(value, datatype=_DECIMAL))
            else:
                node = nodes.setdefault(value, ox.NamedNode(value))
                yield ox.Triple(subject, properties[attribute], node)
