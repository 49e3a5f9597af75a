"""kg-fashion train: learn a model from a catalogue and keep it in a folder."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options, train_value
from kg_fashion.cli.console import check_folder, guarded, names, progress, say
from kg_fashion.cli.load import finish_reading

app = typer.Typer(help="Learn models from catalogues.", no_args_is_help=True)
app.command()(train_value.value)


@app.command()
@guarded
def embeddings(
    catalogue_file: options.CatalogueFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the model: safetensors and JSON.")],
    only: Annotated[str, typer.Option(help="Attributes to learn, joined by commas.")] = "season,occasion",
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
    seed: options.Seed = None,
    report: options.Report = None,
) -> None:
    """Learn to complete attributes; infer --model uses what was learned.

    Stopped and started again with the same catalogue and options, it goes on where it was, with the same result.
    """
    from kg_fashion.catalog import attribute_of, read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    settings = read_settings(ontology=ontology, rules=rules, seed=seed)
    targets = tuple(map(attribute_of, names(only)))
    check_folder(out)
    check_folder(report)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    from kg_fashion.inference import AttributeInferrer

    checkpoints = out / "checkpoints"
    if checkpoints.exists():
        progress(f"going on from {checkpoints}, as far as it is the same training")
    inferrer = AttributeInferrer.train(
        catalogue, targets=targets, rules=chosen, seed=settings.seed, checkpoints=checkpoints, progress=progress
    )
    inferrer.save(out)
    shutil.rmtree(checkpoints)
    say(f"{', '.join(targets)} learned from {len(catalogue):,} garments; the model is in {out}")
    for target in targets:
        say(f"{target}: {inferrer.threshold(target, 0.95).text()}")
    finish_reading(catalogue, report)
