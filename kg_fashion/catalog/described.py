"""A garment that is described in words and stands in no file: a stylist's question, a form, a call of a service."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg_fashion import terms
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.mapping import ColumnMapping
from kg_fashion.catalog.model import Catalogue, Garment, ReadReport, attribute_of
from kg_fashion.catalog.sources import Record, SourceFile
from kg_fashion.catalog.words import is_chinese
from kg_fashion.ontology import Ontology, read_ontology

_NAMELESS = "the garment"


def described_garment(
    words: Iterable[tuple[str, str]], *, name: str | None = None, ontology: Ontology | None = None
) -> Catalogue:
    """Return a catalogue of one garment.

    Args:
        words: Attribute and word of each value, in English or Chinese; an attribute may have several.
        name: The garment's name, also its identifier.
        ontology: What words are resolved against; the bundled one by default.

    Raises:
        UnknownNameError: no such attribute, or the ontology does not know a word; the message names the nearest.

    Example:
        >>> shirt = described_garment([("material", "亚麻"), ("brand", "Acme")], name="Loose linen shirt")
        >>> [shirt.label(own) for values in shirt[0].values.values() for own in values], shirt[0].labels
        (['linen', 'Acme'], (('Loose linen shirt', 'en'),))
    """
    known = ontology or read_ontology()
    lexicon = Lexicon(known)
    values: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str] = {}
    for attribute, word in words:
        own = lexicon.value(attribute_of(attribute), word)
        values[attribute] = (*values.get(attribute, ()), own)
        if attribute in terms.OPEN and attribute != "warmth":  # a number needs no word
            labels[own] = word
    garment_id = name or _NAMELESS
    names = ((name, "zh" if is_chinese(name) else "en"),) if name else ()
    garment = Garment(garment_id, terms.garment(garment_id), names, values)
    return Catalogue((garment,), ColumnMapping("described", "id", {}, {}), known, _NoRows(), labels, ReadReport(1))


@dataclass
class _NoRows:
    """The source of a garment that stands in no file: the null device holds its place."""

    format: str = "described"
    header: tuple[str, ...] = ()
    file: SourceFile = field(default_factory=lambda: SourceFile(os.devnull))

    def __post_init__(self) -> None:
        self.file.path = Path("description")

    def records(self) -> Iterator[Record]:
        return iter(())
