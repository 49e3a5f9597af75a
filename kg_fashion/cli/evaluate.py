"""kg-fashion evaluate: how good completions and recommendations are, beside named baselines."""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, guarded, progress, say, table
from kg_fashion.cli.load import report_problems

app = typer.Typer(help="Measure against named baselines on held-out data.", no_args_is_help=True)
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write {target: {method: {metric: value}}} to this file.")
]


@app.command()
@guarded
def attributes(
    catalogue_file: options.CatalogueFile,
    mapping: options.Mapping = None,
    only: Annotated[str, typer.Option(help="Attributes to hide and complete, joined by commas.")] = "season,occasion",
    test: Annotated[Path | None, typer.Option(help="Train on the first file and test on this one.")] = None,
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
    seed: options.Seed = None,
    json: JsonFile = None,
) -> None:
    """Hide attributes of a random 20% of the garments, complete them, and compare."""
    from kg_fashion.catalog import attribute_of, read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    check_folder(json)
    settings = read_settings(ontology=ontology, rules=rules, seed=seed)
    targets = tuple(attribute_of(name.strip()) for name in only.split(",") if name.strip())
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    held_out = read_catalogue(test, mapping=catalogue.mapping, ontology=known, progress=progress) if test else None
    from kg_fashion.inference import evaluate_attributes

    report = evaluate_attributes(
        catalogue, targets=targets, test=held_out, rules=chosen, seed=settings.seed, progress=progress
    )
    write_json(report.to_dict(), json)
    report_problems((*catalogue.report.problems, *(held_out.report.problems if held_out else ())))
    for target in targets:
        say(f"{target}: trained on {report.n_train:,} garments, tested on {report.n_test[target]:,}")
        _show(report.metrics[target])


@app.command()
@guarded
def ranker(
    catalogue_file: Annotated[Path | None, typer.Option("--catalogue", help="The bundled boutique by default.")] = None,
    history_file: Annotated[Path | None, typer.Option("--history", help="The bundled history by default.")] = None,
    mapping: options.Mapping = None,
    seed: options.Seed = None,
    json: JsonFile = None,
) -> None:
    """Hold out the last fifth of a history, rank every garment, and compare."""
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.resources import boutique_dir
    from kg_fashion.settings import read_settings

    check_folder(json)
    settings = read_settings(seed=seed)
    catalogue = read_catalogue(catalogue_file or boutique_dir() / "catalogue.csv", mapping=mapping, progress=progress)
    from kg_fashion.inference import AttributeInferrer
    from kg_fashion.ranking import GarmentFeatures, evaluate_ranker, read_history

    history = read_history(history_file or boutique_dir() / "history.csv", catalogue)
    inferrer = AttributeInferrer.train(catalogue, seed=settings.seed, progress=progress)
    metrics = evaluate_ranker(GarmentFeatures(catalogue, inferrer), history, seed=settings.seed, progress=progress)
    write_json(metrics, json)
    _show(metrics["next_garment"])
    report_problems((*catalogue.report.problems, *history.problems))


def write_json(metrics: object, path: Path | None) -> None:
    """Write metrics to a file, where one is given."""
    if path is not None:
        from kg_fashion.errors import InputError

        try:
            path.write_text(json_format.dumps(metrics, indent=2) + "\n", "utf-8")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=path) from error


def _show(metrics: dict[str, dict[str, float]]) -> None:
    names = list(next(iter(metrics.values())))
    table(["method", *names], [[method, *(f"{own[name]:.4f}" for name in names)] for method, own in metrics.items()])
    say()
