"""Drift: does a catalogue look like the one that the model was trained on?

The training catalogue leaves a small summary with the model (`drift_baseline.py`). A catalogue to complete is held
against it in three ways:
- shares: for each attribute the population stability index (PSI) between the shares of its values, the missing among
  them. The industry's reading: below 0.1 no change, above 0.25 a large one (Siddiqi 2006, "Credit Risk Scorecards",
  ch. 9). Sampling alone gives about (k - 1)(1/N + 1/M) for k shares, N garments in training and M now (Yurdakul 2018,
  "Statistical properties of the population stability index"): 0.4 for 50 garments and 20 shares. For a small catalogue
  that formula is rough, so chance is drawn instead: pairs of catalogues of these sizes with training's shares.
- news: the share of garments with some value (brand among them), or mostly words, that training never saw. Some are
  always new: as many as if a training garment had been left out (Good 1953, "The population frequencies of species").
- confidence: the mean top probability, against that of held-out training garments.

A warning needs both a difference that matters and one that chance gives once in ten thousand catalogues, since some
fifteen attributes are looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.inference.drift_baseline import (
    MISSING,
    OTHER,
    WORDS,
    Array,
    Confidence,
    DriftBaseline,
    is_news,
    shares_of,
    things_of,
)
from kg_fashion.reasoning.mining.measures import wilson_interval

Counts = NDArray[np.int64]
MODERATE, LARGE = 0.1, 0.25
"""The industry's thresholds of the population stability index."""
_NEWS = 0.1
"""The share of garments with news, above what is expected, that matters."""
_DROP = 0.05
"""The drop of the mean top probability that matters."""
_CHANCE = 1e-4
_SURE = 3.72
"""The normal quantile of that chance, one-sided."""
_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the shares of an attribute's values moved.

    Attributes:
        psi: Population stability index.
        by_chance: What sampling alone gives on average.
        at_most: What sampling alone exceeds once in ten thousand catalogues.
        most_moved: The value (an IRI, "other" or "missing") that moved most.
        before: Its share in training.
        after: Its share now.
    """

    psi: float
    by_chance: float
    at_most: float
    most_moved: str
    before: float
    after: float

    @property
    def level(self) -> str:
        """Either "none", "moderate" or "large": what is left without chance, and none if all may be chance."""
        excess = self.psi - self.by_chance if self.psi > self.at_most else 0.0
        return "large" if excess > LARGE else "moderate" if excess > MODERATE else "none"


@dataclass(frozen=True, slots=True)
class News:
    """How many garments have something that training never saw.

    Attributes:
        share: Of all garments.
        expected: The same share of a catalogue like the training one.
        certain: Whether chance would give as much less than once in ten thousand catalogues.
    """

    share: float
    expected: float
    certain: bool

    @property
    def matters(self) -> bool:
        """Whether it is worth a warning."""
        return self.certain and self.share > self.expected + _NEWS


@dataclass(frozen=True)
class DriftReport:
    """How a catalogue differs from the training one.

    Attributes:
        n: Its garments.
        shifts: Attribute -> how far the shares of its values moved.
        news: Attribute, or "name", -> how much is new.
        confidence: Target -> mean top probability in training, and now.
        warnings: What matters, in words.
    """

    n: int
    shifts: Mapping[str, Shift]
    news: Mapping[str, News]
    confidence: Mapping[str, tuple[float, float]]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "n": self.n,
            "shifts": {a: {**asdict(s), "level": s.level} for a, s in self.shifts.items()},
            "news": {kind: asdict(own) for kind, own in self.news.items()},
            "confidence": {t: {"before": before, "after": after} for t, (before, after) in self.confidence.items()},
            "warnings": list(self.warnings),
        }


def compare(baseline: DriftBaseline, catalogue: Catalogue, *, top: Mapping[str, Array] | None = None) -> DriftReport:
    """Hold a catalogue against the training one.

    Args:
        baseline: What was kept of the training catalogue.
        catalogue: The one to complete.
        top: Target -> top probabilities of its garments, shape (n,).
    """
    if not len(catalogue):
        return DriftReport(0, {}, {}, {}, ())
    shifts = {a: _shift(baseline, catalogue, a) for a in baseline.shares}
    news = {kind: _news(baseline, catalogue, kind) for kind in baseline.known}
    now = {target: Confidence.of(own) for target, own in (top or {}).items() if len(own)}
    both = {target: (baseline.confidence[target], own) for target, own in now.items() if target in baseline.confidence}
    said = [
        *_news_text(news),
        *_shift_text(shifts, catalogue),
        *(_drop_text(target, old, new) for target, (old, new) in both.items() if _dropped(old, new)),
    ]
    means = {target: (old.mean, new.mean) for target, (old, new) in both.items()}
    return DriftReport(len(catalogue), shifts, news, means, tuple(said))


def population_stability(expected: Array, actual: Array) -> Array:
    """Return the population stability index: sum of (a - e) ln(a / e), the symmetric Kullback-Leibler divergence.

    Args:
        expected: Shares in training, shape (..., k), all above 0.
        actual: Shares now, shape (..., k), all above 0.

    Returns:
        Shape (...), 0 where nothing moved.

    Source: Siddiqi 2006, ch. 9; Kullback & Leibler 1951, eq. 2.6.

    Example:
        >>> psi = population_stability(np.array([0.5, 0.5]), np.array([0.25, 0.75]))  # 0.25 ln 2 + 0.25 ln 1.5
        >>> round(float(psi), 4)
        0.2747
    """
    return np.asarray(((actual - expected) * np.log(actual / expected)).sum(axis=-1))


def _news(baseline: DriftBaseline, catalogue: Catalogue, kind: str) -> News:
    """Count garments with news, and ask how likely so many are at the highest rate that training leaves open."""
    from scipy.stats import binom

    known, expected, n = baseline.known[kind], baseline.news[kind], len(catalogue)
    each = (things_of(garment, kind) for garment in catalogue)
    count = sum(is_news(own, [x not in known for x in own], kind) for own in each)
    _, highest = wilson_interval(round(expected * baseline.n), baseline.n, z=_SURE)
    return News(count / n, expected, bool(binom.sf(count - 1, n, float(highest)) < _CHANCE))


def _shift(baseline: DriftBaseline, catalogue: Catalogue, attribute: str) -> Shift:
    before = baseline.shares[attribute]
    names, n, m = list(before), baseline.n, len(catalogue)
    now = shares_of(catalogue, attribute, names[:-2])
    old, new = np.array([before[name] for name in names]), np.array([now[name] for name in names])
    psi = float(_smoothed_stability(old * n, new * m))
    rng = np.random.default_rng(0)
    likely = (old * n + 0.5) / (n + 0.5 * len(old))  # what no training garment has may still have a small share
    by_chance = _smoothed_stability(rng.multinomial(n, likely, _DRAWS), rng.multinomial(m, likely, _DRAWS))
    most = names[int(np.abs(new - old).argmax())]
    return Shift(
        psi, float(by_chance.mean()), float(np.quantile(by_chance, 1 - _CHANCE)), most, before[most], now[most]
    )


def _smoothed_stability(before: Array | Counts, after: Array | Counts) -> Array:
    """Return the PSI of counts, shape (..., k), each drawn to both together by the weight of one garment.

    So no share is 0, and the few garments of a small catalogue are not taken for all that it could hold.
    """
    n, m = before.sum(axis=-1, keepdims=True), after.sum(axis=-1, keepdims=True)
    both = (before + after + 0.5) / (n + m + 0.5 * before.shape[-1])
    expected, actual = (before + both) / (n + 1), (after + both) / (m + 1)
    return population_stability(expected, actual)


def _dropped(old: Confidence, new: Confidence) -> bool:
    error = (old.deviation**2 / old.n + max(old.deviation, new.deviation) ** 2 / new.n) ** 0.5
    return bool(old.mean - new.mean > max(_DROP, _SURE * error))


def _news_text(news: Mapping[str, News]) -> Iterator[str]:
    """Say in one line what is new, the most first."""
    much = sorted((kind for kind, own in news.items() if own.matters), key=lambda kind: -news[kind].share)
    words = {kind: "most words of the name" if kind == WORDS else _spaced(kind) for kind in much}
    named = [f"{words[kind]} {news[kind].share:.0%} (expected {news[kind].expected:.0%})" for kind in much]
    if named:
        yield f"not seen in training, by share of garments: {', '.join(named)}; expect lower precision"


def _shift_text(shifts: Mapping[str, Shift], catalogue: Catalogue) -> Iterator[str]:
    """Say in one line which shares moved, the furthest first."""
    far = sorted((a for a, shift in shifts.items() if shift.level == "large"), key=lambda a: -shifts[a].psi)
    named = [f"{_spaced(a)} ({_moved(shifts[a], catalogue)})" for a in far]
    if named:
        yield (
            f"shared out otherwise than in training, by a population stability index above {LARGE}: {', '.join(named)}"
        )


def _moved(shift: Shift, catalogue: Catalogue) -> str:
    plain = shift.most_moved in (MISSING, OTHER)
    what = shift.most_moved if plain else catalogue.label(shift.most_moved)
    return f"{what} {shift.after:.0%}, was {shift.before:.0%}"


def _drop_text(target: str, old: Confidence, new: Confidence) -> str:
    return (
        f"{_spaced(target)} is completed with a mean probability of {new.mean:.2f}, against {old.mean:.2f} in training;"
        " expect fewer values filled"
    )


def _spaced(attribute: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in attribute)
