"""The inference graph of a rule set: what it derives from data and is not in the data (SPARQL 1.2 RL, evaluation).

No ontology and no other rules take part: this is the language alone, as a conformance test or another tool wants it.
"""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg_fashion.errors import InputError
from kg_fashion.graph.snapshot import Snapshot
from kg_fashion.reasoning.evaluate import evaluate
from kg_fashion.reasoning.facts import Facts
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Constant

_SUFFIXES = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


def inference_graph(ntriples: bytes, rules: RuleSet) -> Iterator[str]:
    r"""Iterate over the derived triples as lines of N-Triples, sorted.

    Args:
        ntriples: The data, in canonical N-Triples (one space between terms).
        rules: The rules; their DATA belongs to the base.

    Raises:
        StratificationError: the rules depend on their own negation.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse("RULE { ?y <urn:q> ?x } WHERE { ?x <urn:p> ?y }")
        >>> list(inference_graph(b"<urn:a> <urn:p> <urn:b> .\n", RuleSet(document.rules)))
        ['<urn:b> <urn:q> <urn:a> .']
    """
    facts = Facts(Snapshot(ntriples, revision=0))
    base = [[facts.id(term) for term in triple if isinstance(term, Constant)] for triple in rules.data]
    if base:
        facts.add_base([(s, p, o) for s, p, o in base])
    evaluate(facts, rules.rules)
    decode = facts.snapshot.decode
    lines = []
    for predicate in facts.predicates:
        verb = decode([predicate])[0]
        rows = facts.connection.execute(f"SELECT s, o FROM {facts.table(predicate)} WHERE round > 0").fetchall()
        lines += [f"{s} {verb} {o} ." for s, o in (decode(row) for row in rows)]
    return iter(sorted(lines))


def read_data(path: Path) -> bytes:
    """Read an RDF file as N-Triples; literals keep their spelling, blank nodes their labels.

    Raises:
        InputError: no such file, an unknown suffix, or a syntax error (with its line).
    """
    rdf_format = _SUFFIXES.get(path.suffix.lower())
    if rdf_format is None:
        raise InputError(f"unknown suffix; give one of {', '.join(_SUFFIXES)}", path=path)
    try:
        quads = ox.parse(path.read_bytes(), format=rdf_format, base_iri=path.resolve().as_uri())
        return ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except SyntaxError as error:
        raise InputError(f"not valid {rdf_format.name}: {error.msg}", path=path, line=error.lineno) from error
