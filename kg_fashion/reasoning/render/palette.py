"""The colours of drawn derivations; a dashed line tells conditions apart without colour."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """How a box looks.

    Attributes:
        fill: Its colour inside.
        stroke: The colour of its line.
        ink: The colour of its second text.
        dashed: Whether its line is dashed.
    """

    fill: str
    stroke: str
    ink: str
    dashed: bool = False


SUPPLIED = Style("#e8f4ec", "#3d8b5f", "#2c6b47")
DERIVED = Style("#eaf1fb", "#3f6fb0", "#2f5890")
ABSENT = Style("#fdf1ec", "#c2664a", "#9a4a31", dashed=True)
TESTED = Style("#f6f4ee", "#8d8468", "#6a6248", dashed=True)
