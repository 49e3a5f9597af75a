"""Reasoning as a whole: asserted graphs and rules in, a closure out: to ask, to explain, to change, to write."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import StratificationError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import canonical
from kg_fashion.reasoning.axioms import axiom_label, compile_axioms
from kg_fashion.reasoning.canonical import stored
from kg_fashion.reasoning.change import Change
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.engines import EngineName
from kg_fashion.reasoning.expressions import nt
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import Run
from kg_fashion.reasoning.index_engine import heads
from kg_fashion.reasoning.materialisation import Materialisation
from kg_fashion.reasoning.packed import Keys, Provenance, objects, subjects
from kg_fashion.reasoning.plan import make_plan
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.proofs import shortest_proof
from kg_fashion.reasoning.ruleset import ACCEPTED, RuleSet, load_rules
from kg_fashion.reasoning.saved import load_facts, save_rules_path
from kg_fashion.reasoning.solve import Bindings, Scope, solve
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.reasoning.syntax import TYPE, Constant, Pattern, Rule, iri
from kg_fashion.reasoning.written import Derived, write_all, write_change


def reason(
    graph: KnowledgeGraph,
    rules: RuleSet | None = None,
    *,
    engine: EngineName = "auto",
    memory_limit: int | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> "Closure":
    """Derive all that follows from the ontology and catalogue graphs by the OWL axioms and the rules.

    Args:
        graph: Is read, not written; `Closure.write` writes.
        rules: The bundled rules by default.
        engine: "index", "duckdb" or "spark"; "auto" chooses by the number of triples.
        memory_limit: Bytes, or a text such as "4GB", for joins; the engine's own default otherwise.
        progress: Called with a line of text now and then.

    Raises:
        StratificationError: the rules depend on their own negation.
        RuleError: a body pairs more than memory holds.
        SettingsError: the memory limit is none, or the engine is not installed.

    Example:
        >>> graph = KnowledgeGraph()
        >>> _ = graph.load_ontology()
        >>> closure = reason(graph)
        >>> closure.holds(terms.KGF.Merino, terms.KGF.narrowerThan, terms.KGF.AnimalFibre)
        True
    """
    chosen = rules if rules is not None else load_rules()
    return Closure(graph, chosen, engine=engine, memory_limit=memory_limit, progress=progress)


@dataclass(frozen=True)
class Finding:
    """An inconsistency: what is known contradicts the ontology.

    Attributes:
        subject: What it is about, in N-Triples syntax.
        rule: The IRI of the axiom's rule that found it.
        derivation: Why it holds.
    """

    subject: str
    rule: str
    derivation: Derivation


class Closure:
    """What follows from a graph, and why.

    Args:
        graph: Holds the ontology and the catalogue.
        rules: What to apply beside the ontology's axioms; of these, the accepted ones.
        engine: "index", "duckdb" or "spark"; "auto" chooses by the number of triples.
        memory_limit: Bytes, or a text such as "4GB", for joins; the engine's own default otherwise.
        saved: A folder where `save` may have kept the closure; it is read instead of derived where it is current.
        progress: Called with a line of text now and then.

    Attributes:
        rules: The rules.
        was_saved: Whether it was read rather than derived.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        rules: RuleSet,
        *,
        engine: EngineName = "auto",
        memory_limit: int | str | None = None,
        saved: Path | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self._schema = frozenset(graph.triples(terms.ONTOLOGY_GRAPH)) | frozenset(
            filter(_is_schema, graph.triples(terms.CATALOGUE_GRAPH))
        )
        self._equality = False
        self.rules = rules
        said = zip(rules.data, rules.triples(), strict=True)
        asserted = terms.ASSERTED_GRAPHS
        self._only_said = {canonical.pattern(p) for p, t in said if not any(graph.holds(t, name) for name in asserted)}
        program = Program.of(self._in_force(rules, None), _confidences(rules))
        kept = None if saved is None else load_facts(saved, program, rules.data, revision=graph.revision)
        self.was_saved = kept is not None
        if kept is not None:
            self._all = Materialisation(kept[0], program, engine=engine, derived=kept[1])
            return
        snapshot = graph.snapshot()
        facts = FactBase(snapshot.terms)
        facts.assert_columns(snapshot.s, snapshot.p, snapshot.o)
        facts.assert_triples(map(canonical.pattern, rules.data))
        self._all = Materialisation(facts, program, engine=engine, memory_limit=memory_limit, progress=progress)
        if self._needs_equality():
            self._all.derive(self._program(rules), progress=progress)

    @property
    def facts(self) -> FactBase:
        """All that is known."""
        return self._all.facts

    @property
    def run(self) -> Run:
        """How the evaluation went."""
        return self._all.run

    def _needs_equality(self) -> bool:
        """Say whether things are known to be the same, and the rules that carry this on are not in force yet.

        These rules are many, one a property, and only needed where something is the same as something else, which is
        rare; so they come in when it is.
        """
        if self._equality or not len(self.facts.relation(self.facts.id(iri(terms.OWL.sameAs)))):
            return False
        self._equality = True
        return True

    def _program(self, rules: RuleSet) -> Program:
        return self._all.program.changed(self._in_force(rules, self.facts), _confidences(rules))

    def _in_force(self, rules: RuleSet, facts: FactBase | None) -> list[Rule]:
        """Return the axioms' rules and the accepted ones."""
        accepted = [canonical.rule(rule) for rule in rules if rules.status(rule.iri) == ACCEPTED]
        schema = sorted(self._schema, key=str)
        if not self._equality or facts is None:
            return [*compile_axioms(schema), *accepted]
        predicates = {t.predicate.nt for r in accepted for t in r.head if isinstance(t.predicate, Constant)}
        used = sorted(predicates | set(facts.terms.decode(facts.predicates())))
        types = facts.relation(facts.id(TYPE)).everything()
        classes = sorted(facts.terms.decode(np.unique(objects(types)).tolist()))
        found = [*compile_axioms(schema, used, classes=classes), *accepted]
        try:
            stratify(found)
        except StratificationError:
            # what makes things the same depends on what is carried over; so only what is supplied may
            found = [*compile_axioms(schema, used, classes=classes, supplied=True), *accepted]
        return found

    @property
    def applied(self) -> Sequence[Rule]:
        """The rules in force, those of the ontology's axioms first."""
        return self._all.program.active

    def __len__(self) -> int:
        """Count the derived triples."""
        return sum(len(packed) for predicate, packed, _ in self.facts.derived() if predicate != self._violates)

    @property
    def _violates(self) -> int:
        return self.facts.id(iri(terms.KGF.violates))

    @property
    def counts(self) -> Mapping[str, int]:
        """Rule IRI -> how many triples it was the first to derive when everything was; axioms included."""
        return {rule: count for rule, count in self.run.counts.items() if count}

    def rule_label(self, rule: str, lang: str = "en", *, label: Callable[[str], str] | None = None) -> str:
        """Return a rule's or an axiom's label in a language; `label` gives the words for an axiom's terms by IRI."""
        return axiom_label(rule, lang, label=label) or self.rules.label(rule, lang)

    def triples(self) -> Iterator[ox.Triple]:
        """Iterate over the derived triples."""
        lines = "".join(f"{statement.text} .\n" for statement in self._derived())
        return (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))

    def _derived(self) -> Iterator[Derived]:
        for predicate, packed, provenance in self.facts.derived():
            if predicate != self._violates:
                yield from self._decoded(predicate, packed, provenance)

    def _decoded(self, predicate: int, packed: Keys, provenance: Provenance) -> Iterator[Derived]:
        """Iterate over facts as statements, each with the IRI of its rule, None where it is not derived."""
        decode = self.facts.terms.decode
        verb = decode([predicate])[0]
        columns = decode(subjects(packed).tolist()), decode(objects(packed).tolist())
        names = self._all.rules_of(provenance.rule.tolist())
        for s, o, rule, sure in zip(*columns, names, provenance.sure().tolist(), strict=True):
            yield Derived(f"{s} {verb} {o}", rule, sure)

    def findings(self) -> list[Finding]:
        """Return what contradicts the ontology, with its derivation; empty where everything is consistent."""
        packed = self.facts.relation(self._violates).everything()
        decode = self.facts.terms.decode
        pairs = zip(decode(subjects(packed).tolist()), decode(objects(packed).tolist()), strict=True)
        verb = iri(terms.KGF.violates)
        return [
            Finding(subject, rule[1:-1], shortest_proof(self, Pattern(Constant(subject), verb, Constant(rule))))
            for subject, rule in sorted(pairs)
        ]

    def holds(self, subject: str, predicate: str, obj: str) -> bool:
        """Say whether a triple of IRIs is asserted or derived."""
        return self.known(Pattern(iri(subject), iri(predicate), iri(obj)))

    def known(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted or derived."""
        return self._rule_number(triple) >= 0

    def asserted(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted."""
        return self._rule_number(triple) == 0

    def _rule_number(self, triple: Pattern) -> int:
        """Return the number of the rule that a known triple comes from, 0 where it is asserted, -1 where unknown."""
        fact = self.facts.fact(triple)
        return -1 if fact is None else int(self.facts.relation(fact[0]).provenance(fact[1]).rule[0])

    def solutions(self, rule: Rule, bound: Mapping[str, Constant], *, limit: int = 1000) -> list[dict[str, Constant]]:
        """Return solutions of a rule's body over all that is known, sorted.

        Args:
            rule: Any rule, not only one of this closure's.
            bound: Variables with fixed values.
            limit: At most so many.
        """
        start = Bindings(1, {name: np.array([self.facts.id(constant)]) for name, constant in bound.items()})
        found = solve(make_plan(rule, self.facts, bound=bound.keys()), Scope(self.facts), start)
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
                    parts = heads(template, rule, found, self.facts) if found.size else []
                    frames += [self._frame(np.unique(packed), rule.iri) for _, packed, _ in parts]
        schema = {"subject": pl.String, "value": pl.String, "rule": pl.String}
        table = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
        return table.unique().sort("subject", "value", "rule")

    def _frame(self, packed: Keys, rule: str) -> pl.DataFrame:
        decode = self.facts.terms.decode
        columns = {"subject": decode(subjects(packed).tolist()), "value": decode(objects(packed).tolist())}
        bare = [pl.col(name).str.strip_chars("<>") for name in columns]
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(*bare, rule=pl.lit(rule))

    def explain(self, subject: str, predicate: str, obj: str) -> Derivation:
        """Return the shortest proof of a triple.

        Args:
            subject: An IRI.
            predicate: An IRI.
            obj: An IRI, or a literal in N-Triples syntax.

        Raises:
            UnknownNameError: it does not hold.
        """
        last = Constant(obj) if obj.startswith('"') else iri(obj)
        return shortest_proof(self, Pattern(iri(subject), iri(predicate), last))

    def edit(
        self, *, add: Iterable[ox.Triple] = (), remove: Iterable[ox.Triple] = (), rules: RuleSet | None = None
    ) -> Change:
        """Bring the closure up to date with a change of what is asserted, or of the rules, without starting over.

        A change of more than a twentieth of the facts, or to rules that together with the former ones cannot be
        stratified, starts over all the same.

        Args:
            add: Triples to assert.
            remove: Triples that are no longer asserted; those that were not are passed over.
            rules: The rules from now on; those in force by default.

        Returns:
            What holds now and did not before, and the other way round.

        Raises:
            StratificationError: the new rules depend on their own negation; nothing is changed then.

        Example:
            >>> graph = KnowledgeGraph()
            >>> _ = graph.load_ontology()
            >>> closure = reason(graph)
            >>> coat, is_a = ox.NamedNode("urn:coat"), ox.NamedNode(terms.RDF.type)
            >>> change = closure.edit(add=[ox.Triple(coat, is_a, ox.NamedNode(terms.KGF.PufferJacket))])
            >>> closure.holds("urn:coat", terms.KGF.suitsSeason, terms.KGF.Winter)
            True
        """
        new = stored(add)
        gone = stored(remove) - new
        program, schema = self._all.program, self._schema
        later = rules if rules is not None else self.rules
        adding, removing = self._edits(set(map(_pattern, new)), set(map(_pattern, gone)), later)
        classes = self._equality and self.facts.id(TYPE) in adding
        changed = rules is not None or any(map(_is_schema, new | gone)) or classes
        if changed or adding.keys() - set(self.facts.predicates()):
            self._schema = (schema - gone) | frozenset(filter(_is_schema, new))
            try:
                program = self._program(later)
            except StratificationError:
                self._schema = schema
                raise
        change = self._all.change(program, add=adding, remove=removing)
        self.rules = later
        if self._needs_equality():
            change = change.then(self._all.change(self._program(later), add={}, remove={}))
        return change

    def _edits(self, new: set[Pattern], gone: set[Pattern], later: RuleSet) -> tuple[dict[int, Keys], dict[int, Keys]]:
        """Return the facts to assert and those to assert no longer; a fact may be supplied and said beside a rule."""
        said = {canonical.pattern(triple) for triple in later.data}
        unsaid = self._only_said - said - new
        self._only_said = (self._only_said & said - new) | (gone & said)
        before = {canonical.pattern(triple) for triple in self.rules.data}
        fresh = said - before
        self._only_said |= {triple for triple in fresh - new if not self.asserted(triple)}
        return self._all.encoded(new | fresh), self._all.encoded((gone - said) | unsaid)

    def save(self, folder: Path, *, revision: int, rules: Path | None = None) -> None:
        """Keep the closure in files, for `saved`; one in which things are the same is derived anew each time.

        Args:
            folder: Where to; made where it is missing.
            revision: The revision of the store that it stands for.
            rules: Where its rules are, for the commands that come after; None for the bundled ones.
        """
        save_rules_path(folder, rules)
        if not self._equality:
            self._all.save(folder, self.rules.data, revision=revision)

    def write(self, graph: KnowledgeGraph, *, when: datetime | None = None) -> int:
        """Put the derived triples, each with its rule, confidence and time, in place of what the rules graph holds.

        Args:
            graph: The store to write.
            when: The time to state; now by default.

        Returns:
            The number of derived triples.
        """
        return write_all(graph, self.rules, self._derived(), when=when)

    def write_change(self, graph: KnowledgeGraph, change: Change, *, when: datetime | None = None) -> None:
        """Bring the rules graph up to date with a change that `edit` made.

        Args:
            graph: A store whose rules graph held what was derived before.
            change: What `edit` returned.
            when: The time to state of what is new; now by default.
        """

        def standing() -> Iterator[Derived]:
            for predicate, packed in change.touched.items():
                if predicate != self._violates:
                    yield from self._decoded(predicate, packed, self.facts.relation(predicate).provenance(packed))

        write_change(graph, standing(), when=when)


def _confidences(rules: RuleSet) -> dict[str, float]:
    return {rule.iri: sure for rule in rules if (sure := rules.confidence(rule.iri)) is not None}


def _pattern(triple: ox.Triple) -> Pattern:
    s, p, o = (Constant(nt(term)) for term in (triple.subject, triple.predicate, triple.object))
    return Pattern(s, p, o)


_SCHEMA = {
    *(terms.RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(terms.RDF[name] for name in ("first", "rest")),
}


def _is_schema(triple: ox.Triple) -> bool:
    """Say whether a triple may be part of an axiom."""
    predicate = triple.predicate.value
    if predicate == terms.RDF.type:
        return str(triple.object).startswith((f"<{terms.OWL}", f"<{terms.RDFS}"))
    return predicate in _SCHEMA or predicate.startswith(terms.OWL)
