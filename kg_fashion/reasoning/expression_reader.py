"""Expressions of SPARQL-RL: from parse trees to SPARQL text with full IRIs, so that any SPARQL engine can run them.

SPARQL 1.2 RL, Working Draft of August 2026, productions Expression to BuiltInCall.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from lark import Token, Tree

from kg_fashion import terms
from kg_fashion.errors import did_you_mean
from kg_fashion.reasoning.syntax import Constant, Expression, iri
from kg_fashion.reasoning.term_reader import place
from kg_fashion.reasoning.triples import TriplesReader

_ONE = (
    "STR", "LANG", "LANGDIR", "DATATYPE", "IRI", "URI", "ABS", "CEIL", "FLOOR", "ROUND", "STRLEN", "UCASE", "LCASE",
    "ENCODE_FOR_URI", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "ISIRI", "ISURI",
    "ISBLANK", "ISLITERAL", "ISNUMERIC", "HASLANG", "HASLANGDIR", "ISTRIPLE", "SUBJECT", "PREDICATE", "OBJECT",
)  # fmt: skip
_TWO = ("LANGMATCHES", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "STRLANG", "STRDT", "SAMETERM")
_ARGUMENTS: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(_ONE, (1, 1)),
    **dict.fromkeys(_TWO, (2, 2)),
    **dict.fromkeys(("IF", "STRLANGDIR", "TRIPLE"), (3, 3)),
    **dict.fromkeys(("SUBSTR", "REGEX"), (2, 3)),
    **dict.fromkeys(("NOW", "UUID", "STRUUID"), (0, 0)),
    "BNODE": (0, 1),
    "REPLACE": (3, 4),
    "CONCAT": (0, 1 << 16),
}
"""Builtin -> how many arguments it takes, at least and at most."""

_EACH: Final = re.compile(r"\b(?:UUID|STRUUID|BNODE)\(")
_CASTS: Final = frozenset(
    terms.XSD + name for name in ("boolean", "double", "float", "decimal", "integer", "dateTime", "string")
)


class ExpressionReader(TriplesReader):
    """Reads expressions of one document.

    Attributes:
        warnings: What is odd about the document, each with its place.
    """

    warnings: list[str]

    def warn(self, message: str, node: Tree[Token]) -> None:
        """Note that something is odd."""
        self.warnings.append(str(self.error(message, node)))

    def expression(self, node: Tree[Token] | Token) -> Expression:
        """Read an expression."""
        text = " ".join(self._words(node))
        return Expression(text, frozenset(self.uses(node)), self._members(node), each=bool(_EACH.search(text)))

    def uses(self, node: Tree[Token] | Token) -> dict[str, tuple[int | None, int | None]]:
        """Return the variables that something names, each with the line and column of its first place."""
        tokens = [node] if isinstance(node, Token) else node.scan_values(lambda leaf: isinstance(leaf, Token))
        found: dict[str, tuple[int | None, int | None]] = {}
        for token in tokens:
            if token.type == "VAR":
                found.setdefault(self.variable(token).name, place(token))
        return found

    def _words(self, node: Tree[Token] | Token) -> Iterator[str]:
        if isinstance(node, Token):
            yield f"?{self.variable(node).name}" if node.type == "VAR" else str(node)
        elif node.data == "iri":
            yield self.iri(node).nt
        elif str(node.data).endswith("_literal"):
            yield self.literal(node).nt
        elif str(node.data).startswith("signed_") and node.data != "signed_product":
            yield from self._signed(node)
        elif node.data == "rdf_type":
            yield iri(terms.RDF.type).nt
        elif node.data == "expression_triple":
            yield from ["<<(", *self._all(node.children), ")>>"]
        elif node.data == "call":
            yield from self._call(node)
        elif node.data == "function":
            yield from self._function(node)
        else:
            yield from self._all(node.children)

    def _all(self, nodes: Sequence[Tree[Token] | Token]) -> Iterator[str]:
        for node in nodes:
            yield from self._words(node)

    def _signed(self, node: Tree[Token]) -> Iterator[str]:
        """Write a number whose sign is the operator before it: `?x -5`."""
        token = cast(Token, node.children[0])
        kind = str(node.data).removeprefix("signed_") + "_literal"
        yield token[0]
        yield self.literal(Tree(kind, [Token("INTEGER", token[1:])])).nt

    def _call(self, node: Tree[Token]) -> Iterator[str]:
        name, _, *arguments = node.children
        builtin = str(name).upper()
        if builtin not in _ARGUMENTS:
            raise self.error(f"no builtin {name}{did_you_mean(builtin, _ARGUMENTS)}", cast(Token, name))
        count = _count(arguments)
        least, most = _ARGUMENTS[builtin]
        if not least <= count <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise self.error(f"{name} takes {wanted} arguments, not {count}", cast(Token, name))
        yield f"{builtin}("  # in one word: pyoxigraph refuses a space in "CONCAT ("
        yield from self._all(arguments)

    def _function(self, node: Tree[Token]) -> Iterator[str]:
        """Write a cast; any other function is one that nobody knows, which is an error of evaluation, not of syntax."""
        name, _, *arguments = node.children
        function = self.iri(cast(Tree[Token], name))
        words = list(self._all(arguments))
        if function.nt[1:-1] in _CASTS and _count(arguments) == 1:
            yield from [f"{function.nt}(", *words]
            return
        self.warn(f"no function {function} of {_count(arguments)} arguments, so it gives an error; known are the"
                  " casts of XML Schema", node)  # fmt: skip
        yield f"STRLEN( {function.nt} )"

    def _members(self, node: Tree[Token] | Token) -> tuple[tuple[str, tuple[Constant, ...], bool], ...] | None:
        """Recognise tests of a variable against IRIs, which need no evaluation of expressions."""
        if isinstance(node, Token):
            return None
        if node.data == "conjunction":
            parts = [self._members(child) for child in node.children if not _is_token(child, "AND")]
            return None if None in parts else tuple(test for part in parts for test in part or ())
        if node.data in ("primary", "constraint"):
            return self._members(node.children[1])
        if node.data != "relation" or not _is_token(node.children[0], "VAR"):
            return None
        variable, operator, right = node.children
        compared = _is_token(operator, "COMPARE")
        if compared and str(operator) not in ("=", "!="):
            return None
        inside: Sequence[Any] = [right] if compared else cast(Any, right).children
        constants = [child for child in inside if not isinstance(child, Token)]
        if any(child.data != "iri" for child in constants) or any(_is_token(child, "VAR") for child in inside):
            return None
        positive = str(operator) == "=" or _is_token(operator, "IN")
        return ((self.variable(cast(Token, variable)).name, tuple(self.iri(child) for child in constants), positive),)


def _count(arguments: Sequence[Tree[Token] | Token]) -> int:
    return sum(not (isinstance(a, Token) and a.type in ("COMMA", "RPAR")) for a in arguments)


def _is_token(node: Tree[Token] | Token, kind: str) -> bool:
    return isinstance(node, Token) and node.type == kind
