"""Reliability: what was said against what came true, bin by bin, as a table and as a picture for reports.

The picture: a bar for the accuracy in each bin of the top probability, the diagonal where the two agree, a whisker for
the 95% interval of each bar, and below how many garments each bin holds. SVG 1.1 that stands alone, readable on light
and dark pages; what is drawn is also told in its description, for screen readers.

Source: Niculescu-Mizil & Caruana 2005, "Predicting good probabilities with supervised learning"; Guo et al. 2017,
section 2. Intervals: Wilson 1927.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.calibration import expected_noise
from kg_fashion.inference.metrics import BINS, bin_of, correct, expected_calibration_error
from kg_fashion.reasoning.mining.measures import wilson_interval

Array = NDArray[np.float32]
_SIZE, _LEFT, _TOP, _RIGHT = 320, 58, 48, 20
_COUNTS_TOP, _COUNTS_HEIGHT = 22, 64
_WIDTH = _LEFT + _SIZE + _RIGHT
_HEIGHT = _TOP + _SIZE + _COUNTS_TOP + _COUNTS_HEIGHT + 82
_FEW = 30
"""Garments below which a bar is drawn faintly: its height says little."""
_FONTS = "system-ui, 'Segoe UI', Helvetica, Arial, 'Noto Sans', 'PingFang SC', 'Noto Sans CJK SC', sans-serif"
_LOOK = """
.page{fill:#ffffff}.ink{fill:#1d2733}.note{fill:#4d5866}.bar{fill:#8fb3e0;stroke:#3f6fb0}.count{fill:#b9c2cd}
.grid{stroke:#e3e7ec}.axis{stroke:#9aa5b4}.even{stroke:#c2664a;stroke-dasharray:6 4}.whisker{stroke:#1d2733}
@media (prefers-color-scheme:dark){.page{fill:#161b22}.ink{fill:#e6eaf0}.note{fill:#aab4c0}
.bar{fill:#2f5890;stroke:#7fa8dc}.count{fill:#4a5563}.grid{stroke:#2a313b}.axis{stroke:#6b7684}
.even{stroke:#e39a80}.whisker{stroke:#e6eaf0}}"""


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the top probability that holds garments.

    Attributes:
        low: Its lower edge.
        high: Its upper edge.
        n: Garments in it.
        said: Their mean top probability.
        accuracy: The share of them whose best value is right.
        accuracy_low: Lower bound of its 95% Wilson interval.
        accuracy_high: Upper bound.
    """

    low: float
    high: float
    n: int
    said: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def reliability_table(probabilities: Array, truth: Array, *, bins: int = BINS) -> list[Bin]:
    """Compare what was said with what came true in bins of equal width.

    Args:
        probabilities: Shape (n, n_values), rows sum to 1.
        truth: Distributions, shape (n, n_values), no row of zeros.
        bins: Bins between 0 and 1; the empty ones are left out.

    Example:
        >>> said = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]], dtype=np.float32)
        >>> true = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
        >>> [(one.n, round(one.said, 2), one.accuracy) for one in reliability_table(said, true, bins=5)]
        [(1, 0.6, 1.0), (2, 0.9, 0.5)]
    """
    top = probabilities.max(axis=1).astype(np.float64)
    hit = correct(probabilities, truth)
    place = bin_of(top, bins)
    found = []
    for number in np.unique(place):
        own = place == number
        low, high = wilson_interval(int(hit[own].sum()), int(own.sum()))
        found.append(
            Bin(
                number / bins, (number + 1) / bins, int(own.sum()), float(top[own].mean()), float(hit[own].mean()),
                float(low), float(high),
            )
        )  # fmt: skip
    return found


def reliability_svg(probabilities: Array, truth: Array, *, title: str) -> str:
    """Draw a reliability diagram of 15 bins.

    Args:
        probabilities: Shape (n, n_values), rows sum to 1.
        truth: Distributions, shape (n, n_values), no row of zeros; at least one garment.
        title: What it is about, as "season, after calibration".

    Example:
        >>> said, true = np.array([[0.9, 0.1]], dtype=np.float32), np.array([[1, 0]], dtype=np.float32)
        >>> reliability_svg(said, true, title="season").splitlines()[1]
        '<title id="title">Reliability: season</title>'
    """
    table = reliability_table(probabilities, truth)
    mean, high = expected_noise(probabilities.max(axis=1))
    error = expected_calibration_error(probabilities, truth)
    caption = f"ECE {error:.4f} on {len(probabilities):,} garments"
    by_chance = f"chance alone gives {mean:.4f}, and less than {high:.4f} in 95%"
    lines = [
        *_opening(title, f"{caption}; {by_chance}. {_told(table)}"), *_frame(), *_bars(table), *_even(),
        *_whiskers(table), *_counts(table), *_captions(title, caption, by_chance), "</svg>", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _told(table: Sequence[Bin]) -> str:
    """Say the table in words."""
    return " ".join(f"Said {b.said:.0%}, right {b.accuracy:.0%} ({b.n:,} garments)." for b in table)


def _opening(title: str, description: str) -> Iterator[str]:
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    named = 'role="img" aria-labelledby="title desc"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{_FONTS}">'
    yield f'<title id="title">Reliability: {escape(title)}</title>'
    yield f'<desc id="desc">{escape(description)}</desc>'
    yield f"<style>{_LOOK}</style>"
    yield '<rect class="page" width="100%" height="100%"/>'


def _x(share: float) -> float:
    return _LEFT + share * _SIZE


def _y(share: float) -> float:
    return _TOP + (1 - share) * _SIZE


def _frame() -> Iterator[str]:
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        yield _line(_x(share), _y(0), _x(share), _y(1), "grid")
        yield _line(_x(0), _y(share), _x(1), _y(share), "grid")
        yield _text(f"{share:.1f}", _x(0) - 8, _y(share) + 4, 11, "note", "end")
        yield _text(f"{share:.1f}", _x(share), _base() + 17, 11, "note", "middle")
    middle = _y(0.5)
    yield (
        f'<text class="note" font-size="12" text-anchor="middle" transform="translate(16 {middle:.0f}) rotate(-90)">'
        "share that is right</text>"
    )
    yield _text("top probability", _x(0.5), _base() + 34, 12, "note", "middle")


def _bars(table: Sequence[Bin]) -> Iterator[str]:
    for b in table:
        faint = ' fill-opacity="0.3" stroke-opacity="0.5"' if b.n < _FEW else ""
        yield (
            f'<rect class="bar"{faint} x="{_x(b.low) + 1:.1f}" y="{_y(b.accuracy):.1f}"'
            f' width="{(b.high - b.low) * _SIZE - 2:.1f}" height="{b.accuracy * _SIZE:.1f}">'
            f"<title>{escape(_told([b]))}</title></rect>"
        )


def _even() -> Iterator[str]:
    yield _line(_x(0), _y(0), _x(1), _y(1), "even", 'stroke-width="1.6"')
    yield _line(_x(0), _y(0), _x(1), _y(0), "axis")


def _whiskers(table: Sequence[Bin]) -> Iterator[str]:
    """Draw each interval where the bin's mean probability stands."""
    for b in table:
        x = _x(b.said)
        path = f"M{x:.1f} {_y(b.accuracy_low):.1f}V{_y(b.accuracy_high):.1f}"
        ends = "".join(f"M{x - 3.5:.1f} {_y(end):.1f}h7" for end in (b.accuracy_low, b.accuracy_high))
        yield f'<path class="whisker" fill="none" stroke-width="1.3" d="{path}{ends}"/>'


def _base() -> float:
    """The lower edge of the counts."""
    return _TOP + _SIZE + _COUNTS_TOP + _COUNTS_HEIGHT


def _counts(table: Sequence[Bin]) -> Iterator[str]:
    most = max(b.n for b in table)
    for b in table:
        height = b.n / most * _COUNTS_HEIGHT
        yield (
            f'<rect class="count" x="{_x(b.low) + 1:.1f}" y="{_base() - height:.1f}"'
            f' width="{(b.high - b.low) * _SIZE - 2:.1f}" height="{height:.1f}"/>'
        )
    yield _line(_x(0), _base(), _x(1), _base(), "axis")
    yield _text(f"{most:,}", _x(0) - 8, _base() - _COUNTS_HEIGHT + 9, 11, "note", "end")
    yield _text("garments", _x(0) - 8, _base(), 11, "note", "end")


def _captions(title: str, caption: str, by_chance: str) -> Iterator[str]:
    yield _text(title, _LEFT, 28, 15, "ink", "start", 'font-weight="600"')
    yield _text(caption, _LEFT, _HEIGHT - 26, 12, "ink", "start")
    yield _text(by_chance, _LEFT, _HEIGHT - 10, 11, "note", "start")


def _line(x0: float, y0: float, x1: float, y1: float, look: str, more: str = "") -> str:
    return f'<line class="{look}" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {more}/>'


def _text(text: str, x: float, y: float, size: int, look: str, anchor: str, more: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text class="{look}" {place} {more}>{escape(text)}</text>'
