"""Derivations drawn: the conclusion at the left, what it rests on to its right, one box a statement or condition.

Plain SVG 1.1 without scripts, styles from outside or fonts of its own, so that it shows the same in a browser, a
document and a converter. https://www.w3.org/TR/SVG11/
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.render.boxes import (
    LINE,
    NOTE_LINE,
    NOTE_PX,
    PADDING,
    TEXT_PX,
    WIDTH,
    Box,
    boxes_of,
    place,
    text_width,
    wrapped,
)
from kg_fashion.reasoning.render.palette import ABSENT, DERIVED, SUPPLIED, TESTED, Style
from kg_fashion.reasoning.render.words import Wording

if TYPE_CHECKING:
    from kg_fashion.reasoning.derivation import Derivation

_MARGIN = 24
_BETWEEN = 36
_FONTS = (
    "system-ui, 'Segoe UI', Helvetica, Arial, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC',"
    " sans-serif"
)
_INK = "#1d2733"
_EDGE = "#9aa5b4"
_INNER = WIDTH - 2 * PADDING


def trees_to_svg(trees: Sequence["Derivation"], wording: Wording | None = None) -> str:
    """Return a drawing of derivations, one below the other.

    Args:
        trees: The derivations, at least one.
        wording: How to write terms, rules and the fixed words; prefixed names in English by default.

    Example:
        >>> from kg_fashion.reasoning.derivation import Derivation
        >>> from kg_fashion.reasoning.syntax import Pattern, iri
        >>> tree = Derivation(Pattern(iri("urn:a"), iri("urn:p"), iri("urn:b")), None)
        >>> trees_to_svg([tree]).splitlines()[1]
        '<title id="title">Why: urn:a urn:p urn:b</title>'
    """
    words = wording or Wording()
    roots = [_box_of(tree, words) for tree in trees]
    lower = float(_MARGIN)
    for root in roots:
        lower = place(root, top=lower) + _BETWEEN
    boxes = [box for root in roots for box in boxes_of(root)]
    legend = list(_legend(boxes, words, lower))
    width = max([max(box.x for box in boxes) + WIDTH, _legend_width(boxes, words)]) + 2 * _MARGIN
    title = words.fixed("why", "; ".join(dict.fromkeys(words.sentence(tree.triple) for tree in trees)))
    return "\n".join([*_opening(width, lower + _MARGIN, title), *_body(roots), *legend, "</g>", "</svg>", ""])


def _opening(width: float, height: float, title: str) -> Iterator[str]:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title" font-family="{_FONTS}">'
    yield f'<title id="title">{escape(title)}</title>'
    yield f'<rect width="100%" height="100%" fill="#ffffff"/><g transform="translate({_MARGIN} 0)">'


def _body(roots: Sequence[Box]) -> Iterator[str]:
    for root in roots:
        for box in boxes_of(root):
            for child in box.below:
                yield _edge(box, child)
    for root in roots:
        for box in boxes_of(root):
            yield from _drawn(box, bold=box is root)


def _box_of(tree: "Derivation", wording: Wording) -> Box:
    root = _fact_box(tree, wording)
    waiting = [(tree, root)]
    while waiting:
        node, box = waiting.pop()
        for premise in node.premises:
            box.below.append(_fact_box(premise, wording))
            waiting.append((premise, box.below[-1]))
        box.below += [_condition_box(condition, wording) for condition in node.conditions]
    return root


def _fact_box(node: "Derivation", wording: Wording) -> Box:
    sentence, reason = wording.sentence(node.triple), wording.reason(node.rule)
    if node.confidence < 1:
        reason = f"{reason} · {wording.fixed('confidence', f'{node.confidence:.2g}')}"
    return _box(sentence, reason, SUPPLIED if node.rule is None else DERIVED)


def _condition_box(condition: Condition, wording: Wording) -> Box:
    style = ABSENT if condition.kind == "absent" else TESTED
    return _box(wording.condition(condition), wording.grounds(condition), style)


def _box(text: str, note: str, style: Style) -> Box:
    return Box(wrapped(text, TEXT_PX, _INNER), wrapped(note, NOTE_PX, _INNER), style, f"{text} [{note}]")


def _edge(box: Box, child: Box) -> str:
    """Draw a curve from a premise to its conclusion, with a dot where it ends."""
    x0, y0 = child.x, child.y + child.height / 2
    x1, y1 = box.x + WIDTH, box.y + box.height / 2
    middle = (x0 + x1) / 2
    dash = ' stroke-dasharray="4 3"' if child.style.dashed else ""
    path = f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1 + 7:.1f} {y1:.1f}"
    head = f"M{x1 + 1:.1f} {y1:.1f}l8 -4.5v9z"
    return f'<path d="{path}" fill="none" stroke="{_EDGE}" stroke-width="1.4"{dash}/><path d="{head}" fill="{_EDGE}"/>'


def _drawn(box: Box, *, bold: bool) -> Iterator[str]:
    style = box.style
    dash = ' stroke-dasharray="5 3"' if style.dashed else ""
    stroke = f'stroke="{style.stroke}" stroke-width="{2.2 if bold else 1.2}"{dash}'
    yield f"<g><title>{escape(box.title)}</title>"
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{WIDTH}" height="{box.height:.1f}" rx="8"'
        f' fill="{style.fill}" {stroke}/>'
    )
    left, lower = box.x + PADDING, box.y + PADDING - 2
    for line in box.lines:
        lower += LINE
        yield _text(line, left, lower - 5, TEXT_PX, _INK, weight="600" if bold else "500")
    lower += 4
    for line in box.notes:
        lower += NOTE_LINE
        yield _text(line, left, lower - 4, NOTE_PX, style.ink)
    yield "</g>"


def _text(text: str, x: float, y: float, size: int, colour: str, *, weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def _entries(boxes: Sequence[Box], wording: Wording) -> list[tuple[Style, str]]:
    used = {id(box.style) for box in boxes}
    names = [(SUPPLIED, "supplied"), (DERIVED, "derived"), (ABSENT, "absent"), (TESTED, "tested")]
    return [(style, wording.fixed(f"legend_{name}")) for style, name in names if id(style) in used]


def _legend_width(boxes: Sequence[Box], wording: Wording) -> float:
    return sum(text_width(name, NOTE_PX) + 44 for _, name in _entries(boxes, wording))


def _legend(boxes: Sequence[Box], wording: Wording, y: float) -> Iterator[str]:
    x = 0.0
    for style, name in _entries(boxes, wording):
        dash = ' stroke-dasharray="3 2"' if style.dashed else ""
        yield (
            f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="18" height="12" rx="3" fill="{style.fill}"'
            f' stroke="{style.stroke}"{dash}/>'
        )
        yield _text(name, x + 24, y, NOTE_PX, "#4d5866")
        x += text_width(name, NOTE_PX) + 44
