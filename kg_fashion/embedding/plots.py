"""Pictures of measures: a table of shares as a heat map, curves in small panels, shares with intervals.

SVG 1.1 that stands alone, readable on light and dark pages; what is drawn is told in words for screen readers, too.
Small panels of one scale: Tufte 1990, "Envisioning Information", chapter 4.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

_FONTS = "system-ui, 'Segoe UI', Helvetica, Arial, 'Noto Sans', 'PingFang SC', 'Noto Sans CJK SC', sans-serif"
_LOOK = """
.page{fill:#ffffff}.ink{fill:#1d2733}.note{fill:#4d5866}.grid{stroke:#e3e7ec}.axis{stroke:#9aa5b4}
.one{stroke:#3f6fb0}.two{stroke:#c2664a}.bar{fill:#8fb3e0;stroke:#3f6fb0}.whisker{stroke:#1d2733}
.even{stroke:#c2664a;stroke-dasharray:6 4}
@media (prefers-color-scheme:dark){.page{fill:#161b22}.ink{fill:#e6eaf0}.note{fill:#aab4c0}.grid{stroke:#2a313b}
.axis{stroke:#6b7684}.one{stroke:#7fa8dc}.two{stroke:#e39a80}.bar{fill:#2f5890;stroke:#7fa8dc}.whisker{stroke:#e6eaf0}
.even{stroke:#e39a80}}"""
_MARGIN, _TOP = 24, 62
_CELL_WIDTH, _CELL_HEIGHT = 84, 40
_PANEL, _PANELS_A_ROW, _PANEL_GAP = 168, 4, 46
_BAR_HEIGHT, _BARS_WIDTH = 26, 380
_PALE, _FULL = np.array([247, 249, 252]), np.array([47, 88, 144])


def _width(text: str, size: float = 12) -> float:
    """Guess how wide a text is; a Chinese character is as wide as it is high."""
    return sum(1.0 if ord(sign) > 0x2E80 else 0.52 for sign in text) * size


@dataclass(frozen=True)
class Table:
    """What a heat map shows.

    Attributes:
        rows: Their names.
        columns: Their names.
        shares: What each cell says, shape (n_rows, n_columns), 0 to 1.
        strength: How dark each cell is, the same shape, 0 to 1.
        notes: A small second line in each cell, the same shape.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    shares: NDArray[np.float64]
    strength: NDArray[np.float64]
    notes: Sequence[Sequence[str]]


def heat_map(table: Table, *, title: str, caption: str) -> str:
    """Draw a table of shares.

    Example:
        >>> cells = Table(["a"], ["b"], np.array([[0.9]]), np.array([[0.8]]), [["0.5"]])
        >>> heat_map(cells, title="Probes", caption="").splitlines()[1]
        '<title id="title">Probes</title>'
    """
    left = _MARGIN + max(map(_width, table.rows)) + 10
    width = max(left + len(table.columns) * _CELL_WIDTH, _width(caption, 11) + _MARGIN, _width(title, 15)) + _MARGIN
    height = _TOP + 24 + len(table.rows) * _CELL_HEIGHT + _MARGIN
    told = [
        f"{row}, {column}: {table.shares[i, j]:.2f}."
        for i, row in enumerate(table.rows)
        for j, column in enumerate(table.columns)
    ]
    return _page(width, height, title, caption, told, _cells(table, left))


def _cells(table: Table, left: float) -> Iterator[str]:
    top = _TOP + 24
    for j, column in enumerate(table.columns):
        yield _text(column, left + (j + 0.5) * _CELL_WIDTH, top - 8, 12, "ink", "middle")
    for i, row in enumerate(table.rows):
        y = top + i * _CELL_HEIGHT
        yield _text(row, left - 10, y + _CELL_HEIGHT / 2 + 4, 12, "ink", "end")
        for j in range(len(table.columns)):
            x, strength = left + j * _CELL_WIDTH, float(np.clip(table.strength[i, j], 0, 1))
            ink = "#ffffff" if strength > 0.72 else "#1d2733"
            box = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{_CELL_WIDTH - 2}" height="{_CELL_HEIGHT - 2}" rx="4"'
            yield f'<rect {box} fill="{_shade(strength)}"/>'
            middle = x + _CELL_WIDTH / 2
            yield _text(f"{table.shares[i, j]:.2f}", middle, y + 19, 13, "", "middle", f'fill="{ink}"')
            yield _text(table.notes[i][j], middle, y + 33, 10, "", "middle", f'fill="{ink}" fill-opacity="0.75"')


def _shade(strength: float) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in _PALE + strength * (_FULL - _PALE))


@dataclass(frozen=True)
class Curve:
    """A line in a panel.

    Attributes:
        name: What it is, for the legend.
        ys: Its heights at equal steps from 0 to 1, each 0 to 1.
        look: "one" or "two": its colour.
        dashed: Whether its line is dashed.
    """

    name: str
    ys: Sequence[float]
    look: str
    dashed: bool = False


def panels(curves: Mapping[str, Sequence[Curve]], *, title: str, caption: str) -> str:
    """Draw curves in small panels, the same kinds of curves in each.

    Args:
        curves: Panel -> its curves.
        title: What it is about.
        caption: How to read it.

    Example:
        >>> drawn = panels({"colour": [Curve("rise", [0, 1], "one")]}, title="Moves", caption="")
        >>> drawn.count('class="one"')
        2
    """
    across = min(_PANELS_A_ROW, len(curves))
    down = -(-len(curves) // _PANELS_A_ROW)
    legend = list({curve.name: curve for own in curves.values() for curve in own}.values())
    left, step = _MARGIN + 26, _PANEL + _PANEL_GAP
    texts = max(_width(caption, 11), _width(title, 15), sum(_width(curve.name, 11) + 54 for curve in legend)) + _MARGIN
    width, height = max(left + across * step, texts + _MARGIN), _TOP + 44 + down * (step + 10)
    told = [f"{name}: {c.name} from {c.ys[0]:.2f} to {c.ys[-1]:.2f}." for name, own in curves.items() for c in own]
    body = list(_legend(legend))
    for number, (name, own) in enumerate(curves.items()):
        x = left + number % _PANELS_A_ROW * step
        body += _panel(name, own, x, _TOP + 52 + number // _PANELS_A_ROW * (step + 10))
    return _page(width, height, title, caption, told, body)


def _legend(curves: Sequence[Curve]) -> Iterator[str]:
    x = float(_MARGIN)
    for curve in curves:
        yield f'<path class="{curve.look}" fill="none" d="M{x:.1f} {_TOP + 8}h26" {_stroke(curve)}/>'
        yield _text(curve.name, x + 32, _TOP + 12, 11, "note")
        x += _width(curve.name, 11) + 54


def _stroke(curve: Curve) -> str:
    return 'stroke-width="2"' + (' stroke-dasharray="5 4"' if curve.dashed else "")


def _panel(name: str, curves: Sequence[Curve], x: float, y: float) -> Iterator[str]:
    yield _text(name, x, y - 8, 12, "ink", "start", 'font-weight="600"')
    for share in (0.0, 0.5, 1.0):
        yield _line(x, y + (1 - share) * _PANEL, x + _PANEL, y + (1 - share) * _PANEL, "axis" if share == 0 else "grid")
        yield _text(f"{share:.1f}", x - 6, y + (1 - share) * _PANEL + 4, 10, "note", "end")
        yield _text(f"{share:.1f}", x + share * _PANEL, y + _PANEL + 15, 10, "note", "middle")
    for curve in curves:
        last = len(curve.ys) - 1
        places = (f"{x + n / last * _PANEL:.1f} {y + (1 - value) * _PANEL:.1f}" for n, value in enumerate(curve.ys))
        yield f'<path class="{curve.look}" fill="none" d="M{"L".join(places)}" {_stroke(curve)}/>'


@dataclass(frozen=True)
class Interval:
    """A share with its interval.

    Attributes:
        name: What it is.
        value: The share.
        low: Lower bound of its 95% interval.
        high: Upper bound.
    """

    name: str
    value: float
    low: float
    high: float


def intervals(rows: Sequence[Interval], *, even: float, title: str, caption: str) -> str:
    """Draw shares as bars that begin at what chance gives, with whiskers for their intervals.

    Args:
        rows: From top to bottom.
        even: What chance gives.
        title: What it is about.
        caption: How to read it.

    Example:
        >>> intervals([Interval("colour", 0.6, 0.5, 0.7)], even=0.5, title="Agreement", caption="").count("<rect")
        2
    """
    low = min(even, *(row.low for row in rows), even - 0.05)
    high = max(even, *(row.high for row in rows), even + 0.05)
    left = _MARGIN + max(_width(row.name) for row in rows) + 12
    width = max(left + _BARS_WIDTH + 64, _width(caption, 11) + _MARGIN, _width(title, 15) + _MARGIN) + _MARGIN
    height = _TOP + 12 + len(rows) * _BAR_HEIGHT + 40

    told = [f"{row.name}: {row.value:.3f}, from {row.low:.3f} to {row.high:.3f}." for row in rows]
    scale = _Scale(left, low, high)
    return _page(width, height, title, caption, told, [*_grid(scale, len(rows), even), *_bars(rows, scale, even)])


@dataclass(frozen=True)
class _Scale:
    """Where a share stands across the page."""

    left: float
    low: float
    high: float

    def x(self, share: float) -> float:
        return self.left + (share - self.low) / (self.high - self.low) * _BARS_WIDTH


def _grid(scale: _Scale, n_rows: int, even: float) -> Iterator[str]:
    base = _TOP + 12 + n_rows * _BAR_HEIGHT
    for share in np.round(np.arange(0, 1.01, 0.05), 2).tolist():
        if scale.low <= share <= scale.high:
            yield _line(scale.x(share), _TOP + 8, scale.x(share), base, "grid")
            yield _text(f"{share:.2f}", scale.x(share), base + 16, 10, "note", "middle")
    yield _line(scale.x(even), _TOP + 8, scale.x(even), base, "even", 'stroke-width="1.6"')


def _bars(rows: Sequence[Interval], scale: _Scale, even: float) -> Iterator[str]:
    for number, row in enumerate(rows):
        middle = _TOP + 12 + (number + 0.5) * _BAR_HEIGHT
        start, end = sorted((scale.x(even), scale.x(row.value)))
        yield _text(row.name, scale.left - 12, middle + 4, 12, "ink", "end")
        yield (
            f'<rect class="bar" x="{start:.1f}" y="{middle - 8:.1f}" width="{max(0.5, end - start):.1f}" height="16"/>'
        )
        x0, x1 = scale.x(row.low), scale.x(row.high)
        ends = "".join(f"M{x:.1f} {middle - 4:.1f}v8" for x in (x0, x1))
        yield f'<path class="whisker" fill="none" stroke-width="1.3" d="M{x0:.1f} {middle:.1f}H{x1:.1f}{ends}"/>'
        yield _text(f"{row.value:.3f}", scale.left + _BARS_WIDTH + 12, middle + 4, 12, "ink")


def _page(width: float, height: float, title: str, caption: str, told: Sequence[str], body: Iterable[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    named = 'role="img" aria-labelledby="title desc"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{_FONTS}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(" ".join([caption, *told]))}</desc>',
            f"<style>{_LOOK}</style>",
            '<rect class="page" width="100%" height="100%"/>',
            _text(title, _MARGIN, 28, 15, "ink", "start", 'font-weight="600"'),
            _text(caption, _MARGIN, 47, 11, "note"),
            *body,
            "</svg>",
            "",
        ]
    )


def _line(x0: float, y0: float, x1: float, y1: float, look: str, more: str = "") -> str:
    return f'<line class="{look}" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {more}/>'


def _text(text: str, x: float, y: float, size: int, look: str, anchor: str = "start", more: str = "") -> str:
    shown = f'class="{look}" ' if look else ""
    return (
        f'<text {shown}x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" {more}>{escape(text)}</text>'
    )
