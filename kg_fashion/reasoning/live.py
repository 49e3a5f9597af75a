"""A store whose inferred statements follow every change of what is asserted.

Garments are added, replaced and removed, triples are changed by SPARQL Update; each time the closure is brought up to
date (`Closure.edit`), and only what changed is written.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import StratificationError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.update_scope import in_graph
from kg_fashion.reasoning.change import Change
from kg_fashion.reasoning.closure import Closure
from kg_fashion.reasoning.ruleset import RuleSet, load_rules
from kg_fashion.reasoning.saved import CLOSURE, rules_path


class LiveGraph:
    """A graph and its closure, changed together.

    Args:
        graph: The store. Its closure is read from beside it where it is current, derived otherwise.
        rules: The rules; those by which the store was reasoned over by default, or else the bundled ones.
        rules_from: Where the rules are, in place of `rules`; the store remembers it.
        progress: Called with a line of text now and then.

    Attributes:
        graph: The store.
        closure: What follows from it.

    Example:
        >>> graph = KnowledgeGraph()
        >>> _ = graph.load_ontology()
        >>> live = LiveGraph(graph)
        >>> change = live.update("INSERT DATA { garment:G1 a kgf:PufferJacket }")
        >>> graph.query("ASK { garment:G1 kgf:suitsSeason kgf:Winter }").boolean
        True
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        rules: RuleSet | None = None,
        *,
        rules_from: Path | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.graph = graph
        self._rules_path = rules_from or (None if graph.path is None else rules_path(graph.path))
        chosen = rules if rules is not None else load_rules(self._rules_path)
        folder = None if graph.path is None else graph.path / CLOSURE
        reasoned = graph.count(terms.RULES_GRAPH) > 0
        self.closure = Closure(graph, chosen, saved=folder, progress=progress)
        if self.closure.was_saved:
            return
        if reasoned and progress is not None:
            progress("what the store holds was derived by other rules or from other data: everything was derived anew")
        self.closure.write(graph)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.save()

    def save(self) -> None:
        """Keep the closure beside the store, for the next time."""
        if self.graph.path is not None:
            self.closure.save(self.graph.path / CLOSURE, revision=self.graph.revision, rules=self._rules_path)

    def change(self, *, add: Iterable[ox.Triple] = (), remove: Iterable[ox.Triple] = ()) -> Change:
        """Assert triples in the catalogue graph and take others out, in that graph and in what follows.

        Args:
            add: Triples to assert.
            remove: Triples that are no longer asserted.

        Returns:
            What holds now and did not before, and the other way round.
        """
        new, gone = list(add), list(remove)
        taught = [triple for triple in gone if not self.graph.holds(triple, terms.ONTOLOGY_GRAPH)]
        change = self._followed(new, taught)
        self.graph.change_graph(terms.CATALOGUE_GRAPH, remove=gone, add=new)
        self.closure.write_change(self.graph, change)
        return change

    def _followed(self, new: Iterable[ox.Triple], gone: Iterable[ox.Triple]) -> Change:
        try:
            return self.closure.edit(add=new, remove=gone)
        except StratificationError:
            raise  # nothing is changed
        except BaseException:
            self.closure = Closure(self.graph, self.closure.rules)  # what is half changed is of no use
            raise

    def add_garments(self, ntriples: Iterable[bytes]) -> Change:
        """Add a catalogue's triples; what is known of a garment that is there already is replaced.

        Args:
            ntriples: Blocks of whole lines, as `kg_fashion.catalog.catalogue_ntriples` makes them.
        """
        text = b"".join(ntriples)
        new = [q.triple for q in ox.parse(text, format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)]
        replaced = dict.fromkeys(t.subject for t in new if str(t.subject).startswith(f"<{terms.GARMENT}"))
        return self.change(add=new, remove=[triple for subject in replaced for triple in self._about(subject)])

    def remove_garments(self, garment_ids: Sequence[str]) -> Change:
        """Remove garments by their catalogue's identifiers; identifiers that are not there are passed over."""
        subjects = [ox.NamedNode(terms.garment(garment_id)) for garment_id in garment_ids]
        return self.change(remove=[triple for subject in subjects for triple in self._about(subject)])

    def unknown_garments(self, garment_ids: Sequence[str]) -> list[str]:
        """Return those of some identifiers that no garment has."""
        return [own for own in garment_ids if not any(True for _ in self._about(ox.NamedNode(terms.garment(own))))]

    def _about(self, subject: ox.NamedNode | ox.BlankNode | ox.Triple) -> Iterable[ox.Triple]:
        return self.graph.describe(subject, terms.CATALOGUE_GRAPH) if isinstance(subject, ox.NamedNode) else ()

    def update(self, sparql: str) -> Change:
        """Run a SPARQL update; where it names no graph it is about the catalogue, and its WHERE sees everything.

        Raises:
            QueryError: a syntax error, or LOAD or SERVICE, which are off.
        """
        before = {name: self.graph.lines([name]) for name in terms.ASSERTED_GRAPHS}
        visible = (*terms.ASSERTED_GRAPHS, *terms.INFERRED_GRAPHS)
        self.graph.update(in_graph(sparql, terms.CATALOGUE_GRAPH, visible))
        after = {name: self.graph.lines([name]) for name in terms.ASSERTED_GRAPHS}
        was, now = (set().union(*lines.values()) for lines in (before, after))
        try:
            change = self._followed(_triples(now - was), _triples(was - now))
        except BaseException:
            for name in terms.ASSERTED_GRAPHS:
                lost, found = _triples(before[name] - after[name]), _triples(after[name] - before[name])
                self.graph.change_graph(name, remove=found, add=lost)
            raise
        if self.graph.count(terms.RULES_GRAPH):
            self.closure.write_change(self.graph, change)
        else:  # the update cleared what was inferred, with what is said of the rules
            self.closure.write(self.graph)
        return change


def _triples(lines: Iterable[bytes]) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES)]
