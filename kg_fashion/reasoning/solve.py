"""Solutions of a rule's body over a fact base: the steps of a plan, each over whole columns of bindings.

Bindings are columns of term ids, one a variable. Each step takes all bindings at once: a match looks its bound terms up
in a relation's sorted columns and repeats the rows by what it finds. A column that no later step needs is dropped, and
where a pattern's new variable is needed by nothing, the match is a mere test.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning import expressions
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.guard import refusal
from kg_fashion.reasoning.packed import Keys, keys, objects, subjects
from kg_fashion.reasoning.plan import (
    Absent,
    Assign,
    Collect,
    Compare,
    Filter,
    Match,
    Mint,
    Plan,
    Step,
    Values,
    make_plan,
)
from kg_fashion.reasoning.relation import Found, Lookups, Relation
from kg_fashion.reasoning.syntax import Aggregate, Constant, Negation, Pattern, Rule, Term, Variable

Ids = NDArray[np.int64]
Rows = NDArray[np.intp]
Lookup = Callable[[Ids], Found]
Check = Callable[[Ids], NDArray[np.bool_]]
LIMIT_BYTES = 4 << 30
"""What the bindings of one cross product may take, where nothing else is said."""


@dataclass(frozen=True)
class Bindings:
    """Values of variables.

    Attributes:
        size: How many rows there are.
        columns: Variable -> term ids, shape (size,), int64.
        confidence: The product of the confidences of the facts that were matched, shape (size,); None where all are 1.
    """

    size: int = 1
    columns: Mapping[str, Ids] = field(default_factory=dict)
    confidence: NDArray[np.float32] | None = None

    def at(self, rows: Rows | NDArray[np.bool_]) -> "Bindings":
        """Return some of the rows, in the order given."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        confidence = None if self.confidence is None else self.confidence[rows]
        size = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
        return Bindings(size, columns, confidence)

    def bind(self, name: str, column: Ids) -> "Bindings":
        """Return them with one more variable."""
        return replace(self, columns={**self.columns, name: column})

    def weighed(self, confidence: NDArray[np.float32] | None) -> "Bindings":
        """Return them with their confidences multiplied by others; None stands for ones."""
        if confidence is None:
            return self
        return replace(self, confidence=confidence if self.confidence is None else self.confidence * confidence)

    def only(self, names: Set[str]) -> "Bindings":
        """Return them without the variables that are not named."""
        if self.columns.keys() <= names:
            return self
        return replace(self, columns={name: column for name, column in self.columns.items() if name in names})


@dataclass(frozen=True)
class Scope:
    """What a plan is run over.

    Attributes:
        facts: What is known.
        newest: Predicate id -> the facts that a "delta" match looks at.
        sure: Predicate id -> the confidences of these, where they are at hand; they are looked up otherwise.
        ghosts: Predicate id -> facts that were removed and still count.
        uncertain: The predicates whose facts may have a confidence below 1; their confidences are multiplied.
        limit_bytes: What the bindings of one cross product may take.
    """

    facts: FactBase
    newest: Mapping[int, Keys] = field(default_factory=dict)
    sure: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    ghosts: Mapping[int, Relation] = field(default_factory=dict)
    uncertain: Set[int] = frozenset()
    limit_bytes: int = LIMIT_BYTES

    def relations(self, predicate: int) -> list[Relation]:
        """Return the relations that make up a predicate."""
        own = [self.facts.relation(predicate)]
        return [*own, self.ghosts[predicate]] if predicate in self.ghosts else own

    def predicates(self) -> list[int]:
        """Return all predicates."""
        return list(dict.fromkeys([*self.facts.predicates(), *self.ghosts]))


def solve(plan: Plan, scope: Scope, start: Bindings | None = None, *, keep: Set[str] | None = None) -> Bindings:
    """Run a plan.

    Args:
        plan: The steps.
        scope: What to run them over.
        start: The bindings to begin with; one row without variables by default.
        keep: The variables that are asked for; all by default.

    Raises:
        RuleError: a cross product that would not fit into memory.
    """
    rule = plan.rule
    apart = any(a.expression is None or a.expression.each for a in rule.assignments)
    needed = [None if keep is None or apart else keep] * (len(plan.steps) + 1)
    for place in range(len(plan.steps) - 1, -1, -1):
        later = needed[place + 1]
        needed[place] = None if later is None else later | _variables(plan.steps[place])
    found = start or Bindings()
    for place, step in enumerate(plan.steps):
        if not found.size:
            return _nothing({*found.columns, *rule_variables(rule)})
        later = needed[place + 1]
        found = _step(step, rule, scope, found, later)
        if later is not None:
            found = found.only(later)
    return found


def _nothing(names: Set[str]) -> Bindings:
    return Bindings(0, dict.fromkeys(sorted(names), np.zeros(0, np.int64)))


def rule_variables(rule: Rule) -> Iterator[str]:
    """Iterate over the names of the variables that a solution of a rule's body binds."""
    for pattern in rule.patterns:
        yield from pattern.variables
    yield from (aggregate.variable for aggregate in rule.aggregates)
    yield from (assignment.variable for assignment in rule.assignments)


def _variables(step: Step) -> frozenset[str]:
    match step:
        case Match(pattern):
            return pattern.variables
        case Values(variable) | Mint(variable):
            return frozenset({variable})
        case Compare(expression) | Filter(expression):
            return expression.variables
        case Absent(negation):
            return negation.variables
        case Collect(aggregate):
            return aggregate.variables
        case Assign(variable, expression):
            return expression.variables | {variable}


def _step(step: Step, rule: Rule, scope: Scope, found: Bindings, later: Set[str] | None) -> Bindings:
    terms, now = scope.facts.terms, scope.facts.now
    match step:
        case Match(pattern, source):
            return _match(pattern, source, rule, scope, found, later)
        case Values(variable, constants):
            ids = np.array(terms.intern(c.nt for c in constants), np.int64)
            return _cross(found, {variable: ids}, rule, scope.limit_bytes)
        case Compare(expression):
            return found.at(expressions.compares(expression, found.columns, terms))
        case Absent(negation):
            return found.at(~_refuted(negation, rule, scope, found))
        case Collect(aggregate):
            return _assigned(found, aggregate.variable, _collected(aggregate, rule, scope, found))
        case Filter(expression):
            return found.at(expressions.holds(expression, _rows(found), terms, now=now))
        case Mint(variable):
            return _assigned(found, variable, expressions.mint(rule, variable, found.columns, terms))
        case Assign(variable, expression):
            return _assigned(found, variable, expressions.values(expression, _rows(found), terms, now=now))


def _rows(found: Bindings) -> Mapping[str, Ids]:
    """Return the columns; one more, which tells the rows apart, where there are none."""
    return found.columns or {" row": np.arange(found.size)}


def _assigned(found: Bindings, variable: str, made: Ids) -> Bindings:
    """Bind a variable to what an expression gave; where it has a value already, that is what it must be."""
    if variable in found.columns:
        return found.at(found.columns[variable] == made)
    return found.bind(variable, made).at(made >= 0)


def _match(
    pattern: Pattern, source: str, rule: Rule, scope: Scope, found: Bindings, later: Set[str] | None
) -> Bindings:
    if isinstance(pattern.predicate, Constant):
        return _one_predicate(pattern, scope.facts.id(pattern.predicate), source, rule, scope, found, later)
    name = pattern.predicate.name
    parts = []
    if name in found.columns:
        for predicate in np.unique(found.columns[name]).tolist():
            rows = found.at(found.columns[name] == predicate)
            parts.append(_one_predicate(pattern, predicate, source, rule, scope, rows, later))
    else:
        for predicate in scope.newest if source in ("delta", "trigger") else scope.predicates():
            bound = found.bind(name, np.full(found.size, predicate))
            parts.append(_one_predicate(pattern, predicate, source, rule, scope, bound, later))
    return _stacked([part for part in parts if part.size], pattern, found)


def _stacked(parts: list[Bindings], pattern: Pattern, found: Bindings) -> Bindings:
    if not parts:
        return _nothing({*found.columns, *pattern.variables})
    names = set.intersection(*(set(part.columns) for part in parts))
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
    confidence = None
    if any(part.confidence is not None for part in parts):
        sure = [np.ones(p.size, np.float32) if p.confidence is None else p.confidence for p in parts]
        confidence = np.concatenate(sure)
    return Bindings(sum(part.size for part in parts), columns, confidence)


def _one_predicate(
    pattern: Pattern, predicate: int, source: str, rule: Rule, scope: Scope, found: Bindings, later: Set[str] | None
) -> Bindings:
    """Match a pattern whose predicate is known."""
    if source in ("delta", "trigger"):
        packed = scope.newest.get(predicate, np.zeros(0, np.int64))
        sure = None
        if source == "delta" and predicate in scope.uncertain:
            sure = scope.sure.get(predicate)
            sure = scope.facts.relation(predicate).confidence(packed) if sure is None else sure
        return _scanned(pattern, packed, sure, rule, scope, found)
    certain = predicate not in scope.uncertain or source == "base"
    parts = []
    for relation in scope.relations(predicate):
        if len(relation):
            wanted = relation.asserted() if source == "base" else relation
            weighed = None if certain else relation
            parts.append(_joined(pattern, wanted, rule, scope, found, later if certain else None, weighed))
    if len(parts) == 1:
        return parts[0]
    return _stacked([part for part in parts if part.size], pattern, found)


def column_of(term: Term, found: Bindings, facts: FactBase) -> Ids:
    """Return the values of a term, one a binding."""
    if isinstance(term, Constant):
        return np.full(found.size, facts.id(term))
    return found.columns[term.name]


def _joined(
    pattern: Pattern, relation: Lookups, rule: Rule, scope: Scope, found: Bindings, later: Set[str] | None,
    weighed: Relation | None,
) -> Bindings:  # fmt: skip
    """Match a pattern against a relation; where it is to be weighed, the confidences of its facts are multiplied."""
    s, o = pattern.subject, pattern.object
    s_bound = isinstance(s, Constant) or s.name in found.columns
    o_bound = isinstance(o, Constant) or o.name in found.columns
    if s_bound and o_bound:
        packed = keys(column_of(s, found, scope.facts), column_of(o, found, scope.facts))
        there = relation.has(packed)
        sure = None if weighed is None else weighed.confidence(packed[there])
        return found.at(there).weighed(sure)
    if s_bound and isinstance(o, Variable):
        return _extended(found, s, o, relation.by_subject, relation.has_subject, scope, later, weighed=bool(weighed))
    if o_bound and isinstance(s, Variable):
        return _extended(found, o, s, relation.by_object, relation.has_object, scope, later, weighed=bool(weighed))
    if weighed is None:
        return _scanned(pattern, relation.everything(), None, rule, scope, found)
    packed, provenance = weighed.rows()
    return _scanned(pattern, packed, provenance.confidence, rule, scope, found)


def _extended(
    found: Bindings, known: Term, new: Variable, lookup: Lookup, test: Check, scope: Scope, later: Set[str] | None,
    *, weighed: bool,
) -> Bindings:  # fmt: skip
    """Look one end of a pattern up; a new variable that nothing needs makes it a test."""
    if isinstance(known, Constant):
        _, values, sure = lookup(np.array([scope.facts.id(known)]))
        if later is not None and new.name not in later:
            return found if len(values) else found.at(np.zeros(found.size, np.bool_))
        if found.size == 1:
            single = found.at(np.zeros(len(values), np.intp)).bind(new.name, values)
            return single.weighed(sure if weighed else None)
        rows = np.repeat(np.arange(found.size), len(values))
        tiled = None if sure is None or not weighed else np.tile(sure, found.size)
        return found.at(rows).bind(new.name, np.tile(values, found.size)).weighed(tiled)
    column = found.columns[known.name]
    if later is not None and new.name not in later:
        return found.at(test(column))
    rows, values, sure = lookup(column)
    return found.at(rows).bind(new.name, values).weighed(sure if weighed else None)


def _scanned(
    pattern: Pattern, packed: Keys, sure: NDArray[np.float32] | None, rule: Rule, scope: Scope, found: Bindings
) -> Bindings:
    """Match a pattern against each of some facts, beside each binding; the confidences are None where they are 1."""
    s, o = subjects(packed), objects(packed)
    rows = np.ones(len(packed), dtype=np.bool_)
    for term, column in ((pattern.subject, s), (pattern.object, o)):
        if isinstance(term, Constant):
            rows &= column == scope.facts.id(term)
    if pattern.subject == pattern.object and isinstance(pattern.subject, Variable):
        rows &= s == o
    if not rows.all():
        s, o, sure = s[rows], o[rows], None if sure is None else sure[rows]
    new = {t.name: c for t, c in ((pattern.subject, s), (pattern.object, o)) if isinstance(t, Variable)}
    if not new:  # a pattern without variables holds or not; it is there once at most
        there = found.at(np.full(found.size, len(s) > 0))
        return there.weighed(None if sure is None else np.repeat(sure, found.size))
    shared = [name for name in new if name in found.columns]
    crossed = _cross(
        found, {f" {name}" if name in shared else name: column for name, column in new.items()}, rule, scope.limit_bytes
    )
    crossed = crossed.weighed(None if sure is None else np.tile(sure, found.size))
    for name in shared:
        crossed = crossed.at(crossed.columns[name] == crossed.columns[f" {name}"])
    return crossed.only({name for name in crossed.columns if not name.startswith(" ")}) if shared else crossed


def _cross(found: Bindings, columns: Mapping[str, Ids], rule: Rule, limit_bytes: int) -> Bindings:
    """Pair every binding with every row of some columns."""
    size = len(next(iter(columns.values()), np.zeros(1)))
    if found.size == 1 and not found.columns and found.confidence is None:
        return Bindings(size, dict(columns))
    total = found.size * size
    room = total * 8 * (len(found.columns) + len(columns))
    if room > limit_bytes:
        raise refusal(
            rule, total, room, limit_bytes, "let the patterns of its body share a variable, or filter earlier"
        )
    paired = found.at(np.repeat(np.arange(found.size), size))
    tiled = {name: np.tile(column, found.size) for name, column in columns.items()}
    return replace(paired, columns={**paired.columns, **tiled})


def _refuted(negation: Negation, rule: Rule, scope: Scope, found: Bindings) -> NDArray[np.bool_]:
    """Tell which bindings a NOT's patterns and tests have a solution for."""
    inner = _sub_solutions(negation, rule, scope, found, data=negation.data, keep={" row"})
    mask = np.zeros(found.size, dtype=np.bool_)
    mask[inner.columns[" row"]] = True
    return mask


def _sub_solutions(
    part: Negation | Aggregate, rule: Rule, scope: Scope, found: Bindings, *, data: bool = False, keep: Set[str] | None
) -> Bindings:
    """Solve a sub-pattern for each binding, which " row" names; uncertain facts count as certain ones."""
    own = Rule("", (), part.patterns, part.filters, data=data, path=rule.path, line=rule.line)
    start = Bindings(found.size, {**found.only(part.variables).columns, " row": np.arange(found.size)})
    plan = make_plan(own, scope.facts, bound=start.columns.keys())
    return solve(plan, replace(scope, uncertain=frozenset()), start, keep=keep)


def _collected(aggregate: Aggregate, rule: Rule, scope: Scope, found: Bindings) -> Ids:
    inner = _sub_solutions(aggregate, rule, scope, found, data=rule.data, keep=None)
    arguments = None if aggregate.argument is None else inner.columns[aggregate.argument]
    return expressions.aggregate(aggregate, inner.columns[" row"], arguments, found.size, scope.facts.terms)
