"""Enriched garments as linked data: schema.org products in JSON-LD, the graph's own terms in Turtle."""

import json
from collections.abc import Iterator
from typing import IO, Any

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.catalog.enriched.rows import Inferred
from kg_fashion.catalog.model import Garment
from kg_fashion.catalog.triples import catalogue_ntriples, literal

_CONTEXT = {"@vocab": terms.SCHEMA, "kgf": terms.KGF, "id": "@id", "type": "@type"}
_SCHEMA_ORG = {"material": "material", "colour": "color", "pattern": "pattern", "type": "category", "brand": "brand"}
"""Attribute -> schema.org's property for it; the others become PropertyValues."""


def write_jsonld(inferred: Inferred, stream: IO[bytes]) -> None:
    """Write one schema.org Product a garment; what was inferred is a PropertyValue with its probability and reason."""
    stream.write(b'{"@context": ' + json.dumps(_CONTEXT).encode() + b', "@graph": [\n')
    for number, garment in enumerate(inferred.catalogue):
        stream.write((b",\n" if number else b"") + json.dumps(_product(inferred, garment), ensure_ascii=False).encode())
    stream.write(b"\n]}\n")


def _product(inferred: Inferred, garment: Garment) -> dict[str, Any]:
    label = inferred.catalogue.label
    product: dict[str, Any] = {"id": garment.iri, "type": "Product", "sku": garment.id}
    if garment.labels:
        product["name"] = [{"@value": text, "@language": language} for text, language in garment.labels]
    others: list[dict[str, Any]] = []
    for attribute, values in garment.values.items():
        name = _SCHEMA_ORG.get(attribute)
        if name == "brand":
            product[name] = [{"type": "Brand", "name": label(iri)} for iri in values]
        elif name is not None:
            product[name] = [label(iri) for iri in values]
        else:
            others += [_property(attribute, iri, label(iri)) for iri in values]
    for attribute, iri, filling in inferred.decided(garment.id):
        found = _property(attribute, iri, inferred.word(attribute, iri))
        others.append({**found, "kgf:probability": round(filling.probability, 4), "description": filling.reason})
    if others:
        product["additionalProperty"] = others
    return product


def _property(attribute: str, iri: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "PropertyValue", "name": attribute, "propertyID": terms.ATTRIBUTES[attribute]}
    return found | ({"value": text, "valueReference": {"id": iri}} if iri.startswith("http") else {"value": iri})


def write_turtle(inferred: Inferred, stream: IO[bytes]) -> None:
    """Write the garments' triples; an inferred one is reified (RDF 1.2) with its probability and reason."""
    ox.serialize(_triples(inferred), stream, format=ox.RdfFormat.TURTLE, prefixes=terms.PREFIXES)


def _triples(inferred: Inferred) -> Iterator[ox.Triple]:
    for block in catalogue_ntriples(inferred.catalogue):
        yield from _parsed(block)
    for garment in inferred.catalogue:
        lines = []
        for number, (attribute, iri, filling) in enumerate(inferred.decided(garment.id)):
            triple = f"<{garment.iri}> <{terms.ATTRIBUTES[attribute]}> <{iri}>"
            node = f"_:{attribute}{inferred.filled}n{number}"
            probability = f'"{filling.probability:.4f}"^^<{terms.XSD.decimal}>'
            lines += [
                f"{triple} .\n",
                f"{node} <{terms.RDF.reifies}> <<( {triple} )>> .\n",
                f"{node} <{terms.KGF.probability}> {probability} .\n",
                f"{node} <{terms.RDFS.comment}> {literal(filling.reason)}@en .\n",
            ]
        yield from _parsed("".join(lines).encode())


def _parsed(block: bytes) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(block, format=ox.RdfFormat.N_TRIPLES))
