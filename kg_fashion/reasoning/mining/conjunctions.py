"""Bodies that are conjunctions of items, counted for one head value at a time by sparse matrix products.

The search goes by levels, as Apriori (Agrawal and Srikant 1994): support never grows with another item, so a body
that is too rare is not extended. A body that holds for just the subjects of one of its parts says nothing new and is
not extended either (minimal generators: Bastide et al. 2000). These are the closed-world cousins of AnyBURL's rules
with constants (Meilicke et al. 2019, "Anytime Bottom-Up Rule Learning", IJCAI, types AC1 and AC2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion.reasoning.mining.items import Items

Ids = NDArray[np.int64]
_CHUNK = 4_000_000
"""Entries of one sparse product, so that memory stays bounded."""


@dataclass(frozen=True)
class Bodies:
    """Bodies with their counts, for one head value.

    Attributes:
        items: Ascending item numbers, -1 behind the last, shape (n, 3).
        support: Subjects for which body and head hold, shape (n,).
        predicted: Subjects for which the body holds.
        known: Of these, the subjects that have some value of the head's property.
    """

    items: Ids
    support: Ids
    predicted: Ids
    known: Ids

    def __len__(self) -> int:
        return len(self.support)

    def take(self, chosen: NDArray[np.bool_] | Ids) -> "Bodies":
        """Return some of them."""
        return Bodies(self.items[chosen], self.support[chosen], self.predicted[chosen], self.known[chosen])


@dataclass(frozen=True)
class Counts:
    """How often items and pairs of items hold, whatever the head value.

    Attributes:
        holds: Shape (n_nodes, n_items).
        known: Of the nodes, whether they have some value of the head's property.
        pairs: Co-occurrence over all nodes, shape (n_items, n_items).
        known_pairs: The same over the known nodes.
    """

    holds: sparse.csr_matrix
    known: NDArray[np.bool_]
    pairs: sparse.csr_matrix
    known_pairs: sparse.csr_matrix

    @classmethod
    def of(cls, items: Items, known: NDArray[np.bool_]) -> "Counts":
        """Count pairs."""
        inside = items.holds[np.flatnonzero(known)]
        return cls(items.holds, known, (items.holds.T @ items.holds).tocsr(), (inside.T @ inside).tocsr())


def count_bodies(
    items: Items, counts: Counts, head: NDArray[np.bool_], *, min_support: int, max_atoms: int, max_pairs: int
) -> tuple[Bodies, int]:
    """Count every body that is frequent for a head value.

    Args:
        items: The items.
        counts: Of pairs.
        head: The nodes that have the head value, shape (n_nodes,).
        min_support: Subjects.
        max_atoms: Of a body.
        max_pairs: Extend at most so many pairs, those of the most support.

    Returns:
        The bodies, and how many pairs were not extended.
    """
    atoms = items.n_atoms
    mine = items.holds[np.flatnonzero(head)]
    levels = [_singles(counts, mine, min_support)]
    cut = 0
    if max_atoms > 1:
        pairs = _pairs(counts, mine, min_support)
        levels.append(pairs.take(atoms[pairs.items[:, :2]].sum(axis=1) <= max_atoms))
    if max_atoms > 2:
        base = levels[1].take(atoms[levels[1].items[:, :2]].sum(axis=1) < max_atoms)
        cut = max(0, len(base) - max_pairs)
        base = base.take(np.sort(np.argsort(-base.support, kind="stable")[:max_pairs]))
        if len(base):
            levels.append(_triples(counts, mine, base, atoms, min_support, max_atoms))
    fields = ("items", "support", "predicted", "known")
    return Bodies(*(np.concatenate([getattr(level, name) for level in levels]) for name in fields)), cut


def _singles(counts: Counts, mine: sparse.csr_matrix, min_support: int) -> Bodies:
    support = np.asarray(mine.sum(axis=0), dtype=np.int64).ravel()
    often = np.flatnonzero(support >= min_support)
    items = np.full((len(often), 3), -1, dtype=np.int64)
    items[:, 0] = often
    predicted, known = (table.diagonal()[often].astype(np.int64) for table in (counts.pairs, counts.known_pairs))
    return Bodies(items, support[often], predicted, known)


def _pairs(counts: Counts, mine: sparse.csr_matrix, min_support: int) -> Bodies:
    found = sparse.triu(mine.T @ mine, k=1).tocoo()
    often = found.data >= min_support
    left, right = found.row[often].astype(np.int64), found.col[often].astype(np.int64)
    order = np.lexsort((right, left))
    left, right, support = left[order], right[order], found.data[often][order].astype(np.int64)
    predicted, known = (_look_up(table, left, right) for table in (counts.pairs, counts.known_pairs))
    items = np.stack([left, right, np.full_like(left, -1)], axis=1)
    alone = counts.pairs.diagonal()
    return Bodies(items, support, predicted, known).take(predicted < np.minimum(alone[left], alone[right]))


def _triples(
    counts: Counts, mine: sparse.csr_matrix, base: Bodies, atoms: Ids, min_support: int, max_atoms: int
) -> Bodies:
    """Extend pairs by a third item behind the second; then count the triples over all nodes, pair by pair."""
    found = []
    for chunk in _chunks(base.support):
        pairs = base.items[chunk, :2]
        left, right = pairs[:, 0], pairs[:, 1]
        support = _third(mine, pairs)
        often = (support.data >= min_support) & (support.col > right[support.row])
        number, third, hits = support.row[often], support.col[often].astype(np.int64), support.data[often]
        fits = (atoms[left] + atoms[right])[number] + atoms[third] <= max_atoms
        number, third, hits = number[fits], third[fits], hits[fits]
        used, place = np.unique(number, return_inverse=True)
        items = np.stack([left[number], right[number], third], axis=1)
        predicted, known = (_recount(holds, pairs[used], place, third) for holds in _tables(counts))
        bodies = Bodies(items, hits.astype(np.int64), predicted, known)
        parts = [_look_up(counts.pairs, items[:, a], items[:, b]) for a, b in ((0, 1), (0, 2), (1, 2))]
        found.append(bodies.take(predicted < np.minimum.reduce(parts)))
    joined = {name: np.concatenate([getattr(b, name) for b in found]) for name in Bodies.__dataclass_fields__}
    order = np.lexsort(joined["items"].T[::-1])
    return Bodies(**joined).take(order)


def _tables(counts: Counts) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    return counts.holds, counts.holds[np.flatnonzero(counts.known)]


def _recount(holds: sparse.csr_matrix, pairs: Ids, place: Ids, third: Ids) -> Ids:
    """Count triples over all rows of a table, some pairs at a time."""
    counted = np.zeros(len(third), dtype=np.int64)
    columns = holds.tocsc()
    sizes = np.minimum(np.diff(columns.indptr)[pairs[:, 0]], np.diff(columns.indptr)[pairs[:, 1]])
    for chunk in _chunks(sizes):
        inside = np.flatnonzero((place >= chunk[0]) & (place <= chunk[-1]))
        table = _third(holds, pairs[chunk]).tocsr()
        counted[inside] = _look_up(table, place[inside] - chunk[0], third[inside])
    return counted


def _third(holds: sparse.csr_matrix, pairs: Ids) -> sparse.coo_matrix:
    """Return how often each pair holds with each item, shape (n_pairs, n_items)."""
    columns = holds.tocsc()
    both = columns[:, pairs[:, 0]].multiply(columns[:, pairs[:, 1]])
    return (both.T.tocsr() @ holds).tocoo()


def _chunks(sizes: Ids) -> list[Ids]:
    """Split positions into runs whose sizes together stay below the memory bound."""
    if not len(sizes):
        return []
    run = np.cumsum(sizes) // _CHUNK
    return [np.flatnonzero(run == number) for number in np.unique(run)]


def _look_up(table: sparse.csr_matrix, rows: Ids, columns: Ids) -> Ids:
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    return np.asarray(table[rows, columns], dtype=np.int64).ravel()
