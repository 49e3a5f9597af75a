"""Where the boxes of a drawn tree stand: text wrapped to a width, then the tree laid out from left to right.

A node stands level with the middle of what is below it; leaves are stacked, so that no two boxes of a column overlap.
Lengths are in pixels.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from kg_fashion.reasoning.render.palette import Style

WIDTH = 236
GAP_X = 64
GAP_Y = 14
PADDING = 12
TEXT_PX, NOTE_PX = 13, 11
LINE, NOTE_LINE = 18, 15
_NARROW = frozenset("iljtfrI.,:;'|!()[]{} -")
_WIDE = frozenset("mwMW@%")


@dataclass
class Box:
    """A box of the tree.

    Attributes:
        lines: Its text, wrapped.
        notes: The smaller text below, wrapped.
        style: How it looks.
        title: Its whole text, for a tooltip and screen readers.
        below: The boxes to its right that it rests on.
        x: The left edge.
        y: The upper edge.
    """

    lines: list[str]
    notes: list[str]
    style: Style
    title: str
    below: list["Box"] = field(default_factory=list)
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        """Its height."""
        notes = len(self.notes) * NOTE_LINE + (4 if self.notes else 0)
        return 2 * PADDING - 4 + len(self.lines) * LINE + notes


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is in a sans-serif font, somewhat too wide rather than too narrow.

    Args:
        text: The text.
        size: The font's size.

    Example:
        >>> text_width("大衣", 10), text_width("il", 10) < text_width("MW", 10)
        (20.0, True)
    """
    return sum(map(_em, text)) * size


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.36
    return 0.92 if letter in _WIDE else 0.7 if letter.isupper() else 0.58


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Break a text into lines: at spaces, between Chinese characters, within a word only where it is too long.

    Example:
        >>> wrapped("a linen shirt", 10, 50), wrapped("无衬里亚麻", 10, 31)
        (['a linen', 'shirt'], ['无衬里', '亚麻'])
    """
    lines = [""]
    for piece in _pieces(text):
        if text_width(lines[-1] + piece.rstrip(), size) <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        for letter in piece.lstrip() if text_width(piece, size) > width else [piece.lstrip()]:
            if text_width(lines[-1] + letter, size) > width and lines[-1]:
                lines.append("")
            lines[-1] += letter
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(text: str) -> list[str]:
    """Split a text where a line may break; a space stays at the end of the piece before it."""
    pieces = [""]
    for letter in text:
        wide = unicodedata.east_asian_width(letter) == "W"
        ends = pieces[-1][-1:] == " " or unicodedata.east_asian_width(pieces[-1][-1:] or "a") in "WF"
        if pieces[-1] and letter != " " and (ends or wide) and letter not in "，。、：；）】”":
            pieces.append("")
        pieces[-1] += letter
    return pieces


def place(root: Box, *, top: float) -> float:
    """Give every box of a tree its place; return the lower edge of the lowest.

    Args:
        root: The tree; its boxes are changed.
        top: The upper edge of the highest.
    """
    order = _depth_first(root)
    extent: dict[int, float] = {}
    for box, _ in reversed(order):
        inner = sum(extent[id(child)] for child in box.below) + GAP_Y * max(0, len(box.below) - 1)
        extent[id(box)] = max(box.height, inner)
    upper = {id(root): top}
    for box, depth in order:
        start, room = upper[id(box)], extent[id(box)]
        box.x = depth * (WIDTH + GAP_X)
        inner = sum(extent[id(child)] for child in box.below) + GAP_Y * max(0, len(box.below) - 1)
        here = start + (room - inner) / 2
        for child in box.below:
            upper[id(child)] = here
            here += extent[id(child)] + GAP_Y
    for box, _ in reversed(order):
        centre = upper[id(box)] + extent[id(box)] / 2
        if box.below:
            first, last = box.below[0], box.below[-1]
            centre = (first.y + first.height / 2 + last.y + last.height / 2) / 2
        lowest = upper[id(box)] + extent[id(box)] - box.height
        box.y = min(max(centre - box.height / 2, upper[id(box)]), lowest)
    return top + extent[id(root)]


def _depth_first(root: Box) -> Sequence[tuple[Box, int]]:
    found, waiting = [], [(root, 0)]
    while waiting:
        box, depth = waiting.pop()
        found.append((box, depth))
        waiting += [(child, depth + 1) for child in reversed(box.below)]
    return found


def boxes_of(root: Box) -> list[Box]:
    """Return all boxes of a tree, each before those below it."""
    return [box for box, _ in _depth_first(root)]
