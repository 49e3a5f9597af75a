"""Runs the examples of rules.

Each is run alone, through the ontology and the whole rule set, since that is what its author means: what is given is
added to one closure, and taken away again afterwards. Rules that are only proposed take part in their own examples
alone, deprecated ones in none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning.closure import Closure, reason
from kg_fashion.reasoning.examples import Example, read_examples
from kg_fashion.reasoning.ruleset import PROPOSED, RuleSet
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule, Term, Variable, iri
from kg_fashion.reasoning.why_not import why_not

_NUMBER = re.compile(rf'"([^"]+)"\^\^<{re.escape(terms.XSD)}(?:integer|decimal|double|float)>')


@dataclass(frozen=True)
class Outcome:
    """How an example went.

    Attributes:
        example: The example.
        missing: What was expected and does not follow.
        wrong: What must not follow and does.
        derived: What follows instead: other values of the same properties of the same things.
        why: For each triple that is missing or wrong, why.
    """

    example: Example
    missing: tuple[Pattern, ...] = ()
    wrong: tuple[Pattern, ...] = ()
    derived: tuple[Pattern, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.missing and not self.wrong


def run_examples(
    rules: RuleSet, ontology: Ontology, *, progress: Callable[[str], None] | None = None
) -> Iterator[Outcome]:
    """Iterate over the outcomes of the examples that can be run.

    Args:
        rules: The rules with their examples.
        ontology: Whose axioms apply.
        progress: Called with a line of text now and then.

    Raises:
        StratificationError: the rules depend on their own negation.
    """
    graph = KnowledgeGraph()
    graph.load_ontology(ontology)
    closure = reason(graph, rules)
    examples, _ = read_examples(rules)
    for number, example in enumerate(examples, start=1):
        if progress is not None and number % 50 == 0:
            progress(f"{number} of {len(examples)} examples")
        if rules.status(example.rule) == PROPOSED:
            closure.edit(rules=_accepting(example.rule, rules))
        yield _run(example, closure)
        if closure.rules is not rules:
            closure.edit(rules=rules)


def _accepting(rule: str, rules: RuleSet) -> RuleSet:
    """Return the rules with one that is only proposed as if it were accepted."""
    subject, status = iri(rule), iri(terms.KGF.status)
    return replace(rules, data=tuple(t for t in rules.data if (t.subject, t.predicate) != (subject, status)))


def _run(example: Example, closure: Closure) -> Outcome:
    """Add what is given, look, and take it away again."""
    given = [_triple(pattern) for pattern in example.given if not closure.asserted(pattern)]
    closure.edit(add=given)
    missing = tuple(triple for triple in example.expected if not _holds(triple, closure))
    wrong = tuple(triple for triple in example.unexpected if _holds(triple, closure))
    outcome = _failed(example, missing, wrong, closure) if missing or wrong else Outcome(example)
    closure.edit(remove=given)
    return outcome


def _failed(example: Example, missing: tuple[Pattern, ...], wrong: tuple[Pattern, ...], closure: Closure) -> Outcome:
    why = [*(_why_not(triple, closure) for triple in missing), *(_why(triple, closure) for triple in wrong)]
    return Outcome(example, missing, wrong, _instead(example, closure), tuple(why))


def _holds(triple: Pattern, closure: Closure) -> bool:
    """Say whether a triple is known; a number is known where another spelling of it is (0.6 for 0.60)."""
    return _known_form(triple, closure) is not None


def _known_form(triple: Pattern, closure: Closure) -> Pattern | None:
    if closure.known(triple):
        return triple
    wanted = _number(triple.object)
    if wanted is None:
        return None
    values = Rule("", (), (Pattern(triple.subject, triple.predicate, Variable("value")),))
    found = (solution["value"] for solution in closure.solutions(values, {}))
    return next((Pattern(triple.subject, triple.predicate, v) for v in found if _number(v) == wanted), None)


def _number(term: Term) -> float | None:
    found = _NUMBER.fullmatch(term.nt) if isinstance(term, Constant) else None
    return float(found[1]) if found else None


def _triple(pattern: Pattern) -> ox.Triple:
    text = " ".join(term.nt for term in pattern if isinstance(term, Constant))
    quad: ox.Quad = next(iter(ox.parse(f"{text} .", format=ox.RdfFormat.N_TRIPLES)))
    return quad.triple


def _instead(example: Example, closure: Closure) -> tuple[Pattern, ...]:
    asked = dict.fromkeys((t.subject, t.predicate) for t in (*example.expected, *example.unexpected))
    told = {*example.given, *example.expected, *example.unexpected}
    found = []
    for subject, predicate in asked:
        values = Rule("", (), (Pattern(subject, predicate, Variable("value")),))
        found += [Pattern(subject, predicate, solution["value"]) for solution in closure.solutions(values, {})]
    return tuple(triple for triple in found if triple not in told)


def _why_not(triple: Pattern, closure: Closure) -> str:
    return why_not(closure, triple, limit=2).to_text(rule_label=terms.shorten)


def _why(triple: Pattern, closure: Closure) -> str:
    subject, predicate, obj = (term.nt for term in _known_form(triple, closure) or triple if isinstance(term, Constant))
    tree = closure.explain(subject[1:-1], predicate[1:-1], obj if obj[0] == '"' else obj[1:-1])
    return tree.to_text(rule_label=terms.shorten)
