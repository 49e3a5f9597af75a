"""Builds docs/ontology.html, the reference of every class and property of the ontology, with pyLODE.

Usage: python docs/build_reference.py [TARGET]

The values (SKOS concepts) are left out: pyLODE takes their schemes for ontologies of their own.
"""

import sys
import tempfile
from pathlib import Path

import pyoxigraph as ox
from pylode import OntPub

from kg_fashion import terms
from kg_fashion.ontology import read_ontology


def build(target: Path) -> None:
    """Write the reference as one HTML page."""
    ontology = read_ontology()
    kinds = (terms.SKOS.Concept, terms.SKOS.ConceptScheme)
    values = {subject for kind in kinds for subject in ontology.subjects(terms.RDF.type, kind)}
    kept = [t for t in ontology.triples if not (isinstance(t.subject, ox.NamedNode) and t.subject.value in values)]
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "ontology.ttl"
        merged.write_bytes(ox.serialize(kept, format=ox.RdfFormat.TURTLE, prefixes=terms.PREFIXES) or b"")
        OntPub(ontology=str(merged)).make_html(destination=str(target))


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("ontology.html"))
