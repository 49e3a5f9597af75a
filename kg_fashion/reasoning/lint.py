"""What a careful reader would say of rules: missing metadata, misspelt names, rules that never fire or add nothing.

Subsumption is theta-subsumption (Plotkin 1970): a rule adds nothing where another has the same head and its body, with
other names for variables, is part of the rule's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_fashion import terms
from kg_fashion.errors import did_you_mean
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.axioms import compile_axioms
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term, Variable


@dataclass(frozen=True)
class Remark:
    """One thing to mend.

    Attributes:
        rule: The IRI of the rule.
        message: What is odd.
        path: The rule's file.
        line: The rule's line.
    """

    rule: str
    message: str
    path: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.path else ""
        return f"{place}{terms.shorten(self.rule)}: {self.message}"


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
    found = [remark for rule in rules for remark in _metadata(rule, rules)]
    found += _strangers(rules)
    found += _unreachable(rules, ontology)
    found += _subsumed(rules)
    order = {rule.iri: number for number, rule in enumerate(rules)}
    return sorted(found, key=lambda remark: order.get(remark.rule, len(order)))


def _remark(rule: Rule, message: str) -> Remark:
    return Remark(rule.iri, message, rule.path, rule.line)


def _metadata(rule: Rule, rules: RuleSet) -> Iterator[Remark]:
    languages = {label.language for label in rules.about(rule.iri, terms.RDFS.label)}
    for language in ("en", "zh"):
        if language not in languages:
            yield _remark(rule, f"no label in {language}")
    stated = rules.about(rule.iri, terms.KGF.confidence)
    if not stated:
        yield _remark(rule, "no kgf:confidence")
    elif not _is_share(stated[0].value):
        yield _remark(rule, f"kgf:confidence {stated[0].value!r} is not a number from 0 to 1")
    if not rules.about(rule.iri, terms.DCTERMS.source):
        yield _remark(rule, "no dcterms:source")


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _strangers(rules: RuleSet) -> Iterator[Remark]:
    """Find metadata of a rule that is not there."""
    known = {rule.iri for rule in rules}
    about = {triple.subject.nt[1:-1] for triple in rules.data if isinstance(triple.subject, Constant)}
    for iri in sorted(about - known):
        if iri.startswith(terms.RULE):
            hint = did_you_mean(terms.shorten(iri), map(terms.shorten, sorted(known)))
            yield Remark(iri, f"DATA speaks of it, but there is no such rule{hint}")


def _unreachable(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Find rules that read a property of ours that no catalogue, ontology, axiom or rule gives."""
    given = {*terms.ATTRIBUTES.values(), terms.KGF.owns, terms.KGF.price}
    given |= {triple.predicate.value for triple in ontology.triples}
    for rule in (*compile_axioms(ontology.triples), *rules):
        given |= {template.predicate.nt[1:-1] for template in rule.head if isinstance(template.predicate, Constant)}
    for rule in rules:
        for pattern in rule.patterns:
            predicate = pattern.predicate.nt[1:-1] if isinstance(pattern.predicate, Constant) else ""
            if predicate.startswith(terms.KGF) and predicate not in given:
                yield _remark(rule, f"never fires: nothing supplies or derives {terms.shorten(predicate)}")


def _subsumed(rules: RuleSet) -> Iterator[Remark]:
    for rule in rules:
        for other in rules:
            if other is not rule and subsumes(other, rule) and not (subsumes(rule, other) and rule.iri < other.iri):
                yield _remark(rule, f"adds nothing: {terms.shorten(other.iri)} concludes the same from less")


def subsumes(general: Rule, special: Rule) -> bool:
    """Say whether one rule concludes all that another does: its body, renamed, is part of the other's.

    Rules with SET, or that look at the base alone, are compared by nothing but equality of these parts.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> text = "PREFIX : <urn:> RULE :a { ?x :p 1 } WHERE { ?x :q ?y } RULE :b { ?z :p 1 } WHERE { ?z :q 2 }"
        >>> a, b = parse(text).rules
        >>> subsumes(a, b), subsumes(b, a)
        (True, False)
    """
    if general.assignments or special.assignments or general.data != special.data:
        return False
    return any(_covers(general, special, binding) for binding in _matches(general.head, special.head, {}))


def _covers(general: Rule, special: Rule, binding: Mapping[str, Term]) -> bool:
    made = {_applied(template, binding) for template in general.head}
    if not set(special.head) <= made:
        return False
    return any(_tests_hold(general, special, full) for full in _matches(general.patterns, special.patterns, binding))


def _tests_hold(general: Rule, special: Rule, binding: Mapping[str, Term]) -> bool:
    names = {name: term.name for name, term in binding.items() if isinstance(term, Variable)}
    tests = {expression.renamed(names).text for expression in general.filters}
    absent = {
        (
            frozenset(_applied(p, binding) for p in n.patterns),
            frozenset(f.renamed(names).text for f in n.filters),
            n.data,
        )
        for n in general.negations
    }
    own = {(frozenset(n.patterns), frozenset(f.text for f in n.filters), n.data) for n in special.negations}
    return tests <= {expression.text for expression in special.filters} and absent <= own


def _matches(
    patterns: tuple[Pattern, ...], targets: tuple[Pattern, ...], binding: Mapping[str, Term]
) -> Iterator[dict[str, Term]]:
    """Iterate over the ways to rename variables so that each pattern is one of the targets."""
    if not patterns:
        yield dict(binding)
        return
    first, *rest = patterns
    for target in targets:
        extended = dict(binding)
        fits = all(
            mine == theirs if isinstance(mine, Constant) else extended.setdefault(mine.name, theirs) == theirs
            for mine, theirs in zip(first, target, strict=True)
        )
        if fits:
            yield from _matches(tuple(rest), targets, extended)


def _applied(pattern: Pattern, binding: Mapping[str, Term]) -> Pattern:
    def value(term: Term) -> Term:
        return binding.get(term.name, term) if isinstance(term, Variable) else term

    return Pattern(value(pattern.subject), value(pattern.predicate), value(pattern.object))
