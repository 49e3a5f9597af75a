"""The words for compiled axioms, in English and in Chinese."""

import re

import pytest

from kg_fashion import terms
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning.axioms import axiom_label, compile_axioms
from kg_fashion.reasoning.owl_rl.labels import _WORDS

CHINESE = re.compile("[\u4e00-\u9fff]")


def chinese(iri: str) -> str:
    return read_ontology().label(iri, "zh")


def said(name: str, lang: str = "zh") -> str | None:
    return axiom_label(terms.RULE[f"owl/{name}"], lang, label=chinese if lang == "zh" else None)


@pytest.mark.parametrize("kind", _WORDS)
def test_every_kind_is_told_in_both_languages_of_the_same_terms(kind: str) -> None:
    english, translated = _WORDS[kind]
    places = [set(re.findall(r"{-?\d}", text)) for text in (english, translated)]
    assert places[0] == places[1]
    assert english.isascii()
    assert CHINESE.search(translated) and not re.search("[A-Za-z]", translated)


@pytest.mark.parametrize("kind", _WORDS)
def test_terms_are_filled_in(kind: str) -> None:
    for names in ("", "/Coat", "/Coat/material", "/Coat/material/2"):
        for lang in ("en", "zh"):
            label = said(kind + names, lang)
            assert label and not re.search(r"[{}\d]", label), label
        assert not re.search("[A-Za-z]", said(kind + names) or "x")


def test_the_label_of_a_term_or_the_words_of_its_name() -> None:
    assert said("cax-sco/Overcoat") == "长大衣都归入此类"
    assert said("prp-spo1/suitsSeason/suits") == "「适合季节」是更宽泛属性的一种"
    assert said("dt-diff/Coat/warmth") == f"「{chinese(terms.KGF.warmth)}」不能有两个不同的值"
    assert said("cax-dw/Coat/OurThing") == "不能既是大衣又是our thing"
    assert axiom_label(terms.RULE["owl/cax-sco/TrenchCoat"], "zh") == "trench coat都归入此类"
    assert said("cax-sco/TrenchCoat", "fr") == said("cax-sco/TrenchCoat", "en")


def test_names_that_a_label_does_not_know_are_told_by_their_words() -> None:
    rule = terms.RULE["owl/cax-sco/OurThing"]
    for unknown in (terms.local_name, terms.shorten, str):
        assert axiom_label(rule, label=unknown) == "every our thing is, by the ontology"


def test_braces_in_a_label_stay_as_they_are() -> None:
    rule = terms.RULE["owl/dt-diff/warmth"]
    assert axiom_label(rule, label=lambda _: "{0}") == "nothing has two different values of {0}"


def test_an_article_fits_the_label() -> None:
    rule = terms.RULE["owl/cax-adc/ALineDress"]
    assert (axiom_label(rule, label=read_ontology().label) or "").startswith("nothing is both an A-line dress ")


def test_axioms_about_bundled_terms_are_chinese_throughout() -> None:
    checked = 0
    for rule in compile_axioms(read_ontology().triples, reflexive=True):
        names = rule.iri.removeprefix(f"{terms.RULE}owl/").split("/")[1:]
        label = axiom_label(rule.iri, "zh", label=chinese) or ""
        if all(terms.KGF[name] in read_ontology().declared for name in names):
            latin = {letter for name in names for letter in chinese(terms.KGF[name]) if letter.isascii()}  # A字裙
            assert CHINESE.search(label) and set(re.findall("[A-Za-z]", label)) <= latin, label
            checked += 1
    assert checked > 500
    assert axiom_label(terms.RULE["linen-is-summer"], "zh") is None
