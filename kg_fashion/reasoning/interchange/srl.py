"""SPARQL-RL text from rules: what the parser reads back as the same rules (W3C SPARQL 1.2 RL, August 2026)."""

from kg_fashion.reasoning.interchange.fold import fold
from kg_fashion.reasoning.interchange.text import Words, block
from kg_fashion.reasoning.interchange.written import Absent, Element, Inner, Match, Total
from kg_fashion.reasoning.parser import VERSION
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Assignment, Constant, Expression, Pattern, Rule, Term


def to_srl(rules: RuleSet) -> str:
    """Write rules and the data beside them as SPARQL-RL.

    Args:
        rules: Well-formed rules.

    Returns:
        The document: other data first, then each rule with the data about it.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse("RULE <urn:r> { ?x <urn:b> 1 } WHERE { ?x a <urn:A> . NOT { ?x <urn:c>/<urn:d> ?y } }")
        >>> print(to_srl(RuleSet(document.rules, document.data)))
        VERSION "1.2"
        <BLANKLINE>
        RULE <urn:r> { ?x <urn:b> 1 . }
        WHERE { ?x a <urn:A> . NOT { ?x <urn:c>/<urn:d> ?y . } }
        <BLANKLINE>
    """
    words = Words()
    about, other = split_data(rules)
    parts = [_data(other, words)] if other else []
    for rule in rules:
        parts.append("\n".join([_rule(rule, words), *([_data(about[rule.iri], words)] if rule.iri in about else [])]))
    return "\n\n".join([f'VERSION "{VERSION}"\n{words.prologue()}'.rstrip(), *parts]) + "\n"


def split_data(rules: RuleSet) -> tuple[dict[str, list[Pattern]], list[Pattern]]:
    """Tell the data about a rule, by the rule's IRI, with the blank nodes that it leads to, from all other data."""
    owner = {f"<{rule.iri}>": rule.iri for rule in rules}
    for _ in rules.data:
        known = len(owner)
        for subject, _, obj in rules.data:
            if str(obj).startswith("_:") and _nt(subject) in owner:
                owner.setdefault(_nt(obj), owner[_nt(subject)])
        if len(owner) == known:
            break
    about: dict[str, list[Pattern]] = {}
    for triple in rules.data:
        if _nt(triple.subject) in owner:
            about.setdefault(owner[_nt(triple.subject)], []).append(triple)
    return about, [triple for triple in rules.data if _nt(triple.subject) not in owner]


def _nt(term: Term) -> str:
    return term.nt if isinstance(term, Constant) else f"?{term.name}"


def _data(triples: list[Pattern], words: Words) -> str:
    return f"DATA {block([f'{text} .' for text in words.about(triples)])}"


def _rule(rule: Rule, words: Words) -> str:
    folded = fold(rule)
    head = block([f"{words.match(match)} ." for match in folded.head])
    where = "WHERE DATA" if rule.data else "WHERE"
    body = block([_element(element, words) for element in folded.body])
    return f"RULE {words.iri(rule.iri)} {head}\n{where} {body}"


def _element(element: Element, words: Words) -> str:
    if isinstance(element, Match):
        return f"{words.match(element)} ."
    if isinstance(element, Expression):
        return f"FILTER {words.constraint(element)}"
    if isinstance(element, Absent):
        return f"NOT {'DATA ' if element.data else ''}{_inner(element.inner, words)}"
    if isinstance(element, Assignment):
        value = words.expression(element.expression) if element.expression else ""
        return f"SET ( ?{element.variable} := {value} )"
    return _total(element, words)


def _total(total: Total, words: Words) -> str:
    taken = f"{'DISTINCT ' if total.distinct else ''}{f'?{total.argument}' if total.argument else '*'}"
    return f"SET ( ?{total.variable} := {total.function} ( {taken} ) WHERE {_inner(total.inner, words)} )"


def _inner(inner: Inner, words: Words) -> str:
    tests = [f"FILTER {words.constraint(test)}" for test in inner.filters]
    return " ".join(["{", *(f"{words.match(match)} ." for match in inner.matches), *tests, "}"])
