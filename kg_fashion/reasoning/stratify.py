"""Strata: an order of rules in which a negation looks only at what is already complete.

A rule depends on another where a template of that one can make a triple that a pattern of its own matches: told by
unification, so that rules about classes or values that have nothing to do with each other do not count as a cycle.
SPARQL 1.2 RL, stratification; Apt, Blair, Walker 1988.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion import terms
from kg_fashion.errors import StratificationError
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term

_ANY = "*"
Key = tuple[str, str]
"""(predicate, object) in N-Triples syntax; `*` where it may be any."""


def pattern_keys(pattern: Pattern, rule: Rule) -> tuple[Key, ...]:
    """Return what a pattern reads or a template writes; a FILTER that lists the objects narrows it."""
    if not isinstance(pattern.predicate, Constant):
        return ((_ANY, _ANY),)
    predicate = pattern.predicate.nt
    if isinstance(pattern.object, Constant):
        return ((predicate, pattern.object.nt),)
    for expression in rule.filters:
        for variable, constants, positive in expression.members or ():
            if positive and variable == pattern.object.name:
                return tuple((predicate, constant.nt) for constant in constants)
    return ((predicate, _ANY),)


def meets(first: Key, second: Key) -> bool:
    """Say whether two keys can stand for the same triple.

    Example:
        >>> meets(("p", "*"), ("*", "*")), meets(("type", "Coat"), ("type", "*")), meets(("type", "A"), ("type", "B"))
        (True, True, False)
    """
    if _ANY in (first[0], second[0]):
        return True
    return first[0] == second[0] and (first[1] == second[1] or _ANY in (first[1], second[1]))


@dataclass(frozen=True)
class Layer:
    """Rules that can be fired side by side, since none reads what another of them writes but within a recursion.

    Attributes:
        rules: All of them.
        recursive: Those that depend on their own results, to be fired again until nothing is new.
    """

    rules: tuple[Rule, ...]
    recursive: tuple[Rule, ...]


def layers(rules: Sequence[Rule]) -> list[Layer]:
    """Order rules so that each stands above all that it reads; a rule that is not recursive need be fired only once.

    Raises:
        StratificationError: a cycle through NOT, or through a SET that makes new terms; the message names its rules.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> text = "PREFIX : <urn:> RULE { ?x :p ?z } WHERE { ?x :p ?y . ?y :p ?z } RULE { ?x :q 1 } WHERE { ?x :p ?y }"
        >>> [(len(layer.rules), len(layer.recursive)) for layer in layers(parse(text).rules)]
        [(1, 1), (1, 0)]
    """
    graph = _Graph(rules)
    depth = graph.depths(dict.fromkeys(graph.edge_list(), 1))
    found: dict[int, list[int]] = defaultdict(list)
    for number in range(len(rules)):
        found[depth[graph.place[number]]].append(number)
    return [
        Layer(tuple(rules[n] for n in members), tuple(rules[n] for n in members if graph.is_recursive(n)))
        for _, members in sorted(found.items())
    ]


def stratify(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Order rules into strata: the lowest that its reads allow, one higher than what it reads strictly.

    Raises:
        StratificationError: a cycle through NOT, or through a SET that makes new terms; the message names its rules.
    """
    graph = _Graph(rules)
    level = graph.depths({edge: int(edge in graph.strict) for edge in graph.edge_list()})
    strata: dict[int, list[Rule]] = defaultdict(list)
    for number, rule in enumerate(rules):
        strata[level[graph.place[number]]].append(rule)
    return [strata[number] for number in sorted(strata)]


class _Graph:
    """Which rules feed which, and which of these edges must not lie on a cycle."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.edges: dict[int, set[int]] = defaultdict(set)
        self.strict: set[tuple[int, int]] = set()
        self._connect(rules)
        self.components = _components(len(rules), self.edges)
        self.place = {rule: number for number, members in enumerate(self.components) for rule in members}
        for writer, reader in sorted(self.strict):
            if self.place[writer] == self.place[reader]:
                raise self._cycle(rules, writer, reader)

    def _connect(self, rules: Sequence[Rule]) -> None:
        writes = [tuple(key for template in rule.head for key in pattern_keys(template, rule)) for rule in rules]
        index = _Writers(writes)
        heads = [_shapes(rule, rule.head, "h") for rule in rules]
        for reader, rule in enumerate(rules):
            creates = any(assignment.creates for assignment in rule.assignments)
            negative = [pattern for n in rule.negations if not n.data for pattern in n.patterns]
            negative += [pattern for aggregate in rule.aggregates for pattern in aggregate.patterns]
            for patterns, strict in ((() if rule.data else rule.patterns, creates), (negative, True)):
                read = _shapes(rule, patterns, "b")
                for writer in index.of(key for p in patterns for key in pattern_keys(p, rule)):
                    if _can_feed(heads[writer], read):
                        self.edges[writer].add(reader)
                        if strict:
                            self.strict.add((writer, reader))

    def edge_list(self) -> list[tuple[int, int]]:
        """Return the edges between components, by rules."""
        found = [(writer, reader) for writer, readers in self.edges.items() for reader in readers]
        return [(writer, reader) for writer, reader in found if self.place[writer] != self.place[reader]]

    def is_recursive(self, rule: int) -> bool:
        """Say whether a rule depends on its own results."""
        return len(self.components[self.place[rule]]) > 1 or rule in self.edges[rule]

    def depths(self, weights: Mapping[tuple[int, int], int]) -> list[int]:
        """Return, for each component, the greatest weight of a path that leads to it."""
        outgoing: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (writer, reader), weight in weights.items():
            outgoing[self.place[writer]].append((self.place[reader], weight))
        depth = [0] * len(self.components)
        for number in range(len(self.components)):  # writers stand before readers
            for reader, weight in outgoing[number]:
                depth[reader] = max(depth[reader], depth[number] + weight)
        return depth

    def _cycle(self, rules: Sequence[Rule], writer: int, reader: int) -> StratificationError:
        path = [rules[reader], *(rules[number] for number in self._path(reader, writer))]
        rule = rules[reader]
        how = "SET or a blank node" if any(a.creates for a in rule.assignments) else "NOT"
        if rule.aggregates:
            how = "an aggregate"
        names = " -> ".join(terms.shorten(r.iri) for r in (*path, rule) if r is not None)
        message = (
            f"{terms.shorten(rule.iri)} depends on its own result through {how}: {names};"
            " use NOT DATA to look at the base alone, or split the property"
        )
        return StratificationError(message, path=rule.path, line=rule.line, column=rule.column, iri=rule.iri)

    def _path(self, start: int, end: int) -> list[int]:
        """Return the rules after `start` on a shortest way along the edges to `end`."""
        before = {start: start}
        waiting = [start]
        for rule in waiting:
            for following in sorted(self.edges[rule]):
                if following not in before:
                    before[following] = rule
                    waiting.append(following)
        found = []
        while end != start:
            found.append(end)
            end = before[end]
        return found[::-1]


Shape = tuple["Shape | str", ...]
"""A triple or triple term with its parts; a variable begins with "?", renamed apart between the two sides."""


def _shapes(rule: Rule, patterns: Iterable[Pattern], side: str) -> list[Shape]:
    """Write patterns so that they can be unified: triple terms by their parts, fresh blank nodes as constants."""
    composed = dict(rule.composed)
    fresh = {assignment.variable for assignment in rule.assignments if assignment.expression is None}

    def part(term: Term) -> Shape | str:
        if isinstance(term, Constant):
            return term.nt
        if term.name in composed:
            return tuple(part(inner) for inner in composed[term.name])
        return f"_:{term.name}" if term.name in fresh else f"?{side}{term.name}"

    return [tuple(part(term) for term in pattern) for pattern in patterns]


def _can_feed(heads: Iterable[Shape], patterns: Iterable[Shape]) -> bool:
    """Say whether a head can make a triple that one of the patterns matches."""
    return any(_fits(made, read) for made in heads for read in patterns)


def _fits(first: Shape, second: Shape) -> bool:
    """Say whether two shapes can be made the same; at once where no part is a triple term, no variable twice."""
    for one, other in zip(first, second, strict=True):
        if isinstance(one, str) and isinstance(other, str) and one != other and one[0] != "?" and other[0] != "?":
            return False
    if _is_plain(first) and _is_plain(second):
        return True
    return _unify(first, second, {}) is not None


def _is_plain(shape: Shape) -> bool:
    variables = [part for part in shape if not isinstance(part, str) or part[0] == "?"]
    return len(variables) == len(set(variables)) and all(isinstance(part, str) for part in shape)


def _unify(first: Shape | str, second: Shape | str, known: dict[str, Shape | str]) -> dict[str, Shape | str] | None:
    """Make two shapes the same by values for their variables (Robinson 1965); None where nothing does."""
    first, second = _value(first, known), _value(second, known)
    if first == second:
        return known
    for one, other in ((first, second), (second, first)):
        if isinstance(one, str) and one.startswith("?"):
            return {**known, one: other}
    if isinstance(first, str) or isinstance(second, str):
        constant, shape = (first, second) if isinstance(first, str) else (second, first)
        return known if isinstance(constant, str) and constant.startswith("<<") and not isinstance(shape, str) else None
    found: dict[str, Shape | str] | None = known
    for one, other in zip(first, second, strict=True):
        found = None if found is None else _unify(one, other, found)
    return found


def _value(term: Shape | str, known: dict[str, Shape | str]) -> Shape | str:
    while isinstance(term, str) and term in known:
        term = known[term]
    return term


class _Writers:
    """Finds the rules that write what a key reads."""

    def __init__(self, writes: Sequence[tuple[Key, ...]]) -> None:
        self._exact: dict[Key, set[int]] = defaultdict(set)
        for number, keys in enumerate(writes):
            for key in keys:
                self._exact[key].add(number)

    def of(self, keys: Iterable[Key]) -> set[int]:
        found: set[int] = set()
        for key in keys:
            if _ANY in key:
                found.update(*(rules for other, rules in self._exact.items() if meets(key, other)))
            else:
                for other in (key, (key[0], _ANY), (_ANY, _ANY)):
                    found |= self._exact.get(other, set())
        return found


def _components(size: int, edges: dict[int, set[int]]) -> list[list[int]]:
    """Return the strongly connected components, writers before readers (Tarjan 1972, iterative)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in range(size):
        if root in order:
            continue
        work: list[tuple[int, Iterator[int]]] = [(root, iter(sorted(edges[root])))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, following = work[-1]
            step = next(following, None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    members = stack[stack.index(node) :]
                    del stack[stack.index(node) :]
                    on_stack.difference_update(members)
                    found.append(members)
            elif step not in order:
                order[step] = low[step] = len(order)
                stack.append(step)
                on_stack.add(step)
                work.append((step, iter(sorted(edges[step]))))
            elif step in on_stack:
                low[node] = min(low[node], order[step])
    return found[::-1]
