"""What a search over a closure needs of it, and its answers kept so that nothing is asked twice.

Between the closure, which knows what holds, and the searches for proofs and for missing facts, which ask it rule by
rule. A rule is found by its head (predicate, and for rdf:type the class) before anything is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Term, Variable

_MANY = 1000
_VALUE = Variable("o")

Bindings = dict[str, Constant]
"""Variable name -> value."""


class Confidences(Protocol):
    """Rules that may state how sure they are."""

    def confidence(self, rule: str) -> float | None:
        """Return the confidence of the rule with this IRI, 0 to 1, None where it states none."""


class Known(Protocol):
    """What is asserted and derived, and the rules that derived it."""

    @property
    def applied(self) -> Sequence[Rule]:
        """All rules in use, the ontology's axioms included."""

    @property
    def rules(self) -> Confidences:
        """The rules beside the axioms."""

    def known(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted or derived."""

    def asserted(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted."""

    def solutions(self, rule: Rule, bound: Mapping[str, Constant], *, limit: int = ...) -> list[Bindings]:
        """Return the solutions of a rule's body with some variables bound."""


def unify(template: Pattern, triple: Pattern) -> Bindings | None:
    """Return the bindings of a template's variables that make it a triple; None where none do.

    Example:
        >>> a, b = Constant("<urn:a>"), Constant("<urn:b>")
        >>> unify(Pattern(Variable("x"), a, Variable("x")), Pattern(b, a, b))
        {'x': Constant(nt='<urn:b>')}
        >>> unify(Pattern(Variable("x"), a, Variable("x")), Pattern(b, a, a)) is None
        True
    """
    bound: Bindings = {}
    for mine, theirs in zip(template, triple, strict=True):
        if not isinstance(theirs, Constant):
            continue
        if isinstance(mine, Constant):
            if mine != theirs:
                return None
        elif bound.setdefault(mine.name, theirs) != theirs:
            return None
    return bound


def instantiate(pattern: Pattern, bindings: Mapping[str, Term]) -> Pattern:
    """Put values in place of variables.

    Example:
        >>> a = Constant("<urn:a>")
        >>> str(instantiate(Pattern(Variable("x"), a, Variable("y")), {"x": a}))
        '<urn:a> <urn:a> ?y'
    """

    def value(term: Term) -> Term:
        return bindings.get(term.name, term) if isinstance(term, Variable) else term

    return Pattern(value(pattern.subject), value(pattern.predicate), value(pattern.object))


def text_of(pattern: Pattern) -> str:
    """Return a pattern's whole text, by which patterns are ordered."""
    return " ".join(term.nt if isinstance(term, Constant) else f"?{term.name}" for term in pattern)


class Lookup:
    """Answers of a closure, each asked once.

    Args:
        closure: What is known.
    """

    def __init__(self, closure: Known) -> None:
        self.closure = closure
        self._heads: dict[tuple[str, str], list[tuple[int, Rule, Pattern]]] = defaultdict(list)
        self._bodies: dict[tuple[str, str], list[tuple[int, Rule, Pattern]]] = defaultdict(list)
        for number, rule in enumerate(closure.applied):
            for template in rule.head:
                self._heads[_key(template)].append((number, rule, template))
            for pattern in rule.patterns:
                self._bodies[_key(pattern)].append((number, rule, pattern))
        self._values: dict[tuple[Term, Term, bool], frozenset[Term] | None] = {}
        self._matches: dict[tuple[Pattern, bool, int], list[Bindings]] = {}

    def writers(self, triple: Pattern) -> Iterator[tuple[Rule, Pattern]]:
        """Iterate over the rules, in order, and their templates that may write a triple or an instance of a pattern."""
        return _found(self._heads, triple)

    def readers(self, triple: Pattern) -> Iterator[tuple[Rule, Pattern]]:
        """Iterate over the rules, in order, and the patterns of their bodies that may match a triple."""
        return _found(self._bodies, triple)

    def known(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted or derived."""
        values = self._known_values(triple.subject, triple.predicate, data=False)
        return self.closure.known(triple) if values is None else triple.object in values

    def asserted(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted."""
        values = self._known_values(triple.subject, triple.predicate, data=True)
        return self.closure.asserted(triple) if values is None else triple.object in values

    def matches(self, pattern: Pattern, *, data: bool = False, limit: int = _MANY) -> list[Bindings]:
        """Return the bindings under which a pattern is known, or asserted with `data`, in the order of their text."""
        if not pattern.variables:
            holds = self.asserted(pattern) if data else self.known(pattern)
            return [{}] if holds else []
        key = (pattern, data, limit)
        if key not in self._matches:
            found = self.closure.solutions(Rule("", (), (pattern,), data=data), {}, limit=limit)
            self._matches[key] = sorted(found, key=lambda bound: sorted((n, c.nt) for n, c in bound.items()))
        return self._matches[key]

    def possible(self, pattern: Pattern, *, data: bool = False) -> bool:
        """Say, at the cost of one question for each subject and property, whether a pattern may be known."""
        if isinstance(pattern.subject, Variable) or isinstance(pattern.predicate, Variable):
            return True
        values = self._known_values(pattern.subject, pattern.predicate, data=data)
        if values is None:
            return True
        return bool(values) if isinstance(pattern.object, Variable) else pattern.object in values

    def _known_values(self, subject: Term, predicate: Term, *, data: bool) -> frozenset[Term] | None:
        """Return all known values of a property; None where they are too many to list."""
        key = (subject, predicate, data)
        if key not in self._values:
            rule = Rule("", (), (Pattern(subject, predicate, _VALUE),), data=data)
            found = self.closure.solutions(rule, {}, limit=_MANY + 1)
            self._values[key] = None if len(found) > _MANY else frozenset(bound["o"] for bound in found)
        return self._values[key]


def _key(template: Pattern) -> tuple[str, str]:
    predicate, obj = template.predicate, template.object
    if not isinstance(predicate, Constant):
        return ("", "")
    return (predicate.nt, obj.nt if predicate == TYPE and isinstance(obj, Constant) else "")


def _found(
    index: Mapping[tuple[str, str], list[tuple[int, Rule, Pattern]]], triple: Pattern
) -> Iterator[tuple[Rule, Pattern]]:
    predicate, obj = (term.nt if isinstance(term, Constant) else "" for term in (triple.predicate, triple.object))
    keys = {(predicate, obj), (predicate, ""), ("", "")} if predicate == TYPE.nt else {(predicate, ""), ("", "")}
    if not obj and predicate == TYPE.nt:
        keys = {key for key in index if key[0] in ("", predicate)}
    if not predicate:
        keys = set(index)
    found = [entry for key in keys for entry in index.get(key, ())]
    for _, rule, pattern in sorted(found, key=lambda entry: (entry[0], text_of(entry[2]))):
        yield rule, pattern
