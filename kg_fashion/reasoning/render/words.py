"""Statements, conditions and reasons in words, English or Chinese: what all renderings write.

The words for terms and rules come from outside (the ontology, the rules' labels); the fixed words stand here.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from kg_fashion import terms
from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Term, Variable

Labels = Callable[[str], str]

_ENGLISH: Mapping[str, str] = {
    "supplied": "as supplied",
    "because": "because {}",
    "absent": "not so: {}",
    "absent_data": "not supplied: {}",
    "nothing": "nothing like it is known",
    "nothing_data": "nothing like it was supplied",
    "test": "it holds that {}",
    "checked": "tested",
    "computed": "computed",
    "and": " and ",
    "any": "any {}",
    "any_once": "any {}",
    "is": "is",
    "is_a": "is a",
    "is_an": "is an",
    "count": "counted: {} = {} ({})",
    "sum": "added up: {} = {} ({})",
    "avg": "on average: {} = {} ({})",
    "min": "the least: {} = {} ({})",
    "max": "the greatest: {} = {} ({})",
    "IN": "is one of",
    "NOT IN": "is none of",
    "&&": "and",
    "||": "or",
    "confidence": "confidence {}",
    "legend_supplied": "supplied",
    "legend_derived": "derived",
    "legend_absent": "absent",
    "legend_tested": "tested or computed",
    "why": "Why: {}",
    "wanted": "not known: {}",
    "no_rule": "no rule can give it",
    "would": "{} would give it",
    "by_way": "by way of {}",
    "missing": "missing: {}",
    "blocked": "blocked by: {}",
    "failing": "it does not hold that {}",
    "needs": "needs: {}",
    "other": "or another like it",
    "others": "or {} others like it",
    "cut": "the search was cut short; there may be other ways",
}
_CHINESE: Mapping[str, str] = {
    "supplied": "原始数据",
    "because": "因为{}",
    "absent": "并非：{}",
    "absent_data": "未提供：{}",
    "nothing": "没有这样的已知事实",
    "nothing_data": "原始数据中没有",
    "test": "{} 成立",
    "checked": "已检验",
    "computed": "计算所得",
    "and": " 且 ",
    "any": "任何 {}",
    "any_once": "任何值",
    "is": "是",
    "is_a": "是",
    "is_an": "是",
    "count": "计数：{} = {}（{}）",
    "sum": "求和：{} = {}（{}）",
    "avg": "平均：{} = {}（{}）",
    "min": "最小：{} = {}（{}）",
    "max": "最大：{} = {}（{}）",
    "IN": "属于",
    "NOT IN": "不属于",
    "&&": "且",
    "||": "或",
    "confidence": "置信度 {}",
    "legend_supplied": "原始数据",
    "legend_derived": "推导所得",
    "legend_absent": "不存在",
    "legend_tested": "检验或计算",
    "why": "为什么：{}",
    "wanted": "未知：{}",
    "no_rule": "没有规则能推出它",
    "would": "“{}”可以推出",
    "by_way": "经由“{}”",
    "missing": "缺少：{}",
    "blocked": "受阻于：{}",
    "failing": "{} 不成立",
    "needs": "需要：{}",
    "other": "或另一个类似的",
    "others": "或其他 {} 个类似的",
    "cut": "搜索提前结束，可能还有其他途径",
}
_FIXED = {"en": _ENGLISH, "zh": _CHINESE}
_TOKEN = re.compile(
    r'(?P<literal>"(?P<lexical>(?:[^"\\]|\\.)*)"(?P<kind>@[\w-]+|\^\^<[^<>\s]*>)?)|<(?P<iri>[^<>\s]+)>'
    r"|\?(?P<variable>\w+)|(?<= )(?P<word>NOT IN|IN|&&|\|\|)(?= )|(?<=\() | (?=[),])|(?<=[a-zA-Z])(?<! IN) (?=\()"
)
_NUMBER = re.compile(r"[-+]?[\d.]+([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Wording:
    """How to write terms, rules and the fixed words.

    Attributes:
        label: IRI -> word, for terms.
        rule_label: IRI -> words, for rules.
        lang: The language of the fixed words, en or zh.
    """

    label: Labels = terms.shorten
    rule_label: Labels = terms.shorten
    lang: str = "en"

    @classmethod
    def of(cls, *, label: Labels | None = None, rule_label: Labels | None = None, lang: str = "en") -> "Wording":
        """Return a wording with prefixed names where no labels are given."""
        return cls(label or terms.shorten, rule_label or terms.shorten, lang)

    def fixed(self, key: str, *values: str) -> str:
        """Return fixed words with values put in.

        Example:
            >>> Wording(lang="zh").fixed("because", "大衣保暖")
            '因为大衣保暖'
        """
        return _FIXED.get(self.lang, _ENGLISH)[key].format(*values)

    def term(self, term: Term) -> str:
        """Write a term.

        Example:
            >>> Wording().term(Constant('"0.5"^^<http://www.w3.org/2001/XMLSchema#decimal>')), Wording().term(TYPE)
            ('0.5', 'rdf:type')
        """
        return self.expression(term.nt) if isinstance(term, Constant) else self.fixed("any", term.name)

    def sentence(self, triple: Pattern, *, once: Set[str] = frozenset()) -> str:
        """Write a statement as a sentence.

        Args:
            triple: The statement.
            once: The variables that are spoken of nowhere else, so that nothing hangs on their names.

        Example:
            >>> Wording().sentence(Pattern(Constant("<urn:coat>"), TYPE, Constant("<urn:x>")))
            'urn:coat is an urn:x'
        """

        def write(term: Term) -> str:
            if isinstance(term, Variable) and term.name in once:
                return self.fixed("any_once", term.name)
            return self.term(term)

        subject, verb, obj = map(write, triple)
        if triple.predicate == TYPE:
            bare = isinstance(triple.object, Variable)
            verb = self.fixed("is" if bare else "is_an" if obj[:1] in "aeiouAEIOU" else "is_a")
        return f"{subject} {verb} {obj}"

    def sentences(self, triples: tuple[Pattern, ...]) -> str:
        """Write statements, joined by "and"."""
        return self.fixed("and").join(map(self.sentence, triples))

    def expression(self, text: str) -> str:
        """Write a SPARQL expression with labels for IRIs, bare literals and names, and words for operators.

        Example:
            >>> Wording().expression('STRLEN ( "a b"@en ) >= "3"^^<http://www.w3.org/2001/XMLSchema#integer>')
            'STRLEN("a b"@en) >= 3'
        """

        def word(found: re.Match[str]) -> str:
            if found["iri"]:
                return self.label(found["iri"])
            if found["literal"]:
                bare = found["kind"] and found["kind"].startswith("^^")
                return found["lexical"] if bare else found["literal"]
            return self.fixed(found["word"]) if found["word"] else found["variable"] or ""

        return _without_brackets(_TOKEN.sub(word, text.strip()))

    def condition(self, condition: Condition) -> str:
        """Write what a rule asked beside its premises."""
        tests = tuple(map(self.expression, condition.expressions))
        if condition.kind == "test":
            return self.fixed("test", tests[0])
        if condition.kind == "value":
            value = self.term(condition.value) if condition.value else ""
            parts = (condition.variable, "" if _NUMBER.fullmatch(tests[0]) and value else tests[0], value)
            return " = ".join(dict.fromkeys(part for part in parts if part))
        once = _once(condition) if condition.kind == "absent" else frozenset()
        inner = self.fixed("and").join([*(self.sentence(triple, once=once) for triple in condition.patterns), *tests])
        if condition.kind == "absent":
            return self.fixed("absent_data" if condition.data else "absent", inner)
        value = self.term(condition.value) if condition.value else "?"
        return self.fixed(condition.function, condition.variable, value, inner)

    def bare(self, condition: Condition) -> str:
        """Write a condition as something that may or may not hold."""
        return self.expression(condition.expressions[0]) if condition.kind == "test" else self.condition(condition)

    def grounds(self, condition: Condition) -> str:
        """Write in what way a condition was met."""
        if condition.kind == "absent":
            return self.fixed("nothing_data" if condition.data else "nothing")
        return self.fixed("checked" if condition.kind == "test" else "computed")

    def reason(self, rule: str | None) -> str:
        """Write why a statement holds: it was supplied, or a rule."""
        return self.fixed("supplied") if rule is None else self.fixed("because", self.rule_label(rule))


def _once(condition: Condition) -> Set[str]:
    """Return the variables that a condition names in one place only."""
    triples = [term.name for triple in condition.patterns for term in triple if isinstance(term, Variable)]
    tests = [found["variable"] for text in condition.expressions for found in _TOKEN.finditer(text)]
    return {name for name, count in Counter([*triples, *tests]).items() if name and count == 1}


def _without_brackets(text: str) -> str:
    """Take off a pair of brackets around the whole text."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
