"""Reasoning as a whole: asserted graphs and rules in, a closure out that can be asked, explained and written."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import polars as pl
import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import UnknownNameError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.provenance import annotations, generated_at, moment_of
from kg_fashion.reasoning.axioms import axiom_label, compile_axioms
from kg_fashion.reasoning.bindings import Window, place, solve
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.evaluate import Run, evaluate
from kg_fashion.reasoning.facts import Facts
from kg_fashion.reasoning.ruleset import RuleSet, load_rules
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term, Variable, iri

_EVERYTHING = 1 << 14


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
    """

    def __init__(self, graph: KnowledgeGraph, rules: RuleSet, *, progress: Callable[[str], None] | None = None) -> None:
        self.rules = rules
        self._facts = Facts(graph.snapshot())
        self._add_data()
        axioms = compile_axioms(graph.triples(terms.ONTOLOGY_GRAPH))
        self._rules: list[Rule] = [*axioms, *rules]
        self.run: Run = evaluate(self._facts, self._rules, progress=progress)

    def _add_data(self) -> None:
        numbers = [[self._facts.id(t) for t in triple if isinstance(t, Constant)] for triple in self.rules.data]
        if numbers:
            self._facts.add_base([(s, p, o) for s, p, o in numbers])

    def __len__(self) -> int:
        """Count the derived triples."""
        return self._facts.derived()

    @property
    def counts(self) -> Mapping[str, int]:
        """Rule IRI -> how many triples it was the first to derive; axioms of the ontology included."""
        return {rule: count for rule, count in self.run.counts.items() if count}

    def rule_label(self, rule: str, lang: str = "en") -> str:
        """Return a rule's or an axiom's label."""
        return axiom_label(rule) or self.rules.label(rule, lang)

    def triples(self) -> Iterator[ox.Triple]:
        """Iterate over the derived triples."""
        for triple, _ in self._derived():
            yield triple

    def _derived(self) -> Iterator[tuple[ox.Triple, str]]:
        decode = self._facts.snapshot.decode
        nodes: dict[str, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {}
        for predicate in self._facts.predicates:
            table = self._facts.table(predicate)
            verb = ox.NamedNode(decode([predicate])[0][1:-1])
            rows = self._facts.connection.execute(f"SELECT s, o, rule FROM {table} WHERE round > 0").fetchall()
            for s, o, number in rows:
                subject, obj = (_term(nt, nodes) for nt in decode([s, o]))
                if isinstance(subject, ox.NamedNode | ox.BlankNode):
                    yield ox.Triple(subject, verb, obj), self._rules[number - 1].iri

    def holds(self, subject: str, predicate: str, obj: str) -> bool:
        """Say whether a triple of IRIs is asserted or derived."""
        return self._provenance(Pattern(iri(subject), iri(predicate), iri(obj)), _EVERYTHING) is not None

    def firings(self, predicate: str) -> pl.DataFrame:
        """Return every rule that speaks for each value of a property, not only the first to derive it.

        Args:
            predicate: The property's IRI.

        Returns:
            Columns `subject`, `value`, `rule` (IRIs), sorted; one row a subject, value and rule.
        """
        frames = []
        for rule in self._rules:
            for template in rule.head:
                if template.predicate != iri(predicate):
                    continue
                query = solve(self._facts, rule, Window(before=_EVERYTHING))
                subject, value = place(template.subject, self._facts), place(template.object, self._facts)
                found = self._facts.connection.execute(
                    f"SELECT DISTINCT ts.nt AS subject, tv.nt AS value FROM ({query}) b"
                    f" JOIN term ts ON ts.id = {subject} JOIN term tv ON tv.id = {value}"
                ).fetchnumpy()
                columns = {name: pl.Series(found[name].tolist(), dtype=pl.String) for name in ("subject", "value")}
                frames.append(pl.DataFrame(columns).with_columns(rule=pl.lit(rule.iri)))
        schema = {"subject": pl.String, "value": pl.String, "rule": pl.String}
        table = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
        bare = [pl.col(name).str.strip_chars("<>") for name in ("subject", "value")]
        return table.with_columns(bare).unique().sort("subject", "value", "rule")

    def known(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted or derived."""
        return self._provenance(triple, _EVERYTHING) is not None

    def asserted(self, triple: Pattern) -> bool:
        """Say whether a triple without variables is asserted."""
        return self._provenance(triple, 1) is not None

    def solutions(self, rule: Rule, bound: Mapping[str, Constant], *, limit: int = 1000) -> list[dict[str, Constant]]:
        """Return solutions of a rule's body over all that is known, sorted.

        Args:
            rule: Any rule, not only one of this closure's.
            bound: Variables with fixed values.
            limit: At most so many.
        """
        ids = {name: self._facts.id(constant) for name, constant in bound.items()}
        query = solve(self._facts, rule, Window(before=_EVERYTHING), bound=ids)
        cursor = self._facts.connection.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT {int(limit)}")
        names = [column[0].removeprefix("v_") for column in cursor.description or ()]
        decode = self._facts.snapshot.decode
        return [
            {n: Constant(nt) for n, nt in zip(names, decode(row), strict=True)} if names != [""] else {}
            for row in cursor.fetchall()
        ]

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
        if self._provenance(triple, _EVERYTHING) is None:
            short = " ".join(map(terms.shorten, (subject, predicate, obj)))
            raise UnknownNameError(f"neither supplied nor derived: {short}")
        return self._derivation(triple, _EVERYTHING)

    def _provenance(self, triple: Pattern, before: int) -> tuple[int, int] | None:
        """Return (rule number, round) of a fact of a round below `before`; None where there is none."""
        numbers = [self._facts.snapshot.encode(term.nt) for term in triple if isinstance(term, Constant)]
        if None in numbers:
            return None
        subject, predicate, obj = numbers
        table = self._facts.table(predicate or 0)
        found = self._facts.connection.execute(
            f"SELECT rule, round FROM {table} WHERE s = ? AND o = ? AND round < ?", [subject, obj, before]
        ).fetchall()
        return found[0] if found else None

    def _derivation(self, triple: Pattern, before: int) -> Derivation:
        provenance = self._provenance(triple, before)
        if provenance is None or provenance[0] == 0:
            return Derivation(triple, None)
        number, round = provenance
        rule = self._rules[number - 1]
        bindings = self._proof(rule, triple, round)
        premises = [_instantiate(pattern, bindings) for pattern in rule.patterns]
        absent = []
        for negation in rule.negations:
            inner = " and ".join(self._words(_instantiate(pattern, bindings)) for pattern in negation.patterns)
            absent.append(f"not {'supplied' if negation.data else 'so'}: {inner}")
        return Derivation(triple, rule.iri, tuple(self._derivation(p, round) for p in premises), tuple(absent))

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
            ids = {name: self._facts.id(constant) for name, constant in bound.items()}
            query = solve(self._facts, rule, Window(before=round), bound=ids)
            cursor = self._facts.connection.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT 1")
            names = [column[0].removeprefix("v_") for column in cursor.description or ()]
            rows = cursor.fetchall()
            if rows:
                return {n: Constant(nt) for n, nt in zip(names, self._facts.snapshot.decode(rows[0]), strict=True)}
        raise AssertionError(f"no proof of {triple} by {rule.iri}: the provenance is broken")

    def write(self, graph: KnowledgeGraph, *, when: datetime | None = None) -> int:
        """Put the derived triples, each with its rule and time, in place of what the rules graph holds.

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
            for number, (triple, rule) in enumerate(self._derived()):
                written += 1
                yield triple
                if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
                    continue
                confidence = self.rules.confidence(rule)
                degree = (terms.KGF.confidence, str(confidence)) if confidence is not None else None
                yield from annotations(triple, f"s{number}", source=rule, moment=moment, degree=degree)

        graph.replace_graph(terms.RULES_GRAPH, statements())
        return written


_ACTIVITY = ox.NamedNode(terms.RULES_GRAPH)


def _term(
    nt: str, nodes: dict[str, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]
) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    if nt not in nodes:
        if nt.startswith("<") and not nt.startswith("<<"):
            nodes[nt] = ox.NamedNode(nt[1:-1])
        elif nt.startswith("_:"):
            nodes[nt] = ox.BlankNode(nt[2:])
        else:
            line = f"<urn:s> <urn:p> {nt} ."
            nodes[nt] = next(iter(ox.parse(line, format=ox.RdfFormat.N_TRIPLES))).object
    return nodes[nt]


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
