"""Evidence from rules: which rules speak for which value of which garment.

Only accepted rules speak: one whose kgf:status is "proposed" or "deprecated" does not. Garments that look the same to
the rules get the same evidence, so a garment is reasoned about once for all that look like it, and what was found is
remembered: a rule sees a garment's values, of the properties that rules or axioms name, and no other garment.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pyoxigraph as ox
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment, catalogue_ntriples
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.inference.labels import nearest_value
from kg_fashion.inference.veto import Vetoes, ruled_out, vetoes_of
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning import Closure, RuleSet, reason
from kg_fashion.reasoning.contraposition import CANNOT
from kg_fashion.reasoning.ruleset import ACCEPTED
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule

Witness = tuple[str, int]
"""A rule's IRI and the column of the value that it speaks for."""
_Look = tuple[object, ...]
_Firings = Mapping[str, tuple[tuple[str, str], ...]]
"""Target -> the rules that speak, each with the value that it speaks for."""
_RULED_OUT = ""
"""Stands in place of a target for the rules that rule a value out."""
_FEW = 50
"""So many new looks are added to a standing closure and taken out again; for more a closure is made."""
_MOST_REMEMBERED = 200_000
_DISJOINT = terms.OWL.propertyDisjointWith
_DECLARATIONS = {terms.OWL[name] for name in ("Class", "ObjectProperty", "DatatypeProperty", "NamedIndividual")}


@dataclass(frozen=True)
class Evidence:
    """Which witnesses speak, for each garment.

    Attributes:
        witnesses: Rule and value, in a fixed order.
        fires: Shape (n_garments, n_witnesses), float32, sparse by rows, 1 where the rule fires.
        vetoes: Which values are impossible.
    """

    witnesses: tuple[Witness, ...]
    fires: sparse.csr_matrix
    vetoes: Vetoes

    @property
    def columns(self) -> NDArray[np.int64]:
        """The value that each witness speaks for, shape (n_witnesses,)."""
        return np.array([column for _, column in self.witnesses], dtype=np.int64)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that speak, each once."""
        return tuple(dict.fromkeys(rule for rule, _ in self.witnesses))

    def take(self, rows: Sequence[int]) -> "Evidence":
        """Return the same of some of the garments."""
        return Evidence(self.witnesses, self.fires[rows], self.vetoes.take(rows))


def accepted(rules: RuleSet) -> RuleSet:
    """Return the rules that speak."""
    return replace(rules, rules=tuple(rule for rule in rules if rules.status(rule.iri) == ACCEPTED))


def close(catalogue: Catalogue, rules: RuleSet) -> Closure:
    """Reason over a catalogue by itself, with the accepted ones of the rules."""
    graph = KnowledgeGraph()
    graph.load_ontology(catalogue.ontology)
    graph.load_catalogue(catalogue_ntriples(catalogue))
    return reason(graph, accepted(rules))


class RuleEvidence:
    """What rules say of garments without their targets.

    Args:
        rules: The rules.
        ontology: Whose axioms apply beside them.
        targets: The attributes that are hidden from the rules.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> evidence = RuleEvidence(load_rules(), catalogue.ontology, ("season",))
        >>> found = evidence.gather(catalogue, {"season": (terms.KGF.Summer, terms.KGF.Winter)})["season"]
        >>> found.fires.shape[0], len(found.witnesses) > 10
        (409, True)
    """

    def __init__(self, rules: RuleSet, ontology: Ontology, targets: Collection[str]) -> None:
        self.rules = rules
        self._ontology = ontology
        self._asked = tuple(target for target in targets if target in terms.EVIDENCE)
        speaking = accepted(rules)
        self._vetoing = any(t.predicate == CANNOT for rule in speaking for t in rule.head)
        read = _read_properties(speaking)
        seen = _seen_attributes(read, ontology)
        self._attributes = tuple(attribute for attribute in seen if attribute not in targets)
        self._reads_names = read is None or terms.RDFS.label in read
        self._reads_ids = read is None or terms.DCTERMS["identifier"] in read
        self._known: dict[_Look, _Firings] = {}
        self._standing: Closure | None = None

    def gather(self, catalogue: Catalogue, values: Mapping[str, Sequence[str]]) -> dict[str, Evidence]:
        """Collect the evidence for some targets; a value that is not in use counts for its nearest broader one.

        Args:
            catalogue: The garments; their targets are not looked at.
            values: Target -> the IRIs of its values, in the columns' order.
        """
        looks = [self._look(garment) for garment in catalogue]
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._learn(catalogue, looks)
        distinct = {look: number for number, look in enumerate(dict.fromkeys(looks))}
        rows = np.fromiter(map(distinct.__getitem__, looks), dtype=np.int64, count=len(looks))
        return {target: self._evidence(target, own, tuple(distinct), rows) for target, own in values.items()}

    def _look(self, garment: Garment) -> _Look:
        """Return all that a rule can see of a garment."""
        own = garment.values
        look = tuple([own.get(attribute) for attribute in self._attributes])
        if self._reads_names or self._reads_ids:
            return (*look, garment.labels if self._reads_names else None, garment.id if self._reads_ids else None)
        return look

    def _learn(self, catalogue: Catalogue, looks: Sequence[_Look]) -> None:
        """Reason about one garment of each new look."""
        new: dict[_Look, Garment] = {}
        for look, garment in zip(looks, catalogue, strict=True):
            if look not in self._known and look not in new:
                own = str(len(new))  # two looks may be of one garment, with one value or another
                new[look] = replace(garment, id=garment.id if self._reads_ids else own, iri=terms.garment(own))
        firings = (
            self._firings(self._visible(catalogue, new.values())) if new and (self._asked or self._vetoing) else {}
        )
        self._known |= {look: firings.get(garment.iri, {}) for look, garment in new.items()}

    def _visible(self, catalogue: Catalogue, garments: Iterable[Garment]) -> Catalogue:
        """Return a catalogue of some garments with nothing but what a rule can see."""
        seen = frozenset(self._attributes)
        bare = [replace(g, values={a: own for a, own in g.values.items() if a in seen}) for g in garments]
        used = {value for garment in bare for own in garment.values.values() for value in own}
        words = {iri: word for iri, word in catalogue.value_labels.items() if iri in used}
        return replace(catalogue, garments=tuple(bare), value_labels=words)

    def _firings(self, catalogue: Catalogue) -> dict[str, _Firings]:
        """Return garment -> target -> what speaks for it."""
        if len(catalogue) > _FEW:
            return self._spoken(close(catalogue, self.rules))
        with self.closed(catalogue) as closure:
            return self._spoken(closure)

    @contextmanager
    def closed(self, catalogue: Catalogue) -> Iterator[Closure]:
        """Give what follows of a few garments, to be looked at within a `with`: they are taken out again after it.

        Args:
            catalogue: The garments; all of their values are seen, targets too, so leave out what is to be hidden.
        """
        if self._standing is None:
            self._standing = close(replace(catalogue, garments=(), value_labels={}), self.rules)
        standing, self._standing = self._standing, None  # where anything fails below, it is made anew
        text = b"".join(catalogue_ntriples(catalogue))
        triples = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
        standing.edit(add=triples)
        yield standing
        standing.edit(remove=triples)
        self._standing = standing

    def _spoken(self, closure: Closure) -> dict[str, _Firings]:
        found: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for target in self._asked:
            for subject, value, rule in closure.firings(terms.EVIDENCE[target]).iter_rows():
                found.setdefault(subject, {}).setdefault(target, []).append((rule, value))
        for subject, value, rule in ruled_out(closure) if self._vetoing else ():
            found.setdefault(subject, {}).setdefault(_RULED_OUT, []).append((rule, value))
        return {subject: {target: tuple(own) for target, own in of.items()} for subject, of in found.items()}

    def _evidence(
        self, target: str, values: Sequence[str], looks: Sequence[_Look], rows: NDArray[np.int64]
    ) -> Evidence:
        columns = {iri: number for number, iri in enumerate(values)}
        nearest: dict[str, int | None] = {}
        spoken: list[tuple[int, Witness]] = []
        for number, look in enumerate(looks):
            for rule, value in self._known[look].get(target, ()):
                if value not in nearest:
                    nearest[value] = nearest_value(value, columns, self._ontology.ancestors(value))
                column = nearest[value]
                if column is not None:
                    spoken.append((number, (rule, column)))
        witnesses = tuple(sorted({witness for _, witness in spoken}))
        place = {witness: number for number, witness in enumerate(witnesses)}
        pairs = list(dict.fromkeys((number, place[witness]) for number, witness in spoken))
        cells = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        shape = (len(looks), len(witnesses))
        fires = sparse.csr_matrix((np.ones(len(pairs), dtype=np.float32), (cells[0], cells[1])), shape=shape)
        out = (
            (number, value, rule)
            for number, look in enumerate(looks)
            for rule, value in self._known[look].get(_RULED_OUT, ())
        )
        vetoes = vetoes_of(out, len(looks), values, self._ontology)
        return Evidence(witnesses, fires[rows], vetoes.take(rows))


def _read_properties(rules: Iterable[Rule]) -> frozenset[str] | None:
    """Return the properties that rules read; None where one reads any property."""
    found: set[str] = set()
    for rule in rules:
        for pattern in _body(rule):
            if not isinstance(pattern.predicate, Constant):
                return None
            found.add(pattern.predicate.nt[1:-1])
    return frozenset(found)


def _body(rule: Rule) -> Iterator[Pattern]:
    yield from rule.patterns
    for negation in rule.negations:
        yield from negation.patterns
    for aggregate in rule.aggregates:
        yield from aggregate.patterns


def _seen_attributes(read: frozenset[str] | None, ontology: Ontology) -> tuple[str, ...]:
    """Return the attributes that a rule or an axiom looks at.

    Args:
        read: The properties that rules read; None for any.
        ontology: With the axioms.
    """
    if read is None:
        return tuple(terms.ATTRIBUTES)
    seen = read | _in_axioms(ontology)
    return tuple(name for name, iri in terms.ATTRIBUTES.items() if seen & {iri, *_broader(iri, ontology)})


def _broader(iri: str, ontology: Ontology) -> set[str]:
    """Return the properties that a property is below."""
    found: set[str] = set()
    waiting = [iri]
    while waiting:
        waiting += [own for own in ontology.objects(waiting.pop(), terms.RDFS.subPropertyOf) if own not in found]
        found.update(waiting)
    return found


def _in_axioms(ontology: Ontology) -> frozenset[str]:
    """Return what axioms name that conclude something of a garment: in class expressions, chains, as inverse.

    Hierarchies, domains and ranges are looked at elsewhere, and that properties are disjoint concludes a violation.
    """
    found = set()
    for subject, predicate, obj in ontology.triples:
        declared = predicate.value == terms.RDF.type and obj.value in _DECLARATIONS
        if (
            declared
            or predicate.value == terms.OWL.propertyDisjointWith
            or not predicate.value.startswith((terms.OWL, terms.RDF))
        ):
            continue
        found |= {node.value for node in (subject, obj) if isinstance(node, ox.NamedNode)}
    return frozenset(found)
