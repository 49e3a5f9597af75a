"""SHACL validation through pySHACL, reported in the words of the catalogue.

Garments whose triples have the same form (same predicates and objects, apart from names and identifiers) conform or
fail alike, so one of each form is validated and its result holds for all of them.
SHACL: https://www.w3.org/TR/shacl/
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import OntologyError
from kg_fashion.graph.store import KnowledgeGraph
from kg_fashion.ontology import SHAPES_FILE, read_turtle
from kg_fashion.resources import ontology_dir

_FREE_TEXT = (terms.RDFS.label, terms.DCTERMS.identifier, terms.KGF.price)


@dataclass(frozen=True)
class Finding:
    """One result of a validation.

    Attributes:
        focus_node: The IRI that does not conform.
        path: The property, shortened; "" for the node itself.
        column: The catalogue's column that feeds the property, where known.
        severity: "Violation", "Warning" or "Info".
        message: What is wrong, in English.
        value: The offending value, shortened; "" where one is lacking.
        place: "file:line" of the catalogue row, where known.
    """

    focus_node: str
    path: str
    column: str
    severity: str
    message: str
    value: str
    place: str

    def __str__(self) -> str:
        where = self.place or terms.shorten(self.focus_node)
        column = f" column {self.column}:" if self.column else ""
        value = f" ({self.value})" if self.value else ""
        return f"{where}:{column} {self.severity.lower()}: {self.message}{value}"


@dataclass(frozen=True)
class ValidationReport:
    """All findings; `conforms` is true where none is a violation."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation."""
        return not any(finding.severity == "Violation" for finding in self.findings)


def validate(
    graph: KnowledgeGraph,
    *,
    shapes: Path | None = None,
    places: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> ValidationReport:
    """Check the catalogue graph, and the scenes of the ontology, against SHACL shapes.

    Args:
        graph: Holds the ontology and the catalogue; people and outfits may stand beside the garments.
        shapes: A Turtle file of shapes; the bundled ones by default.
        places: IRI -> "file:line", for the messages.
        columns: IRI of a property, or of a value, -> column, for the messages.
        words: IRI of a value -> the catalogue's word for it, for the messages.

    Raises:
        OntologyError: the shapes cannot be read.
    """
    shape_triples = read_turtle(shapes or ontology_dir() / SHAPES_FILE)
    groups = _forms(graph)
    sample = [triple for members in groups.values() for triple in members[0][1]]
    data = [*graph.triples(terms.ONTOLOGY_GRAPH), *sample, *_named_by(sample, groups)]
    alike = {members[0][0]: [subject for subject, _ in members] for members in groups.values()}
    others = {subject for members in groups.values() for subject, _ in members[1:]}
    findings = [
        _finding(result, subject, places or {}, columns or {}, words or {})
        for result in _run(data, shape_triples)
        if result["focus"] not in others
        for subject in alike.get(result["focus"], [result["focus"]])
    ]
    order = {iri: number for number, iri in enumerate(places or {})}
    return ValidationReport(tuple(sorted(findings, key=lambda finding: order.get(finding.focus_node, len(order)))))


def _named_by(
    sample: list[ox.Triple], groups: Mapping[frozenset[Any], list[tuple[str, list[ox.Triple]]]]
) -> list[ox.Triple]:
    """Return the triples of what a sample names and does not hold, so that a shape can ask for its class."""
    named = {triple.object.value for triple in sample if isinstance(triple.object, ox.NamedNode)}
    return [triple for members in groups.values() for subject, own in members[1:] if subject in named for triple in own]


def _forms(graph: KnowledgeGraph) -> dict[frozenset[Any], list[tuple[str, list[ox.Triple]]]]:
    """Group the catalogue's subjects by their predicates and objects, free text reduced to its presence."""
    by_subject: dict[str, list[ox.Triple]] = defaultdict(list)
    for triple in graph.triples(terms.CATALOGUE_GRAPH):
        if isinstance(triple.subject, ox.NamedNode):
            by_subject[triple.subject.value].append(triple)
    groups: dict[frozenset[Any], list[tuple[str, list[ox.Triple]]]] = defaultdict(list)
    for subject, own in by_subject.items():
        form = frozenset(
            (t.predicate.value, index if t.predicate.value in _FREE_TEXT else t.object)
            for index, t in enumerate(sorted(own, key=str))
        )
        groups[form].append((subject, own))
    return groups


def _run(data: list[ox.Triple], shapes: list[ox.Triple]) -> list[dict[str, str]]:
    import pyshacl
    import rdflib

    def as_rdflib(triples: list[ox.Triple]) -> rdflib.Graph:
        text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        return rdflib.Graph().parse(data=text.decode(), format="nt")

    try:
        _, report, _ = pyshacl.validate(
            as_rdflib(data), shacl_graph=as_rdflib(shapes), advanced=False, meta_shacl=False
        )
    except pyshacl.errors.ReportableRuntimeError as error:
        raise OntologyError(f"the shapes cannot be used: {error}") from error
    if not isinstance(report, rdflib.Graph):
        raise OntologyError(f"the shapes cannot be used: {report}")
    sh = rdflib.Namespace(terms.SH)
    results = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        messages = sorted(report.objects(result, sh.resultMessage), key=lambda m: getattr(m, "language", "") != "en")
        results.append(
            {
                "focus": str(report.value(result, sh.focusNode)),
                "path": str(report.value(result, sh.resultPath) or ""),
                "severity": terms.local_name(str(report.value(result, sh.resultSeverity))),
                "message": str(messages[0]) if messages else "",
                "value": str(report.value(result, sh.value) or ""),
            }
        )
    return sorted(results, key=lambda r: (r["focus"], r["path"], r["message"]))


def _finding(
    result: Mapping[str, str],
    subject: str,
    places: Mapping[str, str],
    columns: Mapping[str, str],
    words: Mapping[str, str],
) -> Finding:
    value = result["value"] if result["value"] != result["focus"] else ""
    return Finding(
        focus_node=subject,
        path=terms.shorten(result["path"]),
        column=columns.get(result["path"]) or columns.get(subject, ""),
        severity=result["severity"],
        message=result["message"],
        value=words.get(subject) or words.get(value) or terms.shorten(value),
        place=places.get(subject, ""),
    )
