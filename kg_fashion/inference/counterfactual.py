"""Counterfactuals: the single changes of a supplied value under which a completion would come out otherwise.

"With linen instead of wool: summer 0.81." The terms are those of Wachter, Mittelstadt & Russell 2017, "Counterfactual
Explanations without Opening the Black Box": the smallest change that gives another outcome; and of Mothilal, Sharma &
Tan 2020 (DiCE): a change must be *actionable* (what a garment is made of may be otherwise, not its type, brand or
wearers) and *plausible* (a value that garments of this type do have), and the few that are shown are *diverse* (one
for each attribute and outcome). Where a name says the value, it says the other one in the changed garment.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.inference.scorer import Scorer
from kg_fashion.inference.sources import GarmentSources
from kg_fashion.inference.wording import Label
from kg_fashion.ontology import Ontology

CHANGEABLE = (
    "material", "colour", "pattern", "sleeveLength", "sleeveShape", "neckline", "collar", "fit", "silhouette",
    "length", "rise", "hem", "closure", "detail", "style", "formality",
)  # fmt: skip
"""The attributes that may be otherwise in the same garment."""

_LEAST_SEEN = 2
_LEAST_SHIFT = 0.02
_FAR = 99
"""How far a value is from none, or from one of another kind."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """One change, and what the completion would be then.

    Attributes:
        attribute: The attribute that is changed.
        given: IRI of its supplied value.
        instead: IRI of another value; None where it is left out.
        best: IRI of the most probable value then.
        probability: Its probability.
        shift: How the probability of the value that is explained changes, -1 to 1.
        distance: Steps in the ontology from the one value to the other, by what both lie below.
    """

    attribute: str
    given: str
    instead: str | None
    best: str
    probability: float
    shift: float
    distance: int

    def to_dict(self) -> dict[str, Any]:
        """Return the counterfactual for JSON."""
        return {
            "attribute": self.attribute,
            "given": self.given,
            "instead": self.instead,
            "best": self.best,
            "probability": round(self.probability, 4),
            "shift": round(self.shift, 4),
        }


class SeenValues:
    """Which values the garments of a type have in a catalogue; a type that has none counts as its broader one.

    Args:
        catalogue: The garments trained on.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._ontology = catalogue.ontology
        self._counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for garment in catalogue:
            types = garment.values.get("type", ())
            broader = dict.fromkeys([*types, *(up for own in types for up in catalogue.ontology.ancestors(own)), ""])
            for attribute in CHANGEABLE:
                for kind in broader if garment.values.get(attribute) else ():
                    self._counts[kind, attribute].update(garment.values[attribute])

    def values(self, garment: Garment, attribute: str) -> tuple[str, ...]:
        """Return the values of an attribute seen at least twice with the garment's type, the commonest first."""
        types = garment.values.get("type", ())
        for kind in (*types, *(up for own in types for up in self._ontology.ancestors(own)), ""):
            seen = [
                value for value, n in self._counts.get((kind, attribute), Counter()).most_common() if n >= _LEAST_SEEN
            ]
            if seen:
                return tuple(seen)
        return ()


def value_distance(one: str, other: str, ontology: Ontology) -> int:
    """Return the steps from one value up to what both lie below and down to the other; 99 where nothing is.

    Source: Rada et al. 1989, "Development and Application of a Metric on Semantic Nets".

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> known = read_ontology()
        >>> [value_distance(terms.KGF.Wool, other, known) for other in (terms.KGF.Merino, terms.KGF.Linen)]
        [1, 4]
    """
    up, down = _steps_up(one, ontology), _steps_up(other, ontology)
    return min((up[iri] + down[iri] for iri in up.keys() & down.keys()), default=_FAR)


def _steps_up(iri: str, ontology: Ontology) -> dict[str, int]:
    """Return how many steps each broader term is away."""
    found = {iri: 0}
    waiting = [iri]
    for node in waiting:
        for parent in (*ontology.objects(node, terms.RDFS.subClassOf), *ontology.objects(node, terms.SKOS.broader)):
            if parent not in found:
                found[parent] = found[node] + 1
                waiting.append(parent)
    return found


def counterfactuals(
    scorer: Scorer,
    own: GarmentSources,
    target: str,
    *,
    value: str,
    seen: SeenValues,
    label: Label,
    limit: int = 3,
) -> tuple[Counterfactual, ...]:
    """Return the changes under which another value would be the most probable, the smallest first.

    Where there are fewer than `limit`, those follow that move the probability of the value most, by 0.02 or more.

    Args:
        scorer: The model; it is asked once, for all changed garments together.
        own: The garment.
        target: The attribute that is completed.
        value: IRI of the value that is explained.
        seen: What is plausible.
        label: (IRI, language) -> word, for names that say the value.
        limit: At most so many.
    """
    changes = _changes(own, target, seen, label)
    if not changes:
        return ()
    said = scorer.proba([own.garment, *(_apart(garment, n) for n, (*_, garment) in enumerate(changes))], target)
    column = scorer.values(target).index(value)
    found = [
        _told(change, row, said[0], column, scorer.values(target), own.ontology)
        for change, row in zip(changes, said[1:], strict=True)
    ]
    before = scorer.values(target)[int(said[0].argmax())]
    turning = sorted((c for c in found if c.best != before), key=lambda c: (c.distance, -c.probability))
    moving = sorted(
        (c for c in found if c.best == before and abs(c.shift) >= _LEAST_SHIFT), key=lambda c: -abs(c.shift)
    )
    return _diverse([*turning, *moving], limit)


def _apart(garment: Garment, number: int) -> Garment:
    """Give a changed garment a name of its own: a reasoner takes garments of one identifier for the same."""
    return replace(garment, id=f"{garment.id}#{number}", iri=f"{garment.iri}#{number}")


_Change = tuple[str, str, str | None, Garment]


def _changes(own: GarmentSources, target: str, seen: SeenValues, label: Label) -> list[_Change]:
    """Return every single change: attribute, value, the other value or None, and the changed garment."""
    found: list[_Change] = []
    for attribute in CHANGEABLE:
        given = own.garment.values.get(attribute, ())
        if attribute == target or not given:
            continue
        others = [value for value in seen.values(own.garment, attribute) if value not in given]
        for value in given:
            found += [(attribute, value, other, _swapped(own, attribute, value, other, label)) for other in others]
            found.append((attribute, value, None, own.without(f"{attribute}={value}")))
    return found


def _swapped(own: GarmentSources, attribute: str, given: str, instead: str, label: Label) -> Garment:
    values = tuple(instead if value == given else value for value in own.garment.values[attribute])
    names = own.renamed(f"{attribute}={given}", say=lambda lang: label(instead, lang))
    return replace(own.garment, values={**own.garment.values, attribute: values}, labels=names)


def _told(
    change: _Change,
    row: NDArray[np.float32],
    before: NDArray[np.float32],
    column: int,
    values: Sequence[str],
    ontology: Ontology,
) -> Counterfactual:
    attribute, given, instead, _ = change
    best = int(row.argmax())
    distance = _FAR if instead is None else value_distance(given, instead, ontology)
    shift = float(row[column] - before[column])
    return Counterfactual(attribute, given, instead, values[best], float(row[best]), shift, distance)


def _diverse(found: Sequence[Counterfactual], limit: int) -> tuple[Counterfactual, ...]:
    """Keep the first for each attribute and outcome."""
    kept: dict[tuple[str, str], Counterfactual] = {}
    for one in found:
        kept.setdefault((one.attribute, one.best), one)
    return tuple(kept.values())[:limit]
