"""Direction sensitivity: garments are moved step by step towards another value, and probes say what becomes of them.

The probes read the moved garment's whole vector and know nothing of blocks, so a move that disturbs other attributes
shows. A good direction raises the value it is for at every step, arrives, and leaves the rest alone.
In the manner of Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face Editing", section 3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_fashion.embedding.style import StyleSpace
from kg_fashion.embedding.style_probes import Probe

Array = NDArray[np.float32]
MovePath = Callable[[float], Array]
SHARES = tuple(round(0.1 * step, 1) for step in range(11))


@dataclass(frozen=True)
class MoveEffect:
    """What moving did, at each share of the way.

    Attributes:
        towards: Probability of the value moved towards, shape (n_garments, n_shares).
        leak: Total variation of the other attributes' predictions from where they began, their mean, shape
            (n_garments, n_shares), 0 to 1.
        arrived: Whether the value moved towards is the most probable one in the end, shape (n_garments,).
        changed: The share of other attributes whose most probable value is another one in the end, shape (n_garments,).
    """

    towards: NDArray[np.float64]
    leak: NDArray[np.float64]
    arrived: NDArray[np.bool_]
    changed: NDArray[np.float64]

    @property
    def consistency(self) -> NDArray[np.float64]:
        """The share of steps at which the probability rises, or stays above 0.99, shape (n_garments,)."""
        after, before = self.towards[:, 1:], self.towards[:, :-1]
        return np.asarray(((after > before) | (after > 0.99)).mean(axis=1))


def move_effect(path: MovePath, goals: NDArray[np.int64], attribute: str, probes: Mapping[str, Probe]) -> MoveEffect:
    """Follow garments along a path.

    Args:
        path: Share of the way (0 to 1) -> the moved garments' vectors, shape (n, dim).
        goals: The column of the value that each garment moves towards, shape (n,).
        attribute: The attribute that the path is for.
        probes: Attribute -> a probe that reads whole vectors.
    """
    said = [{name: probe.probabilities(path(share)) for name, probe in probes.items()} for share in SHARES]
    others = [name for name in probes if name != attribute]
    first, last = said[0], said[-1]
    towards = np.stack([own[attribute][np.arange(len(goals)), goals] for own in said], axis=1)
    leak = np.stack([np.mean([_variation(own[n], first[n]) for n in others], axis=0) for own in said], axis=1)
    changed = np.mean([first[n].argmax(axis=1) != last[n].argmax(axis=1) for n in others], axis=0)
    return MoveEffect(towards.astype(np.float64), leak, last[attribute].argmax(axis=1) == goals, changed)


def _variation(one: Array, other: Array) -> NDArray[np.float64]:
    return np.asarray(np.abs(one - other).sum(axis=1) / 2, dtype=np.float64)


def style_path(space: StyleSpace, vectors: Array, block: str, goals: NDArray[np.int64]) -> MovePath:
    """Return the path within a block towards the centroids of values, given by their columns."""
    values = space.blocks[block].values

    def moved(share: float) -> Array:
        found = vectors.copy()
        for goal in np.unique(goals):
            own = goals == goal
            found[own] = space.move(vectors[own], block, values[goal], share=share)
        return found

    return moved


def straight_path(vectors: Array, starts: NDArray[np.int64], goals: NDArray[np.int64], centroids: Array) -> MovePath:
    """Return the path along the difference of two values' mean vectors: what one would do without a style space.

    Args:
        vectors: The garments, shape (n, dim).
        starts: The column of the value that each has, shape (n,).
        goals: The column of the value that each moves towards, shape (n,).
        centroids: The values' mean vectors, shape (n_values, dim).
    """
    step = centroids[goals] - centroids[starts]
    return lambda share: np.asarray(vectors + share * step, dtype=np.float32)


def draw_moves(labels: Array, n: int, *, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw garments, and for each another value to move towards, as often as garments have it.

    A garment that has every value is left out.

    Args:
        labels: Distributions, shape (n_garments, n_values).
        n: At most so many garments.
        seed: Of the draw.

    Returns:
        Garments' rows, the columns of their own values, the columns of the values to move towards; shape (n,) each.
    """
    rng = np.random.default_rng(seed)
    common = labels.sum(axis=0)
    elsewhere = ((labels == 0) & (common > 0)).any(axis=1)
    rows = rng.permutation(np.flatnonzero((labels.sum(axis=1) > 0) & elsewhere))[:n]
    starts = labels[rows].argmax(axis=1)
    goals = np.zeros_like(starts)
    for place, row in enumerate(rows):
        chances = np.where(labels[row] > 0, 0, common)
        goals[place] = rng.choice(len(common), p=chances / chances.sum())
    return rows, starts, goals


def bootstrap_mean(values: Sequence[float] | NDArray[np.float64], *, seed: int) -> tuple[float, float, float]:
    """Return a mean and the 95% percentile interval of it under resampling (Efron 1979), by 1,000 draws.

    Example:
        >>> bootstrap_mean([0.5, 0.5, 0.5], seed=0)
        (0.5, 0.5, 0.5)
    """
    rows = np.asarray(values, dtype=np.float64)
    drawn = rows[np.random.default_rng(seed).integers(len(rows), size=(1000, len(rows)))].mean(axis=1)
    return float(rows.mean()), float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))
