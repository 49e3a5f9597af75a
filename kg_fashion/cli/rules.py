"""kg-fashion rules: list, show, check and try rules."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg_fashion.cli import options, rules_convert, rules_learn
from kg_fashion.cli.console import FINDINGS, emit_json, guarded, progress, say, table

if TYPE_CHECKING:
    from kg_fashion.reasoning.example_run import Outcome
    from kg_fashion.reasoning.examples import Example
    from kg_fashion.reasoning.ruleset import RuleSet
    from kg_fashion.reasoning.syntax import Pattern, Rule

app = typer.Typer(help="List, show, check, try and convert rules.", no_args_is_help=True)
app.command()(rules_convert.convert)
app.command()(rules_learn.learn)


@app.command(name="list")
@guarded
def list_rules(rules: options.RulesPath = None, json: options.Json = False) -> None:
    """List rules with their status, confidence and labels."""
    from kg_fashion import terms
    from kg_fashion.reasoning import load_rules
    from kg_fashion.reasoning.examples import read_examples

    chosen = load_rules(rules)
    if json:
        examples, _ = read_examples(chosen)
        emit_json([_record(rule, chosen, [e for e in examples if e.rule == rule.iri]) for rule in chosen])
        return
    rows = [
        [terms.shorten(rule.iri), chosen.status(rule.iri), _share(chosen, rule),
         chosen.label(rule.iri), chosen.label(rule.iri, "zh")]
        for rule in chosen
    ]  # fmt: skip
    table(["rule", "status", "confidence", "en", "zh"], rows)


def _share(rules: "RuleSet", rule: "Rule") -> str:
    sure = rules.confidence(rule.iri)
    return "" if sure is None else f"{sure:.2f}"


def _record(rule: "Rule", rules: "RuleSet", examples: "list[Example]") -> dict[str, Any]:
    return {
        "rule": rule.iri, "status": rules.status(rule.iri), "confidence": rules.confidence(rule.iri),
        "en": rules.label(rule.iri), "zh": rules.label(rule.iri, "zh"), "source": rules.sources(rule.iri),
        "author": rules.authors(rule.iri),
        "examples": [
            {"given": _texts(e.given), "expected": _texts(e.expected), "unexpected": _texts(e.unexpected)}
            for e in examples
        ],
        "file": str(rule.path), "line": rule.line,
    }  # fmt: skip


def _texts(triples: "tuple[Pattern, ...]") -> list[str]:
    return [str(triple) for triple in triples]


@app.command()
@guarded
def show(
    name: Annotated[str, typer.Argument(help="The rule, such as rule:warm-material-is-winter.")],
    rules: options.RulesPath = None,
) -> None:
    """Show a rule and what is said about it, as its file has it, with its status and examples."""
    from kg_fashion import terms
    from kg_fashion.errors import UnknownNameError, did_you_mean
    from kg_fashion.reasoning import load_rules
    from kg_fashion.reasoning.examples import read_examples

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
    say(f"# {chosen.status(rule.iri)}, confidence {_share(chosen, rule) or 'not stated'}")
    for example in read_examples(chosen)[0]:
        if example.rule == rule.iri:
            say(f"# {_sentence(example)}")


def _sentence(example: "Example") -> str:
    parts = [("given", example.given), ("expected", example.expected), ("not expected", example.unexpected)]
    return "; ".join(f"{word} {', '.join(_texts(triples))}" for word, triples in parts if triples)


@app.command()
@guarded
def lint(rules: options.RulesPath = None, ontology: options.OntologyPath = None, json: options.Json = False) -> None:
    """Check rules: metadata, names, rules that never fire, add nothing or contradict; exit 3 on findings."""
    from dataclasses import asdict

    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import read_rules
    from kg_fashion.reasoning.lint import NOTE
    from kg_fashion.reasoning.lint import lint as check
    from kg_fashion.resources import rules_dir

    chosen = read_rules(rules or rules_dir())
    remarks = check(chosen, read_ontology(ontology))
    if json:
        emit_json([{**asdict(remark), "path": str(remark.path) if remark.path else None} for remark in remarks])
    else:
        for remark in remarks:
            say(str(remark))
        say(f"{len(chosen)} rules, {len(remarks)} remarks")
    if any(remark.severity != NOTE for remark in remarks):
        raise typer.Exit(FINDINGS)


@app.command()
@guarded
def test(rules: options.RulesPath = None, ontology: options.OntologyPath = None, json: options.Json = False) -> None:
    """Try the examples that rules carry; exit 3 where one does not come out as it says."""
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.reasoning.example_run import run_examples
    from kg_fashion.reasoning.examples import read_examples

    known = read_ontology(ontology)
    chosen = load_rules(rules, ontology=known)
    examples, troubles = read_examples(chosen)
    failed = [outcome for outcome in run_examples(chosen, known, progress=progress) if not outcome.passed]
    without = len({rule.iri for rule in chosen} - {example.rule for example in examples})
    if json:
        emit_json({"examples": len(examples), "failed": [_failure(outcome) for outcome in failed],
                   "broken": [f"{where}: {why}" for _, why, where in troubles],
                   "rules_without_example": without})  # fmt: skip
    else:
        for rule, why, where in troubles:
            say(f"{where}: {rule}: {why}")
        for outcome in failed:
            say(_report(outcome))
        say(f"{len(examples)} examples, {len(failed)} failed; {without} of {len(chosen)} rules have no example")
    if failed or troubles:
        raise typer.Exit(FINDINGS)


def _failure(outcome: "Outcome") -> dict[str, Any]:
    example = outcome.example
    return {
        "rule": example.rule, "place": str(example.place), "given": _texts(example.given),
        "missing": _texts(outcome.missing), "wrong": _texts(outcome.wrong), "derived": _texts(outcome.derived),
        "why": list(outcome.why),
    }  # fmt: skip


def _report(outcome: "Outcome") -> str:
    from kg_fashion import terms

    example = outcome.example
    lines = [f"{example.place}: {terms.shorten(example.rule)}: {_sentence(example)}"]
    lines += [f"  does not follow: {triple}" for triple in outcome.missing]
    lines += [f"  follows and must not: {triple}" for triple in outcome.wrong]
    lines += [f"  follows instead: {triple}" for triple in outcome.derived]
    lines += [f"  {line}" for why in outcome.why for line in why.splitlines()]
    return "\n".join(lines)
