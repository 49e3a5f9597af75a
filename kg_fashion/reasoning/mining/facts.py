"""What rules are mined from: the triples between IRIs, one edge list a predicate, closed by the hierarchies.

A garment has its type's ancestor classes too (rdfs:subClassOf), and a value lies below its ancestors
(kgf:narrowerThan, the transitive superproperty of skos:broader): just what the ontology's axioms derive, so that a
mined rule fires in the closure where it was counted here. Literals, and what the vocabularies of OWL, SKOS and SHACL
say about terms, are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyoxigraph as ox
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion import terms
from kg_fashion.catalog import Catalogue
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import Ontology

Edges = tuple[NDArray[np.int64], NDArray[np.int64]]
_VOCABULARIES = (terms.OWL, terms.RDFS, terms.SKOS, terms.SH, terms.DCTERMS, terms.PROV)


@dataclass(frozen=True)
class MiningFacts:
    """Triples between IRIs, numbered.

    Attributes:
        nodes: The IRI of each number.
        edges: Predicate IRI -> (subjects, objects), each shape (n_triples,), int64, without doubles.
        own_types: Asserted rdf:type edges, before the class hierarchy was applied.
        ontology: Whose labels and hierarchies hold.
        source: The name of the catalogue or store.
        words: IRI -> word, for values that the ontology does not name.
    """

    nodes: tuple[str, ...]
    edges: Mapping[str, Edges]
    own_types: Edges
    ontology: Ontology
    source: str
    words: Mapping[str, str] = field(default_factory=dict)

    def label(self, iri: str, lang: str = "en") -> str:
        """Return the word for a term."""
        return self.words.get(iri) or self.ontology.label(iri, lang)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """IRI -> number."""
        return {iri: number for number, iri in enumerate(self.nodes)}

    def matrix(self, predicate: str) -> sparse.csr_matrix:
        """Return a predicate's incidence, shape (n_nodes, n_nodes), int32, 1 where subject and object are linked."""
        subjects, objects = self.edges[predicate]
        return incidence(subjects, objects, (len(self.nodes), len(self.nodes)))


def incidence(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> sparse.csr_matrix:
    """Return a 0/1 matrix, int32."""
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=shape)
    matrix.data[:] = 1
    return matrix


def facts_of_catalogue(catalogue: Catalogue) -> MiningFacts:
    """Take the facts of a catalogue, with its ontology.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> facts = facts_of_catalogue(read_catalogue(boutique_dir() / "catalogue.csv"))
        >>> terms.KGF.season in facts.edges
        True
    """
    own = (
        (garment.iri, terms.ATTRIBUTES[attribute], value)
        for garment in catalogue
        for attribute, values in garment.values.items()
        if attribute != "warmth"
        for value in values
    )
    return _facts(own, catalogue.ontology, catalogue.path.name, catalogue.value_labels)


def facts_of_graph(graph: KnowledgeGraph, *, source: str = "the graph") -> MiningFacts:
    """Take the asserted facts of a knowledge graph: its catalogue graph, with its ontology graph.

    Args:
        graph: Any triples; predicates need not be the ontology's.
        source: What to call it in the rules' dcterms:source.
    """
    words: dict[str, str] = {}

    def own() -> Iterator[tuple[str, str, str]]:
        for subject, predicate, obj in graph.triples(terms.CATALOGUE_GRAPH):
            if not isinstance(subject, ox.NamedNode):
                continue
            if isinstance(obj, ox.NamedNode):
                yield subject.value, predicate.value, obj.value
            elif predicate.value == terms.RDFS.label and isinstance(obj, ox.Literal):
                words.setdefault(subject.value, obj.value)

    return _facts(own(), Ontology(graph.triples(terms.ONTOLOGY_GRAPH)), source, words)


def _facts(
    own: Iterable[tuple[str, str, str]], ontology: Ontology, source: str, words: Mapping[str, str]
) -> MiningFacts:
    numbers: dict[str, int] = {}
    pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for subject, predicate, obj in (*own, *_schema(ontology)):
        if not predicate.startswith(_VOCABULARIES):
            s, o = numbers.setdefault(subject, len(numbers)), numbers.setdefault(obj, len(numbers))
            pairs[predicate].append((s, o))
    own_types = _unique(pairs.get(terms.RDF.type, []))
    _close(pairs, numbers, ontology)
    edges = {predicate: _unique(found) for predicate, found in sorted(pairs.items()) if found}
    return MiningFacts(tuple(numbers), edges, own_types, ontology, source, words)


def _schema(ontology: Ontology) -> Iterator[tuple[str, str, str]]:
    """Iterate over what the ontology says about its values; not what it says about classes and properties."""
    for subject, predicate, obj in ontology.triples:
        if not isinstance(subject, ox.NamedNode) or not isinstance(obj, ox.NamedNode):
            continue
        own = ontology.objects(subject.value, terms.RDF.type)
        if not obj.value.startswith(_VOCABULARIES) and not any(cls.startswith(terms.OWL) for cls in own):
            yield subject.value, predicate.value, obj.value


def _close(pairs: dict[str, list[tuple[int, int]]], numbers: dict[str, int], ontology: Ontology) -> None:
    """Add ancestor classes of types, and what each value is narrower than."""

    def above(iri: str) -> list[int]:
        known = (up for up in ontology.ancestors(iri) if not up.startswith(_VOCABULARIES))
        return [numbers.setdefault(up, len(numbers)) for up in known]

    names = list(numbers)
    types = pairs.get(terms.RDF.type, [])
    ancestors = {o: above(names[o]) for o in sorted({o for _, o in types})}
    types += [(s, up) for s, o in list(types) for up in ancestors[o]]
    for iri in names:
        if ontology.objects(iri, terms.SKOS.broader):
            pairs[terms.KGF.narrowerThan] += [(numbers[iri], up) for up in above(iri)]


def _unique(pairs: list[tuple[int, int]]) -> Edges:
    table = np.unique(np.array(pairs, dtype=np.int64).reshape(-1, 2), axis=0)
    return table[:, 0].copy(), table[:, 1].copy()
