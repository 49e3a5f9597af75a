"""Abstention: from which probability on values are filled in, so that a wanted share of them is right.

The threshold is chosen on held-out garments, after calibration, and used on new ones. The threshold at which the
held-out precision just reaches the target is a coin's toss on new garments: it misses in half of the cases (measured
on Myntra's season at 95%: 45 to 60 of 100 draws, whatever the number of held-out garments), since the best of many
thresholds is chosen by the same garments that it is judged on. "At least 95%" should mean what it says, so the
threshold here is the risk-controlled one: with nine chances in ten the precision on garments like the held-out ones
is reached. That costs 1.5 points of coverage with 28,000 held-out garments, 4 with 5,000, 12 with 1,000; with fewer
than about 60 no promise of 95% can be made, and none is.

Source: Angelopoulos et al. 2021, "Learn then Test", algorithm 1 (fixed-sequence testing with several starts) and
section 4.1; selective classification: Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Numbers = NDArray[np.floating[Any]]
_GRID = 1000
"""Thresholds tried: so many, in equal steps from 0 to 1; chosen before any garment is seen, as the theorem asks."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """From where on values are filled in.

    Attributes:
        target: The wanted precision.
        threshold: The least top probability; None where no threshold can promise the target.
        precision: Share of right values at or above the threshold among the held-out garments; None without threshold.
        coverage: Share of held-out garments at or above the threshold: the share of gaps to expect filled.
        confidence: With what chance the target holds on new garments.
        n: Held-out garments.
    """

    target: float
    threshold: float | None
    precision: float | None
    coverage: float
    confidence: float
    n: int

    def decided(self, top: Numbers) -> Flags:
        """Say for each garment whether its best value is sure enough, shape (n,)."""
        return np.asarray(top >= (np.inf if self.threshold is None else self.threshold))

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def text(self) -> str:
        """Say it in one line.

        Example:
            >>> Abstention(0.95, 0.862, 0.955, 0.53, 0.9, 28289).text()
            '95% precision from p = 0.862 on: 53% of gaps can be filled (held-out precision 95.5%, 28,289 garments)'
        """
        if self.threshold is None or self.precision is None:
            return (
                f"{self.target:.0%} precision cannot be promised with {self.n:,} held-out garments: nothing is filled;"
                " lower the target or train on more garments"
            )
        return (
            f"{self.target:.0%} precision from p = {self.threshold:.3f} on: {self.coverage:.0%} of gaps can be filled"
            f" (held-out precision {self.precision:.1%}, {self.n:,} garments)"
        )


@dataclass(frozen=True)
class HeldOut:
    """How many held-out garments reach each threshold of a fixed grid, and how many of those are right.

    Small enough to stay with a model, so that a precision can be asked for when it is used.

    Attributes:
        decided: Garments at or above each of 0, 1/1000, ... 1.
        right: Those of them whose best value is right.
    """

    decided: tuple[int, ...]
    right: tuple[int, ...]

    @classmethod
    def of(cls, top: Numbers, hit: Flags) -> Self:
        """Count.

        Args:
            top: Calibrated top probabilities of held-out garments, shape (n,).
            hit: Whether the best value was right, shape (n,).
        """
        rising = np.argsort(top, kind="stable")
        below = np.searchsorted(np.asarray(top, dtype=np.float64)[rising], np.arange(_GRID + 1) / _GRID, side="left")
        right_below = np.concatenate([[0], np.cumsum(hit[rising])])
        return cls(tuple((len(top) - below).tolist()), tuple((right_below[-1] - right_below[below]).tolist()))

    def tops(self) -> Floats:
        """Return the top probabilities, rising, each down to the grid's step below it, shape (n,).

        Example:
            >>> HeldOut.of(np.array([0.75, 0.3004]), np.array([True, False])).tops().tolist()
            [0.3, 0.75]
        """
        reached = np.array([*self.decided, 0])
        return np.repeat(np.arange(_GRID + 1) / _GRID, reached[:-1] - reached[1:])

    def threshold_for(self, precision: float, *, confidence: float = 0.9) -> Abstention:
        """Choose the least threshold that keeps a precision on new garments with a given chance.

        Thresholds are tested one after the other, downwards from the target itself (calibrated probabilities at least
        as high as the target are right at least as often) and from half-way between it and 1; each walk ends at the
        first threshold whose binomial tail P(X >= right | decided, precision) exceeds (1 - confidence) / 2.

        Args:
            precision: The wanted share of right values, between 0 and 1.
            confidence: The chance, over the draw of the held-out garments, that it holds on new ones.

        Raises:
            InputError: a precision or confidence outside (0, 1).

        Source: Angelopoulos et al. 2021, algorithm 1; the binomial tail is the p-value of Clopper & Pearson 1934.

        Example:
            >>> rng = np.random.default_rng(0)
            >>> top = rng.uniform(0.3, 1, 5000)
            >>> found = HeldOut.of(top, rng.random(5000) < top).threshold_for(0.9)  # above 0.8 the mean is 0.9
            >>> found.threshold, round(found.precision, 3), round(found.coverage, 2)
            (0.846, 0.917, 0.22)
        """
        if not (0 < precision < 1 and 0 < confidence < 1):
            raise InputError(f"precision {precision} and confidence {confidence} must lie between 0 and 1")
        decided, right, n = np.array(self.decided), np.array(self.right), self.decided[0]
        starts = (precision, (1 + precision) / 2)
        passed = _tail(right, decided, precision) <= (1 - confidence) / len(starts)
        reached = [_walk(passed, int(np.floor(start * _GRID + 1e-9))) for start in starts]
        best = min((step for step in reached if step is not None), default=None)
        if best is None:
            return Abstention(precision, None, None, 0.0, confidence, n)
        share = float(right[best] / decided[best])
        return Abstention(precision, best / _GRID, share, float(decided[best] / n), confidence, n)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read it back from JSON.

        Raises:
            KeyError: a field is missing.
            ValueError: not one count for each threshold.
        """
        decided, right = (tuple(map(int, record[name])) for name in ("decided", "right"))
        if not len(decided) == len(right) == _GRID + 1:
            raise ValueError(f"{_GRID + 1} counts are needed, not {len(decided)} and {len(right)}")
        return cls(decided, right)


def risk_coverage(top: Numbers, hit: Flags) -> tuple[Floats, Floats]:
    """Return the share of wrong values among the surest garments, for each number of them.

    Args:
        top: Top probabilities, shape (n,).
        hit: Whether the best value was right, shape (n,).

    Returns:
        Coverage (rising to 1) and risk, shape (m,) each: one point for each different top probability, since garments
        with the same one cannot be told apart.

    Source: El-Yaniv & Wiener 2010, "On the Foundations of Noise-free Selective Classification", section 2.

    Example:
        >>> coverage, risk = risk_coverage(np.array([0.9, 0.8, 0.8, 0.4]), np.array([True, True, False, False]))
        >>> coverage.tolist(), risk.round(2).tolist()
        ([0.25, 0.75, 1.0], [0.0, 0.33, 0.5])
    """
    order = np.argsort(-top, kind="stable")
    ends = np.append(np.diff(top[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
    number = np.arange(1, len(order) + 1)
    wrong = np.cumsum(~hit[order])
    return number[ends] / max(1, len(order)), (wrong / number)[ends]


def coverage_at(top: Numbers, hit: Flags, precision: float) -> float:
    """Return the largest share of these garments that has a precision: a measure for reports, no promise for others.

    Args:
        top: Top probabilities, shape (n,).
        hit: Whether the best value was right, shape (n,).
        precision: The wanted share of right values.

    Example:
        >>> coverage_at(np.array([0.9, 0.8, 0.7, 0.4]), np.array([True, True, False, True]), 0.75)
        1.0
        >>> coverage_at(np.array([0.9, 0.8, 0.7, 0.4]), np.array([True, True, False, True]), 0.9)
        0.5
    """
    coverage, risk = risk_coverage(top, hit)
    return float(coverage[1 - risk >= precision - 1e-12].max(initial=0.0))


def _tail(right: Counts, decided: Counts, precision: float) -> Floats:
    """Return P(X >= right) for X binomial with the wanted precision: small where the precision is surely higher."""
    from scipy.stats import binom

    return np.asarray(np.where(decided > 0, binom.sf(right - 1, decided, precision), 1.0))


def _walk(passed: Flags, start: int) -> int | None:
    """Return the last step, going down from the start, before the first that fails."""
    failed = np.flatnonzero(~passed[: start + 1])
    last = int(failed[-1]) + 1 if len(failed) else 0
    return last if last <= start else None
