"""The explanation of one completion: reasons that sum to the score, counterfactuals, neighbours, derivations of rules.

Made by `explainer.py`; written as text in English and Chinese, as JSON, and drawn (`picture.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kg_fashion.catalog import Garment
from kg_fashion.inference.completion import Reason
from kg_fashion.inference.counterfactual import Counterfactual
from kg_fashion.inference.neighbours import Neighbour
from kg_fashion.inference.picture import explanation_to_svg
from kg_fashion.inference.veto import Veto, vetoes_text
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.reasoning import Derivation

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
        left_open: The probability is below the wanted one, so that the gap would be left open.
        vetoes: The values that hard knowledge rules out, whatever their reasons.
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
    left_open: bool = False
    vetoes: tuple[Veto, ...] = ()

    @property
    def supplied(self) -> tuple[str, ...]:
        """IRIs of the garment's own values of the attribute; the model did not look at them."""
        return self.garment.values.get(self.attribute, ())

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
        key = "head_open" if self.left_open else "head"
        return words.fixed(key, lang, words.garment(self.garment, lang), attribute, value, self.probability)

    def supplied_text(self, lang: str = "en") -> str:
        """Say the garment's own values of the attribute, "" where it has none."""
        words = self.wording
        own = words.fixed("and", lang).join(words.label(value, lang) for value in self.supplied)
        return words.fixed("supplied", lang, own) if own else ""

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
        if self.supplied:
            yield f"  {self.supplied_text(lang)}"
        others = [f"{words.label(v, lang)} {p:.2f}" for v, p in self.alternatives if v != self.value and p >= 0.005]
        if others:
            yield f"  {words.fixed('and', lang).join(others[:_SHOWN])}"
        if self.vetoes:
            yield f"  {vetoes_text(self.vetoes, lang)}"
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
            "left_open": self.left_open,
            "supplied": list(self.supplied),
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
