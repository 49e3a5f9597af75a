"""A garment described in words: resolved as a catalogue's cells are, without a file."""

import pytest

from kg_fashion import described_garment, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.errors import UnknownNameError


def test_words_in_either_language_become_values() -> None:
    coat = described_garment(
        [("type", "风衣"), ("material", "wool"), ("material", "亚麻"), ("brand", "Nørgaard"), ("warmth", "0.50")],
        name="羊毛大衣",
    )
    (garment,) = coat
    assert garment.values["material"] == (terms.KGF.Wool, terms.KGF.Linen)
    assert garment.values["type"] == (terms.KGF.TrenchCoat,)
    assert garment.values["warmth"] == ("0.50",)
    assert garment.labels == (("羊毛大衣", "zh"),)
    assert coat.label(garment.values["brand"][0]) == "Nørgaard"
    assert coat.get("羊毛大衣") == garment
    text = b"".join(catalogue_ntriples(coat)).decode()
    assert f"<{terms.KGF.material}> <{terms.KGF.Wool}>" in text


def test_without_a_name() -> None:
    (garment,) = described_garment([("colour", "red")])
    assert (garment.name, garment.labels) == ("the garment", ())


def test_unknown_words_are_told() -> None:
    with pytest.raises(UnknownNameError, match="no material 'linnen'; did you mean linen"):
        described_garment([("material", "linnen")])
    with pytest.raises(UnknownNameError, match="no attribute 'colours'; did you mean colour"):
        described_garment([("colours", "red")])
