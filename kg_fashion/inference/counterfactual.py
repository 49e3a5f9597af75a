"""Counterfactuals: the single changes of a supplied value under which a completion would come out otherwise.

"With linen instead of wool: summer 0.81." The terms are those of Wachter, Mittelstadt & Russell 2017, "Counterfactual
Explanations without Opening the Black Box": the smallest change that gives another outcome; and of Mothilal, Sharma &
Tan 2020 (DiCE): a change must be *actionable* (what a garment is made of may be otherwise, not its type, brand or
wearers) and *plausible* (a value that garments of this type do have), and the few that are shown are *diverse* (one
for each attribute and outcome). Where a name says the value, it says the other one in the changed garment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Garment
from kg_fashion.inference.seen_values import CHANGEABLE, SeenValues
from kg_fashion.inference.sources import GarmentSources
from kg_fashion.inference.wording import Label
from kg_fashion.ontology import Ontology

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


@dataclass(frozen=True, slots=True)
class Change:
    """A garment with one supplied value changed.

    Attributes:
        attribute: The attribute.
        given: IRI of its supplied value.
        instead: IRI of another value; None where it is left out.
        garment: The changed garment, under a name of its own: a reasoner takes garments of one identifier for the same.
    """

    attribute: str
    given: str
    instead: str | None
    garment: Garment


def changes_of(own: GarmentSources, target: str, seen: SeenValues, label: Label) -> list[Change]:
    """Return every single change of a garment that is actionable and plausible.

    Args:
        own: The garment.
        target: The attribute that is completed.
        seen: What is plausible.
        label: (IRI, language) -> word, for names that say the value.
    """
    found: list[Change] = []
    for attribute in CHANGEABLE:
        given = own.garment.values.get(attribute, ())
        if attribute == target or not given:
            continue
        others = [value for value in seen.values(own.garment, attribute) if value not in given]
        for value in given:
            swapped = [(other, _swapped(own, attribute, value, other, label)) for other in others]
            left_out = (None, own.without(f"{attribute}={value}"))
            found += [
                Change(attribute, value, other, _apart(garment, len(found) + n))
                for n, (other, garment) in enumerate([*swapped, left_out])
            ]
    return found


def counterfactuals(
    changes: Sequence[Change],
    said: NDArray[np.float32],
    *,
    values: Sequence[str],
    value: str,
    ontology: Ontology,
    limit: int = 3,
) -> tuple[Counterfactual, ...]:
    """Return the changes under which another value would be the most probable, the smallest first.

    Where there are fewer than `limit`, those follow that move the probability of the value most, by 0.02 or more.

    Args:
        changes: n single changes of a garment, as `changes_of` gives them.
        said: Probabilities of the garment as it is, then of each change, shape (1 + n, n_values).
        values: IRIs, in the columns' order.
        value: IRI of the value that is explained.
        ontology: For how small a change is.
        limit: At most so many.
    """
    column, before = values.index(value), values[int(said[0].argmax())]
    found = [
        _told(change, row, float(row[column] - said[0, column]), values, ontology)
        for change, row in zip(changes, said[1:], strict=True)
    ]
    turning = sorted((c for c in found if c.best != before), key=lambda c: (c.distance, -c.probability))
    moving = sorted(
        (c for c in found if c.best == before and abs(c.shift) >= _LEAST_SHIFT), key=lambda c: -abs(c.shift)
    )
    return _diverse([*turning, *moving], limit)


def _apart(garment: Garment, number: int) -> Garment:
    return replace(garment, id=f"{garment.id}#{number}", iri=f"{garment.iri}#{number}")


def _swapped(own: GarmentSources, attribute: str, given: str, instead: str, label: Label) -> Garment:
    values = tuple(instead if value == given else value for value in own.garment.values[attribute])
    names = own.renamed(f"{attribute}={given}", say=lambda lang: label(instead, lang))
    return replace(own.garment, values={**own.garment.values, attribute: values}, labels=names)


def _told(
    change: Change, row: NDArray[np.float32], shift: float, values: Sequence[str], ontology: Ontology
) -> Counterfactual:
    best = int(row.argmax())
    distance = _FAR if change.instead is None else value_distance(change.given, change.instead, ontology)
    return Counterfactual(
        change.attribute, change.given, change.instead, values[best], float(row[best]), shift, distance
    )


def _diverse(found: Sequence[Counterfactual], limit: int) -> tuple[Counterfactual, ...]:
    """Keep the first for each attribute and outcome."""
    kept: dict[tuple[str, str], Counterfactual] = {}
    for one in found:
        kept.setdefault((one.attribute, one.best), one)
    return tuple(kept.values())[:limit]
