"""Examples of rules: what is given, what must follow and what must not, as triple terms beside the rule.

    DATA { rule:linen-is-summer kgf:example [
        kgf:given <<( :shirt kgf:material kgf:Linen )>> ; kgf:expected <<( :shirt kgf:suitsSeason kgf:Summer )>> ] }

Here they are read; `example_run.py` runs them.
"""

from dataclasses import dataclass

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Constant, Pattern, Place


@dataclass(frozen=True)
class Example:
    """One example of a rule.

    Attributes:
        rule: The rule's IRI.
        given: The facts to start from.
        expected: What must follow.
        unexpected: What must not follow.
        place: Where it stands.
    """

    rule: str
    given: tuple[Pattern, ...] = ()
    expected: tuple[Pattern, ...] = ()
    unexpected: tuple[Pattern, ...] = ()
    place: Place = Place()  # noqa: RUF009  (frozen)


Trouble = tuple[str, str, Place]
"""The IRI of a rule, what is wrong with an example of it, and where."""


def read_examples(rules: RuleSet) -> tuple[list[Example], list[Trouble]]:
    """Read the examples of rules.

    Returns:
        The examples in the order of their rules, and what is wrong with those that cannot be run.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> text = '''PREFIX : <urn:> PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
        ...     RULE :r { ?x :p 1 } WHERE { ?x :q 1 }
        ...     DATA { :r kgf:example [ kgf:given <<( :a :q 1 )>> ; kgf:expected <<( :a :p 1 )>> ] }'''
        >>> document = parse(text)
        >>> examples, problems = read_examples(RuleSet(document.rules, document.data))
        >>> str(examples[0].expected[0]), problems
        ('<urn:a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>', [])
    """
    examples: list[Example] = []
    problems: list[Trouble] = []
    for rule in rules:
        for node, where in rules.values(rule.iri, terms.KGF.example):
            if not isinstance(node, ox.BlankNode | ox.NamedNode):
                problems.append((rule.iri, "an example is a node with kgf:given and kgf:expected", where))
                continue
            example, why = _read(rules, rule.iri, node, where)
            examples += [] if why else [example]
            problems += [(rule.iri, why, where)] if why else []
    return examples, problems


def _read(rules: RuleSet, rule: str, node: ox.BlankNode | ox.NamedNode, where: Place) -> tuple[Example, str]:
    parts: dict[str, tuple[Pattern, ...]] = {}
    key = node if isinstance(node, ox.BlankNode) else node.value
    for name in ("given", "expected", "unexpected"):
        found = [term for term, _ in rules.values(key, terms.KGF[name])]
        if not all(isinstance(term, ox.Triple) for term in found):
            return Example(rule), f"kgf:{name} takes triple terms: <<( subject property value )>>"
        parts[name] = tuple(pattern_of(term) for term in found if isinstance(term, ox.Triple))
    example = Example(rule, parts["given"], parts["expected"], parts["unexpected"], where)
    if not example.expected and not example.unexpected:
        return example, "an example needs kgf:expected or kgf:unexpected"
    both = [triple for triple in example.expected if triple in (*example.given, *example.unexpected)]
    if both:
        return example, f"expects what it {'is given' if both[0] in example.given else 'must not follow'}: {both[0]}"
    return example, ""


def pattern_of(triple: ox.Triple) -> Pattern:
    """Return a triple as a pattern without variables."""
    return Pattern(Constant(str(triple.subject)), Constant(str(triple.predicate)), Constant(str(triple.object)))
