"""Mined rules alone: a log-linear sum over the rules that fire.

The rules are mined from the training garments (`reasoning.mining`), with the default settings and with two wider nets;
which is best is tuned, and so is the penalty of the weights. A rule has a weight for each value, so that what a body
says against a value counts too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kg_fashion import terms
from kg_fashion.catalog import Catalogue
from kg_fashion.inference.baselines.linear import Logistic, Vocabulary
from kg_fashion.inference.baselines.training import Array, Ids, Predict, Training
from kg_fashion.reasoning.mining import MinedRule, MiningFacts, MiningSettings, facts_of_catalogue, mine
from kg_fashion.reasoning.syntax import Constant, Term, Variable


class _Net(NamedTuple):
    min_support: int
    min_confidence: float


_NETS = (_Net(50, 0.7), _Net(10, 0.4), _Net(5, 0.3))
Condition = tuple[tuple[str, ...], str]
"""A path of one or two properties from the garment, and the IRI at its end."""


@dataclass(frozen=True)
class _Candidate:
    """The bodies of one net for one target, and a model of which of them hold."""

    bodies: list[frozenset[Condition]]
    model: Logistic


def mined_rules(training: Training) -> Predict:
    """Predict from the bodies of mined rules that hold."""
    facts = facts_of_catalogue(training.known)
    candidates: dict[str, list[_Candidate]] = {target: [] for target in training.targets}
    for net in _NETS:
        settings = MiningSettings(training.targets, min_support=net.min_support, min_confidence=net.min_confidence)
        rules = mine(facts, settings).rules
        for target in training.targets:
            bodies = _bodies(rules, target)
            table = _table(bodies, facts, training.hidden)
            model = Logistic(table, training.examples(target), training.truth[target].shape[1])
            candidates[target].append(_Candidate(bodies, model))
    best = {target: min(own, key=lambda one: one.model.loss) for target, own in candidates.items()}
    finished = {}
    for target, own in best.items():
        own.model.tune()
        finished[target] = own.model.finish()
        if training.progress is not None:
            training.progress(f"mined rules, {target}: {len(own.bodies):,} bodies, C = {own.model.strength:g}")

    def predict(test: Catalogue) -> Mapping[str, Array]:
        of_test = facts_of_catalogue(test)
        return {target: said(_table(best[target].bodies, of_test, test)) for target, said in finished.items()}

    return predict


def _table(bodies: Sequence[frozenset[Condition]], facts: MiningFacts, garments: Catalogue) -> sparse.csr_matrix:
    return Vocabulary([range(len(bodies) + 1)]).table(_firing(facts, garments, bodies))


def _bodies(rules: Sequence[MinedRule], target: str) -> list[frozenset[Condition]]:
    """Return the different bodies of the rules for a target's values; rules without a value in the head are no use."""
    head = terms.ATTRIBUTES[target]
    own = [rule for rule in rules if _iri(rule.head.predicate) == head and isinstance(rule.head.object, Constant)]
    return list(dict.fromkeys(_conditions(rule) for rule in own))


def _conditions(rule: MinedRule) -> frozenset[Condition]:
    found: list[Condition] = []
    path: tuple[str, ...] = ()
    for atom in rule.body:
        step = _iri(atom.predicate)
        path = (step,) if atom.subject == Variable("g") else (*path, step)
        if isinstance(atom.object, Constant):
            found.append((path, _iri(atom.object)))
    return frozenset(found)


def _iri(term: Term) -> str:
    return term.nt[1:-1] if isinstance(term, Constant) else ""


def _firing(facts: MiningFacts, garments: Catalogue, bodies: Sequence[frozenset[Condition]]) -> Iterator[list[int]]:
    """Iterate over the garments: the positions of the bodies that hold, and one more that always does."""
    conditions = list(dict.fromkeys(condition for body in bodies for condition in body))
    rows = np.array([facts.number.get(garment.iri, -1) for garment in garments], dtype=np.int64)
    holds = np.zeros((len(conditions), len(facts.nodes) + 1), dtype=np.bool_)
    for number, condition in enumerate(conditions):
        holds[number, _subjects(facts, condition)] = True
    of_garments = holds[:, rows]
    position = {condition: number for number, condition in enumerate(conditions)}
    fires = [of_garments[[position[condition] for condition in body]].all(axis=0) for body in bodies]
    table = np.array(fires, dtype=np.bool_).reshape(len(bodies), len(garments))
    return ([*np.flatnonzero(column).tolist(), len(bodies)] for column in np.ascontiguousarray(table.T))


def _subjects(facts: MiningFacts, condition: Condition) -> Ids:
    """Return the numbers of the nodes for which a condition holds."""
    path, value = condition
    members = np.array([facts.number[value]] if value in facts.number else [], dtype=np.int64)
    for step in reversed(path):
        subjects, objects = facts.edges.get(step, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        members = np.unique(subjects[np.isin(objects, members)])
    return members
