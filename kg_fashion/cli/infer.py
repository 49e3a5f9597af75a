"""kg-fashion infer: complete a catalogue's gaps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, progress, say
from kg_fashion.cli.load import finish_reading

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.ontology import Ontology


def _training(path: Path, mapping: str | None, ontology: "Ontology") -> "Catalogue":
    """Read the catalogue to learn from: with the given mapping where that fits it, else with one that does."""
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.errors import MappingError

    try:
        return read_catalogue(path, mapping=mapping, ontology=ontology)
    except MappingError:
        return read_catalogue(path, ontology=ontology)


@guarded
def infer(
    catalogue_file: options.CatalogueFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the catalogue with what was inferred: .csv, .tsv, .jsonl, .parquet, .jsonld, .ttl.",
        ),
    ] = None,
    only: Annotated[str, typer.Option(help="Attributes to complete, joined by commas.")] = "season,occasion",
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
    train_on: Annotated[Path | None, typer.Option(help="Learn from this catalogue instead.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Leave a gap below this probability.")] = None,
    seed: options.Seed = None,
    report: options.Report = None,
    json: options.Json = False,
) -> None:
    """Complete missing attributes, each with its probability and reasons."""
    from kg_fashion.catalog import attribute_of, check_target, read_catalogue, write_enriched
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    settings = read_settings(ontology=ontology, rules=rules, threshold=threshold, seed=seed)
    targets = tuple(attribute_of(name.strip()) for name in only.split(",") if name.strip())
    check_folder(out)
    check_folder(report)
    if out is not None:
        check_target(out)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    source = _training(train_on, mapping, known) if train_on else catalogue
    from kg_fashion.inference import AttributeInferrer, fillings

    inferrer = AttributeInferrer.train(source, targets=targets, rules=chosen, seed=settings.seed, progress=progress)
    found = inferrer.complete(catalogue, threshold=settings.threshold, progress=progress)
    if out is not None:
        written = write_enriched(catalogue, fillings(found), targets, out)
        say(
            f"{written.filled:,} of {len(found):,} gaps filled in {out};"
            f" {len(found) - written.filled:,} left open below {settings.threshold:.2f}"
        )
        if written.neutralised:
            progress(f"{written.neutralised:,} cells that a spreadsheet would run as formulas got a leading apostrophe")
    elif json:
        emit_json([gap.to_dict() for gap in found])
    else:
        for gap in found:
            say(gap.text(catalogue.label))
    finish_reading(catalogue, report)
