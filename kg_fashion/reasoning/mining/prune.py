"""Which counted bodies become rules: sure enough, significant, and better than every more general body.

A body is more general than another where it leaves out items or puts more general items in their place. A longer or
narrower rule must earn its place: the lower bound of its confidence beats the confidence of each more general rule
(AMIE's skyline, Galárraga et al. 2015, section 4.3; productive rules, Webb 2007).
"""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kg_fashion.reasoning.mining.conjunctions import Bodies
from kg_fashion.reasoning.mining.items import Items
from kg_fashion.reasoning.mining.measures import fisher_p, ratio, wilson_interval

_SIGNIFICANCE = 0.05
_MARGIN = 0.01
"""By how much the lower bound of a rule's confidence must beat each more general rule."""


def keep(items: Items, bodies: Bodies, *, right: int, known: int, min_confidence: float) -> NDArray[np.int64]:
    """Return the positions of the bodies that make rules, ascending.

    Args:
        items: The items.
        bodies: All frequent ones of a head value, so that more general ones are among them.
        right: Known subjects with the head value.
        known: Subjects with some value of the property.
        min_confidence: Of the PCA confidence.
    """
    confidence = ratio(bodies.support, bodies.known)
    low, _ = wilson_interval(bodies.support, bodies.known)
    sure = np.flatnonzero((confidence >= min_confidence) & (low > right / max(known, 1) + _MARGIN))
    chance = fisher_p(bodies.support[sure], bodies.known[sure], right, known)
    sure = sure[chance * len(bodies) <= _SIGNIFICANCE]  # Bonferroni: every body that was counted is a try
    table = {key: number for number, key in enumerate(map(_key, bodies.items.tolist()))}
    return np.array(
        [
            number
            for number in sure.tolist()
            if all(
                confidence[table[other]] + _MARGIN < low[number]
                for other in _more_general(items, _key(bodies.items[number].tolist()))
                if other in table
            )
        ],
        dtype=np.int64,
    )


def _key(row: list[int]) -> tuple[int, ...]:
    return tuple(item for item in row if item >= 0)


def _more_general(items: Items, body: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Iterate over the bodies with some items left out or replaced by more general ones, but not the body itself."""
    for chosen in itertools.product(*((-1, item, *items.above[item]) for item in body)):
        key = tuple(sorted({item for item in chosen if item >= 0}))
        if key and key != body:
            yield key
