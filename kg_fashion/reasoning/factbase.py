r"""The fact base: terms by number, and one relation a predicate.

Example:
    >>> facts = FactBase.from_ntriples(b"<urn:a> <urn:p> <urn:b> .\n<urn:a> <urn:p> <urn:c> .\n")
    >>> len(facts), [facts.terms.decode([p]) for p in facts.predicates()]
    (2, [['<urn:p>']])
"""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, datetime
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms as vocabulary
from kg_fashion.graph.encode import encode
from kg_fashion.graph.term_table import TermTable
from kg_fashion.reasoning.packed import Keys, Provenance, distinct, keys, objects, subjects
from kg_fashion.reasoning.relation import Relation
from kg_fashion.reasoning.syntax import Constant, Pattern, Term

_EMPTY = Relation()


class Columns(NamedTuple):
    """The facts of one predicate as columns, shape (n,) each; confidence None where all are certain."""

    s: NDArray[np.int32]
    o: NDArray[np.int32]
    rule: NDArray[np.int16]
    round: NDArray[np.int32]
    confidence: NDArray[np.float32] | None


class FactBase:
    """What is asserted and what was derived.

    Args:
        terms: The terms of the facts.

    Attributes:
        terms: The terms.
        now: What NOW() gives for the whole evaluation, in N-Triples syntax.
    """

    def __init__(self, terms: TermTable | None = None) -> None:
        self.terms = terms or TermTable()
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.now = f'"{moment}"^^<{vocabulary.XSD.dateTime}>'
        self._relations: dict[int, Relation] = {}

    @classmethod
    def from_ntriples(cls, ntriples: bytes) -> Self:
        """Read asserted facts from canonical N-Triples; a triple that stands twice counts once."""
        terms, s, p, o = encode(ntriples)
        facts = cls(terms)
        facts.assert_columns(s, p, o)
        return facts

    def assert_columns(self, s: NDArray[np.int32], p: NDArray[np.int32], o: NDArray[np.int32]) -> None:
        """Add asserted facts to a base that has none; shape (n,) each."""
        if not len(p):
            return
        order = np.argsort(p, kind="stable")
        s, p, o = s[order], p[order], o[order]
        edges = np.flatnonzero(np.diff(p, prepend=-1)).tolist()
        for start, stop in zip(edges, [*edges[1:], len(p)], strict=True):
            packed = distinct(keys(s[start:stop], o[start:stop]))
            self.relation(int(p[start]), create=True).add(packed, ordered=True)

    def assert_triples(self, data: Iterable[Pattern]) -> None:
        """Add triples without variables to what is asserted."""
        found: dict[int, list[tuple[int, int]]] = {}
        for triple in data:
            s, p, o = (self.id(term) for term in triple if isinstance(term, Constant))
            found.setdefault(p, []).append((s, o))
        for predicate, pairs in found.items():
            columns = np.array(pairs, dtype=np.int64)
            packed = np.unique(keys(columns[:, 0], columns[:, 1]))
            relation = self.relation(predicate, create=True)
            relation.add(packed[~relation.has(packed)], ordered=True)

    @property
    def has_derived(self) -> bool:
        """Whether anything was derived."""
        return any(relation.has_derived for relation in self._relations.values())

    def base(self) -> "FactBase":
        """Return the asserted facts alone, over the same terms."""
        base = FactBase(self.terms)
        for predicate, relation in self._relations.items():
            base.relation(predicate, create=True).add(np.sort(relation.asserted().everything()), ordered=True)
        return base

    def __len__(self) -> int:
        return sum(len(relation) for relation in self._relations.values())

    def predicates(self) -> tuple[int, ...]:
        """Return the ids of the predicates that have a relation."""
        return tuple(self._relations)

    def relation(self, predicate: int, *, create: bool = False) -> Relation:
        """Return the facts of a predicate; an empty relation, which is not kept, where it has none."""
        if create:
            return self._relations.setdefault(predicate, Relation())
        return self._relations.get(predicate, _EMPTY)

    def id(self, constant: Constant) -> int:
        """Return a constant's id, numbering it where it is new."""
        return self.terms.intern([constant.nt])[0]

    def fact(self, triple: Pattern) -> tuple[int, Keys] | None:
        """Return a triple without variables as (predicate, its number, shape (1,)); None where a term is unknown."""
        numbers = [self.terms.encode(term.nt) for term in triple if isinstance(term, Constant)]
        s, p, o = numbers
        return None if s is None or p is None or o is None else (p, keys(np.array([s]), np.array([o])))

    def columns(self, predicate: int) -> Columns:
        """Return a predicate's facts as columns, in any order."""
        packed, provenance = self.relation(predicate).rows()
        return Columns(subjects(packed).astype(np.int32), objects(packed).astype(np.int32), *provenance)

    def append(
        self,
        predicate: int,
        s: NDArray[np.int32],
        o: NDArray[np.int32],
        rule: NDArray[np.int16],
        round: NDArray[np.int32],
        confidence: NDArray[np.float32] | None = None,
    ) -> None:
        """Add derived facts, none of which is there; shape (n,) each."""
        self.relation(predicate, create=True).append(keys(s, o), Provenance(rule, round, confidence))

    def derived(self) -> Iterator[tuple[int, Keys, Provenance]]:
        """Iterate over the derived facts, a predicate at a time: predicate, facts, what stands beside them."""
        for predicate, relation in self._relations.items():
            packed, provenance = relation.rows()
            made = provenance.rule > 0
            if made.any():
                confidence = None if provenance.confidence is None else provenance.confidence[made]
                yield predicate, packed[made], Provenance(provenance.rule[made], provenance.round[made], confidence)

    def n_derived(self) -> int:
        """Count the derived facts."""
        return sum(int(np.count_nonzero(relation.rows()[1].rule)) for relation in self._relations.values())

    def fanout(self, pattern: Pattern, bound: Set[str], *, base: bool = False) -> float:
        """Return how many facts are expected to match a pattern for each value of the bound variables.

        Values are taken to be spread evenly; constant objects are counted.
        """
        total = 0.0
        for predicate in self._predicates_of(pattern.predicate):
            relation = self.relation(predicate)
            if len(relation):
                total += self._fanout(relation, pattern, bound)
        return total

    def _predicates_of(self, predicate: Term) -> Iterable[int]:
        return [self.id(predicate)] if isinstance(predicate, Constant) else self.predicates()

    def _fanout(self, relation: Relation, pattern: Pattern, bound: Set[str]) -> float:
        size = float(len(relation))
        if isinstance(pattern.object, Constant):
            size = float(relation.count_object(self.id(pattern.object)))
        elif pattern.object.name in bound:
            size /= relation.objects_spread
        if isinstance(pattern.subject, Constant) or pattern.subject.name in bound:
            size /= relation.subjects_spread
        return size
