"""Table 6, cls-*: what class expressions need and what they give.

OWL 2 Profiles, section 4.3, table 6. A condition puts an individual into an expression (cls-int1, uni, svf1, svf2,
hv2, oo), a conclusion follows from being in it (cls-int2, avf, hv1, maxc, maxqc, com, nothing2). Expressions are read
through: nothing is ever put into one that has no name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl import datatypes
from kg_fashion.reasoning.owl_rl.draft import SAME, Body, Draft, Fresh, different_terms, one_of, type_of
from kg_fashion.reasoning.owl_rl.hierarchy import Hierarchy
from kg_fashion.reasoning.owl_rl.schema import NOTHING, THING, Property, Schema, named
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Term, Variable

_RDF, _OWL = terms.RDF, terms.OWL
_MAXIMA = (_OWL.maxCardinality, _OWL.maxQualifiedCardinality)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from being in an expression.

    Attributes:
        kind: The W3C's name of the rule.
        names: The terms that tell it apart.
        extra: What must hold besides.
        head: The triples that follow.
        violator: What is inconsistent, in place of a head.
    """

    kind: str
    names: tuple[str, ...]
    extra: Body
    head: tuple[Pattern, ...] = ()
    violator: Term | None = None

    def draft(self, body: Body, names: Iterable[str]) -> Draft:
        """Return the rule that draws it where `body` puts something into the expression."""
        return Draft(self.kind, (*names, *self.names), body + self.extra, self.head, self.violator)


class Expressions:
    """Reads class expressions.

    Args:
        schema: The axioms.
        hierarchy: The closed classes.
    """

    def __init__(self, schema: Schema, hierarchy: Hierarchy) -> None:
        self._schema = schema
        self._hierarchy = hierarchy

    def individuals(self, node: str) -> list[str]:
        """Return what is told to be in an expression by name: members of owl:oneOf, and of a class without an IRI."""
        lists = self._schema.objects(node, _OWL.oneOf)
        found = [member for head in lists for member in self._schema.members(head)]
        if not named(node):
            found += [subject for subject, obj in self._schema.pairs.get(_RDF.type, ()) if obj == node]
        return list(dict.fromkeys(found))

    def conditions(self, node: str, term: Variable, fresh: Fresh, visiting: frozenset[str] = frozenset()) -> list[Body]:
        """Return what puts a variable into a class or expression: alternatives, each a conjunction.

        Args:
            node: The class or expression.
            term: The variable.
            fresh: Makes the variables of what it leads to.
            visiting: Expressions that are being read; what needs itself never holds.
        """
        if node == THING:
            return [Body()]
        if named(node):
            return [Body((type_of(term, node),))]
        if node in visiting:
            return []
        if self._schema.objects(
            node, _OWL.hasValue
        ):  # what is in it has the value, by cls-hv1: no other sign is needed
            return [body for _, body in self.structure(node, term, fresh, visiting)]
        group = (node, *self._hierarchy.expressions(node, "down"))
        within = visiting | set(group)
        found = list(self._by_name(group, term, fresh))
        for expression in group:
            found += [body for _, body in self.structure(expression, term, fresh, within)]
        return list(dict.fromkeys(found))

    def _by_name(self, group: tuple[str, ...], term: Variable, fresh: Fresh) -> Iterator[Body]:
        individuals = dict.fromkeys(member for node in group for member in self.individuals(node))
        if individuals:
            yield Body((), (one_of(term, individuals),))
        classes = {cls: None for node in group for cls in self._hierarchy.subclasses(node) if named(cls)}
        highest = self._highest(list(classes))
        if len(highest) == 1:
            yield Body((type_of(term, highest[0]),))
        elif highest:
            cls = fresh.variable()
            yield Body((Pattern(term, TYPE, cls),), (one_of(cls, highest),))

    def _highest(self, classes: list[str]) -> list[str]:
        """Leave out the classes that lie below another one; of equivalent ones, the first stays."""
        kept: list[str] = []
        for cls in classes:
            above = set(self._hierarchy.above(cls))
            if not any(k in above for k in kept):
                kept = [*(k for k in kept if cls not in self._hierarchy.above(k)), cls]
        return kept

    def structure(
        self, node: str, term: Variable, fresh: Fresh, visiting: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, Body]]:
        """Iterate over the conditions that an expression's own form gives, each with the W3C's name."""
        schema = self._schema
        if not self._schema.is_datatype(node):
            for head in schema.objects(node, _OWL.intersectionOf):
                found = [Body()]
                for member in schema.members(head):
                    options = self.conditions(member, term, fresh, visiting)
                    found = [left + right for left in found for right in options]
                yield from (("cls-int1", body) for body in found if body != Body())
        for prop in schema.restricted(node):
            for value in schema.objects(node, _OWL.hasValue):
                yield "cls-hv2", has_value(prop, term, value, fresh)
            for filler in schema.objects(node, _OWL.someValuesFrom):
                there = fresh.variable()
                step = Body((prop.step(term, there),))
                kind = "cls-svf2" if filler == THING else "cls-svf1"
                yield from ((kind, step + body) for body in self._values(filler, there, fresh, visiting))

    def _values(self, filler: str, there: Variable, fresh: Fresh, visiting: frozenset[str]) -> list[Body]:
        if self._schema.is_datatype(filler):
            return [Body((), (datatypes.inside(there, self._schema.data_range(filler)),))]
        return self.conditions(filler, there, fresh, visiting)

    def conclusions(
        self, nodes: Iterable[str], term: Term, fresh: Fresh, visiting: frozenset[str] = frozenset()
    ) -> Iterator[Conclusion]:
        """Iterate over what follows for a term from being in expressions.

        Args:
            nodes: The expressions; what lies above them is not looked at.
            term: What is in them.
            fresh: Makes the variables of what it leads to.
            visiting: Fillers that are being read.
        """
        for node in nodes:
            for prop in self._schema.restricted(node):
                for value in self._schema.objects(node, _OWL.hasValue):
                    yield Conclusion("cls-hv1", (), Body(), (prop.step(term, Constant(value)),))
                for filler in self._schema.objects(node, _OWL.allValuesFrom):
                    yield from self._all_values(prop, filler, term, fresh, visiting)
                for maximum in _MAXIMA:
                    for number in self._schema.objects(node, maximum):
                        yield from self._at_most(node, prop, number, term, fresh)
            for other in self._schema.objects(node, _OWL.complementOf):
                for body in self._excluded(other, term, fresh):
                    yield Conclusion("cls-com", (other,) if named(other) else (), body, violator=term)

    def _excluded(self, other: str, term: Term, fresh: Fresh) -> Iterator[Body]:
        if isinstance(term, Variable):
            yield from self.conditions(other, term, fresh)
            return
        stand_in = fresh.variable()
        yield from (body.bound(stand_in.name, term) for body in self.conditions(other, stand_in, fresh))

    def _all_values(
        self, prop: Property, filler: str, term: Term, fresh: Fresh, visiting: frozenset[str]
    ) -> Iterator[Conclusion]:
        there = fresh.variable()
        step = Body((prop.step(term, there),))
        if self._schema.is_datatype(filler):
            test = datatypes.outside(there, self._schema.data_range(filler))
            if test:
                yield Conclusion("dt-not-type", (prop.nt,), step + Body((), (test,)), violator=term)
            return
        yield from (
            replace(c, extra=step + c.extra) for c in self.membership(filler, there, fresh, visiting, "cls-avf")
        )

    def membership(
        self, cls: str, term: Term, fresh: Fresh, visiting: frozenset[str], kind: str
    ) -> Iterator[Conclusion]:
        """Iterate over what follows for a term from being in a class or expression, for other rules than a class's own.

        Args:
            cls: The class or expression.
            term: What is in it.
            fresh: Makes the variables of what it leads to.
            visiting: Fillers that are being read.
            kind: The W3C's name of the rule that puts it there.
        """
        if cls in visiting:
            return
        nodes = () if named(cls) else (cls, *self._hierarchy.expressions(cls, "up"))
        edges = self._hierarchy.edges
        classes = [cls] if named(cls) else [up for node in nodes for up in edges.get(node, ()) if named(up)]
        if cls == THING:
            classes += filter(named, self._hierarchy.above(THING))
        if classes:
            yield Conclusion(kind, (), Body(), tuple(type_of(term, up) for up in dict.fromkeys(classes)))
        yield from self.conclusions(nodes, term, fresh, visiting | {cls})

    def _at_most(self, node: str, prop: Property, number: str, term: Term, fresh: Fresh) -> Iterator[Conclusion]:
        """A maximum of 0 or 1 (cls-maxc1, maxc2, maxqc1 to 4); larger ones are not in the profile."""
        limit = number.split("^^")[0].strip('"').lstrip("+0") or "0"
        classes = [*self._schema.objects(node, _OWL.onClass), *self._schema.objects(node, _OWL.onDataRange)]
        if limit == "0":
            there = fresh.variable()
            step = Body((prop.step(term, there),))
            kind = "cls-maxc1" if not classes else "cls-maxqc2" if THING in classes else "cls-maxqc1"
            for body in self._qualified(classes, there, fresh):
                yield Conclusion(kind, (prop.nt,), step + body, violator=term)
        elif limit == "1":
            kind = "cls-maxc2" if not classes else "cls-maxqc4" if THING in classes else "cls-maxqc3"
            first, second = fresh.variable(), fresh.variable()
            steps = Body((prop.step(term, first), prop.step(term, second)))
            for one in self._qualified(classes, first, fresh):
                for other in self._qualified(classes, second, fresh):
                    yield from self._at_most_one(kind, prop, steps + one + other, term, first, second)

    def _qualified(self, classes: list[str], there: Variable, fresh: Fresh) -> list[Body]:
        found = [Body()]
        for cls in classes:
            found = [left + right for left in found for right in self._values(cls, there, fresh, frozenset())]
        return found

    def _at_most_one(
        self, kind: str, prop: Property, body: Body, term: Term, first: Variable, second: Variable
    ) -> Iterator[Conclusion]:
        if not self._schema.holds_literals(prop):
            differ = Body((), (different_terms(first, second),))
            yield Conclusion(kind, (prop.nt,), body + differ, (Pattern(first, SAME, second),))
        if not (prop.inverse or self._schema.holds_individuals(prop)):
            clash = Body((), (datatypes.different_values(first, second),))
            yield Conclusion("dt-diff", (prop.nt,), body + clash, violator=term)


def has_value(prop: Property, term: Term, value: str, fresh: Fresh) -> Body:
    """Return what says that a term has a value; a literal that can be written in several ways is compared by value."""
    if not datatypes.has_forms(value):
        return Body((prop.step(term, Constant(value)),))
    there = fresh.variable()
    return Body((prop.step(term, there),), (datatypes.same_value(there, Constant(value)),))


def nothing() -> Draft:
    """Return cls-nothing2: nothing is in owl:Nothing."""
    variable = Variable("x")
    return Draft("cls-nothing2", (NOTHING,), Body((type_of(variable, NOTHING),)), violator=variable)
