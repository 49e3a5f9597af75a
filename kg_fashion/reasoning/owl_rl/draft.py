"""Drafts of rules: what a table gives for an axiom, before names are unique and constants filled in.

SPARQL 1.2 RL for the form of the rules; OWL 2 Profiles, section 4.3, for their names.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from itertools import chain, count

from kg_fashion import terms
from kg_fashion.reasoning.owl_rl.schema import THING
from kg_fashion.reasoning.syntax import TYPE, Constant, Expression, Pattern, Rule, Term, Variable, iri

X, Y, Z = Variable("x"), Variable("y"), Variable("z")
SAME = iri(terms.OWL.sameAs)
VIOLATES = iri(terms.KGF.violates)


@dataclass(frozen=True, slots=True)
class Body:
    """A conjunction.

    Attributes:
        patterns: Its triple patterns.
        filters: Its tests.
    """

    patterns: tuple[Pattern, ...] = ()
    filters: tuple[Expression, ...] = ()

    def __add__(self, other: "Body") -> "Body":
        return Body(
            tuple(dict.fromkeys((*self.patterns, *other.patterns))),
            tuple(dict.fromkeys((*self.filters, *other.filters))),
        )

    def bound(self, variable: str, value: Constant) -> "Body":
        """Return it with a constant in a variable's place; tests of that variable are taken as passed."""
        patterns = (Pattern(*(value if term == Variable(variable) else term for term in p)) for p in self.patterns)
        return Body(tuple(patterns), tuple(f for f in self.filters if not f.members or f.members[0][0] != variable))


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule without its final name.

    Attributes:
        kind: The W3C's name of the rule that it instantiates.
        names: The terms that tell it apart, in N-Triples syntax.
        body: Where it holds.
        head: What it concludes.
        violator: What it finds to be inconsistent, in place of a head.
        data: Whether its body looks at what is supplied alone.
    """

    kind: str
    names: tuple[str, ...]
    body: Body
    head: tuple[Pattern, ...] = ()
    violator: Term | None = None
    data: bool = False


class Fresh:
    """Makes variables that differ from one another and from x, y and z.

    Args:
        stem: What their names begin with.
    """

    def __init__(self, stem: str = "v") -> None:
        self._stem = stem
        self._numbers = count(1)

    def variable(self) -> Variable:
        """Return a new one."""
        return Variable(f"{self._stem}{next(self._numbers)}")


def type_of(term: Term, cls: str) -> Pattern:
    """Return the triple that puts a term into a class in N-Triples syntax."""
    return Pattern(term, TYPE, Constant(cls))


def one_of(variable: Variable, constants: Iterable[str]) -> Expression:
    """Return the test that a variable is one of a few IRIs.

    Example:
        >>> one_of(Variable("c"), ["<urn:a>", "<urn:b>"]).text
        '?c IN ( <urn:a> , <urn:b> )'
    """
    listed = tuple(map(Constant, constants))
    text = f"{variable} IN ( {' , '.join(constant.nt for constant in listed)} )"
    return Expression(text, frozenset({variable.name}), members=((variable.name, listed, True),))


def different_terms(first: Variable, second: Variable) -> Expression:
    """Return the test that two variables are different terms.

    Example:
        >>> different_terms(Variable("x"), Variable("y")).text
        '! sameTerm(?x , ?y)'
    """
    names = (first.name, second.name)
    return Expression(f"! sameTerm({first} , {second})", frozenset(names), differ=names)


def finish(drafts: Iterable[Draft], *, reflexive: bool = False) -> list[Rule]:
    """Turn drafts into rules: tests on lists of individuals alone are filled in, what says nothing new is left out.

    Args:
        drafts: What the tables give, in any order.
        reflexive: Whether membership in owl:Thing is worth a rule.

    Returns:
        The rules, sorted by name, each name once.
    """
    found: dict[str, dict[_Part, None]] = defaultdict(dict)
    for draft in chain.from_iterable(map(_grounded, drafts)):
        head = tuple(t for t in dict.fromkeys(draft.head) if _says_something(t, draft.body, reflexive=reflexive))
        if (head or draft.violator) and not any(map(_about_literal, draft.body.patterns)):
            found[_stem(draft)][draft.body, head, draft.violator, draft.data] = None
    return [rule for stem in sorted(found) for rule in _numbered(stem, found[stem], taken=found.keys())]


def _stem(draft: Draft) -> str:
    names = (terms.local_name(name.strip("<>")) for name in draft.names)
    return terms.RULE + "/".join(["owl", draft.kind, *names])


_Part = tuple[Body, tuple[Pattern, ...], Term | None, bool]


def _numbered(stem: str, parts: Iterable[_Part], *, taken: Set[str]) -> Iterator[Rule]:
    """Name rules that would have the same name by their text, so that names do not depend on the order of axioms."""
    free = (name for number in count(2) if (name := f"{stem}/{number}") not in taken)
    for name, (body, head, violator, data) in zip(chain([stem], free), sorted(parts, key=str), strict=False):
        templates = (Pattern(violator, VIOLATES, iri(name)),) if violator else head
        yield Rule(name, templates, body.patterns, body.filters, data=data)


def _about_literal(triple: Pattern) -> bool:
    return isinstance(triple.subject, Constant) and triple.subject.nt.startswith('"')


def _says_something(triple: Pattern, body: Body, *, reflexive: bool) -> bool:
    if triple in body.patterns or _about_literal(triple):
        return False
    return reflexive or triple.predicate != TYPE or triple.object != Constant(THING)


def _grounded(draft: Draft) -> Iterator[Draft]:
    """Put individuals in the place of a variable that only a list of them binds."""
    matched = {name for pattern in draft.body.patterns for name in pattern.variables}
    for expression in draft.body.filters:
        for name, constants, _ in expression.members or ():
            if name not in matched:
                others = [f.members[0] for f in draft.body.filters if f.members and f.members[0][0] == name]
                common = [c for c in constants if all(c in listed for _, listed, _ in others)]
                yield from _merged([_bind(draft, name, constant) for constant in common])
                return
    yield draft


def _bind(draft: Draft, name: str, value: Constant) -> Draft:
    head = tuple(Pattern(*(value if term == Variable(name) else term for term in p)) for p in draft.head)
    violator = value if draft.violator == Variable(name) else draft.violator
    return replace(draft, body=draft.body.bound(name, value), head=head, violator=violator)


def _merged(drafts: list[Draft]) -> Iterator[Draft]:
    """Make one draft of those that hold without a condition."""
    heads = [triple for draft in drafts if draft.body == Body() and not draft.violator for triple in draft.head]
    if heads:
        yield replace(drafts[0], body=Body(), head=tuple(heads))
    for draft in drafts:
        if draft.body != Body() or draft.violator:
            yield from _grounded(draft)
