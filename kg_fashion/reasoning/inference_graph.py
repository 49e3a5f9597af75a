"""The inference graph of a rule set: what it derives from data and is not in the data (SPARQL 1.2 RL, evaluation).

No ontology and no other rules take part: this is the language alone, as a conformance test or another tool wants it.
"""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg_fashion.errors import InputError
from kg_fashion.reasoning.engines import EngineName, make_engine
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.fixpoint import evaluate
from kg_fashion.reasoning.packed import objects, subjects
from kg_fashion.reasoning.ruleset import RuleSet
from kg_fashion.reasoning.syntax import Rule

_SUFFIXES = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


def inference_graph(
    ntriples: bytes, rules: RuleSet, *, engine: EngineName = "auto", memory_limit: int | str | None = None
) -> Iterator[str]:
    r"""Iterate over the derived triples as lines of N-Triples, sorted.

    Args:
        ntriples: The data, in canonical N-Triples (one space between terms).
        rules: The rules; their DATA belongs to what is inferred, so that WHERE DATA and NOT DATA do not see it.
        engine: "index", "duckdb" or "spark"; "auto" chooses by the number of triples.
        memory_limit: Bytes, or a text such as "4GB", for joins; the engine's own default otherwise.

    Raises:
        StratificationError: the rules depend on their own negation.
        RuleError: a body pairs more than memory holds.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse("RULE { ?y <urn:q> ?x } WHERE { ?x <urn:p> ?y }")
        >>> list(inference_graph(b"<urn:a> <urn:p> <urn:b> .\n", RuleSet(document.rules)))
        ['<urn:b> <urn:q> <urn:a> .']
    """
    facts = FactBase.from_ntriples(ntriples)
    stated = Rule("urn:kg-fashion:data", rules.data, ())  # DATA is inferred: the base is what was supplied
    evaluate(facts, [stated, *rules], make_engine(engine, facts, memory_limit=memory_limit))
    decode = facts.terms.decode
    lines = []
    for predicate, packed, _ in facts.derived():
        verb = decode([predicate])[0]
        pairs = zip(decode(subjects(packed).tolist()), decode(objects(packed).tolist()), strict=True)
        lines += [f"{s} {verb} {o} ." for s, o in pairs]
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
