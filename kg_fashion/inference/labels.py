"""What is known of a target attribute: the values in use, and each garment's as a distribution."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue

Array = NDArray[np.float32]


def target_values(catalogue: Catalogue, target: str) -> tuple[str, ...]:
    """Return the IRIs in use for a target: the ontology's order, then the catalogue's own words."""
    used = {value for garment in catalogue for value in garment.values.get(target, ())}
    order = {iri: number for number, iri in enumerate(catalogue.ontology.values(target))}
    return tuple(sorted(used, key=lambda iri: (order.get(iri, len(order)), iri)))


def label_matrix(catalogue: Catalogue, target: str, values: Sequence[str]) -> Array:
    """Return what is known, shape (n_garments, n_values): rows sum to 1, or to 0 where nothing is known."""
    column = {iri: number for number, iri in enumerate(values)}
    matrix = np.zeros((len(catalogue), len(values)), dtype=np.float32)
    for row, garment in enumerate(catalogue):
        own = [column[iri] for iri in garment.values.get(target, ()) if iri in column]
        if own:
            matrix[row, own] = 1.0 / len(own)
    return matrix


def nearest_value(iri: str, values: Mapping[str, int], ancestors: Sequence[str]) -> int | None:
    """Return the column of a value or of its nearest broader one; None where neither is in use.

    Example:
        >>> from kg_fashion import terms
        >>> nearest_value(terms.KGF.Gym, {terms.KGF.Sport: 2}, [terms.KGF.Sport])
        2
    """
    return next((values[name] for name in (iri, *ancestors) if name in values), None)
