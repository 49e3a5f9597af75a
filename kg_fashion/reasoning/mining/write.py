"""Mined rules as SPARQL-RL, for a stylist to read, accept or throw away.

A rule for season or occasion speaks through its evidence property, so that it never overrides a supplied value; a
rule for another property says nothing where a value is supplied. What is known about a rule stands in a DATA block
beside it (label, confidence, source, support, head coverage, status).
"""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from kg_fashion import terms
from kg_fashion.reasoning.mining.facts import MiningFacts
from kg_fashion.reasoning.mining.rule import MinedRule
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Term, Variable

_PREFIXES = ("kgf", "rule", "brand", "value", "rdfs", "dcterms")
_EVIDENCE = {terms.ATTRIBUTES[attribute]: evidence for attribute, evidence in terms.EVIDENCE.items()}
_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def rules_text(rules: Sequence[MinedRule], facts: MiningFacts) -> str:
    """Write rules as the text of a .srl file.

    Args:
        rules: The rules, in the order to write.
        facts: What they were mined from: labels and the name of the source.

    Returns:
        SPARQL-RL that `load_rules` reads; the status of every rule is "proposed".
    """
    names = rule_names(rules, facts)
    lines = [
        f'# Mined from {_one_line(facts.source)}. A rule counts in inference once its status is "accepted".',
        'VERSION "1.2"',
        *(f"PREFIX {prefix}: <{terms.PREFIXES[prefix]}>" for prefix in _PREFIXES),
    ]
    for name, rule in zip(names, rules, strict=True):
        lines += ["", *_rule_lines(name, rule, facts)]
    return "\n".join(lines) + "\n"


def rule_words(rule: MinedRule, facts: MiningFacts, lang: str = "en") -> str:
    """Say a rule in words, in English or Chinese."""
    colon, join = ("：", "，") if lang == "zh" else (": ", ", ")
    paths = [_path_words(path, facts, lang) for path in _paths(rule.body)]
    predicate, value = rule.head.predicate, rule.head.object
    said = facts.label(_iri(predicate), lang)
    if isinstance(value, Constant):
        said += ("" if lang == "zh" else " ") + facts.label(_iri(value), lang)
    return join.join(paths) + colon + said


def rule_names(rules: Sequence[MinedRule], facts: MiningFacts) -> list[str]:
    """Return an IRI for each rule, made of the words of its atoms, so that it stays the same from run to run."""
    found = [_name(rule, facts) for rule in rules]
    often = Counter(found)
    return [
        name if often[name] == 1 else f"{name}-{sha256(str(rule.body).encode()).hexdigest()[:8]}"
        for name, rule in zip(found, rules, strict=True)
    ]


def _name(rule: MinedRule, facts: MiningFacts) -> str:
    ends = [
        path[-1].object if isinstance(path[-1].object, Constant) else path[-1].predicate for path in _paths(rule.body)
    ]
    what = rule.head.object if isinstance(rule.head.object, Constant) else rule.head.predicate
    words = [terms.slug(facts.label(_iri(term))) for term in (*ends, what)]
    return terms.RULE + "mined-" + "-".join(words[:-1]) + "-is-" + words[-1]


def _paths(body: Sequence[Pattern]) -> list[list[Pattern]]:
    """Split a body into the runs of atoms that start at the head's subject."""
    paths: list[list[Pattern]] = []
    for atom in body:
        if Variable("g") in (atom.subject, atom.object):
            paths.append([atom])
        else:
            paths[-1].append(atom)
    return paths


def _path_words(path: Sequence[Pattern], facts: MiningFacts, lang: str) -> str:
    """Say a run of atoms: the type by its name alone, "brand Nike", "material (is a kind of natural fibre)"."""
    steps = [facts.label(_iri(atom.predicate), lang) for atom in path]
    last = path[-1].object
    if not isinstance(last, Constant):
        return "的".join(steps) if lang == "zh" else ", then ".join(steps)
    value = facts.label(_iri(last), lang)
    if path[0].predicate == TYPE:
        return value
    if lang == "zh":
        return f"{steps[0]}{value}" if len(steps) == 1 else f"{steps[0]}（{steps[1]}{value}）"
    return f"{steps[0]} {value}" if len(steps) == 1 else f"{steps[0]} ({steps[1]} {value})"


def _rule_lines(name: str, rule: MinedRule, facts: MiningFacts) -> list[str]:
    predicate = _iri(rule.head.predicate)
    head = f"?g {_short(_EVIDENCE.get(predicate, predicate))} {_term(rule.head.object)}"
    body = " . ".join(map(_atom, rule.body))
    if predicate not in _EVIDENCE:
        body += f" . NOT DATA {{ ?g {_short(predicate)} ?any }}"
    source = (
        f"mined from {facts.source}: support {rule.support}, head coverage {rule.head_coverage:.4f},"
        f" standard confidence {rule.standard_confidence:.4f}"
    )
    labels = " , ".join(f"{_literal(rule_words(rule, facts, lang))}@{lang}" for lang in ("en", "zh"))
    return [
        f"RULE {_short(name)} {{ {head} }}",
        f"WHERE {{ {body} }}",
        f"DATA {{ {_short(name)} rdfs:label {labels} ; kgf:confidence {rule.confidence:.4f} ;"
        f" dcterms:source {_literal(source)} ; kgf:support {rule.support} ;"
        f' kgf:headCoverage {rule.head_coverage:.4f} ; kgf:status "proposed" }}',
    ]


def _atom(atom: Pattern) -> str:
    verb = "a" if atom.predicate == TYPE else _term(atom.predicate)
    return f"{_term(atom.subject)} {verb} {_term(atom.object)}"


def _term(term: Term) -> str:
    return f"?{term.name}" if isinstance(term, Variable) else _short(_iri(term))


def _iri(term: Term) -> str:
    return term.nt[1:-1] if isinstance(term, Constant) else ""


def _short(iri: str) -> str:
    """Write an IRI with one of the file's prefixes where its local name is plain."""
    for prefix in _PREFIXES:
        local = iri.removeprefix(terms.PREFIXES[prefix])
        if local != iri and _LOCAL.fullmatch(local):
            return f"{prefix}:{local}"
    return f"<{iri}>"


def _literal(text: str) -> str:
    return '"' + _one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _one_line(text: str) -> str:
    return " ".join(text.split())
