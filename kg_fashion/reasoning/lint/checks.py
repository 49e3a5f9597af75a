"""All checks of rules, one after the other."""

from collections.abc import Iterator

from kg_fashion.errors import StratificationError
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.lint.contradictions import contradictions
from kg_fashion.reasoning.lint.metadata import metadata
from kg_fashion.reasoning.lint.reach import unreachable, unused
from kg_fashion.reasoning.lint.remark import ERROR, NOTE, Remark, of_rule
from kg_fashion.reasoning.lint.subsumption import subsumed
from kg_fashion.reasoning.ruleset import RuleSet, undefined_terms
from kg_fashion.reasoning.stratify import stratify


def lint(rules: RuleSet, ontology: Ontology) -> list[Remark]:
    """Return what is odd about rules, in the order of their files.

    Args:
        rules: The rules, read and well formed.
        ontology: What they are about.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse("PREFIX : <urn:> RULE :r { ?x :p ?y } WHERE { ?x :q ?y }")
        >>> [remark.message for remark in lint(RuleSet(document.rules), read_ontology())][:2]
        ['no label in en', 'no label in zh']
    """
    found = [
        *metadata(rules, ontology),
        *_undefined(rules, ontology),
        *_cycles(rules),
        *_extensions(rules),
        *unreachable(rules, ontology),
        *unused(rules, ontology),
        *contradictions(rules, ontology),
        *subsumed(rules, ontology),
    ]
    order = {rule.iri: number for number, rule in enumerate(rules)}
    return sorted(found, key=lambda remark: order.get(remark.rule, len(order)))


def _undefined(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    found = dict.fromkeys(
        Remark(rule.iri, "undefined-term", error.message, ERROR, error.path, error.line)
        for rule, error in undefined_terms(rules, ontology)
    )
    yield from found


def _cycles(rules: RuleSet) -> Iterator[Remark]:
    """Find a rule that depends on its own result through NOT, SET or an aggregate."""
    try:
        stratify(rules.rules)
    except StratificationError as error:
        yield Remark(error.iri or "", "cycle", error.message, ERROR, error.path, error.line)


def _extensions(rules: RuleSet) -> Iterator[Remark]:
    """Find what other processors of SPARQL-RL do not read."""
    for rule in rules:
        for aggregate in rule.aggregates:
            message = f"{aggregate.function} is an extension of SPARQL 1.2 RL that other processors do not read"
            yield of_rule(rule, "extension", message, NOTE)
