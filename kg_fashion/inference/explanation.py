"""The explanation of one completion: reasons that sum to the score, counterfactuals, neighbours, derivations of rules.

The model's score is a sum (`scorer.py`), so the reasons are no estimate: what the sources of a garment add to the
log-probability of a value against the average over all values (`sources.py`), before the last, monotone step of
calibration. Written as text in English and Chinese, as JSON, and drawn (`picture.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.errors import UnknownNameError
from kg_fashion.inference.completion import Reason
from kg_fashion.inference.counterfactual import Counterfactual, SeenValues, counterfactuals
from kg_fashion.inference.neighbours import Neighbour
from kg_fashion.inference.picture import explanation_to_svg
from kg_fashion.inference.scorer import Scorer
from kg_fashion.inference.sources import GarmentSources, Source
from kg_fashion.inference.veto import Veto, vetoes_text
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.reasoning import Closure, Derivation, RuleSet, alternatives
from kg_fashion.reasoning.syntax import Pattern, iri

Derive = Callable[[Garment, str], Derivation | None]
"""A garment and a rule's IRI -> how the rule came to speak."""

_SHOWN = 8


@dataclass(frozen=True)
class Explanation:
    """Why a value of a garment is as probable as it is.

    Attributes:
        garment: The garment.
        attribute: The attribute.
        value: IRI of the value that is explained.
        probability: Its calibrated probability.
        alternatives: Every value with its probability, best first.
        reasons: All of them, those that speak most for the value first; they sum to its log-probability against the
            average over all values, before calibration.
        counterfactuals: What would be with another supplied value.
        neighbours: The nearest garments whose value is known.
        derivations: The rules among the reasons, each with how it came to speak.
        wording: How to say it.
        vetoes: The values that hard knowledge rules out, whatever their reasons; they have probability 0.
    """

    garment: Garment
    attribute: str
    value: str
    probability: float
    alternatives: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    counterfactuals: tuple[Counterfactual, ...]
    neighbours: tuple[Neighbour, ...]
    derivations: tuple[tuple[str, Derivation], ...]
    wording: ReasonWording = field(compare=False)
    vetoes: tuple[Veto, ...] = ()

    def strongest(self, limit: int = _SHOWN) -> tuple[tuple[Reason, ...], tuple[int, float]]:
        """Return the reasons that pull most, for the value or against it, and how many others pull how much together.

        Args:
            limit: At most so many.
        """
        top = sorted(self.reasons, key=lambda reason: -abs(reason.pull))[:limit]
        shown = tuple(reason for reason in self.reasons if reason in top)
        rest = sum(reason.pull for reason in self.reasons) - sum(reason.pull for reason in shown)
        return shown, (len(self.reasons) - len(shown), rest)

    def head(self, lang: str = "en") -> str:
        """Say what is explained: garment, attribute, value, probability."""
        words = self.wording
        attribute, value = words.attribute(self.attribute, lang), words.label(self.value, lang)
        return words.fixed("head", lang, words.garment(self.garment, lang), attribute, value, self.probability)

    def change_text(self, change: Counterfactual, lang: str = "en") -> str:
        """Say a counterfactual in one line."""
        words, label = self.wording, self.wording.label
        given = words.value(change.attribute, change.given, lang)
        said = words.fixed("left_out", lang, given)
        if change.instead is not None:
            said = words.fixed("instead", lang, label(change.instead, lang), label(change.given, lang))
        return words.fixed("would", lang, said, label(change.best, lang), change.probability)

    def neighbour_text(self, near: Neighbour, lang: str = "en") -> str:
        """Say a neighbour in one line."""
        values = self.wording.fixed("and", lang).join(self.wording.label(value, lang) for value in near.values)
        name = self.wording.garment(near.garment, lang)
        return self.wording.fixed("neighbour", lang, name, near.similarity, values)

    def text(self, lang: str = "en") -> str:
        """Return the explanation as lines of text.

        Args:
            lang: en or zh.
        """
        return "\n".join(self._lines(lang))

    def _lines(self, lang: str) -> Iterator[str]:
        words = self.wording
        yield self.head(lang)
        others = [f"{words.label(v, lang)} {p:.2f}" for v, p in self.alternatives if v != self.value and p >= 0.005]
        if others:
            yield f"  {words.fixed('and', lang).join(others[:_SHOWN])}"
        if self.vetoes:
            yield vetoes_text(self.vetoes, lang)
        shown, (n, rest) = self.strongest()
        yield words.fixed("nats_of", lang, words.fixed("because", lang), words.fixed("nats", lang))
        yield from (f"  {reason.pull:+.2f}  {reason.said(lang)}" for reason in shown)
        if n:
            yield f"  {rest:+.2f}  {words.others(n, lang)}"
        if self.counterfactuals:
            yield words.fixed("otherwise", lang)
            yield from (f"  {self.change_text(change, lang)}" for change in self.counterfactuals)
        if self.neighbours:
            yield words.fixed("neighbours", lang)
            yield from (f"  {self.neighbour_text(near, lang)}" for near in self.neighbours)
        if self.derivations:
            yield words.fixed("derivations", lang)
        for _, tree in self.derivations:
            yield from (f"  {line}" for line in self._tree_text(tree, lang).splitlines())

    def _tree_text(self, tree: Derivation, lang: str) -> str:
        words = self.wording
        return tree.to_text(
            label=lambda name: self.garment.id if name == self.garment.iri else words.label(name, lang),
            rule_label=lambda rule: words.rule_label(rule, lang),
            lang=lang,
        )

    def to_dict(self, *, lang: str = "en") -> dict[str, Any]:
        """Return the explanation for JSON; labels in a language, values as IRIs."""
        return {
            "garment": self.garment.id,
            "attribute": self.attribute,
            "value": self.value,
            "probability": round(self.probability, 4),
            "alternatives": [[value, round(p, 4)] for value, p in self.alternatives],
            "reasons": [reason.to_dict(lang) for reason in self.reasons],
            "counterfactuals": [
                change.to_dict() | {"label": self.change_text(change, lang)} for change in self.counterfactuals
            ],
            "neighbours": [near.to_dict() for near in self.neighbours],
            "vetoes": [veto.to_dict(lang) for veto in self.vetoes],
            "derivations": [{"rule": rule, "proof": tree.to_dict()} for rule, tree in self.derivations],
        }

    def to_svg(self, *, lang: str = "en") -> str:
        """Return the explanation drawn."""
        return explanation_to_svg(self, lang=lang)


class Explainer:
    """Explains what a model says of garments.

    Args:
        scorer: The model.
        catalogue: The garments that it was trained on: their words, and what is plausible.
        rules: For their labels.
        derive: Finds how a rule came to speak; without it, rules are named only.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.inference.scorer import Pull
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> class Even:
        ...     def values(self, target): return (terms.KGF.Summer, terms.KGF.Winter)
        ...     def proba(self, garments, target): return np.full((len(garments), 2), 0.5, dtype=np.float32)
        ...     def pulls(self, garment, target): return [Pull("bias", "always=", np.array([0.2, 0.2]))]
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> said = Explainer(Even(), catalogue, load_rules()).explain(catalogue[0], "season")
        >>> said.head(), said.reasons[0].text("zh")
        ('C001 Slim navy blue wool blazer: season summer, probability 0.50', '总体常见程度（+0.00）')
    """

    def __init__(self, scorer: Scorer, catalogue: Catalogue, rules: RuleSet, *, derive: Derive | None = None) -> None:
        self.scorer = scorer
        self.ontology = catalogue.ontology
        self.wording = ReasonWording.of(catalogue, rules)
        self._catalogue = catalogue
        self._derive = derive
        self._seen = SeenValues(catalogue)

    def sources(self, garment: Garment, target: str) -> GarmentSources:
        """Return what reasons for a garment may stand on: everything but its own value of the target."""
        bare = {attribute: own for attribute, own in garment.values.items() if attribute != target}
        return GarmentSources(Garment(garment.id, garment.iri, garment.labels, bare), self.ontology, self._names)

    def explain(
        self,
        garment: Garment,
        target: str,
        *,
        value: str | None = None,
        neighbours: Sequence[Neighbour] = (),
        vetoes: Sequence[Veto] = (),
        n_counterfactuals: int = 3,
    ) -> Explanation:
        """Explain one value of one garment.

        Args:
            garment: Any garment.
            target: The attribute.
            value: IRI of the value asked about; the most probable by default.
            neighbours: The nearest known garments, as `NearestGarments.query` gives them.
            vetoes: What is ruled out, as `AttributeInferrer.vetoes` tells it.
            n_counterfactuals: At most so many.

        Raises:
            UnknownNameError: the model knows no such value of the attribute.
        """
        values = self.scorer.values(target)
        said = self.scorer.proba([garment], target)[0]
        if value is not None and value not in values:
            known = ", ".join(map(terms.shorten, values))
            raise UnknownNameError(f"{terms.shorten(value)} is no {target} that the model knows; it knows {known}")
        column = int(said.argmax()) if value is None else values.index(value)
        own = self.sources(garment, target)
        reasons = tuple(self._reasons(own.sources(self.scorer.pulls(garment, target)), values, column))
        changes = counterfactuals(
            self.scorer, own, target, value=values[column], seen=self._seen, label=self.wording.label,
            limit=n_counterfactuals,
        )  # fmt: skip
        ranked = tuple((values[n], float(said[n])) for n in np.argsort(-said, kind="stable"))
        return Explanation(
            garment, target, values[column], float(said[column]), ranked, reasons, changes, tuple(neighbours),
            tuple(self._derivations(garment, reasons)), self.wording, tuple(vetoes),
        )  # fmt: skip

    def _reasons(self, sources: Sequence[Source], values: Sequence[str], column: int) -> list[Reason]:
        found = []
        for source in sources:
            known = tuple((value, n) for value, n in zip(values, source.counts, strict=False) if n)
            pull = float(source.logits[column] - source.logits.mean())
            found.append(Reason(source.kind, source.name, self.wording, pull, known))
        return sorted(found, key=lambda reason: -reason.pull)

    def _derivations(self, garment: Garment, reasons: Sequence[Reason]) -> Iterator[tuple[str, Derivation]]:
        for reason in reasons:
            tree = self._derive(garment, reason.name) if self._derive is not None and reason.kind == "rule" else None
            if tree is not None:
                yield reason.name, tree

    def _names(self, value: str) -> Iterator[str]:
        """Iterate over the texts that name a value."""
        yield from (text for text, _ in self.ontology.labels(value))
        yield self._catalogue.label(value)


class RuleDerivations:
    """How rules came to speak for values of garments, within one closure.

    Args:
        closure: What was derived from the garments.
        target: The attribute that the rules speak about.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.inference.evidence import close
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv").subset([0])
        >>> derive = RuleDerivations(close(catalogue.without(["season"]), load_rules()), "season")
        >>> rule = derive.rules(catalogue[0])[0]
        >>> derive(catalogue[0], rule).rule == rule
        True
    """

    def __init__(self, closure: Closure, target: str) -> None:
        self._closure = closure
        self._predicate = terms.EVIDENCE.get(target)
        self._spoke: dict[tuple[str, str], str] = {}
        if self._predicate is not None:
            for subject, value, rule in closure.firings(self._predicate).iter_rows():
                self._spoke.setdefault((subject, rule), value)

    def rules(self, garment: Garment) -> tuple[str, ...]:
        """Return the rules that speak for a value of a garment."""
        return tuple(rule for subject, rule in self._spoke if subject == garment.iri)

    def __call__(self, garment: Garment, rule: str) -> Derivation | None:
        """Return the shortest proof that ends in the rule; None where it does not speak."""
        value = self._spoke.get((garment.iri, rule))
        if value is None or self._predicate is None:
            return None
        triple = Pattern(iri(garment.iri), iri(self._predicate), iri(value))
        return next((tree for tree in alternatives(self._closure, triple) if tree.rule == rule), None)
