"""Rules as SHACL rules in Turtle, and back (SHACL Advanced Features, section 8).

Each rule is a sh:SPARQLRule of a shape whose target is taken from a pattern of its body. The pattern stays in the
query, so that the target only says where to look.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import count

from kg_fashion import terms
from kg_fashion.errors import RuleError
from kg_fashion.reasoning.interchange.construct import query, refusal
from kg_fashion.reasoning.interchange.fold import fold, variables
from kg_fashion.reasoning.interchange.shacl_reader import read_shacl
from kg_fashion.reasoning.interchange.shapes_graph import SH
from kg_fashion.reasoning.interchange.srl import split_data
from kg_fashion.reasoning.interchange.text import Words
from kg_fashion.reasoning.ruleset import RuleSet, check_well_formed
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Variable

__all__ = ["read_shacl", "to_shacl"]

_PREFIXES = terms.RULE.rstrip("/")
"""The node that declares the prefixes of all queries."""
_FOCUS = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|(\?this)\b')


def to_shacl(rules: RuleSet) -> str:
    """Write rules as SHACL rules in Turtle.

    Args:
        rules: Well-formed rules and data about them; sh:order is that of the strata where the data has none.

    Raises:
        RuleError: a rule that SHACL cannot say (`to_construct`), or data that is not about the rules.
        StratificationError: the rules depend on their own negation.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse("RULE <urn:r> { ?x <urn:p> 1 } WHERE { ?x a <urn:C> }")
        >>> print(to_shacl(RuleSet(document.rules)))
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        <BLANKLINE>
        <urn:r> a sh:SPARQLRule ;
          sh:order 0 ;
          sh:construct \"\"\"
        CONSTRUCT { $this <urn:p> 1 . }
        WHERE { $this a <urn:C> . }
        \"\"\" .
        <BLANKLINE>
        [] a sh:NodeShape ; sh:targetClass <urn:C> ; sh:order 0 ; sh:rule <urn:r> .
        <BLANKLINE>
    """
    about, other = split_data(rules)
    if other:
        raise RuleError(f"DATA that is not about a rule cannot stand in SHACL rules: {other[0]}; write it as data")
    for rule in rules:
        check_well_formed(rule)
        if why := refusal(rule):
            raise RuleError(f"SHACL cannot say {why}", path=rule.path, line=rule.line, iri=rule.iri)
    words, inner = Words(), Words()
    order = {rule.iri: number for number, stratum in enumerate(stratify(rules.rules)) for rule in stratum}
    queries = [_rule(rule, about.get(rule.iri, ()), order, words, inner) for rule in rules]
    shapes = _shapes(rules.rules, order, words)
    declared = [_declaration(inner, words)] if inner.prefixes else []
    return "\n".join([words.prologue(), *declared, *queries, *shapes])


def _rule(rule: Rule, about: Sequence[Pattern], order: Mapping[str, int], words: Words, inner: Words) -> str:
    own = Words()
    text = query(fold(rule, names=_names(rule), rejoin=False), own)
    inner.prefixes |= own.prefixes
    name = Constant(f"<{rule.iri}>")
    lines = [f"{words.iri(rule.iri)} a {words.iri(SH['SPARQLRule'])}"]
    lines += [said.split(" ", 1)[1] for said in words.about(t for t in about if t.subject == name)]
    nested = [f"{said} .\n" for said in words.about(t for t in about if t.subject != name)]
    if not any(triple.predicate == Constant(f"<{SH['order']}>") for triple in about):
        lines.append(f"{words.iri(SH['order'])} {order[rule.iri]}")
    if own.prefixes:
        lines.append(f"{words.iri(SH['prefixes'])} <{_PREFIXES}>")
    shown = _FOCUS.sub(lambda found: "$this" if found[1] else found[0], text)
    escaped = shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines.append(f'{words.iri(SH["construct"])} """\n{escaped}"""')
    return "\n".join([" ;\n  ".join(lines) + " .\n", *nested])


def _names(rule: Rule) -> dict[str, str]:
    """Return the names that SHACL asks for: `this` is the focus node and nothing else."""
    focus, _ = _focus(rule)
    if focus:
        return {focus: "this"}
    taken = variables(rule)
    return (
        {"this": next(name for name in map("that{}".format, count()) if name not in taken)} if "this" in taken else {}
    )


def _focus(rule: Rule) -> tuple[str | None, tuple[str, str]]:
    """Choose a variable as `$this`, and the target that holds all of its values: a class before a property."""
    composed = dict(rule.composed)
    found: list[tuple[str | None, tuple[str, str]]] = []
    for subject, predicate, obj in rule.patterns:
        if not isinstance(predicate, Constant):
            continue
        if isinstance(subject, Variable) and subject.name not in composed and not _is_step(subject):
            if predicate == TYPE and isinstance(obj, Constant) and re.match("<[^<]", obj.nt):
                return subject.name, (SH["targetClass"], obj.nt[1:-1])
            found.append((subject.name, (SH["targetSubjectsOf"], predicate.nt[1:-1])))
        elif isinstance(obj, Variable) and obj.name not in composed and not _is_step(obj):
            found.append((obj.name, (SH["targetObjectsOf"], predicate.nt[1:-1])))
    found.sort(key=lambda choice: choice[1][1] == terms.RDF.type)
    return found[0] if found else (None, (SH["targetNode"], rule.iri))


def _is_step(variable: Variable) -> bool:
    return variable.name.startswith("_")


def _shapes(rules: Sequence[Rule], order: Mapping[str, int], words: Words) -> list[str]:
    """Write a shape for each target and stratum."""
    owned: dict[tuple[int, tuple[str, str]], list[str]] = {}
    for rule in rules:
        owned.setdefault((order[rule.iri], _focus(rule)[1]), []).append(words.iri(rule.iri))
    return [
        f"[] a {words.iri(SH['NodeShape'])} ; {words.iri(kind)} {words.iri(name)} ;"
        f" {words.iri(SH['order'])} {number} ; {words.iri(SH['rule'])} {' , '.join(names)} .\n"
        for (number, (kind, name)), names in sorted(owned.items(), key=lambda item: item[0][0])
    ]


def _declaration(inner: Words, words: Words) -> str:
    """Declare the prefixes of the queries."""
    any_uri = words.iri(terms.XSD.anyURI)
    parts = [
        f'[ {words.iri(SH["prefix"])} "{prefix}" ; {words.iri(SH["namespace"])} "{terms.PREFIXES[prefix]}"^^{any_uri} ]'
        for prefix in sorted(inner.prefixes)
    ]
    return f"<{_PREFIXES}> {words.iri(SH['declare'])}\n  " + " ,\n  ".join(parts) + " .\n"
