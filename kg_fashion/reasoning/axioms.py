"""OWL axioms compiled to rules: the OWL 2 RL rules with the schema already filled in.

OWL 2 Profiles, section 4.3, https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules.
Each rule is named after the W3C rule that it instantiates (cax-sco, prp-dom, ...). The class hierarchy is closed here,
so that a garment gets all its classes in one round.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Variable, iri

_X, _Y, _Z = Variable("x"), Variable("y"), Variable("z")
_RDF, _RDFS, _OWL = terms.RDF, terms.RDFS, terms.OWL


def compile_axioms(triples: Iterable[ox.Triple]) -> list[Rule]:
    """Compile an ontology's axioms.

    Args:
        triples: The ontology.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> rules = compile_axioms(read_ontology().triples)
        >>> str(next(rule for rule in rules if rule.iri.endswith("prp-trp/narrowerThan")).head[0])
        '?x kgf:narrowerThan ?z'
    """
    schema = _Schema(triples)
    return [*_class_rules(schema), *_property_rules(schema)]


def axiom_label(rule: str) -> str | None:
    """Say in words what an axiom's rule means; None for a rule that is not an axiom's.

    Example:
        >>> axiom_label(terms.RULE["owl/cax-sco/TrenchCoat"])
        'every trench coat is, by the ontology'
    """
    name = rule.removeprefix(terms.RULE + "owl/")
    if name == rule:
        return None
    kind, _, subject = name.partition("/")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", subject.split("/")[0]).lower()
    return _WORDS[kind].format(words)


_WORDS = {
    "cax-sco": "every {} is, by the ontology",
    "cls-hv1": "what every {} has",
    "cls-int1": "what is told to be a {} by what it has",
    "prp-dom": "only what is in its domain has {}",
    "prp-rng": "{} leads only to its range",
    "prp-spo1": "{} is a kind of its superproperty",
    "prp-inv": "{} and its inverse",
    "prp-symp": "{} holds both ways",
    "prp-trp": "{} carries on",
    "prp-spo2": "{} follows from a chain",
}


class _Schema:
    """Finds axioms in triples."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for triple in triples:
            subject, predicate, obj = str(triple.subject), triple.predicate.value, str(triple.object)
            self._objects[subject, predicate].append(obj)
            self.pairs[predicate].append((subject, obj))

    def objects(self, subject: str, predicate: str) -> list[str]:
        return self._objects.get((subject, predicate), [])

    def members(self, head: str) -> Iterator[str]:
        """Iterate over an RDF list."""
        while head != f"<{_RDF.nil}>" and self.objects(head, _RDF.first):
            yield self.objects(head, _RDF.first)[0]
            head = self.objects(head, _RDF.rest)[0]

    def typed(self, cls: str) -> list[str]:
        return [subject for subject, obj in self.pairs[_RDF.type] if obj == f"<{cls}>"]


def _name(kind: str, *parts: str) -> str:
    return terms.RULE + "/".join(["owl", kind, *(terms.local_name(part.strip("<>")) for part in parts)])


def _named(node: str) -> bool:
    return node.startswith("<")


def _class_rules(schema: _Schema) -> Iterator[Rule]:
    edges: dict[str, list[str]] = defaultdict(list)
    for subject, obj in schema.pairs[_RDFS.subClassOf]:
        edges[subject].append(obj)
    for subject, obj in schema.pairs[_OWL.equivalentClass]:
        edges[subject].append(obj)
        edges[obj].append(subject)
    for node in edges:
        above = list(_above(node, edges))
        supers = [Pattern(_X, TYPE, Constant(cls)) for cls in above if _named(cls)]
        own = list(_consequences(schema, [cls for cls in edges[node] if not _named(cls)]))
        if _named(node):
            body = (Pattern(_X, TYPE, Constant(node)),)
            if supers:
                yield Rule(_name("cax-sco", node), tuple(supers), body)
            if own:
                yield Rule(_name("cls-hv1", node), tuple(own), body)
            continue
        for number, conditions in enumerate(_conditions(schema, node, _X, 0), start=1):
            if supers:
                yield Rule(_name("cls-int1", edges[node][0], str(number)), tuple(supers), conditions)


def _above(node: str, edges: dict[str, list[str]]) -> Iterator[str]:
    seen = {node}
    waiting = list(edges[node])
    while waiting:
        cls = waiting.pop(0)
        if cls not in seen:
            seen.add(cls)
            waiting += edges.get(cls, [])
            yield cls


def _consequences(schema: _Schema, expressions: Iterable[str]) -> Iterator[Pattern]:
    """What follows for ?x from being in a class expression (cls-hv1, cls-int2)."""
    for expression in expressions:
        for prop in schema.objects(expression, _OWL.onProperty):
            for value in schema.objects(expression, _OWL.hasValue):
                yield Pattern(_X, Constant(prop), Constant(value))
        for members in schema.objects(expression, _OWL.intersectionOf):
            for member in schema.members(members):
                if _named(member):
                    yield Pattern(_X, TYPE, Constant(member))
                else:
                    yield from _consequences(schema, [member])


def _conditions(schema: _Schema, expression: str, variable: Variable, depth: int) -> list[tuple[Pattern, ...]]:
    """What puts ?x into a class expression: alternatives, each a conjunction (cls-int1, cls-uni, cls-hv2, cls-svf1)."""
    if _named(expression):
        return [(Pattern(variable, TYPE, Constant(expression)),)]
    for members in schema.objects(expression, _OWL.intersectionOf):
        found: list[tuple[Pattern, ...]] = [()]
        for position, member in enumerate(schema.members(members)):
            options = _conditions(schema, member, variable, depth * 10 + position)
            found = [(*left, *right) for left in found for right in options]
        return found
    for members in schema.objects(expression, _OWL.unionOf):
        return [option for member in schema.members(members) for option in _conditions(schema, member, variable, depth)]
    for prop in schema.objects(expression, _OWL.onProperty):
        for value in schema.objects(expression, _OWL.hasValue):
            return [(Pattern(variable, Constant(prop), Constant(value)),)]
        for filler in schema.objects(expression, _OWL.someValuesFrom):
            there = Variable(f"{variable.name}{depth}v")
            step = Pattern(variable, Constant(prop), there)
            if filler == f"<{_OWL.Thing}>":
                return [(step,)]
            return [(step, *option) for option in _conditions(schema, filler, there, depth + 1)]
    return []


def _property_rules(schema: _Schema) -> Iterator[Rule]:
    literal_ranges = {*schema.typed(_OWL.DatatypeProperty), *schema.typed(_OWL.AnnotationProperty)}
    for prop, cls in schema.pairs[_RDFS.domain]:
        if _named(cls):
            head = Pattern(_X, TYPE, Constant(cls))
            yield Rule(_name("prp-dom", prop, cls), (head,), (Pattern(_X, Constant(prop), _Y),))
    for prop, cls in schema.pairs[_RDFS.range]:
        if prop not in literal_ranges and _named(cls):
            head = Pattern(_Y, TYPE, Constant(cls))
            yield Rule(_name("prp-rng", prop, cls), (head,), (Pattern(_X, Constant(prop), _Y),))
    both = schema.pairs[_OWL.equivalentProperty]
    for prop, parent in [*schema.pairs[_RDFS.subPropertyOf], *both, *((b, a) for a, b in both)]:
        head = Pattern(_X, Constant(parent), _Y)
        yield Rule(_name("prp-spo1", prop, parent), (head,), (Pattern(_X, Constant(prop), _Y),))
    for first, second in schema.pairs[_OWL.inverseOf]:
        for prop, other in ((first, second), (second, first)):
            head = Pattern(_Y, Constant(other), _X)
            yield Rule(_name("prp-inv", prop, other), (head,), (Pattern(_X, Constant(prop), _Y),))
    for prop in schema.typed(_OWL.SymmetricProperty):
        head = Pattern(_Y, Constant(prop), _X)
        yield Rule(_name("prp-symp", prop), (head,), (Pattern(_X, Constant(prop), _Y),))
    for prop in schema.typed(_OWL.TransitiveProperty):
        steps = (Pattern(_X, Constant(prop), _Y), Pattern(_Y, Constant(prop), _Z))
        yield Rule(_name("prp-trp", prop), (Pattern(_X, Constant(prop), _Z),), steps)
    for prop, members in schema.pairs[_OWL.propertyChainAxiom]:
        yield _chain(prop, list(schema.members(members)))


def _chain(prop: str, steps: list[str]) -> Rule:
    nodes = [Variable(f"x{number}") for number in range(len(steps) + 1)]
    body = tuple(Pattern(nodes[i], Constant(step), nodes[i + 1]) for i, step in enumerate(steps))
    return Rule(_name("prp-spo2", prop, *steps), (Pattern(nodes[0], iri(prop.strip("<>")), nodes[-1]),), body)
