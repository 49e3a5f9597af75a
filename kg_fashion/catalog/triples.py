"""Garments to asserted triples, as the graph model of docs/architecture.md has them, in N-Triples syntax.

Text rather than objects: a store reads N-Triples several times faster than Python makes triples one by one.
"""

from collections.abc import Iterable, Iterator, Mapping

from kg_fashion import terms
from kg_fashion.catalog.model import Catalogue, Garment
from kg_fashion.catalog.reader import CatalogueReader

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_GARMENT = f"<{terms.RDF.type}> <{terms.KGF.Garment}> .\n"
_IDENTIFIER = f"<{terms.DCTERMS['identifier']}>"
_LABEL = f"<{terms.RDFS.label}>"
_TYPE = f"<{terms.RDF.type}>"
_SIZES = terms.VALUE + "size/"
_FIRST_BLOCK = 2 << 20
_LARGEST_BLOCK = 64 << 20
"""Blocks grow, so that a small catalogue keeps every core busy and a large one makes few files in the store."""


def catalogue_ntriples(catalogue: Catalogue | CatalogueReader) -> Iterator[bytes]:
    """Iterate over a catalogue's triples in N-Triples: garment by garment, then its brands and unknown words.

    Returns:
        Blocks of some megabytes of whole lines, in UTF-8.

    Example:
        >>> from kg_fashion.resources import boutique_dir
        >>> reader = CatalogueReader(boutique_dir() / "catalogue.csv")
        >>> next(catalogue_ntriples(reader)).splitlines()[1].decode()
        '<https://w3id.org/kg-fashion/garment/C001> <http://purl.org/dc/terms/identifier> "C001" .'
    """
    size, block = 0, _FIRST_BLOCK
    texts: list[str] = []
    lines = _Lines()
    for garment in catalogue:
        text = lines.of(garment)
        texts.append(text)
        size += len(text)
        if size >= block:
            yield "".join(texts).encode()
            size, texts, block = 0, [], min(2 * block, _LARGEST_BLOCK)
    texts.extend(_own_values(catalogue.value_labels, catalogue))
    yield "".join(texts).encode()


class _Lines:
    """Writes garments; the part of a line behind the subject is written once for each value."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], str] = {}

    def of(self, garment: Garment) -> str:
        subject = f"<{garment.iri}> "
        lines = [_GARMENT, f"{_IDENTIFIER} {literal(garment.id)} .\n"]
        lines += [f"{_LABEL} {literal(text)}@{language} .\n" for text, language in garment.labels]
        for attribute, values in garment.values.items():
            for value in values:
                end = self._ends.get((attribute, value))
                lines.append(end if end is not None else self._end(attribute, value))
        return subject + subject.join(lines)

    def _end(self, attribute: str, value: str) -> str:
        is_number = attribute == "warmth" and not value.startswith("http")
        obj = f'"{value}"^^<{terms.XSD.decimal}>' if is_number else f"<{value}>"
        end = f"<{terms.ATTRIBUTES[attribute]}> {obj} .\n"
        self._ends[attribute, value] = end
        return end


def _own_values(value_labels: Mapping[str, str], catalogue: Catalogue | CatalogueReader) -> Iterable[str]:
    for iri, word in value_labels.items():
        yield f"<{iri}> {_LABEL} {literal(word)} .\n"
        if iri.startswith(terms.BRAND):
            yield f"<{iri}> {_TYPE} <{terms.KGF.Brand}> .\n"
            continue
        if iri.startswith(_SIZES):
            _, name, system = terms.size(word)
            yield f"<{iri}> {_TYPE} <{terms.SCHEMA.SizeSpecification}> .\n"
            yield f"<{iri}> <{terms.SCHEMA}name> {literal(name)} .\n"
            if system:
                yield f"<{iri}> <{terms.SCHEMA.sizeSystem}> <{system}> .\n"
            continue
        yield f'<{iri}> <{terms.KGF.unresolved}> "true"^^<{terms.XSD.boolean}> .\n'
        attribute = iri.removeprefix(terms.VALUE).split("/")[0]
        for cls in catalogue.ontology.objects(terms.ATTRIBUTES[attribute], terms.RDFS.range):
            yield f"<{iri}> {_TYPE} <{cls}> .\n"


def literal(text: str) -> str:
    r"""Write a text as an N-Triples literal.

    Example:
        >>> print(literal('a "red" coat\n'))
        "a \"red\" coat\n"
    """
    return f'"{text.translate(_ESCAPES)}"'
