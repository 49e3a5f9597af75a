"""SPARQL-RL text to rules.

The grammar stands in `grammar.lark`. Draft: W3C SPARQL 1.2 RL, August 2026; annotations and blank nodes in heads are
not read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.reasoning.syntax import Assignment, Constant, Expression, Negation, Pattern, Rule, Term, Variable, iri

VERSION = "1.2"
BUILTINS = frozenset((
    "STR", "LANG", "LANGMATCHES", "LANGDIR", "DATATYPE", "IRI", "URI", "ABS", "CEIL", "FLOOR", "ROUND", "CONCAT",
    "SUBSTR", "STRLEN", "REPLACE", "UCASE", "LCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRENDS",
    "STRBEFORE", "STRAFTER", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "IF",
    "STRLANG", "STRLANGDIR", "STRDT", "SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "HASLANG",
    "HASLANGDIR", "REGEX", "ISTRIPLE", "TRIPLE", "SUBJECT", "PREDICATE", "OBJECT",
))  # fmt: skip
_NAMES = {
    "VAR": "a variable", "IRIREF": "an IRI", "PNAME_LN": "a prefixed name", "PNAME_NS": "a prefix", "LBRACE": "'{'",
    "RBRACE": "'}'", "DOT": "'.'", "SEMICOLON": "';'", "LPAR": "'('", "RPAR": "')'", "A": "'a'", "STRING": "a string",
    "_WHERE": "WHERE", "_RULE": "RULE", "_DATA": "DATA", "_PREFIX": "PREFIX", "_FILTER": "FILTER", "_NOT": "NOT",
    "_SET": "SET", "$END": "the end of the file",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """What one file says: its rules, its data, what it imports."""

    rules: tuple[Rule, ...]
    data: tuple[Pattern, ...]
    imports: tuple[str, ...]


def parse(text: str, *, path: Path | None = None) -> Document:
    """Parse a SPARQL-RL document.

    Raises:
        RuleError: a syntax error, an unknown prefix or builtin, or a VERSION that is not 1.2; with line and column.

    Example:
        >>> text = "PREFIX : <urn:> RULE :r { ?x :p ?y } WHERE { ?x :q/:s ?y . NOT { ?x :t ?z } }"
        >>> [str(pattern) for pattern in parse(text).rules[0].patterns]
        ['?x <urn:q> ?_1', '?_1 <urn:s> ?y']
    """
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, path) from error
    return _Reader(path).document(tree)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _syntax_error(error: UnexpectedInput, text: str, path: Path | None) -> RuleError:
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return RuleError("syntax error: the file ends within a rule", path=path, line=text.count("\n") + 1)
    if isinstance(error, UnexpectedCharacters):
        message = f"syntax error at {text[(at := error.pos_in_stream or 0) : at + 20].splitlines()[0]!r}"
    elif isinstance(error, UnexpectedToken):
        wanted = sorted({_NAMES[name] for name in error.expected if name in _NAMES})
        message = f"syntax error at {str(error.token)!r}" + (f"; expected {', '.join(wanted[:6])}" if wanted else "")
    else:
        message = "syntax error"
    return RuleError(message, path=path, line=error.line, column=error.column)


class _Reader:
    """Walks the parse tree of one document."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._fresh = 0

    def document(self, tree: Tree[Token]) -> Document:
        rules: list[Rule] = []
        data: list[Pattern] = []
        imports: list[str] = []
        for node in cast(list[Tree[Token]], tree.children):
            if node.data == "base":
                self._base = str(node.children[0])[1:-1]
            elif node.data == "prefix":
                self._prefixes[str(node.children[0])[:-1]] = str(node.children[1])[1:-1]
            elif node.data == "version":
                self._version(node)
            elif node.data == "imports":
                imports.append(self._iri(cast(Tree[Token], node.children[0])).nt[1:-1])
            elif node.data == "data":
                data += self._ground(node)
            else:
                rules.append(self._rule(node, len(rules) + 1))
        return Document(tuple(rules), tuple(data), tuple(imports))

    def _error(self, message: str, node: Tree[Token] | Token) -> RuleError:
        meta: Any = node if isinstance(node, Token) else node.meta
        return RuleError(
            message, path=self._path, line=getattr(meta, "line", None), column=getattr(meta, "column", None)
        )

    def _version(self, node: Tree[Token]) -> None:
        stated = str(node.children[0])[1:-1]
        if stated != VERSION:
            raise self._error(f"VERSION {stated!r} is not read; this engine reads {VERSION!r}", node)

    def _ground(self, node: Tree[Token]) -> list[Pattern]:
        patterns = self._head(cast(Tree[Token], node.children[0]))
        for pattern in patterns:
            if pattern.variables:
                raise self._error(f"DATA must not hold a variable: {pattern}", node)
        return patterns

    def _rule(self, node: Tree[Token], number: int) -> Rule:
        parts = {str(child.data): child for child in node.children if isinstance(child, Tree)}
        self._fresh = 0
        name = self._iri(parts["iri"]).nt[1:-1] if "iri" in parts else f"{terms.RULE}{self._stem()}-{number}"
        patterns: list[Pattern] = []
        filters: list[Expression] = []
        negations: list[Negation] = []
        assignments: list[Assignment] = []
        for element in cast(list[Tree[Token]], parts["body"].children):
            if element.data == "triples_same":
                patterns += self._triples(element)
            elif element.data == "filter":
                filters.append(self._expression(element.children[0]))
            elif element.data == "negation":
                negations.append(self._negation(element))
            else:
                assignments.append(Assignment(str(element.children[0])[1:], self._expression(element.children[1])))
        return Rule(
            iri=name, head=tuple(self._head(parts["head"])), patterns=tuple(patterns), filters=tuple(filters),
            negations=tuple(negations), assignments=tuple(assignments), data="where_data" in parts,
            path=self._path, line=node.meta.line,
        )  # fmt: skip

    def _stem(self) -> str:
        return self._path.stem if self._path else "rule"

    def _negation(self, node: Tree[Token]) -> Negation:
        patterns: list[Pattern] = []
        filters: list[Expression] = []
        data = False
        for child in cast(list[Tree[Token]], node.children):
            if child.data == "not_data":
                data = True
            elif child.data == "filter":
                filters.append(self._expression(child.children[0]))
            else:
                patterns += self._triples(child)
        if not patterns:
            raise self._error("NOT needs a triple pattern; a test alone is a FILTER ( ! ... )", node)
        return Negation(tuple(patterns), tuple(filters), data)

    def _head(self, node: Tree[Token]) -> list[Pattern]:
        return [p for block in node.children for same in cast(Tree[Token], block).children for p in self._triples(same)]

    def _triples(self, node: Tree[Token] | Token) -> list[Pattern]:
        subject_node, properties = cast(Tree[Token], node).children
        subject = self._term(cast(Tree[Token], subject_node))
        found: list[Pattern] = []
        for verb_objects in cast(Tree[Token], properties).children:
            verb, objects = cast(list[Tree[Token]], cast(Tree[Token], verb_objects).children)
            for obj in objects.children:
                found += self._path_patterns(subject, verb, self._term(cast(Tree[Token], obj)))
        return found

    def _path_patterns(self, subject: Term, verb: Tree[Token], obj: Term) -> Iterator[Pattern]:
        """Unfold a path of `/` and `^` into patterns with fresh variables."""
        if verb.data == "variable":
            yield Pattern(subject, self._term(verb), obj)
            return
        steps = list(self._steps(verb, inverse=False))
        here = subject
        for position, (predicate, inverse) in enumerate(steps):
            there = obj if position == len(steps) - 1 else self._fresh_variable()
            yield Pattern(there, predicate, here) if inverse else Pattern(here, predicate, there)
            here = there

    def _steps(self, path: Tree[Token], *, inverse: bool) -> Iterator[tuple[Term, bool]]:
        children = cast(list[Tree[Token]], path.children)
        for step in reversed(children) if inverse else children:
            *marks, primary = cast(list[Tree[Token]], step.children)
            turned = inverse != bool(marks)
            if primary.data == "path":
                yield from self._steps(primary, inverse=turned)
            elif primary.data == "rdf_type":
                yield iri(terms.RDF.type), turned
            else:
                yield self._iri(primary), turned

    def _fresh_variable(self) -> Variable:
        self._fresh += 1
        return Variable(f"_{self._fresh}")

    def _term(self, node: Tree[Token]) -> Term:
        if node.data == "variable":
            return Variable(str(node.children[0])[1:])
        return self._iri(node) if node.data == "iri" else self._literal(node)

    def _iri(self, node: Tree[Token]) -> Constant:
        token = cast(Token, node.children[0])
        if token.type == "IRIREF":
            value = str(token)[1:-1]
            return iri(value if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value) else self._base + value)
        prefix, _, local = str(token).partition(":")
        if prefix not in self._prefixes:
            hint = did_you_mean(prefix, self._prefixes) or f"; add PREFIX {prefix}: <...>"
            raise self._error(f"unknown prefix {prefix}:{hint}", token)
        return iri(self._prefixes[prefix] + local)

    def _literal(self, node: Tree[Token]) -> Constant:
        if node.data == "literal":
            return self._literal(cast(Tree[Token], node.children[0]))
        text = str(node.children[0])
        numeric: Mapping[str, str] = {
            "integer_literal": terms.XSD.integer, "decimal_literal": terms.XSD.decimal,
            "double_literal": terms.XSD.double, "boolean_literal": terms.XSD.boolean,
        }  # fmt: skip
        if node.data in numeric:
            return Constant(str(ox.Literal(text, datatype=ox.NamedNode(numeric[str(node.data)]))))
        value = _unquote(text)
        if node.data == "lang_literal":
            return Constant(str(ox.Literal(value, language=str(node.children[1])[1:])))
        if node.data == "typed_literal":
            datatype = self._iri(cast(Tree[Token], node.children[1])).nt[1:-1]
            return Constant(str(ox.Literal(value, datatype=ox.NamedNode(datatype))))
        return Constant(str(ox.Literal(value)))

    def _expression(self, node: Tree[Token] | Token) -> Expression:
        words: list[str] = []
        variables: set[str] = set()
        for leaf in self._leaves(node):
            words.append(leaf)
            if leaf[0] in "?$":
                variables.add(leaf[1:])
        return Expression(" ".join(words), frozenset(variables), self._members(node))

    def _leaves(self, node: Tree[Token] | Token) -> Iterator[str]:
        if isinstance(node, Token):
            yield str(node)
        elif node.data == "iri":
            yield self._iri(node).nt
        elif str(node.data).endswith("_literal"):
            yield self._literal(node).nt
        elif node.data == "call":
            name, _, *arguments = node.children
            if str(name).upper() not in BUILTINS:
                raise self._error(f"no builtin {name}{did_you_mean(str(name).upper(), BUILTINS)}", name)
            yield f"{name}("  # in one word: pyoxigraph refuses a space in "CONCAT ("
            for child in arguments:
                yield from self._leaves(child)
        else:
            for child in node.children:
                yield from self._leaves(child)

    def _members(self, node: Tree[Token] | Token) -> tuple[tuple[str, tuple[Constant, ...], bool], ...] | None:
        """Recognise tests of a variable against IRIs, which need no evaluation of expressions."""
        if isinstance(node, Token):
            return None
        if node.data == "conjunction":
            parts = [self._members(child) for child in node.children if not _is_token(child, "AND")]
            return None if None in parts else tuple(test for part in parts for test in part or ())
        if node.data == "primary":
            return self._members(node.children[1])
        if node.data != "relation" or not _is_token(node.children[0], "VAR"):
            return None
        variable, operator, right = node.children
        if str(operator) not in ("=", "!=") and cast(Token, operator).type == "COMPARE":
            return None
        inside = [right] if cast(Token, operator).type == "COMPARE" else cast(Tree[Token], right).children
        constants = [child for child in inside if not isinstance(child, Token)]
        if any(child.data != "iri" for child in constants) or any(_is_token(child, "VAR") for child in inside):
            return None
        positive = str(operator) == "=" or cast(Token, operator).type == "IN"
        return ((str(variable)[1:], tuple(self._iri(child) for child in constants), positive),)


def _is_token(node: Tree[Token] | Token, kind: str) -> bool:
    return isinstance(node, Token) and node.type == kind


def _unquote(text: str) -> str:
    quotes = 3 if text.startswith('"""') else 1
    escapes = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
    return re.sub(r"\\(.)", lambda match: escapes.get(match[1], match[0]), text[quotes:-quotes])
