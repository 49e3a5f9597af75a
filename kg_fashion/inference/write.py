"""Completions on their way out: into the graph, with probability, model and time, and into an enriched catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.catalog import Filling
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.graph.provenance import annotations, moment_of
from kg_fashion.inference.completion import Completion


def fillings(completions: Iterable[Completion], *, lang: str = "en") -> dict[str, dict[str, Filling]]:
    """Return garment id -> attribute -> what fills its gap in an enriched catalogue, with reasons in a language."""
    found: dict[str, dict[str, Filling]] = {}
    for gap in completions:
        found.setdefault(gap.garment_id, {})[gap.attribute] = Filling(
            gap.value, gap.probability, gap.reason_text(lang), tuple(gap.others)
        )
    return found


def write_completions(
    graph: KnowledgeGraph, completions: Sequence[Completion], *, model: str = "attributes", when: datetime | None = None
) -> int:
    """Put completions in place of what the embedding graph holds; what was left open is left out.

    Returns:
        How many values were written.
    """
    decided = [
        (completion, value, probability)
        for completion in completions
        if completion.value is not None
        for value, probability in ((completion.value, completion.probability), *completion.others)
    ]
    moment, source = moment_of(when), terms.MODEL + terms.slug(model)

    def statements() -> Iterator[ox.Triple]:
        for number, (completion, value, probability) in enumerate(decided):
            subject = ox.NamedNode(completion.garment)
            predicate = ox.NamedNode(terms.ATTRIBUTES[completion.attribute])
            triple = ox.Triple(subject, predicate, ox.NamedNode(value))
            degree = (terms.KGF.probability, f"{probability:.4f}")
            yield triple
            yield from annotations(triple, f"e{number}", source=source, moment=moment, degree=degree)

    graph.replace_graph(terms.EMBEDDING_GRAPH, statements())
    return len(decided)
