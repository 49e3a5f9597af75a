"""kg-fashion load: a catalogue into a store."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, emit_json, guarded, progress, say


@guarded
def load(
    catalogue_file: Annotated[Path | None, typer.Argument(help="A catalogue: CSV in UTF-8 with a header.")] = None,
    store: options.Store = None,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    boutique: Annotated[bool, typer.Option("--boutique", help="Load the bundled boutique.")] = False,
    json: options.Json = False,
) -> None:
    """Load a catalogue and the ontology into a store."""
    from kg_fashion.catalog import catalogue_triples, read_catalogue
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import read_ontology
    from kg_fashion.resources import boutique_dir
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, ontology=ontology)
    if settings.store is None:
        raise InputError("give the store's folder with --store")
    source = boutique_dir() / "catalogue.csv" if boutique else catalogue_file
    if source is None:
        raise InputError("give a catalogue, or --boutique")
    known = read_ontology(settings.ontology)
    catalogue = read_catalogue(source, mapping=mapping, ontology=known, progress=progress)
    with KnowledgeGraph(settings.store) as graph:
        terms_loaded = graph.load_ontology(known)
        loaded = graph.load_catalogue(catalogue_triples(catalogue))
    report_problems(catalogue.report.problems)
    if json:
        emit_json({"garments": len(catalogue), "triples": loaded, "ontology": terms_loaded,
                   "problems": [str(p) for p in catalogue.report.problems],
                   "unknown": [[a, w, n] for (a, w), n in catalogue.report.unknown.items()]})  # fmt: skip
    else:
        say(f"{len(catalogue):,} garments, {loaded:,} triples in {settings.store} (ontology: {terms_loaded:,})")
        for (attribute, word), count in sorted(catalogue.report.unknown.items()):
            say(f"unknown {attribute} {word!r} in {count} garments, kept as it is")
    if catalogue.report.problems:
        raise typer.Exit(FINDINGS)


def report_problems(problems: "tuple[object, ...]", *, shown: int = 20) -> None:
    """Write the rows that could not be read to stderr."""
    for problem in problems[:shown]:
        typer.echo(f"kg-fashion: {problem}", err=True)
    if len(problems) > shown:
        typer.echo(f"kg-fashion: and {len(problems) - shown:,} rows more", err=True)
