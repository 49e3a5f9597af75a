"""Families of garments: their keys, their counts by hand, and what they say."""

import numpy as np
import pytest

from kg_fashion import terms
from kg_fashion.catalog import Garment
from kg_fashion.inference.families import FamilyCounts, FamilyIndex, colour_words, family_keys, log_ratio
from kg_fashion.ontology import read_ontology

KEYS = [("polo", "a Polo"), ("polo", "b Polo"), ("polo", ""), ("", "a Polo")]
TRUTH = np.array([[1, 0], [0, 1], [1, 0], [0, 0]], dtype=np.float32)


def test_colours_and_numbers_leave_the_stem() -> None:
    colours = colour_words(read_ontology())
    names = ("Puma Men Navy Blue Polo 2011", "Puma Men Red Polo", "Puma men Polo PU123")
    garments = [Garment("1", "urn:1", ((name, "en"),), {}) for name in names]
    keys = {stem for stem, _ in family_keys(garments, colours)}
    assert keys == {"puma men polo"}


def test_a_garment_without_name_has_no_family() -> None:
    assert family_keys([Garment("1", "urn:1", (), {"brand": (terms.BRAND.puma,)})], frozenset()) == [("", "")]


def test_counts_by_hand() -> None:
    index = FamilyIndex.of(KEYS)
    families = FamilyCounts.of(index.find(KEYS), TRUTH, len(index))
    assert families.rates == pytest.approx([2 / 3, 1 / 3])
    stems, lasts = index.find([("polo", "a Polo"), ("new", "b Polo"), ("", "")]).T
    assert families.of_garments(stems).tolist() == [[2, 1], [0, 0], [0, 0]]
    assert families.of_garments(lasts).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_the_log_of_the_posterior_mean_over_the_rate() -> None:
    rates = np.array([0.8, 0.2], dtype=np.float32)
    said = log_ratio(np.array([[3, 1], [0, 0]], dtype=np.float32), rates)
    assert said[0] == pytest.approx([np.log((3 + 0.4) / 4.5 / 0.8), np.log((1 + 0.1) / 4.5 / 0.2)], abs=1e-5)
    assert said[1] == pytest.approx([0, 0], abs=1e-6)
