"""SHACL rules in Turtle as rules: sh:TripleRule and sh:SPARQLRule (SHACL Advanced Features, section 8).

Both are read by way of a CONSTRUCT query, whose WHERE is joined with what the shape's targets and the rule's conditions
ask of `$this`. What else is said about a rule, its label or confidence, becomes data about its IRI. sh:order is kept as
data, for the engine finds the order itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.interchange.construct_reader import read_construct
from kg_fashion.reasoning.interchange.shapes_graph import SH, ShapesGraph, Value
from kg_fashion.reasoning.interchange.targets import Target, condition, path, targets
from kg_fashion.reasoning.parser import Document
from kg_fashion.reasoning.syntax import TYPE, Pattern, Place, Rule, iri
from kg_fashion.reasoning.term_reader import own_name

_PARTS = (SH["subject"], SH["predicate"], SH["object"])
_STRUCTURE = (SH["construct"], SH["prefixes"], SH["condition"], SH["deactivated"], *_PARTS)
_TYPES = {iri(SH[name]) for name in ("Rule", "TripleRule", "SPARQLRule")}


def read_shacl(path: Path) -> Document:
    """Read the rules of a Turtle file; whether they are well formed is checked elsewhere (`Rule.problems`).

    A rule whose shape has several targets becomes several rules, named after it with a number. A file without rules is
    read as data: all of its triples.

    Args:
        path: The file.

    Raises:
        RuleError: it cannot be read, or a rule in it says more than the language has.

    Example:
        >>> import tempfile
        >>> text = '''PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX : <urn:>
        ...     [] a sh:NodeShape ; sh:targetClass :Boots ; sh:rule :r .
        ...     :r a sh:TripleRule ; sh:subject sh:this ; sh:predicate :season ; sh:object :Winter .'''
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "r.ttl").write_text(text)
        ...     print(read_shacl(Path(folder) / "r.ttl").rules[0])
        RULE <urn:r> { ?this <urn:season> <urn:Winter> } WHERE { ?this a <urn:Boots> }
    """
    graph = ShapesGraph(path)
    shapes = _shapes(graph)
    if not shapes:
        data = (Pattern(*map(graph.term, (t.subject, t.predicate, t.object))) for t in graph.triples)
        has_shapes = any(triple.object == ox.NamedNode(SH["NodeShape"]) for triple in graph.triples)
        warned = (f"{path}: no sh:rule in this file; all of it is read as data",) if has_shapes else ()
        return Document((), tuple(data), {}, warned)
    rules: list[Rule] = []
    about: dict[Pattern, Place] = {}
    warnings: list[str] = []
    for number, (rule, owners) in enumerate(shapes.items(), start=1):
        name = rule.value if isinstance(rule, ox.NamedNode) else own_name(path, number)
        found = _Reader(graph, rule, name).read(owners, warnings)
        rules += found
        where = Place(path, graph.line(rule))
        about |= {triple: where for one in found for triple in _metadata(graph, rule, one.iri)}
    return Document(tuple(rules), tuple(about), {}, tuple(warnings), about)


def _shapes(graph: ShapesGraph) -> dict[Value, list[Value]]:
    """Return the shapes of each rule, in the order in which the rules are described."""
    shapes: dict[Value, list[Value]] = {}
    for triple in graph.triples:
        if triple.predicate.value == SH["rule"]:
            shapes.setdefault(triple.object, []).append(triple.subject)
    described: list[Value] = [triple.subject for triple in graph.triples if triple.subject in shapes]
    return {rule: shapes[rule] for rule in dict.fromkeys([*described, *shapes])}


def _metadata(graph: ShapesGraph, rule: Value, name: str) -> Iterator[Pattern]:
    for triple in graph.described(rule, without=_STRUCTURE, name=name):
        if not (triple.predicate == TYPE and triple.object in _TYPES):
            yield triple


class _Reader:
    """Reads one rule."""

    def __init__(self, graph: ShapesGraph, rule: Value, name: str) -> None:
        self._graph = graph
        self._rule = rule
        self._name = name

    def read(self, shapes: list[Value], warnings: list[str]) -> list[Rule]:
        """Return a rule for each target of its shapes."""
        graph = self._graph
        if graph.is_true(self._rule, SH["deactivated"]):
            warnings.append(str(graph.error(f"{terms.shorten(self._name)} is deactivated and left out", self._rule)))
            return []
        active = [shape for shape in shapes if not graph.is_true(shape, SH["deactivated"])]
        where = list(dict.fromkeys(target for shape in active for target in targets(graph, shape)))
        if not where:
            why = f"{terms.shorten(self._name)} has no shape with a target and never fires"
            warnings.append(str(graph.error(why, self._rule)))
        found = [
            rule
            for text, target in product(self._queries(), where)
            for rule in self._for_target(text, target, warnings)
        ]
        if len(found) > 1:
            self._refuse_blank(found[0], "several targets")
            found = [replace(rule, iri=f"{rule.iri}-{number}") for number, rule in enumerate(found, start=1)]
        return found

    def _queries(self) -> list[str]:
        graph = self._graph
        kinds = {kind.value for kind in graph.values(self._rule, terms.RDF.type) if isinstance(kind, ox.NamedNode)}
        if SH["TripleRule"] in kinds:
            return [self._triple_rule()]
        if SH["SPARQLRule"] not in kinds:
            raise graph.error("a rule is a sh:TripleRule or a sh:SPARQLRule; no other kind can be read", self._rule)
        texts = graph.values(self._rule, SH["construct"])
        if not texts or any(not isinstance(text, ox.Literal) for text in texts):
            raise graph.error("a sh:SPARQLRule has its query in sh:construct", self._rule)
        return [text.value for text in texts if isinstance(text, ox.Literal)]

    def _triple_rule(self) -> str:
        """Write a sh:TripleRule as a query: a path of sh:this becomes a triple of the WHERE."""
        graph = self._graph
        said, matched = [], []
        for part in _PARTS:
            value = graph.only(self._rule, part)
            if value == ox.NamedNode(SH["this"]):
                said.append("$this")
            elif isinstance(value, ox.BlankNode):
                if list(graph.properties(value)) != [SH["path"]]:
                    known = "sh:this, a term or [ sh:path ... ]"
                    raise graph.error(f"{terms.shorten(part)} of a rule is {known}; write a sh:SPARQLRule", self._rule)
                variable = f"?{terms.local_name(part)}"
                said.append(variable)
                matched.append(f"$this {path(graph, graph.only(value, SH['path']), self._rule)} {variable} .")
            else:
                said.append(graph.constant(value, self._rule).nt)
        return f"CONSTRUCT {{ {' '.join(said)} }} WHERE {{ {' '.join(matched)} }}"

    def _for_target(self, text: str, target: Target, warnings: list[str]) -> Iterator[Rule]:
        """Read a query for the focus nodes of a target."""
        asked = " ".join(
            part
            for shape in self._graph.values(self._rule, SH["condition"])
            for part in condition(self._graph, shape, self._rule)
        )
        rule = self._query(text, asked, warnings)
        bound = {name for pattern in rule.patterns for name in pattern.variables}
        if target.is_implied(rule.patterns):
            yield rule
        elif target.kind != "targetNode":
            if target.kind != "targetClass":
                self._refuse_blank(rule, f"sh:{target.kind}")
            yield self._query(text, f"{target.where()} {asked}", [])
        elif "this" in bound:
            yield self._query(text, f"{target.where()} {asked}", [])
        elif "$this" in f"{text} {asked}" or "?this" in text:
            for node in target.terms:
                yield self._query(text, f"BIND ( {node.nt} AS $this ) {asked}", [])
        else:
            if len(target.terms) > 1:
                self._refuse_blank(rule, "several targets")
            yield rule
        if "[]" in asked:
            self._refuse_blank(rule, "sh:minCount in a condition")

    def _query(self, text: str, before: str, warnings: list[str]) -> Rule:
        """Read a query; where it stands in the file as it is, it keeps its place."""
        found = self._graph.text.find(text)
        lines = self._graph.text[: max(found, 0)].split("\n")
        placed = "\n" * (len(lines) - 1) + " " * len(lines[-1]) + text
        prefixes = self._prefixes()
        document = read_construct(placed, name=self._name, path=self._graph.path, prefixes=prefixes, before=before)
        warnings += document.warnings
        line = document.rules[0].line if found >= 0 else self._graph.line(self._rule)
        return replace(document.rules[0], line=line)

    def _prefixes(self) -> dict[str, str]:
        """Return the prefixes that sh:declare gives for a rule."""
        graph = self._graph
        declared = [
            each for owner in graph.values(self._rule, SH["prefixes"]) for each in graph.values(owner, SH["declare"])
        ]
        pairs = [(graph.only(each, SH["prefix"]), graph.only(each, SH["namespace"])) for each in declared]
        return {graph.text_of(prefix): graph.text_of(namespace) for prefix, namespace in pairs}

    def _refuse_blank(self, rule: Rule, where: str) -> None:
        """A rule that makes blank nodes makes one for each focus node, which a rule of patterns does not always do."""
        if any(assignment.expression is None for assignment in rule.assignments):
            message = f"a rule that makes blank nodes cannot be read with {where}; give it a sh:targetClass"
            raise self._graph.error(message, self._rule)
