"""What a mined rule is worth: support, head coverage, standard and PCA confidence, and how sure these are.

Pure functions over counts; numbers or arrays alike. For a rule B => p(x, y):

- support: the distinct pairs (x, y) that the rule predicts and the graph holds;
- head coverage: support / the pairs that the head atom holds for;
- standard confidence: support / the pairs predicted (closed world: what is not stated is false);
- PCA confidence: support / the pairs predicted whose x has some p (partial completeness: a graph that
  knows one p of x knows them all).

Source: Galárraga et al. 2013, "AMIE", WWW, sections 3.2 and 4; Galárraga et al. 2015, "Fast rule mining in
ontological knowledge bases with AMIE+", VLDB Journal 24, section 5.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Shares = NDArray[np.float64]
Z_95 = 1.959964
"""The normal quantile of a two-sided 95% interval."""


def ratio(part: ArrayLike, whole: ArrayLike) -> Shares:
    """Return part / whole, 0 where the whole is 0: head coverage and both confidences, by what the whole is.

    Example:
        >>> ratio([3, 0], [4, 0]).tolist()
        [0.75, 0.0]
    """
    return np.asarray(part, dtype=np.float64) / np.maximum(whole, 1)


def wilson_interval(right: ArrayLike, n: ArrayLike, *, z: float = Z_95) -> tuple[Shares, Shares]:
    """Return the interval of a share of which `right` of `n` were seen.

    Args:
        right: Times it was right, shape (m,) or a number.
        n: Times it was tried; 0 gives the interval (0, 1).
        z: The normal quantile.

    Returns:
        Lower and upper bounds, 0 to 1, in the shape of `n`.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22;
    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Example:
        >>> low, high = wilson_interval(90, 100)
        >>> round(float(low), 3), round(float(high), 3)
        (0.826, 0.945)
    """
    seen = np.asarray(n) > 0
    tried = np.maximum(n, 1)
    share = ratio(right, n)
    middle = share + z * z / (2 * tried)
    spread = z * np.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    scale = 1 + z * z / tried
    low = np.where(seen, np.maximum((middle - spread) / scale, 0.0), 0.0)
    high = np.where(seen, np.minimum((middle + spread) / scale, 1.0), 1.0)
    return low, high


def fisher_p(support: NDArray[np.int64], body: NDArray[np.int64], right: int, known: int) -> NDArray[np.float64]:
    """Return the chance of at least this support, were the body independent of the head.

    Args:
        support: Subjects for which body and head hold, shape (m,).
        body: Subjects for which the body holds, shape (m,).
        right: Subjects for which the head holds.
        known: All subjects that are counted.

    Source: Fisher's exact test, one-sided: P(X >= support), X hypergeometric; Webb 2007, "Discovering significant
    patterns", Machine Learning 68, section 3.

    Example:
        >>> round(float(fisher_p(np.array([3]), np.array([3]), 3, 6)[0]), 4)
        0.05
    """
    from scipy.stats import hypergeom  # takes most of a second to import

    return np.asarray(hypergeom.sf(support - 1, known, right, body), dtype=np.float64)
