"""How reasons are said, in English and Chinese: values, words of the name, rules, families.

The words for values and attributes come from the ontology and the catalogue, those for rules from the rules; the fixed
words stand here. Used by completions, explanations and their pictures.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.reasoning import RuleSet
from kg_fashion.reasoning.owl_rl.labels import axiom_label

Label = Callable[[str, str], str]
Known = Sequence[tuple[str, float]]
"""Value IRI -> how many known garments have it."""

_ENGLISH: Mapping[str, str] = {
    "type": "type",
    "value": "{} {}",
    "is-a": "being a kind of {}",
    "word": 'the word "{}"',
    "mention": "a name that tells of {}",
    "stem": 'known garments named "{}" but for colour and numbers',
    "last": '{} garments whose names end in "{}"',
    "family": "known garments like it",
    "examples": "nearness to the examples of {}",
    "form": "the way the name is written",
    "bias": "how common it is",
    "with": "{} with {}",
    "and": ", ",
    "list": "; ",
    "counts": "{} ({})",
    "unsure": "not sure enough; ",
    "undecided": "undecided, perhaps {}",
    "completion": "{} {}: {} (p={:.2f}) because {}",
    "head": "{}: {} {}, probability {:.2f}",
    "head_open": "{}: {} undecided, perhaps {}, probability {:.2f}",
    "supplied": "supplied: {}",
    "doubt": "line {}: {} ({}) {}: {} (p={:.2f}), rather {} (p={:.2f})",
    "others": "{} others",
    "other": "1 other",
    "because": "because",
    "nats_of": "{} ({})",
    "instead": "with {} instead of {}",
    "left_out": "without {}",
    "would": "{}: {} {:.2f}",
    "otherwise": "with one change",
    "neighbours": "nearest known garments",
    "neighbour": "{} ({:.2f}): {}",
    "derivations": "how the rules came to it",
    "towards": "speaks for it",
    "away": "speaks against it",
    "nats": "in nats, against the average over all values",
    "title": "Why {}: {} {}",
    "probabilities": "probability of each value",
    "also": ", also {} {:.2f}",
    "veto": "ruled out: {} ({})",
    "conflict": "what is known contradicts itself, so no value is left out: {}",
}
_CHINESE: Mapping[str, str] = {
    "type": "类型",
    "value": "{}“{}”",
    "is-a": "属于{}",
    "word": "名称中的“{}”",
    "mention": "名称提到{}",
    "stem": "名称同为“{}”（颜色与数字除外）的已知单品",
    "last": "名称以“{1}”结尾的{0}单品",
    "family": "同类已知单品",
    "examples": "与“{}”的示例相近",
    "form": "名称的书写方式",
    "bias": "总体常见程度",
    "with": "{}与{}",
    "and": "，",
    "list": "；",
    "counts": "{}（{}）",
    "unsure": "把握不足；",
    "undecided": "未定，可能是{}",
    "completion": "{} {}：{}（p={:.2f}），因为{}",
    "head": "{}：{}为{}，概率 {:.2f}",
    "head_open": "{}：{}未定，可能是{}，概率 {:.2f}",
    "supplied": "原有取值：{}",
    "doubt": "第 {} 行：{}（{}）{}：{}（p={:.2f}），更可能是{}（p={:.2f}）",
    "others": "其他 {} 项",
    "other": "其他 1 项",
    "because": "因为",
    "nats_of": "{}（{}）",
    "instead": "若为{}而非{}",
    "left_out": "若无{}",
    "would": "{}：{} {:.2f}",
    "otherwise": "只改一处",
    "neighbours": "最相近的已知单品",
    "neighbour": "{}（{:.2f}）：{}",
    "derivations": "规则的推导",
    "towards": "支持",
    "away": "反对",
    "nats": "单位：奈特，相对于各取值的平均",
    "title": "为什么{}：{}为{}",
    "probabilities": "各取值的概率",
    "also": "，另有{} {:.2f}",
    "veto": "已排除：{}（{}）",
    "conflict": "已知信息相互矛盾，故未排除任何取值：{}",
}
_FIXED = {"en": _ENGLISH, "zh": _CHINESE}
_OVERLAP = re.compile(r"([\u4e00-\u9fff]) \1")


@dataclass(frozen=True)
class ReasonWording:
    """How to say reasons.

    Attributes:
        label: (IRI, language) -> word, for values and attributes.
        rule_label: (IRI, language) -> words, for rules.

    Example:
        >>> words = ReasonWording(lambda iri, lang: terms.local_name(iri), lambda iri, lang: iri)
        >>> words.reason("value", f"material={terms.KGF.Wool}"), words.reason("word", "word=slim", "zh")
        ('material Wool', '名称中的“slim”')
        >>> words.reason("value", f"mention={terms.KGF.Wool}"), words.reason("value", f"mention={terms.KGF.Wool}", "zh")
        ('a name that tells of Wool', '名称提到Wool')
    """

    label: Label
    rule_label: Label

    @classmethod
    def of(cls, catalogue: Catalogue, rules: RuleSet) -> "ReasonWording":
        """Return a wording with a catalogue's words for values, and the labels of rules and of axioms."""

        def rule_label(rule: str, lang: str) -> str:
            return axiom_label(rule, lang, label=lambda iri: catalogue.label(iri, lang)) or rules.label(rule, lang)

        return cls(catalogue.label, rule_label)

    def fixed(self, key: str, lang: str = "en", *values: object) -> str:
        """Return fixed words with values put in."""
        return _FIXED.get(lang, _ENGLISH)[key].format(*values)

    @staticmethod
    def garment(garment: Garment, lang: str = "en") -> str:
        """Return a garment's identifier and its name, in the language where it has one."""
        name = garment.named(lang)
        return name if name == garment.id else f"{garment.id} {name}".strip()

    def attribute(self, name: str, lang: str = "en") -> str:
        """Return the word for an attribute."""
        return self.fixed("type", lang) if name == "type" else self.label(terms.ATTRIBUTES.get(name, name), lang)

    def value(self, attribute: str, iri: str, lang: str = "en") -> str:
        """Return the words for a value of an attribute."""
        return self.fixed("value", lang, self.attribute(attribute, lang), self.label(iri, lang))

    def others(self, n: int, lang: str = "en") -> str:
        """Say that there are other reasons."""
        return self.fixed("other" if n == 1 else "others", lang, n)

    def reason(self, kind: str, name: str, lang: str = "en", known: Known = ()) -> str:
        """Say what pulled.

        Args:
            kind: "rule", "value", "word", "form", "family", "examples" or "bias".
            name: The rule's IRI or the part's key.
            lang: en or zh.
            known: For a family, how many of its garments have which value.
        """
        if kind == "rule":
            return self.rule_label(name, lang)
        said = self._part(name, lang)
        if not known:
            return said
        counts = (f"{self.label(iri, lang)} {number:g}" for iri, number in sorted(known, key=lambda pair: -pair[1]))
        return self.fixed("counts", lang, said, self.fixed("and", lang).join(counts))

    def _part(self, key: str, lang: str) -> str:
        kind, _, value = key.partition("=")
        if kind in ("always", "form"):
            return self.fixed("bias" if kind == "always" else "form", lang)
        if kind in ("word", "words"):
            return self.fixed("word", lang, _OVERLAP.sub(r"\1", value))
        if kind == "stem":
            return self.fixed("stem", lang, value)
        if kind == "last":
            brand, _, word = value.partition(" ")
            return self.fixed("last", lang, self.label(brand, lang), word)
        if kind in ("is-a", "mention", "examples"):
            return self.fixed(kind, lang, self.label(value, lang))
        return self._pair(kind.split("*"), value.split(" "), lang)

    def _pair(self, kinds: Sequence[str], values: Sequence[str], lang: str) -> str:
        """Say a value, or several that count together; "word", "last" and "form" are read off the name."""
        said = ""
        for kind, value in zip(kinds, values, strict=False):
            own = "word" if kind == "last" else kind
            one = self._part(f"{own}={value}", lang) if own in ("word", "form") else self.value(kind, value, lang)
            said = self.fixed("with", lang, said, one) if said else one
        return said
