"""Parts of garments: what they are, hidden, taken, numbered."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.catalog import Garment, concept_mentions, written_words
from kg_fashion.embedding.features import encode_parts
from kg_fashion.embedding.parts import PAIRS, Symbols, check_keys, key_name, used_symbols
from kg_fashion.ontology import Ontology
from kg_fashion.resources import boutique_dir


@pytest.fixture(scope="module")
def boutique() -> Catalogue:
    return read_catalogue(boutique_dir() / "catalogue.csv")


def slowly(garment: Garment, ontology: Ontology) -> Iterator[str]:
    """The parts of a garment, one by one, in words."""
    yield "always="
    for attribute, values in garment.values.items():
        for value in values:
            yield f"{attribute}={value}"
            yield from (f"is-a={parent}" for parent in ontology.ancestors(value) if parent.startswith(terms.KGF))
    first = {attribute: values[0] for attribute, values in garment.values.items()}
    for left, right in PAIRS:
        if {left, right} <= first.keys():
            yield f"{left}*{right}={first[left]} {first[right]}"
    if {"brand", "department", "type"} <= first.keys():
        yield f"brand*department*type={first['brand']} {first['department']} {first['type']}"
    for concept in (iri for name, _ in garment.labels for iri in concept_mentions(name, ontology)):
        yield from (f"mention={iri}" for iri in (concept, *ontology.ancestors(concept)) if iri.startswith(terms.KGF))
    for words in (written_words(name) for name, _ in garment.labels):
        form = "-".join(
            "0" if w.isdecimal() else "A" if w.isupper() else "Aa" if w[0].isupper() else "a" for w in words
        )
        own = [*(f"word={word}" for word in words), f"form={form}"]
        yield from (*own, *(f"words={a} {b}" for a, b in pairwise(words)))
        yield from (f"words={a} … {b}" for a, b in zip(words, words[2:], strict=False))
        if "brand" in first:
            yield f"brand*last={first['brand']} {words[-1]}"
            yield from ("brand*" + part.replace("=", f"={first['brand']} ", 1) for part in own)


def test_parts_are_those_that_are_found_one_by_one(boutique: Catalogue) -> None:
    twice = Garment("X", "urn:x", (("Polo Polo shirt polo Polo", "en"), ("Polo", "de")), {"brand": ("urn:b",)})
    bare = Garment("Y", "urn:y", (), {})
    garments = [*boutique, twice, bare]
    parts = encode_parts(garments, boutique.ontology)
    for row, garment in enumerate(garments):
        names = parts.names(row)
        assert len(set(names)) == len(names)
        assert set(names) == set(slowly(garment, boutique.ontology))


def test_hidden_attributes_leave_no_part(boutique: Catalogue) -> None:
    hidden = ("season", "brand")
    parts = encode_parts(boutique.garments, boutique.ontology).without(hidden)
    bare = encode_parts(boutique.without(hidden).garments, boutique.ontology)
    assert [set(parts.names(row)) for row in range(50)] == [set(bare.names(row)) for row in range(50)]


def test_taken_rows_are_those_rows(boutique: Catalogue) -> None:
    parts = encode_parts(boutique.garments, boutique.ontology)
    assert [parts.take([7, 3, 7]).names(row) for row in range(3)] == [parts.names(row) for row in (7, 3, 7)]


def test_unknown_texts_are_left_out(boutique: Catalogue) -> None:
    known = encode_parts(boutique.garments[:200], boutique.ontology)
    again = encode_parts(boutique.garments[200:], boutique.ontology, known.symbols)
    every = encode_parts(boutique.garments[200:], boutique.ontology)
    for row in range(50):
        texts = set(known.symbols.texts)
        seen, wanted = set(again.names(row)), set(every.names(row))
        assert seen <= wanted
        assert {name for name in wanted if name.startswith("word=") and name[5:] in texts} <= seen


def test_symbols_that_are_not_used_are_dropped() -> None:
    parts = encode_parts([Garment("1", "urn:1", (("Red coat", "en"), ("Blue hat", "en")), {})], Ontology(()))
    keys = np.sort(parts.keys)[::2]
    own, symbols = used_symbols(keys, parts.symbols)
    assert len(symbols) < len(parts.symbols)
    assert [key_name(key, symbols) for key in own.tolist()] == [key_name(key, parts.symbols) for key in keys.tolist()]
    assert (np.diff(own) > 0).all()


@pytest.mark.parametrize("keys", [[], [1], [0, 5, 5], [0, 127 << 56], [0, 1 << 56 | 9 << 28]])
def test_broken_keys_are_refused(keys: list[int]) -> None:
    with pytest.raises(ValueError, match="keys of parts"):
        check_keys(np.array(keys, dtype=np.int64), Symbols(["a"]))
