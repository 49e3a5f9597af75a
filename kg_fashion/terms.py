"""The only place with IRI strings: namespaces, named graphs, attributes.

An *attribute* is named by the local name of its property, everywhere: in mappings, on the command line, in the library.

Example:
    >>> from kg_fashion import terms
    >>> terms.KGF.season
    'https://w3id.org/kg-fashion/ontology/season'
    >>> terms.shorten(terms.KGF.season)
    'kgf:season'
    >>> terms.expand("kgf:season") == terms.KGF.season
    True
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_ROOT: Final = "https://w3id.org/kg-fashion/"


class Namespace(str):
    """An IRI prefix whose attributes are the terms below it.

    Example:
        >>> Namespace("http://example.org/").Coat
        'http://example.org/Coat'
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return f"{self}{name}"

    def __getitem__(self, name: object) -> str:
        return f"{self!s}{name}"


RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
SCHEMA: Final = Namespace("https://schema.org/")

KGF: Final = Namespace(_ROOT + "ontology/")
RULE: Final = Namespace(_ROOT + "rule/")
MODEL: Final = Namespace(_ROOT + "model/")
GARMENT: Final = Namespace(_ROOT + "garment/")
PERSON: Final = Namespace(_ROOT + "person/")
BRAND: Final = Namespace(_ROOT + "brand/")
VALUE: Final = Namespace(_ROOT + "value/")

ONTOLOGY_IRI: Final = _ROOT + "ontology"

PREFIXES: Final[dict[str, str]] = {
    "brand": BRAND,
    "dcterms": DCTERMS,
    "garment": GARMENT,
    "kgf": KGF,
    "model": MODEL,
    "owl": OWL,
    "person": PERSON,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "rule": RULE,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "value": VALUE,
    "xsd": XSD,
}
"""Prefixes known in every query and used in every printed IRI."""

PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
"""The same as the first lines of a SPARQL query."""

ONTOLOGY_GRAPH: Final = _ROOT + "graph/ontology"
CATALOGUE_GRAPH: Final = _ROOT + "graph/catalogue"
RULES_GRAPH: Final = _ROOT + "graph/inferred/rules"
EMBEDDING_GRAPH: Final = _ROOT + "graph/inferred/embedding"

ASSERTED_GRAPHS: Final = (ONTOLOGY_GRAPH, CATALOGUE_GRAPH)
INFERRED_GRAPHS: Final = (RULES_GRAPH, EMBEDDING_GRAPH)

ATTRIBUTES: Final[dict[str, str]] = {
    "type": RDF.type,
    **{
        name: KGF[name]
        for name in (
            "material", "colour", "pattern", "sleeveLength", "sleeveShape", "neckline", "collar", "fit", "silhouette",
            "length", "rise", "hem", "closure", "detail", "style", "department", "brand", "formality", "warmth",
            "season", "occasion", "dressCode", "sport", "size",
        )
    },
}  # fmt: skip
"""Attribute name -> property IRI."""

OPEN: Final = ("brand", "size", "warmth")
"""The attributes whose values the ontology does not list."""

EVIDENCE: Final[dict[str, str]] = {"season": KGF.suitsSeason, "occasion": KGF.suitsOccasion}
"""Target attribute -> the property by which rules give evidence for it without concluding it."""


def garment(garment_id: str) -> str:
    """Return the IRI of a garment by its catalogue's identifier.

    Example:
        >>> garment("A 1").removeprefix(GARMENT)
        'A%201'
    """
    return GARMENT + quote(garment_id, safe="-._~")


def own_value(attribute: str, word: str) -> str:
    """Return the IRI of a catalogue's own word for an attribute, which the ontology does not know.

    Example:
        >>> own_value("colour", "Blurple").removeprefix(_ROOT)
        'value/colour/blurple'
    """
    return f"{VALUE}{attribute}/{slug(word)}"


def size(text: str) -> tuple[str, str, str]:
    """Read a size: its IRI, its name without the system, and the IRI of schema.org's size system, "" where unsaid.

    Example:
        >>> [part.removeprefix(_ROOT) for part in size("EU 38")]
        ['value/size/Europe/38', '38', 'https://schema.org/WearableSizeSystemEurope']
        >>> size("XL")[1:]
        ('XL', '')
    """
    found = _SIZE.fullmatch(text.strip())
    system = _SIZE_SYSTEMS[found[1].upper()] if found else ""
    name = found[2] if found else text.strip()
    iri = f"{VALUE}size/{system}/{slug(name)}" if system else f"{VALUE}size/{slug(name)}"
    return iri, name, f"{SCHEMA}WearableSizeSystem{system}" if system else ""


_SIZE_SYSTEMS: Final = {
    "EU": "Europe",
    "EUR": "Europe",
    **{code: code for code in ["AU", "BR", "CN", "DE", "FR", "IT", "JP", "MX", "UK", "US"]},
}
_SIZE: Final = re.compile(rf"({'|'.join(_SIZE_SYSTEMS)})[\s\-:]*(\S.*)", re.IGNORECASE)


def shorten(iri: str) -> str:
    """Write an IRI with its prefix where it has a known one; unchanged otherwise.

    Example:
        >>> shorten("http://www.w3.org/2002/07/owl#Class"), shorten("urn:x")
        ('owl:Class', 'urn:x')
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w.\-]+", local):
            return f"{prefix}:{local}"
    return iri


def expand(name: str) -> str:
    """Read a prefixed name; an IRI passes unchanged.

    Example:
        >>> expand("owl:Class")
        'http://www.w3.org/2002/07/owl#Class'
    """
    prefix, colon, local = name.partition(":")
    if colon and not local.startswith("//") and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return name


def local_name(iri: str) -> str:
    """Return what follows the last '/' or '#' of an IRI.

    Example:
        >>> local_name(KGF.BusinessMeeting)
        'BusinessMeeting'
    """
    return re.split(r"[/#]", iri)[-1]


def slug(text: str) -> str:
    """Turn free text into one IRI segment: lower case, words joined by '-', percent-encoded beyond ASCII.

    Example:
        >>> slug("Peter England"), slug("棉麻")
        ('peter-england', '%E6%A3%89%E9%BA%BB')
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return quote("-".join(words), safe="-") or quote(text, safe="")
