"""The closure of a toy catalogue, worked out by hand, and why its triples hold."""

from pathlib import Path

import pytest

from kg_fashion import terms
from kg_fashion.errors import RuleError, StratificationError, UnknownNameError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import Closure, Derivation, RuleSet, load_rules, reason
from kg_fashion.reasoning.parser import parse

EX = "urn:ex:"
SCHEMA = """
:Parka rdfs:subClassOf :Coat . :Coat rdfs:subClassOf :Garment .
:mainMaterial rdfs:subPropertyOf :material . :material rdfs:domain :Garment ; rdfs:range :Fabric .
:contains owl:inverseOf :partOf . :partOf a owl:TransitiveProperty . :goesWith a owl:SymmetricProperty .
:warmth owl:propertyChainAxiom ( :material :insulation ) .
:WoolThing owl:equivalentClass [ a owl:Restriction ; owl:onProperty :material ; owl:hasValue :wool ] .
"""
ASSERTED = """
:p1 a :Parka ; :mainMaterial :wool ; :goesWith :s1 . :wool :insulation :high .
:hood :partOf :p1 . :cord :partOf :hood . :s1 a :Coat .
"""
RULES = """
PREFIX : <urn:ex:>
RULE :winter { ?g :season :winter } WHERE { ?g :warmth :high }
RULE :mild   { ?g :season :mild } WHERE { ?g a :Coat . NOT { ?g :warmth :high } }
RULE :tag    { ?g :tag ?t } WHERE { ?g :season ?s . SET ( ?t := CONCAT("for ", STRAFTER(STR(?s), "urn:ex:")) ) }
"""
DERIVED = {
    "p1 type Coat", "p1 type Garment", "s1 type Garment",
    "p1 material wool", "wool type Fabric", "p1 type WoolThing", "p1 warmth high",
    "s1 goesWith p1", "p1 contains hood", "hood contains cord", "cord partOf p1", "p1 contains cord",
    "p1 season winter", "s1 season mild", 'p1 tag "for winter"', 's1 tag "for mild"',
}  # fmt: skip


def toy(schema: str = SCHEMA, asserted: str = ASSERTED, rules: str = RULES) -> Closure:
    graph = KnowledgeGraph()
    prologue = f"PREFIX : <{EX}>\n"
    for name, text in ((terms.ONTOLOGY_GRAPH, schema), (terms.CATALOGUE_GRAPH, asserted)):
        graph.update(f"{prologue}INSERT DATA {{ GRAPH <{name}> {{ {text} }} }}")
    document = parse(rules)
    return reason(graph, RuleSet(document.rules, document.data))


def words(closure: Closure) -> set[str]:
    """Write the derived triples about individuals as three words."""
    found = set()
    for triple in closure.triples():
        parts = [str(term).strip("<>").replace(EX, "") for term in (triple.subject, triple.predicate, triple.object)]
        parts[1] = terms.local_name(parts[1])
        found.add(" ".join(parts))
    return found


def test_closure_by_hand() -> None:
    closure = toy()
    individuals = {line for line in words(closure) if line.split()[0] in ("p1", "s1", "wool", "hood", "cord")}
    assert individuals == DERIVED
    assert len(closure) == len(words(closure))

    graph = KnowledgeGraph()
    graph.update(f"PREFIX : <{EX}> INSERT DATA {{ GRAPH <{terms.ONTOLOGY_GRAPH}> {{ {SCHEMA} }} }}")
    graph.update(f"PREFIX : <{EX}> INSERT DATA {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ {ASSERTED} }} }}")
    document = parse(RULES)
    rules = RuleSet(document.rules, document.data)
    first = reason(graph, rules)
    derived = list(first.triples())
    graph.replace_graph(terms.CATALOGUE_GRAPH, [*graph.triples(terms.CATALOGUE_GRAPH), *derived])
    assert len(reason(graph, rules)) == 0


def nodes(tree: Derivation) -> list[Derivation]:
    return [tree, *(node for premise in tree.premises for node in nodes(premise))]


def test_every_derived_triple_rests_on_asserted_ones() -> None:
    closure = toy()
    asserted = {tuple(line.split()) for line in ("p1 mainMaterial wool", "wool insulation high", "p1 type Parka")}
    for triple in closure.triples():
        tree = closure.explain(*(str(term).strip("<>") for term in (triple.subject, triple.predicate, triple.object)))
        assert tree.rule is not None
        for node in nodes(tree):
            assert node.rule is not None or not node.premises
    tree = closure.explain(EX + "p1", EX + "season", EX + "winter")
    assert tree.rule == EX + "winter"
    leaves = {
        tuple(
            terms.local_name(str(term).strip("<>")).removeprefix("urn:ex:").replace("ex:", "") for term in leaf.triple
        )
        for leaf in tree.leaves()
    }
    assert {leaf[0] for leaf in leaves} == {"p1", "wool"}
    assert len(leaves) == len(asserted) - 1


def test_negation_is_told() -> None:
    tree = toy().explain(EX + "s1", EX + "season", EX + "mild")
    assert len(tree.absent) == 1
    assert "warmth" in tree.absent[0]
    with pytest.raises(UnknownNameError, match="neither supplied nor derived"):
        toy().explain(EX + "s1", EX + "season", EX + "winter")


def test_a_cycle_through_not_is_refused() -> None:
    rules = """PREFIX : <urn:ex:>
    RULE :a { ?g :x :y } WHERE { ?g a :Coat . NOT { ?g :z :y } }
    RULE :b { ?g :z :y } WHERE { ?g :x :y }"""
    with pytest.raises(StratificationError, match="NOT"):
        toy(rules=rules)


def test_not_data_looks_at_the_supplied_alone() -> None:
    rules = """PREFIX : <urn:ex:>
    RULE :a { ?g :x :y } WHERE { ?g a :Coat . NOT DATA { ?g :x :y } }"""
    assert "s1 x y" in words(toy(rules=rules))


def test_written_statements_carry_their_rule(tmp_path: Path) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.update(
        "INSERT DATA { GRAPH <" + terms.CATALOGUE_GRAPH + "> { <urn:ex:c> a kgf:TrenchCoat ; kgf:material kgf:Wool } }"
    )
    closure = reason(graph)
    written = closure.write(graph)
    assert written == len(closure)
    found = graph.query(
        "SELECT ?label ?c { ?r rdf:reifies <<( <urn:ex:c> kgf:suitsSeason kgf:Winter )>> ; prov:wasGeneratedBy ?rule ;"
        " kgf:confidence ?c . ?rule rdfs:label ?label FILTER(LANG(?label) = 'en') }"
    ).to_rows()
    assert len(found) == 1
    assert "winter" in found[0][0]
    assert closure.write(graph) == written


def test_bundled_rules_are_many_labelled_and_doubted() -> None:
    rules = load_rules()
    assert len(rules) >= 25
    for rule in rules:
        assert rules.label(rule.iri, "en") != rules.label(rule.iri, "zh"), rule.iri
        confidence = rules.confidence(rule.iri)
        assert confidence is None or 0 < confidence <= 1


@pytest.mark.parametrize(
    ("material", "sleeve", "season"), [("Cotton", "LongSleeve", "Autumn"), ("Chiffon", "ShortSleeve", "Summer")]
)
def test_the_articles_rules(material: str, sleeve: str, season: str) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    about = f"<urn:ex:c> a kgf:Shirt ; kgf:material kgf:{material} ; kgf:sleeveLength kgf:{sleeve} ."
    graph.update(f"INSERT DATA {{ GRAPH <{terms.CATALOGUE_GRAPH}> {{ {about} <urn:ex:n> a kgf:Belt }} }}")
    closure = reason(graph)
    assert closure.holds("urn:ex:c", terms.KGF.suitsSeason, terms.KGF[season])
    everything = ("Spring", "Summer", "Autumn", "Winter")
    assert not all(closure.holds("urn:ex:c", terms.KGF.season, terms.KGF[name]) for name in everything)
    assert all(closure.holds("urn:ex:n", terms.KGF.season, terms.KGF[name]) for name in everything)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("RULE :a { ?g :x ?y } WHERE { ?g a :Coat }", r"\?y is used in the head"),
        ("RULE :a { ?g :x :y } WHERE { ?g a :Coat } RULE :a { ?g :x :y } WHERE { ?g a :Coat }", "stands already"),
        ("RULE :a { ?g :x :y } WHERE { ?g a :Coat FILTER(?z > 1) }", r"\?z is used in FILTER"),
        ("RULE :a { ?g :x :y } WHERE { ?g a :Coat", "expected|unexpected|end"),
        ("RULE :a { ?g :x :y } WHERE { ?g nope:b :Coat }", "nope"),
        ("IMPORTS <http://example.org/x.srl>", "only a file of the same folder"),
    ],
)
def test_bad_rules_are_told_with_file_and_line(tmp_path: Path, rule: str, message: str) -> None:
    path = tmp_path / "bad.srl"
    path.write_text(f"PREFIX : <{EX}>\n{rule}\n")
    with pytest.raises(RuleError, match=message) as caught:
        load_rules(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "test",
    ['CONCAT("a", "b") = "ab"', "?s IN (:winter, :summer)", "1 + 2 * 3 = 7", "1.5 > 1e0",
     '!(LANG("a"@en) = "zh")', 'REGEX(STR(?s), "^urn:ex:w")', 'IF(true, STR(?s), "") != ""', "isIRI(?s) && true"],
)  # fmt: skip
def test_filters_mean_what_sparql_says(test: str) -> None:
    rules = f"PREFIX : <{EX}> RULE :a {{ ?g :x ?s }} WHERE {{ ?g :season ?s . FILTER ({test}) }}"
    assert "g x winter" in words(toy("", ":g :season :winter .", rules))
