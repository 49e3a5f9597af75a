"""Closed rules with variables in the head, `?g p ?y <- ?g q ?x1 . ?x1 r ?y`, by products of sparse matrices.

The language bias of AMIE and of AnyBURL's cyclic rules: a chain of one to three atoms, each read forwards or backwards,
that leads from the head's subject to its object. Chains grow from the subject; one is given up where its beginning
or its end meets too few of the head's pairs, since support never grows with another atom.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion.reasoning.mining.facts import MiningFacts
from kg_fashion.reasoning.mining.measures import ratio, wilson_interval
from kg_fashion.reasoning.mining.rule import MinedRule
from kg_fashion.reasoning.syntax import Pattern, Variable, iri

_MOST_PRODUCTS = 50_000_000
"""Multiplications of one matrix product; a chain that needs more is left out, and said."""

Step = tuple[str, bool]
"""A predicate, and whether it is read forwards."""


Chain = tuple[tuple[Step, ...], sparse.csr_matrix]
"""Steps, and the pairs that they link."""


@dataclass(frozen=True)
class _Head:
    pairs: sparse.csr_matrix
    known: NDArray[np.int64]
    subjects: NDArray[np.int64]
    objects: NDArray[np.int64]


def mine_paths(
    facts: MiningFacts, predicate: str, *, without: frozenset[str], min_support: int, min_confidence: float,
    max_atoms: int, cut: Callable[[str], None],
) -> list[MinedRule]:  # fmt: skip
    """Mine a property's closed rules, best first.

    Args:
        facts: The graph.
        predicate: The head's property.
        without: Predicates that no body may use.
        min_support: Pairs.
        min_confidence: Of the PCA confidence.
        max_atoms: Of a body.
        cut: Told of each chain that was too large to multiply.
    """
    pairs = facts.matrix(predicate)
    subjects, objects = facts.edges[predicate]
    head = _Head(pairs, np.unique(subjects), subjects, objects)
    steps: dict[Step, sparse.csr_matrix] = {}
    for name in facts.edges:
        if name not in without:
            steps[name, True] = facts.matrix(name)
            steps[name, False] = steps[name, True].T.tocsr()
    found: list[tuple[MinedRule, sparse.csr_matrix]] = []
    for chain, reach in _chains(head, steps, min_support, max_atoms, cut):
        rule = _rule(predicate, chain, reach, head)
        if rule.support >= min_support and rule.confidence >= min_confidence and _is_new(rule, reach, found):
            found.append((rule, reach))
    return sorted((rule for rule, _ in found), key=lambda rule: (-rule.confidence, -rule.support, str(rule.body)))


def _chains(
    head: _Head, steps: dict[Step, sparse.csr_matrix], min_support: int, max_atoms: int, cut: Callable[[str], None]
) -> list[Chain]:
    """Return each chain with the pairs that it links, the short ones first."""
    filled = {step: np.diff(table.indptr) > 0 for step, table in steps.items()}
    ends = [step for step in steps if filled[step[0], not step[1]][head.objects].sum() >= min_support]
    begun: list[Chain] = [
        ((step,), table) for step, table in steps.items() if filled[step][head.subjects].sum() >= min_support
    ]
    complete: list[Chain] = []
    for length in range(1, max_atoms + 1):
        complete += [(chain, reach) for chain, reach in begun if chain[-1] in ends]
        if length == max_atoms:
            break
        longer: list[Chain] = []
        for chain, reach in begun:
            for step, table in steps.items():
                last = length + 1 == max_atoms
                if step == (chain[-1][0], not chain[-1][1]) or (last and step not in ends):
                    continue
                following = _product(reach, table, filled[step], chain, step, cut)
                if following is not None and (np.diff(following.indptr) > 0)[head.subjects].sum() >= min_support:
                    longer.append(((*chain, step), following))
        begun = longer
    return complete


def _product(
    reach: sparse.csr_matrix, table: sparse.csr_matrix, filled: NDArray[np.bool_], chain: tuple[Step, ...], step: Step,
    cut: Callable[[str], None],
) -> sparse.csr_matrix | None:  # fmt: skip
    if not filled[reach.indices].any():
        return None
    if int(np.diff(table.indptr)[reach.indices].sum()) > _MOST_PRODUCTS:
        cut(" / ".join(f"{'' if forwards else '^'}{name}" for name, forwards in (*chain, step)))
        return None
    product = (reach @ table).tocsr()
    product.data[:] = 1
    return product


def _rule(predicate: str, chain: tuple[Step, ...], reach: sparse.csr_matrix, head: _Head) -> MinedRule:
    nodes = [Variable("g"), *(Variable(f"x{n}") for n in range(1, len(chain))), Variable("y")]
    body = tuple(
        Pattern(nodes[n], iri(name), nodes[n + 1]) if forwards else Pattern(nodes[n + 1], iri(name), nodes[n])
        for n, (name, forwards) in enumerate(chain)
    )
    return MinedRule(
        body,
        Pattern(nodes[0], iri(predicate), nodes[-1]),
        support=int(reach.multiply(head.pairs).nnz),
        predicted=int(reach.nnz),
        predicted_known=int(reach[head.known].nnz),
        head_size=int(head.pairs.nnz),
    )


def _is_new(rule: MinedRule, reach: sparse.csr_matrix, found: list[tuple[MinedRule, sparse.csr_matrix]]) -> bool:
    """Say whether no rule that predicts the same pairs and more is as sure."""
    low, _ = wilson_interval(rule.support, rule.predicted_known)
    for other, wider in found:
        holds_all = reach.multiply(wider).nnz == reach.nnz
        if holds_all and ratio(other.support, other.predicted_known) >= low:
            return False
    return True
