"""What a compiled rule means, in words, English or Chinese: for an explanation, and for a finding."""

import re
from collections.abc import Callable

from kg_fashion import terms

_WORDS: dict[str, tuple[str, str]] = {
    "eq-ref": ("everything is the same as itself", "任何事物都与自身相同"),
    "eq-sym": ("being the same holds both ways", "相同是相互的"),
    "eq-trans": ("being the same carries on", "相同关系可以传递"),
    "eq-rep-s": ("what is said of a thing by {0} holds of what is the same", "相同的事物，「{0}」也相同"),
    "eq-rep-p": ("{0} is the same as {1}", "「{0}」与「{1}」是同一属性"),
    "eq-rep-o": ("what {0} leads to, it leads to by all its names", "「{0}」的值换个名称依然成立"),
    "eq-diff1": ("nothing is both the same as another thing and different from it", "两个事物不能既相同又不同"),
    "eq-diff2": ("things that are all different are not the same", "已列为互不相同的事物不能相同"),
    "eq-diff3": ("things that are all different are not the same", "已列为互不相同的事物不能相同"),
    "prp-ap": ("a property for annotations, by the standard", "标准规定的注释属性"),
    "prp-dom": ("only what is in its domain has {0}", "「{0}」只适用于特定类别"),
    "prp-rng": ("{0} leads only to its range", "「{0}」的值只能属于特定类别"),
    "prp-fp": ("a thing has one {0} only", "「{0}」只能有一个值"),
    "prp-ifp": ("one thing only has the same {0}", "「{0}」相同即为同一事物"),
    "prp-irp": ("nothing has itself as {0}", "「{0}」不能指向自身"),
    "prp-symp": ("{0} holds both ways", "「{0}」是相互的"),
    "prp-asyp": ("{0} never holds both ways", "「{0}」不能相互成立"),
    "prp-trp": ("{0} carries on", "「{0}」可以传递"),
    "prp-spo1": ("{0} is a kind of its superproperty", "「{0}」是更宽泛属性的一种"),
    "prp-spo2": ("{0} follows from a chain", "「{0}」可由相连的属性推出"),
    "prp-pdw": ("nothing has the same value as {0} and as {1}", "「{0}」与「{1}」不能取同一个值"),
    "prp-adp": ("nothing has the same value as {0} and as {1}", "「{0}」与「{1}」不能取同一个值"),
    "prp-inv1": ("{0} and its inverse", "「{0}」有对应的反向关系"),
    "prp-inv2": ("{0} and its inverse", "「{0}」有对应的反向关系"),
    "prp-key": ("a {0} is told by its key", "关键信息相同的{0}视为同一个"),
    "prp-npa1": ("{0} is told not to have this {1}", "已声明{0}没有该「{1}」值"),
    "prp-npa2": ("{0} is told not to have this {1}", "已声明{0}没有该「{1}」值"),
    "cls-thing": ("a class, by the standard", "标准规定的类别"),
    "cls-nothing1": ("a class, by the standard", "标准规定的类别"),
    "cls-nothing2": ("nothing can be in a class that has no members", "空类别不能有成员"),
    "cls-int1": ("what is told to be a {0} by what it has", "符合{0}的全部条件"),
    "cls-uni": ("what is told to be a {0} by what it is", "属于{0}所含的某一类别"),
    "cls-com": ("nothing is both a {0} and what a {0} is told not to be", "不能既是{0}，又是{0}所排除的类别"),
    "cls-svf1": ("what is told to be a {0} by what it leads to", "关联的事物符合{0}的条件"),
    "cls-svf2": ("what is told to be a {0} by having a value", "具备{0}所需的属性"),
    "cls-avf": ("a {0} leads only to what the ontology lets it", "{0}的属性值只能属于规定类别"),
    "cls-hv1": ("what every {0} has", "{0}都有这一特征"),
    "cls-hv2": ("what is told to be a {0} by a value", "属性值符合{0}的条件"),
    "cls-maxc1": ("a {0} has no {1}", "{0}不能有「{1}」"),
    "cls-maxc2": ("a {0} has one {1} at most", "{0}最多有一个「{1}」"),
    "cls-maxqc1": ("a {0} has no {1} of that kind", "{0}不能有此类「{1}」"),
    "cls-maxqc2": ("a {0} has no {1}", "{0}不能有「{1}」"),
    "cls-maxqc3": ("a {0} has one {1} of that kind at most", "{0}最多有一个此类「{1}」"),
    "cls-maxqc4": ("a {0} has one {1} at most", "{0}最多有一个「{1}」"),
    "cls-oo": ("the ontology lists every {0}", "{0}的成员已逐一列出"),
    "cax-sco": ("every {0} is, by the ontology", "{0}都归入此类"),
    "cax-dw": ("nothing is both a {0} and a {1}", "不能既是{0}又是{1}"),
    "cax-adc": ("nothing is both a {0} and something that a {0} cannot be", "不能既是{0}，又是与之互斥的类别"),
    "dt-type1": ("a datatype, by the standard", "标准规定的数据类型"),
    "dt-diff": ("nothing has two different values of {-1}", "「{-1}」不能有两个不同的值"),
    "dt-not-type": ("a value of {0} must be of its datatype", "「{0}」的值必须符合其数据类型"),
    "scm-cls": (
        "every class lies below itself and everything, by the standard",
        "标准规定，每个类别都从属于自身和最大的类别",
    ),
    "scm-sco": ("a class below a class below another lies below that", "类别的从属关系可以传递"),
    "scm-eqc1": ("classes that are equivalent lie below one another", "等价的类别互相从属"),
    "scm-eqc2": ("classes that lie below one another are equivalent", "互相从属的类别等价"),
    "scm-op": ("every property lies below itself, by the standard", "标准规定，每个属性都从属于自身"),
    "scm-dp": ("every property lies below itself, by the standard", "标准规定，每个属性都从属于自身"),
    "scm-spo": ("a property below a property below another lies below that", "属性的从属关系可以传递"),
    "scm-eqp1": ("properties that are equivalent lie below one another", "等价的属性互相从属"),
    "scm-eqp2": ("properties that lie below one another are equivalent", "互相从属的属性等价"),
    "scm-dom1": ("what lies above the domain is a domain", "适用类别的上位类别也是适用类别"),
    "scm-dom2": ("a property has the domain of what it is a kind of", "属性沿用其上位属性的适用类别"),
    "scm-rng1": ("what lies above the range is a range", "取值类别的上位类别也是取值类别"),
    "scm-rng2": ("a property has the range of what it is a kind of", "属性沿用其上位属性的取值类别"),
    "scm-hv": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-svf1": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-svf2": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-avf1": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-avf2": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-int": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
    "scm-uni": ("what the ontology says of a class places it below another", "类别的定义决定其归属"),
}
"""The W3C's name of a rule -> its meaning in English and in Chinese; {0}, {1} are terms, {-1} is the last."""

_THING = ("thing", "事物")
"""Stands for a term without a name."""


def axiom_label(rule: str, lang: str = "en", *, label: Callable[[str], str] | None = None) -> str | None:
    """Say in words what an axiom's rule means; None for a rule that is not an axiom's.

    Args:
        rule: The rule's IRI.
        lang: The language, en or zh; English for any other.
        label: IRI -> word, for the ontology's terms, such as `Ontology.label` in a language. What it knows no word for
            (it returns the name as it stands) is told by the words of its name, and so is everything without it.

    Example:
        >>> axiom_label(terms.RULE["owl/cax-sco/TrenchCoat"])
        'every trench coat is, by the ontology'
        >>> axiom_label(terms.RULE["owl/cax-dw/Coat/Outfit"])
        'nothing is both a coat and an outfit'
        >>> axiom_label(terms.RULE["owl/cax-sco/TrenchCoat"], "zh", label={terms.KGF.TrenchCoat: "风衣"}.__getitem__)
        '风衣都归入此类'
    """
    name = rule.removeprefix(terms.RULE + "owl/")
    if name == rule:
        return None
    kind, *names = name.split("/")
    place = 1 if lang == "zh" else 0
    thing = _THING[place]
    words = [_word(name, label) for name in names if not name.isdigit()] or [thing]
    last = f"{{{len(words) - 1}}}"
    text = _WORDS[kind][place].replace("{-1}", last).format(*words, thing, thing)
    return text if place else re.sub(r"\b(a) (?=[aeiouA])", "an ", text)


def _word(name: str, label: Callable[[str], str] | None) -> str:
    """Return the label of the ontology's term of this local name, or else the words of the name."""
    iri = terms.KGF[name]
    found = label(iri) if label else name
    if found not in (name, iri, terms.shorten(iri)):
        return found
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
