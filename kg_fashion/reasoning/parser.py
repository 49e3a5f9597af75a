"""SPARQL-RL text to rules.

The grammar stands in `grammar.lark`; this module reads its trees. Draft: W3C SPARQL 1.2 RL, August 2026. RDF 1.2
annotations, reified triples, collections and blank nodes are written out as triple patterns (`triples.py`), paths as
chains of patterns; what is left are patterns, tests, negations and assignments. The older spelling of SET,
`BIND(expr AS ?v)`, is read with a warning; aggregates are an extension.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kg_fashion.errors import RuleError
from kg_fashion.reasoning.body import Body, Inner
from kg_fashion.reasoning.expression_reader import ExpressionReader
from kg_fashion.reasoning.syntax import Aggregate, Assignment, Pattern, Place, Problem, Rule
from kg_fashion.reasoning.term_reader import own_name, place

VERSION = "1.2"
_NAMES = {
    "VAR": "a variable", "IRIREF": "an IRI", "PNAME_LN": "a prefixed name", "PNAME_NS": "a prefix", "LBRACE": "'{'",
    "RBRACE": "'}'", "DOT": "'.'", "SEMICOLON": "';'", "LPAR": "'('", "RPAR": "')'", "A": "'a'", "STRING2": "a string",
    "_WHERE": "WHERE", "RULE": "RULE", "_DATA": "DATA", "_PREFIX": "PREFIX", "_FILTER": "FILTER", "_NOT": "NOT",
    "_SET": "SET", "ASSIGN": "':='", "$END": "the end of the file",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """What one file says.

    Attributes:
        rules: Its rules.
        data: Its ground triples; blank nodes are constants that no other file has.
        imports: What it imports, and where it says so.
        warnings: What is odd about it, each with its place.
        places: Where each of the ground triples stands.
        problems: What in its data is not well formed.
    """

    rules: tuple[Rule, ...]
    data: tuple[Pattern, ...]
    imports: Mapping[str, Place]
    warnings: tuple[str, ...] = ()
    places: Mapping[Pattern, Place] = field(default_factory=dict, compare=False)
    problems: tuple[Problem, ...] = ()


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
        raise syntax_error(error, text, path) from error
    return DocumentReader(path, base).document(tree)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)


def syntax_error(error: UnexpectedInput, text: str, path: Path | None) -> RuleError:
    """Return an error of lark as one of ours: what stands there, what was expected, and where."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return RuleError("syntax error: the file ends within a rule", path=path, line=text.count("\n") + 1)
    message = "syntax error"
    if isinstance(error, UnexpectedCharacters):
        message = f"syntax error at {text[(at := error.pos_in_stream or 0) : at + 20].splitlines()[0]!r}"
    elif isinstance(error, UnexpectedToken):
        wanted = sorted({_NAMES[name] for name in error.expected if name in _NAMES})
        message = f"syntax error at {str(error.token)!r}" + (f"; expected {', '.join(wanted[:6])}" if wanted else "")
    return RuleError(message, path=path, line=error.line, column=error.column)


class DocumentReader(ExpressionReader):
    """Walks the parse tree of one document."""

    def __init__(self, path: Path | None, base: str) -> None:
        super().__init__(path, base)
        self.warnings = []

    def document(self, tree: Tree[Token]) -> Document:
        """Read the tree of a whole document."""
        rules: list[Rule] = []
        data: list[Pattern] = []
        imports: dict[str, Place] = {}
        problems: list[Problem] = []
        for node in cast(list[Tree[Token]], tree.children):
            if node.data == "base":
                self.base = self.resolved(cast(Token, node.children[0]))
            elif node.data == "prefix":
                self.prefixes[str(node.children[0])[:-1]] = self.resolved(cast(Token, node.children[1]))
            elif node.data == "version":
                self._version(node)
            elif node.data == "imports":
                imports[self.iri(cast(Tree[Token], node.children[0])).nt[1:-1]] = Place(self.path, *place(node))
            elif node.data == "data":
                self.start_rule()
                data += self.ground(cast(Tree[Token], node.children[0]))
                problems += self.subjects
            else:
                rules.append(self._rule(node, len(rules) + 1))
        warnings = tuple(self.warnings)
        return Document(tuple(rules), tuple(data), imports, warnings, self.places, tuple(problems))

    def _version(self, node: Tree[Token]) -> None:
        stated = str(node.children[0])[1:-1]
        if stated != VERSION:
            self.warn(f"VERSION {stated!r}: read as {VERSION!r}, the draft of August 2026", node)

    def _rule(self, node: Tree[Token], number: int) -> Rule:
        parts = {str(child.data): child for child in node.children if isinstance(child, Tree)}
        name = self.iri(parts["iri"]).nt[1:-1] if "iri" in parts else own_name(self.path, number)
        self.start_rule()
        body = Body(data="where_data" in parts)
        for element in cast(list[Tree[Token]], parts["body"].children):
            self._element(body, element)
        body.settle()
        return self._finished(node, name, parts["head"], body)

    def _element(self, body: Body, element: Tree[Token]) -> None:
        if element.data == "triples_block":
            body.match(self.body_triples(element))
        elif element.data == "filter":
            body.filter(self.expression(element.children[0]), self.uses(element))
        elif element.data == "negation":
            *mark, inner = cast(list[Tree[Token]], element.children)
            body.negate(self._inner(inner), data=bool(mark))
        elif element.data == "aggregation":
            self._aggregate(body, element)
        else:
            self._assign(body, element)

    def _assign(self, body: Body, node: Tree[Token]) -> None:
        parts = [
            part for part in node.children if isinstance(part, Tree) or part.type not in ("LPAR", "RPAR", "ASSIGN")
        ]
        if node.data == "binding":
            self.warn("BIND( ... AS ?v ) is the older spelling; write SET ( ?v := ... )", node)
            parts.reverse()
        body.assign(self.variable(cast(Token, parts[0])).name, self.expression(parts[1]), self.uses(node))

    def _aggregate(self, body: Body, node: Tree[Token]) -> None:
        inner = self._inner(next(node.find_data("inner")))
        tokens = [leaf for leaf in node.children if isinstance(leaf, Token)]
        bound, *counted = (self.variable(token).name for token in tokens if token.type == "VAR")
        name = next(token for token in tokens if token.type == "AGGREGATE")
        function = name.upper()
        distinct = any(token.type == "DISTINCT" for token in tokens)
        if not counted and function != "COUNT":
            raise self.error(f"{function}(*) is no aggregate; only COUNT takes *", name)
        aggregate = Aggregate(bound, function, counted[0] if counted else None, distinct, ())
        body.aggregate(aggregate, inner, self.uses(node))

    def _inner(self, node: Tree[Token]) -> Inner:
        """Read what stands in a NOT or an aggregate."""
        inner = Inner()
        for child in cast(list[Tree[Token]], node.children):
            if child.data == "filter":
                inner.filter(self.expression(child.children[0]), self.uses(child))
            else:
                inner.match(self.body_triples(child))
        return inner

    def _finished(self, node: Tree[Token], name: str, head: Tree[Token], body: Body) -> Rule:
        templates, built, minted = self.head_triples(head)
        assignments = [*body.assignments, *(Assignment(variable, None) for variable in minted)]
        assignments += [Assignment(variable, expression, creates=False) for variable, expression in built]
        bound = body.bound.union(minted, (variable for variable, _ in built))
        unsafe = [
            Problem(f"?{variable} is used in the head but nothing in the body binds it", *at)
            for variable, at in self.uses(head).items()
            if variable not in bound
        ]
        problems = sorted([*unsafe, *self.subjects, *body.problems], key=lambda p: (p.line or 0, p.column or 0))
        return Rule(
            iri=name, head=tuple(templates), patterns=tuple(body.patterns), filters=tuple(body.filters),
            negations=tuple(body.negations), assignments=tuple(assignments), aggregates=tuple(body.aggregates),
            data=body.data, solution=tuple(sorted(v for v in body.bound if not v.startswith("_t"))),
            composed=tuple(self.composed.items()), problems=tuple(problems), path=self.path,
            line=place(node)[0], column=place(node)[1],
        )  # fmt: skip
