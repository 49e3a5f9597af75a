"""kg-fashion infer: complete a catalogue's gaps."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, check_folder, emit_json, guarded, progress, say
from kg_fashion.cli.load import report_problems


@guarded
def infer(
    catalogue_file: options.CatalogueFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the catalogue with its gaps filled.")] = None,
    only: Annotated[str, typer.Option(help="Attributes to complete, joined by commas.")] = "season,occasion",
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
    train_on: Annotated[Path | None, typer.Option(help="Learn from this catalogue instead.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Leave a gap below this probability.")] = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Complete missing attributes, each with its probability and reasons."""
    from kg_fashion.catalog import attribute_of, read_catalogue, write_enriched
    from kg_fashion.errors import MappingError
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    settings = read_settings(ontology=ontology, rules=rules, threshold=threshold, seed=seed)
    targets = tuple(attribute_of(name.strip()) for name in only.split(",") if name.strip())
    check_folder(out)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    for target in targets:
        if out is not None and target not in catalogue.mapping.columns:
            raise MappingError(
                f"the mapping {catalogue.mapping.name!r} has no column for {target}", path=catalogue.mapping.path
            )
    source = read_catalogue(train_on, mapping=mapping, ontology=known) if train_on else catalogue
    from kg_fashion.inference import AttributeInferrer, fillings

    inferrer = AttributeInferrer.train(source, targets=targets, rules=chosen, seed=settings.seed, progress=progress)
    found = inferrer.complete(catalogue, threshold=settings.threshold, progress=progress)
    report_problems(catalogue.report.problems)
    if out is not None:
        filled = write_enriched(catalogue, fillings(found), targets, out)
        say(
            f"{filled:,} of {len(found):,} gaps filled in {out};"
            f" {len(found) - filled:,} left open below {settings.threshold:.2f}"
        )
    elif json:
        emit_json([gap.to_dict() for gap in found])
    else:
        for gap in found:
            say(gap.text(catalogue.label))
    if catalogue.report.problems:
        raise typer.Exit(FINDINGS)
