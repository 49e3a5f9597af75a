"""Reasoning as a whole: asserted graphs and rules in, a closure out that can be asked, explained, changed and written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import UnknownNameError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.provenance import annotations, generated_at, moment_of
from kg_fashion.reasoning.axioms import axiom_label, compile_axioms
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import Run, evaluate, uncertain_predicates
from kg_fashion.reasoning.index_engine import IndexEngine, heads
from kg_fashion.reasoning.plan import make_plan
from kg_fashion.reasoning.relation import Keys, objects, subjects
from kg_fashion.reasoning.ruleset import RuleSet, load_rules
from kg_fashion.reasoning.solve import Bindings, Scope, solve
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term, Variable, iri


def reason(
    graph: KnowledgeGraph, rules: RuleSet | None = None, *, progress: Callable[[str], None] | None = None
) -> "Closure":
    """Derive all that follows from the ontology and catalogue graphs by the OWL axioms and the rules.

    Args:
        graph: Is read, not written; `Closure.write` writes.
        rules: The bundled rules by default.
        progress: Called with a line of text now and then.

    Raises:
        StratificationError: the rules depend on their own negation.

    Example:
        >>> graph = KnowledgeGraph()
        >>> _ = graph.load_ontology()
        >>> closure = reason(graph)
        >>> closure.holds(terms.KGF.Merino, terms.KGF.narrowerThan, terms.KGF.AnimalFibre)
        True
    """
    return Closure(graph, rules if rules is not None else load_rules(), progress=progress)


class Closure:
    """What follows from a graph, and why.

    Args:
        graph: Holds the ontology and the catalogue.
        rules: What to apply beside the ontology's axioms.
        progress: Called with a line of text now and then.

    Attributes:
        rules: The rules.
        applied: The axioms' rules and the rules, in the order of their numbers.
        facts: All that is known.
        run: How the evaluation went.
    """

    def __init__(self, graph: KnowledgeGraph, rules: RuleSet, *, progress: Callable[[str], None] | None = None) -> None:
        self.rules = rules
        snapshot = graph.snapshot()
        self.facts = FactBase(snapshot.terms)
        self.facts.assert_columns(snapshot.s, snapshot.p, snapshot.o)
        self.facts.assert_triples(rules.data)
        axioms = compile_axioms(graph.triples(terms.ONTOLOGY_GRAPH))
        self.applied: Sequence[Rule] = [*axioms, *rules]
        self._confidences = {rule.iri: sure for rule in rules if (sure := rules.confidence(rule.iri)) is not None}
        uncertain = uncertain_predicates(self.facts, self.applied, self._confidences)
        engine = IndexEngine(self.facts, uncertain=uncertain)
        self.run: Run = evaluate(
            self.facts, self.applied, engine, confidences=self._confidences, progress=progress
        )

    def __len__(self) -> int:
        """Count the derived triples."""
        return self.facts.n_derived()

    @property
    def counts(self) -> Mapping[str, int]:
        """Rule IRI -> how many triples it was the first to derive; axioms of the ontology included."""
        return {rule: count for rule, count in self.run.counts.items() if count}

    def rule_label(self, rule: str, lang: str = "en") -> str:
        """Return a rule's or an axiom's label."""
        return axiom_label(rule) or self.rules.label(rule, lang)

    def triples(self) -> Iterator[ox.Triple]:
        """Iterate over the derived triples."""
        for triple, _, _ in self._derived():
            yield triple

    def _derived(self) -> Iterator[tuple[ox.Triple, str, float]]:
        """Iterate over the derived triples with rule and confidence."""
        nodes: dict[int, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {}

        def node(number: int) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
            if number not in nodes:
                nodes[number] = _term(self.facts.terms.decode([number])[0])
            return nodes[number]

        for predicate, packed, provenance in self.facts.derived():
            verb = node(predicate)
            columns = (subjects(packed), objects(packed), provenance.rule, provenance.sure())
            for s, o, number, sure in zip(*(column.tolist() for column in columns), strict=True):
                subject = node(s)
                if isinstance(subject, ox.NamedNode | ox.BlankNode) and isinstance(verb, ox.NamedNode):
                    yield ox.Triple(subject, verb, node(o)), self.applied[number - 1].iri, sure

    def holds(self, subject: str, predicate: str, obj: str) -> bool:
        """Say whether a triple of IRIs is asserted or derived."""
        return self.known(Pattern(iri(subject), iri(predicate), iri(obj)))

    def known(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted or derived."""
        return self._rule_and_round(triple) is not None

    def asserted(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted."""
        found = self._rule_and_round(triple)
        return found is not None and found[0] == 0

    def _rule_and_round(self, triple: Pattern) -> tuple[int, int] | None:
        fact = self.facts.fact(triple)
        if fact is None:
            return None
        rule, round, _ = self.facts.relation(fact[0]).provenance(fact[1])
        return None if rule[0] < 0 else (int(rule[0]), int(round[0]))

    def solutions(self, rule: Rule, bound: Mapping[str, Constant], *, limit: int = 1000) -> list[dict[str, Constant]]:
        """Return solutions of a rule's body over all that is known, sorted.

        Args:
            rule: Any rule, not only one of this closure's.
            bound: Variables with fixed values.
            limit: At most so many.
        """
        start = Bindings(1, {name: np.array([self.facts.id(constant)]) for name, constant in bound.items()})
        plan = make_plan(rule, self.facts, bound=bound.keys())
        found = solve(plan, Scope(self.facts), start)
        names = sorted(found.columns)
        rows = sorted(zip(*(found.columns[name].tolist() for name in names), strict=True)) if names else [()]
        decode = self.facts.terms.decode
        return [
            {name: Constant(nt) for name, nt in zip(names, decode(row), strict=True)}
            for row in rows[: min(limit, found.size)]
        ]

    def firings(self, predicate: str) -> pl.DataFrame:
        """Return every rule that speaks for each value of a property, not only the first to derive it.

        Args:
            predicate: The property's IRI.

        Returns:
            Columns `subject`, `value`, `rule` (IRIs), sorted; one row a subject, value and rule.
        """
        frames = []
        for rule in self.applied:
            for template in rule.head:
                if template.predicate == iri(predicate):
                    found = solve(make_plan(rule, self.facts), Scope(self.facts), keep=template.variables)
                    packed = [np.unique(own) for _, own, _ in heads(template, rule, found, self.facts)] if found.size else []
                    frames += [self._frame(own, rule.iri) for own in packed]
        schema = {"subject": pl.String, "value": pl.String, "rule": pl.String}
        table = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
        return table.unique().sort("subject", "value", "rule")

    def _frame(self, packed: Keys, rule: str) -> pl.DataFrame:
        decode = self.facts.terms.decode
        columns = {"subject": decode(subjects(packed).tolist()), "value": decode(objects(packed).tolist())}
        bare = [pl.col(name).str.strip_chars("<>") for name in columns]
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(*bare, rule=pl.lit(rule))

    def explain(self, subject: str, predicate: str, obj: str) -> Derivation:
        """Return why a triple holds.

        Args:
            subject: An IRI.
            predicate: An IRI.
            obj: An IRI, or a literal in N-Triples syntax.

        Raises:
            UnknownNameError: it does not hold.
        """
        last = Constant(obj) if obj.startswith('"') else iri(obj)
        triple = Pattern(iri(subject), iri(predicate), last)
        if not self.known(triple):
            short = " ".join(map(terms.shorten, (subject, predicate, obj)))
            raise UnknownNameError(f"neither supplied nor derived: {short}")
        return self._derivation(triple)

    def _derivation(self, triple: Pattern) -> Derivation:
        number, round = self._rule_and_round(triple) or (0, 0)
        if number == 0:
            return Derivation(triple, None)
        rule = self.applied[number - 1]
        bindings = self._proof(rule, triple, round)
        premises = [_instantiate(pattern, bindings) for pattern in rule.patterns]
        absent = []
        for negation in rule.negations:
            inner = " and ".join(self._words(_instantiate(pattern, bindings)) for pattern in negation.patterns)
            absent.append(f"not {'supplied' if negation.data else 'so'}: {inner}")
        return Derivation(triple, rule.iri, tuple(map(self._derivation, premises)), tuple(absent))

    def _words(self, pattern: Pattern) -> str:
        named = (f"any {t.name}" if isinstance(t, Variable) else terms.local_name(t.nt.strip("<>")) for t in pattern)
        subject, predicate, obj = named
        return f"{subject} {'is a' if predicate == 'type' else predicate} {obj}"

    def _proof(self, rule: Rule, triple: Pattern, round: int) -> dict[str, Constant]:
        """Find one solution of the rule's body, with its head bound, in earlier rounds."""
        for template in rule.head:
            bound = _unify(template, triple)
            if bound is None:
                continue
            for found in self.solutions(rule, bound):
                rounds = [self._rule_and_round(_instantiate(pattern, found)) for pattern in rule.patterns]
                if all(own is not None and own[1] < round for own in rounds):
                    return found
        raise AssertionError(f"no proof of {triple} by {rule.iri}: the provenance is broken")

    def write(self, graph: KnowledgeGraph, *, when: datetime | None = None) -> int:
        """Put the derived triples, each with its rule, confidence and time, in place of what the rules graph holds.

        Args:
            graph: The store to write.
            when: The time to state; now by default.

        Returns:
            The number of derived triples.
        """
        moment = moment_of(when)
        written = 0

        def statements() -> Iterator[ox.Triple]:
            nonlocal written
            yield from self.rules.triples()
            yield generated_at(_ACTIVITY, moment)
            for number, (triple, rule, sure) in enumerate(self._derived()):
                written += 1
                yield triple
                if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
                    continue
                degree = (terms.KGF.confidence, f"{sure:.4g}") if sure < 1 else None
                yield from annotations(triple, f"s{number}", source=rule, moment=moment, degree=degree)

        graph.replace_graph(terms.RULES_GRAPH, statements())
        return written


_ACTIVITY = ox.NamedNode(terms.RULES_GRAPH)


def _term(nt: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    if nt.startswith("<") and not nt.startswith("<<"):
        return ox.NamedNode(nt[1:-1])
    if nt.startswith("_:"):
        return ox.BlankNode(nt[2:])
    return next(iter(ox.parse(f"<urn:s> <urn:p> {nt} .", format=ox.RdfFormat.N_TRIPLES))).object


def _unify(template: Pattern, triple: Pattern) -> dict[str, Constant] | None:
    bound: dict[str, Constant] = {}
    for mine, theirs in zip(template, triple, strict=True):
        if isinstance(mine, Constant):
            if mine != theirs:
                return None
        elif isinstance(theirs, Constant) and bound.setdefault(mine.name, theirs) != theirs:
            return None
    return bound


def _instantiate(pattern: Pattern, bindings: Mapping[str, Constant]) -> Pattern:
    def value(term: Term) -> Term:
        return bindings.get(term.name, term) if isinstance(term, Variable) else term

    return Pattern(value(pattern.subject), value(pattern.predicate), value(pattern.object))
