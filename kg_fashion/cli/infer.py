"""kg-fashion infer: complete a catalogue's gaps, or explain what is inferred for one garment."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, names, progress, say
from kg_fashion.cli.infer_audit import show_audit
from kg_fashion.cli.infer_one import OneGarment
from kg_fashion.cli.load import finish_reading
from kg_fashion.cli.wanted import Lang, Language

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.inference import AttributeInferrer, Completion
    from kg_fashion.ontology import Ontology


@guarded
def infer(
    catalogue_file: Annotated[
        Path | None,
        typer.Argument(help=f"A catalogue: {options.FORMATS}. May be left out where one garment is described."),
    ] = None,
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
    model: Annotated[Path | None, typer.Option(help="Use the model in this folder, made by train embeddings.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Leave a gap below this probability.")] = None,
    min_precision: Annotated[
        float | None,
        typer.Option(
            min=0.5, max=1.0, help="Fill gaps only where so many are right: thresholds chosen on held-out garments."
        ),
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="List supplied values that are doubtful, the most suspicious first.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(help="Explain instead what is inferred for this garment: its identifier.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Explain instead one garment that is described: an attribute and its value (material=linen)."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The name of the garment that is described.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the explanation into this file.")] = None,
    lang: Lang = Language.en,
    seed: options.Seed = None,
    report: options.Report = None,
    json: options.Json = False,
) -> None:
    """Complete missing attributes, each with its probability and reasons."""
    from kg_fashion.catalog import attribute_of, check_target, read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    one = OneGarment(explain, tuple(values or ()), name)
    _check_flags(one, catalogue_file, learns_elsewhere=bool(train_on), model=model, out=out, audit=audit, svg=svg)
    settings = read_settings(ontology=ontology, rules=rules, threshold=threshold, seed=seed)
    targets = tuple(map(attribute_of, names(only)))
    for path in (out, report, svg):
        check_folder(path)
    if out is not None:
        check_target(out)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    read = None
    if catalogue_file is not None:
        read = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    catalogue = one.catalogue(read, known)
    from kg_fashion.inference import AttributeInferrer

    if model is not None:
        inferrer = AttributeInferrer.load(model, rules=chosen, ontology=known)
        for target in targets:
            inferrer.values(target)
    else:
        source = _training(train_on, mapping, known) if train_on else one.others(read)
        inferrer = AttributeInferrer.train(source, targets=targets, rules=chosen, seed=settings.seed, progress=progress)
    is_other = model is not None or train_on is not None
    if one.asked:
        limits = _limits(inferrer, targets, min_precision, settings.threshold)
        one.show(inferrer, catalogue, limits, known=read if model else None, svg=svg, lang=lang, json=json)
    elif audit:
        _tell_drift(inferrer, catalogue if is_other else None)
        show_audit(inferrer, catalogue, targets, lang=lang, json=json)
    else:
        limits = _limits(inferrer, targets, min_precision, settings.threshold)
        found = inferrer.complete(catalogue, targets=targets, threshold=limits, progress=progress)
        _tell_drift(inferrer, catalogue if is_other else None, found)
        _show(found, catalogue, targets, out, lang=lang, json=json)
    if read is not None:
        finish_reading(read, report)


def _check_flags(
    one: OneGarment,
    catalogue_file: Path | None,
    *,
    learns_elsewhere: bool,
    model: Path | None,
    out: Path | None,
    audit: bool,
    svg: Path | None,
) -> None:
    """Refuse flags that do not go together, before any work."""
    from kg_fashion.errors import InputError

    if model is not None and (learns_elsewhere or audit):
        raise InputError("--model goes with neither --train-on nor --audit: an audit learns from the catalogue itself")
    if svg is not None and not one.asked:
        raise InputError("--svg draws one garment's explanation: name it with --explain, or describe it with --set")
    if one.asked and (out is not None or audit):
        raise InputError("--explain, --set and --name show one garment; they go with neither --out nor --audit")
    if catalogue_file is None and not one.described:
        raise InputError("give a catalogue, or describe one garment with --set and --name")


def _training(path: Path, mapping: str | None, ontology: "Ontology") -> "Catalogue":
    """Read the catalogue to learn from: with the given mapping where that fits it, else with one that does."""
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.errors import MappingError

    try:
        return read_catalogue(path, mapping=mapping, ontology=ontology)
    except MappingError:
        return read_catalogue(path, ontology=ontology)


def _limits(
    inferrer: "AttributeInferrer", targets: tuple[str, ...], min_precision: float | None, threshold: float
) -> dict[str, float]:
    """Return target -> the probability below which a gap is left open."""
    if min_precision is None:
        return dict.fromkeys(targets, threshold)
    limits = {}
    for target in targets:
        chosen = inferrer.threshold(target, min_precision)
        progress(f"{target}: {chosen.text()}")
        limits[target] = math.inf if chosen.threshold is None else chosen.threshold
    return limits


def _tell_drift(inferrer: "AttributeInferrer", other: "Catalogue | None", found: "Sequence[Completion]" = ()) -> None:
    """Warn where a catalogue other than the one that was learned from does not look like it."""
    for warning in inferrer.drift(other, found).warnings if other is not None else ():
        progress(f"warning: {warning}")


def _show(
    found: "list[Completion]",
    catalogue: "Catalogue",
    targets: tuple[str, ...],
    out: Path | None,
    *,
    lang: str,
    json: bool,
) -> None:
    from kg_fashion.catalog import write_enriched
    from kg_fashion.inference import fillings

    if out is not None:
        written = write_enriched(catalogue, fillings(found, lang=lang), targets, out)
        say(f"{written.filled:,} of {len(found):,} gaps filled in {out}; {len(found) - written.filled:,} left open")
        if written.neutralised:
            progress(f"{written.neutralised:,} cells that a spreadsheet would run as formulas got a leading apostrophe")
    elif json:
        emit_json([gap.to_dict(lang=lang) for gap in found])
    else:
        for gap in found:
            say(gap.text(lambda iri: catalogue.label(iri, lang), lang=lang))
