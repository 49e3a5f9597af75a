"""Cheapest trees in an AND/OR graph: the mathematics of the search for proofs.

A node is reached by any of its edges, an edge by all of its tails. The cost of a tree is the sum of the costs of its
leaves and edges, counted once for each place in the tree. Knuth 1977, "A generalization of Dijkstra's algorithm"; for
the cost through a node, Klein and Manning 2003, "A* parsing" (inside and outside costs).
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)
Cost = tuple[float, float, float]
"""Three sums, each of parts of 0 or more."""
Rank = Callable[[Cost], Cost]
"""Puts the sums into their order of importance."""


@dataclass(frozen=True)
class Edge(Generic[Node]):
    """An AND node: all tails together give the head.

    Attributes:
        head: What it gives.
        tails: What it needs, each once.
        cost: What it adds; greater than zero, so that no tree is as cheap as a part of it.
        key: Decides between edges of equal cost.
    """

    head: Node
    tails: tuple[Node, ...]
    cost: Cost
    key: tuple[str, ...] = ()


def add(costs: Iterable[Cost]) -> Cost:
    """Add costs part by part.

    Example:
        >>> add([(1, 0.5, 0), (2, 0.0, 0)])
        (3.0, 0.5, 0.0)
    """
    first = second = third = 0.0
    for cost in costs:
        first, second, third = first + cost[0], second + cost[1], third + cost[2]
    return first, second, third


def as_it_stands(cost: Cost) -> Cost:
    """Rank the sums in the order in which they stand."""
    return cost


def cheapest_trees(
    leaves: Mapping[Node, Cost], edges: Sequence[Edge[Node]], *, rank: Rank = as_it_stands
) -> dict[Node, tuple[Cost, Edge[Node] | None]]:
    """Find the cheapest tree of every node that has one.

    Args:
        leaves: What a node costs as a leaf.
        edges: The edges, in any order.
        rank: How costs are compared.

    Returns:
        Node -> (cost, the edge at the top of its tree, None for a leaf), cheapest first, so that every node stands
        after the tails of its edge.

    Example:
        >>> one = (1, 0, 0)
        >>> edges = [Edge("b", ("a",), one), Edge("c", ("a", "b"), one), Edge("b", ("c",), one)]
        >>> {node: cost[0] for node, (cost, _) in cheapest_trees({"a": one}, edges).items()}
        {'a': 1, 'b': 2.0, 'c': 4.0}
    """
    missing = [len(edge.tails) for edge in edges]
    using: dict[Node, list[int]] = defaultdict(list)
    heap: list[tuple[Cost, tuple[str, ...], int, Cost, Node, Edge[Node] | None]] = []
    best: dict[Node, tuple[Cost, Edge[Node] | None]] = {}
    order = itertools.count()

    def offer(node: Node, cost: Cost, edge: Edge[Node] | None) -> None:
        heapq.heappush(heap, (rank(cost), edge.key if edge else (), next(order), cost, node, edge))

    for node, cost in leaves.items():
        offer(node, cost, None)
    for number, edge in enumerate(edges):
        for tail in edge.tails:
            using[tail].append(number)
        if not edge.tails:
            offer(edge.head, edge.cost, edge)
    while heap:
        _, _, _, cost, node, top = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = (cost, top)
        for number in using[node]:
            missing[number] -= 1
            if not missing[number] and edges[number].head not in best:
                edge = edges[number]
                offer(edge.head, add([edge.cost, *(best[tail][0] for tail in edge.tails)]), edge)
    return best


def costs_through(
    root: Node,
    best: Mapping[Node, tuple[Cost, Edge[Node] | None]],
    edges: Iterable[Edge[Node]],
    *,
    rank: Rank = as_it_stands,
) -> dict[Node, Cost]:
    """Return for each node the cost of the root's cheapest tree that contains it.

    Args:
        root: The node whose trees are meant.
        best: The result of `cheapest_trees`.
        edges: The same edges.
        rank: How costs are compared.

    Example:
        >>> edges = [Edge("b", ("a",), (1, 0, 0)), Edge("b", ("c", "a"), (5, 0, 0))]
        >>> best = cheapest_trees({"a": (1, 0, 0), "c": (1, 0, 0)}, edges)
        >>> {node: cost[0] for node, cost in costs_through("b", best, edges).items()}
        {'b': 2.0, 'a': 2.0, 'c': 7.0}
    """
    by_head: dict[Node, list[Edge[Node]]] = defaultdict(list)
    for edge in edges:
        if all(tail in best for tail in edge.tails):
            by_head[edge.head].append(edge)
    outside: dict[Node, Cost] = {}
    order = itertools.count()
    heap: list[tuple[Cost, int, Cost, Node]] = [((0, 0, 0), next(order), (0, 0, 0), root)]
    while heap:
        _, _, cost, node = heapq.heappop(heap)
        if node in outside:
            continue
        outside[node] = cost
        for edge in by_head[node]:
            for tail in edge.tails:
                if tail not in outside:
                    there = add([cost, edge.cost, *(best[other][0] for other in edge.tails if other != tail)])
                    heapq.heappush(heap, (rank(there), next(order), there, tail))
    return {node: add([cost, best[node][0]]) for node, cost in outside.items()}


def nodes_of_tree(root: Node, best: Mapping[Node, tuple[Cost, Edge[Node] | None]]) -> set[Node]:
    """Return the nodes of the cheapest tree of a root."""
    found: set[Node] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            edge = best[node][1]
            waiting += edge.tails if edge else ()
    return found
