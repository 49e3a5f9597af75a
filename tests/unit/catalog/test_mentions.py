"""Mentions: the concepts that a text names, in English, Chinese or both."""

from time import perf_counter

import pytest

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Lexicon, concept_mentions
from kg_fashion.catalog.words import is_chinese, singular, tokens
from kg_fashion.ontology import Ontology, read_ontology


def local_names(text: str) -> list[str]:
    return [terms.local_name(iri) for iri in concept_mentions(text, read_ontology())]


@pytest.mark.parametrize(
    ("english", "chinese", "expected"),
    [
        ("navy blue wool blazer", "藏蓝色羊毛西装外套", ["NavyBlue", "Wool", "Blazer"]),
        ("Slim navy blue wool blazers", "修身藏蓝色羊毛西装外套", ["SlimFit", "NavyBlue", "Wool", "Blazer"]),
        ("burgundy silk cocktail dress", "酒红色真丝小礼服", ["Burgundy", "Silk", "CocktailDress"]),
        ("grey track pants", "灰色运动裤", ["Grey", "TrackPants"]),
    ],
)
def test_both_languages_name_the_same_concepts(english: str, chinese: str, expected: list[str]) -> None:
    assert local_names(english) == local_names(chinese) == expected


def test_the_longest_label_wins() -> None:
    assert local_names("navy blue") == ["NavyBlue"]
    assert local_names("polo T-shirt") == ["PoloShirt"]
    assert local_names("西装外套") == ["Blazer"]


def test_a_plural_is_its_singular() -> None:
    assert local_names("Men Dresses") == local_names("men dress") == ["Men", "Dress"]
    assert local_names("scarves") == local_names("scarf")


def test_languages_may_be_mixed_and_order_is_kept() -> None:
    assert local_names("Levi's 牛仔布 jacket V领") == ["Denim", "Jacket", "VNeck"]


def test_a_concept_is_named_once() -> None:
    assert local_names("red dress, red") == ["Red", "Dress"]
    assert local_names("red dress 红色连衣裙") == ["Red", "Dress"]


@pytest.mark.parametrize("text", ["", "   ", "Xyzzy 123", "的", "！？"])
def test_what_names_nothing_gives_nothing(text: str) -> None:
    assert concept_mentions(text, read_ontology()) == ()


def test_finds_what_trying_every_label_at_every_place_finds(boutique: Catalogue) -> None:
    slow = every_label_tried(boutique.ontology)
    for garment in boutique.garments[:120]:
        for name, _ in garment.labels:
            assert set(concept_mentions(name, boutique.ontology)) == slow(name), name


def test_reads_many_names_a_second(boutique: Catalogue) -> None:
    names = [f"{name} {number}" for number in range(10) for g in boutique for name, _ in g.labels]
    concept_mentions(names[0], boutique.ontology)
    started = perf_counter()
    for name in names:
        concept_mentions(name, boutique.ontology)
    assert (perf_counter() - started) / len(names) < 1e-4


def every_label_tried(ontology: Ontology):  # type: ignore[no-untyped-def]
    """Return a reader that is slow and plain: at each place all labels, by length; then on behind the one that fits."""
    lexicon = Lexicon(ontology)
    labels: dict[tuple[str, ...], set[str]] = {}
    for attribute in terms.ATTRIBUTES:
        if attribute not in terms.OPEN:
            for word, iri in lexicon.words(attribute).items():
                if tokens(word) and ":" not in word and len(word) > 1:
                    labels.setdefault(tuple(tokens(word)), set()).add(iri)
    singulars: dict[tuple[str, ...], set[str]] = {}
    for label, iris in labels.items():
        singulars.setdefault((*label[:-1], singular(label[-1])), set()).update(iris)

    def longest(words: list[str]) -> tuple[set[str], int]:
        for length in range(len(words), 0, -1):
            label = tuple(words[:length])
            found = labels.get(label) or singulars.get((*label[:-1], singular(label[-1])))
            if found:
                return found, length
        return set(), 1

    def read(text: str) -> set[str]:
        found: set[str] = set()
        words = tokens(text)
        while words:
            if is_chinese(words[0]):
                run = words.pop(0)
                while run:
                    lengths = [n for n in range(len(run), 0, -1) if (run[:n],) in labels]
                    found |= labels[(run[: lengths[0]],)] if lengths else set()
                    run = run[lengths[0] if lengths else 1 :]
            else:
                iris, length = longest(words)
                found |= iris
                words = words[length:]
        return found

    return read
