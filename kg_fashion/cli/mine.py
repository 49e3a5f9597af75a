"""kg-fashion mine: learn rules from a catalogue or a store, for a stylist to accept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, progress, say, table

if TYPE_CHECKING:
    from kg_fashion.reasoning.mining import MiningFacts, MiningResult

_SHOWN = 20


@guarded
def mine(
    catalogue_file: Annotated[Path | None, typer.Argument(help=f"A catalogue: {options.FORMATS}.")] = None,
    store: options.Store = None,
    mapping: options.Mapping = None,
    head: Annotated[
        list[str] | None,
        typer.Option(help="A property to learn rules for; may be repeated; season and occasion by default."),
    ] = None,
    min_support: Annotated[int, typer.Option(help="Garments that a rule must be right about.")] = 50,
    min_confidence: Annotated[float, typer.Option(help="The least PCA confidence, 0 to 1.")] = 0.7,
    max_atoms: Annotated[int, typer.Option(help="The longest body, 1 to 3 atoms.")] = 3,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the rules to this .srl file.")] = None,
    ontology: options.OntologyPath = None,
    json: options.Json = False,
) -> None:
    """Learn rules from the graph, each with its support and confidence, for a stylist to accept."""
    from kg_fashion.errors import InputError
    from kg_fashion.reasoning.mining import MiningSettings, rules_text
    from kg_fashion.reasoning.mining import mine as mine_rules

    check_folder(out)
    settings = MiningSettings(
        heads=tuple(head) if head else MiningSettings.heads,
        min_support=min_support,
        min_confidence=min_confidence,
        max_atoms=max_atoms,
    )
    facts = _facts(catalogue_file, store, mapping, ontology)
    result = mine_rules(facts, settings, progress=progress)
    if out is not None:
        try:
            out.write_text(rules_text(result.rules, facts), "utf-8")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=out) from error
    if json:
        _emit(result, facts)
    else:
        _show(result, facts, out)


def _facts(
    catalogue_file: Path | None, store: Path | None, mapping: str | None, ontology: Path | None
) -> "MiningFacts":
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning.mining import facts_of_catalogue, facts_of_graph
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, ontology=ontology)
    if catalogue_file is not None:
        known = read_ontology(settings.ontology)
        return facts_of_catalogue(read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress))
    if settings.store is None:
        raise InputError("give a catalogue, or a store's folder with --store")
    with KnowledgeGraph(settings.store, read_only=True) as graph:
        return facts_of_graph(graph, source=settings.store.name)


def _emit(result: "MiningResult", facts: "MiningFacts") -> None:
    from kg_fashion.reasoning.mining import rule_names, rule_words

    names = rule_names(result.rules, facts)
    emit_json({
        "rules": [
            {"rule": name, "en": rule_words(rule, facts), "zh": rule_words(rule, facts, "zh"),
             "head": str(rule.head), "body": [str(atom) for atom in rule.body],
             "confidence": round(rule.confidence, 4), "support": rule.support,
             "head_coverage": round(rule.head_coverage, 4),
             "standard_confidence": round(rule.standard_confidence, 4)}
            for name, rule in zip(names, result.rules, strict=True)
        ],
        "counted": result.n_counted,
        "cut": list(result.cut),
    })  # fmt: skip


def _show(result: "MiningResult", facts: "MiningFacts", out: Path | None) -> None:
    from kg_fashion.reasoning.mining import rule_words

    best = sorted(result.rules, key=lambda rule: (-rule.confidence_interval[0], -rule.support))[:_SHOWN]
    rows = [[f"{rule.confidence:.3f}", f"{rule.support:,}", rule_words(rule, facts)] for rule in best]
    table(["confidence", "support", "rule"], rows)
    where = f", written to {out} with the status proposed" if out is not None else "; -o FILE writes them"
    say(f"{len(result.rules):,} rules{where}")
