"""The value spaces of datatypes, and when two literals are two values (table 8)."""

import pyoxigraph as ox
import pytest

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl.datatypes import SUPPORTED, different_values, in_space, inside, outside, same_value
from kg_fashion.reasoning.syntax import Constant, Expression, Variable

XSD = terms.XSD
A, B = Variable("a"), Variable("b")
STORE = ox.Store()


def literal(text: str) -> str:
    """Read a literal in Turtle as N-Triples."""
    return str(next(iter(ox.parse(f"{terms.PROLOGUE} <urn:s> <urn:p> {text} .", format=ox.RdfFormat.TURTLE))).object)


def passes(test: Expression | str, **values: str) -> bool:
    """Say whether a FILTER lets a solution pass; values in Turtle."""
    text = test.text if isinstance(test, Expression) else test
    names = " ".join(f"?{name}" for name in values)
    row = " ".join(literal(value) for value in values.values())
    answer = STORE.query(f"ASK {{ VALUES ({names}) {{ ({row}) }} FILTER ( {text} ) }}")
    return bool(answer)


@pytest.mark.parametrize(
    ("datatype", "within", "without"),
    [
        ("decimal", ["1.5", "5", '"+.5"^^xsd:decimal', '"5"^^xsd:byte'],
            ["1.5e0", '"5"', '"tall"^^xsd:decimal', "true"]),
        ("integer", ["5", "5.0", "-5", '"123456789012345678901234567890"^^xsd:integer'],
            ["5.5", "5e0", '"x"^^xsd:integer']),
        ("nonNegativeInteger", ["0", "-0", "7"], ["-7", "0.5"]),
        ("positiveInteger", ["7", "+07"], ["0", "-7"]),
        ("nonPositiveInteger", ["0", "-7"], ["7"]),
        ("negativeInteger", ["-7"], ["0", "7"]),
        ("byte", ["127", "-128", "0000000000000000000000127"], ["128", "-129", '"300"^^xsd:byte']),
        ("unsignedByte", ["255"], ["256", "-1"]),
        ("short", ["32767"], ["32768"]),
        ("unsignedShort", ["65535"], ["65536"]),
        ("int", ["2147483647"], ["2147483648"]),
        ("unsignedInt", ["4294967295"], ["4294967296"]),
        ("long", ["9223372036854775807"], ["9223372036854775808", "99999999999999999999999"]),
        ("unsignedLong", ["18446744073709551615"], ["18446744073709551616", "-1"]),
        ("double", ["1.5e0", '"INF"^^xsd:double'], ["1.5", '"1.5"^^xsd:float', '"x"^^xsd:double']),
        ("float", ['"1.5"^^xsd:float', '"NaN"^^xsd:float'], ["1.5e0"]),
        ("string", ['"a"', '"a"^^xsd:token', '""'], ['"a"@en', "5"]),
        ("normalizedString", ['"a b"'], ['"a\\tb"', '"a\\nb"']),
        ("token", ['"a b"', '""'], ['" a"', '"a  b"']),
        ("language", ['"en-GB"', '"zh"'], ['"english language"', '"1"']),
        ("Name", ['"a:b"'], ['"1a"', '"a b"']),
        ("NCName", ['"ab-1"'], ['"a:b"', '"-a"']),
        ("NMTOKEN", ['"1a:b"'], ['"a b"', '""']),
        ("boolean", ["true", '"0"^^xsd:boolean'], ["0", '"yes"^^xsd:boolean']),
        ("dateTime", ['"2026-01-02T03:04:05"^^xsd:dateTime', '"2026-01-02T03:04:05.5Z"^^xsd:dateTime'],
            ['"2026-01-02"^^xsd:date', '"noon"^^xsd:dateTime']),
        ("dateTimeStamp", ['"2026-01-02T03:04:05+08:00"^^xsd:dateTime'], ['"2026-01-02T03:04:05"^^xsd:dateTime']),
        ("hexBinary", ['"0aFF"^^xsd:hexBinary'], ['"0aF"^^xsd:hexBinary', '"0aFF"']),
        ("base64Binary", ['"YQ=="^^xsd:base64Binary'], ['"?"^^xsd:base64Binary']),
        ("anyURI", ['"urn:a"^^xsd:anyURI'], ['"urn:a"']),
    ],
)  # fmt: skip
def test_a_literal_lies_in_the_space_of_its_value(datatype: str, within: list[str], without: list[str]) -> None:
    test = in_space(A, f"<{XSD[datatype]}>")
    assert test
    for text in within:
        assert passes(test, a=text), text
        assert not passes(f"! ( {test} )", a=text), text
    for text in without:
        assert not passes(test, a=text), text
        assert passes(f"! ( {test} )", a=text), f"{text} must not be an error"


@pytest.mark.parametrize(
    ("datatype", "within", "without"),
    [
        (terms.RDFS.Literal, ['"a"@en', "5"], []),
        (terms.RDF.PlainLiteral, ['"a"@en', '"a"'], ["5"]),
        (terms.RDF.langString, ['"a"@en'], ['"a"']),
        (terms.RDF.XMLLiteral, ['"<a/>"^^rdf:XMLLiteral'], ['"a"']),
    ],
)
def test_datatypes_beside_xml_schema(datatype: str, within: list[str], without: list[str]) -> None:
    test = in_space(A, f"<{datatype}>")
    assert test
    assert all(passes(test, a=text) for text in within)
    assert not any(passes(test, a=text) for text in without)


def test_every_datatype_of_the_profile_is_known_and_no_other() -> None:
    assert all(in_space(A, f"<{datatype}>") for datatype in SUPPORTED)
    assert in_space(A, f"<{XSD.date}>") is None
    assert outside(A, (f"<{XSD.date}>",)) is None
    assert passes(inside(A, (f"<{XSD.date}>",)), a='"2026-01-02"^^xsd:date')


def test_a_data_range_is_what_lies_in_all_its_datatypes() -> None:
    both = (f"<{XSD.byte}>", f"<{XSD.nonNegativeInteger}>")
    test = outside(A, both)
    assert test
    assert [passes(test, a=text) for text in ("5", "-5", "300", "<urn:a>")] == [False, True, True, False]
    assert [passes(inside(A, both), a=text) for text in ("5", "-5", "300", "<urn:a>")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("1.5", "1.50", False), ("1", "1.0", False), ("1", '"1"^^xsd:byte', False), ("1", "2", True),
        ("1", "1e0", True), ('"1"^^xsd:float', "1e0", True), ("1", '"1"', True), ("true", '"1"^^xsd:boolean', False),
        ("true", "false", True), ('"a"', '"a"^^xsd:token', False), ('"a"', '"b"', True), ('"a"@en', '"a"@EN', False),
        ('"a"@en', '"a"@zh', True), ('"a"', '"a"@en', True), ('"0a"^^xsd:hexBinary', '"0A"^^xsd:hexBinary', False),
        ('"0a"^^xsd:hexBinary', '"0b"^^xsd:hexBinary', True),
        ('"2026-01-01T00:00:00Z"^^xsd:dateTime', '"2026-01-01T08:00:00+08:00"^^xsd:dateTime', False),
        ('"2026-01-01T00:00:00Z"^^xsd:dateTime', '"2026-01-01T08:00:00Z"^^xsd:dateTime', True),
        ('"a"^^<urn:mine>', '"b"^^<urn:mine>', False), ("<urn:a>", "<urn:b>", False), ("<urn:a>", "5", False),
    ],
)  # fmt: skip
def test_two_literals_are_two_values(first: str, second: str, differ: bool) -> None:
    assert passes(different_values(A, B), a=first, b=second) == differ
    assert passes(different_values(A, B), a=second, b=first) == differ


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("1.5", "1.50", True), ("1", "1.0", True), ("1", "1e0", False), ("1", "2", False), ('"a"', '"a"', True),
        ('"a"', '"b"', False), ("<urn:a>", "<urn:a>", True), ("<urn:a>", "5", False),
        ("true", '"1"^^xsd:boolean', True),
    ],
)  # fmt: skip
def test_two_literals_are_one_value(first: str, second: str, same: bool) -> None:
    assert passes(same_value(A, B), a=first, b=second) == same
    assert passes(same_value(A, Constant(literal(second))), a=first) == same
