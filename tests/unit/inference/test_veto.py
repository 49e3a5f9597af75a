"""Vetoes: hard knowledge gives a value probability 0, says why, and is not overruled."""

from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.inference.audit import suspicions
from kg_fashion.inference.veto import Vetoes
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules
from kg_fashion.resources import boutique_dir, rules_dir

KGF = terms.KGF
RULES = """
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
PREFIX rule: <https://w3id.org/kg-fashion/rule/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
RULE rule:no-linen-in-winter { ?g kgf:cannotHave kgf:Winter } WHERE { ?g kgf:material kgf:Linen }
DATA { rule:no-linen-in-winter rdfs:label "linen is never for winter"@en , "亚麻不适合冬季"@zh }
RULE rule:forbidden { ?g kgf:cannotHave ?scene }
WHERE { ?scene kgf:dressCode ?code . ?code kgf:forbids ?class . ?g a ?class }
DATA { rule:forbidden rdfs:label "the scene's dress code forbids it"@en , "场景禁止"@zh ; kgf:confidence 1 }
RULE rule:unsure { ?g kgf:cannotHave kgf:Summer } WHERE { ?g kgf:material kgf:Cotton }
DATA { rule:unsure kgf:confidence 0.9 }
RULE rule:soft { ?g kgf:style kgf:SportyStyle } WHERE { ?g kgf:material kgf:Silk }
DATA { rule:soft kgf:confidence 0.6 }
RULE rule:on-soft { ?g kgf:cannotHave kgf:Spring } WHERE { ?g kgf:material kgf:Silk ; kgf:style kgf:SportyStyle }
RULE rule:off { ?g kgf:cannotHave kgf:Autumn } WHERE { ?g a kgf:Garment }
DATA { rule:off kgf:status "proposed" }
"""
SHOP = """
@prefix kgf: <https://w3id.org/kg-fashion/ontology/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<urn:shop> a owl:Ontology ; owl:imports <https://w3id.org/kg-fashion/ontology> .
kgf:SummerGarment owl:disjointWith kgf:WarmGarment .
"""
NEW = (
    {"sku": "1", "name": "Linen coat", "type": "coat", "material": "linen", "season": "winter"},
    {"sku": "2", "name": "Wool coat", "type": "coat", "material": "wool", "season": "summer"},
    {"sku": "3", "name": "Cotton shirt", "type": "shirt", "material": "cotton"},
    {"sku": "4", "name": "Silk shirt", "type": "shirt", "material": "silk"},
    {"sku": "5", "name": "Denim jeans", "type": "jeans", "material": "denim"},
)


def write_new(path: Path) -> Path:
    header = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()[0]
    lines = [",".join(row.get(column, "") for column in header.split(",")) for row in NEW]
    path.write_text("\n".join([header, *lines, ""]), "utf-8")
    return path


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    folder = tmp_path_factory.mktemp("rules")
    for path in rules_dir().glob("*.srl"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (folder / "own.srl").write_text(RULES, "utf-8")
    return load_rules(folder)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(write_new(tmp_path_factory.mktemp("new") / "new.csv"))


@pytest.fixture(scope="module")
def strict(inferrer: AttributeInferrer, rules: RuleSet, tmp_path_factory: pytest.TempPathFactory) -> AttributeInferrer:
    """The same model with vetoes in its rules: nothing is trained."""
    folder = tmp_path_factory.mktemp("model")
    inferrer.save(folder)
    return AttributeInferrer.load(folder, rules=rules)


def said(inferrer: AttributeInferrer, catalogue: Catalogue, target: str, value: str) -> list[float]:
    return inferrer.predict_proba(catalogue, target)[:, inferrer.values(target).index(value)].tolist()


def test_a_stylists_veto_counts_without_training(
    strict: AttributeInferrer, inferrer: AttributeInferrer, new: Catalogue
) -> None:
    before, after = (inf.predict_proba(new, "season") for inf in (inferrer, strict))
    winter = inferrer.values("season").index(KGF.Winter)
    assert before[0, winter] > 0
    assert after[0, winter] == 0
    left = np.delete(before[0], winter)
    assert np.allclose(np.delete(after[0], winter), left / left.sum(), atol=1e-6)
    assert np.array_equal(before[1:], after[1:])


def test_only_what_is_certain_vetoes(strict: AttributeInferrer, new: Catalogue) -> None:
    assert said(strict, new, "season", KGF.Summer)[2] > 0
    assert said(strict, new, "season", KGF.Spring)[3] > 0
    assert all(said(strict, new, "season", KGF.Autumn))


def test_a_scene_whose_dress_code_forbids_the_garment(strict: AttributeInferrer, new: Catalogue) -> None:
    assert said(strict, new, "occasion", KGF.BusinessMeeting)[4] == 0
    vetoes = {veto.value: veto.rule for veto in strict.vetoes(new, "occasion")[4]}
    assert vetoes[KGF.BusinessMeeting] == terms.RULE.forbidden


def test_a_completion_says_what_is_ruled_out(strict: AttributeInferrer, new: Catalogue) -> None:
    gap = strict.complete(new, targets=["season"], only_missing=False)[0]
    assert [veto.value for veto in gap.vetoes] == [KGF.Winter]
    assert gap.reason_text().endswith("ruled out: winter (linen is never for winter)")
    assert gap.reason_text("zh").endswith("已排除：冬季（亚麻不适合冬季）")
    assert gap.to_dict()["vetoes"] == [
        {"value": KGF.Winter, "rule": terms.RULE["no-linen-in-winter"], "label": "linen is never for winter"}
    ]


def test_an_audit_lists_impossible_values_first(strict: AttributeInferrer, new: Catalogue) -> None:
    first = strict.audit(new, "season")[0]
    assert (first.row, first.p_supplied) == (0, 0.0)
    assert first.vetoes == ((strict.values("season").index(KGF.Winter), terms.RULE["no-linen-in-winter"]),)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    path = tmp_path_factory.mktemp("shop") / "shop.ttl"
    path.write_text(SHOP, "utf-8")
    return read_ontology(path)


def test_a_disjoint_value_is_impossible(shop: Ontology, tmp_path: Path) -> None:
    paths = boutique_dir() / "catalogue.csv", write_new(tmp_path / "new.csv")
    boutique, new = (read_catalogue(path, ontology=shop) for path in paths)
    strict = AttributeInferrer.train(boutique, targets=["season"], seed=0)
    assert [p == 0 for p in said(strict, new, "season", KGF.Summer)] == [False, True, False, False, False]
    (veto,) = strict.vetoes(new, "season")[1]
    assert veto.to_dict()["label"].endswith("nothing is both a summer garment and a warm garment")
    assert veto.to_dict("zh")["label"].endswith("不能既是夏季单品又是保暖单品")
    known = boutique.subset(
        [row for row, garment in enumerate(boutique) if KGF.Summer in garment.values.get("season", ())]
    )
    listed = strict.audit(known, "season")
    impossible = [bool(veto) for veto in strict.vetoes(known, "season")]
    assert {one.row for one in listed if one.vetoes} == set(np.flatnonzero(impossible).tolist())
    assert [bool(one.vetoes) for one in listed] == sorted((bool(one.vetoes) for one in listed), reverse=True)


def test_narrower_values_go_with_a_broader_one(inferrer: AttributeInferrer, new: Catalogue, tmp_path: Path) -> None:
    text = RULES.replace("{ ?g kgf:cannotHave kgf:Winter }", "{ ?g kgf:cannotHave kgf:Sport }")
    (tmp_path / "own.srl").write_text(text, "utf-8")
    inferrer.save(tmp_path / "model")
    strict = AttributeInferrer.load(tmp_path / "model", rules=load_rules(tmp_path / "own.srl"))
    narrower = [v for v in strict.values("occasion") if KGF.Sport in (v, *new.ontology.ancestors(v))]
    assert len(narrower) > 1
    assert {veto.value for veto in strict.vetoes(new, "occasion")[0]} >= set(narrower)


def test_nothing_left_is_shared_and_a_contradiction_changes_nothing() -> None:
    by = np.array([[0, -1, -1], [0, -1, -1], [0, 0, 0], [-1, -1, -1]], dtype=np.int32)
    before = np.array([[1, 0, 0], [0.5, 0.4, 0.1], [0.6, 0.3, 0.1], [0.6, 0.3, 0.1]], dtype=np.float32)
    vetoes = Vetoes(("urn:r",), by)
    wanted = [[0, 0.5, 0.5], [0, 0.8, 0.2], [0.6, 0.3, 0.1], [0.6, 0.3, 0.1]]
    assert np.allclose(vetoes.apply(before), wanted)
    assert vetoes.conflicts.tolist() == [False, False, True, False]
    truth = np.array([[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=np.float32)
    assert [one.row for one in suspicions(vetoes.apply(before), truth, vetoes) if one.vetoes] == [1, 2]
