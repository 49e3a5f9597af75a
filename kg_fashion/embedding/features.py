"""What a garment's vector is composed of: attribute values, their ancestors, pairs of them, and words of the name.

A part is named by a key `kind=value`: `type=<IRI>`, `is-a=<IRI>`, `brand*type=<IRI> <IRI>`, `word=Slim`,
`words=Slim Fit`, `brand*word=<IRI> Slim`, `brand*last=<IRI> Jeans` (the name's last word), `form=Aa-Aa-0` (how the
name is written: a small or a capital word, a number), `brand*form=<IRI> Aa-Aa-0`, `mention=<IRI>` (a concept of the
ontology that the name names, in any language, or a broader one). Words stay as they are written. The same garment gives
the same parts in the same order.
"""

import itertools
from collections.abc import Iterator, Sequence

from kg_fashion import terms
from kg_fashion.catalog import Garment, concept_mentions, written_words
from kg_fashion.ontology import Ontology

BIAS = "always="
"""A part that every garment has: it carries how common each value is."""

_OWN = frozenset({"brand", "word", "words", "form"})
"""The kinds of parts that are the catalogue's own, and those of pairs that begin with one."""

_PAIRS = (("brand", "type"), ("brand", "department"), ("department", "type"), ("type", "colour"), ("brand", "colour"))


def garment_parts(garment: Garment, ontology: Ontology) -> list[str]:
    """Return the keys of a garment's parts, each once.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> coat = Garment("1", "urn:1", (("Wool coat", "en"),), {"type": (terms.KGF.TrenchCoat,)})
        >>> [key.replace(terms.KGF, "kgf:") for key in garment_parts(coat, read_ontology())][:3]
        ['always=', 'type=kgf:TrenchCoat', 'is-a=kgf:Coat']
    """
    return list(dict.fromkeys(_parts(garment, ontology)))


def carries_over(part: str) -> bool:
    """Say whether a part may occur in any catalogue: not brands, words and ways of writing, but values and mentions.

    Example:
        >>> [carries_over(part) for part in ("formality=urn:casual", "brand*type=urn:acme urn:coat", "words=Slim fit")]
        [True, False, False]
    """
    return part.partition("=")[0].partition("*")[0] not in _OWN


def _parts(garment: Garment, ontology: Ontology) -> Iterator[str]:
    yield BIAS
    for attribute, values in garment.values.items():
        for value in values:
            yield f"{attribute}={value}"
            yield from (f"is-a={parent}" for parent in ontology.ancestors(value) if parent.startswith(terms.KGF))
    first = {attribute: values[0] for attribute, values in garment.values.items()}
    for left, right in _PAIRS:
        if left in first and right in first:
            yield f"{left}*{right}={first[left]} {first[right]}"
    if {"brand", "department", "type"} <= first.keys():
        yield f"brand*department*type={first['brand']} {first['department']} {first['type']}"
    for name, _ in garment.labels:
        words = written_words(name)
        if words:
            yield from _name_parts(words, first.get("brand"))
        yield from _mentions(name, ontology)


def _mentions(name: str, ontology: Ontology) -> Iterator[str]:
    for iri in concept_mentions(name, ontology):
        yield f"mention={iri}"
        yield from (f"mention={parent}" for parent in ontology.ancestors(iri) if parent.startswith(terms.KGF))


def _name_parts(words: Sequence[str], brand: str | None) -> Iterator[str]:
    form = "-".join(map(_form, words))
    yield from (f"word={word}" for word in words)
    yield from (f"words={one} {two}" for one, two in itertools.pairwise(words))
    yield from (f"words={one} … {two}" for one, two in zip(words, words[2:], strict=False))
    yield f"form={form}"
    if brand is not None:
        yield from (f"brand*word={brand} {word}" for word in words)
        yield f"brand*last={brand} {words[-1]}"
        yield f"brand*form={brand} {form}"


def _form(word: str) -> str:
    """Return how a word is written.

    Example:
        >>> [_form(word) for word in ("NIKE", "Slim", "of", "3", "BW335", "毛衣")]
        ['A', 'Aa', 'a', '0', 'A', 'a']
    """
    if word.isdecimal():
        return "0"
    if word.isupper():
        return "A"
    return "Aa" if word[:1].isupper() else "a"
