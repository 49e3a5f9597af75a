"""Confidences learned from data: how often each rule is right where a catalogue supplies the value.

The rules see the garments as they do in inference, without season and occasion; a rule for another attribute sees them
without that attribute too. What a rule then concludes is compared with what is supplied: the PCA confidence
(Galárraga et al. 2013), over the garments that have some value of the attribute.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kg_fashion import terms
from kg_fashion.catalog import Catalogue
from kg_fashion.errors import InputError
from kg_fashion.inference.evidence import close
from kg_fashion.inference.inferrer import TARGETS
from kg_fashion.inference.labels import nearest_value, target_values
from kg_fashion.reasoning import Closure, RuleSet
from kg_fashion.reasoning.mining.measures import wilson_interval
from kg_fashion.reasoning.ruleset import DEPRECATED
from kg_fashion.reasoning.syntax import Constant, Place, iri

_PRIOR_GARMENTS = 10
"""What a stated confidence weighs: as much as so many garments."""
_CONFIDENCE = iri(terms.KGF.confidence)
_NUMBER = re.compile(r"\d*\.?\d+")


@dataclass(frozen=True, slots=True)
class LearnedConfidence:
    """How a rule did on a catalogue.

    Attributes:
        rule: The rule's IRI.
        attribute: The attribute that it speaks for.
        stated: The confidence that it states for itself; None where it states none.
        right: Values that it concluded and that are supplied.
        tried: Values that it concluded for garments with some supplied value.
        low: Lower bound of the 95% Wilson interval of right / tried.
        high: Upper bound.
    """

    rule: str
    attribute: str
    stated: float | None
    right: int
    tried: int
    low: float
    high: float

    @property
    def learned(self) -> float:
        """The mean of the Beta posterior whose prior is the stated confidence (0.5 where none), worth ten garments.

        (right + 10 c) / (tried + 10); Gelman et al. 2013, "Bayesian Data Analysis", section 2.4.
        """
        stated = 0.5 if self.stated is None else self.stated
        return (self.right + _PRIOR_GARMENTS * stated) / (self.tried + _PRIOR_GARMENTS)

    @property
    def surprising(self) -> bool:
        """Whether the stated confidence lies outside the interval."""
        return self.stated is not None and not self.low <= self.stated <= self.high


def learn_confidences(
    catalogue: Catalogue, rules: RuleSet, *, progress: Callable[[str], None] | None = None
) -> list[LearnedConfidence]:
    """Learn how often each rule is right about a catalogue, in the order of the rules.

    A value that the catalogue never uses counts for its nearest broader one; a rule for a value of which the catalogue
    says nothing is not judged by it. Proposed rules are judged as if they were accepted; deprecated ones are left out.

    Args:
        catalogue: Garments with supplied values.
        rules: The rules.
        progress: Called with a line of text now and then.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> found = learn_confidences(read_catalogue(boutique_dir() / "catalogue.csv"), load_rules())
        >>> {one.rule: one for one in found}[terms.RULE["warm-material-is-winter"]].attribute
        'season'
    """
    judged = _as_accepted(rules)
    concluded = _concluded(judged)
    counts: dict[tuple[str, str], Counter[bool]] = {}
    hidden_from: dict[frozenset[str], Closure] = {}
    for attribute, predicates in concluded.items():
        hidden = frozenset({attribute, *TARGETS})
        if hidden not in hidden_from:
            hidden_from[hidden] = close(catalogue.without(hidden), judged)
        for predicate in predicates:
            for rule, hits in _judge(catalogue, hidden_from[hidden], attribute, predicate).items():
                counts.setdefault((rule, attribute), Counter()).update(hits)
        if progress is not None:
            progress(f"{attribute}: {sum(1 for _, own in counts if own == attribute)} rules spoke")
    order = {rule.iri: number for number, rule in enumerate(rules)}
    return [
        _learned(rule, attribute, rules.confidence(rule), hits)
        for (rule, attribute), hits in sorted(counts.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    ]


def _as_accepted(rules: RuleSet) -> RuleSet:
    in_use = tuple(rule for rule in rules if rules.status(rule.iri) != DEPRECATED)
    data = tuple(triple for triple in rules.data if triple.predicate != iri(terms.KGF.status))
    return replace(rules, rules=in_use, data=data)


def _concluded(rules: RuleSet) -> dict[str, list[str]]:
    """Return attribute -> the properties through which rules speak for it."""
    heads = {template.predicate for rule in rules for template in rule.head}
    used = {predicate.nt[1:-1] for predicate in heads if isinstance(predicate, Constant)}
    found: dict[str, list[str]] = {}
    for attribute, predicate in terms.ATTRIBUTES.items():
        own = [name for name in (terms.EVIDENCE.get(attribute), predicate) if name in used]
        if own and attribute not in ("type", "warmth"):  # a garment keeps its type; warmth is a number, not a value
            found[attribute] = [name for name in own if name is not None]
    return found


def _judge(catalogue: Catalogue, closure: Closure, attribute: str, predicate: str) -> Mapping[str, Counter[bool]]:
    """Return rule -> how many of its conclusions are right and how many are not."""
    supplied = {garment.iri: set(garment.values.get(attribute, ())) for garment in catalogue}
    values = {value: number for number, value in enumerate(target_values(catalogue, attribute))}
    names = list(values)
    own = {rule.iri for rule in closure.rules}
    said: dict[str, set[tuple[str, str]]] = {}
    for subject, value, rule in closure.firings(predicate).iter_rows():
        column = nearest_value(value, values, catalogue.ontology.ancestors(value))
        if rule in own and supplied.get(subject) and column is not None:
            said.setdefault(rule, set()).add((subject, names[column]))
    return {rule: Counter(value in supplied[subject] for subject, value in pairs) for rule, pairs in said.items()}


def _learned(rule: str, attribute: str, stated: float | None, hits: Counter[bool]) -> LearnedConfidence:
    low, high = wilson_interval(hits[True], hits.total())
    return LearnedConfidence(rule, attribute, stated, hits[True], hits.total(), float(low), float(high))


def updated_texts(rules: RuleSet, learned: Sequence[LearnedConfidence]) -> dict[Path, str]:
    """Return the text of each rule file, with the learned confidences in place of the stated ones.

    Nothing else is changed; a rule that states no confidence gets a DATA block at the end of its file. Of a rule that
    speaks for several attributes the one with the most garments counts.

    Args:
        rules: As they were read.
        learned: What was learned of them.

    Raises:
        InputError: a confidence is not written as a plain number.
    """
    most = {one.rule: one for one in sorted(learned, key=lambda one: one.tried)}
    stated = {triple.subject: triple for triple in reversed(rules.data) if triple.predicate == _CONFIDENCE}
    texts: dict[Path, list[str]] = {}
    for rule in rules:
        if rule.path is not None and rule.path not in texts:
            texts[rule.path] = rule.path.read_text("utf-8").splitlines()
    for rule in reversed(rules.rules):  # from the end of a line to its start, so that columns stay right
        if rule.path is not None and rule.iri in most:
            place = rules.places.get(stated[iri(rule.iri)]) if iri(rule.iri) in stated else None
            _put(texts[rule.path], rule.iri, f"{most[rule.iri].learned:.4f}", place)
    return {path: "\n".join(lines) + "\n" for path, lines in texts.items()}


def _put(lines: list[str], rule: str, number: str, place: Place | None) -> None:
    if place is None or place.line is None or place.column is None:
        lines.append(f"DATA {{ <{rule}> <{terms.KGF.confidence}> {number} }}")
        return
    line = lines[place.line - 1]
    found = _NUMBER.search(line, place.column - 1)
    if found is None:
        raise InputError("no number stands here; write the confidence as one", path=place.path, line=place.line)
    lines[place.line - 1] = line[: found.start()] + number + line[found.end() :]
