"""What is said about rules in DATA blocks: complete, valid, and about rules that are there."""

from collections.abc import Iterator

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import did_you_mean
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.examples import read_examples
from kg_fashion.reasoning.lint.remark import ERROR, NOTE, Remark, of_rule
from kg_fashion.reasoning.ruleset import DEPRECATED, PROPOSED, STATUSES, RuleSet, is_share
from kg_fashion.reasoning.syntax import Constant, Place, Rule

_LANGUAGES = ("en", "zh")
_CANNOT = Constant(f"<{terms.KGF.cannotHave}>")
_PROPERTIES = frozenset(
    terms.KGF + name
    for name in ("confidence", "status", "example", "given", "expected", "unexpected", "support", "headCoverage")
)
"""The properties of ours that DATA blocks may use of rules, beside those of the ontology."""


def metadata(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Iterate over the remarks on what is said about rules."""
    for rule in rules:
        yield from _labels(rule, rules)
        yield from _confidence(rule, rules)
        yield from _unsure_veto(rule, rules)
        yield from _origin(rule, rules)
        yield from _status(rule, rules)
    _, problems = read_examples(rules)
    known = {rule.iri: rule for rule in rules}
    for iri, message, where in problems:
        if iri in known:
            yield of_rule(known[iri], "example", message, ERROR, where=where)
    yield from _strangers(rules)
    yield from _misspelt(rules, ontology)


def _labels(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    labels = rules.about(rule.iri, terms.RDFS.label)
    for language in _LANGUAGES:
        said = [label.value for label in labels if label.language == language]
        if not said:
            yield of_rule(rule, "label", f"no label in {language}")
        elif not said[0].strip():
            yield of_rule(rule, "label", f"an empty label in {language}")
        elif len(said) > 1:
            yield of_rule(rule, "label", f"{len(said)} labels in {language}; keep one")


def _confidence(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    stated = rules.values(rule.iri, terms.KGF.confidence)
    if not stated:
        yield of_rule(rule, "confidence", "no kgf:confidence")
    for term, where in stated:
        text = getattr(term, "value", str(term))
        if not isinstance(term, ox.Literal) or not is_share(text):
            message = f"kgf:confidence {text!r} is not a number from 0 to 1"
            yield of_rule(rule, "confidence", message, ERROR, where=where)
    if len(stated) > 1:
        yield of_rule(rule, "confidence", f"{len(stated)} values of kgf:confidence; keep one", ERROR)


def _unsure_veto(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    """Find a veto that will not count, since only what is certain vetoes."""
    stated = rules.confidence(rule.iri)
    if stated is not None and stated < 1 and any(template.predicate == _CANNOT for template in rule.head):
        yield of_rule(
            rule, "unsure-veto", f"vetoes nothing with kgf:confidence {stated:g}; only a certain rule (1) does"
        )


def _origin(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    if not rules.sources(rule.iri):
        yield of_rule(rule, "source", "no dcterms:source")
    for name, said in (("dcterms:source", rules.sources(rule.iri)), ("dcterms:creator", rules.authors(rule.iri))):
        if any(not text.strip() for text in said):
            yield of_rule(rule, "source" if name.endswith("source") else "author", f"an empty {name}")


def _status(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    stated = rules.values(rule.iri, terms.KGF.status)
    for term, where in stated:
        text = getattr(term, "value", str(term))
        if not isinstance(term, ox.Literal) or text not in STATUSES:
            hint = did_you_mean(text, STATUSES) or f"; it is one of {', '.join(STATUSES)}"
            yield of_rule(rule, "status", f"unknown kgf:status {text!r}{hint}", ERROR, where=where)
    if len(stated) > 1:
        yield of_rule(rule, "status", f"{len(stated)} values of kgf:status; keep one", ERROR)
    if rules.status(rule.iri) == DEPRECATED:
        yield of_rule(rule, "deprecated", "deprecated; delete it where nothing refers to it any more", NOTE)
    if rules.status(rule.iri) == PROPOSED:
        yield of_rule(rule, "proposed", 'proposed; set kgf:status "accepted" to let it count, or delete it', NOTE)


def _strangers(rules: RuleSet) -> Iterator[Remark]:
    """Find metadata of a rule that is not there."""
    known = {rule.iri for rule in rules}
    places: dict[str, Place] = {}
    for triple in rules.data:
        if isinstance(triple.subject, Constant):
            places.setdefault(triple.subject.nt[1:-1], rules.places.get(triple, Place()))
    for iri in sorted(places.keys() - known):
        if iri.startswith(terms.RULE):
            hint = did_you_mean(terms.shorten(iri), map(terms.shorten, sorted(known)))
            message = f"DATA speaks of it, but there is no such rule{hint}"
            yield Remark(iri, "unknown-rule", message, ERROR, places[iri].path, places[iri].line)


def _misspelt(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Find properties of ours in DATA blocks that do not exist."""
    known = ontology.declared | _PROPERTIES
    for triple in rules.data:
        subject, predicate, _ = triple
        iri = predicate.nt[1:-1] if isinstance(predicate, Constant) else ""
        if iri.startswith(terms.KGF) and iri not in known and isinstance(subject, Constant):
            hint = did_you_mean(terms.shorten(iri), map(terms.shorten, sorted(known)))
            where = rules.places.get(triple, Place())
            message = f"undefined property {terms.shorten(iri)}{hint}"
            yield Remark(subject.nt.strip("<>"), "undefined-term", message, ERROR, where.path, where.line)
