"""Reads a catalogue: rows to garments, words to values, bad rows to a report."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from kg_fashion import terms
from kg_fashion.catalog.groups import grouped
from kg_fashion.catalog.lexicon import Lexicon, open_value
from kg_fashion.catalog.mapping import ColumnMapping, guess_mapping, load_mapping, shown
from kg_fashion.catalog.model import Catalogue, Garment, ReadReport, RowProblem, Unknown
from kg_fashion.catalog.sources import Record, Source, open_source
from kg_fashion.catalog.sources.record import MANY
from kg_fashion.catalog.tagger import BrandFinder, NameTagger, group_tags
from kg_fashion.errors import CatalogueError, MappingError, did_you_mean
from kg_fashion.ontology import Ontology, read_ontology

_TOLD_EVERY = 100_000
_REMEMBERED = 100_000
"""How many different cells of a column keep their values at hand."""


def read_catalogue(
    path: Path | str,
    *,
    mapping: str | Path | ColumnMapping | None = None,
    ontology: Ontology | None = None,
    progress: Callable[[str], None] | None = None,
) -> Catalogue:
    """Read a catalogue into memory.

    A row that cannot be read is reported in `report.problems` and the rest is loaded; a word that the ontology does
    not know is kept as a value of its own and reported in `report.unknown`.

    Args:
        path: A file in one of the formats of `kg_fashion.catalog.sources`; "-" is standard input.
        mapping: A bundled mapping's name, a TOML file, or a mapping; guessed from the header where None.
        ontology: What words are resolved against; the bundled one by default.
        progress: Called with a line of text now and then.

    Raises:
        CatalogueError: no such file, an empty one, a broken header, or not one readable row.
        MappingError: the mapping is wrong or does not fit the header.

    Example:
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> [terms.local_name(iri) for iri in catalogue.get("C001").values["material"]]
        ['Wool']
    """
    reader = CatalogueReader(path, mapping=mapping, ontology=ontology, progress=progress)
    garments = tuple(reader)
    return Catalogue(garments, reader.mapping, reader.ontology, reader.source, reader.value_labels, reader.report)


class CatalogueReader:
    """Reads a catalogue garment by garment, in memory that does not grow with the garments' values.

    What is kept for all rows is their identifiers (and whole rows where the mapping groups them). `report` and
    `value_labels` are complete once the garments have been iterated over, which starts them anew.

    Args:
        path: The file; "-" is standard input.
        mapping: A bundled mapping's name, a TOML file, or a mapping; guessed from the header where None.
        ontology: What words are resolved against; the bundled one by default.
        progress: Called with a line of text every 100,000 rows and at the end.

    Attributes:
        source: The file.
        mapping: How its columns are read.
        ontology: What words are resolved against.
        value_labels: IRI -> the catalogue's own word, for brands and words that the ontology does not know.

    Raises:
        CatalogueError: no such file, an empty one, a broken header, or not one readable row.
        MappingError: the mapping is wrong or does not fit the header.

    Example:
        >>> from kg_fashion.resources import boutique_dir
        >>> reader = CatalogueReader(boutique_dir() / "catalogue.csv")
        >>> sum(1 for _ in reader), reader.report.rows
        (409, 409)
    """

    def __init__(
        self,
        path: Path | str,
        *,
        mapping: str | Path | ColumnMapping | None = None,
        ontology: Ontology | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.ontology = ontology or read_ontology()
        self.source, self.mapping = open_catalogue(path, mapping)
        self.value_labels: dict[str, str] = {}
        _check_values(self.mapping, self.ontology)
        self._tell = progress or (lambda _: None)
        header = self.source.header
        self._id = header.index(self.mapping.id)
        self._names = [(lang, header.index(c)) for lang, c in self.mapping.names.items() if c in header]
        named = self.mapping.columns.items()
        self._columns = [(a, c, header.index(c)) for a, columns in named for c in columns if c in header]
        self._lexicon = Lexicon(self.ontology, self.mapping.values)
        self._tagger = NameTagger(self._lexicon, [a for a in self.mapping.tag if a != "brand"])
        self._brands = (
            BrandFinder(self._first_names(), self._lexicon) if "brand" in self.mapping.tag and self._names else None
        )
        self._start()
        if next(iter(self._good_records()), None) is None:
            what = self._problems[0].message if self._problems else "it has a header but no rows"
            line = self._problems[0].line if self._problems else 2
            raise CatalogueError(f"no garment could be read: {what}", path=self.source.file.path, line=line)

    @property
    def report(self) -> ReadReport:
        """How the reading went, so far."""
        return ReadReport(self._rows, tuple(self._problems), dict(self._unknown), dict(self._tagged))

    def __iter__(self) -> Iterator[Garment]:
        self._start()
        for record in self._good_records():
            yield self._garment(record)
            if self._rows % _TOLD_EVERY == 0:
                self._tell(f"{self._rows:,} rows read")
        self._tell(f"{self._rows:,} rows read from {self.source.file.path.name}")

    def _start(self) -> None:
        self.value_labels.clear()
        self._rows = 0
        self._problems: list[RowProblem] = []
        self._unknown: dict[tuple[str, str], Unknown] = {}
        self._tagged: Counter[str] = Counter()
        self._cells: dict[str, dict[str, _Values]] = {attribute: {} for attribute in self.mapping.columns}

    def _good_records(self) -> Iterator[Record]:
        """Iterate over the rows that are garments; the others become problems."""
        path, place = self.source.file.path, self._id
        lines: dict[str, int] = {}
        for record in records_of(self.source, self.mapping):
            self._rows += 1
            problem = record.problem
            if not problem:
                garment_id = record.cells[place].strip()
                if not garment_id:
                    problem = "the identifier is empty"
                elif lines.setdefault(garment_id, record.line) != record.line:
                    problem = f"the identifier {garment_id!r} stands already on line {lines[garment_id]}"
                else:
                    yield record
                    continue
                self._problems.append(RowProblem(path, record.line, problem, self.mapping.id, garment_id))
            else:
                self._problems.append(RowProblem(path, record.line, problem))

    def _first_names(self) -> Iterator[str]:
        _, place = self._names[0]
        return (record.cells[place] for record in self.source.records() if not record.problem)

    def _garment(self, record: Record) -> Garment:
        cells = record.cells
        garment_id = cells[self._id].strip()
        labels = tuple([(text, lang) for lang, place in self._names if (text := cells[place].split(MANY)[0].strip())])
        values: dict[str, tuple[str, ...]] = {}
        for attribute, column, place in self._columns:
            cell = cells[place]
            if cell and attribute not in values:
                own = self._values(attribute, column, cell, record.line)
                if own:
                    values[attribute] = own
        tagged = []
        if self.mapping.tag:
            for attribute, iris in self._from_names(labels).items():
                if attribute not in values:
                    values[attribute] = iris
                    tagged.append(attribute)
            self._tagged.update(tagged)
        return Garment(garment_id, terms.garment(garment_id), labels, values, frozenset(tagged), record.line)

    def _values(self, attribute: str, column: str, cell: str, line: int) -> tuple[str, ...]:
        known = self._cells[attribute].get(cell)
        if known is None:
            if len(self._cells[attribute]) >= _REMEMBERED:
                self._cells[attribute].clear()
            known = self._cells[attribute][cell] = self._resolve(attribute, cell)
        for word in known.unknown:
            self._unknown.setdefault((attribute, word), Unknown(line, column)).garments += 1
        return known.iris

    def _resolve(self, attribute: str, cell: str) -> "_Values":
        iris: dict[str, None] = {}
        unknown = []
        for word in words_of(cell, self.mapping):
            iri = self._own(attribute, word) or self._lexicon.resolve(attribute, word)
            if iri is None:
                unknown.append(word)
                iri = terms.own_value(attribute, word)
                self.value_labels.setdefault(iri, word)
            iris[iri] = None
        return _Values(tuple(iris), tuple(unknown))

    def _own(self, attribute: str, word: str) -> str | None:
        """Return the value of an attribute whose values are not in the ontology: a brand, a size, a number of clo."""
        iri = open_value(attribute, word)
        if iri is not None and attribute != "warmth":
            self.value_labels.setdefault(iri, word)
        return iri

    def _from_names(self, labels: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for position, (text, _) in enumerate(labels):
            skip = self._brands.length(text) if self._brands is not None and position == 0 else 0
            if self._brands is not None and skip:
                word = self._brands.find(text)
                found["brand"] = (terms.BRAND + terms.slug(word),)
                self.value_labels.setdefault(found["brand"][0], word)
            for attribute, iris in group_tags(self._tagger.tag(text, skip=skip)).items():
                found.setdefault(attribute, iris)
        return found


class _Values(NamedTuple):
    iris: tuple[str, ...]
    unknown: tuple[str, ...]


def open_catalogue(path: Path | str, mapping: str | Path | ColumnMapping | None) -> tuple[Source, ColumnMapping]:
    """Open a file, and settle the mapping by its header.

    Raises:
        CatalogueError: the file or its header cannot be read.
        MappingError: the mapping is wrong or does not fit the header.
    """
    chosen = mapping if isinstance(mapping, ColumnMapping | None) else load_mapping(mapping)
    source = (
        open_source(path, format=chosen.format, delimiter=chosen.delimiter, encoding=chosen.encoding)
        if chosen
        else open_source(path)
    )
    chosen = chosen or guess_mapping(source)
    for column in chosen.needed:
        if column not in source.header:
            hint = did_you_mean(column, source.header) or f"; the columns are {shown(source.header)}"
            message = f"no column {column!r}, which the mapping {chosen.name!r} needs{hint}"
            raise MappingError(message, path=source.file.path, line=1)
    return source, chosen


def _check_values(mapping: ColumnMapping, ontology: Ontology) -> None:
    for attribute, words in mapping.values.items():
        for word, iri in words.items():
            if iri not in ontology.declared:
                known = map(terms.shorten, ontology.values(attribute))
                hint = did_you_mean(terms.shorten(iri), known) or "; the ontology does not define it"
                raise MappingError(f"[values.{attribute}] {word!r}: no {terms.shorten(iri)}{hint}", path=mapping.path)


def records_of(source: Source, mapping: ColumnMapping) -> Iterator[Record]:
    """Iterate over a source's rows, those of one garment together where the mapping says so."""
    return grouped(source.records(), source.header.index(mapping.id)) if mapping.grouped else source.records()


def words_of(cell: str, mapping: ColumnMapping) -> list[str]:
    """Return the words of a cell, without those that stand for an empty one."""
    if is_missing(cell, mapping):
        return []
    if mapping.separator and mapping.separator != MANY:
        cell = cell.replace(mapping.separator, MANY)
    return [word.strip() for word in cell.split(MANY) if not is_missing(word, mapping)]


def is_missing(cell: str, mapping: ColumnMapping) -> bool:
    """Say whether a cell counts as empty."""
    text = cell.strip()
    return not text or text in mapping.missing
