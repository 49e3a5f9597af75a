"""Triples of SPARQL-RL written out as patterns.

RDF 1.2 annotations and reified triples become triples with rdf:reifies, collections their cells, property lists the
triples of a blank node. A blank node is a constant in data, a variable in a body, and made afresh for each solution in
a head. A triple term with variables is matched by a variable of its own, whose parts are tested or taken out (SUBJECT,
PREDICATE, OBJECT); in a head it is built (TRIPLE).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
from lark import Token, Tree

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.reasoning.syntax import Constant, Expression, Pattern, Term, Variable, iri

_REIFIES = iri(terms.RDF.reifies)
_FIRST, _REST, _NIL = (iri(terms.RDF[name]) for name in ("first", "rest", "nil"))
_PARTS = ("SUBJECT", "PREDICATE", "OBJECT")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_NUMERIC: Mapping[str, str] = {
    "integer_literal": terms.XSD.integer, "decimal_literal": terms.XSD.decimal,
    "double_literal": terms.XSD.double, "boolean_literal": terms.XSD.boolean,
}  # fmt: skip


@dataclass
class Written:
    """Triples of a body, written out.

    Attributes:
        patterns: The patterns.
        tests: What must hold of their variables beside.
        extracted: Variable -> the part of a triple term that it stands for.
    """

    patterns: list[Pattern] = field(default_factory=list)
    tests: list[Expression] = field(default_factory=list)
    extracted: list[tuple[str, Expression]] = field(default_factory=list)


class TriplesReader:
    """Reads terms and triples of one document.

    Args:
        path: The file, for messages.
        base: The IRI against which relative ones are resolved.

    Attributes:
        composed: Variable of this rule that stands for a triple term -> the term's parts.
    """

    def __init__(self, path: Path | None, base: str) -> None:
        self.path = path
        self.base = base
        self.prefixes: dict[str, str] = {}
        self._kind = "data"
        self._out = Written()
        self._fresh = 0
        self._blank = 0
        self._variables: dict[str, str] = {}
        self._taken: set[str] = set()
        self._minted: dict[str, None] = {}
        self._built: list[tuple[str, Expression]] = []
        self.composed: dict[str, tuple[Term, Term, Term]] = {}

    def start_rule(self) -> None:
        """Forget the variables of the rule before."""
        self._fresh = 0
        self._variables, self._taken = {}, set()
        self.composed = {}

    def ground(self, head: Tree[Token]) -> list[Pattern]:
        """Read the triples of a DATA block."""
        return self._block("data", head).patterns

    def body_triples(self, block: Tree[Token]) -> Written:
        """Read a block of triples of a body, or of a NOT."""
        self._kind, self._out = "body", Written()
        self._triples_block(block)
        return self._out

    def head_triples(self, head: Tree[Token]) -> tuple[list[Pattern], list[tuple[str, Expression]], tuple[str, ...]]:
        """Read a head: its templates, the triple terms to build, and the variables of its fresh blank nodes."""
        self._minted, self._built = {}, []
        patterns = self._block("head", head).patterns
        return patterns, self._built, tuple(self._minted)

    def _block(self, kind: str, head: Tree[Token]) -> Written:
        self._kind, self._out = kind, Written()
        for block in head.children:
            self._triples_block(cast(Tree[Token], block))
        return self._out

    def error(self, message: str, node: Tree[Token] | Token) -> RuleError:
        """Return an error at the place of a node."""
        meta: Any = node if isinstance(node, Token) else node.meta
        line, column = getattr(meta, "line", None), getattr(meta, "column", None)
        return RuleError(message, path=self.path, line=line, column=column)

    def _triples_block(self, block: Tree[Token]) -> None:
        for same in cast(list[Tree[Token]], block.children):
            first, *rest = cast(list[Tree[Token]], same.children)
            subject = self._node(first)
            for properties in rest:
                self._properties(subject, properties)

    def _properties(self, subject: Term, properties: Tree[Token]) -> None:
        for verb_objects in properties.children:
            verb, objects = cast(list[Tree[Token]], cast(Tree[Token], verb_objects).children)
            for obj in cast(list[Tree[Token]], objects.children):
                node, *annotations = cast(list[Tree[Token]], obj.children)
                value = self._node(node)
                self._connect(subject, verb, value, annotated=bool(annotations))
                if annotations:
                    self._annotate(self._triple_term(subject, self._predicate(verb), value), annotations)

    def _annotate(self, triple: Term, annotations: list[Tree[Token]]) -> None:
        reifier: Term | None = None
        for annotation in annotations:
            if annotation.data == "reifier":
                reifier = self._reify(triple, annotation)
            else:
                reifier = reifier or self._reify(triple, None)
                self._properties(reifier, cast(Tree[Token], annotation.children[0]))
                reifier = None

    def _reify(self, triple: Term, reifier: Tree[Token] | None) -> Term:
        named = reifier is not None and reifier.children
        node = (
            self._node(cast(Tree[Token], reifier.children[0])) if reifier is not None and named else self._new_blank()
        )
        self._out.patterns.append(Pattern(node, _REIFIES, triple))
        return node

    def _node(self, node: Tree[Token] | Token) -> Term:
        """Read a term, a collection, a property list or a reified triple, with the triples that it stands for."""
        node = cast(Tree[Token], node)
        if node.data == "variable":
            if self._kind == "data":
                raise self.error(f"DATA must not hold a variable: {node.children[0]}", node)
            return self.variable(cast(Token, node.children[0]))
        if node.data == "iri":
            return self.iri(node)
        if node.data == "literal" or str(node.data).endswith("_literal"):
            return self.literal(node)
        if node.data == "blank":
            return self._blank_node(cast(Token, node.children[0]))
        if node.data == "nil":
            return _NIL
        if node.data == "triple_term":
            subject, verb, obj = cast(list[Tree[Token]], node.children)
            return self._triple_term(self._node(subject), self._predicate(verb), self._node(obj))
        if node.data == "reified":
            subject, verb, obj, *reifier = cast(list[Tree[Token]], node.children)
            triple = self._triple_term(self._node(subject), self._predicate(verb), self._node(obj))
            return self._reify(triple, reifier[0] if reifier else None)
        if node.data == "collection":
            return self._collection([child for child in node.children if isinstance(child, Tree)])
        subject_node = self._new_blank()
        self._properties(subject_node, cast(Tree[Token], node.children[0]))
        return subject_node

    def _collection(self, nodes: list[Tree[Token]]) -> Term:
        cells = [self._new_blank() for _ in nodes]
        for number, (cell, node) in enumerate(zip(cells, nodes, strict=True)):
            self._out.patterns.append(Pattern(cell, _FIRST, self._node(node)))
            self._out.patterns.append(Pattern(cell, _REST, cells[number + 1] if number + 1 < len(cells) else _NIL))
        return cells[0]

    def _triple_term(self, subject: Term, predicate: Term, obj: Term) -> Term:
        parts = (subject, predicate, obj)
        if all(isinstance(part, Constant) for part in parts):
            return Constant(f"<<( {' '.join(cast(Constant, part).nt for part in parts)} )>>")
        self._fresh += 1
        whole = Variable(f"_t{self._fresh}")
        self.composed[whole.name] = parts
        if self._kind == "head":
            words = [part.nt if isinstance(part, Constant) else f"?{part.name}" for part in parts]
            variables = frozenset(part.name for part in parts if isinstance(part, Variable))
            self._built.append((whole.name, Expression(f"TRIPLE({words[0]} , {words[1]} , {words[2]})", variables)))
            return whole
        needs = frozenset({whole.name})
        self._out.tests.append(Expression(f"isTRIPLE(?{whole.name})", needs))
        for part, name in zip(parts, _PARTS, strict=True):
            taken = Expression(f"{name}(?{whole.name})", needs)
            if isinstance(part, Variable) and part.name.startswith("_t"):
                self._inside(part, taken)
            elif isinstance(part, Constant):
                self._out.tests.append(Expression(f"sameTerm({taken.text} , {part.nt})", needs))
            else:
                self._out.extracted.append((part.name, taken))
        return whole

    def _inside(self, inner: Variable, taken: Expression) -> None:
        """Say what is asked of a triple term within another of the part of that other."""

        def moved(expression: Expression) -> Expression:
            if inner.name not in expression.variables:
                return expression
            variables = (expression.variables - {inner.name}) | taken.variables
            return Expression(re.sub(rf"\?{inner.name}\b", taken.text, expression.text), variables)

        self._out.tests = [moved(test) for test in self._out.tests]
        self._out.extracted = [(variable, moved(expression)) for variable, expression in self._out.extracted]

    def _predicate(self, verb: Tree[Token]) -> Term:
        if verb.data == "variable":
            return self._node(verb)
        steps = list(self._steps(verb, inverse=False))
        if len(steps) != 1 or steps[0][1]:
            raise self.error("a path cannot stand in a triple term or be annotated", verb)
        return steps[0][0]

    def _connect(self, subject: Term, verb: Tree[Token], obj: Term, *, annotated: bool) -> None:
        """Unfold a path of `/` and `^` into patterns with fresh variables."""
        if verb.data == "variable":
            self._out.patterns.append(Pattern(subject, self._node(verb), obj))
            return
        steps = list(self._steps(verb, inverse=False))
        simple = len(verb.children) == 1 and len(cast(Tree[Token], verb.children[0]).children) == 1
        if (self._kind != "body" or annotated) and not (simple and len(steps) == 1 and not steps[0][1]):
            raise self.error(f"a path cannot stand in {'an annotated triple' if annotated else 'a head or DATA'}", verb)
        here = subject
        for position, (predicate, inverse) in enumerate(steps):
            there = obj if position == len(steps) - 1 else self._new_variable()
            self._out.patterns.append(Pattern(there, predicate, here) if inverse else Pattern(here, predicate, there))
            here = there

    def _steps(self, path: Tree[Token], *, inverse: bool) -> Iterator[tuple[Term, bool]]:
        children = cast(list[Tree[Token]], path.children)
        for step in reversed(children) if inverse else children:
            *marks, primary = cast(list[Tree[Token]], step.children)
            turned = inverse != bool(marks)
            if primary.data == "path_group":
                inner = next(child for child in primary.children if isinstance(child, Tree))
                yield from self._steps(inner, inverse=turned)
            elif primary.data == "rdf_type":
                yield iri(terms.RDF.type), turned
            else:
                yield self.iri(primary), turned

    def _new_variable(self) -> Variable:
        self._fresh += 1
        return Variable(f"_{self._fresh}")

    def _new_blank(self) -> Term:
        self._blank += 1
        return self._labelled(f"anon{self._blank}")

    def _blank_node(self, token: Token) -> Term:
        return self._new_blank() if token.type == "ANON" else self._labelled(str(token)[2:])

    def _labelled(self, label: str) -> Term:
        if self._kind == "data":
            stem = re.sub(r"\W", "", self.path.stem if self.path else "")
            return Constant(f"_:d{stem}{label}")
        safe = re.sub(r"\W", lambda found: f"u{ord(found[0]):x}", label)
        if self._kind == "body":
            return Variable(f"n_{safe}")
        self._minted[f"h_{safe}"] = None
        return Variable(f"h_{safe}")

    def variable(self, token: Token) -> Variable:
        """Return a variable; names that SQL cannot tell apart (case, other alphabets) get a number."""
        name = str(token)[1:]
        if name not in self._variables:
            safe = name if name.isascii() else "u" + "".join(f"{ord(letter):x}" for letter in name)
            if safe.startswith(("_", "n_", "h_")):
                safe = f"v{safe}"  # names of our own begin so
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
        return iri(self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local))

    def resolved(self, token: Token) -> str:
        """Read an IRI in brackets, resolved against the base (RFC 3986)."""
        value = _unescaped(str(token)[1:-1])
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value) or not self.base:
            return value
        return _resolve(value, self.base)

    def literal(self, node: Tree[Token]) -> Constant:
        """Read a literal."""
        if node.data == "literal" or node.data == "value":
            return self.literal(cast(Tree[Token], node.children[0]))
        text = "".join(str(child) for child in node.children if isinstance(child, Token))
        if node.data in _NUMERIC:
            return Constant(f'"{text}"^^<{_NUMERIC[str(node.data)]}>')
        value = _quoted(_unquoted(str(node.children[0])))
        if node.data == "lang_literal":
            return Constant(f"{value}{str(node.children[1]).lower()}")
        if node.data == "typed_literal":
            datatype = self.iri(cast(Tree[Token], node.children[1])).nt
            return Constant(value if datatype == f"<{terms.XSD.string}>" else f"{value}^^{datatype}")
        return Constant(value)


@lru_cache(maxsize=1024)
def _resolve(value: str, base: str) -> str:
    quads = ox.parse(f"<{value}> <urn:p> <urn:o> .", format=ox.RdfFormat.TURTLE, base_iri=base)
    return cast(ox.NamedNode, next(iter(quads)).subject).value


def _unquoted(text: str) -> str:
    quotes = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    return _unescaped(text[quotes:-quotes])


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if code[0] in "uU" else _ESCAPES.get(code, code)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", letter, text)


def _quoted(text: str) -> str:
    return str(ox.Literal(text))
