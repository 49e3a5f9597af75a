"""What known garments of the same family have: evidence beside rules and embedding.

Shops give a style in several colours, sizes and prints nearly the same name, and a brand's names end alike within a
collection. So a garment belongs to families, by keys read off its name and brand, and each family tells how often its
known garments have each value:

- "stem": the name without words of colour and without numbers;
- "last": the brand and the name's last word.

A family of n garments, c of them with the value, speaks by log((c + m p) / (n + m)) - log p, where p is the value's
share in the catalogue and m = 0.5: the log of the posterior mean under a Dirichlet prior of weight m over the base
rate (Gelman et al. 2013, "Bayesian Data Analysis", section 3.4). A family that is not known says 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion.catalog import Garment, name_words, normalise, written_words
from kg_fashion.ontology import Ontology

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
FAMILIES = ("stem", "last")
_PRIOR_GARMENTS = 0.5
Keys = tuple[str, str]
"""The keys of one garment's families, in the order of `FAMILIES`; "" where it has none."""


def colour_words(ontology: Ontology) -> frozenset[str]:
    """Return the words that name colours, in any language of the ontology."""
    labels = (ontology.label(iri, lang) for iri in ontology.values("colour") for lang in ("en", "zh"))
    return frozenset(word for label in labels for word in normalise(label).split())


def family_keys(garments: Iterable[Garment], colours: frozenset[str]) -> list[Keys]:
    """Return the keys of garments' families.

    Args:
        garments: The garments.
        colours: Words that name colours.

    Example:
        >>> coat = Garment("1", "urn:1", (("Acme Men Navy Blue Coat 12", "en"),), {"brand": ("urn:acme",)})
        >>> family_keys([coat], frozenset({"navy", "blue"}))
        [('acme men coat', 'urn:acme 12')]
    """
    of_stem: dict[str, str] = {}
    found = []
    for garment in garments:
        if not garment.labels:
            found.append(("", ""))
            continue
        name, brand = garment.labels[0][0], garment.values.get("brand")
        stem = []
        for word in name_words(name):
            kept = of_stem.get(word)
            if kept is None:  # each word is looked at once
                plain = word not in colours and not any(map(str.isdigit, word))
                kept = of_stem[word] = word if plain else ""
            if kept:
                stem.append(kept)
        words = written_words(name) if brand else ()
        found.append((" ".join(stem), f"{brand[0]} {words[-1]}" if brand and words else ""))
    return found


class FamilyIndex:
    """The families that there are, numbered: those of each of `FAMILIES` one after the other.

    Args:
        keys: For each of `FAMILIES` the keys of its families, each once.

    Example:
        >>> index = FamilyIndex.of([("coat", "urn:acme Coat"), ("coat", "")])
        >>> index.find([("coat", "urn:acme Coat"), ("hat", "urn:acme Coat")])
        array([[ 0,  1],
               [-1,  1]])
    """

    def __init__(self, keys: Sequence[Sequence[str]]) -> None:
        self.keys = tuple(tuple(own) for own in keys)
        self._numbers: list[dict[str, int]] = []
        start = 0
        for own in self.keys:
            self._numbers.append({key: start + place for place, key in enumerate(own)})
            start += len(own)

    @classmethod
    def of(cls, keys: Iterable[Keys]) -> Self:
        """Number the families of garments."""
        columns = zip(*keys, strict=True)
        return cls([tuple(key for key in dict.fromkeys(column) if key) for column in columns])

    def __len__(self) -> int:
        return sum(map(len, self.keys))

    def find(self, keys: Sequence[Keys]) -> Ids:
        """Return the families of garments, -1 where they are not known, shape (n, n_families), int64."""
        found = [own.get(key, -1) for pair in keys for own, key in zip(self._numbers, pair, strict=True)]
        return np.array(found, dtype=np.int64).reshape(-1, len(FAMILIES))


@dataclass(frozen=True)
class FamilyCounts:
    """How many known garments of each family have each value of a target.

    Attributes:
        counts: Shape (n_families, n_values), float32, rows in the order of a `FamilyIndex`.
        rates: How common each value is, shape (n_values,), float32, sums to 1.
    """

    counts: Array
    rates: Array

    @classmethod
    def of(cls, families: Ids, truth: Array, size: int) -> Self:
        """Count.

        Args:
            families: Of each known garment, shape (n, n_families), -1 for none.
            truth: Distributions, shape (n, n_values); rows of zeros are left out.
            size: How many families there are.
        """
        known = truth.sum(axis=1) > 0
        garments, _ = np.nonzero(families >= 0)
        member = (np.ones(len(garments), dtype=np.float32), (families[families >= 0], garments))
        counts = sparse.csr_matrix(member, shape=(size, len(families))) @ truth
        return cls(counts, truth[known].mean(axis=0).astype(np.float32))

    def of_garments(self, families: Ids) -> Array:
        """Return how many garments of each garment's family have each value.

        Args:
            families: Of one kind, -1 for none, shape (n,).

        Returns:
            Shape (n, n_values), float32.
        """
        found = np.zeros((len(families), len(self.rates)), dtype=np.float32)
        found[families >= 0] = self.counts[families[families >= 0]]
        return found


def log_ratio(counts: Array, rates: Array) -> Array:
    """Return what families say for each value, in nats, shape (n, n_values), float32.

    Args:
        counts: Known garments with each value, shape (n, n_values).
        rates: How common each value is, shape (n_values,).

    Example:
        >>> log_ratio(np.array([[0, 0], [3, 0]], dtype=np.float32), np.array([0.5, 0.5], dtype=np.float32)).round(2)
        array([[ 0.  ,  0.  ],
               [ 0.62, -1.95]], dtype=float32)
    """
    share = np.maximum(rates, 1e-6)
    n = counts.sum(axis=1, keepdims=True)
    posterior = (counts + _PRIOR_GARMENTS * share) / (n + _PRIOR_GARMENTS)
    return np.asarray(np.log(posterior) - np.log(share), dtype=np.float32)
