"""Theta-subsumption (Plotkin 1970): one rule's body, with other names for variables, is part of another's.

Types count with all that they are below in the ontology, and `?t IN ( ... )` with fewer values, or a class in its
place, is the narrower test.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from kg_fashion.reasoning.syntax import TYPE, Constant, Expression, Pattern, Rule, Term, Variable, iri

Ancestors = Callable[[str], Sequence[str]]
"""A class -> the classes that it lies below."""
Binding = Mapping[str, Term]


def subsumes(general: Rule, special: Rule, *, ancestors: Ancestors | None = None) -> bool:
    """Say whether one rule concludes all that another does: its body, renamed, is part of the other's.

    Rules with SET or aggregates are compared by nothing but equality of these parts.

    Args:
        general: The rule that may cover the other.
        special: The rule that may be covered.
        ancestors: Class -> the classes above it; by default no class lies below another.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> text = "PREFIX : <urn:> RULE :a { ?x :p 1 } WHERE { ?x :q ?y } RULE :b { ?z :p 1 } WHERE { ?z :q 2 }"
        >>> a, b = parse(text).rules
        >>> subsumes(a, b), subsumes(b, a)
        (True, False)
    """
    if not plain(general) or not plain(special):
        return False
    for binding in matches(general.head, special.head, {}):
        made = {applied(template, binding) for template in general.head}
        if set(special.head) <= made and covers(general, special, binding, ancestors=ancestors):
            return True
    return False


def plain(rule: Rule) -> bool:
    """Say whether a rule is nothing but patterns, tests and negations."""
    return not rule.assignments and not rule.aggregates


def covers(general: Rule, special: Rule, binding: Binding, *, ancestors: Ancestors | None = None) -> bool:
    """Say whether one body holds wherever another does, some variables being the same."""
    if general.data and not special.data:
        return False
    targets = saturated(special, ancestors)
    return any(_tests_hold(general, special, full) for full in matches(general.patterns, targets, binding))


def saturated(rule: Rule, ancestors: Ancestors | None) -> tuple[Pattern, ...]:
    """Return a body's patterns with all the types that follow."""
    if ancestors is None:
        return rule.patterns
    above = (
        Pattern(pattern.subject, TYPE, iri(name))
        for pattern in rule.patterns
        if pattern.predicate == TYPE and isinstance(pattern.object, Constant)
        for name in ancestors(pattern.object.nt[1:-1])
    )
    return tuple(dict.fromkeys([*rule.patterns, *above]))


def matches(patterns: Sequence[Pattern], targets: Sequence[Pattern], binding: Binding) -> Iterator[dict[str, Term]]:
    """Iterate over the ways to rename variables so that each pattern is one of the targets."""
    if not patterns:
        yield dict(binding)
        return
    first, *rest = patterns
    for target in targets:
        extended = dict(binding)
        fits = all(
            mine == theirs if isinstance(mine, Constant) else extended.setdefault(mine.name, theirs) == theirs
            for mine, theirs in zip(first, target, strict=True)
        )
        if fits:
            yield from matches(rest, targets, extended)


def applied(pattern: Pattern, binding: Binding) -> Pattern:
    """Return a pattern with other terms for its variables."""

    def value(term: Term) -> Term:
        return binding.get(term.name, term) if isinstance(term, Variable) else term

    return Pattern(value(pattern.subject), value(pattern.predicate), value(pattern.object))


def _tests_hold(general: Rule, special: Rule, binding: Binding) -> bool:
    absent = {
        (
            frozenset(applied(p, binding) for p in n.patterns),
            frozenset(_renamed(f, binding).text for f in n.filters),
            n.data,
        )
        for n in general.negations
    }
    own = {(frozenset(n.patterns), frozenset(f.text for f in n.filters), n.data) for n in special.negations}
    return absent <= own and all(_implied(test, special, binding) for test in general.filters)


def _renamed(expression: Expression, binding: Binding) -> Expression:
    return expression.renamed({name: term.name for name, term in binding.items() if isinstance(term, Variable)})


def _implied(test: Expression, special: Rule, binding: Binding) -> bool:
    """Say whether a test holds wherever another rule's body does."""
    same = all(isinstance(binding.get(name), Variable) for name in test.variables)
    if same and _renamed(test, binding).text in {own.text for own in special.filters}:
        return True
    return test.members is not None and all(
        _is_narrower(binding.get(name), set(constants), positive, special) for name, constants, positive in test.members
    )


def _is_narrower(term: Term | None, constants: set[Constant], positive: bool, special: Rule) -> bool:
    if isinstance(term, Constant):
        return (term in constants) == positive
    for own in special.filters:
        for name, values, listed in own.members or ():
            if term == Variable(name) and _narrows(set(values), listed, constants, positive):
                return True
    return False


def _narrows(values: set[Constant], listed: bool, constants: set[Constant], positive: bool) -> bool:
    """Say whether being one of some values, or none of them, means being one of the constants, or none of them."""
    if positive:
        return listed and values <= constants
    return values.isdisjoint(constants) if listed else constants <= values
