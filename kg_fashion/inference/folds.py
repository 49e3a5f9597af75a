"""The folds on which a strength is chosen: few garments are enough to compare, and always the same ones."""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
_FOLDS = 5
_MOST_COMPARED = 6000


def comparing_folds(n: int) -> list[tuple[Ids, Ids]]:
    """Part garments, of more than 6,000 so many, into five folds.

    Args:
        n: How many garments there are.

    Returns:
        For each fold the garments that are not in it and those that are; what is drawn is the same for the same n.

    Example:
        >>> folds = comparing_folds(7)
        >>> [len(left_out) for _, left_out in folds], sorted(np.concatenate(folds[0]).tolist())
        ([2, 2, 1, 1, 1], [0, 1, 2, 3, 4, 5, 6])
    """
    order = np.random.default_rng(0).permutation(n)[:_MOST_COMPARED]
    fold = np.arange(len(order)) % _FOLDS
    return [(order[fold != own], order[fold == own]) for own in range(_FOLDS)]
