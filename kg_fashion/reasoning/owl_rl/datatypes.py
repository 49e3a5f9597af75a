"""Table 8, dt-*: the values of literals, as SPARQL tests on the triples that hold them.

OWL 2 Profiles, section 4.3, table 8; OWL 2 Structural Specification, section 4; XML Schema Datatypes 1.1.

A literal cannot be a subject in RDF, so the table's conclusions are not triples; each rule acts on the triples that it
touches:

- dt-type1 (a datatype is a rdfs:Datatype): a triple about an IRI; among the axiomatic triples, with `reflexive`.
- dt-type2 (a literal is in its datatype): owl:someValuesFrom and maxima with a datatype ask for the value: 5.0 is in
  xsd:integer, 5 in xsd:decimal, -5 not in xsd:nonNegativeInteger.
- dt-eq (equal values are the same): owl:hasValue, negative assertions and disjoint data properties compare numbers,
  booleans and times by value, so that 1.50 is 1.5. Keys and inverse functional properties join on the term as written.
- dt-diff (different values are different): two values of a functional data property, or beyond a maximum of one, are
  a violation when their values differ; 1.50 and 1.5 do not.
- dt-not-type (a literal outside its type): a value outside of the property's range or of an owl:allValuesFrom,
  malformed ones ("tall"^^xsd:decimal) included, is a violation. Literals of properties without a range are not looked
  at.

The value spaces of xsd:decimal (with the integers), xsd:float, xsd:double, of text, and of the others are disjoint, as
OWL 2 has it. Datatypes that the profile does not list are never in doubt: nothing follows from them. What the SPARQL
engine cannot compare, such as times with and without a zone, or numbers of more digits than it holds, is no finding.
"""

from typing import Final

from kg_fashion import terms
from kg_fashion.reasoning.syntax import Constant, Expression, Variable

_XSD, _RDF = terms.XSD, terms.RDF

_BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
_SIGNED: Final = {
    "integer": "[+-]{0,1}[0-9]+",
    "nonNegativeInteger": r"([+]{0,1}[0-9]+|-0+)",
    "positiveInteger": "[+]{0,1}0*[1-9][0-9]*",
    "nonPositiveInteger": r"(-[0-9]+|[+]{0,1}0+)",
    "negativeInteger": "-0*[1-9][0-9]*",
}
_TEXTS: Final = {
    "string": None,
    "normalizedString": "^[^\\\\t\\\\n\\\\r]*$",
    "token": "^([^ \\\\t\\\\n\\\\r]+( [^ \\\\t\\\\n\\\\r]+)*){0,1}$",
    "language": "^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$",
    "Name": "^[\\\\p{L}_:][\\\\p{L}\\\\p{N}._:-]*$",
    "NCName": "^[\\\\p{L}_][\\\\p{L}\\\\p{N}._-]*$",
    "NMTOKEN": "^[\\\\p{L}\\\\p{N}._:-]+$",
}
_TIME: Final = "^-{0,1}[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+){0,1}"
_ZONE: Final = "(Z|[+-][0-9]{2}:[0-9]{2})"
_REAL: Final = "^([+-]{0,1}([0-9]+([.][0-9]*){0,1}|[.][0-9]+)([eE][+-]{0,1}[0-9]+){0,1}|[+-]{0,1}INF|NaN)$"
_FORMS: Final = {
    "float": _REAL,
    "double": _REAL,
    "boolean": "^(true|false|1|0)$",
    "dateTime": _TIME + _ZONE + "{0,1}$",
    "dateTimeStamp": _TIME + _ZONE + "$",
    "hexBinary": "^([0-9a-fA-F]{2})*$",
    "base64Binary": "^[A-Za-z0-9+/= ]*$",
    "anyURI": None,
}
_FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "decimal": tuple(_XSD[name] for name in ("decimal", *_SIGNED, *_BOUNDS)),
    "text": (*(_XSD[name] for name in _TEXTS), _RDF.langString, _RDF.PlainLiteral),
    "dateTime": (_XSD.dateTime, _XSD.dateTimeStamp),
    **{name: (_XSD[name],) for name in ("float", "double", "boolean", "hexBinary", "base64Binary", "anyURI")},
}
"""Families of datatypes whose value spaces are disjoint from one another's."""
_BY_VALUE: Final = ("decimal", "float", "double", "boolean", "dateTime")

SUPPORTED: Final = (
    *dict.fromkeys(d for family in _FAMILIES.values() for d in family),
    _RDF.XMLLiteral,
    terms.RDFS.Literal,
)
"""The IRIs of the datatypes of the profile."""


def is_datatype(node: str) -> bool:
    """Say whether a term in N-Triples syntax is a datatype of the profile or another one of XML Schema.

    Example:
        >>> is_datatype("<http://www.w3.org/2001/XMLSchema#date>"), is_datatype("<urn:Coat>")
        (True, False)
    """
    return node.startswith(f"<{_XSD}") or node[1:-1] in SUPPORTED


def in_space(variable: Variable, datatype: str) -> str | None:
    """Return the SPARQL test that a literal's value lies in a datatype's value space.

    It never errs for a literal.

    Args:
        variable: What is bound to a literal.
        datatype: In N-Triples syntax.

    Returns:
        None where the profile does not know the datatype.

    Example:
        >>> in_space(Variable("y"), "<http://www.w3.org/2001/XMLSchema#boolean>").count("REGEX")
        1
        >>> in_space(Variable("y"), "<urn:centimetres>") is None
        True
    """
    name = datatype[1:-1].removeprefix(_XSD)
    if datatype[1:-1] == terms.RDFS.Literal:
        return f"isLITERAL({variable})"
    if datatype[1:-1] == _RDF.PlainLiteral:
        return _of_family(variable, "text")
    if datatype[1:-1] in (_RDF.langString, _RDF.XMLLiteral):
        return f"DATATYPE({variable}) = {datatype}"
    if name in _TEXTS:
        return _and(f'{_of_family(variable, "text")} && LANG({variable}) = ""', _matches(variable, _TEXTS[name]))
    if name in _BOUNDS:
        low, high = (f'"{bound}"^^<{_XSD.decimal}>' for bound in _BOUNDS[name])
        value = f"<{_XSD.decimal}>(STR({variable}))"
        whole = _matches(variable, "^[+-]{0,1}0*[0-9]{1,20}([.]0*){0,1}$")
        return f"{_of_family(variable, 'decimal')} && {whole} && {value} >= {low} && {value} <= {high}"
    if name in _SIGNED:
        return _and(_of_family(variable, "decimal"), _matches(variable, f"^{_SIGNED[name]}([.]0*){{0,1}}$"))
    if name == "decimal":
        return _and(_of_family(variable, name), _matches(variable, "^[+-]{0,1}([0-9]+([.][0-9]*){0,1}|[.][0-9]+)$"))
    if name in _FORMS:
        family = "dateTime" if name == "dateTimeStamp" else name
        return _and(_of_family(variable, family), _matches(variable, _FORMS[name]))
    return None


def outside(variable: Variable, datatypes: tuple[str, ...]) -> Expression | None:
    """Return the test that a value is a literal outside of a data range; None where the range is not known."""
    tests = [test for datatype in datatypes if (test := in_space(variable, datatype))]
    if not tests:
        return None
    inside = " && ".join(f"( {test} )" for test in tests)
    return Expression(f"isLITERAL({variable}) && ! ( {inside} )", frozenset({variable.name}))


def inside(variable: Variable, datatypes: tuple[str, ...]) -> Expression:
    """Return the test that a value is a literal of a data range; for an unknown datatype, that it is declared so."""
    tests = [in_space(variable, d) or f"DATATYPE({variable}) = {d}" for d in datatypes]
    conjunction = " && ".join(f"( {test} )" for test in tests)
    return Expression(f"isLITERAL({variable}) && {conjunction}", frozenset({variable.name}))


def different_values(first: Variable, second: Variable) -> Expression:
    """Return the test that two values are literals of different values (dt-diff).

    Example:
        >>> sorted(different_values(Variable("y"), Variable("z")).variables)
        ['y', 'z']
    """
    mine, other = _family(first), _family(second)
    text = f"STR({first}) != STR({second}) || LCASE(LANG({first})) != LCASE(LANG({second}))"
    cases = [
        f'{mine} != "" && {other} != "" && {mine} != {other}',
        f'{mine} = {other} && {mine} IN ( "text" , "anyURI" ) && ( {text} )',
        f"{mine} = {other} && {mine} IN ( {' , '.join(map(_quoted, _BY_VALUE))} ) && {first} != {second}",
        f'{mine} = {other} && {mine} = "hexBinary" && UCASE(STR({first})) != UCASE(STR({second}))',
    ]
    tests = " || ".join(f"( {case} )" for case in cases)
    both = f"isLITERAL({first}) && isLITERAL({second})"
    return Expression(f"{both} && ( {tests} )", frozenset({first.name, second.name}))


def same_value(first: Variable, second: Variable | Constant) -> Expression:
    """Return the test that two values are the same literal value (dt-eq), or the same term.

    Args:
        first: A variable.
        second: Another one, or a constant.
    """
    other = second.nt if isinstance(second, Constant) else str(second)
    comparable = (
        f"{_family(first)} = {_family(second)} && {_family(first)} IN ( {' , '.join(map(_quoted, _BY_VALUE))} )"
    )
    names = {first.name, *([second.name] if isinstance(second, Variable) else [])}
    return Expression(f"sameTerm({first} , {other}) || ( {comparable} && {first} = {other} )", frozenset(names))


def has_forms(nt: str) -> bool:
    """Say whether a literal's value can be written in more than one way.

    Example:
        >>> has_forms('"1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'), has_forms('"red"'), has_forms("<urn:a>")
        (True, False, False)
    """
    return any(nt.endswith(f"^^<{datatype}>") for family in _BY_VALUE for datatype in _FAMILIES[family])


def _quoted(text: str) -> str:
    return f'"{text}"'


def _and(first: str, second: str) -> str:
    return f"{first} && {second}" if second else first


def _matches(variable: Variable, pattern: str | None) -> str:
    return f'REGEX(STR({variable}) , "{pattern}")' if pattern else ""


def _of_family(variable: Variable, family: str) -> str:
    listed = " , ".join(f"<{datatype}>" for datatype in _FAMILIES[family])
    return f"DATATYPE({variable}) IN ( {listed} )"


def _family(term: Variable | Constant) -> str:
    """Return the SPARQL expression of a literal's family, "" where it has none; an error for an IRI."""
    value = term.nt if isinstance(term, Constant) else str(term)
    text = '""'
    for family, datatypes in _FAMILIES.items():
        listed = " , ".join(f"<{datatype}>" for datatype in datatypes)
        text = f'IF(DATATYPE({value}) IN ( {listed} ) , "{family}" , {text})'
    return text
