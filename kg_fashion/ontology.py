"""Reads the ontology: from Turtle files to checked triples, classes, values and labels.

The lowest room that knows what the terms mean: the catalogue reader resolves words through it, the graph stores its
triples, the rule engine compiles its axioms. SHACL shapes (`shapes.ttl`) stand in the same folder and are read
elsewhere. A source that declares `owl:imports <https://w3id.org/kg-fashion/ontology>` extends the bundled ontology;
any other source replaces it.

Example:
    >>> ontology = read_ontology()
    >>> ontology.label(terms.KGF.Wool), ontology.label(terms.KGF.Wool, "zh")
    ('wool', '羊毛')
    >>> terms.KGF.Garment in ontology.ancestors(terms.KGF.Coat)
    True
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import OntologyError, did_you_mean
from kg_fashion.resources import ontology_dir
from kg_fashion.sssom import read_sssom

SHAPES_FILE = "shapes.ttl"

_SUBCLASS = terms.RDFS.subClassOf
_LABEL_PROPERTIES = (terms.SKOS.prefLabel, terms.RDFS.label)
_PARENT_PROPERTIES = (_SUBCLASS, terms.SKOS.broader)
_CLASS_POSITIONS = {
    terms.RDF.type: "class",
    _SUBCLASS: "class",
    terms.OWL.equivalentClass: "class",
    terms.OWL.disjointWith: "class",
    terms.OWL.someValuesFrom: "class",
    terms.OWL.allValuesFrom: "class",
    terms.OWL.onProperty: "property",
    terms.OWL.inverseOf: "property",
    terms.RDFS.subPropertyOf: "property",
    terms.RDFS.domain: "class",
    terms.RDFS.range: "class",
}
_NAMES_A_DOCUMENT = (terms.OWL.versionIRI, terms.OWL.imports)
_OUTSIDE = (
    terms.RDF, terms.RDFS, terms.OWL, terms.XSD, terms.SKOS, terms.SH, terms.PROV, terms.DCTERMS, terms.SCHEMA,
    "http://purl.org/dc/elements/1.1/", "http://purl.org/vocab/vann/", "http://xmlns.com/foaf/0.1/",
)  # fmt: skip
"""Vocabularies whose terms are used without a declaration here."""


class Ontology:
    """A checked ontology.

    Args:
        triples: All its triples, without the shapes.

    Attributes:
        triples: The same, in file order.
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples: tuple[ox.Triple, ...] = tuple(triples)
        self._objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._labels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._ancestors: dict[str, tuple[str, ...]] = {}
        label_properties = (*_LABEL_PROPERTIES, terms.SKOS.altLabel)
        for subject, predicate, obj in self.triples:
            if not isinstance(obj, ox.NamedNode | ox.Literal) or not isinstance(subject, ox.NamedNode):
                continue
            self._objects[subject.value, predicate.value].append(obj.value)
            self._subjects[predicate.value, obj.value].append(subject.value)
            if predicate.value in label_properties and isinstance(obj, ox.Literal):
                self._labels[subject.value].append((obj.value, obj.language or ""))

    @cached_property
    def version(self) -> str:
        """The owl:versionIRI; the ontology's own IRI where it has none."""
        headers = self.subjects(terms.RDF.type, terms.OWL.Ontology)
        versions = [version for header in headers for version in self.objects(header, terms.OWL.versionIRI)]
        return next(iter([*versions, *headers]), terms.ONTOLOGY_IRI)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the sorted triples without blank nodes: the same whatever the order of the files."""
        lines = sorted(str(triple) for triple in self.triples if not _has_blank_node(triple))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def classes(self) -> frozenset[str]:
        """The garment classes: everything below `kgf:Garment`, without itself."""
        return frozenset(self._below(terms.KGF.Garment))

    def _below(self, root: str) -> Iterator[str]:
        seen = {root}
        waiting = [root]
        while waiting:
            for child in self.subjects(_SUBCLASS, waiting.pop()):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
                    yield child

    def objects(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Return the IRIs, or the lexical forms of the literals, that a subject has for a property."""
        return tuple(self._objects.get((subject, predicate), ()))

    def subjects(self, predicate: str, obj: str) -> tuple[str, ...]:
        """Return the IRIs of the subjects that have this object for a property."""
        return tuple(self._subjects.get((predicate, obj), ()))

    def ancestors(self, iri: str) -> tuple[str, ...]:
        """Return what a class or value lies below (rdfs:subClassOf, skos:broader), nearest first, without itself.

        Example:
            >>> [terms.local_name(iri) for iri in read_ontology().ancestors(terms.KGF.Merino)][:2]
            ['Wool', 'AnimalFibre']
        """
        if iri not in self._ancestors:
            self._ancestors[iri] = self._above(iri)
        return self._ancestors[iri]

    def _above(self, iri: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = [iri]
        while waiting:
            following = []
            for node in waiting:
                for predicate in _PARENT_PROPERTIES:
                    following += [p for p in self.objects(node, predicate) if p not in found and p != iri]
            found.update(dict.fromkeys(following))
            waiting = following
        return tuple(found)

    def values(self, attribute: str) -> tuple[str, ...]:
        """Return the value IRIs of an attribute in file order; for "type" the garment classes, sorted.

        Example:
            >>> [terms.local_name(iri) for iri in read_ontology().values("season")]
            ['Spring', 'Summer', 'Autumn', 'Winter']
        """
        if attribute == "type":
            return tuple(sorted(self.classes))
        ranges = self.objects(terms.ATTRIBUTES[attribute], terms.RDFS.range)
        return tuple(dict.fromkeys(value for cls in ranges for value in self.subjects(terms.RDF.type, cls)))

    def aligned(self, iri: str) -> tuple[str, ...]:
        """Return the IRIs in other vocabularies that mean the same, nearly the same, or something narrower.

        Example:
            >>> "http://www.wikidata.org/entity/Q42329" in read_ontology().aligned(terms.KGF.Wool)
            True
        """
        kinds = (terms.SKOS.exactMatch, terms.SKOS.closeMatch, terms.SKOS.narrowMatch)
        return tuple(other for kind in kinds for other in self.objects(iri, kind))

    def labels(self, iri: str) -> tuple[tuple[str, str], ...]:
        """Return every (text, language) that names a term: preferred and alternative labels."""
        return tuple(self._labels.get(iri, ()))

    def label(self, iri: str, lang: str = "en") -> str:
        """Return the preferred label in a language; in any language, or the local name, where there is none."""
        return self._preferred.get((iri, lang)) or self._preferred.get((iri, "en")) or terms.local_name(iri)

    @cached_property
    def _preferred(self) -> dict[tuple[str, str], str]:
        preferred: dict[tuple[str, str], str] = {}
        for subject, predicate, obj in self.triples:
            named = isinstance(subject, ox.NamedNode) and isinstance(obj, ox.Literal)
            if named and predicate.value in _LABEL_PROPERTIES:
                preferred.setdefault((subject.value, obj.language or "en"), obj.value)
        return preferred

    @cached_property
    def declared(self) -> frozenset[str]:
        """Every IRI that has an rdf:type here."""
        return frozenset(subject for subject, predicate in self._objects if predicate == terms.RDF.type)


def read_ontology(source: Path | str | None = None) -> Ontology:
    """Read and check an ontology.

    Args:
        source: A Turtle file or a folder of them; the bundled ontology by default.

    Raises:
        OntologyError: no such file, a syntax error (with line and column), or an undefined class, property or value.
    """
    if source is None:
        return _bundled()
    return _read(Path(source))


@lru_cache(maxsize=1)
def _bundled() -> Ontology:
    return _read(ontology_dir())


def _read(source: Path) -> Ontology:
    paths = _turtle_files(source)
    triples = [triple for path in paths for triple in read_turtle(path)]
    if source.is_dir():
        triples += [triple for path in sorted(source.glob("*.sssom.tsv")) for triple in read_sssom(path)]
    ontology = Ontology(triples)
    if any(terms.ONTOLOGY_IRI in ontology.objects(header, terms.OWL.imports) for header in _headers(ontology)):
        ontology = Ontology([*_bundled().triples, *triples])
    _check_defined(ontology, paths)
    return ontology


def _headers(ontology: Ontology) -> tuple[str, ...]:
    headers = ontology.subjects(terms.RDF.type, terms.OWL.Ontology)
    return tuple(header for header in headers if header != terms.ONTOLOGY_IRI)


def _turtle_files(source: Path) -> list[Path]:
    if source.is_dir():
        paths = sorted(path for path in source.glob("*.ttl") if path.name != SHAPES_FILE)
        if not paths:
            raise OntologyError("no .ttl file in this folder", path=source)
        return paths
    if not source.is_file():
        raise OntologyError("no such file; give a Turtle file or a folder of them", path=source)
    return [source]


def read_turtle(path: Path) -> list[ox.Triple]:
    """Parse one Turtle file.

    Raises:
        OntologyError: the file cannot be read, or has a syntax error (with line and column).
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OntologyError(f"cannot be read: {error.strerror}", path=path) from error
    try:
        return [quad.triple for quad in ox.parse(data, format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        reason = re.sub(r"^Parser error at .*?: ", "", str(error.msg))
        raise OntologyError(f"not valid Turtle: {reason}", path=path, line=error.lineno, column=error.offset) from error


def _check_defined(ontology: Ontology, paths: Sequence[Path]) -> None:
    for subject, predicate, obj in ontology.triples:
        if predicate.value in _NAMES_A_DOCUMENT:
            continue
        for role, term in ((None, subject), ("property", predicate), (_CLASS_POSITIONS.get(predicate.value), obj)):
            if isinstance(term, ox.NamedNode) and not _is_defined(ontology, term.value, role):
                raise _undefined(ontology, term.value, role, paths)


def _is_defined(ontology: Ontology, iri: str, role: str | None) -> bool:
    """Say whether a term is declared; other vocabularies' terms must be only as a class or property."""
    if iri in ontology.declared or iri.startswith(_OUTSIDE):
        return True
    return role is None and not iri.startswith(terms.KGF)


def _undefined(ontology: Ontology, iri: str, role: str | None, paths: Sequence[Path]) -> OntologyError:
    known = [terms.shorten(declared) for declared in sorted(ontology.declared)]
    name = terms.shorten(iri)
    hint = did_you_mean(name, known) or "; declare it, or correct its name"
    path, line = _place(iri, paths)
    return OntologyError(f"undefined {role or 'term'} {name}{hint}", path=path, line=line, iri=iri)


def _place(iri: str, paths: Sequence[Path]) -> tuple[Path, int | None]:
    """Find the first line that names the IRI, in full or with a prefix: the parser keeps no positions."""
    pattern = re.compile(rf"<{re.escape(iri)}>|[\w\-]*:{re.escape(terms.local_name(iri))}(?![\w\-])")
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if pattern.search(line):
                return path, number
    return paths[0], None


def _has_blank_node(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)
