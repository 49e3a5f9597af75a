"""A SPARQL CONSTRUCT query as a rule.

The query is read by the productions of SPARQL-RL's own grammar and turned into the tree of a rule, so that terms,
paths, annotations and expressions are read by the same code. What SPARQL means otherwise than SPARQL-RL is moved (a
FILTER counts for its whole group) or refused (a BIND whose error would matter). SPARQL 1.2 Query, section 16.2.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NoReturn, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from kg_fashion.errors import RuleError
from kg_fashion.reasoning.parser import Document, DocumentReader, syntax_error
from kg_fashion.reasoning.syntax import Rule, Variable

Node = Tree[Token]

_BEYOND = {
    "OPTIONAL": "write two queries, with it and without",
    "UNION": "write a query for each alternative",
    "GRAPH": "rules see one graph; leave GRAPH out",
    "SERVICE": "rules reach no other server; load its data first",
    "SELECT": "write the inner query as a rule of its own",
    "LATERAL": "write the inner query as a rule of its own",
    "EXISTS": "write its patterns in the body itself, or FILTER NOT EXISTS",
    "FROM": "name the data where the rules are run",
    "ORDER": "the order of solutions has no bearing on what is derived; leave it out",
    "LIMIT": "a rule derives all that follows; leave it out",
    "OFFSET": "a rule derives all that follows; leave it out",
    "GROUP": "write SET ( ?n := COUNT ( ?x ) WHERE { ... } ) in SPARQL-RL",
    "HAVING": "write SET ( ?n := COUNT ( ?x ) WHERE { ... } ) in SPARQL-RL",
    "VALUES": "only VALUES ?x { IRIs }, within the braces of WHERE, is read; write FILTER ( ?x IN ( ... ) )",
    "UNDEF": "write a query without it",
    "ASK": "a rule is a CONSTRUCT query",
    "DESCRIBE": "a rule is a CONSTRUCT query",
    "INSERT": "a rule is a CONSTRUCT query; write CONSTRUCT for INSERT",
    "DELETE": "rules only add",
}
"""What SPARQL has and rules have not -> the next step."""


def read_construct(
    text: str, *, name: str, path: Path | None = None, prefixes: Mapping[str, str] | None = None, before: str = ""
) -> Document:
    """Read a CONSTRUCT query as a rule; whether it is well formed is checked elsewhere (`Rule.problems`).

    Args:
        text: The query, in the part of SPARQL 1.2 that rules have: triples with `/` and `^` paths, FILTER, FILTER NOT
            EXISTS, MINUS, BIND, and VALUES of one variable against IRIs.
        name: The rule's IRI.
        path: The query's file, for messages.
        prefixes: Prefix -> namespace, known beside the query's own.
        before: What its WHERE holds besides, before all else, with IRIs in full.

    Raises:
        RuleError: a syntax error, or something that a rule cannot say; with line, column and what to write instead.

    Example:
        >>> text = "CONSTRUCT { ?x <urn:p> 1 } WHERE { FILTER NOT EXISTS { ?x <urn:q> ?y } ?x a <urn:C> }"
        >>> rule = read_construct(text, name="urn:r").rules[0]
        >>> str(rule.patterns[0]), str(rule.negations[0])
        ('?x a <urn:C>', 'NOT { ?x <urn:q> ?y }')
    """
    tree = _parsed(text, path)
    *prologue, construct = cast(list[Node], tree.children)
    head, group = cast(list[Node], [construct.children[0], construct.children[-1]])
    query = _Query(path, [*_group(before, path), *cast(list[Node], group.children)])
    rule: Node = Tree("rule", [_iri(name), head, Tree("body", list(query.body()))], construct.meta)
    reader = DocumentReader(path, path.resolve().as_uri() if path else "")
    reader.prefixes.update(prefixes or {})
    document = reader.document(Tree("start", [*prologue, rule]))
    query.check(document.rules[0], reader)
    return document


def _group(text: str, path: Path | None) -> list[Node]:
    """Read the inside of a WHERE."""
    construct = cast(Node, _parsed(f"CONSTRUCT {{}} WHERE {{ {text} }}", path).children[-1])
    return cast(list[Node], cast(Node, construct.children[-1]).children)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    own = files(__package__).joinpath("construct.lark").read_text("utf-8")
    shared = files("kg_fashion.reasoning").joinpath("grammar.lark").read_text("utf-8")
    return Lark(shared + own, start="query", parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _parsed(text: str, path: Path | None) -> Node:
    try:
        return _grammar().parse(text)
    except UnexpectedInput as error:
        at = error.pos_in_stream if error.pos_in_stream is not None else len(text)
        word = re.match(r"[A-Za-z]*", text[at:])
        found = word[0].upper() if word else ""
        if re.search(r"\bEXISTS\s*$", text[:at], re.IGNORECASE):
            found = "EXISTS"
        if found in _BEYOND:
            message = f"{found} cannot stand in a rule: {_BEYOND[found]}"
        elif text[at : at + 1] in {"+", "*", "|", "?", "!"} and text[at - 1 : at] not in {"", " "}:
            message = (
                f"a path with '{text[at]}' cannot stand in a rule; use '/' and '^', and a second rule for the rest"
            )
        elif text[at : at + 1] == "{":
            message = "a group within a group cannot stand in a rule; leave out its braces, or write a query for each"
        else:
            raise syntax_error(error, text, path) from error
        raise RuleError(message, path=path, line=error.line, column=error.column) from error


def _iri(name: str) -> Node:
    return Tree("iri", [Token("IRIREF", f"<{name}>")])


class _Query:
    """The elements of a query's WHERE, and how they become a rule's body."""

    def __init__(self, path: Path | None, elements: Sequence[Node]) -> None:
        self._path = path
        self._elements = elements
        self._matched = _variables(element for element in elements if element.data == "triples_block")

    def body(self) -> list[Node]:
        """Return the elements of a rule's body: FILTERs at the end, as they count for the whole group."""
        placed: list[Node] = []
        last: list[Node] = []
        for number, element in enumerate(self._elements):
            if element.data == "minus":
                placed.append(self._minus(element, self._elements[:number]))
            elif element.data == "absent":
                last.append(Tree("negation", [_tests_last(element.children[0])], element.meta))
            elif element.data == "one_value":
                last.append(self._one_value(element))
            elif element.data == "binding":
                placed.append(_assignment(element))
            elif element.data == "filter":
                last += self._test(element)
            else:
                placed.append(element)
        return placed + last

    def _refuse(self, message: str, node: Node) -> NoReturn:
        raise RuleError(message, path=self._path, line=node.meta.line, column=node.meta.column)

    def _test(self, node: Node) -> list[Node]:
        """A FILTER stays, but for BOUND of what BIND binds: a SET drops the solutions that have no value for it."""
        asked = _asks_bound(node)
        if asked is None:
            return [node]
        set_here = {str(_bound(element)[1])[1:] for element in self._elements if element.data == "binding"}
        if asked not in self._matched | set_here:
            self._refuse(f"BOUND asks for ?{asked}, which nothing binds", node)
        return []

    def _minus(self, node: Node, before: Sequence[Node]) -> Node:
        """MINUS is NOT where both sides share a variable and its tests look at its own side alone."""
        inner = cast(Node, node.children[0])
        own = _variables(child for child in inner.children if cast(Node, child).data == "triples_block")
        if not own & _variables(element for element in before if element.data == "triples_block"):
            self._refuse(
                "MINUS shares no variable with what stands before it and takes nothing away; leave it out", node
            )
        if _variables(child for child in inner.children if cast(Node, child).data == "filter") - own:
            self._refuse("a FILTER in MINUS cannot see variables outside; write FILTER NOT EXISTS", node)
        return Tree("negation", [_tests_last(inner)], node.meta)

    def _one_value(self, node: Node) -> Node:
        """VALUES of IRIs narrows a variable like FILTER ( ?x IN ( ... ) )."""
        variable = next(child for child in node.children if isinstance(child, Token) and child.type == "VAR")
        values = [child for child in node.children if isinstance(child, Tree)]
        if any(value.data != "iri" for value in values):
            self._refuse("VALUES of literals cannot stand in a rule; write FILTER ( sameTerm( ?x , ... ) )", node)
        if str(variable)[1:] not in self._matched:
            self._refuse(f"VALUES may only narrow a variable that a triple binds, and none binds {variable}", node)
        commas: list[Token | Node] = [part for value in values for part in (Token("COMMA", ","), value)][1:]
        left, right = Token("LPAR", "("), Token("RPAR", ")")
        relation: Node = Tree("relation", [variable, Token("IN", "IN"), Tree("list", [left, *commas, right])])
        return Tree("filter", [Tree("constraint", [left, relation, right])], node.meta)

    def check(self, rule: Rule, reader: DocumentReader) -> None:
        """Refuse a BIND whose error would leave its variable unbound and the solution alive; SET drops the solution."""
        binds = [element for element in self._elements if element.data == "binding"]
        needed = set().union(*map(_needed, self._elements))
        for bind in reversed(binds):
            expression, variable = _bound(bind)
            mapped = reader.variable(variable).name
            if all(mapped in _in_template(rule, template.variables) for template in rule.head):
                needed.add(str(variable)[1:])
            if str(variable)[1:] in needed and _is_strict(expression):
                needed |= _variables([expression])
            if _is_plain(expression):
                continue
            if str(variable)[1:] in self._matched:
                self._refuse(f"BIND and a triple both bind {variable}; BIND another and compare with sameTerm", bind)
            if str(variable)[1:] not in needed:
                message = f"where BIND gives an error, SPARQL goes on without {variable}, a rule does not"
                self._refuse(f"{message}; add FILTER ( BOUND( {variable} ) )", bind)


def _tests_last(inner: object) -> Node:
    node = cast(Node, inner)
    children = cast(list[Node], node.children)
    ordered = sorted(children, key=lambda child: child.data == "filter")
    return Tree("inner", cast("list[Token | Node]", ordered), node.meta)


def _assignment(node: Node) -> Node:
    expression, variable = _bound(node)
    parts = [Token("LPAR", "("), variable, Token("ASSIGN", ":="), expression, Token("RPAR", ")")]
    return Tree("assignment", parts, node.meta)


def _bound(node: Node) -> tuple[Node | Token, Token]:
    """Return a BIND's expression and variable."""
    _, expression, variable, _ = node.children
    return expression, cast(Token, variable)


def _variables(nodes: object) -> set[str]:
    found: set[str] = set()
    for node in cast("Iterator[Node | Token]", nodes):
        leaves = [node] if isinstance(node, Token) else node.scan_values(lambda leaf: isinstance(leaf, Token))
        found |= {str(leaf)[1:] for leaf in leaves if leaf.type == "VAR"}
    return found


def _asks_bound(node: Node) -> str | None:
    """Return the variable of FILTER ( BOUND( ?v ) ), None for any other FILTER."""
    inner = node.children[0]
    while isinstance(inner, Tree) and inner.data in ("constraint", "primary"):
        inner = inner.children[1]
    if isinstance(inner, Tree) and inner.data == "call" and str(inner.children[0]).upper() == "BOUND":
        variables = _variables([inner])
        return next(iter(variables), None)
    return None


def _needed(element: Node) -> set[str]:
    """Return the variables without which a FILTER cannot be true."""
    if element.data != "filter":
        return set()
    asked = _asks_bound(element)
    return {asked} if asked else _variables([element]) if _is_strict(element) else set()


def _is_strict(node: Node | Token) -> bool:
    """Say whether an error in a part is an error of the whole."""
    if isinstance(node, Token):
        return True
    lenient = {"OR", "IN", "NOT_IN"}
    return not any(
        leaf.type in lenient or (leaf.type == "NAME" and leaf.upper() == "IF")
        for leaf in node.scan_values(lambda leaf: isinstance(leaf, Token))
    )


def _is_plain(node: Node | Token) -> bool:
    """Say whether an expression is a term or a variable, which is no error."""
    return isinstance(node, Token) or node.data == "iri" or str(node.data).endswith("_literal")


def _in_template(rule: Rule, names: frozenset[str]) -> set[str]:
    """Return the variables of a template, with those of its triple terms."""
    composed = dict(rule.composed)
    found = set(names)
    for name in names & composed.keys():
        parts = frozenset(term.name for term in composed[name] if isinstance(term, Variable))
        found |= _in_template(rule, parts)
    return found
