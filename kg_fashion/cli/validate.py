"""kg-fashion validate: a catalogue against the SHACL shapes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, check_folder, emit_json, guarded, progress, say
from kg_fashion.cli.load import SHOWN, finish_reading

if TYPE_CHECKING:
    from kg_fashion.graph.shapes import Finding


@guarded
def validate(
    catalogue_file: options.CatalogueFile,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    shapes: Annotated[Path | None, typer.Option(help="A Turtle file of shapes; the bundled ones by default.")] = None,
    report: options.Report = None,
    json: options.Json = False,
) -> None:
    """Check a catalogue against the SHACL shapes; exit 3 where it does not conform."""
    from kg_fashion.catalog import catalogue_ntriples, read_catalogue
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.graph.shapes import validate as check
    from kg_fashion.ontology import read_ontology

    check_folder(report)
    known = read_ontology(ontology)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    graph = KnowledgeGraph()
    graph.load_ontology(known)
    graph.load_catalogue(catalogue_ntriples(catalogue))
    found = check(
        graph, shapes=shapes, places=catalogue.places, columns=catalogue.columns, words=catalogue.value_labels
    )
    if json:
        emit_json({"conforms": found.conforms, "findings": [asdict(finding) for finding in found.findings],
                   "problems": [str(problem) for problem in catalogue.report.problems]})  # fmt: skip
    else:
        for finding in _first_of_each(found.findings):
            say(str(finding))
        say(
            f"{len(catalogue):,} garments, {len(found.findings)} findings:"
            f" {'conforms' if found.conforms else 'does not conform'}"
        )
    finish_reading(catalogue, report, map(_row, found.findings))
    if not found.conforms:
        raise typer.Exit(FINDINGS)


def _first_of_each(findings: "Iterable[Finding]") -> "Iterator[Finding | str]":
    """Give the first rows of each kind of finding, and say how many more there are of it."""
    counts: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        kind = (finding.column, finding.message)
        counts[kind] += 1
        if counts[kind] <= SHOWN:
            yield finding
    for (_, message), count in counts.items():
        if count > SHOWN:
            yield f"and {count - SHOWN:,} rows more: {message}"


def _row(finding: "Finding") -> dict[str, str | int]:
    """Put a finding into the columns of the report file."""
    line = finding.place.rpartition(":")[2]
    return {
        "row": int(line) if line.isdigit() else "",
        "column": finding.column or finding.path,
        "value": finding.value,
        "problem": finding.message,
        "nearest": "",
        "garments": 1,
    }
