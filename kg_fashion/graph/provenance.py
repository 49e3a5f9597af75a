"""What an inferred statement carries: its rule or model, its time and how sure it is, as RDF 1.2 annotations.

RDF 1.2 Concepts, section 1.5 (reifying triples); PROV-O for source and time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyoxigraph as ox

from kg_fashion import terms

_REIFIES = ox.NamedNode(terms.RDF.reifies)
_GENERATED_BY = ox.NamedNode(terms.PROV.wasGeneratedBy)
_GENERATED_AT = ox.NamedNode(terms.PROV.generatedAtTime)
_DECIMAL = ox.NamedNode(terms.XSD.decimal)
_DATE_TIME = ox.NamedNode(terms.XSD.dateTime)


def moment_of(when: datetime | None) -> ox.Literal:
    """Return a time, now by default, as an xsd:dateTime."""
    return ox.Literal((when or datetime.now(UTC)).isoformat(timespec="seconds"), datatype=_DATE_TIME)


def generated_at(subject: ox.NamedNode | ox.BlankNode, moment: ox.Literal) -> ox.Triple:
    """State when something was generated."""
    return ox.Triple(subject, _GENERATED_AT, moment)


def annotations(
    triple: ox.Triple, reifier: str, *, source: str, moment: ox.Literal, degree: tuple[str, str] | None = None
) -> Iterator[ox.Triple]:
    """Iterate over the triples that say where a statement comes from.

    Args:
        triple: The statement.
        reifier: The label of the blank node that stands for it.
        source: The IRI of the rule or model.
        moment: When it was inferred.
        degree: The property's IRI and the decimal that say how sure it is, where known.

    Example:
        >>> coat = ox.Triple(ox.NamedNode("urn:c"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o"))
        >>> len(list(annotations(coat, "s1", source="urn:rule", moment=moment_of(None))))
        3
    """
    node = ox.BlankNode(reifier)
    yield ox.Triple(node, _REIFIES, triple)
    yield ox.Triple(node, _GENERATED_BY, ox.NamedNode(source))
    yield generated_at(node, moment)
    if degree is not None:
        yield ox.Triple(node, ox.NamedNode(degree[0]), ox.Literal(degree[1], datatype=_DECIMAL))
