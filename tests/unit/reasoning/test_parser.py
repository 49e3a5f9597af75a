"""The parser: places of errors, terms, aggregates, names of its own. The productions stand in tests/conformance."""

from pathlib import Path

import pytest

from kg_fashion.errors import RuleError
from kg_fashion.reasoning.parser import Document, parse
from kg_fashion.reasoning.ruleset import check_well_formed, read_rules
from kg_fashion.reasoning.syntax import Expression, Place, Rule

PROLOGUE = "PREFIX : <urn:ex:>\n"


def read(text: str) -> Document:
    return parse(PROLOGUE + text, path=Path("r.srl"))


def rule(text: str) -> Rule:
    return read(text).rules[0]


SYNTAX = [
    ("RULE { ?x :p ?y } WHERE { ?x p:q ?y }", "r.srl:2:30: unknown prefix p:"),
    ("RULE { ?x :p ?y }\nWHERE { ?x :q ?y . FILTER( STRL(?y) ) }", "r.srl:3:28: no builtin STRL; did you mean STR?"),
    ("RULE { ?x :p ?y } WHERE { FILTER( STR(?y, 1) ) }", "r.srl:2:35: STR takes 1 arguments, not 2"),
    ("RULE { ?x :p/:q ?y } WHERE { ?x :q ?y }", "r.srl:2:11: a path cannot stand in a head or DATA"),
    ("RULE { ?x :p ?y } WHERE { ?x :q/:r ?y ~ }", "r.srl:2:30: a path cannot stand in an annotated triple"),
    ("DATA { :a :b ?x }", "r.srl:2:14: DATA must not hold a variable: ?x"),
    ("DATA { :a :b 'x'@en--up }", "r.srl:2:17: a base direction is ltr or rtl, not up"),
    ("DATA { :a :b '\\uD800' }", "r.srl:2:14: \\uD800 is no character of Unicode"),
    ("DATA { :a :b×c 1 }", "r.srl:2:11: a name cannot hold '×'"),
    ("DATA { <urn:\\u0020> :b 1 }", "r.srl:2:8: an IRI cannot hold ' '"),
    ("DATA { :a :b ", "r.srl:2: syntax error: the file ends within a rule"),
    ("RULE { ?x :p ?y } { ?x :q ?y }", "r.srl:2:19: syntax error at '{'; expected WHERE"),
    ("RULE { ?x :p ?n } WHERE { ?x :q ?y SET(?n := SUM(*) WHERE { ?x :r ?z }) }", "r.srl:2:46: SUM(*) is no aggregate"),
]


@pytest.mark.parametrize(("text", "message"), SYNTAX)
def test_syntax_errors_have_a_place_and_a_next_step(text: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


ILL_FORMED = [
    ("RULE { ?x :p ?z } WHERE { ?x :q ?y }", 2, 14, "?z is used in the head but nothing in the body binds it"),
    ("RULE { ?x :p 1 }\nWHERE { FILTER(?y > 1) ?x :q ?y }", 3, 16, "?y is used in FILTER but no pattern"),
    ("RULE { ?x :p 1 } WHERE { ?x :q ?y\n  SET(?y := 1) }", 3, 7, "SET binds ?y a second time"),
    ("RULE { ?x :p 1 } WHERE { ?x :q ?y\n  NOT { ?x :r ?z FILTER(?z > ?w) } }", 3, 30, "?w is used in FILTER in NOT"),
    ("RULE { ?x :p 1 .\n 'a' :p ?x } WHERE { ?x :q ?y }", 3, 2, 'a literal cannot be a subject: "a"'),
    ("RULE { ?x :p <<( 1 :p ?x )>> } WHERE { ?x :q ?y }", 2, 18, "a literal cannot be a subject"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message"), ILL_FORMED)
def test_what_is_not_well_formed_has_a_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_well_formed(rule(text))
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"r.srl:{line}:{column}: {message}")


def test_the_first_problem_of_the_text_is_told_first() -> None:
    found = rule("RULE { ?x :p ?h } WHERE { ?x :q ?y FILTER(?f > 1) }").problems
    assert [str(problem).split()[0] for problem in found] == ["?h", "?f"]


def test_a_literal_as_subject_of_data_and_a_missing_import_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "r.srl"
    path.write_text("PREFIX : <urn:>\nDATA { :a :b 1 .\n  1 :b 2 }", "utf-8")
    with pytest.raises(RuleError, match=r"r\.srl:3:3: a literal cannot be a subject"):
        read_rules(path)
    path.write_text("\n  IMPORTS <other.srl>", "utf-8")
    with pytest.raises(RuleError, match=r"r\.srl:2:11: IMPORTS <other\.srl>: no such file"):
        read_rules(path)


def test_a_byte_order_mark_and_a_space_in_an_imported_name_are_read(tmp_path: Path) -> None:
    (tmp_path / "a b.srl").write_text("\ufeffRULE {} WHERE {}", "utf-8")
    (tmp_path / "r.srl").write_text("IMPORTS <a%20b.srl>", "utf-8")
    assert [r.iri.rsplit("/")[-1] for r in read_rules(tmp_path / "r.srl")] == ["a%20b-1"]


TERMS = [
    ("TRUE", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
    ("-5", '"-5"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    ("+.5", '"+.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
    ("1.E3", '"1.E3"^^<http://www.w3.org/2001/XMLSchema#double>'),
    ("'x'@EN-gb--rtl", '"x"@en-gb--rtl'),
    ("'a\\tb\\u00e9'", '"a\\tbé"'),
    ("'''a'b''c'''", "\"a'b''c\""),
    ("'x'^^<http://www.w3.org/2001/XMLSchema#string>", '"x"'),
    (":a\\~b%20c.d", "<urn:ex:a~b%20c.d>"),
    ("<\\u0075rn:x>", "<urn:x>"),
    ("()", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"),
    ("<<( :a a <<( :b :c 1 )>> )>>", '<<( <urn:ex:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <<( <urn:ex:b>'
     ' <urn:ex:c> "1"^^<http://www.w3.org/2001/XMLSchema#integer> )>> )>>'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "nt"), TERMS)
def test_terms_are_read_into_ntriples(text: str, nt: str) -> None:
    (triple,) = read(f"DATA {{ :a :b {text} }}").data
    assert getattr(triple.object, "nt", None) == nt


def test_the_places_of_data_are_known() -> None:
    document = read("DATA { :a :b 1 ;\n   :c 2 . :d :e [ :f\n 3 ] }")
    assert [document.places[triple] for triple in document.data] == [
        Place(Path("r.srl"), *at) for at in [(2, 14), (3, 7), (4, 2), (3, 19)]
    ]


def test_prefixes_and_bases_hold_from_where_they_stand() -> None:
    text = "DATA { :a :a <x> } BASE <http://e/a/> PREFIX : <b/> DATA { :a :a <../x> } BASE <c/> DATA { <d> :a 1 }"
    found = [str(triple.subject) for triple in parse("PREFIX : <urn:>" + text).data]
    assert found == ["<urn:a>", "<http://e/a/b/a>", "<http://e/a/c/d>"]


def test_an_aggregate_shares_what_patterns_bind_and_has_names_of_its_own() -> None:
    found = rule("""RULE { ?x :n ?n } WHERE { ?x :p ?y
        SET ( ?n := sum ( DISTINCT ?z ) WHERE { ?x :q ?z . FILTER ( ?z > ?y ) } ) FILTER ( ?n > 3 ) ?z :r ?x }""")
    assert not found.problems
    (aggregate,) = found.aggregates
    assert str(aggregate) == (
        "SET ( ?n := SUM(DISTINCT ?z_agg0) WHERE { ?x <urn:ex:q> ?z_agg0 . FILTER (( ?z_agg0 > ?y )) } )"
    )
    assert "n" not in {name for pattern in found.patterns for name in pattern.variables}


def test_count_of_all_and_a_variable_that_is_bound_twice() -> None:
    found = rule("RULE { ?x :n 1 } WHERE { ?x :p ?y SET(?n := COUNT(*) WHERE { ?x :q ?z }) ?x :limit ?n }")
    (aggregate,) = found.aggregates
    assert aggregate.argument is None and aggregate.variable != "n"
    assert [test.same for test in found.filters] == [("n", aggregate.variable)]


BAD_AGGREGATES = [
    ("SET(?n := SUM(?w) WHERE { ?x :q ?z })", "?w is counted in a sub-pattern, but is bound by no pattern of it"),
    ("SET(?y := SUM(?z) WHERE { ?x :q ?z })", "SET binds ?y a second time"),
    ("SET(?n := SUM(?z) WHERE { ?x :q ?z FILTER(?w > 1) })", "?w is used in FILTER in SUM"),
    ("SET(?k := ?y + 1) SET(?n := SUM(?z) WHERE { ?x :q ?z FILTER(?z > ?k) })", "?k is bound by SET or within"),
    ("SET(?n := SUM(?z) WHERE { ?x :q <<( :a :b ?z )>> })", "?z is counted in a sub-pattern, but is a part of"),
]


@pytest.mark.parametrize(("element", "message"), BAD_AGGREGATES)
def test_aggregates_that_are_not_well_formed(element: str, message: str) -> None:
    problems = rule(f"RULE {{ ?x :p 1 }} WHERE {{ ?x :q ?y {element} }}").problems
    assert str(problems[0]).startswith(message)
    assert problems[0].line == 2 and (problems[0].column or 0) > 30


def test_below_where_data_a_not_looks_at_the_base() -> None:
    assert rule("RULE { ?x :p 1 } WHERE DATA { ?x :q ?y NOT { ?x :p ?z } }").negations[0].data
    assert not rule("RULE { ?x :p 1 } WHERE { ?x :q ?y NOT { ?x :p ?z } }").negations[0].data


def test_variables_in_literals_and_iris_keep_their_names() -> None:
    expression = Expression('CONCAT(?y , "?y \\" ?y") != <urn:?y>', frozenset({"y"}))
    assert expression.renamed({"y": "z"}).text == 'CONCAT(?z , "?y \\" ?y") != <urn:?y>'


def test_names_that_look_like_the_parsers_own_are_kept_apart() -> None:
    found = rule("RULE { ?_1 :p ?n_a ; :q ?x_not0 } WHERE { ?_1 :q/:r ?n_a , ?x_not0 , _:a }")
    assert not found.problems
    assert len({name for pattern in found.patterns for name in pattern.variables}) == 7


def test_functions_that_nobody_knows_are_errors_with_a_warning() -> None:
    document = read("RULE { ?x :p 1 } WHERE { ?x :q ?y FILTER(:f() || :g(?y)) }")
    assert document.rules[0].filters[0].text == "( STRLEN( <urn:ex:f> ) || STRLEN( <urn:ex:g> ) )"
    assert [warning.split(":")[2] for warning in document.warnings] == ["42", "50"]


def test_builtins_are_written_in_one_way() -> None:
    document = read("RULE { ?x :p ?n } WHERE { ?x :q ?y SET(?n := now()) FILTER(isIRI(?x) && ?y -5*2 > 1) }")
    five = '"{}"^^<http://www.w3.org/2001/XMLSchema#integer>'.format
    assert document.rules[0].assignments[0].expression == Expression("NOW( )", frozenset())
    assert document.rules[0].filters[0].text == f"( ISIRI( ?x ) && ?y - {five(5)} * {five(2)} > {five(1)} )"
