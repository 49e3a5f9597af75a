"""Evidence from rules: which rules speak for which value of which garment.

Only accepted rules speak: one whose kgf:status is "proposed" or "deprecated" does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, catalogue_ntriples
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.inference.labels import nearest_value
from kg_fashion.inference.veto import Vetoes, gather_vetoes
from kg_fashion.reasoning import Closure, RuleSet, reason
from kg_fashion.reasoning.ruleset import ACCEPTED

Witness = tuple[str, int]
"""A rule's IRI and the column of the value that it speaks for."""


@dataclass(frozen=True)
class Evidence:
    """Which witnesses speak, for each garment.

    Attributes:
        witnesses: Rule and value, in a fixed order.
        fires: Shape (n_garments, n_witnesses), float32, 1 where the rule fires.
        vetoes: Which values are impossible.
    """

    witnesses: tuple[Witness, ...]
    fires: NDArray[np.float32]
    vetoes: Vetoes

    @property
    def columns(self) -> NDArray[np.int64]:
        """The value that each witness speaks for, shape (n_witnesses,)."""
        return np.array([column for _, column in self.witnesses], dtype=np.int64)

    def take(self, rows: Sequence[int]) -> "Evidence":
        """Return the same of some of the garments."""
        return Evidence(self.witnesses, self.fires[rows], self.vetoes.take(rows))


def close(catalogue: Catalogue, rules: RuleSet) -> Closure:
    """Reason over a catalogue by itself, with the accepted ones of the rules."""
    accepted = replace(rules, rules=tuple(rule for rule in rules if rules.status(rule.iri) == ACCEPTED))
    graph = KnowledgeGraph()
    graph.load_ontology(catalogue.ontology)
    graph.load_catalogue(catalogue_ntriples(catalogue))
    return reason(graph, accepted)


def gather(catalogue: Catalogue, closure: Closure, target: str, values: Sequence[str]) -> Evidence:
    """Collect a target's evidence and vetoes; a value that is not in use counts for its nearest broader one."""
    vetoes = gather_vetoes(closure, [garment.iri for garment in catalogue], values, catalogue.ontology)
    if target not in terms.EVIDENCE:
        return Evidence((), np.zeros((len(catalogue), 0), dtype=np.float32), vetoes)
    rows = {garment.iri: number for number, garment in enumerate(catalogue)}
    columns = {iri: number for number, iri in enumerate(values)}
    nearest: dict[str, int | None] = {}
    found: dict[Witness, list[int]] = {}
    for subject, value, rule in closure.firings(terms.EVIDENCE[target]).iter_rows():
        if value not in nearest:
            nearest[value] = nearest_value(value, columns, catalogue.ontology.ancestors(value))
        column = nearest[value]
        if subject in rows and column is not None:
            found.setdefault((rule, column), []).append(rows[subject])
    witnesses = tuple(sorted(found))
    fires = np.zeros((len(catalogue), len(witnesses)), dtype=np.float32)
    for number, witness in enumerate(witnesses):
        fires[found[witness], number] = 1.0
    return Evidence(witnesses, fires, vetoes)
