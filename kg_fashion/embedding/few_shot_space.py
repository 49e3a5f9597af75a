"""The space in which few examples are compared: composed vectors, whitened, beside the name's words and the type.

A composed vector knows what training has taught it about a garment's parts, but a word that was never seen says
nothing there, and what tells the garments of one class apart is as loud as what tells classes apart. So:

- the composed vector is centred and whitened by the covariance *within* the known classes of the attribute (Hatch et
  al. 2006, "Within-Class Covariance Normalization for SVM-based Speaker Recognition"): directions in which garments of
  one class differ become quiet;
- each word of the names, seen in training or not, and the type with its ancestors have a place and a sign of their own
  in further dimensions, by a hash (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"), as
  loud as they are rare (Spärck Jones 1972: log((n + 1) / (n_with + 1))). Words count without case and plural.

The three have length 1 and are joined with the shares 0.3, 0.5 and 0.2, so the scalar product of two garments is the
sum of three cosines with these weights, but for what hashes meet in one place. Shares and shrinkage were chosen on
article types and occasions of the development side (benchmarks/attributes/README.md, "Few-shot values").
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment, written_words
from kg_fashion.catalog.words import singular
from kg_fashion.embedding.prototypes import unit
from kg_fashion.ontology import Ontology

Array = NDArray[np.float32]
HASHED_DIM = 1024
_COMPOSED, _WORDS, _TYPES = 0.3, 0.5, 0.2
_SHRINKAGE = 0.1


@dataclass(frozen=True)
class FewShotSpace:
    """A fitted space for one attribute.

    Attributes:
        mean: Of the known garments' composed vectors, shape (composed_dim,), float32.
        whitening: Shape (composed_dim, composed_dim), float32.
        rarity: Word or type's IRI -> how loud it is, in nats.
        n_known: How many garments it was fitted to.
    """

    mean: Array
    whitening: Array
    rarity: Mapping[str, float]
    n_known: int

    @classmethod
    def fit(cls, composed: Array, classes: NDArray[np.int64], catalogue: Catalogue) -> Self:
        """Fit to garments whose class is known.

        Args:
            composed: Their composed vectors without the attribute, shape (n, composed_dim).
            classes: The number of each one's class, shape (n,).
            catalogue: The garments without the attribute, n.
        """
        counts = Counter(
            literal for garment in catalogue for own in _literals(garment, catalogue.ontology) for literal in own
        )
        n = len(catalogue)
        rarity = {literal: float(np.log((n + 1) / (count + 1))) for literal, count in counts.items()}
        whitening = _whitening(_within_covariance(composed.astype(np.float64), classes))
        return cls(composed.mean(axis=0, dtype=np.float64).astype(np.float32), whitening, rarity, n)

    def vectors(self, composed: Array, catalogue: Catalogue) -> Array:
        """Place garments.

        Args:
            composed: Their composed vectors without the attribute, shape (n, composed_dim).
            catalogue: The garments without the attribute, n.

        Returns:
            Shape (n, composed_dim + 1024), float32, of length 1 where a garment has words and a type.
        """
        whitened = unit(np.asarray((composed - self.mean) @ self.whitening, dtype=np.float32))
        found = [_literals(garment, catalogue.ontology) for garment in catalogue]
        words, types = (unit(self._hashed([own[kind] for own in found])) for kind in (0, 1))
        hashed = _WORDS**0.5 * words + _TYPES**0.5 * types
        return np.hstack([_COMPOSED**0.5 * whitened, hashed]).astype(np.float32)

    def _hashed(self, found: Sequence[Sequence[str]]) -> Array:
        unseen = float(np.log(self.n_known + 1))
        table = np.zeros((len(found), HASHED_DIM), dtype=np.float32)
        for row, own in enumerate(found):
            for literal in own:
                place, sign = _place(literal)
                table[row, place] += sign * self.rarity.get(literal, unseen)
        return table


def _literals(garment: Garment, ontology: Ontology) -> tuple[list[str], list[str]]:
    """Return a garment's words, without case and plural, and its types with their ancestors; each once, sorted.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> coat = Garment("1", "urn:1", (("Blue COATS coat", "en"),), {"type": (terms.KGF.Coat,)})
        >>> words, types = _literals(coat, read_ontology())
        >>> words, [terms.local_name(iri) for iri in types][:2]
        (['blu', 'coat'], ['Clothing', 'Coat'])
    """
    words = {singular(word.casefold()) for name, _ in garment.labels for word in written_words(name)}
    own = garment.values.get("type", ())
    above = {parent for iri in own for parent in ontology.ancestors(iri) if parent.startswith(terms.KGF)}
    return sorted(words), sorted({*own, *above})


def _within_covariance(composed: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the covariance of what the vectors differ from their class's mean by, shape (dim, dim)."""
    _, number = np.unique(classes, return_inverse=True)
    sums = np.zeros((number.max() + 1, composed.shape[1]))
    np.add.at(sums, number, composed)
    away = composed - (sums / np.bincount(number)[:, None])[number]
    return np.asarray(away.T @ away / len(composed))


def _whitening(covariance: NDArray[np.float64]) -> Array:
    """Return a map after which vectors of this covariance are nearly white.

    It is the inverse root of S + 0.1 mean(eigenvalues) I: shrunk towards a multiple of the identity, so that directions
    with hardly any variance are not blown up (Ledoit and Wolf 2004, "A Well-Conditioned Estimator").
    """
    values, directions = np.linalg.eigh(covariance)
    floor = _SHRINKAGE * max(float(values.mean()), 1e-12)
    return np.asarray(directions / np.sqrt(np.maximum(values, 0) + floor), dtype=np.float32)


def _place(literal: str) -> tuple[int, int]:
    digest = hashlib.blake2b(literal.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little") % HASHED_DIM, 1 if digest[4] & 1 else -1
