"""Constraints turned round say what trying every value out says."""

from pathlib import Path

import pytest

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import Closure, RuleSet, reason
from kg_fashion.reasoning.contraposition import impossible_values

KGF = terms.KGF
SEASONS = [KGF.Spring, KGF.Summer, KGF.Autumn, KGF.Winter]
SHOP = """
@prefix kgf: <https://w3id.org/kg-fashion/ontology/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<urn:shop> a owl:Ontology ; owl:imports <https://w3id.org/kg-fashion/ontology> .
kgf:WarmSeason a owl:Class ; rdfs:subClassOf kgf:Season ; owl:disjointWith kgf:ColdSeason .
kgf:ColdSeason a owl:Class ; rdfs:subClassOf kgf:Season .
kgf:Winter a kgf:ColdSeason . kgf:Autumn a kgf:ColdSeason . kgf:Summer a kgf:WarmSeason .
kgf:Parka rdfs:subClassOf [ a owl:Restriction ; owl:onProperty kgf:season ; owl:allValuesFrom kgf:ColdSeason ] .
kgf:SummerGarment owl:disjointWith kgf:WarmGarment .
kgf:Swimwear rdfs:subClassOf [ owl:complementOf kgf:WinterGarment ] .
"""
GARMENTS = {
    "parka": f"<urn:g> a <{KGF.Parka}>",
    "puffer": f"<urn:g> a <{KGF.PufferJacket}>",
    "wool skirt": f"<urn:g> a <{KGF.Skirt}> ; <{KGF.material}> <{KGF.Wool}>",
    "linen skirt": f"<urn:g> a <{KGF.Skirt}> ; <{KGF.material}> <{KGF.Linen}>",
    "bikini": f"<urn:g> a <{KGF.Swimwear}> ; <{KGF.material}> <{KGF.Polyester}>",
    "wool swimsuit": f"<urn:g> a <{KGF.Swimwear}> ; <{KGF.material}> <{KGF.Wool}>",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    path: Path = tmp_path_factory.mktemp("shop") / "shop.ttl"
    path.write_text(SHOP, "utf-8")
    return read_ontology(path)


def closed(ontology: Ontology, rules: RuleSet, statements: str = "") -> Closure:
    graph = KnowledgeGraph()
    graph.load_ontology(ontology)
    if statements:
        graph.load_catalogue(line.encode() for line in _ntriples(f"{statements} . <urn:g> a <{KGF.Garment}> ."))
    return reason(graph, rules)


def _ntriples(turtle: str) -> list[str]:
    import pyoxigraph as ox

    return [f"{quad.triple} .\n" for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]


@pytest.mark.parametrize("name", GARMENTS)
def test_as_trying_each_value_out(shop: Ontology, name: str) -> None:
    found = impossible_values(closed(shop, RuleSet(())), KGF.season, SEASONS)
    closure = closed(shop, RuleSet(tuple(one.rule for one in found)), GARMENTS[name])
    said = {season for season in SEASONS if closure.holds("urn:g", KGF.cannotHave, season)}
    tried = {
        season
        for season in SEASONS
        if closed(shop, RuleSet(()), f"{GARMENTS[name]} ; <{KGF.season}> <{season}>").findings()
    }
    assert said == tried


def test_the_weakest_conditions_and_the_steps_to_the_contradiction(shop: Ontology) -> None:
    found = impossible_values(closed(shop, RuleSet(())), KGF.season, [KGF.Summer])
    bodies = {str(pattern) for one in found for pattern in one.rule.patterns}
    assert bodies == {"?g a kgf:Parka", "?g a kgf:WarmGarment"}
    assert [terms.local_name(step) for step in found[0].steps] == ["Parka", "ColdSeason"]


def test_the_bundled_ontology_rules_no_season_out() -> None:
    assert impossible_values(closed(read_ontology(), RuleSet(())), KGF.season, SEASONS) == []
