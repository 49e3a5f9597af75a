"""kg-fashion load: a catalogue into a store."""

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, check_folder, emit_json, guarded, progress, say

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue, CatalogueReader
    from kg_fashion.settings import Settings

SHOWN = 20


@guarded
def load(
    catalogue_file: Annotated[Path | None, typer.Argument(help=f"A catalogue: {options.FORMATS}.")] = None,
    store: options.Store = None,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    boutique: Annotated[bool, typer.Option("--boutique", help="Load the bundled boutique.")] = False,
    add: Annotated[
        bool, typer.Option("--add", help="Add to what is there; a garment that is there already is replaced.")
    ] = False,
    rules: options.RulesPath = None,
    report: options.Report = None,
    json: options.Json = False,
) -> None:
    """Load a catalogue and the ontology into a store; with --add, bring what was derived up to date."""
    from kg_fashion.catalog import CatalogueReader, catalogue_ntriples
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import read_ontology
    from kg_fashion.resources import boutique_dir
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, ontology=ontology, rules=rules)
    if settings.store is None:
        raise InputError("give the store's folder with --store")
    source = boutique_dir() / "catalogue.csv" if boutique else catalogue_file
    if source is None:
        raise InputError("give a catalogue, or --boutique")
    check_folder(report)
    known = read_ontology(settings.ontology)
    reader = CatalogueReader(source, mapping=mapping, ontology=known, progress=progress)
    if add:
        _add(reader, settings, report, json=json)
        return
    start = perf_counter()
    with KnowledgeGraph(settings.store) as graph:
        terms_loaded = graph.load_ontology(known)
        loaded = graph.load_catalogue(catalogue_ntriples(reader))
    seconds = perf_counter() - start
    read = reader.report
    progress(f"loaded in {seconds:,.1f} s, {read.rows / seconds:,.0f} rows a second")
    garments = read.rows - len(read.problems)
    if json:
        emit_json({"garments": garments, "triples": loaded, "ontology": terms_loaded,
                   "seconds": round(seconds, 3),
                   "problems": [str(p) for p in read.problems],
                   "unknown": [[a, w, u.garments] for (a, w), u in read.unknown.items()]})  # fmt: skip
    else:
        say(f"{garments:,} garments, {loaded:,} triples in {settings.store} (ontology: {terms_loaded:,})")
        for (attribute, word), unknown in sorted(read.unknown.items())[:SHOWN]:
            say(f"unknown {attribute} {word!r} in {unknown.garments} garments, kept as it is")
        if len(read.unknown) > SHOWN:
            say(f"and {len(read.unknown) - SHOWN:,} unknown words more; --report FILE lists them")
    finish_reading(reader, report)


def _add(reader: "CatalogueReader", settings: "Settings", report: Path | None, *, json: bool) -> None:
    from kg_fashion.catalog import catalogue_ntriples
    from kg_fashion.cli.update import live_graph, tell

    with live_graph(settings) as live:
        change = live.add_garments(catalogue_ntriples(reader))
        tell(change, f"{reader.report.rows - len(reader.report.problems):,} garments added or replaced", json=json)
    finish_reading(reader, report)


def finish_reading(
    reading: "Catalogue | CatalogueReader", report: Path | None, more: "Iterable[dict[str, str | int]]" = ()
) -> None:
    """Tell the rows that could not be read, write the report where one is wanted, and exit with 3 where rows failed."""
    report_problems(reading.report.problems)
    if report is not None:
        from kg_fashion.catalog import write_report

        count = write_report(reading.report, reading.mapping, reading.ontology, report, more=more)
        progress(f"{count:,} findings in {report}")
    if reading.report.problems:
        raise typer.Exit(FINDINGS)


def report_problems(problems: "tuple[object, ...]", *, shown: int = SHOWN) -> None:
    """Write the rows that could not be read to stderr."""
    for problem in problems[:shown]:
        typer.echo(f"kg-fashion: {problem}", err=True)
    if len(problems) > shown:
        typer.echo(f"kg-fashion: and {len(problems) - shown:,} rows more; --report FILE lists them", err=True)
