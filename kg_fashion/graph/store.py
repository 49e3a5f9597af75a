"""The knowledge graph: named graphs in memory or in a folder, loaded, queried, updated, exported.

Place in the flow: the catalogue's triples and the ontology go in, everything later reads from here. The store is the
only record; the columnar snapshot (`snapshot.py`) is derived from it. SPARQL 1.1 Query and Update; a query sees the
union of all named graphs as its default graph, and the prefixes of `terms.PREFIXES` are known.

Example:
    >>> graph = KnowledgeGraph()
    >>> _ = graph.load_ontology()
    >>> graph.query("ASK { kgf:Merino skos:broader kgf:Wool }").boolean
    True
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Self

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import InputError, NoStoreError, QueryError, StoreError
from kg_fashion.graph import generations
from kg_fashion.graph.result import Result
from kg_fashion.ontology import Ontology, read_ontology

if TYPE_CHECKING:
    from kg_fashion.graph.snapshot import Snapshot

FORMATS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "nquads": ox.RdfFormat.N_QUADS,
}
_SUFFIXES: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}
_REVISION = ox.NamedNode("urn:kg-fashion:store")
_REVISION_OF = ox.NamedNode("urn:kg-fashion:revision")
_REVISION_GRAPH = ox.NamedNode("urn:kg-fashion:about")


class KnowledgeGraph:
    """Named graphs with SPARQL over them.

    Args:
        path: The store's folder, made on the first write of a new one; None keeps everything in memory.
        read_only: Open an existing folder for reading only, beside a writer.

    Raises:
        StoreError: the folder cannot be opened, is locked by another process, or is not a store.
    """

    def __init__(self, path: Path | str | None = None, *, read_only: bool = False) -> None:
        self.path = None if path is None else Path(path)
        self._store = _open(self.path, read_only=read_only)
        self._read_only = read_only

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is buffered and let go of the folder."""
        if self.path is not None and not self._read_only:
            self._store.flush()
        del self._store

    def __len__(self) -> int:
        """Count the quads in all named graphs."""
        return len(self._store) - sum(1 for _ in self._store.quads_for_pattern(None, None, None, _REVISION_GRAPH))

    def count(self, graph: str) -> int:
        """Count the triples of one named graph."""
        name = ox.NamedNode(graph)
        found = Result.of(self._store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default_graph=name))
        return int(found.to_rows()[0][0])

    @property
    def revision(self) -> int:
        """A number that grows with every write and is kept in the store."""
        return _revision(self._store)

    def _check_writable(self) -> None:
        if self._read_only:
            raise StoreError("was opened for reading only", path=self.path)

    def _touch(self, *, above: int = 0) -> None:
        """Raise the revision, before a write, so that what is derived from the store never counts as newer than it."""
        _set_revision(self._store, max(self.revision, above) + 1)

    def load_ontology(self, ontology: Ontology | None = None) -> int:
        """Put an ontology, the bundled one by default, in place of what the ontology graph holds.

        Returns:
            The number of its triples.
        """
        return self.replace_graph(terms.ONTOLOGY_GRAPH, (ontology or read_ontology()).triples)

    def load_catalogue(self, ntriples: Iterable[bytes]) -> int:
        """Put a catalogue's triples in place of what the catalogue graph holds.

        What was inferred from the former catalogue goes with it. The new store is built beside the old one and takes
        its place when it is complete: whatever happens on the way, the folder holds the one or the other.

        Args:
            ntriples: Blocks of whole lines of N-Triples, as `kg_fashion.catalog.catalogue_ntriples` makes them.

        Returns:
            The number of triples in the graph afterwards.

        Raises:
            StoreError: the folder cannot be written, or it was opened for reading only.
        """
        self._check_writable()
        self._rebuild(terms.CATALOGUE_GRAPH, ntriples, without=terms.INFERRED_GRAPHS)
        return self.count(terms.CATALOGUE_GRAPH)

    def replace_graph_lines(self, graph: str, ntriples: Iterable[bytes], *, labelled: Iterable[bytes] = ()) -> None:
        """Replace a named graph by blocks of whole lines of N-Triples; the folder holds the one or the other.

        Raises:
            StoreError: the folder cannot be written, or it was opened for reading only.
        """
        self._check_writable()
        self._rebuild(graph, ntriples, without=(), labelled=labelled)

    def _rebuild(
        self, graph: str, ntriples: Iterable[bytes], *, without: Sequence[str], labelled: Iterable[bytes] = ()
    ) -> None:
        """Build a store beside this one, with another content of a graph, and put it in this one's place."""
        replaced = {graph, *without}
        folder = None if self.path is None else generations.begin(self.path)
        new = ox.Store(folder)
        try:
            for name in list(self._store.named_graphs()):
                if name.value not in replaced:
                    kept = self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name) or b""
                    generations.bulk_copy(new, kept, ox.NamedNode(str(name).strip("<>")))
            generations.bulk_load(new, ntriples, ox.NamedNode(graph))
            generations.bulk_copy(new, b"".join(labelled), ox.NamedNode(graph))
            _set_revision(new, self.revision + 1)
            if folder is not None:
                new.flush()
                generations.publish(folder)
        except OSError as error:
            raise StoreError(f"cannot be written: {error}", path=self.path) from error
        self._store = new

    def replace_graph(self, graph: str, triples: Iterable[ox.Triple]) -> int:
        """Replace a named graph by these triples; the triples are made in full before anything is removed.

        Returns:
            The number of triples in the graph afterwards.
        """
        self._check_writable()
        name = ox.NamedNode(graph)
        quads = [ox.Quad(t.subject, t.predicate, t.object, name) for t in triples]
        try:
            self._touch()
            self._store.clear_graph(name)
            self._store.bulk_extend(quads)
        except OSError as error:
            raise StoreError(f"cannot be written: {error}", path=self.path) from error
        return self.count(graph)

    def change_graph(self, graph: str, *, remove: Iterable[ox.Triple], add: Iterable[ox.Triple]) -> None:
        """Remove triples from a named graph and add others, in that order, as one step.

        Raises:
            StoreError: the folder cannot be written, or it was opened for reading only.
        """
        self._check_writable()
        name = ox.NamedNode(graph)
        new = {ox.Quad(t.subject, t.predicate, t.object, name) for t in add}
        gone = {ox.Quad(t.subject, t.predicate, t.object, name) for t in remove} - new
        try:
            self._touch()
            for quad in gone:
                self._store.remove(quad)
            self._store.extend(new)
        except OSError as error:
            raise StoreError(f"cannot be written: {error}", path=self.path) from error

    def holds(self, triple: ox.Triple, graph: str) -> bool:
        """Say whether a named graph holds a triple."""
        return ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(graph)) in self._store

    def annotations(self, triple: ox.Triple, graph: str) -> Iterator[ox.Triple]:
        """Iterate over what is said of a statement in one named graph: the triples of what reifies it."""
        name = ox.NamedNode(graph)
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(terms.RDF.reifies), triple, name):
            if isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
                yield from self.describe(quad.subject, graph)

    def describe(self, subject: ox.NamedNode | ox.BlankNode, graph: str) -> Iterable[ox.Triple]:
        """Iterate over the triples of a subject in one named graph."""
        return (quad.triple for quad in self._store.quads_for_pattern(subject, None, None, ox.NamedNode(graph)))

    def load(self, path: Path | str, *, graph: str = terms.CATALOGUE_GRAPH) -> int:
        """Add an RDF file; quads keep their own graph, triples go to `graph`.

        Args:
            path: Turtle, N-Triples, N-Quads, TriG, JSON-LD or RDF/XML, told by its suffix.
            graph: The graph for triples.

        Returns:
            How many quads were read.

        Raises:
            InputError: no such file, an unknown suffix, or a syntax error (with its line). The graph is unchanged.
        """
        self._check_writable()
        source = Path(path)
        rdf_format = _SUFFIXES.get(source.suffix.lower())
        if rdf_format is None:
            raise InputError(f"unknown suffix; give one of {', '.join(sorted(_SUFFIXES))}", path=source)
        try:
            quads = list(ox.parse(source.read_bytes(), format=rdf_format))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=source) from error
        except SyntaxError as error:
            raise InputError(f"not valid {rdf_format.name}: {error.msg}", path=source, line=error.lineno) from error
        self._touch()
        default = ox.NamedNode(graph)
        self._store.extend(
            [
                ox.Quad(q.subject, q.predicate, q.object, default) if isinstance(q.graph_name, ox.DefaultGraph) else q
                for q in quads
            ]
        )
        return len(quads)

    def query(self, sparql: str) -> Result:
        """Run a SPARQL query.

        Raises:
            QueryError: a syntax error (with its line), or SERVICE, which is off.

        Example:
            >>> graph = KnowledgeGraph()
            >>> _ = graph.load_ontology()
            >>> graph.query("SELECT ?s WHERE { kgf:Wedding kgf:dressCode ?s }").to_rows()
            [['kgf:CocktailDressCode']]
        """
        _refuse(sparql, "SERVICE")
        try:
            return Result.of(self._store.query(terms.PROLOGUE + sparql, use_default_graph_as_union=True))
        except SyntaxError as error:
            raise _syntax_error(error, sparql) from error
        except (OSError, ValueError) as error:
            raise QueryError(f"the query cannot be run: {error}") from error

    def update(self, sparql: str) -> None:
        """Run a SPARQL update; it holds as a whole or not at all.

        Raises:
            QueryError: a syntax error (with its line), or LOAD or SERVICE, which are off.
            StoreError: the store was opened for reading only.
        """
        self._check_writable()
        _refuse(sparql, "SERVICE")
        _refuse(sparql, "LOAD")
        before = self.revision
        self._touch()
        try:
            self._store.update(terms.PROLOGUE + sparql)
        except SyntaxError as error:
            raise _syntax_error(error, sparql) from error
        except (OSError, ValueError) as error:
            raise QueryError(f"the update cannot be run: {error}") from error
        self._touch(above=before + 1)  # the update may have cleared the revision itself

    def triples(self, graph: str) -> Iterable[ox.Triple]:
        """Iterate over the triples of one named graph."""
        return (quad.triple for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(graph)))

    def lines(self, graphs: Sequence[str]) -> set[bytes]:
        """Return the distinct triples of named graphs as lines of N-Triples."""
        found: set[bytes] = set()
        for graph in graphs:
            dumped = self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph)) or b""
            found.update(dumped.splitlines())
        return found

    def export(self, target: Path | IO[bytes], *, format: str, graph: str | None = None) -> None:
        """Write the graph as RDF.

        Args:
            target: A file, or an open binary stream.
            format: "turtle" (one graph, or all of them merged) or "nquads".
            graph: One named graph; all of them by default.

        Raises:
            InputError: an unknown format, or the file cannot be written.
        """
        if format not in FORMATS:
            raise InputError(f"unknown format {format!r}; give one of {', '.join(FORMATS)}")
        name = None if graph is None else ox.NamedNode(graph)
        quads = (q for q in self._store.quads_for_pattern(None, None, None, name) if q.graph_name != _REVISION_GRAPH)
        if format == "turtle":
            data = ox.serialize(dict.fromkeys(q.triple for q in quads), format=FORMATS[format], prefixes=terms.PREFIXES)
        else:
            data = ox.serialize(quads, format=FORMATS[format])
        try:
            target.write_bytes(data or b"") if isinstance(target, Path) else target.write(data or b"")
        except OSError as error:
            raise InputError(f"cannot be written: {error}") from error

    def snapshot(self, graphs: Sequence[str] = terms.ASSERTED_GRAPHS) -> "Snapshot":
        """Encode named graphs as integer columns; a triple in several graphs stands once.

        Example:
            >>> graph = KnowledgeGraph()
            >>> graph.load_ontology() == len(graph.snapshot([terms.ONTOLOGY_GRAPH]))
            True
        """
        from kg_fashion.graph.snapshot import Snapshot

        parts = [
            self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph)) or b"" for graph in graphs
        ]
        return Snapshot.of(b"".join(parts), revision=self.revision)


def _revision(store: ox.Store) -> int:
    found = store.quads_for_pattern(_REVISION, _REVISION_OF, None, _REVISION_GRAPH)
    return max((int(quad.object.value) for quad in found if isinstance(quad.object, ox.Literal)), default=0)


def _set_revision(store: ox.Store, number: int) -> None:
    new = ox.Quad(_REVISION, _REVISION_OF, ox.Literal(number), _REVISION_GRAPH)
    store.add(new)
    for quad in list(store.quads_for_pattern(_REVISION, _REVISION_OF, None, _REVISION_GRAPH)):
        if quad != new:
            store.remove(quad)


def _open(path: Path | None, *, read_only: bool) -> ox.Store:
    if path is None:
        return ox.Store()
    if path.exists() and not path.is_dir():
        raise NoStoreError("is a file; give a folder for the store", path=path)
    folder = generations.current(path)
    if folder is None and path.is_dir() and any(entry for entry in path.iterdir() if not entry.name.isdigit()):
        raise NoStoreError("is not a store and not empty; give another folder", path=path)
    if folder is None and read_only:
        raise NoStoreError("no store there; make one with `kg-fashion load`", path=path)
    try:
        if folder is not None:
            return ox.Store.read_only(str(folder)) if read_only else ox.Store(folder)
        folder = generations.begin(path)
        store = ox.Store(folder)
        generations.publish(folder)
        return store
    except OSError as error:
        raise StoreError(f"cannot be opened (is another process using it?): {error}", path=path) from error
    except RuntimeError as error:
        raise StoreError(f"is damaged: {error}; load the catalogue into a new folder", path=path) from error


_TOKEN = re.compile(r"""<[^<>\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[?$]?[\w:.-]+""")


def _refuse(sparql: str, keyword: str) -> None:
    """Refuse a keyword that would reach the network or the disk; strings, comments and names do not count."""
    for token in _TOKEN.finditer(sparql):
        if token.group().upper() == keyword:
            line = sparql.count("\n", 0, token.start()) + 1
            raise QueryError(f"{keyword} is off: a query must not reach other hosts or files", line=line)


_LONG = 120


def _syntax_error(error: SyntaxError, sparql: str) -> QueryError:
    """Count lines from the user's first line, not from the prologue's."""
    skipped = terms.PROLOGUE.count("\n")
    line = None if error.lineno is None else max(1, error.lineno - skipped)
    if line is None:
        found = re.search(r"(?:error at|line) (\d+)", str(error.msg))
        line = max(1, int(found.group(1)) - skipped) if found else None
    reason = re.sub(r"^.*?error at [^:]*: ?(?:\d+: )?", "", str(error.msg).replace("\n", " "))
    if "Prefix not found" in reason:
        reason = "a prefix is unknown; add PREFIX name: <...> before"
    elif len(reason) > _LONG:
        reason = f"{reason[:_LONG]} ..."
    shown = sparql.splitlines()[line - 1].strip() if line and line <= len(sparql.splitlines()) else ""
    return QueryError(f"SPARQL syntax error: {reason}" + (f" (in: {shown})" if shown else ""), line=line)
