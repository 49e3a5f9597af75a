"""Measures over the garment-attribute graph: personalised PageRank, through networkx."""

import math
from collections.abc import Iterable, Mapping

import networkx as nx


def attribute_graph(values: Mapping[str, Iterable[str]]) -> "nx.Graph[str]":
    """Build the bipartite graph of garments and their attribute values.

    Args:
        values: Garment IRI -> the IRIs of its values.

    Returns:
        An undirected graph; an edge weighs less the more garments share the value (1 / log(1 + degree)).

    Example:
        >>> graph = attribute_graph({"coat": ["wool", "navy"], "scarf": ["wool"]})
        >>> sorted(graph["wool"])
        ['coat', 'scarf']
    """
    graph: nx.Graph[str] = nx.Graph()
    for garment, own in values.items():
        graph.add_node(garment)
        graph.add_edges_from((garment, value) for value in own)
    for garment, value in graph.edges:
        degree = graph.degree(value if garment in values else garment)
        graph.edges[garment, value]["weight"] = 1.0 / math.log(1.0 + degree)
    return graph


def personalised_pagerank(
    graph: "nx.Graph[str]", seeds: Mapping[str, float], *, damping: float = 0.85
) -> dict[str, float]:
    """Return the probability that a walk which restarts at the seeds stands at each node.

    Args:
        graph: What `attribute_graph` built.
        seeds: Node -> restart weight, at least one positive.
        damping: Probability of following an edge rather than restarting.

    Source: Page et al. 1999, with restart at the seeds (Haveliwala 2002).

    Example:
        >>> graph = attribute_graph({"coat": ["wool"], "scarf": ["wool"], "hat": ["straw"]})
        >>> rank = personalised_pagerank(graph, {"coat": 1.0})
        >>> rank["scarf"] > rank["hat"]
        True
    """
    known = {node: weight for node, weight in seeds.items() if node in graph and weight > 0}
    if not known:
        return dict.fromkeys(graph, 0.0)
    ranks: dict[str, float] = nx.pagerank(graph, alpha=damping, personalization=known, weight="weight", tol=1e-6)
    return ranks
