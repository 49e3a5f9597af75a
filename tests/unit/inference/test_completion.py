"""Completions made from arrays: what they hold, in words and for JSON."""

import json

import numpy as np

from kg_fashion import Catalogue, terms
from kg_fashion.inference import Completion, Reason
from kg_fashion.inference.completion import ChosenReasons, completions_of
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.reasoning import load_rules

SEASONS = (terms.KGF.Summer, terms.KGF.Winter)
RULE = terms.RULE["puffer-is-winter"]


def reasons(catalogue: Catalogue) -> ChosenReasons:
    names = [("value", f"material={terms.KGF.Wool}"), ("rule", RULE), ("word", "words=Slim Fit")]
    pulls = np.array([[0.75, 0.5, -0.25], [1.0, 0.0, 0.0]], dtype=np.float32)
    chosen = np.array([[1, 0, 2], [0, -1, -1]])
    return ChosenReasons(names, chosen, pulls, ReasonWording.of(catalogue, load_rules()))


def made(catalogue: Catalogue) -> list[Completion]:
    said = np.array([[0.25, 0.75], [0.5625, 0.4375]], dtype=np.float32)
    return completions_of(
        catalogue.garments[:2], "season", SEASONS, said, threshold=0.6, reasons=reasons(catalogue)
    )  # fmt: skip


def test_from_arrays_as_one_by_one(boutique: Catalogue) -> None:
    wording = reasons(boutique).wording
    why = (
        Reason("rule", RULE, wording, 0.75),
        Reason("value", f"material={terms.KGF.Wool}", wording, 0.5),
        Reason("word", "words=Slim Fit", wording, -0.25),
    )
    first, second = boutique.garments[:2]
    summer, winter = SEASONS
    expected = [
        Completion(first.id, first.iri, "season", winter, 0.75, ((winter, 0.75), (summer, 0.25)), why),
        Completion(
            second.id, second.iri, "season", None, 0.5625, ((summer, 0.5625), (winter, 0.4375)),
            (Reason("value", f"material={terms.KGF.Wool}", wording, 1.0),),
        ),
    ]  # fmt: skip
    assert made(boutique) == expected
    assert expected == made(boutique)
    assert list(map(len, (gap.reasons for gap in made(boutique)))) == [3, 1]


def test_said_in_english_and_chinese(boutique: Catalogue) -> None:
    sure, unsure = made(boutique)
    assert sure.text(boutique.label) == (
        "C001 season: winter (p=0.75) because a puffer jacket suits winter (+0.75); material wool (+0.50);"
        ' the word "Slim Fit" (-0.25)'
    )
    assert sure.text(lambda iri: boutique.label(iri, "zh"), lang="zh") == (
        "C001 季节：冬季（p=0.75），因为羽绒服适合冬季（+0.75）；材质“羊毛”（+0.50）；名称中的“Slim Fit”（-0.25）"
    )
    assert "undecided, perhaps summer (p=0.56) because not sure enough; material wool" in unsure.text(boutique.label)
    assert "未定，可能是夏季" in unsure.text(lambda iri: boutique.label(iri, "zh"), lang="zh")


def test_for_json(boutique: Catalogue) -> None:
    sure, unsure = (json.loads(json.dumps(gap.to_dict(lang="zh"))) for gap in made(boutique))
    assert unsure["value"] is None
    assert sure["alternatives"] == [[terms.KGF.Winter, 0.75], [terms.KGF.Summer, 0.25]]
    assert sure["reasons"][0] == {"kind": "rule", "name": RULE, "label": "羽绒服适合冬季", "pull": 0.75}


def test_how_each_kind_is_said(boutique: Catalogue) -> None:
    words = ReasonWording.of(boutique, load_rules())
    known = ((terms.KGF.Summer, 1.0), (terms.KGF.Winter, 3.0))
    nike = "urn:nike"
    for kind, name, english, chinese in [
        ("bias", "always=", "how common it is", "总体常见程度"),
        ("form", "form=", "the way the name is written", "名称的书写方式"),
        ("value", f"is-a={terms.KGF.Coat}", "being a kind of coat", "属于大衣"),
        ("value", f"type={terms.KGF.Parka}", "type parka", "类型“派克大衣”"),
        ("value", f"brand*word={nike} Slim", 'brand urn:nike with the word "Slim"', "品牌“urn:nike”与名称中的“Slim”"),
        ("word", "words=长袖 袖衬", 'the word "长袖衬"', "名称中的“长袖衬”"),
        ("family", "last=urn:nike Jeans", 'urn:nike garments whose names end in "Jeans" (winter 3, summer 1)',
         "名称以“Jeans”结尾的urn:nike单品（冬季 3，夏季 1）"),
    ]:  # fmt: skip
        counts = known if kind == "family" else ()
        said = ReasonWording(lambda iri, lang: iri if iri == nike else words.label(iri, lang), words.rule_label)
        assert said.reason(kind, name, "en", counts) == english
        assert said.reason(kind, name, "zh", counts) == chinese
