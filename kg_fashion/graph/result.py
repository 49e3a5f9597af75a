"""The result of a SPARQL query, the same for the local store and a remote endpoint.

SPARQL 1.1 Query Results JSON Format: https://www.w3.org/TR/sparql11-results-json/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pyoxigraph as ox

from kg_fashion import terms

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class Result:
    """What a query answered; which fields are set depends on its form.

    Attributes:
        variables: Names without "?", of a SELECT.
        rows: One tuple a solution, None where a variable is unbound.
        boolean: The answer of an ASK.
        triples: The triples of a CONSTRUCT or DESCRIBE.
    """

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] = ()
    boolean: bool | None = None
    triples: tuple[ox.Triple, ...] | None = None

    @classmethod
    def of(cls, answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Self:
        """Read the store's answer to its end."""
        if isinstance(answer, ox.QueryBoolean):
            return cls(boolean=bool(answer))
        if isinstance(answer, ox.QueryTriples):
            return cls(triples=tuple(answer))
        names = tuple(variable.value for variable in answer.variables)
        return cls(variables=names, rows=tuple(tuple(solution) for solution in answer))

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Read the SPARQL JSON results of an endpoint."""
        if "boolean" in answer:
            return cls(boolean=bool(answer["boolean"]))
        names = tuple(answer["head"].get("vars", ()))
        bindings = answer["results"]["bindings"]
        rows = tuple(tuple(_from_json(row[name]) if name in row else None for name in names) for row in bindings)
        return cls(variables=names, rows=rows)

    def to_rows(self) -> list[list[str]]:
        """Return the solutions as text: IRIs shortened, literals by their lexical form, "" where unbound."""
        if self.boolean is not None:
            return [["true" if self.boolean else "false"]]
        table = self.rows if self.triples is None else tuple((t.subject, t.predicate, t.object) for t in self.triples)
        return [["" if term is None else _text(term) for term in row] for row in table]

    def to_json(self) -> dict[str, Any]:
        """Return SPARQL JSON results; triples as bindings of subject, predicate, object."""
        if self.boolean is not None:
            return {"head": {}, "boolean": self.boolean}
        names: tuple[str, ...] = self.variables
        table = self.rows
        if self.triples is not None:
            names = ("subject", "predicate", "object")
            table = tuple((t.subject, t.predicate, t.object) for t in self.triples)
        bindings = [
            {name: _to_json(term) for name, term in zip(names, row, strict=True) if term is not None} for row in table
        ]
        return {"head": {"vars": list(names)}, "results": {"bindings": bindings}}


def _text(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return terms.shorten(term.value)
    return term.value if isinstance(term, ox.Literal) else str(term)


def _to_json(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _to_json(part) for name, part in parts.items()}}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == terms.XSD.string:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _from_json(term: Mapping[str, Any]) -> Term:
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    if term["type"] == "bnode":
        return ox.BlankNode(term["value"])
    if term["type"] == "triple":
        subject, predicate, obj = (_from_json(term["value"][part]) for part in ("subject", "predicate", "object"))
        return ox.Triple(subject, predicate, obj)  # type: ignore[arg-type]
    if "xml:lang" in term:
        return ox.Literal(term["value"], language=term["xml:lang"])
    datatype = term.get("datatype")
    return ox.Literal(term["value"], datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(term["value"])
