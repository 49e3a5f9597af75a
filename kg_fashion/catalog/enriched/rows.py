"""The rows of a catalogue's file, each with what was inferred for it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kg_fashion.catalog.model import Catalogue
from kg_fashion.catalog.reader import words_of
from kg_fashion.catalog.sources import Record, Source
from kg_fashion.catalog.sources.record import MANY
from kg_fashion.catalog.sources.shopify import ShopifySource
from kg_fashion.errors import CatalogueError

KINDS: Final = ("inferred", "probability", "why")


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a gap.

    Attributes:
        value: The value's IRI; None leaves the gap empty.
        probability: The value's.
        reason: In words.
        others: Further values that fill it, each with its own probability.
    """

    value: str | None
    probability: float
    reason: str
    others: tuple[tuple[str, float], ...] = ()


class Inferred:
    """A catalogue's rows and its fillings together.

    Args:
        catalogue: What was read.
        fillings: Garment id -> attribute -> what fills the gap.
        attributes: The attributes to write, in this order.

    Attributes:
        catalogue: What was read.
        source: The rows as they stand in the file.
        columns: The names of the further columns.
        filled: How many gaps have been written with a value so far.
        neutralised: How many cells have been changed because they began like a formula.

    Raises:
        CatalogueError: the file has a column of one of these names already.
    """

    def __init__(
        self, catalogue: Catalogue, fillings: Mapping[str, Mapping[str, Filling]], attributes: Sequence[str]
    ) -> None:
        self.catalogue = catalogue
        source = catalogue.source
        self.source: Source = source.table if isinstance(source, ShopifySource) else source
        self.columns = tuple(f"{attribute}_{kind}" for attribute in attributes for kind in KINDS)
        taken = next((column for column in self.columns if column in self.source.header), None)
        if taken is not None:
            message = f"has a column {taken!r} already; infer from the catalogue as it was before"
            raise CatalogueError(message, path=catalogue.path)
        self._attributes = attributes
        self._fillings = fillings
        self._words = _own_words(catalogue, attributes)
        self.filled = 0
        self.neutralised = 0

    def rows(self) -> Iterator[tuple[Record, tuple[str, ...]]]:
        """Iterate over the rows that are cells, each with the cells of the further columns."""
        place = self.source.header.index(self.catalogue.mapping.id)
        seen: set[str] = set()
        nothing = ("",) * len(self.columns)
        for record in self.source.records():
            if record.problem:
                continue
            garment_id = record.cells[place].strip()
            repeated = garment_id in seen and not self.catalogue.mapping.grouped
            seen.add(garment_id)
            yield record, nothing if repeated or garment_id not in self._fillings else self.cells(garment_id)

    def cells(self, garment_id: str) -> tuple[str, ...]:
        """Return the further cells of a garment."""
        found: list[str] = []
        for attribute in self._attributes:
            filling = self._fillings.get(garment_id, {}).get(attribute)
            if filling is None or filling.value is None:
                found += [""] * len(KINDS)
            else:
                self.filled += 1
                values = (filling.value, *(value for value, _ in filling.others))
                joint = self.catalogue.mapping.separator.replace(MANY, "") or "|"
                found += [
                    joint.join(self.word(attribute, value) for value in values),
                    f"{filling.probability:.4f}",
                    filling.reason,
                ]
        return tuple(found)

    def decided(self, garment_id: str) -> Iterator[tuple[str, str, Filling]]:
        """Iterate over a garment's inferred values as (attribute, IRI, filling)."""
        for attribute in self._attributes:
            filling = self._fillings.get(garment_id, {}).get(attribute)
            if filling is not None and filling.value is not None:
                self.filled += 1
                yield attribute, filling.value, filling
                for value, probability in filling.others:
                    yield attribute, value, replace(filling, value=value, probability=probability)

    def word(self, attribute: str, iri: str) -> str:
        """Return the catalogue's own word for a value: "Fall" in one shop, "autumn" in another."""
        return self._words[attribute].get(iri) or self.catalogue.label(iri)


def _own_words(catalogue: Catalogue, attributes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Find the word that the catalogue itself uses most for each value."""
    header, mapping = catalogue.source.header, catalogue.mapping
    places = {a: [header.index(c) for c in mapping.columns.get(a, ()) if c in header] for a in attributes}
    counts: dict[str, dict[str, Counter[str]]] = {attribute: {} for attribute in attributes}
    by_id = {garment.id: garment for garment in catalogue}
    place = header.index(mapping.id)
    for record in catalogue.source.records():
        garment = by_id.get(record.cells[place].strip()) if record.cells else None
        for attribute in attributes if garment is not None else ():
            values = garment.values.get(attribute, ()) if garment is not None else ()
            words = [word for column in places[attribute] for word in words_of(record.cells[column], mapping)]
            if len(values) == len(words) == 1:
                counts[attribute].setdefault(values[0], Counter())[words[0]] += 1
    return {a: {iri: words.most_common(1)[0][0] for iri, words in found.items()} for a, found in counts.items()}
