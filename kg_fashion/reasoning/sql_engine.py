"""The SQL engine: rules fired as statements over tables of facts, for bulk; DuckDB here, Spark in `spark_engine.py`.

A statement costs about a millisecond, so few are made: rules of one shape are one part of a statement, all that is
written to one predicate is one statement, and rules that have nothing to match make none. SPARQL 1.2 RL, evaluation.
"""

import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path

import numpy as np

from kg_fashion.reasoning.engine import Firing, News
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.guard import check_cross_product
from kg_fashion.reasoning.packed import Provenance, keys
from kg_fashion.reasoning.plan import Source, make_plan
from kg_fashion.reasoning.sql import Select
from kg_fashion.reasoning.sql_database import Array, Database, DuckDB
from kg_fashion.reasoning.sql_heads import Head, new_facts
from kg_fashion.reasoning.sql_solve import Solver, Stored
from kg_fashion.reasoning.sql_statistics import Sizes
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, Variable


class SqlEngine:
    """Fires rules in a database; implements `Engine`.

    Args:
        facts: What is known; gets what was derived when all is done.
        database: Does the work.
        uncertain: The predicates whose facts may have a confidence below 1; none where confidences are not asked for.
    """

    def __init__(self, facts: FactBase, database: Database, *, uncertain: Set[int] = frozenset()) -> None:
        self.facts = facts
        self.uncertain = uncertain
        self._database = database
        self._loaded: dict[int, int] = {}
        self._newest: dict[int, int] = {}
        self._written: dict[int, None] = {}
        self._improved: set[int] = set()
        self._first_round: int | None = None
        self._newest_round = 0
        self._literals = -1
        self._sizes = Sizes(self, database, self._size)
        self._solver = Solver(database, facts, self, self._sizes)

    def id(self, constant: Constant) -> int:
        """Return a constant's term id."""
        return self.facts.id(constant)

    def filled(self, source: Source) -> Sequence[int]:
        """Return the predicates that have facts, or newest facts; loads them."""
        if source == "delta":
            return list(self._newest)
        return [number for number in dict.fromkeys([*self.facts.predicates(), *self._loaded]) if self._size(number)]

    def has(self, predicate: int, source: Source) -> bool:
        """Say whether a predicate has facts, or newest facts; loads it."""
        return predicate in self._newest if source == "delta" else self._size(predicate) > 0

    def is_uncertain(self, predicate: int) -> bool:
        """Say whether a predicate's facts have confidences."""
        return predicate in self.uncertain

    def fire(self, firings: Sequence[Firing], *, round: int) -> News:
        """Evaluate rules side by side; see `Engine`."""
        self._first_round = round if self._first_round is None else self._first_round
        ordered = all(one.number <= next_.number for one, next_ in itertools.pairwise(firings))
        marks = [firing.number for firing in firings] if ordered else list(range(len(firings)))
        made: dict[int, list[Head]] = {}
        deltas = {(firing.number, firing.delta) for firing in firings}
        for firing, mark in zip(firings, marks, strict=True):
            for predicate, head in self._heads(firing, mark, self._settled(firing, deltas)):
                made.setdefault(predicate, []).append(head)
        numbers = {} if ordered else {mark: f.number for mark, f in zip(marks, firings, strict=True)}
        queries = {f"n{predicate}": self._query(predicate, heads, numbers, round) for predicate, heads in made.items()}
        new = dict(zip(made, self._database.create_each(queries).values(), strict=True))
        self._solver.drop()
        self._database.drop([f"d{predicate}" for predicate in self._newest])
        self._database.drop([f"n{predicate}" for predicate, size in new.items() if not size])
        self._newest = {predicate: size for predicate, size in new.items() if size}
        self._newest_round = round
        news = News()
        for predicate in self._newest:
            self._keep(predicate, news)
        return news

    def finish(self) -> None:
        """Hand what was derived to the fact base, a predicate at a time, and forget it here."""
        self._database.drop([f"d{predicate}" for predicate in self._newest])
        self._database.drop([f"p{p}" for p, size in self._loaded.items() if size and p not in self._written])
        for predicate in self._written:
            self._hand_over(predicate, self._first_round or 0)
        self._loaded, self._newest, self._written, self._first_round = {}, {}, {}, None
        self._improved = set()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _size(self, predicate: int) -> int:
        """Return how many facts a predicate has; loads them the first time."""
        if predicate not in self._loaded:
            self._loaded[predicate] = len(self.facts.relation(predicate))
            if self._loaded[predicate]:
                s, o, rule, round, confidence = self.facts.columns(predicate)
                columns: dict[str, Array] = {"s": s, "o": o, "rule": rule, "round": round}
                if predicate in self.uncertain:
                    columns["c"] = np.ones(len(s), np.float32) if confidence is None else confidence
                self._database.load(f"p{predicate}", columns)
        return self._loaded[predicate]

    def _settled(self, firing: Firing, deltas: Set[tuple[int, int | None]]) -> dict[Pattern, int]:
        """Return the patterns before the delta that need to look at older facts alone.

        That two of a rule's patterns match newest facts is found by the firing whose delta comes first.
        """
        earlier = enumerate(firing.rule.patterns[: firing.delta or 0])
        return {
            pattern: self._newest_round
            for position, pattern in earlier
            if (firing.number, position) in deltas and isinstance(pattern.predicate, Constant)
        }

    def _heads(self, firing: Firing, mark: int, settled: Mapping[Pattern, int]) -> list[tuple[int, Head]]:
        """Solve a rule's body and write its templates as queries."""
        rule = firing.rule
        if any(isinstance(p.predicate, Constant) and not self._size(self.id(p.predicate)) for p in rule.patterns):
            return []
        plan = make_plan(rule, self._sizes, delta=firing.delta)
        check_cross_product(plan, self._sizes, self._database.limit_bytes)
        select, stored = self._solver.solve(plan.steps, rule, settled=settled), None
        several = len(rule.head) > 1 and select.joins > 1
        if not select.empty and (several or any(isinstance(t.predicate, Variable) for t in rule.head)):
            stored = self._solver.store(select)
            select = self._solver.over(stored)
        if select.empty:
            return []
        return [made for template in rule.head for made in self._written_by(template, firing, select, stored, mark)]

    def _written_by(
        self, template: Pattern, firing: Firing, select: Select, stored: Stored | None, mark: int
    ) -> list[tuple[int, Head]]:
        weight = select.weight(firing.confidence) if self.uncertain else None
        may_be_literal = _may_be_literal(template, firing.rule)
        if may_be_literal:
            self._load_literals()
        query = select.head(template, mark, weight=weight, nodes_only=may_be_literal)
        head = Head(query, weight is not None, select.columns.keys() <= template.variables)
        if isinstance(template.predicate, Constant):
            return [(self.id(template.predicate), head)]
        assert stored is not None  # noqa: S101  (a head with a variable predicate is stored)
        name = template.predicate.name
        column = select.columns[name]
        named = self._iris(stored, name)
        return [(p, replace(head, query=query.where(f"{column} = {p}"))) for p in named]

    def _iris(self, stored: Stored, variable: str) -> list[int]:
        """Return the values of a variable that can be predicates."""
        ids = self._database.distinct(stored.name, [stored.columns[variable]])[0].tolist()
        texts = self.facts.terms.decode(ids)
        return [number for number, nt in zip(ids, texts, strict=True) if nt[0] == "<" and nt[:2] != "<<"]

    def _load_literals(self) -> None:
        if self._literals != len(self.facts.terms):
            self._literals = len(self.facts.terms)
            ids = np.flatnonzero(~self.facts.terms.is_node).astype(np.int32)
            self._database.load("literal", {"id": ids})

    def _query(self, predicate: int, heads: Sequence[Head], numbers: Mapping[int, int], round: int) -> str:
        """Return the SQL of a predicate's new facts."""
        known, uncertain = self._size(predicate) > 0, predicate in self.uncertain
        return new_facts(predicate, heads, round=round, numbers=numbers, known=known, uncertain=uncertain)

    def _keep(self, predicate: int, news: News) -> None:
        """Add a predicate's new facts to those that are known, and say what is new."""
        table, new = f"p{predicate}", f"d{predicate}"
        uncertain = predicate in self.uncertain
        old = "old" if uncertain else None
        self._database.rename(f"n{predicate}", new)
        counts = self._database.tally(new, "rule", but=old)
        for number, count in counts.items():
            news.counts[number] = news.counts.get(number, 0) + count
        is_type = predicate == self.id(TYPE)
        news.classes[predicate] = set(self._database.tally(new, "o")) if is_type else set()
        added = sum(counts.values())
        if added < self._newest[predicate]:
            self._improved.add(predicate)
            self._database.improve(table, new)
        self._database.append(table, new, self._columns(predicate), but=old)
        self._loaded[predicate] += added
        self._written.setdefault(predicate)

    def _columns(self, predicate: int) -> list[str]:
        return ["s", "o", "rule", "round", *(["c"] if predicate in self.uncertain else [])]

    def _hand_over(self, predicate: int, since: int) -> None:
        """Give the fact base what it does not have yet, and confidences that have grown."""
        table, columns = f"p{predicate}", self._columns(predicate)
        if predicate in self._improved and len(self.facts.relation(predicate)):
            s, o, rule, round, c = self._database.rows(table, columns, before=since)
            self.facts.relation(predicate).update(keys(s, o), Provenance(rule, round, c))
        self.facts.append(predicate, *self._database.rows(table, columns, since=since))
        self._database.drop([table])


def _may_be_literal(template: Pattern, rule: Rule) -> bool:
    return isinstance(template.subject, Variable) and all(p.subject != template.subject for p in rule.patterns)


class DuckDBEngine(SqlEngine):
    r"""Fires rules in DuckDB.

    Args:
        facts: What is known; gets what was derived when all is done.
        uncertain: The predicates whose facts may have a confidence below 1; none where confidences are not asked for.
        memory_limit: Bytes, or a text such as "4GB"; four fifths of the machine's memory by default.
        temp_directory: Where to put what does not fit; without it, what does not fit is an error.
        threads: How many; as many as there are cores by default. The result does not depend on it.

    Raises:
        SettingsError: the memory limit is none, or too small for the rules.

    Example:
        >>> from kg_fashion.reasoning.fixpoint import evaluate
        >>> from kg_fashion.reasoning.parser import parse
        >>> facts = FactBase.from_ntriples(b"<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> <urn:c> .\n")
        >>> rules = parse("PREFIX : <urn:> RULE :carry-on { ?x :p ?z } WHERE { ?x :p ?y . ?y :p ?z }").rules
        >>> evaluate(facts, rules, DuckDBEngine(facts, threads=1)).counts["urn:carry-on"]
        1
    """

    def __init__(
        self,
        facts: FactBase,
        *,
        uncertain: Set[int] = frozenset(),
        memory_limit: int | str | None = None,
        temp_directory: Path | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(facts, DuckDB(memory_limit, temp_directory, threads), uncertain=uncertain)
