"""Which nodes a shape's rules are run for, and under which conditions, as parts of a query's WHERE.

SHACL, section 2.1.3 (targets) and 2.3 (paths); SHACL Advanced Features, section 8.4 (conditions).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.interchange.shapes_graph import SH, ShapesGraph, Value
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Variable, iri

_SAID = frozenset({terms.RDF.type, SH["name"], SH["description"], SH["message"], SH["severity"], SH["order"],
                   SH["deactivated"], terms.RDFS.label, terms.RDFS.comment})  # fmt: skip
"""What a shape may say that has no bearing on what conforms."""
_THIS = Variable("this")


@dataclass(frozen=True, slots=True)
class Target:
    """Focus nodes of a shape.

    Attributes:
        kind: targetClass, targetSubjectsOf, targetObjectsOf or targetNode.
        terms: The class or property, or the nodes.
    """

    kind: str
    terms: tuple[Constant, ...]

    def where(self) -> str:
        """Write what binds `$this` to the focus nodes; for nodes, what narrows it to them."""
        first = self.terms[0]
        if self.kind == "targetNode":
            return f"FILTER ( $this IN ( {' , '.join(term.nt for term in self.terms)} ) )"
        if self.kind == "targetClass":
            return f"$this a {first.nt} ."
        return f"$this {first.nt} [] ." if self.kind == "targetSubjectsOf" else f"[] {first.nt} $this ."

    def is_implied(self, patterns: tuple[Pattern, ...]) -> bool:
        """Say whether patterns ask for the same already."""
        if self.kind == "targetClass":
            return Pattern(_THIS, TYPE, self.terms[0]) in patterns
        if self.kind == "targetNode":
            return False
        ends = ((p.subject if self.kind == "targetSubjectsOf" else p.object, p.predicate) for p in patterns)
        return (_THIS, self.terms[0]) in ends


def targets(graph: ShapesGraph, shape: Value) -> Iterator[Target]:
    """Iterate over the targets of a shape; a shape that is a class is a target of its own instances."""
    kinds = graph.values(shape, terms.RDF.type)
    classes = {terms.RDFS.Class, terms.OWL.Class}
    if any(isinstance(kind, ox.NamedNode) and kind.value in classes for kind in kinds):
        yield Target("targetClass", (graph.term(shape),))
    for kind in ("targetClass", "targetSubjectsOf", "targetObjectsOf"):
        for value in graph.values(shape, SH[kind]):
            yield Target(kind, (graph.constant(value, shape),))
    nodes = graph.values(shape, SH["targetNode"])
    if any(not isinstance(node, ox.NamedNode) for node in nodes):
        raise graph.error("sh:targetNode of a rule must be an IRI", shape)
    if nodes:
        yield Target("targetNode", tuple(map(graph.term, nodes)))
    if graph.values(shape, SH["target"]):
        raise graph.error("sh:target with a query cannot be read; write the query's patterns into the rule", shape)


def condition(graph: ShapesGraph, shape: Value, rule: Value) -> Iterator[str]:
    """Write what a shape asks of `$this`, where it is a class, a value, or a property's presence or absence.

    Raises:
        RuleError: it asks for more.
    """
    if graph.is_true(shape, SH["deactivated"]):
        return
    for predicate, values in graph.properties(shape).items():
        for value in values:
            if predicate == SH["class"]:
                yield f"$this a {graph.constant(value, rule).nt} ."
            elif predicate == SH["hasValue"]:
                yield f"FILTER ( sameTerm( $this , {graph.constant(value, rule).nt} ) )"
            elif predicate == SH["property"]:
                yield from _property(graph, value, rule)
            elif predicate not in _SAID and not predicate.startswith(SH["target"]):
                raise _beyond(graph, predicate, rule)


def _property(graph: ShapesGraph, shape: Value, rule: Value) -> Iterator[str]:
    if graph.is_true(shape, SH["deactivated"]):
        return
    walked = path(graph, graph.only(shape, SH["path"]), rule)
    for predicate, values in graph.properties(shape).items():
        for value in values:
            number = value.value if isinstance(value, ox.Literal) else ""
            if predicate == SH["hasValue"]:
                yield f"$this {walked} {graph.constant(value, rule).nt} ."
            elif (predicate, number) == (SH["minCount"], "1"):
                yield f"$this {walked} [] ."
            elif (predicate, number) == (SH["maxCount"], "0"):
                yield f"FILTER NOT EXISTS {{ $this {walked} [] }}"
            elif predicate not in _SAID | {SH["path"]} and (predicate, number) != (SH["minCount"], "0"):
                raise _beyond(graph, predicate, rule)


def _beyond(graph: ShapesGraph, predicate: str, rule: Value) -> Exception:
    allowed = "sh:class, sh:hasValue, sh:minCount 1 and sh:maxCount 0"
    return graph.error(f"{terms.shorten(predicate)} in a condition cannot be read, only {allowed}", rule)


def path(graph: ShapesGraph, node: Value, rule: Value) -> str:
    """Write a path of sequences and inverses in SPARQL.

    Raises:
        RuleError: it is another path.
    """
    if isinstance(node, ox.NamedNode) and node.value != terms.RDF.nil:
        return iri(node.value).nt
    steps = [path(graph, step, rule) for step in graph.items(node)]
    if steps:
        return f"({'/'.join(steps)})"
    inverse = graph.values(node, SH["inversePath"])
    if len(inverse) == 1 and len(graph.properties(node)) == 1:
        return f"^{path(graph, inverse[0], rule)}"
    raise graph.error("a path of a rule is a property, a list of paths or an sh:inversePath", rule)
