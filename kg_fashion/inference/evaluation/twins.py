"""How far garments that look the same but carry different values bound what any method can reach."""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.inference.labels import label_matrix, target_values


@dataclass(frozen=True)
class TwinBound:
    """What garments with the same visible features say of a target.

    Attributes:
        garments: Garments with a known value.
        twins: The share of them of which another has the same names and values.
        contradicted: The share of which such another shares no value of the target.
        ceiling: The best accuracy that a function of names and values can have on these garments: the commonest value
            in each group. A garment without a twin counts as right, so this is an upper bound for known garments, and
            no method comes near it on new ones.
        ceiling_of_twins: The same over garments with a twin.
        agreement: How often a twin, drawn at random, shares a value; the mean over garments with a twin.
    """

    garments: int
    twins: float
    contradicted: float
    ceiling: float
    ceiling_of_twins: float
    agreement: float

    @property
    def bound_of_twins(self) -> float:
        """The most that the accuracy on new garments like those with a twin can be expected to be.

        If twins draw their value from the same distribution p, two agree with probability sum p^2, and the best guess
        is right with probability max p <= sqrt(sum p^2); the mean of roots is at most the root of the mean. Unlike
        `ceiling_of_twins` it does not flatter small groups.
        """
        return float(np.sqrt(self.agreement))

    def to_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return {**asdict(self), "bound_of_twins": self.bound_of_twins}


def twin_bound(catalogue: Catalogue, target: str, *, hidden: Sequence[str] = ("season", "occasion")) -> TwinBound:
    """Measure how far a target is bound by twins.

    Args:
        catalogue: Garments with the target.
        target: The attribute to complete.
        hidden: What else nobody sees.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> bound = twin_bound(read_catalogue(boutique_dir() / "catalogue.csv"), "season")
        >>> 0 <= bound.contradicted <= bound.twins <= 1
        True
    """
    truth = label_matrix(catalogue, target, target_values(catalogue, target)) > 0
    groups: dict[Hashable, list[int]] = {}
    unseen = {target, *hidden}
    for row in np.flatnonzero(truth.any(axis=1)).tolist():
        groups.setdefault(_visible(catalogue[row], unseen), []).append(row)
    n = sum(map(len, groups.values()))
    pairs = [truth[rows] for rows in groups.values() if len(rows) > 1]
    n_twins = sum(map(len, pairs))
    right = sum(int(own.sum(axis=0).max()) for own in pairs)
    agree = [own.astype(int) @ own.T.astype(int) > 0 for own in pairs]
    contradicted = sum(int((~own).any(axis=1).sum()) for own in agree)
    shared = sum(float((own.sum(axis=1) - 1).sum()) / (len(own) - 1) for own in agree)
    return TwinBound(
        n,
        n_twins / max(1, n),
        contradicted / max(1, n),
        (n - n_twins + right) / max(1, n),
        right / n_twins if n_twins else 1.0,
        shared / n_twins if n_twins else 1.0,
    )


def _visible(garment: Garment, unseen: set[str]) -> Hashable:
    values = {attribute: frozenset(own) for attribute, own in garment.values.items() if attribute not in unseen and own}
    return garment.labels, frozenset(values.items())
