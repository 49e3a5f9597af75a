"""Rule mining as a whole: facts in, rules out, best first, and what was cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kg_fashion import terms
from kg_fashion.errors import InputError, UnknownNameError, did_you_mean
from kg_fashion.reasoning.mining.conjunctions import Bodies, Counts, count_bodies
from kg_fashion.reasoning.mining.facts import MiningFacts
from kg_fashion.reasoning.mining.items import Item, Items, find_items
from kg_fashion.reasoning.mining.paths import mine_paths
from kg_fashion.reasoning.mining.prune import keep
from kg_fashion.reasoning.mining.rule import MinedRule
from kg_fashion.reasoning.syntax import Pattern, Variable, iri

Progress = Callable[[str], None]
_MAX_PAIRS = 50_000


@dataclass(frozen=True)
class MiningSettings:
    """What to look for.

    Attributes:
        heads: Properties to learn rules for, as attribute names, prefixed names or IRIs.
        min_support: Pairs that a rule must predict rightly.
        min_confidence: The least PCA confidence, 0 to 1.
        max_atoms: The longest body, 1 to 3.
    """

    heads: tuple[str, ...] = ("season", "occasion")
    min_support: int = 50
    min_confidence: float = 0.7
    max_atoms: int = 3

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.min_support < 1:
            raise InputError("the least support is 1")
        if not 0 < self.min_confidence <= 1:
            raise InputError("the least confidence lies above 0 and is at most 1")
        if not 1 <= self.max_atoms <= 3:
            raise InputError("a body has 1 to 3 atoms")


@dataclass(frozen=True)
class MiningResult:
    """What was found.

    Attributes:
        rules: Head by head, the surest first.
        n_counted: Bodies that were frequent enough to be judged.
        cut: What was left out for its size, in words; empty where the search was complete.
    """

    rules: tuple[MinedRule, ...]
    n_counted: int
    cut: tuple[str, ...]


def mine(
    facts: MiningFacts, settings: MiningSettings | None = None, *, progress: Progress | None = None
) -> MiningResult:
    """Mine rules for some properties.

    No rule asks in its body for one of these properties, nor for what rules derive from them: in inference they are
    hidden.

    Args:
        facts: The graph.
        settings: What to look for; season and occasion by default.
        progress: Called with a line of text now and then.

    Raises:
        UnknownNameError: the graph has no such property.
        InputError: rdf:type as a head: a garment always has one, so no rule may add another.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.reasoning.mining import facts_of_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> facts = facts_of_catalogue(read_catalogue(boutique_dir() / "catalogue.csv"))
        >>> result = mine(facts, MiningSettings(heads=("season",), min_support=20))
        >>> all(rule.support >= 20 and rule.confidence >= 0.7 for rule in result.rules)
        True
    """
    chosen = settings or MiningSettings()
    heads = [_property(facts, name) for name in chosen.heads]
    without = frozenset([*heads, *terms.EVIDENCE.values(), *_kin(facts, heads)])
    items = find_items(facts, without=without, min_support=chosen.min_support, max_atoms=chosen.max_atoms)
    rules: list[MinedRule] = []
    cut: list[str] = []
    counted = 0
    for head in heads:
        found, n_bodies = _constant_heads(facts, items, head, chosen, cut)
        closed = mine_paths(
            facts, head, without=without, min_support=chosen.min_support, min_confidence=chosen.min_confidence,
            max_atoms=chosen.max_atoms, cut=lambda chain: cut.append(f"a chain of too many links: {chain}"),
        )  # fmt: skip
        rules += [*closed, *found]
        counted += n_bodies
        if progress is not None:
            progress(f"{terms.shorten(head)}: {n_bodies:,} bodies counted, {len(found) + len(closed):,} rules")
    if progress is not None and cut:
        progress("left out: " + "; ".join(cut))
    return MiningResult(tuple(rules), counted, tuple(cut))


def _property(facts: MiningFacts, name: str) -> str:
    iri_ = terms.ATTRIBUTES.get(name) or terms.expand(name)
    if iri_ == terms.RDF.type:
        raise InputError("rdf:type cannot be a head: every garment has a type, so a rule may not add one")
    if iri_ not in facts.edges:
        known = [*terms.ATTRIBUTES, *map(terms.shorten, facts.edges)]
        raise UnknownNameError(f"no value of {name!r} in {facts.source}{did_you_mean(name, known)}")
    return iri_


def _kin(facts: MiningFacts, heads: Sequence[str]) -> list[str]:
    """Return the properties that say the same as a head: inverse, above or below it."""
    ontology = facts.ontology
    found = []
    for kind in (terms.OWL.inverseOf, terms.RDFS.subPropertyOf, terms.OWL.equivalentProperty):
        for head in heads:
            found += [*ontology.objects(head, kind), *ontology.subjects(kind, head)]
    return found


def _constant_heads(
    facts: MiningFacts, items: Items, head: str, settings: MiningSettings, cut: list[str]
) -> tuple[list[MinedRule], int]:
    subjects, objects = facts.edges[head]
    known = np.zeros(len(facts.nodes), dtype=np.bool_)
    known[subjects] = True
    counts = Counts.of(items, known)
    rules: list[MinedRule] = []
    n_bodies = 0
    for value in np.flatnonzero(np.bincount(objects) >= settings.min_support).tolist():
        holds = np.zeros(len(facts.nodes), dtype=np.bool_)
        holds[subjects[objects == value]] = True
        bodies, n_cut = count_bodies(
            items, counts, holds, min_support=settings.min_support, max_atoms=settings.max_atoms, max_pairs=_MAX_PAIRS
        )
        if n_cut:
            cut.append(f"{n_cut:,} of the rarer pairs for {facts.label(facts.nodes[value])} were not extended")
        n_bodies += len(bodies)
        right = int(holds.sum())
        kept = keep(items, bodies, right=right, known=int(known.sum()), min_confidence=settings.min_confidence)
        rules += rules_of(items, bodies.take(kept), Pattern(Variable("g"), iri(head), iri(facts.nodes[value])), right)
    return sorted(rules, key=_order), n_bodies


def _order(rule: MinedRule) -> tuple[float, int, str, str]:
    return -rule.confidence, -rule.support, str(rule.head), str(rule.body)


def rules_of(items: Items, bodies: Bodies, head: Pattern, right: int) -> list[MinedRule]:
    """Write counted bodies as rules.

    Args:
        items: What the bodies' numbers stand for.
        bodies: With their counts.
        head: The atom that they predict.
        right: Pairs that the head atom holds for.
    """
    counts = (bodies.support.tolist(), bodies.predicted.tolist(), bodies.known.tolist())
    return [
        MinedRule(_atoms([items.items[i] for i in row if i >= 0]), head, support, predicted, known, right)
        for row, support, predicted, known in zip(bodies.items.tolist(), *counts, strict=True)
    ]


def _atoms(body: Sequence[Item]) -> tuple[Pattern, ...]:
    atoms: list[Pattern] = []
    for number, item in enumerate(body, start=1):
        subject = Variable("g")
        for step in item.path[:-1]:
            following = Variable(f"x{number}")
            atoms.append(Pattern(subject, iri(step), following))
            subject = following
        atoms.append(Pattern(subject, iri(item.path[-1]), iri(item.value)))
    return tuple(atoms)
