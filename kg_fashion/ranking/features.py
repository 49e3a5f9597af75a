"""Features of a garment for a person in a context, from the graph, the embedding and the completed attributes.

History features tell how near a garment is to what the person did, newer acts counting more; context features tell how
well it fits the season and the occasion. All are known before the event that they are computed for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue
from kg_fashion.graph.measures import attribute_graph, personalised_pagerank
from kg_fashion.inference import AttributeInferrer
from kg_fashion.ranking.history import Event

Array = NDArray[np.float32]
HISTORY: Final = ("similarity", "overlap", "style", "colour", "brand", "kind", "interest", "pagerank")
CONTEXT: Final = ("season_fit", "occasion_fit", "popularity")
GATE: Final = ("events", "season_known", "occasion_known")
_SHARED = {"style": "style", "colour": "colour", "brand": "brand", "kind": "type"}


@dataclass(frozen=True)
class Context:
    """When and for what: a day, and the IRIs of season and occasion where known."""

    day: date
    season: str | None = None
    occasion: str | None = None


class GarmentFeatures:
    """What is the same for every person: vectors, shared values, fits, PageRank.

    Args:
        catalogue: The garments.
        inferrer: Gives the vectors and the probabilities of season and occasion.
    """

    def __init__(self, catalogue: Catalogue, inferrer: AttributeInferrer) -> None:
        self.catalogue = catalogue
        vectors = inferrer.vectors(catalogue)
        self.vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self.fits = {target: _fits(catalogue, inferrer, target) for target in inferrer.targets}
        self.columns = {t: {iri: n for n, iri in enumerate(inferrer.values(t))} for t in inferrer.targets}
        self.values = {name: _table(catalogue, attribute) for name, attribute in _SHARED.items()}
        self.all_values = _table(catalogue, None)
        self._ranks = _pagerank(catalogue)

    def __len__(self) -> int:
        return len(self.catalogue)

    def history(self, events: Sequence[Event], today: date) -> Array:
        """Return the history features of every garment, shape (n_garments, len(HISTORY)), float32."""
        weights = np.zeros(len(self), dtype=np.float32)
        for event in events:
            weights[event.garment] += event.weight(today)
        total = np.abs(weights).sum()
        if total == 0:
            return np.zeros((len(self), len(HISTORY)), dtype=np.float32)
        share = weights / total
        liked = np.maximum(share, 0)
        columns = [
            self.vectors @ (share @ self.vectors),
            self.all_values @ (share @ self.all_values) / np.maximum(self.all_values.sum(axis=1), 1),
            *(table @ (share @ table) for table in self.values.values()),
            np.tanh(weights),
            np.log1p(len(self) * (liked @ self._ranks)) if liked.any() else np.zeros(len(self)),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def context(self, context: Context, popularity: Array) -> Array:
        """Return the context features of every garment, shape (n_garments, len(CONTEXT)), float32."""
        found = [self.fit("season", context.season), self.fit("occasion", context.occasion), popularity]
        return np.stack(found, axis=1).astype(np.float32)

    def fit(self, target: str, value: str | None) -> Array:
        """Return how well every garment fits a season or scene, 0 to 1; a kind of scene counts for its broader one."""
        columns = self.columns.get(target, {})
        names = () if value is None else (value, *self.catalogue.ontology.ancestors(value))
        column = next((columns[name] for name in names if name in columns), None)
        return self.fits[target][:, column] if column is not None else np.zeros(len(self), dtype=np.float32)

    def gate(self, events: Sequence[Event], context: Context) -> Array:
        """Return what the gate looks at, shape (len(GATE),), float32."""
        known = [np.log1p(len(events)) / 4, context.season is not None, context.occasion is not None]
        return np.array(known, dtype=np.float32)


def _fits(catalogue: Catalogue, inferrer: AttributeInferrer, target: str) -> Array:
    """Return probabilities, and 1 for supplied values (0 for the others of that garment)."""
    fits = inferrer.predict_proba(catalogue, target).copy()
    columns = {iri: number for number, iri in enumerate(inferrer.values(target))}
    for row, garment in enumerate(catalogue):
        supplied = [columns[iri] for iri in garment.values.get(target, ()) if iri in columns]
        if supplied:
            fits[row] = 0
            fits[row, supplied] = 1
    return fits


def _table(catalogue: Catalogue, attribute: str | None) -> Array:
    """Return which garment has which value, with the broader values and classes, shape (n, n_values), float32."""
    numbers: dict[str, int] = {}
    rows: list[list[int]] = []
    for garment in catalogue:
        chosen = garment.values.values() if attribute is None else [garment.values.get(attribute, ())]
        own = dict.fromkeys(value for values in chosen for value in values)
        parents = [up for value in own for up in catalogue.ontology.ancestors(value) if up.startswith(terms.KGF)]
        rows.append([numbers.setdefault(value, len(numbers)) for value in dict.fromkeys((*own, *parents))])
    table = np.zeros((len(rows), len(numbers)), dtype=np.float32)
    for row, columns in enumerate(rows):
        table[row, columns] = 1.0
    return table


def _pagerank(catalogue: Catalogue) -> Array:
    """Return personalised PageRank from each garment to each; it is linear, so seeds may be mixed afterwards."""
    graph = attribute_graph({g.iri: [v for own in g.values.values() for v in own] for g in catalogue})
    iris = [garment.iri for garment in catalogue]
    ranks = np.zeros((len(iris), len(iris)), dtype=np.float32)
    for row, iri in enumerate(iris):
        found = personalised_pagerank(graph, {iri: 1.0})
        ranks[row] = [found[other] for other in iris]
        ranks[row, row] = 0.0
    return ranks
