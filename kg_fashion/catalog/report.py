"""The report file of a reading: what could not be read or was not known, where, and what comes nearest."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kg_fashion.catalog.enriched.delimited import neutral
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.mapping import ColumnMapping
from kg_fashion.catalog.model import ReadReport
from kg_fashion.errors import CatalogueError
from kg_fashion.ontology import Ontology

COLUMNS: Final = ("row", "column", "value", "problem", "nearest", "garments")


def report_rows(report: ReadReport, mapping: ColumnMapping, ontology: Ontology) -> Iterator[dict[str, str | int]]:
    """Iterate over the findings of a reading, as `COLUMNS`.

    A row that could not be read stands once, with the number of its line. A word that the ontology does not know stands
    once, at its first row, with the number of garments that have it and the nearest word that is known.

    Args:
        report: How the reading went.
        mapping: How the columns were read.
        ontology: What words were resolved against.
    """
    lexicon = Lexicon(ontology, mapping.values)
    for problem in report.problems:
        yield {"row": problem.line, "column": problem.column, "value": problem.value, "problem": problem.message,
               "nearest": "", "garments": 0}  # fmt: skip
    for (attribute, word), place in report.unknown.items():
        yield {"row": place.line, "column": place.column, "value": word, "problem": f"not a known {attribute}",
               "nearest": lexicon.nearest(attribute, word), "garments": place.garments}  # fmt: skip


def write_report(
    report: ReadReport,
    mapping: ColumnMapping,
    ontology: Ontology,
    path: Path,
    *,
    more: Iterable[dict[str, str | int]] = (),
) -> int:
    """Write the findings of a reading as CSV, or as JSON Lines where the file is called .jsonl.

    Args:
        report: How the reading went.
        mapping: How the columns were read.
        ontology: What words were resolved against.
        path: The file to write.
        more: Further rows with the same columns, such as the findings of a validation.

    Returns:
        How many findings there are.

    Raises:
        CatalogueError: the file cannot be written.
    """
    rows = [*report_rows(report, mapping, ontology), *more]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            if path.suffix.lower() == ".jsonl":
                stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            else:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows([neutral(str(row[column])) for column in COLUMNS] for row in rows)
    except OSError as error:
        raise CatalogueError(f"cannot be written: {error.strerror}", path=path) from error
    return len(rows)
