"""kg-fashion validate: a catalogue against the SHACL shapes."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, emit_json, guarded, progress, say
from kg_fashion.cli.load import report_problems


@guarded
def validate(
    catalogue_file: options.CatalogueFile,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    shapes: Annotated[Path | None, typer.Option(help="A Turtle file of shapes; the bundled ones by default.")] = None,
    json: options.Json = False,
) -> None:
    """Check a catalogue against the SHACL shapes; exit 3 where it does not conform."""
    from kg_fashion.catalog import catalogue_ntriples, read_catalogue
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.graph.shapes import validate as check
    from kg_fashion.ontology import read_ontology

    known = read_ontology(ontology)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    graph = KnowledgeGraph()
    graph.load_ontology(known)
    graph.load_catalogue(catalogue_ntriples(catalogue))
    report = check(graph, shapes=shapes, places=catalogue.places)
    report_problems(catalogue.report.problems)
    if json:
        emit_json({"conforms": report.conforms, "findings": [str(finding) for finding in report.findings],
                   "problems": [str(problem) for problem in catalogue.report.problems]})  # fmt: skip
    else:
        for finding in report.findings:
            say(str(finding))
        say(
            f"{len(catalogue):,} garments, {len(report.findings)} findings:"
            f" {'conforms' if report.conforms else 'does not conform'}"
        )
    if not report.conforms or catalogue.report.problems:
        raise typer.Exit(FINDINGS)
