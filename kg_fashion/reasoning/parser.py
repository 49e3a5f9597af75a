"""SPARQL-RL text to rules.

The grammar stands in `grammar.lark`; this module reads its trees. Draft: W3C SPARQL 1.2 RL, August 2026. RDF 1.2
annotations, reified triples, collections and blank nodes are written out as triple patterns (`triples.py`), paths as
chains of patterns; what is left are patterns, tests, negations and assignments. The older spelling of SET,
`BIND(expr AS ?v)`, is read with a warning.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.reasoning.syntax import (
    Assignment,
    Constant,
    Expression,
    Negation,
    Pattern,
    Rule,
    Variable,
    iri,
    same_term,
)
from kg_fashion.reasoning.triples import TriplesReader

VERSION = "1.2"
_ARGUMENTS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(
        [
            "STR",
            "LANG",
            "LANGDIR",
            "DATATYPE",
            "IRI",
            "URI",
            "ABS",
            "CEIL",
            "FLOOR",
            "ROUND",
            "STRLEN",
            "UCASE",
            "LCASE",
            "ENCODE_FOR_URI",
            "YEAR",
            "MONTH",
            "DAY",
            "HOURS",
            "MINUTES",
            "SECONDS",
            "TIMEZONE",
            "TZ",
            "ISIRI",
            "ISURI",
            "ISBLANK",
            "ISLITERAL",
            "ISNUMERIC",
            "HASLANG",
            "HASLANGDIR",
            "ISTRIPLE",
            "SUBJECT",
            "PREDICATE",
            "OBJECT",
        ],
        (1, 1),
    ),
    **dict.fromkeys(
        ["LANGMATCHES", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "STRLANG", "STRDT", "SAMETERM"],
        (2, 2),
    ),
    **dict.fromkeys(["IF", "STRLANGDIR", "TRIPLE"], (3, 3)),
    **dict.fromkeys(["SUBSTR", "REGEX"], (2, 3)),
    **dict.fromkeys(["NOW", "UUID", "STRUUID"], (0, 0)),
    "BNODE": (0, 1),
    "REPLACE": (3, 4),
    "CONCAT": (0, 1 << 16),
}
"""Builtin -> how many arguments it takes, at least and at most."""

_EACH = re.compile(r"\b(?:UUID|STRUUID|BNODE)\(", re.IGNORECASE)
_CASTS = frozenset(
    terms.XSD + name for name in ("boolean", "double", "float", "decimal", "integer", "dateTime", "string")
)
_NAMES = {
    "VAR": "a variable", "IRIREF": "an IRI", "PNAME_LN": "a prefixed name", "PNAME_NS": "a prefix", "LBRACE": "'{'",
    "RBRACE": "'}'", "DOT": "'.'", "SEMICOLON": "';'", "LPAR": "'('", "RPAR": "')'", "A": "'a'", "STRING2": "a string",
    "_WHERE": "WHERE", "_RULE": "RULE", "_DATA": "DATA", "_PREFIX": "PREFIX", "_FILTER": "FILTER", "_NOT": "NOT",
    "_SET": "SET", "$END": "the end of the file",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """What one file says.

    Attributes:
        rules: Its rules.
        data: Its ground triples; blank nodes are constants that no other file has.
        imports: What it imports.
        warnings: What is odd about it, each with its place.
    """

    rules: tuple[Rule, ...]
    data: tuple[Pattern, ...]
    imports: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def parse(text: str, *, path: Path | None = None, base: str = "") -> Document:
    """Parse a SPARQL-RL document; whether its rules are well formed is checked elsewhere (`Rule.problems`).

    Args:
        text: The document.
        path: Its file, for messages.
        base: The IRI against which relative ones are resolved, until a BASE says another.

    Raises:
        RuleError: a syntax error, an unknown prefix or builtin; with line and column.

    Example:
        >>> text = "PREFIX : <urn:> RULE :r { ?x :p ?y } WHERE { ?x :q/:s ?y . NOT { ?x :t ?z } }"
        >>> [str(pattern) for pattern in parse(text).rules[0].patterns]
        ['?x <urn:q> ?_1', '?_1 <urn:s> ?y']
    """
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, path) from error
    return _Reader(path, base).document(tree)


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


class _Reader(TriplesReader):
    """Walks the parse tree of one document."""

    def __init__(self, path: Path | None, base: str) -> None:
        super().__init__(path, base)
        self._warnings: list[str] = []

    def document(self, tree: Tree[Token]) -> Document:
        rules: list[Rule] = []
        data: list[Pattern] = []
        imports: list[str] = []
        for node in cast(list[Tree[Token]], tree.children):
            if node.data == "base":
                self.base = self.resolved(cast(Token, node.children[0]))
            elif node.data == "prefix":
                self.prefixes[str(node.children[0])[:-1]] = self.resolved(cast(Token, node.children[1]))
            elif node.data == "version":
                self._version(node)
            elif node.data == "imports":
                imports.append(self.iri(cast(Tree[Token], node.children[0])).nt[1:-1])
            elif node.data == "data":
                data += self.ground(cast(Tree[Token], node.children[0]))
            else:
                rules.append(self._rule(node, len(rules) + 1))
        return Document(tuple(rules), tuple(data), tuple(imports), tuple(self._warnings))

    def _warn(self, message: str, node: Tree[Token]) -> None:
        self._warnings.append(str(self.error(message, node)))

    def _version(self, node: Tree[Token]) -> None:
        stated = str(node.children[0])[1:-1]
        if stated != VERSION:
            self._warn(f"VERSION {stated!r}: read as {VERSION!r}, the draft of August 2026", node)

    def _rule(self, node: Tree[Token], number: int) -> Rule:
        parts = {str(child.data): child for child in node.children if isinstance(child, Tree)}
        stem = self.path.stem if self.path else "rule"
        name = self.iri(parts["iri"]).nt[1:-1] if "iri" in parts else f"{terms.RULE}{stem}-{number}"
        self.start_rule()
        body = _Body()
        for element in cast(list[Tree[Token]], parts["body"].children):
            if element.data == "triples_block":
                self._body_triples(body, element)
            elif element.data == "filter":
                body.filter(self._expression(element.children[0]))
            elif element.data == "negation":
                body.negate(*self._negation(element))
            else:
                body.assign(*self._assignment(element))
        return self._finished(node, name, parts, body)

    def _body_triples(self, body: "_Body", block: Tree[Token]) -> None:
        found = self.body_triples(block)
        body.match(found.patterns)
        for expression in found.tests:
            body.filters.append(expression)
        for variable, expression in found.extracted:
            body.extract(variable, expression)

    def _assignment(self, node: Tree[Token]) -> tuple[str, Expression]:
        inner = [child for child in node.children if not (isinstance(child, Token) and child.type in ("LPAR", "RPAR"))]
        if node.data == "binding":
            self._warn("BIND( ... AS ?v ) is the older spelling; write SET ( ?v := ... )", node)
            inner.reverse()
        return self.variable(cast(Token, inner[0])).name, self._expression(inner[1])

    def _finished(self, node: Tree[Token], name: str, parts: Mapping[str, Tree[Token]], body: "_Body") -> Rule:
        body.settle()
        head, built, minted = self.head_triples(parts["head"])
        assignments = [*body.assignments, *(Assignment(variable, None) for variable in minted)]
        assignments += [Assignment(variable, expression, creates=False) for variable, expression in built]
        known = body.bound | set(minted) | {variable for variable, _ in built}
        problems = list(body.problems)
        for template in head:
            for variable in sorted(template.variables - known):
                problems.append(f"?{variable} is used in the head but no pattern of the body binds it")
            if isinstance(template.subject, Constant) and not _is_node(template.subject.nt):
                problems.append(f"a literal cannot be a subject: {template}")
        for _, expression in built:
            for variable in sorted(expression.variables - known):
                problems.append(f"?{variable} is used in the head but no pattern of the body binds it")
        return Rule(
            iri=name, head=tuple(head), patterns=tuple(body.patterns), filters=tuple(body.filters),
            negations=tuple(body.negations), assignments=tuple(assignments), data="where_data" in parts,
            solution=tuple(sorted(v for v in body.bound if not v.startswith("_"))),
            composed=tuple(self.composed.items()),
            problems=tuple(problems), path=self.path, line=node.meta.line,
        )  # fmt: skip

    def _negation(self, node: Tree[Token]) -> tuple[Negation, list[frozenset[str]]]:
        """Read a NOT, and for each of its tests the variables that its patterns before it bind."""
        bound: list[frozenset[str]] = []
        patterns: list[Pattern] = []
        filters: list[Expression] = []
        data = False
        for child in cast(list[Tree[Token]], node.children):
            if child.data == "not_data":
                data = True
            elif child.data == "filter":
                filters.append(self._expression(child.children[0]))
                bound.append(frozenset(name for pattern in patterns for name in pattern.variables))
            else:
                found = self.body_triples(child)
                patterns += found.patterns
                filters += found.tests
                for variable, expression in found.extracted:
                    text = f"sameTerm(?{variable} , {expression.text})"
                    filters.append(Expression(text, expression.variables | {variable}))
            bound += [_ALL] * (len(filters) - len(bound))
        return Negation(tuple(patterns), tuple(filters), data), bound

    def _expression(self, node: Tree[Token] | Token) -> Expression:
        words: list[str] = []
        variables: set[str] = set()
        for leaf in self._leaves(node):
            words.append(leaf)
            if leaf[0] == "?":
                variables.add(leaf[1:])
        text = " ".join(words)
        return Expression(text, frozenset(variables), self._members(node), each=bool(_EACH.search(text)))

    def _leaves(self, node: Tree[Token] | Token) -> Iterator[str]:
        if isinstance(node, Token):
            yield f"?{self.variable(node).name}" if node.type == "VAR" else str(node)
        elif node.data == "iri":
            yield self.iri(node).nt
        elif str(node.data).endswith("_literal"):
            yield self.literal(node).nt
        elif node.data == "variable":
            yield f"?{self.variable(cast(Token, node.children[0])).name}"
        elif node.data == "blank":
            raise self.error("an expression cannot hold a blank node", node)
        elif node.data == "rdf_type":
            yield iri(terms.RDF.type).nt
        elif node.data in ("expression_triple", "triple_term"):
            yield "<<("
            for child in node.children:
                yield from self._leaves(child)
            yield ")>>"
        elif node.data == "call":
            yield from self._call(node)
        elif node.data == "function":
            name = self.iri(cast(Tree[Token], node.children[0]))
            if name.nt[1:-1] in _CASTS:
                yield f"{name.nt}("
            else:
                self._warn(f"no function {name}: it gives an error; only the casts of XML Schema are known", node)
                yield "STRDT("
                yield f"STRLEN( {name.nt} ) ,"
            for child in node.children[2:]:
                yield from self._leaves(child)
        else:
            for child in node.children:
                yield from self._leaves(child)

    def _call(self, node: Tree[Token]) -> Iterator[str]:
        name, _, *arguments = node.children
        builtin = str(name).upper()
        if builtin not in _ARGUMENTS:
            raise self.error(f"no builtin {name}{did_you_mean(builtin, _ARGUMENTS)}", cast(Token, name))
        count = sum(not (isinstance(a, Token) and a.type in ("COMMA", "RPAR")) for a in arguments)
        least, most = _ARGUMENTS[builtin]
        if not least <= count <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise self.error(f"{name} takes {wanted} arguments, not {count}", cast(Token, name))
        yield f"{name}("  # in one word: pyoxigraph refuses a space in "CONCAT ("
        for child in arguments:
            yield from self._leaves(child)

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
        if str(operator) not in ("=", "!=") and cast(Token, operator).type == "COMPARE":
            return None
        inside: Sequence[Any] = [right] if cast(Token, operator).type == "COMPARE" else cast(Any, right).children
        constants = [child for child in inside if not isinstance(child, Token)]
        if any(child.data != "iri" for child in constants) or any(_is_token(child, "VAR") for child in inside):
            return None
        positive = str(operator) == "=" or cast(Token, operator).type == "IN"
        return ((self.variable(cast(Token, variable)).name, tuple(self.iri(child) for child in constants), positive),)


_ALL: Final = frozenset({"*"})
"""Stands for all variables of a NOT: its own tests of triple terms hold wherever they are written."""


class _Body:
    """The elements of a body as they are read; order matters for what is bound, not for the join."""

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self.filters: list[Expression] = []
        self.negations: list[Negation] = []
        self.assignments: list[Assignment] = []
        self.bound: set[str] = set()
        self.problems: list[str] = []
        self._known_at: list[frozenset[str]] = []
        self._fresh = 0

    def match(self, patterns: Sequence[Pattern]) -> None:
        self.patterns += patterns
        self.bound |= {name for pattern in patterns for name in pattern.variables}

    def filter(self, expression: Expression) -> None:
        self._need(expression.variables, "FILTER")
        self.filters.append(expression)

    def assign(self, variable: str, expression: Expression) -> None:
        self._need(expression.variables, "SET")
        if variable in self.bound:
            self.problems.append(f"SET binds ?{variable} a second time")
        self.assignments.append(Assignment(variable, expression))
        self.bound.add(variable)

    def extract(self, variable: str, expression: Expression) -> None:
        """Bind a variable to a part of a triple term, where that is all that binds it."""
        self.assignments.append(Assignment(variable, expression, creates=False))
        self.bound.add(variable)

    def negate(self, negation: Negation, before: Sequence[frozenset[str]]) -> None:
        own = {name for pattern in negation.patterns for name in pattern.variables}
        kept = []
        for expression, known in zip(negation.filters, before, strict=True):
            extracted = expression.text.startswith("sameTerm(?") and bool(expression.variables - own - self.bound)
            if extracted:
                continue  # a local variable that nothing else in the NOT names
            self._need(expression.variables - (own if known is _ALL else known), "FILTER in NOT")
            kept.append(expression)
        self.negations.append(Negation(negation.patterns, tuple(kept), negation.data))
        self._known_at.append(frozenset(self.bound))

    def _need(self, variables: frozenset[str] | set[str], where: str) -> None:
        for name in sorted(variables - self.bound):
            self.problems.append(f"?{name} is used in {where} but no pattern of the body binds it before")

    def settle(self) -> None:
        """Give negations names of their own for what is bound later, and equate what is bound twice."""
        for number, (negation, known) in enumerate(zip(self.negations, self._known_at, strict=True)):
            later = {name: f"{name}_not{number}" for name in (self.bound - known) & negation.variables}
            if later:
                patterns = tuple(_renamed(pattern, later) for pattern in negation.patterns)
                filters = tuple(expression.renamed(later) for expression in negation.filters)
                self.negations[number] = Negation(patterns, filters, negation.data)
        matched = {name for pattern in self.patterns for name in pattern.variables}
        taken: set[str] = set()
        for number, assignment in enumerate(self.assignments):
            if assignment.variable in matched | taken:
                self._fresh += 1
                own = f"{assignment.variable}_set{self._fresh}"
                self.assignments[number] = Assignment(own, assignment.expression, assignment.creates)
                self.filters.append(same_term(assignment.variable, own))
            taken.add(assignment.variable)


def _renamed(pattern: Pattern, names: Mapping[str, str]) -> Pattern:
    subject, predicate, obj = (
        Variable(names.get(term.name, term.name)) if isinstance(term, Variable) else term for term in pattern
    )
    return Pattern(subject, predicate, obj)


def _is_node(nt: str) -> bool:
    return nt.startswith("_:") or (nt.startswith("<") and not nt.startswith("<<"))


def _is_token(node: Tree[Token] | Token, kind: str) -> bool:
    return isinstance(node, Token) and node.type == kind
