"""What a catalogue is once it is read: garments, and a report of how the reading went."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kg_fashion import terms
from kg_fashion.catalog.mapping import ColumnMapping
from kg_fashion.catalog.sources import Source
from kg_fashion.errors import UnknownNameError, did_you_mean
from kg_fashion.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Garment:
    """One garment of a catalogue.

    Attributes:
        id: The catalogue's own identifier.
        iri: Its IRI.
        labels: Its names as (text, language).
        values: Attribute -> IRIs of its values; "warmth" holds decimal numbers of clo.
        tagged: The attributes whose values were read from the name.
        line: The line of the file that it came from.
    """

    id: str
    iri: str
    labels: tuple[tuple[str, str], ...]
    values: Mapping[str, tuple[str, ...]]
    tagged: frozenset[str] = frozenset()
    line: int | None = None

    @property
    def name(self) -> str:
        """Its first name, or its identifier where it has none."""
        return self.labels[0][0] if self.labels else self.id

    def named(self, lang: str) -> str:
        """Return its name in a language; its first name where it has none in that."""
        return next((text for text, own in self.labels if own == lang), self.name)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that could not be read.

    Attributes:
        path: The file.
        line: The row's line in it; its position in a format without lines.
        message: What is wrong.
        column: The column that it is about, "" for the whole row.
        value: What stands there.
    """

    path: Path
    line: int
    message: str
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(slots=True)
class Unknown:
    """A word that the ontology does not know: the line and column where it stands first, and in how many garments."""

    line: int
    column: str
    garments: int = 0


@dataclass(frozen=True)
class ReadReport:
    """How the reading of a catalogue went.

    Attributes:
        rows: Rows in the file, without the header.
        problems: The rows that could not be read.
        unknown: (attribute, word) -> where this word, which the ontology does not know, stands.
        tagged: Attribute -> how many garments had it read from the name.
    """

    rows: int
    problems: tuple[RowProblem, ...] = ()
    unknown: Mapping[tuple[str, str], "Unknown"] = field(default_factory=dict)
    tagged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Garments, in the order of their file.

    Attributes:
        garments: The garments that could be read.
        mapping: How the columns were read.
        ontology: What their values were resolved against.
        source: The file, to be read again when it is written enriched.
        value_labels: IRI -> the catalogue's own word, for brands and words that the ontology does not know.
        report: How the reading went.
    """

    garments: tuple[Garment, ...]
    mapping: ColumnMapping
    ontology: Ontology
    source: Source
    value_labels: Mapping[str, str]
    report: ReadReport

    @property
    def path(self) -> Path:
        """The file, as the user called it."""
        return self.source.file.path

    def __len__(self) -> int:
        return len(self.garments)

    def __iter__(self) -> Iterator[Garment]:
        return iter(self.garments)

    def __getitem__(self, index: int) -> Garment:
        return self.garments[index]

    @cached_property
    def _by_id(self) -> dict[str, Garment]:
        return {garment.id: garment for garment in self.garments}

    def get(self, garment_id: str) -> Garment:
        """Return a garment by its identifier.

        Raises:
            UnknownNameError: the catalogue has no such garment.
        """
        try:
            return self._by_id[garment_id]
        except KeyError:
            hint = did_you_mean(garment_id, self._by_id)
            raise UnknownNameError(f"no garment {garment_id!r} in {self.path.name}{hint}") from None

    def without(self, attributes: Iterable[str]) -> "Catalogue":
        """Return the same garments without the values of some attributes, so that nothing can look them up."""
        dropped = frozenset(attributes)
        garments = tuple(
            replace(g, values={a: v for a, v in g.values.items() if a not in dropped}, tagged=g.tagged - dropped)
            for g in self.garments
        )
        return replace(self, garments=garments)

    def subset(self, indices: Iterable[int]) -> "Catalogue":
        """Return the garments at these positions, in this order."""
        return replace(self, garments=tuple(self.garments[index] for index in indices))

    def label(self, iri: str, lang: str = "en") -> str:
        """Return the word for a value: the ontology's label, else the catalogue's own word."""
        own = self.value_labels.get(iri)
        return own if own is not None else self.ontology.label(iri, lang)

    @property
    def places(self) -> dict[str, str]:
        """IRI -> "file:line", of garments and of words that the ontology does not know."""
        own = self.report.unknown.items()
        words = {terms.own_value(a, word): f"{self.path}:{place.line}" for (a, word), place in own}
        return {garment.iri: f"{self.path}:{garment.line}" for garment in self.garments} | words

    @property
    def columns(self) -> dict[str, str]:
        """IRI of a property, or of a word that the ontology does not know, -> column."""
        mapping = self.mapping
        found = {terms.ATTRIBUTES[attribute]: mapping.column(attribute) for attribute in mapping.columns}
        found |= {terms.own_value(a, word): place.column for (a, word), place in self.report.unknown.items()}
        found[terms.DCTERMS["identifier"]] = mapping.id
        found[terms.RDFS.label] = ", ".join(mapping.names.values())
        return found


def attribute_of(name: str) -> str:
    """Return an attribute's name, checked.

    Raises:
        UnknownNameError: there is no such attribute.
    """
    if name not in terms.ATTRIBUTES:
        raise UnknownNameError(f"no attribute {name!r}{did_you_mean(name, terms.ATTRIBUTES)}")
    return name
