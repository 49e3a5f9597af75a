"""Vetoes: values that hard knowledge makes impossible for a garment; their probability is 0.

Hard are the ontology's constraints and rules that are certain: accepted, without a confidence or with 1. They veto by
`?g kgf:cannotHave ?value`, which a stylist may write and to which constraints are turned round
(`reasoning/contraposition.py`), and only where all that it stands on is certain, too. A value is ruled out with all
narrower ones. Vetoes are applied last, after calibration, to no weight and by no training: a new one counts at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog.triples import literal
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning import Closure, RuleSet, reason
from kg_fashion.reasoning.axioms import axiom_label
from kg_fashion.reasoning.contraposition import CANNOT, Impossible, impossible_values
from kg_fashion.reasoning.packed import objects, subjects
from kg_fashion.reasoning.ruleset import ACCEPTED
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, iri

Array = NDArray[np.float32]
_LABEL = iri(terms.RDFS.label)


@dataclass(frozen=True, slots=True)
class Veto:
    """A value that is impossible for a garment.

    Attributes:
        value: The value's IRI.
        rule: The IRI of the rule that rules it out.
        words: How to say it.
    """

    value: str
    rule: str
    words: ReasonWording = field(compare=False)

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the veto for JSON."""
        return {"value": self.value, "rule": self.rule, "label": self.words.rule_label(self.rule, lang)}


def vetoes_text(vetoes: Iterable[Veto], lang: str = "en") -> str:
    """Say what is ruled out and by what, in one line, rule by rule.

    Example:
        >>> words = ReasonWording(lambda iri, lang: terms.local_name(iri), lambda iri, lang: "linen is cool")
        >>> vetoes_text([Veto(terms.KGF.Winter, "urn:r", words), Veto(terms.KGF.Autumn, "urn:r", words)])
        'ruled out: Winter, Autumn (linen is cool)'
    """
    by_rule: dict[str, list[Veto]] = {}
    for veto in vetoes:
        by_rule.setdefault(veto.rule, []).append(veto)
    said = ""
    for rule, own in by_rule.items():
        words = own[0].words
        values = words.fixed("and", lang).join(words.label(veto.value, lang) for veto in own)
        joint = words.fixed("list", lang) if said else ""
        said += joint + words.fixed("veto", lang, values, words.rule_label(rule, lang))
    return said


@dataclass(frozen=True, eq=False)
class Vetoes:
    """The vetoes of some garments for one attribute.

    Attributes:
        rules: The IRIs of the rules that veto.
        by: The position in `rules` of the one that rules a value out, -1 where it is possible, shape (n, n_values).
    """

    rules: tuple[str, ...]
    by: NDArray[np.int32]

    @classmethod
    def none(cls, n: int, n_values: int) -> "Vetoes":
        """Return no vetoes for n garments."""
        return cls((), np.full((n, n_values), -1, dtype=np.int32))

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> "Vetoes":
        """Return those of some of the garments."""
        return Vetoes(self.rules, self.by[rows])

    @property
    def conflicts(self) -> NDArray[np.bool_]:
        """Whether every value of a garment is ruled out, shape (n,): then what is known contradicts itself."""
        return np.asarray((self.by >= 0).all(axis=1))

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Which values get probability 0, shape (n, n_values); none of a garment for which all are ruled out."""
        return (self.by >= 0) & ~self.conflicts[:, None]

    def apply(self, probabilities: Array) -> Array:
        """Give values that are ruled out probability 0, and what they had to the others in proportion.

        Where nothing is left for the others, they share it evenly. Garments of which every value is ruled out keep
        what they have: a contradiction tells nothing of the values.

        Args:
            probabilities: Shape (n, n_values), rows sum to 1.

        Example:
            >>> vetoes = Vetoes(("urn:r",), np.array([[0, -1, -1], [0, 0, 0]], dtype=np.int32))
            >>> vetoes.apply(np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], dtype=np.float32)).round(2).tolist()
            [[0.0, 0.6000000238418579, 0.4000000059604645], [0.5, 0.30000001192092896, 0.20000000298023224]]
        """
        impossible = self.impossible
        rows = np.flatnonzero(impossible.any(axis=1))
        if not len(rows):
            return probabilities
        possible = ~impossible[rows]
        left = np.where(possible, probabilities[rows], 0).astype(np.float64)
        total = left.sum(axis=1, keepdims=True)
        even = possible / possible.sum(axis=1, keepdims=True)
        said = probabilities.copy()
        said[rows] = np.where(total > 0, left / np.where(total > 0, total, 1), even)
        return said

    def of_garment(self, row: int, values: Sequence[str], words: ReasonWording) -> tuple[Veto, ...]:
        """Return one garment's vetoes.

        Args:
            row: The garment.
            values: The values' IRIs, in the columns' order.
            words: How to say them.
        """
        found = enumerate(self.by[row].tolist())
        return tuple(Veto(values[column], self.rules[rule], words) for column, rule in found if rule >= 0)


def ruled_out(closure: Closure) -> Iterator[tuple[str, str, str]]:
    """Iterate over what is ruled out, each as garment, value and rule, where it stands on nothing uncertain.

    Args:
        closure: Of the garments without the attribute, by rules that `constrained` returned.
    """
    certain = _certain(closure)
    for garment, value, rule in closure.firings(terms.KGF.cannotHave).iter_rows() if certain else ():
        if (garment, value) in certain and _is_certain(closure.rules, rule):
            yield garment, value, rule


def vetoes_of(found: Iterable[tuple[int, str, str]], n: int, values: Sequence[str], ontology: Ontology) -> Vetoes:
    """Put together which of an attribute's values are ruled out.

    Args:
        found: Row of the garment, value and rule.
        n: How many garments there are.
        values: The IRIs of the attribute's values.
        ontology: Tells which values are narrower.
    """
    vetoes = Vetoes.none(n, len(values))
    rules: dict[str, int] = {}
    narrower: dict[str, list[int]] = {}
    for row, value, rule in found:
        if value not in narrower:
            narrower[value] = [n for n, own in enumerate(values) if value in (own, *ontology.ancestors(own))]
        for column in narrower[value]:
            if vetoes.by[row, column] < 0:
                vetoes.by[row, column] = rules.setdefault(rule, len(rules))
    return Vetoes(tuple(rules), vetoes.by)


def _certain(closure: Closure) -> set[tuple[str, str]]:
    """Return the garments and values of kgf:cannotHave that stand on nothing uncertain."""
    relation = closure.facts.relation(closure.facts.id(CANNOT))
    packed = relation.everything()
    packed = packed[relation.provenance(packed).sure() >= 1] if len(packed) else packed
    garments, values = (closure.facts.terms.decode(ids(packed).tolist()) for ids in (subjects, objects))
    return {(garment[1:-1], value[1:-1]) for garment, value in zip(garments, values, strict=True)}


def constrained(rules: RuleSet, ontology: Ontology, values: Mapping[str, Sequence[str]]) -> RuleSet:
    """Return the rules, and what the ontology's constraints and the certain rules make of them: vetoes.

    Args:
        rules: The rules.
        ontology: With its constraints.
        values: Attribute -> the IRIs of its values. The type is left out: constraints of classes are about a type that
            is known, and where it is asked for it is not.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> from kg_fashion.reasoning import load_rules
        >>> rules = load_rules()
        >>> constrained(rules, read_ontology(), {"season": [terms.KGF.Winter]}) == rules
        True
    """
    hard = tuple(rule for rule in rules if rules.status(rule.iri) == ACCEPTED and _is_certain(rules, rule.iri))
    asked = {attribute: tuple(own) for attribute, own in values.items() if attribute != "type"}
    found = [one for attribute, own in asked.items() for one in _impossible(ontology, hard, attribute, own)]
    if not any(template.predicate == CANNOT for rule in hard for template in rule.head):
        found = [one for one in found if all(pattern.predicate != CANNOT for pattern in one.rule.patterns)]
    said = tuple(triple for one in found for triple in _labels(one, rules, ontology))
    return replace(rules, rules=(*rules.rules, *(one.rule for one in found)), data=(*rules.data, *said))


def _is_certain(rules: RuleSet, rule: str) -> bool:
    stated = rules.confidence(rule)
    return stated is None or stated >= 1


@lru_cache(maxsize=64)
def _impossible(
    ontology: Ontology, hard: tuple[Rule, ...], attribute: str, values: tuple[str, ...]
) -> tuple[Impossible, ...]:
    return tuple(impossible_values(_of_ontology(ontology, hard), terms.ATTRIBUTES[attribute], values))


@lru_cache(maxsize=4)
def _of_ontology(ontology: Ontology, hard: tuple[Rule, ...]) -> Closure:
    graph = KnowledgeGraph()
    graph.load_ontology(ontology)
    return reason(graph, RuleSet(hard))


def _labels(one: Impossible, rules: RuleSet, ontology: Ontology) -> Iterator[Pattern]:
    """Say a constraint by the steps that lead to it."""
    for lang, joint in (("en", "; "), ("zh", "；")):
        label = partial(ontology.label, lang=lang)
        steps = (axiom_label(step, lang, label=label) or rules.label(step, lang) for step in one.steps)
        yield Pattern(iri(one.rule.iri), _LABEL, Constant(f"{literal(joint.join(dict.fromkeys(steps)))}@{lang}"))
