"""Terms of SPARQL-RL: IRIs, prefixed names, literals and variables, from tokens to N-Triples syntax.

The lowest part of the parser: it knows the prologue and the place of every token. SPARQL 1.2 RL, Working Draft of
August 2026, escape sequences and IRI references; the grammar is laxer about characters beyond ASCII than the draft, and
what it lets through is refused here.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import pyoxigraph as ox
from lark import Token, Tree

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.reasoning.syntax import Constant, Variable, iri

_ESCAPES: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_NUMERIC: Final[Mapping[str, str]] = {
    "integer_literal": terms.XSD.integer, "decimal_literal": terms.XSD.decimal,
    "double_literal": terms.XSD.double, "boolean_literal": terms.XSD.boolean,
}  # fmt: skip
_OUTSIDE_NAMES: Final = (
    (0x80, 0xB6), (0xB8, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x37E, 0x37E), (0x2000, 0x200B), (0x200E, 0x203E),
    (0x2041, 0x206F), (0x2190, 0x2BFF), (0x2FF0, 0x3000), (0xD800, 0xF8FF), (0xFDD0, 0xFDEF), (0xFFFE, 0xFFFF),
    (0xF0000, 0x10FFFF),
)  # fmt: skip
"""The code points beyond ASCII that no name may hold (the complement of PN_CHARS)."""
_NOT_IN_VARIABLES: Final = re.compile(r"[\u00b7\u0300-\u036f\u203f\u2040]")
_NOT_IN_IRIS: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')


class TermReader:
    """Reads terms of one document.

    Args:
        path: The file, for messages.
        base: The IRI against which relative ones are resolved.
    """

    def __init__(self, path: Path | None, base: str) -> None:
        self.path = path
        self.base = base
        self.prefixes: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._taken: set[str] = set()

    def error(self, message: str, node: Tree[Token] | Token) -> RuleError:
        """Return an error at the place of a node."""
        line, column = place(node)
        return RuleError(message, path=self.path, line=line, column=column)

    def forget_variables(self) -> None:
        """Begin a rule: its variables have nothing to do with those of the rule before."""
        self._variables, self._taken = {}, set()

    def variable(self, token: Token) -> Variable:
        """Return a variable; names that SQL cannot tell apart (case, other alphabets) get a number."""
        name = str(token)[1:]
        if name not in self._variables:
            self._check_name(token, name)
            safe = name if name.isascii() else "u" + "".join(f"{ord(letter):x}" for letter in name)
            if safe.startswith(("_", "n_", "h_")) or re.search(r"_(?:not|set|agg)\d+$", safe):
                safe = f"v{safe}v"  # names that the parser makes look so
            while safe.casefold() in self._taken:
                safe += "_2"
            self._taken.add(safe.casefold())
            self._variables[name] = safe
        return Variable(self._variables[name])

    def iri(self, node: Tree[Token]) -> Constant:
        """Read an IRI or a prefixed name."""
        token = cast(Token, node.children[0])
        if token.type == "IRIREF":
            return iri(self.resolved(token))
        prefix, _, local = str(token).partition(":")
        if prefix not in self.prefixes:
            hint = did_you_mean(prefix, self.prefixes) or f"; add PREFIX {prefix}: <...>"
            raise self.error(f"unknown prefix {prefix}:{hint}", token)
        self._check_name(token, local)
        return iri(self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local))

    def resolved(self, token: Token) -> str:
        """Read an IRI in brackets, resolved against the base (RFC 3986)."""
        value = self._unescaped(str(token)[1:-1], token)
        if _NOT_IN_IRIS.search(value):
            raise self.error(f"an IRI cannot hold {_NOT_IN_IRIS.search(value)[0]!r}", token)  # type: ignore[index]
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value) or not self.base:
            return value
        try:
            return _resolve(value, self.base)
        except SyntaxError as error:
            raise self.error(f"<{value}> is no IRI relative to <{self.base}>", token) from error

    def literal(self, node: Tree[Token]) -> Constant:
        """Read a literal."""
        first = cast(Token, node.children[0])
        if node.data in _NUMERIC:
            text = str(first).lower() if node.data == "boolean_literal" else str(first)
            return Constant(f'"{text}"^^<{_NUMERIC[str(node.data)]}>')
        quotes = 3 if first.type.startswith("LONG") else 1
        value = str(ox.Literal(self._unescaped(str(first)[quotes:-quotes], first)))
        if node.data == "lang_literal":
            return Constant(value + self._language(cast(Token, node.children[1])))
        if node.data == "typed_literal":
            return self._typed(value, cast(Tree[Token], node.children[1]))
        return Constant(value)

    def _language(self, token: Token) -> str:
        tag, separator, direction = str(token).partition("--")
        if separator and direction not in ("ltr", "rtl"):
            raise self.error(f"a base direction is ltr or rtl, not {direction}", token)
        return tag.lower() + separator + direction

    def _typed(self, value: str, node: Tree[Token]) -> Constant:
        datatype = self.iri(node).nt
        if datatype in (f"<{terms.RDF.langString}>", f"<{terms.RDF.dirLangString}>"):
            name = terms.shorten(datatype[1:-1])
            raise self.error(f"a literal of type {name} is written with its language tag", node)
        return Constant(value if datatype == f"<{terms.XSD.string}>" else f"{value}^^{datatype}")

    def _unescaped(self, text: str, token: Token) -> str:
        def letter(found: re.Match[str]) -> str:
            code = found[1]
            if code[0] not in "uU":
                return _ESCAPES.get(code, code)
            number = int(code[1:], 16)
            if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
                raise self.error(f"\\{code} is no character of Unicode", token)
            return chr(number)

        return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", letter, text) if "\\" in text else text

    def _check_name(self, token: Token, name: str) -> None:
        """Refuse characters beyond ASCII that a name cannot hold; the grammar lets all of them through."""
        if str(token).isascii():
            return
        wrong = next((letter for letter in str(token) if _is_outside(letter)), None)
        started = _NOT_IN_VARIABLES.match(name)
        if wrong or started:
            raise self.error(f"a name cannot {'hold' if wrong else 'begin with'} {wrong or name[0]!r}", token)


def place(node: Tree[Token] | Token) -> tuple[int | None, int | None]:
    """Return the line and column at which a node begins: its own where it knows them, or its first token's."""
    first: Any = node if isinstance(node, Token) else node.meta
    if isinstance(node, Tree) and node.meta.empty:
        first = next((leaf for leaf in _leaves(node)), None)
    return getattr(first, "line", None), getattr(first, "column", None)


def _leaves(node: Tree[Token]) -> Iterator[Token]:
    for child in node.children:
        if isinstance(child, Token):
            yield child
        else:
            yield from _leaves(child)


def own_name(path: Path | None, number: int) -> str:
    """Return the IRI of a rule that has none: its file and its number in it.

    Example:
        >>> own_name(Path("my rules.srl"), 2).removeprefix(terms.RULE)
        'my%20rules-2'
    """
    return f"{terms.RULE}{quote(path.stem, safe='-._~') if path else 'rule'}-{number}"


def _is_outside(letter: str) -> bool:
    code = ord(letter)
    return any(first <= code <= last for first, last in _OUTSIDE_NAMES)


@lru_cache(maxsize=1024)
def _resolve(value: str, base: str) -> str:
    quads = ox.parse(f"<{value}> <urn:p> <urn:o> .", format=ox.RdfFormat.TURTLE, base_iri=base)
    return cast(ox.NamedNode, next(iter(quads)).subject).value
