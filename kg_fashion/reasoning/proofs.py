"""Proofs of known facts: the shortest, the most certain, and one for each way to take the last step.

The proofs of a fact form an AND/OR graph: a fact is proved by any of its steps, a step by all of its premises. The
graph is built only where it may matter: a fact that is not looked into yet counts as its least possible cost, and of
those only facts that may stand in a tree no dearer than the best are looked into next, as in AO* (Nilsson 1980). The
first best tree without such a fact is a cheapest proof. Cycles do no harm: no cheapest proof needs its own conclusion.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kg_fashion.errors import UnknownNameError
from kg_fashion.reasoning.cheapest import Cost, Edge, Rank, cheapest_trees, costs_through, nodes_of_tree
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.known import Known, Lookup
from kg_fashion.reasoning.steps import Step, steps_to
from kg_fashion.reasoning.syntax import Pattern, Rule

__all__ = ["Known", "alternatives", "most_certain_proof", "shortest_proof"]

_BUDGET = 1000
_LEAST_CONFIDENCE = 1e-300
_ROUNDING = 1e-9
_LEAF: Cost = (1.0, 0.0, 0.0)

Trees = dict[int, tuple[Cost, Edge[int] | None]]


def shortest_proof(closure: Known, triple: Pattern, *, budget: int = _BUDGET) -> Derivation:
    """Return the proof with the fewest nodes; of several, the one whose rules are the most certain.

    Args:
        closure: What is known.
        triple: A known triple without variables.
        budget: How many facts to look into for the very shortest; then the search goes straight for a short one.

    Raises:
        UnknownNameError: the triple is not known.
    """
    return _Search(closure, triple, _size_first, budget).proof()


def most_certain_proof(closure: Known, triple: Pattern, *, budget: int = _BUDGET) -> Derivation:
    """Return the proof with the greatest product of its rules' confidences; of several, the shortest.

    Args:
        closure: What is known.
        triple: A known triple without variables.
        budget: How many facts to look into for the very best; then the search goes straight for a good one.

    Raises:
        UnknownNameError: the triple is not known.
    """
    return _Search(closure, triple, _certainty_first, budget).proof()


def alternatives(closure: Known, triple: Pattern, *, limit: int = 20, budget: int = _BUDGET) -> list[Derivation]:
    """Return a proof for each way to know a triple, the smallest first: that it is asserted, and each last step.

    A last step is a rule with its premises; below it stands the shortest proof of each premise that does not need the
    triple itself. A step whose premises cannot be proved without the triple is no way to know it.

    Args:
        closure: What is known.
        triple: A known triple without variables.
        limit: At most so many.
        budget: How many facts to look into for the very shortest proofs.

    Raises:
        UnknownNameError: the triple is not known.
    """
    return _Search(closure, triple, _size_first, budget).all_proofs()[:limit]


def _size_first(cost: Cost) -> Cost:
    return cost


def _certainty_first(cost: Cost) -> Cost:
    return cost[1], cost[0], cost[2]


def _nearest_end_first(cost: Cost) -> Cost:
    return cost[2], cost[0], cost[1]


@dataclass
class _Graph:
    """The part of the AND/OR graph below some last steps; facts are numbered.

    Attributes:
        leaves: Asserted facts, and facts that are not looked into with their least possible cost.
        edges: The steps of the others.
        open: The facts that are not looked into.
    """

    leaves: dict[int, Cost] = field(default_factory=dict)
    edges: list[Edge[int]] = field(default_factory=list)
    open: set[int] = field(default_factory=set)


class _Search:
    """The search for proofs of one fact; what was looked into is kept from one question to the next.

    A cost is (nodes, -log confidence, facts not looked into).
    """

    def __init__(self, closure: Known, goal: Pattern, rank: Rank, budget: int) -> None:
        if not closure.known(goal):
            raise UnknownNameError(f"neither supplied nor derived: {goal}")
        self._lookup = Lookup(closure)
        self._goal = goal
        self._rank = rank
        self._budget = budget
        self._numbers: dict[Pattern, int] = {goal: 0}
        self._facts = [goal]
        self._costs: dict[int, Cost] = {}
        self._edges: dict[int, list[Edge[int]]] = {}
        self._steps: dict[Edge[int], Step] = {}

    def proof(self) -> Derivation:
        """Return the cheapest proof of the goal."""
        if self._lookup.asserted(self._goal):
            return Derivation(self._goal, None)
        found = self._cheapest(self._look_into(0), most=math.inf)
        if found is None:
            raise AssertionError(f"no rule gives {self._goal}, though it is known")
        return found

    def all_proofs(self) -> list[Derivation]:
        """Return the cheapest proof for each last step, the cheapest first."""
        trees = [self._cheapest([edge], most=2 * self._budget) for edge in self._look_into(0)]
        asserted = [Derivation(self._goal, None)] if self._lookup.asserted(self._goal) else []
        return asserted + sorted((tree for tree in trees if tree is not None), key=lambda tree: tree.size)

    def _number(self, fact: Pattern) -> int:
        if fact not in self._numbers:
            self._numbers[fact] = len(self._facts)
            self._facts.append(fact)
        return self._numbers[fact]

    def _look_into(self, number: int) -> list[Edge[int]]:
        """Find the steps that give a fact; those that need the goal are left out: no proof needs its conclusion."""
        edges = []
        for step in steps_to(self._facts[number], self._lookup):
            if self._goal not in step.premises:
                tails = tuple(map(self._number, step.premises))
                edge = Edge(number, tails, (1.0, self._doubt(step.rule), 0.0), step.key)
                self._steps[edge] = step
                edges.append(edge)
        return edges

    def _cheapest(self, last: Sequence[Edge[int]], *, most: float) -> Derivation | None:
        """Return the cheapest proof that ends in one of some steps; None where there is none within `most` facts."""
        while True:
            hurry = len(self._edges) >= self._budget
            rank = _nearest_end_first if hurry else self._rank
            graph = self._below(last)
            trees = cheapest_trees(graph.leaves, graph.edges, rank=rank)
            if 0 not in trees:
                return None
            wanted = nodes_of_tree(0, trees) & graph.open
            if not wanted:
                return self._tree(trees)
            if len(self._edges) >= most:
                return None
            if not hurry:
                wanted |= self._promising(trees, graph)
            for number in sorted(wanted):
                self._edges[number] = self._look_into(number)

    def _promising(self, trees: Trees, graph: _Graph) -> set[int]:
        """Return the open facts that may stand in a tree that is no worse than the best in size and certainty."""
        size, doubt, _ = trees[0][0]
        through = costs_through(0, trees, graph.edges, rank=self._rank)
        near = {n for n, cost in through.items() if cost[0] <= size and cost[1] <= doubt + _ROUNDING}
        return near & graph.open

    def _below(self, last: Sequence[Edge[int]]) -> _Graph:
        """Collect what some last steps lead to."""
        graph = _Graph(edges=list(last))
        seen = {0}
        waiting = [tail for edge in last for tail in edge.tails]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            if number in self._edges:
                graph.edges += self._edges[number]
                waiting += [tail for edge in self._edges[number] for tail in edge.tails]
                continue
            graph.leaves[number] = cost = self._least_cost(number)
            if cost[2]:
                graph.open.add(number)
        return graph

    def _least_cost(self, number: int) -> Cost:
        """Return the cost of an asserted fact, or one that no proof of a derived fact is below."""
        if number not in self._costs:
            fact = self._facts[number]
            rules = [rule for rule, _ in self._lookup.writers(fact)]
            size = 2.0 if all(rule.patterns for rule in rules) else 1.0
            doubt = min(map(self._doubt, rules), default=0.0)
            self._costs[number] = _LEAF if self._lookup.asserted(fact) else (size, doubt, 1.0)
        return self._costs[number]

    def _doubt(self, rule: Rule) -> float:
        """Return -log(confidence), so that the greatest product is the least sum."""
        confidence = self._lookup.closure.rules.confidence(rule.iri)
        return 0.0 if confidence is None else -math.log(max(confidence, _LEAST_CONFIDENCE))

    def _tree(self, trees: Trees) -> Derivation:
        """Write out the best tree of the goal."""
        needed = nodes_of_tree(0, trees)
        built: dict[int, Derivation] = {}
        for number, (_, edge) in trees.items():  # premises stand before what they give
            if number not in needed:
                continue
            fact = self._facts[number]
            built[number] = Derivation(fact, None) if edge is None else self._applied(fact, edge, built)
        return built[0]

    def _applied(self, fact: Pattern, edge: Edge[int], built: dict[int, Derivation]) -> Derivation:
        step = self._steps[edge]
        premises = tuple(built[tail] for tail in edge.tails)
        stated = self._lookup.closure.rules.confidence(step.rule.iri)
        confidence = math.prod([1.0 if stated is None else stated, *(premise.confidence for premise in premises)])
        return Derivation(fact, step.rule.iri, premises, step.conditions, confidence)
