"""What a Turtle file says about rules and the shapes that they belong to (SHACL Advanced Features, section 8)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import RuleError
from kg_fashion.reasoning.syntax import Constant, Pattern

SH = terms.SH
Resource = ox.NamedNode | ox.BlankNode
Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class ShapesGraph:
    """A Turtle file, read for its rules.

    Args:
        path: The file.

    Attributes:
        text: What it holds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8")
            self.triples = [quad.triple for quad in _quads(self.text, path)]
        except UnicodeDecodeError as error:
            raise RuleError(f"not UTF-8 at byte {error.start + 1}", path=path) from error
        except OSError as error:
            raise RuleError(f"cannot be read: {error.strerror}", path=path) from error
        except SyntaxError as error:
            raise RuleError(f"not valid Turtle: {error.msg}", path=path, line=error.lineno) from error
        self._out: dict[str, dict[str, list[Value]]] = {}
        self._blank: dict[str, str] = {}
        for triple in self.triples:
            self._out.setdefault(str(triple.subject), {}).setdefault(triple.predicate.value, []).append(triple.object)

    def values(self, node: Value, predicate: str) -> list[Value]:
        """Return the values of a property, in file order."""
        return self._out.get(str(node), {}).get(predicate, [])

    def properties(self, node: Value) -> dict[str, list[Value]]:
        """Return a node's properties with their values."""
        return self._out.get(str(node), {})

    def only(self, node: Value, predicate: str) -> Value:
        """Return the one value of a property.

        Raises:
            RuleError: there is none, or there are several.
        """
        found = self.values(node, predicate)
        if len(found) != 1:
            raise self.error(f"{terms.shorten(predicate)} has {len(found)} values; give one", node)
        return found[0]

    def text_of(self, value: Value) -> str:
        """Return the text of a literal or the IRI of a node."""
        return "" if isinstance(value, ox.Triple) else value.value

    def is_true(self, node: Value, predicate: str) -> bool:
        """Say whether a property is true."""
        return any(
            isinstance(value, ox.Literal) and value.value in ("true", "1") for value in self.values(node, predicate)
        )

    def items(self, node: Value) -> Iterator[Value]:
        """Iterate over the members of a list."""
        while firsts := self.values(node, terms.RDF.first):
            yield firsts[0]
            node = self.only(node, terms.RDF.rest)

    def error(self, message: str, node: Value) -> RuleError:
        """Return an error about a node, at its first place in the file where it has a name."""
        name = node.value if isinstance(node, ox.NamedNode) else None
        return RuleError(message, path=self.path, line=self.line(node), iri=name)

    def line(self, node: Value) -> int | None:
        """Return the line on which a named node first begins a statement, else stands at all; None for another."""
        if not isinstance(node, ox.NamedNode):
            return None
        name = rf"(?:<{re.escape(node.value)}>|[\w.-]*:{re.escape(terms.local_name(node.value))}(?![\w-]))"
        found = re.search(rf"^\s*{name}", self.text, re.MULTILINE) or re.search(name, self.text)
        return self.text.count("\n", 0, found.end()) + 1 if found else None

    def term(self, value: Value) -> Constant:
        """Return a term as a constant; a blank node is one that no other file has."""
        if isinstance(value, ox.BlankNode):
            stem = re.sub(r"\W", "", self.path.stem)
            label = self._blank.setdefault(value.value, f"b{len(self._blank) + 1}")
            return Constant(f"_:d{stem}.{label}")
        if isinstance(value, ox.Triple):
            parts = (self.term(part).nt for part in (value.subject, value.predicate, value.object))
            return Constant(f"<<( {' '.join(parts)} )>>")
        return Constant(str(value))

    def constant(self, value: Value, node: Value) -> Constant:
        """Return a term for a query.

        Raises:
            RuleError: it is a blank node, which a query cannot name.
        """
        if isinstance(value, ox.BlankNode):
            raise self.error("a blank node cannot be named in a rule; give it an IRI", node)
        return self.term(value)

    def described(self, node: Value, *, without: Sequence[str] = (), name: str = "") -> Iterator[Pattern]:
        """Iterate over what is said about a node, and about the blank nodes that this leads to.

        Args:
            node: The node.
            without: Properties to leave out.
            name: The IRI to say it about; the node itself by default.
        """
        todo: list[tuple[Value, Constant]] = [(node, Constant(f"<{name}>") if name else self.term(node))]
        seen = {str(node)}
        for place, subject in todo:
            for predicate, values in self.properties(place).items():
                if place is node and predicate in without:
                    continue
                for value in values:
                    yield Pattern(subject, Constant(f"<{predicate}>"), self.term(value))
                    if isinstance(value, ox.BlankNode) and str(value) not in seen:
                        seen.add(str(value))
                        todo.append((value, self.term(value)))


def _quads(text: str, path: Path) -> Iterator[ox.Quad]:
    return iter(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE, base_iri=path.resolve().as_uri()))
