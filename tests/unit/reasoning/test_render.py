"""Derivations in text, JSON, Graphviz, SVG and PROV-O."""

import json
import re

import pyoxigraph as ox
import pytest
from lxml import etree

from kg_fashion import terms
from kg_fashion.reasoning import Derivation
from kg_fashion.reasoning.conditions import Condition, conditions_of
from kg_fashion.reasoning.render import Wording, tree_to_dict, tree_to_text, trees_to_dot, trees_to_prov, trees_to_svg
from kg_fashion.reasoning.render.boxes import WIDTH, Box, boxes_of, place, text_width, wrapped
from kg_fashion.reasoning.render.palette import DERIVED
from kg_fashion.reasoning.syntax import TYPE, Aggregate, Constant, Expression, Pattern, Rule, Variable, iri

SVG = "{http://www.w3.org/2000/svg}"
C = iri("urn:ex:c")
LABELS = {"urn:ex:c": "C012", "urn:ex:season": "season", "urn:ex:winter": "winter", "urn:ex:Coat": 'coat "A\\B" <&>'}
CHINESE = {"urn:ex:c": "C012", "urn:ex:season": "季节", "urn:ex:winter": "冬季", "urn:ex:Coat": "大衣"}


def words(lang: str = "en") -> Wording:
    labels = CHINESE if lang == "zh" else LABELS
    return Wording(lambda name: labels.get(name, name), lambda name: labels.get(name, terms.local_name(name)), lang)


def fact(predicate: str, obj: str) -> Pattern:
    return Pattern(C, TYPE if predicate == "a" else iri(f"urn:ex:{predicate}"), iri(f"urn:ex:{obj}"))


def example() -> Derivation:
    """c season winter, because it is a coat, told so by its cut, and no season was supplied."""
    absent = Condition("absent", (Pattern(C, iri("urn:ex:season"), Variable("s")),), data=True)
    test = Condition("test", expressions=('"7"^^<http://www.w3.org/2001/XMLSchema#integer> >= 5',))
    coat = Derivation(fact("a", "Coat"), "urn:ex:rule/cut", (Derivation(fact("cut", "long"), None),), (test,), 0.8)
    return Derivation(fact("season", "winter"), "urn:ex:rule/coat", (coat,), (absent,), 0.72)


def test_text_in_both_languages() -> None:
    assert tree_to_text(example(), words()).splitlines() == [
        "C012 season winter  [because coat]",
        '├─ C012 is a coat "A\\B" <&>  [because cut]',
        "│  ├─ C012 urn:ex:cut urn:ex:long  [as supplied]",
        "│  └─ it holds that 7 >= 5  [tested]",
        "└─ not supplied: C012 season any s  [nothing like it was supplied]",
    ]
    assert tree_to_text(example(), words("zh")).splitlines()[0] == "C012 季节 冬季  [因为coat]"
    assert tree_to_text(example(), words("zh")).splitlines()[-1] == "└─ 未提供：C012 季节 任何值  [原始数据中没有]"
    assert example().to_text(label=words().label, rule_label=words().rule_label) == tree_to_text(example(), words())


def test_json_keys_are_stable() -> None:
    record = json.loads(json.dumps(tree_to_dict(example())))
    assert list(record) == ["triple", "rule", "confidence", "premises", "absent", "tests"]
    assert record["absent"] == ["not supplied: urn:ex:c urn:ex:season any s"]
    assert record["premises"][0]["premises"][0] == {
        "triple": ["<urn:ex:c>", "<urn:ex:cut>", "<urn:ex:long>"],
        "rule": None, "confidence": 1.0, "premises": [], "absent": [], "tests": [],
    }  # fmt: skip


DOT_LINE = re.compile(
    r'  (?:\w+(?: -> \w+)?(?: \[(?:\w+=(?:"(?:[^"\\]|\\.)*"|[\w.]+) ?)+\])?|(?:graph|node|edge) \[.*\]);'
)


def test_graphviz_is_well_formed_and_draws_a_shared_fact_once() -> None:
    text = trees_to_dot([example(), example()], words())
    first, *lines, last = text.splitlines()
    assert (first, last) == ("digraph derivation {", "}")
    assert all(DOT_LINE.fullmatch(line) for line in lines), [line for line in lines if not DOT_LINE.fullmatch(line)]
    assert sum("label=" in line for line in lines) == 3 + 2 + 2  # facts, rules, conditions
    assert r"coat \"A\\B\" <&>" in text


def boxes_in(svg: str) -> list[tuple[float, float, float, float]]:
    groups = etree.fromstring(svg.encode()).iter(f"{SVG}g")
    rects = [group.find(f"{SVG}rect") for group in groups if group.find(f"{SVG}title") is not None]
    return [tuple(float(r.get(k, "")) for k in ("x", "y", "width", "height")) for r in rects if r is not None]


def wide_tree(breadth: int, depth: int) -> Derivation:
    premises = tuple(wide_tree(breadth, depth - 1) for _ in range(breadth)) if depth else ()
    return Derivation(fact("season", "winter"), "urn:ex:rule/some-rule-with-a-long-name" if depth else None, premises)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_svg_is_whole_and_plain(lang: str) -> None:
    svg = trees_to_svg([example()], words(lang))
    root = etree.fromstring(svg.encode())
    assert root.find(f"{SVG}title").text.startswith("Why: " if lang == "en" else "为什么：")
    assert root.get("role") == "img" and root.get("aria-labelledby") == "title"
    assert len(boxes_in(svg)) == 5
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "rect", "g", "path", "text"}
    texts = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert ("大衣" if lang == "zh" else "<&>") in texts


def test_svg_boxes_neither_overlap_nor_leave_the_picture() -> None:
    svg = trees_to_svg([wide_tree(3, 3), example(), wide_tree(1, 6)], words())
    boxes = boxes_in(svg)
    assert len(boxes) == 40 + 5 + 7
    size = etree.fromstring(svg.encode())
    for number, (x, y, width, height) in enumerate(boxes):
        assert x >= 0 and y >= 0
        assert x + width <= float(size.get("width", "")) and y + height <= float(size.get("height", ""))
        for other_x, other_y, other_width, other_height in boxes[:number]:
            apart = x + width <= other_x or other_x + other_width <= x
            assert apart or y + height <= other_y or other_y + other_height <= y


def test_text_is_wrapped_within_its_box() -> None:
    for text in (
        "a very long label of a rule about unlined linen",
        "无衬里亚麻适合夏季，但有衬里的适合春秋",
        "x" * 90,
        "混排 mixed 文字 words",
    ):
        lines = wrapped(text, 13, 120)
        assert all(text_width(line, 13) <= 120 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_tall_box_keeps_its_place_beside_low_ones() -> None:
    root = Box(["x"] * 9, [], DERIVED, "", [Box(["a"], [], DERIVED, ""), Box(["b"], [], DERIVED, "")])
    low = place(root, top=10)
    assert (root.y, low) == (10, 10 + root.height)
    first, second = root.below
    assert first.x == second.x > WIDTH
    assert first.y + first.height <= second.y <= low - second.height
    assert len(boxes_of(root)) == 3


def test_prov_answers_sparql() -> None:
    store = ox.Store()
    store.load(trees_to_prov([example()], words("zh")).encode(), format=ox.RdfFormat.TURTLE)
    query = f"""
    PREFIX prov: <{terms.PROV}> PREFIX rdf: <{terms.RDF}> PREFIX rdfs: <{terms.RDFS}> PREFIX kgf: <{terms.KGF}>
    SELECT ?plan ?used ?label ?sure WHERE {{
      ?fact a prov:Entity ; rdf:reifies <<( <urn:ex:c> <urn:ex:season> <urn:ex:winter> )>> ;
        rdfs:label ?label ; kgf:confidence ?sure ; prov:wasGeneratedBy ?by ; prov:wasDerivedFrom ?premise .
      ?by a prov:Activity ; prov:used ?premise ; prov:qualifiedAssociation/prov:hadPlan ?plan .
      ?premise rdf:reifies ?used }}"""
    (row,) = store.query(query)
    assert row["plan"] == ox.NamedNode("urn:ex:rule/coat")
    assert row["label"] == ox.Literal("C012 季节 冬季", language="zh")
    assert row["used"] == ox.Triple(ox.NamedNode("urn:ex:c"), ox.NamedNode(terms.RDF.type), ox.NamedNode("urn:ex:Coat"))
    assert float(row["sure"].value) == 0.72
    supplied = store.query(f"""PREFIX prov: <{terms.PROV}> SELECT * WHERE {{
      ?fact a prov:Entity . FILTER NOT EXISTS {{ ?fact prov:wasGeneratedBy ?by }} }}""")
    assert len(list(supplied)) == 1
    assert trees_to_prov([example()], words("zh")) == trees_to_prov([example()], words("zh"))


def test_prov_keeps_literals_and_blank_nodes() -> None:
    triple = Pattern(Constant("_:b1"), iri("urn:ex:says"), Constant('"a \\"b\\""@en'))
    text = trees_to_prov([Derivation(triple, None)])
    quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    (reified,) = (quad.object for quad in quads if quad.predicate.value == terms.RDF.reifies)
    assert isinstance(reified, ox.Triple) and reified.object == ox.Literal('a "b"', language="en")


def test_an_aggregate_is_told_as_what_was_counted() -> None:
    part = Pattern(Variable("g"), iri("urn:ex:layer"), Variable("l"))
    warm = Expression('?l != "x"', frozenset({"l"}))
    rule = Rule("urn:r", (), (), aggregates=(Aggregate("n", "COUNT", "l", False, (part,), (warm,)),))
    three = Constant('"3"^^<http://www.w3.org/2001/XMLSchema#integer>')
    (condition,) = conditions_of(rule, {"g": C, "n": three})
    assert words().condition(condition) == 'counted: n = 3 (C012 urn:ex:layer any l and l != "x")'
    assert words("zh").condition(condition) == '计数：n = 3（C012 urn:ex:layer 任何 l 且 l != "x"）'


def test_operators_in_words() -> None:
    text = "( ( ?t IN ( <urn:ex:c> , <urn:ex:winter> ) ) && ( ?s NOT IN ( <urn:ex:winter> ) ) )"
    assert words().expression(text) == "(t is one of (C012, winter)) and (s is none of (winter))"
    assert words("zh").expression("?a || ?b") == "a 或 b"


def test_a_variable_keeps_its_name_in_chinese_where_another_part_speaks_of_it() -> None:
    g, m = Variable("g"), Variable("m")
    linked = (Pattern(C, iri("urn:ex:season"), m), Pattern(g, iri("urn:ex:cut"), m))
    assert words("zh").condition(Condition("absent", linked)) == "并非：C012 季节 任何 m 且 任何值 urn:ex:cut 任何 m"
    tested = Condition("absent", linked[:1], ("?m != <urn:ex:winter>",))
    assert words("zh").condition(tested) == "并非：C012 季节 任何 m 且 m != 冬季"
