"""Agreement with people: are garments that a stylist put into one outfit closer than garments put together by chance?

A pair of one outfit is compared with a pair in which one garment is exchanged for another of the same kind (a skirt for
a skirt), worn in other outfits and never together with the first. So neither the kinds nor how often a stylist reaches
for a garment can give the outfit away. The share of comparisons that the outfit's pair wins, ties by half, is the area
under the ROC curve matched by kind: 0.5 is chance, below it outfits seek contrast.
Matched as the fill-in-the-blank test with distractors of the same category is: Vasileva et al. 2018, "Learning
Type-Aware Embeddings for Fashion Compatibility", section 5.1.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from kg_fashion.embedding.style import cosine

Array = NDArray[np.float32]
_TRIES = 10


@dataclass(frozen=True)
class Comparisons:
    """Which garments are compared; all of shape (n,), int64.

    Attributes:
        anchor: The garment that stays.
        partner: One of its outfit.
        stranger: One of the partner's kind that is in no outfit of the anchor's.
        outfit: The outfit's number.
    """

    anchor: NDArray[np.int64]
    partner: NDArray[np.int64]
    stranger: NDArray[np.int64]
    outfit: NDArray[np.int64]


def draw_comparisons(outfits: Sequence[Sequence[int]], kinds: Sequence[str], *, seed: int) -> Comparisons:
    """Draw one stranger for each ordered pair of each outfit; pairs for which none is found are left out.

    Args:
        outfits: The garments' rows of each outfit.
        kinds: Each garment's kind.
        seed: Of the draw.

    Example:
        >>> drawn = draw_comparisons([[0, 1], [2, 3]], ["top", "skirt", "top", "skirt"], seed=0)
        >>> list(zip(drawn.anchor.tolist(), drawn.partner.tolist(), drawn.stranger.tolist()))
        [(0, 1, 3), (1, 0, 2), (2, 3, 1), (3, 2, 0)]
    """
    rng = np.random.default_rng(seed)
    together: dict[int, set[int]] = defaultdict(set)
    worn: dict[str, list[int]] = defaultdict(list)
    for outfit in outfits:
        for garment in outfit:
            together[garment].update(outfit)
            worn[kinds[garment]].append(garment)
    found = []
    for number, outfit in enumerate(outfits):
        for anchor, partner in permutations(dict.fromkeys(outfit), 2):
            pool = worn[kinds[partner]]
            drawn = (pool[int(place)] for place in rng.integers(len(pool), size=_TRIES))
            stranger = next((one for one in drawn if one not in together[anchor]), None)
            if stranger is not None:
                found.append((anchor, partner, stranger, number))
    columns = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return Comparisons(columns[0], columns[1], columns[2], columns[3])


def margins(features: Array, drawn: Comparisons) -> NDArray[np.float64]:
    """Return how much more alike partners are than strangers, by cosine, shape (n,); above 0 the partner wins."""
    near = cosine(features[drawn.anchor], features[drawn.partner])
    return np.asarray(near - cosine(features[drawn.anchor], features[drawn.stranger]), dtype=np.float64)


@dataclass(frozen=True)
class Agreement:
    """How well a similarity agrees with outfits.

    Attributes:
        auc: The matched area under the ROC curve; 0.5 is chance.
        low: Lower bound of its 95% interval.
        high: Upper bound.
    """

    auc: float
    low: float
    high: float


def agreement(won: NDArray[np.float64], outfits: NDArray[np.int64], *, seed: int) -> Agreement:
    """Return the share of comparisons won, with a bootstrap over outfits, whose pairs depend on each other.

    Args:
        won: Margins, shape (n,): above 0 is won, 0 is a tie (a millionth either way).
        outfits: Each comparison's outfit, shape (n,).
        seed: Of the resampling, 1,000 draws.

    Example:
        >>> agreement(np.array([0.2, 0.0, 0.1, 0.0]), np.array([0, 0, 1, 1]), seed=0)
        Agreement(auc=0.75, low=0.75, high=0.75)
    """
    points = np.where(np.abs(won) < 1e-6, 0.5, won > 0)
    _, place = np.unique(outfits, return_inverse=True)
    total, size = np.bincount(place, weights=points), np.bincount(place)
    rows = np.random.default_rng(seed).integers(len(size), size=(1000, len(size)))
    drawn = total[rows].sum(axis=1) / size[rows].sum(axis=1)
    return Agreement(float(points.mean()), float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975)))


def weigh_blocks(won: Mapping[str, NDArray[np.float64]], rows: NDArray[np.bool_]) -> dict[str, float]:
    """Learn how much likeness in each block counts for stylists, by logistic regression on some comparisons' margins.

    Args:
        won: Block -> margins, shape (n,).
        rows: Which comparisons to learn from, shape (n,).

    Returns:
        Block -> weight; below 0 where stylists seek contrast.
    """
    own = np.stack(list(won.values()), axis=1)[rows]
    mirrored = np.vstack([own, -own])
    model = LogisticRegression(fit_intercept=False).fit(mirrored, np.repeat([1, 0], len(own)))
    return dict(zip(won, model.coef_[0].tolist(), strict=True))
