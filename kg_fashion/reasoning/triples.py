"""Triples of SPARQL-RL written out as patterns.

RDF 1.2 annotations and reified triples become triples with rdf:reifies, collections their cells, property lists the
triples of a blank node. A blank node is a constant in data, a variable in a body, and made afresh for each solution in
a head. A triple term with variables is matched by a variable of its own, whose parts are tested or taken out (SUBJECT,
PREDICATE, OBJECT); in a head it is built (TRIPLE).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from lark import Token, Tree

from kg_fashion import terms
from kg_fashion.reasoning.syntax import Constant, Expression, Pattern, Place, Problem, Term, Variable, iri
from kg_fashion.reasoning.term_reader import TermReader, place

_REIFIES = iri(terms.RDF.reifies)
_FIRST, _REST, _NIL = (iri(terms.RDF[name]) for name in ("first", "rest", "nil"))
_PARTS = ("SUBJECT", "PREDICATE", "OBJECT")
_PATH = "a path cannot stand in "


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


class TriplesReader(TermReader):
    """Reads triples of one document.

    Args:
        path: The file, for messages.
        base: The IRI against which relative ones are resolved.

    Attributes:
        composed: Variable of this rule that stands for a triple term -> the term's parts.
        subjects: What is no subject of a triple and yet stands as one in this head or DATA block.
        places: Triple of a DATA block -> where it stands.
    """

    def __init__(self, path: Path | None, base: str) -> None:
        super().__init__(path, base)
        self._kind = "data"
        self._out = Written()
        self._here = Place(path)
        self._fresh = 0
        self._blank = 0
        self._minted: dict[str, None] = {}
        self._built: list[tuple[str, Expression]] = []
        self.composed: dict[str, tuple[Term, Term, Term]] = {}
        self.subjects: list[Problem] = []
        self.places: dict[Pattern, Place] = {}

    def start_rule(self) -> None:
        """Forget the variables and problems of the rule before."""
        self.forget_variables()
        self._fresh = 0
        self.composed = {}
        self.subjects = []

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

    def _triples_block(self, block: Tree[Token]) -> None:
        for same in cast(list[Tree[Token]], block.children):
            first, *rest = cast(list[Tree[Token]], same.children)
            subject = self._node(first)
            self._check_subject(subject, first)
            for properties in rest:
                self._properties(subject, properties)

    def _properties(self, subject: Term, properties: Tree[Token]) -> None:
        for verb_objects in properties.children:
            verb, objects = cast(list[Tree[Token]], cast(Tree[Token], verb_objects).children)
            for obj in cast(list[Tree[Token]], objects.children):
                node, *annotations = cast(list[Tree[Token]], obj.children)
                value = self._node(node)
                self._here = Place(self.path, *place(obj))
                self._connect(subject, verb, value, annotated=bool(annotations))
                if annotations:
                    self._annotate(self._triple_term(subject, self._predicate(verb), value), annotations)

    def _check_subject(self, subject: Term, node: Tree[Token]) -> None:
        """Note a literal or triple term as subject, which makes no triple; in a body it matches none."""
        if self._kind != "body" and isinstance(subject, Constant) and subject.nt.startswith(('"', "<<")):
            what = "triple term" if subject.nt.startswith("<<") else "literal"
            self.subjects.append(Problem(f"a {what} cannot be a subject: {subject.nt}", *place(node)))

    def _add(self, subject: Term, predicate: Term, obj: Term) -> None:
        pattern = Pattern(subject, predicate, obj)
        self._out.patterns.append(pattern)
        if self._kind == "data":
            self.places.setdefault(pattern, self._here)

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
        self._add(node, _REIFIES, triple)
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
        if str(node.data).endswith("_literal"):
            return self.literal(node)
        if node.data == "blank":
            return self._blank_node(cast(Token, node.children[0]))
        if node.data == "nil":
            return _NIL
        if node.data == "triple_term":
            return self._triple_of(cast(list[Tree[Token]], node.children))
        if node.data == "reified":
            *parts, last = cast(list[Tree[Token]], node.children)
            named = last.data == "reifier"
            return self._reify(self._triple_of(parts if named else [*parts, last]), last if named else None)
        if node.data == "collection":
            return self._collection([child for child in node.children if isinstance(child, Tree)])
        subject_node = self._new_blank()
        self._properties(subject_node, cast(Tree[Token], node.children[0]))
        return subject_node

    def _triple_of(self, nodes: list[Tree[Token]]) -> Term:
        subject, predicate, obj = self._node(nodes[0]), self._predicate(nodes[1]), self._node(nodes[2])
        self._check_subject(subject, nodes[0])
        return self._triple_term(subject, predicate, obj)

    def _collection(self, nodes: list[Tree[Token]]) -> Term:
        cells = [self._new_blank() for _ in nodes]
        for number, (cell, node) in enumerate(zip(cells, nodes, strict=True)):
            self._add(cell, _FIRST, self._node(node))
            self._add(cell, _REST, cells[number + 1] if number + 1 < len(cells) else _NIL)
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
            return expression.substituted({inner.name: taken})

        self._out.tests = [moved(test) for test in self._out.tests]
        self._out.extracted = [(variable, moved(expression)) for variable, expression in self._out.extracted]

    def _predicate(self, verb: Tree[Token]) -> Term:
        """Read the predicate of a triple term or of an annotated triple, which cannot be a path."""
        if verb.data == "variable":
            return self._node(verb)
        if verb.data == "iri":
            return self.iri(verb)
        if verb.data == "rdf_type":
            return iri(terms.RDF.type)
        if not _is_plain(verb):
            raise self.error(_PATH + "an annotated triple", verb)
        return next(self._steps(verb, inverse=False))[0]

    def _connect(self, subject: Term, verb: Tree[Token], obj: Term, *, annotated: bool) -> None:
        """Unfold a path of `/` and `^` into patterns with fresh variables."""
        if verb.data == "variable":
            self._add(subject, self._node(verb), obj)
            return
        if (self._kind != "body" or annotated) and not _is_plain(verb):
            raise self.error(_PATH + ("an annotated triple" if annotated else "a head or DATA"), verb)
        steps = list(self._steps(verb, inverse=False))
        here = subject
        for position, (predicate, inverse) in enumerate(steps):
            there = obj if position == len(steps) - 1 else self._new_variable()
            self._add(*((there, predicate, here) if inverse else (here, predicate, there)))
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
            return Constant(f"_:d{stem}.{label}")
        safe = re.sub(r"\W", lambda found: f"u{ord(found[0]):x}", label)
        if self._kind == "body":
            return Variable(f"n_{safe}")
        self._minted[f"h_{safe}"] = None
        return Variable(f"h_{safe}")


def _is_plain(path: Tree[Token]) -> bool:
    """Say whether a path is written as one IRI, without so much as parentheses."""
    steps = cast(list[Tree[Token]], path.children)
    return len(steps) == 1 and len(steps[0].children) == 1 and _is_iri(steps[0].children[0])


def _is_iri(node: Tree[Token] | Token) -> bool:
    return isinstance(node, Tree) and node.data in ("iri", "rdf_type")
