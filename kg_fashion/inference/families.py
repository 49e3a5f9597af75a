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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Garment, name_words, normalise, written_words
from kg_fashion.ontology import Ontology

Array = NDArray[np.float32]
FAMILIES = ("stem", "last")
_PRIOR_GARMENTS = 0.5
Keys = tuple[str, str]
"""The keys of one garment's families, in the order of `FAMILIES`; "" where it has none."""


def colour_words(ontology: Ontology) -> frozenset[str]:
    """Return the words that name colours, in any language of the ontology."""
    labels = (ontology.label(iri, lang) for iri in ontology.values("colour") for lang in ("en", "zh"))
    return frozenset(word for label in labels for word in normalise(label).split())


def family_keys(garment: Garment, colours: frozenset[str]) -> Keys:
    """Return the keys of a garment's families.

    Args:
        garment: The garment.
        colours: Words that name colours.

    Example:
        >>> coat = Garment("1", "urn:1", (("Acme Men Navy Blue Coat 12", "en"),), {"brand": ("urn:acme",)})
        >>> family_keys(coat, frozenset({"navy", "blue"}))
        ('acme men coat', 'urn:acme 12')
    """
    if not garment.labels:
        return ("", "")
    name = garment.labels[0][0]
    stem = " ".join(w for w in name_words(name) if w not in colours and not any(c.isdigit() for c in w))
    words, brand = written_words(name), garment.values.get("brand")
    return stem, f"{brand[0]} {words[-1]}" if brand and words else ""


@dataclass(frozen=True)
class FamilyCounts:
    """How many known garments of each family have each value of a target.

    Attributes:
        numbers: For each of `FAMILIES`, key -> row of `counts`.
        counts: Shape (n_keys, n_values), float32.
        rates: How common each value is, shape (n_values,), float32, sums to 1.
    """

    numbers: tuple[Mapping[str, int], ...]
    counts: Array
    rates: Array

    @classmethod
    def of(cls, keys: Sequence[Keys], truth: Array) -> "FamilyCounts":
        """Count.

        Args:
            keys: Of each known garment.
            truth: Distributions, shape (n, n_values); rows of zeros are left out.
        """
        known = np.flatnonzero(truth.sum(axis=1) > 0)
        numbers: list[dict[str, int]] = []
        places: list[int] = []
        rows: list[int] = []
        total = 0
        for position in range(len(FAMILIES)):
            own: dict[str, int] = {}
            for row in known.tolist():
                if key := keys[row][position]:
                    places.append(own.setdefault(key, total + len(own)))
                    rows.append(row)
            numbers.append(own)
            total += len(own)
        counts = np.zeros((total, truth.shape[1]), dtype=np.float32)
        np.add.at(counts, places, truth[rows])
        return cls(tuple(numbers), counts, truth[known].mean(axis=0).astype(np.float32))

    def of_garments(self, keys: Sequence[Keys], family: str) -> Array:
        """Return how many garments of the family have each value, shape (n, n_values), float32."""
        own = self.numbers[FAMILIES.index(family)]
        position = FAMILIES.index(family)
        rows = np.array([own.get(key[position], -1) for key in keys], dtype=np.int64)
        found = np.zeros((len(keys), len(self.rates)), dtype=np.float32)
        found[rows >= 0] = self.counts[rows[rows >= 0]]
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
