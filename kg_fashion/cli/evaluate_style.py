"""kg-fashion evaluate style: how far apart a style space keeps the attributes, and whether stylists' outfits agree."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, guarded, names, progress, say, table, write_json
from kg_fashion.cli.load import report_problems

if TYPE_CHECKING:
    from kg_fashion.embedding.style_report import StyleReport


@guarded
def style(
    catalogue_file: options.CatalogueFile,
    mapping: options.Mapping = None,
    only: Annotated[
        str | None,
        typer.Option(help="The attributes that get a block each, joined by commas; the common ones by default."),
    ] = None,
    outfits: Annotated[
        Path | None, typer.Option(help="CSV of stylists' outfits: outfit, garment; of this catalogue.")
    ] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Leave out values of fewer training garments.")] = 20,
    ontology: options.OntologyPath = None,
    seed: options.Seed = None,
    report: Annotated[Path | None, typer.Option(help="Write report.json and pictures (SVG) to this folder.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
) -> None:
    """Learn a style space from four fifths of the garments, probe and move the rest, and compare with outfits."""
    from kg_fashion.catalog import attribute_of, read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.settings import read_settings

    check_folder(report)
    check_folder(json)
    settings = read_settings(ontology=ontology, seed=seed)
    attributes = tuple(map(attribute_of, names(only or ""))) or None
    known = read_ontology(settings.ontology)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    from kg_fashion.inference.style_run import run_style

    found = run_style(
        catalogue, attributes=attributes, outfits=outfits, min_count=min_count, seed=settings.seed, progress=progress
    )
    write_json(found.to_dict(), json)
    if report is not None:
        found.write(report)
    report_problems(catalogue.report.problems)
    _show(found)


def _show(report: "StyleReport") -> None:
    matrix = report.visible
    say(f"accuracy of linear probes on {report.n_test:,} held-out garments, block by attribute:")
    rows = [[block, *(f"{one:.3f}" for one in matrix.accuracy[i])] for i, block in enumerate(matrix.blocks)]
    table(["block", *matrix.attributes], [*rows, ["majority", *(f"{one:.3f}" for one in matrix.majority)]])
    say("\nmoves towards another value (steps that rise, garments that arrive, change of other attributes):")
    moves = [
        [name, *(f"{own[0]:.3f}" for own in (one.consistency, one.arrived, one.leak, report.straight[name].leak))]
        for name, one in report.moves.items()
    ]
    table(["block", "rising", "arrived", "leak", "leak of the mean difference"], moves)
    say()
    variants = [
        [v.name, *(f"{x:.3f}" for x in (v.dci.disentanglement, v.own_accuracy, v.own_gain, v.other_gain, v.excess))]
        for v in report.variants
    ]
    table(["learned with", "disentanglement", "own accuracy", "own gain", "others' gain", "excess"], variants)
    if report.outfits:
        say("\nagreement with outfits (AUC, 0.5 is chance):")
        table(
            ["similarity", "AUC", "95% interval"],
            [[name, f"{own.auc:.3f}", f"{own.low:.3f} to {own.high:.3f}"] for name, own in report.outfits.items()],
        )
