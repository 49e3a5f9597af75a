"""Rules that add nothing, because another concludes the same from less."""

from collections.abc import Iterator

from kg_fashion import terms
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.lint.candidates import Candidates
from kg_fashion.reasoning.lint.matching import plain, subsumes
from kg_fashion.reasoning.lint.remark import Remark, of_rule
from kg_fashion.reasoning.ruleset import ACCEPTED, DEPRECATED, RuleSet
from kg_fashion.reasoning.syntax import Rule


def subsumed(rules: RuleSet, ontology: Ontology) -> Iterator[Remark]:
    """Find rules that another makes superfluous: the same conclusion, from less, with no less confidence."""
    live = [rule for rule in rules if plain(rule) and rules.status(rule.iri) != DEPRECATED]
    order = {rule.iri: number for number, rule in enumerate(rules)}
    candidates = Candidates(live, ontology.ancestors)
    for rule in live:
        found = [other for other in candidates.of(rule) if _makes_superfluous(other, rule, rules, ontology, order)]
        for other in sorted(found, key=lambda other: order[other.iri])[:1]:
            yield of_rule(rule, "subsumed", f"adds nothing: {terms.shorten(other.iri)} concludes the same from no more")


def _makes_superfluous(other: Rule, rule: Rule, rules: RuleSet, ontology: Ontology, order: dict[str, int]) -> bool:
    if rules.status(other.iri) != ACCEPTED and rules.status(rule.iri) == ACCEPTED:
        return False
    sure, own = rules.confidence(other.iri), rules.confidence(rule.iri)
    if sure is not None and own is not None and sure < own:
        return False
    if not subsumes(other, rule, ancestors=ontology.ancestors):
        return False
    twins = sure == own and subsumes(rule, other, ancestors=ontology.ancestors)
    return not twins or order[other.iri] < order[rule.iri]
