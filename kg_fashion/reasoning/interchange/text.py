"""Words of SPARQL and Turtle: terms, triples and expressions with the prefixes that shorten them.

RDF 1.2 Turtle and SPARQL 1.2 share these productions, so rules, queries and Turtle are written by the same functions.
"""

import re
from collections.abc import Iterable, Sequence

from kg_fashion import terms
from kg_fashion.reasoning.interchange.written import Blank, Match, Node
from kg_fashion.reasoning.syntax import TYPE, Constant, Expression, Pattern, Term, Variable

_WIDTH = 110
_TERM = re.compile(r'("(?:[^"\\]|\\.)*")(?:\^\^<([^<>\s]+)>)?|<([^<>\s]+)>')
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*)")
_NUMBERS = {
    terms.XSD.integer: re.compile(r"[0-9]+"),
    terms.XSD.decimal: re.compile(r"[0-9]*\.[0-9]+"),
    terms.XSD.double: re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+"),
    terms.XSD.boolean: re.compile(r"true|false"),
}
_PARENTHESES = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]+>|<<\(|\)>>|[()]')


class Words:
    r"""Writes terms and remembers which prefixes it used.

    Example:
        >>> words = Words()
        >>> words.constant('"0.60"^^<http://www.w3.org/2001/XMLSchema#decimal>'), words.iri(terms.KGF.Coat)
        ('0.60', 'kgf:Coat')
        >>> words.prologue()
        'PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>\n'
    """

    def __init__(self) -> None:
        self.prefixes: set[str] = set()

    def iri(self, iri: str) -> str:
        """Write an IRI, with a prefix where one is known."""
        for prefix, namespace in terms.PREFIXES.items():
            local = iri.removeprefix(namespace)
            if local != iri and _LOCAL.fullmatch(local):
                self.prefixes.add(prefix)
                return f"{prefix}:{local}"
        return f"<{iri}>"

    def constant(self, nt: str) -> str:
        """Write a term in N-Triples syntax, or an expression with such terms in it, with prefixes and plain numbers."""
        return _TERM.sub(self._term, nt)

    def _term(self, found: re.Match[str]) -> str:
        string, datatype, iri = found[1], found[2], found[3]
        if iri:
            return self.iri(iri)
        if not datatype:
            return string
        number = _NUMBERS.get(datatype)
        return string[1:-1] if number and number.fullmatch(string[1:-1]) else f"{string}^^{self.iri(datatype)}"

    def expression(self, expression: Expression) -> str:
        """Write an expression."""
        return self.constant(expression.text)

    def constraint(self, expression: Expression) -> str:
        """Write what stands after FILTER: a call as it is, anything else in parentheses."""
        text = self.expression(expression)
        return text if _closes_at_the_end(text) else f"( {text} )"

    def node(self, node: Node) -> str:
        """Write a term, a variable, a blank node or a triple term."""
        if isinstance(node, Constant):
            return self.constant(node.nt)
        if isinstance(node, Variable):
            return f"?{node.name}"
        if isinstance(node, Blank):
            return f"_:{node.label}"
        subject, predicate, obj = map(self.node, node.parts)
        return f"<<( {subject} {predicate} {obj} )>>"

    def match(self, match: Match) -> str:
        """Write a triple, without its full stop."""
        path = "/".join(f"{'^' if backwards else ''}{self.verb(step)}" for step, backwards in match.path)
        return f"{self.node(match.subject)} {path} {self.node(match.object)}"

    def verb(self, predicate: Node) -> str:
        """Write a predicate."""
        return "a" if predicate == TYPE else self.node(predicate)

    def about(self, triples: Iterable[Pattern]) -> list[str]:
        """Write ground triples, one text for each subject in the order of their first places, without its full stop."""
        found: dict[Term, dict[Term, list[str]]] = {}
        for subject, predicate, obj in triples:
            found.setdefault(subject, {}).setdefault(predicate, []).append(self.node(obj))
        texts = []
        for subject, said in found.items():
            parts = [f"{self.verb(predicate)} {' , '.join(objects)}" for predicate, objects in said.items()]
            texts.append(f"{self.node(subject)} {' ; '.join(parts)}")
        return texts

    def prologue(self) -> str:
        """Write the PREFIX lines of what was used, which SPARQL and Turtle share."""
        used = ((prefix, terms.PREFIXES[prefix]) for prefix in sorted(self.prefixes))
        return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in used)


def _closes_at_the_end(text: str) -> bool:
    """Say whether a text is one pair of parentheses, or one call."""
    if not re.match(r"[\w:-]*\(|<[^<>\s]+>\(", text):
        return False
    depth = 0
    for found in _PARENTHESES.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0 and found[0] == ")":
            return found.end() == len(text)
    return False


def block(parts: Sequence[str], *, indent: str = "") -> str:
    r"""Write parts between braces, on one line where they fit.

    Example:
        >>> block(["?x a ?y .", "FILTER ( ?y != ?x )"])
        '{ ?x a ?y . FILTER ( ?y != ?x ) }'
    """
    line = " ".join(["{", *parts, "}"])
    if len(indent + line) <= _WIDTH and "\n" not in line:
        return line
    return "\n".join(["{", *(f"{indent}  {part}" for part in parts), f"{indent}}}"])
