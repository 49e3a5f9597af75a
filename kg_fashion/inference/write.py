"""Completions into the graph, each with its probability, model and time as RDF 1.2 annotations."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.inference.completion import Completion

_REIFIES = ox.NamedNode(terms.RDF.reifies)
_PROBABILITY = ox.NamedNode(terms.KGF.probability)
_GENERATED_BY = ox.NamedNode(terms.PROV.wasGeneratedBy)
_GENERATED_AT = ox.NamedNode(terms.PROV.generatedAtTime)
_DECIMAL = ox.NamedNode(terms.XSD.decimal)
_DATE_TIME = ox.NamedNode(terms.XSD.dateTime)


def write_completions(
    graph: KnowledgeGraph, completions: Sequence[Completion], *, model: str = "attributes", when: datetime | None = None
) -> int:
    """Put completions in place of what the embedding graph holds; what was left open is left out.

    Returns:
        How many values were written.
    """
    decided = [completion for completion in completions if completion.value is not None]
    moment = ox.Literal((when or datetime.now(UTC)).isoformat(timespec="seconds"), datatype=_DATE_TIME)
    source = ox.NamedNode(terms.MODEL + terms.slug(model))

    def statements() -> Iterator[ox.Triple]:
        for number, completion in enumerate(decided):
            subject = ox.NamedNode(completion.garment)
            predicate = ox.NamedNode(terms.ATTRIBUTES[completion.attribute])
            triple = ox.Triple(subject, predicate, ox.NamedNode(completion.value or ""))
            reifier = ox.BlankNode(f"e{number}")
            yield triple
            yield ox.Triple(reifier, _REIFIES, triple)
            yield ox.Triple(reifier, _PROBABILITY, ox.Literal(f"{completion.probability:.4f}", datatype=_DECIMAL))
            yield ox.Triple(reifier, _GENERATED_BY, source)
            yield ox.Triple(reifier, _GENERATED_AT, moment)

    graph.replace_graph(terms.EMBEDDING_GRAPH, statements())
    return len(decided)
