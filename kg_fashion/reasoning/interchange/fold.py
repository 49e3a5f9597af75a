"""Rules as they would be written: paths, triple terms and blank nodes in place of the variables that stand for them.

The parser writes a rule out as plain patterns (`reasoning/triples.py`); before a rule can be written in any syntax,
that is turned back here. SPARQL 1.2 RL, Working Draft of August 2026, sections on rules and their bodies.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import count, pairwise

from kg_fashion.reasoning.interchange.written import (
    Absent,
    Blank,
    Element,
    Folded,
    Inner,
    Match,
    Node,
    Total,
    TripleTerm,
)
from kg_fashion.reasoning.syntax import Aggregate, Assignment, Expression, Pattern, Rule, Term, Variable

Triple = tuple[Term, Term, Term]
Binding = Assignment | Aggregate

_PARTS = ("SUBJECT", "PREDICATE", "OBJECT")
_OWN = re.compile(r"_(?:not|set|agg)\d+$|^(?:n_|h_|_)")
"""What the parser adds to names of its own."""
_STEP = re.compile(r"_\d+(?:_agg\d+)?")
_TEST = re.compile(r"(?:isTRIPLE|sameTerm)\(\S")
"""How the parser writes what it asks of a triple term; what a user wrote has a space after the parenthesis."""


def fold(rule: Rule, *, names: Mapping[str, str] | None = None, rejoin: bool = True) -> Folded:
    """Turn a rule back into what would be written.

    Args:
        rule: A well-formed rule.
        names: Other names for some of its variables.
        rejoin: Whether a SET whose variable is also matched stands before that match; where not, it binds a variable of
            its own that is compared afterwards, as SPARQL needs it.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> rule = parse("RULE { ?x <urn:r> [] } WHERE { ?x <urn:p>/^<urn:q> ?y }").rules[0]
        >>> len(rule.patterns), len(fold(rule).body), len(fold(rule).body[0].path)
        (2, 1, 2)
        >>> fold(rule).head[0].object
        Blank(label='anon1')
    """
    return _Folder(rule, names or {}, rejoin=rejoin).folded()


def variables(rule: Rule, *, within_terms: bool = True) -> dict[str, None]:
    """Return the names of all variables of a rule, in the order of its text, or of those outside triple terms alone."""
    found: list[Iterable[str]] = []
    for pattern in (*rule.patterns, *rule.head):
        found.append(term.name for term in pattern if isinstance(term, Variable))
    for _, parts in rule.composed if within_terms else ():
        found.append(term.name for term in parts if isinstance(term, Variable))
    for expression in rule.filters:
        found.append(sorted(expression.variables))
    found += [sorted(negation.variables) for negation in rule.negations]
    found += [sorted(aggregate.variables) for aggregate in rule.aggregates]
    found.append(assignment.variable for assignment in rule.assignments)
    found.append(aggregate.variable for aggregate in rule.aggregates)
    return dict.fromkeys(name for names in found for name in names)


class _Folder:
    """Folds one rule."""

    def __init__(self, rule: Rule, names: Mapping[str, str], *, rejoin: bool) -> None:
        self._rule = rule
        self._rejoin = rejoin
        self._composed = dict(rule.composed)
        self._blank = {a.variable: a.variable.removeprefix("h_") for a in rule.assignments if a.expression is None}
        lists = [rule.patterns, *(n.patterns for n in rule.negations), *(a.patterns for a in rule.aggregates)]
        self._steps = {name for patterns in lists for name in _inner_steps(patterns)}
        self._outside = variables(rule, within_terms=False).keys() - self._composed.keys()
        self._chosen = self._choose(names)

    def _choose(self, names: Mapping[str, str]) -> dict[str, str]:
        """Give each variable a name that the language can say: names of the parser's own lose what it added."""
        unwritten = self._composed.keys() | self._blank.keys() | self._steps
        found = [name for name in variables(self._rule) if name not in unwritten and not self._whole(name)]
        chosen = {name: names[name] for name in found if name in names}
        for name in sorted(set(found) - names.keys(), key=lambda name: (bool(_OWN.search(name)), found.index(name))):
            self._add(name, chosen)
        return chosen

    def _add(self, name: str, chosen: dict[str, str]) -> str:
        plain = _OWN.sub("", name, count=1) or "x"
        plain = f"step{plain}" if plain[0].isdigit() else plain
        taken = {other.casefold() for other in chosen.values()}
        free = (f"{plain}_{number}" if number > 1 else plain for number in count(1))
        chosen[name] = next(wanted for wanted in free if wanted.casefold() not in taken)
        return chosen[name]

    def _whole(self, name: str) -> str | None:
        """Return the name under which the parts of a triple term are known, None for another variable."""
        plain = re.sub(r"_agg\d+$", "", name)
        return plain if plain in self._composed else None

    def folded(self) -> Folded:
        rule = self._rule
        head = tuple(self._match(template, self._composed) for template in rule.head)
        return Folded(rule, head, tuple(self._ordered(self._matches(rule.patterns, self._composed))))

    def _ordered(self, matches: Sequence[Match]) -> Iterator[Element]:
        """Put SETs where they are needed, then the other SETs, the tests and the NOTs."""
        rule = self._rule
        extracted = {a.variable for a in rule.assignments if not a.creates}
        sets: dict[str, Binding] = {a.variable: a for a in rule.aggregates}
        sets |= {a.variable: a for a in rule.assignments if a.creates and a.expression}
        filters = [f for f in rule.filters if not any(map(self._whole, f.variables))]
        filters = [f for f in filters if not (f.same and f.same[1] in extracted)]
        if self._rejoin:
            back = {f.same[1]: f.same[0] for f in filters if f.same and f.same[1] in sets}
            filters = [f for f in filters if not (f.same and f.same[1] in sets)]
            sets = {back.get(name, name): binding for name, binding in sets.items()}
        for match in matches:
            for name in [name for name in sets if self._chosen[name] in match.variables]:
                yield from self._taken(name, sets)
            yield match
        for name in list(sets):
            yield from self._taken(name, sets)
        yield from (f.renamed(self._chosen) for f in filters)
        yield from (Absent(self._inner(n.patterns, n.filters), n.data) for n in rule.negations)

    def _taken(self, name: str, sets: "dict[str, Binding]") -> Iterator[Element]:
        """Take a SET out, after those that it needs."""
        binding = sets.pop(name, None)
        if isinstance(binding, Aggregate):
            inner = self._inner(binding.patterns, binding.filters)
            argument = binding.argument and self._chosen[binding.argument]
            yield Total(self._chosen[name], binding.function, argument, binding.distinct, inner)
        elif binding is not None and binding.expression is not None:
            for needed in sorted(binding.expression.variables):
                yield from self._taken(needed, sets)
            yield Assignment(self._chosen[name], binding.expression.renamed(self._chosen))

    def _inner(self, patterns: Sequence[Pattern], filters: Sequence[Expression]) -> Inner:
        """Fold what stands in a NOT or an aggregate."""
        named = {name for pattern in patterns for name in pattern.variables}
        named |= {name for f in filters if f.text.startswith("sameTerm(") for name in f.variables}
        composed = {name: self._local(parts, named) for name, parts in self._composed.items()}
        values = _parts({name: whole for name in named if (whole := self._whole(name))}, composed)
        tests = []
        for expression in filters:
            if not (_TEST.match(expression.text) and any(map(self._whole, expression.variables))):
                tests.append(_unsubstituted(expression, values).renamed(self._chosen))
        return Inner(tuple(self._matches(patterns, composed)), tuple(tests))

    def _local(self, parts: Triple, named: Set[str]) -> Triple:
        """Return a triple term's parts as a NOT or aggregate means them.

        A variable that the rule binds outside counts only where something inside names it; else it is the inside's own.
        """
        found: list[Term] = []
        for part in parts:
            if isinstance(part, Variable) and part.name in self._outside - named:
                own = [name for name in sorted(named) if re.fullmatch(rf"{part.name}_(?:not|agg)\d+", name)]
                part = Variable(own[0] if own else f"{part.name}_not")
                if part.name not in self._chosen:
                    self._add(part.name, self._chosen)
            found.append(part)
        return found[0], found[1], found[2]

    def _matches(self, patterns: Sequence[Pattern], composed: Mapping[str, Triple]) -> list[Match]:
        found: list[Match] = []
        rest = list(patterns)
        while rest:
            found.append(self._chain(rest, composed))
        return found

    def _chain(self, rest: list[Pattern], composed: Mapping[str, Triple]) -> Match:
        """Take a pattern, or the patterns of a path, from the front."""
        pattern = rest.pop(0)
        backwards = self._is_step(pattern.subject)
        if not backwards and not self._is_step(pattern.object):
            return self._match(pattern, composed)
        here, there = (pattern.object, pattern.subject) if backwards else (pattern.subject, pattern.object)
        steps = [(pattern.predicate, backwards)]
        while self._is_step(there):
            pattern = rest.pop(0)
            backwards = pattern.subject != there
            steps.append((pattern.predicate, backwards))
            there = pattern.subject if backwards else pattern.object
        path = tuple((self._node(predicate, composed), backwards) for predicate, backwards in steps)
        return Match(self._node(here, composed), path, self._node(there, composed))

    def _is_step(self, term: Term) -> bool:
        return isinstance(term, Variable) and term.name in self._steps

    def _match(self, pattern: Pattern, composed: Mapping[str, Triple]) -> Match:
        subject, predicate, obj = (self._node(term, composed) for term in pattern)
        return Match(subject, ((predicate, False),), obj)

    def _node(self, term: Term, composed: Mapping[str, Triple]) -> Node:
        if not isinstance(term, Variable):
            return term
        whole = self._whole(term.name)
        if whole is not None:
            first, second, third = (self._node(part, composed) for part in composed[whole])
            return TripleTerm((first, second, third))
        if term.name in self._blank:
            return Blank(self._blank[term.name])
        return Variable(self._chosen[term.name])


def _inner_steps(patterns: Sequence[Pattern]) -> Iterator[str]:
    """Find the variables that only join two neighbouring patterns of a path."""
    times = Counter(name for pattern in patterns for name in pattern.variables)
    for first, second in pairwise(patterns):
        for name in sorted(first.variables & second.variables):
            ends = [term for pattern in (first, second) for term in (pattern.subject, pattern.object)]
            if _STEP.fullmatch(name) and times[name] == ends.count(Variable(name)) == 2:
                yield name


def _parts(wholes: Mapping[str, str], composed: Mapping[str, Triple]) -> dict[str, str]:
    """Return how the parser writes each variable that is only a part of a triple term -> the variable."""
    found: dict[str, str] = {}
    todo = [(f"?{name}", whole) for name, whole in wholes.items()]
    for text, whole in todo:
        for function, part in zip(_PARTS, composed[whole], strict=True):
            if isinstance(part, Variable) and part.name in composed:
                todo.append((f"{function}({text})", part.name))
            elif isinstance(part, Variable):
                found.setdefault(f"{function}({text})", part.name)
    return found


def _unsubstituted(expression: Expression, values: Mapping[str, str]) -> Expression:
    """Put variables back in place of the parts of triple terms that the parser wrote for them."""
    text, names = expression.text, set(expression.variables)
    for part, name in sorted(values.items(), key=lambda item: -len(item[0])):
        if part in text:
            text, names = text.replace(part, f"?{name}"), names | {name}
    if text == expression.text:
        return expression
    return Expression(text, frozenset(names), each=expression.each)
