"""An explanation drawn: the probability of each value, what speaks for and against it, what would change it.

Plain SVG 1.1 without scripts, styles from outside or fonts of its own, in the house's colours; a bar against the value
has a dashed line, so that nothing hangs on colour. https://www.w3.org/TR/SVG11/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from kg_fashion.reasoning.render.boxes import text_width, wrapped
from kg_fashion.reasoning.render.palette import ABSENT, DERIVED, SUPPLIED, Style

if TYPE_CHECKING:
    from kg_fashion.inference.explanation import Explanation

_WIDTH = 760
_MARGIN = 24
_INNER = _WIDTH - 2 * _MARGIN
_LABELS = 330
"""Room for the words of a reason; the bars stand to the right."""
_NUMBER = 48
_HEAD_PX, _SECTION_PX, _TEXT_PX, _NOTE_PX = 16, 13, 12, 11
_LINE = 17
_BAR = 12
_GAP = 8
_MOST_VALUES = 5
_FONTS = (
    "system-ui, 'Segoe UI', Helvetica, Arial, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC',"
    " sans-serif"
)
_INK, _QUIET, _AXIS = "#1d2733", "#4d5866", "#9aa5b4"


def explanation_to_svg(explanation: "Explanation", *, lang: str = "en") -> str:
    """Return a drawing of an explanation.

    Args:
        explanation: What to draw.
        lang: en or zh.

    Example:
        >>> from kg_fashion.catalog import Garment
        >>> from kg_fashion.inference.completion import Reason
        >>> from kg_fashion.inference.explanation import Explanation
        >>> from kg_fashion.inference.wording import ReasonWording
        >>> from kg_fashion import terms
        >>> words = ReasonWording(lambda iri, lang: terms.local_name(iri), lambda iri, lang: iri)
        >>> coat = Garment("C1", "urn:c1", (("Wool coat", "en"),), {})
        >>> why = Reason("word", "word=Wool", words, 0.9)
        >>> said = Explanation(coat, "season", "urn:/winter", 0.8, (("urn:/winter", 0.8),), (why,), (), (), (), words)
        >>> explanation_to_svg(said).splitlines()[1]
        '<title id="title">C1 Wool coat: season winter, probability 0.80</title>'
    """
    return explanations_to_svg([explanation], lang=lang)


def explanations_to_svg(explanations: Sequence["Explanation"], *, lang: str = "en") -> str:
    """Return one drawing of several explanations, such as of a garment's season and occasion, one below the other.

    Args:
        explanations: What to draw, at least one.
        lang: en or zh.
    """
    body: list[str] = []
    y = float(_MARGIN)
    for explanation in explanations:
        page = _Page(explanation, lang, y)
        body += page.body()
        y = page.y + _MARGIN
    height = y - _MARGIN / 2
    size = f'width="{_WIDTH}" height="{height:.0f}" viewBox="0 0 {_WIDTH} {height:.0f}"'
    title = "; ".join(explanation.head(lang) for explanation in explanations)
    text = "\n\n".join(explanation.text(lang) for explanation in explanations)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc"'
            f' font-family="{_FONTS}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(text)}</desc>',
            f'<rect width="100%" height="100%" fill="#ffffff"/><g transform="translate({_MARGIN} 0)">',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


@dataclass
class _Page:
    """The drawing, from the top down; `y` is where the next line starts."""

    explanation: "Explanation"
    lang: str
    y: float

    def body(self) -> Iterator[str]:
        said = self.explanation
        for line in wrapped(said.head(self.lang), _HEAD_PX, _INNER):
            yield self._text(line, _HEAD_PX, weight="600", step=_LINE + 5)
        if said.supplied:
            yield self._text(said.supplied_text(self.lang), _TEXT_PX)
        yield from self._section("probabilities")
        for iri, p in [pair for n, pair in enumerate(said.alternatives) if n < _MOST_VALUES or pair[0] == said.value]:
            yield from self._share(said.wording.label(iri, self.lang), p, DERIVED if iri == said.value else _PALE)
        yield from self._reasons()
        changes = [said.change_text(change, self.lang) for change in said.counterfactuals]
        near = [said.neighbour_text(one, self.lang) for one in said.neighbours]
        yield from self._list("otherwise", changes)
        yield from self._list("neighbours", near)

    def _section(self, key: str, note: str = "") -> Iterator[str]:
        self.y += _GAP
        title = self.explanation.wording.fixed(key, self.lang)
        y = self.y + _SECTION_PX
        if note:
            yield _text(note, text_width(title, _SECTION_PX) + 16, y, _NOTE_PX, _QUIET)
        yield self._text(title, _SECTION_PX, weight="600", step=_LINE + 4)

    def _text(self, text: str, size: int, *, weight: str = "400", step: float = _LINE, x: float = 0) -> str:
        line = _text(text, x, self.y + size, size, _INK, weight=weight)
        self.y += step
        return line

    def _share(self, label: str, p: float, style: Style) -> Iterator[str]:
        room = _INNER - _LABELS - _NUMBER
        yield _bar(_LABELS, self.y + 2, max(p * room, 1), style, f"{label} {p:.2f}")
        yield _text(f"{p:.2f}", _LABELS + p * room + 6, self.y + _TEXT_PX, _TEXT_PX, _QUIET)
        yield self._text(label, _TEXT_PX, step=_LINE + 2)

    def _reasons(self) -> Iterator[str]:
        said = self.explanation
        shown, (n, rest) = said.strongest()
        rows = [(reason.said(self.lang), reason.pull) for reason in shown]
        rows += [(said.wording.others(n, self.lang), rest)] if n else []
        yield from self._section("because", said.wording.fixed("nats", self.lang))
        start = self.y
        room = _INNER - _LABELS - 2 * _NUMBER
        away = max((-pull for _, pull in rows if pull < 0), default=0.0)
        towards = max((pull for _, pull in rows if pull > 0), default=0.0)
        scale = room / max(away + towards, 1e-9)
        middle = _LABELS + _NUMBER + away * scale
        for label, pull in rows:
            yield from self._reason(label, pull, middle, scale)
        yield f'<path d="M{middle:.1f} {start:.1f}V{self.y - 2:.1f}" stroke="{_AXIS}" stroke-width="1"/>'
        yield from self._legend([("towards", SUPPLIED, towards), ("away", ABSENT, away)])

    def _reason(self, label: str, pull: float, middle: float, scale: float) -> Iterator[str]:
        long = abs(pull) * scale
        style = SUPPLIED if pull >= 0 else ABSENT
        x = middle if pull >= 0 else middle - long
        yield _bar(x, self.y + 2, max(long, 1), style, f"{label} {pull:+.2f}")
        end = (x + long + 6, "start") if pull >= 0 else (x - 6, "end")
        yield _text(f"{pull:+.2f}", end[0], self.y + _TEXT_PX, _TEXT_PX, style.ink, anchor=end[1])
        for line in wrapped(label, _TEXT_PX, _LABELS - 12):
            yield self._text(line, _TEXT_PX)
        self.y += 3

    def _legend(self, entries: Sequence[tuple[str, Style, float]]) -> Iterator[str]:
        x = float(_LABELS)
        for key, style, most in entries:
            if most:
                name = self.explanation.wording.fixed(key, self.lang)
                yield _bar(x, self.y + 2, 18, style, name)
                yield _text(name, x + 24, self.y + _NOTE_PX + 1, _NOTE_PX, _QUIET)
                x += text_width(name, _NOTE_PX) + 44
        self.y += _LINE

    def _list(self, key: str, lines: Sequence[str]) -> Iterator[str]:
        if lines:
            yield from self._section(key)
        for line in lines:
            for part in wrapped(line, _TEXT_PX, _INNER - 12):
                yield self._text(part, _TEXT_PX, x=12)


_PALE = Style("#f3f5f8", "#9aa5b4", "#4d5866")


def _bar(x: float, y: float, width: float, style: Style, title: str) -> str:
    dash = ' stroke-dasharray="4 2"' if style.dashed else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_BAR}" rx="2" fill="{style.fill}"'
        f' stroke="{style.stroke}"{dash}><title>{escape(title)}</title></rect>'
    )


def _text(text: str, x: float, y: float, size: int, colour: str, *, weight: str = "400", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}"'
    return f'<text {place} text-anchor="{anchor}">{escape(text)}</text>'
