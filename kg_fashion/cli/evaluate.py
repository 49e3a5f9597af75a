"""kg-fashion evaluate: how good completions and recommendations are, beside named baselines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, guarded, names, progress, say, table, write_json
from kg_fashion.cli.evaluate_style import style
from kg_fashion.cli.load import report_problems

if TYPE_CHECKING:
    from kg_fashion.inference import EvaluationReport

app = typer.Typer(help="Measure against named baselines on held-out data.", no_args_is_help=True)
app.command()(style)
_SHOWN = ("accuracy", "accuracy_behind", "macro_f1", "log_loss", "ece", "coverage_at_95", "train_s")
_BOUNDED = ("accuracy", "accuracy_behind")
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
    split: Annotated[
        str, typer.Option(help="random, or grouped: a brand's garments of one name stem stay together.")
    ] = "random",
    seeds: Annotated[int, typer.Option(min=1, help="Average over so many seeds, from --seed up.")] = 1,
    baselines: Annotated[
        str, typer.Option(help="Methods to compare with, joined by commas, or all.")
    ] = "majority,lightgbm,logistic",
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
    seed: options.Seed = None,
    report: Annotated[
        Path | None, typer.Option(help="Write report.json, report.md and reliability diagrams (SVG) to this folder.")
    ] = None,
    json: JsonFile = None,
) -> None:
    """Hide attributes of a fifth of the garments, complete them, and compare."""
    from kg_fashion.catalog import attribute_of, read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    check_folder(json)
    check_folder(report)
    settings = read_settings(ontology=ontology, rules=rules, seed=seed)
    targets = tuple(map(attribute_of, names(only)))
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    held_out = read_catalogue(test, mapping=catalogue.mapping, ontology=known, progress=progress) if test else None
    from kg_fashion.inference import evaluate_attributes
    from kg_fashion.inference.baselines import BASELINES

    found = evaluate_attributes(
        catalogue,
        targets=targets,
        test=held_out,
        rules=chosen,
        seed=settings.seed,
        seeds=seeds,
        split=split,
        baselines=tuple(BASELINES) if baselines.strip() == "all" else names(baselines),
        progress=progress,
    )
    write_json(found.to_dict(), json)
    if report is not None:
        found.write(report)
    report_problems((*catalogue.report.problems, *(held_out.report.problems if held_out else ())))
    _show_report(found)


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


def _show_report(report: "EvaluationReport") -> None:
    from kg_fashion.inference.evaluation.report import COLUMNS, cell

    for target, methods in report.metrics.items():
        say(f"{target}: trained on {report.n_train:,} garments, tested on {report.n_test[target]:,}")
        rows = [
            [method, *(cell(own, name, interval=name in _BOUNDED) for name in _SHOWN)]
            for method, own in methods.items()
        ]
        table(["method", *(COLUMNS[name] for name in _SHOWN)], rows)
        say()
    for note in report.notes():
        say(note)


def _show(metrics: dict[str, dict[str, float]]) -> None:
    columns = list(next(iter(metrics.values())))
    table(
        ["method", *columns], [[method, *(f"{own[name]:.4f}" for name in columns)] for method, own in metrics.items()]
    )
    say()
