"""Rule mining on a toy catalogue worked out by hand, and through the engine."""

from pathlib import Path

import numpy as np
import pytest

from kg_fashion import Catalogue, terms
from kg_fashion.errors import InputError, UnknownNameError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.inference.evidence import close
from kg_fashion.ontology import read_ontology
from kg_fashion.reasoning import load_rules
from kg_fashion.reasoning.mining import (
    MiningSettings,
    facts_of_catalogue,
    facts_of_graph,
    mine,
    rule_names,
    rule_words,
    rules_text,
)
from kg_fashion.reasoning.mining.conjunctions import Counts, count_bodies
from kg_fashion.reasoning.mining.items import find_items
from kg_fashion.reasoning.mining.measures import fisher_p, ratio, wilson_interval
from kg_fashion.reasoning.mining.miner import MiningResult
from kg_fashion.reasoning.syntax import Variable

KGF = terms.KGF
TOY = [
    # (type, material, season) of garments in numbers
    *[("Sandals", "Leather", "Summer")] * 36,
    *[("Sandals", "Leather", None)] * 8,
    *[("TrenchCoat", "Merino", "Winter")] * 24,
    *[("TrenchCoat", "Cashmere", "Winter")] * 24,
    *[("TrenchCoat", "Cotton", "Autumn")] * 20,
    *[("TShirt", "Cotton", "Summer")] * 16,
    *[("Sandals", "Cotton", "Winter")] * 4,
]


def toy() -> KnowledgeGraph:
    graph = KnowledgeGraph()
    graph.load_ontology()
    lines = []
    for number, (kind, material, season) in enumerate(TOY):
        garment = f"<{terms.garment(str(number))}>"
        lines.append(f"{garment} <{terms.RDF.type}> <{KGF[kind]}> .")
        lines.append(f"{garment} <{KGF.material}> <{KGF[material]}> .")
        if season:
            lines.append(f"{garment} <{KGF.season}> <{KGF[season]}> .")
    graph.load_catalogue(["\n".join([*lines, ""]).encode()])
    return graph


def mined(**changes: object) -> MiningResult:
    settings = {"heads": ("season",), "min_support": 4, "min_confidence": 0.6, **changes}
    return mine(facts_of_graph(toy(), source="toy"), MiningSettings(**settings))  # type: ignore[arg-type]


def test_counts_by_hand() -> None:
    facts = facts_of_graph(toy())
    rule = next(r for r in mined().rules if "Sandals" in str(r.body) or "Footwear" in str(r.body))
    assert len(rule.body) == 1
    # 48 sandals, 40 with a season, 36 of them summer; 52 garments are for summer
    assert (rule.support, rule.predicted, rule.predicted_known, rule.head_size) == (36, 48, 40, 52)
    assert rule.confidence == 0.9
    assert rule.standard_confidence == 0.75
    assert rule.head_coverage == pytest.approx(36 / 52)
    assert rule_words(rule, facts, "zh").endswith("：季节夏季")


def test_ancestors_make_the_more_general_rule() -> None:
    """Merino and cashmere alike say winter, so what both are says it; neither needs a rule of its own."""
    winter = [str(r.body[-1]) for r in mined().rules if r.head.object.nt == f"<{KGF.Winter}>"]
    assert "?x1 kgf:insulation kgf:WarmMaterial" in winter
    assert not any("Merino" in body or "Cashmere" in body for body in winter)


def test_a_longer_body_is_kept_where_it_is_surer() -> None:
    """Cotton alone is for autumn 20 times of 40, cotton coats always."""
    found = [r for r in mined(min_confidence=0.3).rules if r.head.object.nt == f"<{KGF.Autumn}>"]
    best = max(found, key=lambda rule: rule.confidence)
    assert len(best.body) == 2
    assert best.confidence == 1.0


def test_targets_stay_out_of_bodies() -> None:
    for rule in mined(heads=("season", "material"), min_confidence=0.3).rules:
        assert not {"season", "material", "suitsSeason"} & {str(a.predicate).split(":")[1] for a in rule.body}


def test_measures_the_slow_way() -> None:
    assert ratio(np.array([1, 0]), np.array([3, 0])).tolist() == [1 / 3, 0]
    low, high = wilson_interval(np.array([0, 7]), np.array([0, 9]))
    assert (low[0], high[0]) == (0, 1)
    for bound in (low[1], high[1]):  # the bounds solve |p̂ - p| = z sqrt(p (1 - p) / n)
        assert abs(7 / 9 - bound) == pytest.approx(1.959964 * np.sqrt(bound * (1 - bound) / 9))
    from math import comb

    slow = sum(comb(5, k) * comb(7, 6 - k) for k in range(4, 6)) / comb(12, 6)
    assert fisher_p(np.array([4]), np.array([6]), 5, 12)[0] == pytest.approx(slow)


def test_closed_rules_have_variables_in_the_head() -> None:
    lines = []
    for number in range(10):
        lines.append(f"<urn:g{number}> <urn:madeBy> <urn:brand{number % 3}> .")
        if number != 4:
            lines.append(f"<urn:g{number}> <urn:madeIn> <urn:land{number % 3 if number else 2}> .")
    lines += [f"<urn:brand{number}> <urn:seatedIn> <urn:land{number}> ." for number in range(3)]
    graph = KnowledgeGraph()
    graph.load_catalogue(["\n".join([*lines, ""]).encode()])
    facts = facts_of_graph(graph)
    result = mine(facts, MiningSettings(heads=("urn:madeIn",), min_support=5))
    rule = result.rules[0]
    assert isinstance(rule.head.object, Variable)
    assert " . ".join(map(str, rule.body)) == "?g <urn:madeBy> ?x1 . ?x1 <urn:seatedIn> ?y"
    assert (rule.support, rule.predicted, rule.predicted_known, rule.head_size) == (8, 10, 9, 9)
    assert "NOT DATA { ?g <urn:madeIn> ?any }" in rules_text([rule], facts)
    assert rule_words(rule, facts) == "urn:madeBy, then urn:seatedIn: urn:madeIn"


def test_a_rule_fires_in_the_closure_where_it_was_counted(boutique: Catalogue, tmp_path: Path) -> None:
    facts = facts_of_catalogue(boutique)
    rules = mine(facts, MiningSettings(min_support=12, min_confidence=0.5)).rules
    path = tmp_path / "mined.srl"
    path.write_text(rules_text(rules, facts).replace('"proposed"', '"accepted"'), "utf-8")
    loaded = load_rules(path)
    assert not loaded.warnings
    closure = close(boutique, loaded)
    fired = {
        rule: number
        for evidence in terms.EVIDENCE.values()
        for rule, number in closure.firings(evidence)["rule"].value_counts().iter_rows()
    }
    names = rule_names(rules, facts)
    assert len(rules) > 20
    assert fired == {name: rule.predicted for name, rule in zip(names, rules, strict=True)}


def test_what_is_written_beside_a_rule(tmp_path: Path) -> None:
    facts = facts_of_graph(toy(), source='a "toy"')
    rules = mined().rules
    path = tmp_path / "mined.srl"
    path.write_text(rules_text(rules, facts), "utf-8")
    loaded = load_rules(path, ontology=read_ontology())
    assert [rule.iri for rule in loaded] == rule_names(rules, facts)
    for name, rule in zip(rule_names(rules, facts), rules, strict=True):
        assert loaded.confidence(name) == pytest.approx(rule.confidence, abs=1e-4)
        assert loaded.label(name) == rule_words(rule, facts)
        assert loaded.label(name, "zh") == rule_words(rule, facts, "zh")
        about = {p: loaded.about(name, p)[0].value for p in (KGF.support, KGF.status, terms.DCTERMS.source)}
        assert about[KGF.status] == "proposed"
        assert about[KGF.support] == str(rule.support)
        assert about[terms.DCTERMS.source].startswith('mined from a "toy": support')
    assert rules_text(mined().rules, facts) == rules_text(rules, facts)


def test_equal_words_get_names_of_their_own() -> None:
    facts = facts_of_graph(toy())
    rule = mined().rules[0]
    assert len(set(rule_names([rule, rule], facts))) == 1
    assert rule_names([rule], facts) != rule_names([rule, rule], facts)


def test_a_cap_cuts_the_rarest_pairs() -> None:
    facts = facts_of_graph(toy())
    items = find_items(facts, without=frozenset([KGF.season]), min_support=2, max_atoms=3)
    every = np.ones(len(facts.nodes), dtype=np.bool_)
    settings = {"min_support": 2, "max_atoms": 3}
    _, none_cut = count_bodies(items, Counts.of(items, every), every, max_pairs=1000, **settings)
    _, cut = count_bodies(items, Counts.of(items, every), every, max_pairs=1, **settings)
    assert none_cut == 0
    assert cut > 0


@pytest.mark.parametrize("wrong", [{"min_support": 0}, {"min_confidence": 1.5}, {"max_atoms": 4}, {"heads": ("type",)}])
def test_bad_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        mined(**wrong)


def test_unknown_head() -> None:
    with pytest.raises(UnknownNameError, match="did you mean season"):
        mined(heads=("seasn",))
