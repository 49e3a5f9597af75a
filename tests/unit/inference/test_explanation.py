"""Explanations: reasons that sum to the score, each source once, in words and for JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.errors import UnknownNameError
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.scorer import Pull, Scorer
from kg_fashion.inference.sources import GarmentSources, grounds

WOOL, COTTON, BLAZER = (f"{terms.KGF}{name}" for name in ("Wool", "Cotton", "Blazer"))


def sources_of(catalogue: Catalogue, name: str, lang: str = "en", **values: tuple[str, ...]) -> GarmentSources:
    def names(iri: str) -> list[str]:
        return ["Acme"] if iri == "urn:acme" else [text for text, _ in catalogue.ontology.labels(iri)]

    return GarmentSources(Garment("1", "urn:1", ((name, lang),), values), catalogue.ontology, names)


def summed(own: GarmentSources, *keys: str) -> dict[str, float]:
    """Give each key a pull of 1 and return what each source gets."""
    pulls = [Pull("value", key, np.array([1.0, 0.0])) for key in keys]
    return {source.name.replace(terms.KGF, ""): float(source.logits[0]) for source in own.sources(pulls)}


def test_pulls_are_the_models_score(scorer: Scorer, inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    for garment in boutique.garments[:5]:
        logits = np.sum([pull.logits for pull in scorer.pulls(garment, "season")], axis=0, dtype=np.float64)
        raised = np.exp(logits - logits.max())[None] / np.exp(logits - logits.max()).sum()
        calibration = inferrer._models["season"].calibration
        said = raised if calibration is None else calibration.apply(raised.astype(np.float32))
        alone = replace(boutique, garments=(garment,))
        assert np.allclose(said, inferrer.predict_proba(alone, "season"), atol=1e-3)
        assert np.allclose(scorer.proba([garment], "season"), inferrer.predict_members(alone, "season"))


def test_reasons_sum_to_the_pulls(explanation: Explanation, scorer: Scorer, boutique: Catalogue) -> None:
    logits = np.sum([pull.logits for pull in scorer.pulls(boutique[0], "season")], axis=0, dtype=np.float64)
    column = scorer.values("season").index(explanation.value)
    assert np.isclose(sum(r.pull for r in explanation.reasons), logits[column] - logits.mean(), atol=1e-5)
    names = [reason.name for reason in explanation.reasons]
    assert len(names) == len(set(names))
    assert {reason.kind for reason in explanation.reasons} >= {"value", "rule", "bias"}
    shown, (n, rest) = explanation.strongest(3)
    assert len(shown) == 3
    assert n == len(names) - 3
    assert np.isclose(sum(r.pull for r in shown) + rest, logits[column] - logits.mean(), atol=1e-5)


def test_a_pair_is_half_eithers_and_an_ancestor_is_its_values(boutique: Catalogue) -> None:
    own = sources_of(boutique, "Coat", material=(WOOL, COTTON), brand=("urn:acme",), type=(BLAZER,))
    assert summed(own, f"brand*type=urn:acme {BLAZER}") == {"brand=urn:acme": 0.5, "type=Blazer": 0.5}
    natural = next(iri for iri in boutique.ontology.ancestors(WOOL) if iri.endswith("NaturalFibre"))
    assert summed(own, f"is-a={natural}") == {"material=Wool": 0.5, "material=Cotton": 0.5}
    assert summed(own, f"material={WOOL}", f"is-a={terms.KGF.AnimalFibre}") == {"material=Wool": 2.0}


def test_words_belong_to_the_value_that_they_say(boutique: Catalogue) -> None:
    own = sources_of(boutique, "ACME Slim Blazers", brand=("urn:acme",), type=(BLAZER,))
    assert summed(own, "word=ACME", "word=Slim") == {"brand=urn:acme": 1.0, "word=Slim": 1.0}
    assert summed(own, "words=Slim Blazers") == {"word=Slim": 0.5, "type=Blazer": 0.5}
    assert summed(own, "words=ACME … Blazers") == {"brand=urn:acme": 0.5, "type=Blazer": 0.5}
    assert summed(own, "brand*last=urn:acme Blazers") == {"brand=urn:acme": 0.5, "type=Blazer": 0.5}
    assert summed(own, "brand*form=urn:acme A-Aa-Aa", "form=A-Aa-Aa") == {"brand=urn:acme": 0.5, "form=": 1.5}
    assert summed(own, "word=Elsewhere") == {"word=Elsewhere": 1.0}


def test_what_a_name_mentions_belongs_to_the_words_that_it_needs(boutique: Catalogue) -> None:
    navy, blue = f"mention={terms.KGF}NavyBlue", f"mention={terms.KGF}Blue"
    assert summed(sources_of(boutique, "Slim navy blue coat"), navy) == {"word=navy": 1.0}
    assert summed(sources_of(boutique, "Slim navy blue coat"), blue) == {"word=navy": 0.5, "word=blue": 0.5}
    assert summed(sources_of(boutique, "Merino coat"), f"mention={WOOL}") == {"word=Merino": 1.0}
    worn = sources_of(boutique, "新款羊毛大衣", "zh", material=(WOOL,))
    assert summed(worn, f"mention={WOOL}") == {"material=Wool": 1.0}
    assert summed(sources_of(boutique, "Coat"), f"mention={WOOL}") == {"mention=Wool": 1.0}


def test_chinese_pairs_of_characters_belong_to_the_words_they_lie_in(boutique: Catalogue) -> None:
    own = sources_of(boutique, "新款羊毛大衣", "zh", material=(WOOL,))
    assert [mention.source.replace(terms.KGF, "") for mention in own.mentions] == [
        "word=新款", "material=Wool", "word=大衣",
    ]  # fmt: skip
    assert summed(own, "word=羊毛") == {"material=Wool": 1.0}
    assert summed(own, "word=款羊") == {"word=新款": 0.5, "material=Wool": 0.5}
    assert own.without(f"material={WOOL}", "word=新款").labels == (("大衣", "zh"),)


def test_a_garment_without_a_source(boutique: Catalogue) -> None:
    own = sources_of(boutique, "Slim wool Blazer", material=(WOOL, COTTON), type=(BLAZER,))
    assert own.without(f"material={WOOL}").values == {"material": (COTTON,), "type": (BLAZER,)}
    assert own.without(f"material={WOOL}").labels == (("Slim Blazer", "en"),)
    assert own.without("word=Slim", f"type={BLAZER}").labels == (("wool", "en"),)
    assert own.without(*own.removable).labels == ()
    assert own.family_words("stem=slim wool blazer") == ("word=Slim", f"material={WOOL}", f"type={BLAZER}")
    assert own.family_words("last=urn:acme Blazer") == (f"type={BLAZER}",)


def test_another_value_can_be_asked_about(explainer: Explainer, boutique: Catalogue, explanation: Explanation) -> None:
    other = next(value for value, _ in reversed(explanation.alternatives))
    said = explainer.explain(boutique[0], "season", value=other, n_counterfactuals=0)
    assert said.value == other
    assert said.probability == min(p for _, p in said.alternatives)
    assert sum(r.pull for r in said.reasons) < sum(r.pull for r in explanation.reasons)
    with pytest.raises(UnknownNameError, match="kgf:Gym is no season that the model knows; it knows kgf:Spring"):
        explainer.explain(boutique[0], "season", value=terms.KGF.Gym)


def test_rules_come_with_what_they_rest_on(explanation: Explanation, boutique: Catalogue) -> None:
    rules = [reason.name for reason in explanation.reasons if reason.kind == "rule"]
    assert [rule for rule, _ in explanation.derivations] == rules
    for rule, tree in explanation.derivations:
        assert tree.rule == rule
        assert set(grounds(tree, boutique[0])) <= {f"{a}={v}" for a, own in boutique[0].values.items() for v in own}
    assert any(grounds(tree, boutique[0]) for _, tree in explanation.derivations)


def test_as_text(explanation: Explanation) -> None:
    english, chinese = explanation.text(), explanation.text("zh")
    assert english.startswith("C001 Slim navy blue wool blazer: season ")
    assert "material wool" in english
    assert "nearest known garments" in english
    assert "[as supplied]" in english
    assert chinese.startswith("C001 修身藏蓝色羊毛西装外套：季节为")
    assert "材质“羊毛”" in chinese
    assert "原始数据" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines())


def test_as_json(explanation: Explanation) -> None:
    record = json.loads(json.dumps(explanation.to_dict(lang="zh"), ensure_ascii=False))
    assert set(record) == {
        "garment", "attribute", "value", "left_open", "supplied", "probability", "alternatives", "reasons",
        "counterfactuals", "neighbours",
        "derivations", "vetoes",
    }  # fmt: skip
    assert len(record["reasons"]) == len(explanation.reasons)
    assert record["derivations"][0]["proof"]["rule"] == record["derivations"][0]["rule"]
    assert len(record["neighbours"]) == 3
    assert "C001" not in {near["garment"] for near in record["neighbours"]}
