"""Which values garments of a type have: what a counterfactual may put in place of a supplied value.

Counted once over the garments trained on and kept with the model, so that a loaded one needs no catalogue for it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.ontology import Ontology

CHANGEABLE = (
    "material", "colour", "pattern", "sleeveLength", "sleeveShape", "neckline", "collar", "fit", "silhouette",
    "length", "rise", "hem", "closure", "detail", "style", "formality",
)  # fmt: skip
"""The attributes that may be otherwise in the same garment."""

_LEAST_SEEN = 2
_ANY = ""
"""Stands for garments of any type."""


@dataclass(frozen=True)
class SeenValues:
    """Which values the garments of a type have; a type that has none counts as its broader one.

    Attributes:
        seen: Type IRI, or "" for any, -> attribute -> values of at least two garments, the commonest first.
        ontology: What the types lie below.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> materials = SeenValues.of(catalogue).values(catalogue.get("C001"), "material")
        >>> [catalogue.label(iri) for iri in materials][:3]
        ['tweed', 'wool', 'viscose']
    """

    seen: Mapping[str, Mapping[str, tuple[str, ...]]]
    ontology: Ontology = field(repr=False)

    @classmethod
    def of(cls, catalogue: Catalogue) -> Self:
        """Count the garments of a catalogue."""
        counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for garment in catalogue:
            for kind in dict.fromkeys(_kinds(garment, catalogue.ontology)):
                for attribute in CHANGEABLE:
                    if garment.values.get(attribute):
                        counts[kind][attribute].update(garment.values[attribute])
        often = {
            kind: {
                a: values for a, own in of_kind.items()
                if (values := tuple(value for value, n in own.most_common() if n >= _LEAST_SEEN))
            }
            for kind, of_kind in counts.items()
        }  # fmt: skip
        return cls({kind: own for kind, own in often.items() if own}, catalogue.ontology)

    def values(self, garment: Garment, attribute: str) -> tuple[str, ...]:
        """Return the values of an attribute seen at least twice with the garment's type, the commonest first."""
        kinds = _kinds(garment, self.ontology)
        return next((own for kind in kinds if (own := self.seen.get(kind, {}).get(attribute, ()))), ())

    def to_dict(self) -> dict[str, dict[str, list[str]]]:
        """Return it for JSON."""
        return {kind: {attribute: list(values) for attribute, values in own.items()} for kind, own in self.seen.items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], ontology: Ontology) -> Self:
        """Read it back from JSON.

        Raises:
            AttributeError: a field is no object.
            TypeError: a field is of another kind.
        """
        seen = {kind: {a: tuple(map(str, values)) for a, values in own.items()} for kind, own in record.items()}
        return cls(seen, ontology)


def _kinds(garment: Garment, ontology: Ontology) -> list[str]:
    """Return a garment's types, the narrowest first, then what stands for any."""
    types = garment.values.get("type", ())
    return [*types, *(up for own in types for up in ontology.ancestors(own)), _ANY]
