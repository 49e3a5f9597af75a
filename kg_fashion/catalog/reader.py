"""Reads a catalogue from CSV: rows to garments, words to values, bad rows to a report."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kg_fashion import terms
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.mapping import ColumnMapping, guess_mapping, load_mapping
from kg_fashion.catalog.model import Catalogue, Garment, ReadReport, RowProblem
from kg_fashion.catalog.records import Record, read_records
from kg_fashion.catalog.tagger import BrandFinder, NameTagger, group_tags
from kg_fashion.errors import CatalogueError, MappingError, did_you_mean
from kg_fashion.ontology import Ontology, read_ontology

Row = tuple[int, dict[str, str]]
"""Line number and column -> cell."""


def read_catalogue(
    path: Path | str,
    *,
    mapping: str | Path | ColumnMapping | None = None,
    ontology: Ontology | None = None,
    progress: Callable[[str], None] | None = None,
) -> Catalogue:
    """Read a catalogue.

    A row that cannot be read is reported in `report.problems` and the rest is loaded; a word that the ontology does
    not know is kept as a value of its own and reported in `report.unknown`.

    Args:
        path: A CSV file in UTF-8 with a header.
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
    source = Path(path)
    known = ontology or read_ontology()
    header, chosen, records = open_catalogue(source, mapping)
    rows, problems = _rows(source, header, chosen, records)
    if not rows:
        what = str(problems[0].message) if problems else "it has a header but no rows"
        raise CatalogueError(f"no garment could be read: {what}", path=source, line=problems[0].line if problems else 2)
    if progress is not None:
        progress(f"{len(rows):,} rows read from {source.name}")
    builder = _Builder(chosen, known, [_names(row, chosen) for _, row in rows])
    garments = tuple(builder.garment(line, row) for line, row in rows)
    report = ReadReport(len(rows) + len(problems), tuple(problems), builder.unknown, builder.tagged)
    return Catalogue(garments, chosen, known, header, builder.value_labels, report, source)


def open_catalogue(
    source: Path, mapping: str | Path | ColumnMapping | None
) -> tuple[tuple[str, ...], ColumnMapping, Iterator[Record]]:
    """Read the header and settle the mapping; the records after the header follow."""
    if source.is_dir() or not source.exists():
        raise CatalogueError("is a folder; give a CSV file" if source.is_dir() else "no such file", path=source)
    chosen = mapping if isinstance(mapping, ColumnMapping | None) else load_mapping(mapping)
    try:
        records = read_records(source, delimiter=chosen.delimiter if chosen else ",")
        first = next(records, None)
    except OSError as error:
        raise CatalogueError(f"cannot be read: {error.strerror}", path=source) from error
    if first is None:
        raise CatalogueError("the file is empty", path=source)
    if first.problem:
        raise CatalogueError(f"the header cannot be read: {first.problem}", path=source, line=first.line)
    header = tuple(cell.strip() for cell in first.cells)
    chosen = chosen or guess_mapping(header, source)
    for column in chosen.needed:
        if column not in header:
            hint = did_you_mean(column, header) or f"; the columns are {_shown(header)}"
            message = f"no column {column!r}, which the mapping {chosen.name!r} needs{hint}"
            raise MappingError(message, path=source, line=first.line)
    if len(set(header)) < len(header):
        twice = next(column for column in header if header.count(column) > 1)
        raise CatalogueError(f"the column {twice!r} stands twice in the header", path=source, line=first.line)
    return header, chosen, records


def _shown(header: Sequence[str]) -> str:
    text = ", ".join(header)
    return text if len(text) <= 120 else text[:117] + "..."


def _rows(
    source: Path, header: tuple[str, ...], mapping: ColumnMapping, records: Iterator[Record]
) -> tuple[list[Row], list[RowProblem]]:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    lines: dict[str, int] = {}
    for record in records:
        row = dict(zip(header, record.cells, strict=False))
        problem = record.problem or row_problem(record, header, row.get(mapping.id, "").strip(), lines)
        if problem:
            problems.append(RowProblem(source, record.line, problem))
        else:
            lines[row[mapping.id].strip()] = record.line
            rows.append((record.line, row))
    return rows, problems


def row_problem(record: Record, header: Sequence[str], garment_id: str, lines: dict[str, int]) -> str:
    """Say what is wrong with a record as a row of this table, "" where nothing is."""
    if len(record.cells) != len(header):
        return f"{len(record.cells)} cells where the header has {len(header)}"
    if not garment_id:
        return "the identifier is empty"
    if garment_id in lines:
        return f"the identifier {garment_id!r} stands already on line {lines[garment_id]}"
    return ""


def _names(row: dict[str, str], mapping: ColumnMapping) -> tuple[tuple[str, str], ...]:
    found = ((row[column].strip(), lang) for lang, column in mapping.names.items())
    return tuple((text, lang) for text, lang in found if text)


class _Builder:
    """Turns rows into garments and counts what was unknown or tagged on the way."""

    def __init__(self, mapping: ColumnMapping, ontology: Ontology, names: list[tuple[tuple[str, str], ...]]) -> None:
        self._mapping = mapping
        self._lexicon = Lexicon(ontology, mapping.values)
        self._tagger = NameTagger(self._lexicon, [a for a in mapping.tag if a != "brand"])
        self._brands = (
            BrandFinder((own[0][0] for own in names if own), self._lexicon) if "brand" in mapping.tag else None
        )
        self.value_labels: dict[str, str] = {}
        self.unknown: Counter[tuple[str, str]] = Counter()
        self.tagged: Counter[str] = Counter()

    def garment(self, line: int, row: dict[str, str]) -> Garment:
        garment_id = row[self._mapping.id].strip()
        labels = _names(row, self._mapping)
        values = {a: v for a, column in self._mapping.columns.items() if (v := self._cell(a, row[column]))}
        tagged = {a: v for a, v in self._from_names(labels).items() if a not in values}
        self.tagged.update(tagged.keys())
        return Garment(
            id=garment_id,
            iri=terms.garment(garment_id),
            labels=labels,
            values={**values, **tagged},
            tagged=frozenset(tagged),
            line=line,
        )

    def _cell(self, attribute: str, cell: str) -> tuple[str, ...]:
        if is_missing(cell, self._mapping):
            return ()
        parts = cell.split(self._mapping.separator) if self._mapping.separator else [cell]
        words = [part.strip() for part in parts if not is_missing(part, self._mapping)]
        return tuple(dict.fromkeys(self._value(attribute, word) for word in words))

    def _value(self, attribute: str, word: str) -> str:
        if attribute == "brand":
            return self._brand(word)
        if attribute == "warmth" and _is_decimal(word):
            return str(Decimal(word))
        iri = self._lexicon.resolve(attribute, word)
        if iri is None:
            self.unknown[attribute, word] += 1
            iri = f"{terms.VALUE}{attribute}/{terms.slug(word)}"
            self.value_labels.setdefault(iri, word)
        return iri

    def _brand(self, word: str) -> str:
        iri = terms.BRAND + terms.slug(word)
        self.value_labels.setdefault(iri, word)
        return iri

    def _from_names(self, labels: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for position, (text, _) in enumerate(labels):
            skip = self._brands.length(text) if self._brands is not None and position == 0 else 0
            if self._brands is not None and skip:
                found["brand"] = (self._brand(self._brands.find(text)),)
            for attribute, iris in group_tags(self._tagger.tag(text, skip=skip)).items():
                found.setdefault(attribute, iris)
        return found


def is_missing(cell: str, mapping: ColumnMapping) -> bool:
    """Say whether a cell counts as empty."""
    text = cell.strip()
    return not text or text in mapping.missing


def _is_decimal(word: str) -> bool:
    try:
        return Decimal(word).is_finite()
    except InvalidOperation:
        return False
