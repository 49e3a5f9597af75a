"""kg-fashion infer: complete a catalogue's gaps."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, names, progress, say
from kg_fashion.cli.load import finish_reading

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.inference import AttributeInferrer
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
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Infer for one garment instead: an attribute and its value, such as material=linen."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The name of that one garment.")] = None,
    seed: options.Seed = None,
    report: options.Report = None,
    json: options.Json = False,
) -> None:
    """Complete missing attributes, each with its probability and reasons."""
    from kg_fashion.catalog import attribute_of, check_target, read_catalogue, write_enriched
    from kg_fashion.errors import InputError
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    if model is not None and (train_on is not None or audit):
        raise InputError("--model goes with neither --train-on nor --audit: an audit learns from the catalogue itself")
    settings = read_settings(ontology=ontology, rules=rules, threshold=threshold, seed=seed)
    targets = tuple(map(attribute_of, names(only)))
    check_folder(out)
    check_folder(report)
    if out is not None:
        check_target(out)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    source = _training(train_on, mapping, known) if train_on else catalogue
    if values or name:
        catalogue = _one_garment(catalogue, values or [], name)
    from kg_fashion.inference import AttributeInferrer, fillings

    if model is not None:
        inferrer = AttributeInferrer.load(model, rules=chosen, ontology=known)
        for target in targets:
            inferrer.values(target)
    else:
        inferrer = AttributeInferrer.train(source, targets=targets, rules=chosen, seed=settings.seed, progress=progress)
    if train_on:
        _tell_drift(source, catalogue, targets)
    if audit:
        _show_audit(inferrer, catalogue, targets, json)
        finish_reading(catalogue, report)
        return
    limits = _limits(inferrer, targets, min_precision, settings.threshold)
    found = inferrer.complete(catalogue, targets=targets, threshold=limits, progress=progress)
    if out is not None:
        written = write_enriched(catalogue, fillings(found), targets, out)
        say(f"{written.filled:,} of {len(found):,} gaps filled in {out}; {len(found) - written.filled:,} left open")
        if written.neutralised:
            progress(f"{written.neutralised:,} cells that a spreadsheet would run as formulas got a leading apostrophe")
    elif json:
        emit_json([gap.to_dict() for gap in found])
    else:
        for gap in found:
            say(gap.text(catalogue.label))
    finish_reading(catalogue, report)


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


def _one_garment(catalogue: "Catalogue", values: list[str], name: str | None) -> "Catalogue":
    """Return a catalogue of one garment, described by flags."""
    from dataclasses import replace

    from kg_fashion import terms
    from kg_fashion.catalog import Garment, Lexicon, attribute_of, open_value
    from kg_fashion.catalog.words import is_chinese
    from kg_fashion.errors import InputError

    found: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    lexicon = Lexicon(catalogue.ontology)
    for given in values:
        attribute, sign, word = given.partition("=")
        if not sign or not word.strip():
            raise InputError(f"--set {given}: give an attribute and its value, such as --set material=linen")
        own = attribute_of(attribute.strip())
        iri = open_value(own, word.strip()) or lexicon.find(own, word.strip())
        if own in terms.OPEN:
            words[iri] = word.strip()
        found[own] = (*found.get(own, ()), iri)
    labels = ((name, "zh" if is_chinese(name) else "en"),) if name else ()
    garment = Garment("the garment", terms.garment("the garment"), labels, found)
    return replace(catalogue, garments=(garment,), value_labels={**words, **catalogue.value_labels})


def _tell_drift(source: "Catalogue", catalogue: "Catalogue", targets: tuple[str, ...]) -> None:
    """Warn where the catalogue does not look like the one that was learned from."""
    from kg_fashion.inference.drift import DriftBaseline, compare

    for warning in compare(DriftBaseline.of(source, targets=targets), catalogue).warnings:
        progress(f"warning: {warning}")


def _show_audit(inferrer: "AttributeInferrer", catalogue: "Catalogue", targets: tuple[str, ...], json: bool) -> None:
    from kg_fashion.inference.veto import Veto, vetoes_text
    from kg_fashion.inference.wording import ReasonWording

    doubts = [(target, one) for target in targets for one in inferrer.audit(catalogue, target)]
    doubts.sort(key=lambda pair: (not pair[1].vetoes, -pair[1].margin))
    words = ReasonWording.of(catalogue, inferrer.rules)
    records = [
        {
            "garment": catalogue[one.row].id,
            "line": catalogue[one.row].line,
            "attribute": target,
            "supplied": [inferrer.values(target)[column] for column in one.supplied],
            "suggested": inferrer.values(target)[one.suggested],
            "p_supplied": round(one.p_supplied, 4),
            "p_suggested": round(one.p_suggested, 4),
            "vetoes": [Veto(inferrer.values(target)[column], rule, words).to_dict() for column, rule in one.vetoes],
        }
        for target, one in doubts
    ]
    if json:
        emit_json(records)
        return
    for (target, one), record in zip(doubts, records, strict=True):
        supplied = " and ".join(catalogue.label(inferrer.values(target)[column]) for column in one.supplied)
        suggested = catalogue.label(inferrer.values(target)[one.suggested])
        ruled_out = vetoes_text(Veto(inferrer.values(target)[column], rule, words) for column, rule in one.vetoes)
        say(
            f"line {record['line']}: {catalogue[one.row].id} ({catalogue[one.row].name}) {target}: {supplied}"
            f" (p={one.p_supplied:.2f}), rather {suggested} (p={one.p_suggested:.2f})"
            + (f"; {ruled_out}" if ruled_out else "")
        )
    progress(f"{len(doubts):,} supplied values are doubtful")
