"""Writes a catalogue back with its gaps filled: every supplied value stays as it was, byte for byte.

Each completed column gets two more at the end of the row, `<column>_probability` and `<column>_reason`.
"""

import csv
import io
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_fashion.catalog.model import Catalogue
from kg_fashion.catalog.reader import is_missing, open_catalogue, row_problem
from kg_fashion.catalog.records import Record, has_bom, read_records
from kg_fashion.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a gap: a value's IRI (None leaves it empty), its probability and the reason in words."""

    value: str | None
    probability: float
    reason: str


def write_enriched(
    catalogue: Catalogue, fillings: Mapping[str, Mapping[str, Filling]], attributes: tuple[str, ...], path: Path
) -> int:
    """Write the catalogue's file with its gaps filled; the target appears whole or not at all.

    Args:
        catalogue: What was read; its file is read again.
        fillings: Garment id -> attribute -> what fills the gap.
        attributes: The attributes that get the two further columns, in this order.
        path: The file to write.

    Returns:
        How many cells were filled.

    Raises:
        CatalogueError: the target cannot be written.
    """
    writer = _Writer(catalogue, fillings, attributes)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines(writer.lines())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogueError(f"cannot be written: {error.strerror}", path=path) from error
    return writer.filled


class _Writer:
    def __init__(
        self, catalogue: Catalogue, fillings: Mapping[str, Mapping[str, Filling]], attributes: tuple[str, ...]
    ) -> None:
        self._catalogue = catalogue
        self._fillings = fillings
        self._mapping = catalogue.mapping
        self._attributes = attributes
        self._words = _own_words(catalogue, attributes)
        self.filled = 0

    def lines(self) -> Iterator[bytes]:
        """Iterate over the new file's records."""
        header, _, records = open_catalogue(self._catalogue.path, self._mapping)
        if has_bom(self._catalogue.path):
            yield b"\xef\xbb\xbf"
        first = next(read_records(self._catalogue.path, delimiter=self._mapping.delimiter))
        columns = [self._mapping.columns[attribute] for attribute in self._attributes]
        yield self._extend(first, [f"{c}_{kind}" for c in columns for kind in ("probability", "reason")])
        lines: dict[str, int] = {}
        for record in records:
            row = dict(zip(header, record.cells, strict=False))
            garment_id = row.get(self._mapping.id, "").strip()
            if record.problem or row_problem(record, header, garment_id, lines):
                continue
            lines[garment_id] = record.line
            yield self._row(record, header, garment_id)

    def _row(self, record: Record, header: tuple[str, ...], garment_id: str) -> bytes:
        cells = list(record.cells)
        added: list[str] = []
        own = self._fillings.get(garment_id, {})
        changed = False
        for attribute in self._attributes:
            index = header.index(self._mapping.columns[attribute])
            filling = own.get(attribute)
            if filling is None or not is_missing(cells[index], self._mapping):
                added += ["", ""]
                continue
            if filling.value is not None:
                cells[index] = self._words.get(attribute, {}).get(filling.value) or self._catalogue.label(filling.value)
                changed = True
                self.filled += 1
            added += [f"{filling.probability:.4f}", filling.reason]
        if changed:
            end = record.raw[len(record.raw.rstrip(b"\r\n")) :]
            record = Record(record.line, self._text(cells) + end, record.cells, "")
        return self._extend(record, added)

    def _extend(self, record: Record, cells: list[str]) -> bytes:
        body = record.raw.rstrip(b"\r\n")
        return body + self._mapping.delimiter.encode() + self._text(cells) + (record.raw[len(body) :] or b"\n")

    def _text(self, cells: list[str]) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self._mapping.delimiter, lineterminator="").writerow(cells)
        return buffer.getvalue().encode()


def _own_words(catalogue: Catalogue, attributes: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Find the word that the catalogue itself uses most for each value: "Fall" in one shop, "autumn" in another."""
    counts: dict[str, dict[str, Counter[str]]] = {attribute: {} for attribute in attributes}
    header, mapping, records = open_catalogue(catalogue.path, catalogue.mapping)
    by_id = {garment.id: garment for garment in catalogue}
    for record in records:
        if record.problem or len(record.cells) != len(header):
            continue
        garment = by_id.get(record.cells[header.index(mapping.id)].strip())
        for attribute in attributes if garment is not None else ():
            values = garment.values.get(attribute, ()) if garment is not None else ()
            cell = record.cells[header.index(mapping.columns[attribute])].strip()
            if len(values) == 1 and not is_missing(cell, mapping):
                counts[attribute].setdefault(values[0], Counter())[cell] += 1
    return {a: {iri: words.most_common(1)[0][0] for iri, words in found.items()} for a, found in counts.items()}
