"""kg-fashion rules: list, show and check rules."""

from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import FINDINGS, emit_json, guarded, say, table

app = typer.Typer(help="List, show and check rules.", no_args_is_help=True)


@app.command(name="list")
@guarded
def list_rules(rules: options.RulesPath = None, json: options.Json = False) -> None:
    """List rules with their confidence and labels."""
    from kg_fashion import terms
    from kg_fashion.reasoning import load_rules

    chosen = load_rules(rules)
    if json:
        emit_json([
            {"rule": rule.iri, "confidence": chosen.confidence(rule.iri), "en": chosen.label(rule.iri),
             "zh": chosen.label(rule.iri, "zh"), "file": str(rule.path), "line": rule.line}
            for rule in chosen
        ])  # fmt: skip
        return
    rows = [
        [terms.shorten(rule.iri), "" if (sure := chosen.confidence(rule.iri)) is None else f"{sure:.2f}",
         chosen.label(rule.iri), chosen.label(rule.iri, "zh")]
        for rule in chosen
    ]  # fmt: skip
    table(["rule", "confidence", "en", "zh"], rows)


@app.command()
@guarded
def show(
    name: Annotated[str, typer.Argument(help="The rule, such as rule:warm-material-is-winter.")],
    rules: options.RulesPath = None,
) -> None:
    """Show a rule and what is said about it, as its file has it."""
    from kg_fashion import terms
    from kg_fashion.errors import UnknownNameError, did_you_mean
    from kg_fashion.reasoning import load_rules

    chosen = load_rules(rules)
    known = {terms.shorten(rule.iri): rule for rule in chosen}
    rule = known.get(terms.shorten(terms.expand(name))) or known.get(f"rule:{name}")
    if rule is None or rule.path is None or rule.line is None:
        raise UnknownNameError(f"no rule {name!r}{did_you_mean(name, known)}")
    starts = sorted(other.line for other in chosen if other.path == rule.path and other.line is not None)
    lines = rule.path.read_text("utf-8").splitlines()
    end = next((line - 1 for line in starts if line > rule.line), len(lines))
    say(f"# {rule.path}:{rule.line}")
    say("\n".join(lines[rule.line - 1 : end]).rstrip())


@app.command()
@guarded
def lint(rules: options.RulesPath = None, ontology: options.OntologyPath = None, json: options.Json = False) -> None:
    """Check rules: metadata, names, rules that never fire or add nothing; exit 3 where something is to be mended."""
    from dataclasses import asdict

    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.reasoning.lint import lint as check

    known = read_ontology(ontology)
    chosen = load_rules(rules, ontology=known)
    remarks = check(chosen, known)
    if json:
        emit_json([{**asdict(remark), "path": str(remark.path) if remark.path else None} for remark in remarks])
    else:
        for remark in remarks:
            say(str(remark))
        say(f"{len(chosen)} rules, {len(remarks)} remarks")
    if remarks:
        raise typer.Exit(FINDINGS)
