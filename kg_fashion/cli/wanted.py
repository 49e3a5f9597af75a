"""Which triples a user asks about: a garment, an attribute and a value, or three RDF terms; and what is known.

Shared by explain and why-not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import Ontology
    from kg_fashion.reasoning import Closure
    from kg_fashion.reasoning.render import Wording
    from kg_fashion.reasoning.syntax import Constant, Pattern


class Language(StrEnum):
    """The language of the words."""

    en = "en"
    zh = "zh"


Lang = Annotated[Language, typer.Option(help="The language of the words.")]
Garment = Annotated[str, typer.Argument(help="The garment's identifier, or an RDF term such as garment:C012.")]
Attribute = Annotated[str, typer.Argument(help="An attribute, such as season, or a property such as kgf:season.")]


@dataclass
class Reasoned:
    """A store's graph, and all that follows once it is asked for, so that a wrong name is told before the work.

    Attributes:
        graph: The store, open to read.
        ontology: Its ontology.
        rules: Where the rules are; the bundled ones by default.
    """

    graph: "KnowledgeGraph"
    ontology: "Ontology"
    rules: Path | None

    @cached_property
    def closure(self) -> "Closure":
        """What follows by the axioms and rules."""
        from kg_fashion.reasoning import load_rules, reason
        from kg_fashion.reasoning.saved import rules_path

        own = None if self.graph.path is None else rules_path(self.graph.path)
        return reason(self.graph, load_rules(self.rules or own, ontology=self.ontology))

    def wording(self, lang: str) -> "Wording":
        """Return the words of the ontology and the rules in a language; garments by their identifiers."""
        from kg_fashion.reasoning.render import Wording

        label = labels(self.ontology, lang)
        return Wording(label, lambda rule: self.closure.rule_label(rule, lang, label=label), lang)


def labels(ontology: "Ontology", lang: str = "en") -> Callable[[str], str]:
    """Return what gives an IRI its word: the ontology's label, a garment's identifier, or the short name."""
    from urllib.parse import unquote

    from kg_fashion import terms

    def label(iri: str) -> str:
        if iri.startswith(terms.GARMENT):
            return unquote(iri.removeprefix(terms.GARMENT))
        return ontology.label(iri, lang) if iri in ontology.declared else terms.shorten(iri)

    return label


@contextmanager
def reasoned(store: Path | None, rules: Path | None) -> Iterator[Reasoned]:
    """Open a store to ask what follows from it, without writing."""
    from kg_fashion import terms
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import Ontology
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, rules=rules)
    if settings.store is None:
        raise InputError("give the store's folder with --store")
    with KnowledgeGraph(settings.store, read_only=True) as graph:
        ontology = Ontology(graph.triples(terms.ONTOLOGY_GRAPH))
        yield Reasoned(graph, ontology, settings.rules)


def triples_of(known: Reasoned, garment: str, attribute: str, value: str | None) -> "list[Pattern]":
    """Return the triples that are asked about; without a value, those known for the subject and property."""
    from kg_fashion import terms
    from kg_fashion.errors import UnknownNameError
    from kg_fashion.reasoning.syntax import Pattern, iri

    if ":" in garment and not _is_garment(known, garment):
        subject, predicate = term(garment), term(attribute)
        values = [term(value)] if value is not None else _known_values(known, subject, predicate)
    else:
        subject, predicate = _garment(known, garment), iri(terms.ATTRIBUTES[_attribute(attribute)])
        values = _values(known, subject, predicate, attribute, value)
    if not values:
        raise UnknownNameError(f"{garment} has no {attribute}, supplied or derived")
    return [Pattern(subject, predicate, obj) for obj in values]


def term(text: str) -> "Constant":
    """Read an RDF term: a prefixed name, an IRI, or a literal in Turtle's syntax.

    Raises:
        InputError: it is none of these.

    Example:
        >>> str(term("kgf:Winter")), str(term('"0.6"^^xsd:decimal'))
        ('kgf:Winter', '"0.6"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    """
    import pyoxigraph as ox

    from kg_fashion import terms
    from kg_fashion.errors import InputError
    from kg_fashion.reasoning.syntax import Constant, iri

    if text == "a":
        return iri(terms.RDF.type)
    prefix = text.partition(":")[0]
    if prefix in terms.PREFIXES:
        return iri(terms.expand(text))
    bare = ":" in text and not text.startswith(("<", '"', "'"))
    turtle = f"{terms.PROLOGUE}<urn:s> <urn:p> {f'<{text}>' if bare else text} ."
    try:
        (quad,) = ox.parse(turtle, format=ox.RdfFormat.TURTLE)
    except (SyntaxError, ValueError) as error:
        raise InputError(f"not an RDF term: {text}; give kgf:Winter, an IRI, or a literal in quotes") from error
    return Constant(str(quad.object))


def _is_garment(known: Reasoned, garment: str) -> bool:
    from kg_fashion import terms

    return known.graph.query(f"ASK {{ <{terms.garment(garment)}> ?p ?o }}").boolean is True


def _garment(known: Reasoned, garment: str) -> "Constant":
    from kg_fashion import terms
    from kg_fashion.errors import UnknownNameError, did_you_mean
    from kg_fashion.reasoning.syntax import iri

    if not _is_garment(known, garment):
        names = [row[0] for row in known.graph.query("SELECT ?id { ?g dcterms:identifier ?id }").to_rows()]
        raise UnknownNameError(f"no garment {garment!r} in the store{did_you_mean(garment, names)}")
    return iri(terms.garment(garment))


def _attribute(name: str) -> str:
    from kg_fashion.catalog import attribute_of

    return attribute_of(name)


def _values(
    known: Reasoned, subject: "Constant", predicate: "Constant", attribute: str, value: str | None
) -> "list[Constant]":
    from kg_fashion import terms
    from kg_fashion.catalog import Lexicon
    from kg_fashion.reasoning.syntax import iri

    if value is not None and ":" in value:
        return [term(value)]
    if value is not None:
        return [iri(Lexicon(known.ontology).find(attribute, value))]
    found = _known_values(known, subject, predicate)
    if attribute in terms.OPEN:
        return found
    return [constant for constant in map(iri, known.ontology.values(attribute)) if constant in found]


def _known_values(known: Reasoned, subject: "Constant", predicate: "Constant") -> "list[Constant]":
    from kg_fashion.reasoning.syntax import Pattern, Rule, Variable

    body = Rule("", (), (Pattern(subject, predicate, Variable("value")),))
    return sorted((found["value"] for found in known.closure.solutions(body, {})), key=lambda constant: constant.nt)
