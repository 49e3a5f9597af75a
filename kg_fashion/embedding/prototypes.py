"""Prototypical networks: a class is told by the mean of its examples' vectors, so that nothing is trained for it.

The vectors come from `few_shot_space`. A garment x belongs to the class whose prototype c is the nearest:
p(class | x) is the softmax of -s |x - c|^2, and because |x - c|^2 = |x|^2 - 2 c.x + |c|^2 with the same |x|^2 for every
class, the score s (2 c.x - |c|^2) does as well. Departing from the paper, where training sets the scale of the
distances, s grows with the number of examples: a mean of many is to be trusted more.

Source: Snell et al. 2017, "Prototypical Networks for Few-shot Learning", eq. 1 and 2, section 2.4.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_SHARPNESS = 6.0
_GROWTH = 0.3
"""A squared distance weighs 6 n^0.3 nats for n examples: chosen on article types that no result is reported on."""


def prototypes(vectors: Array, classes: NDArray[np.int64]) -> Array:
    """Return the mean of each class's examples, shape (n_classes, dim), float32.

    Args:
        vectors: Of the examples, shape (n, dim); they are brought to length 1, so that each example counts alike.
        classes: The number of each one's class, shape (n,); from 0, with an example of each.

    Example:
        >>> prototypes(np.array([[1, 0], [0.8, 0.6], [0, 2]], dtype=np.float32), np.array([0, 0, 1]))
        array([[0.9, 0.3],
               [0. , 1. ]], dtype=float32)
    """
    sums = np.zeros((int(classes.max()) + 1, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, classes, unit(vectors))
    return np.asarray(sums / np.bincount(classes)[:, None], dtype=np.float32)


def plausibility(vectors: Array, centres: Array, *, n_examples: int) -> Array:
    """Score each class for each garment: differences between classes are log-odds.

    Args:
        vectors: Of the garments, shape (n, dim); they are brought to length 1.
        centres: The prototypes, shape (n_classes, dim).
        n_examples: How many examples the prototype of the rarest class is the mean of.

    Returns:
        s (2 c.x - |c|^2), in nats, shape (n, n_classes), float32; higher is better, not a probability.

    Example:
        >>> plausibility(np.array([[0.9, 0.1]], dtype=np.float32), np.eye(2, dtype=np.float32), n_examples=1).argmax()
        np.int64(0)
    """
    sharpness = _SHARPNESS * n_examples**_GROWTH
    return np.asarray(sharpness * (2 * unit(vectors) @ centres.T - (centres**2).sum(axis=1)), dtype=np.float32)


def unit(vectors: Array) -> Array:
    """Return the vectors at length 1; a vector of zeros stays as it is.

    Example:
        >>> unit(np.array([[3, 4], [0, 0]], dtype=np.float32))
        array([[0.6, 0.8],
               [0. , 0. ]], dtype=float32)
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
