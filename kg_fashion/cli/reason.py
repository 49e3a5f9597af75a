"""kg-fashion reason: derive what follows by axioms and rules, into the store, or from a file into a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, check_folder, emit_json, guarded, progress, say, table

if TYPE_CHECKING:
    from kg_fashion.ontology import Ontology
    from kg_fashion.reasoning import Closure, Finding, RuleSet

Engine = Literal["auto", "index", "duckdb", "spark"]
_SHOWN = 20


@guarded
def reason(
    store: options.Store = None,
    rules: options.RulesPath = None,
    data: Annotated[
        Path | None, typer.Option(help="Derive from this RDF file by --rules alone, without a store.")
    ] = None,
    derived_only: Annotated[bool, typer.Option("--derived-only", help="Leave the data out of the result.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the result of --data as N-Triples.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="What fires the rules; auto chooses by the number of triples.")
    ] = "auto",
    memory_limit: Annotated[str | None, typer.Option(help="What joins may take, such as 4GB.")] = None,
    json: options.Json = False,
) -> None:
    """Derive what follows from a store by the axioms and rules, and write it into the store.

    Exits with 3 where what is known contradicts the ontology; the findings are told with their derivations.
    """
    from kg_fashion import terms
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import Ontology
    from kg_fashion.reasoning import load_rules, read_rules
    from kg_fashion.reasoning import reason as derive
    from kg_fashion.reasoning.saved import CLOSURE
    from kg_fashion.settings import read_settings

    if data is not None:
        if rules is None:
            raise InputError("--data needs --rules: the rules to apply to it")
        if store is not None or json:
            raise InputError("--data goes without --store and --json: its result is N-Triples")
        check_folder(out)
        limit = read_settings(memory_limit=memory_limit).memory_limit
        _derive_file(read_rules(rules), data, out, derived_only=derived_only, engine=engine, memory_limit=limit)
        return
    if out is not None or derived_only:
        raise InputError("--out and --derived-only go with --data; a store gets what is derived itself")
    settings = read_settings(store=store, rules=rules, memory_limit=memory_limit)
    if settings.store is None:
        raise InputError("give the store's folder with --store, or a file with --data")
    chosen = load_rules(settings.rules)
    _tell_warnings(chosen)
    KnowledgeGraph(settings.store, read_only=True).close()
    with KnowledgeGraph(settings.store) as graph:
        closure = derive(graph, chosen, engine=engine, memory_limit=settings.memory_limit, progress=progress)
        written = closure.write(graph)
        closure.save(settings.store / CLOSURE, revision=graph.revision, rules=settings.rules)
        ontology = Ontology(graph.triples(terms.ONTOLOGY_GRAPH))
    findings = closure.findings()
    own = {rule.iri for rule in chosen}
    counts = sorted(((rule, n) for rule, n in closure.counts.items() if rule in own), key=lambda pair: -pair[1])
    if json:
        emit_json({"derived": written, "rounds": closure.run.rounds, "seconds": round(closure.run.seconds, 3),
                   "rules": dict(closure.counts),
                   "findings": [finding.derivation.to_dict() for finding in findings]})  # fmt: skip
        raise typer.Exit(FINDINGS if findings else 0)
    say(f"{written:,} triples derived in {closure.run.rounds} rounds, {closure.run.seconds:.1f} s; by the rules:")
    table(["derived", "rule"], [[f"{count:,}", closure.rule_label(rule)] for rule, count in counts])
    _tell_findings(closure, findings, ontology)


def _tell_findings(closure: "Closure", findings: "list[Finding]", ontology: "Ontology") -> None:
    """Write what contradicts the ontology, and exit with 3 where anything does."""
    from kg_fashion.cli.wanted import labels

    label = labels(ontology)
    for finding in findings[:_SHOWN]:
        say(f"\nfinding: {closure.rule_label(finding.rule, label=label)}")
        for premise in finding.derivation.premises:
            say(premise.to_text(label=label, rule_label=lambda rule: closure.rule_label(rule, label=label)))
    if len(findings) > _SHOWN:
        say(f"and {len(findings) - _SHOWN:,} findings more; --json lists them")
    if findings:
        say(f"\nfindings: {len(findings):,}; what is known contradicts the ontology")
        raise typer.Exit(FINDINGS)


def _derive_file(
    rules: "RuleSet", data: Path, out: Path | None, *, derived_only: bool, engine: Engine, memory_limit: str | None
) -> None:
    from kg_fashion.errors import InputError
    from kg_fashion.reasoning import inference_graph, read_data

    _tell_warnings(rules)
    ntriples = read_data(data)
    lines = list(inference_graph(ntriples, rules, engine=engine, memory_limit=memory_limit))
    text = "".join(f"{line}\n" for line in lines)
    if not derived_only:
        text = ntriples.decode() + text
    if out is None:
        say(text.rstrip("\n"))
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=out) from error


def _tell_warnings(rules: "RuleSet") -> None:
    for warning in rules.warnings:
        progress(f"warning: {warning}")
