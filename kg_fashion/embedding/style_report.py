"""The measures of a style space together: figures for machines, pictures and a summary for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kg_fashion.embedding.plots import Curve, Interval, Table, heat_map, intervals, panels
from kg_fashion.embedding.style_agreement import Agreement
from kg_fashion.embedding.style_moves import MoveEffect, bootstrap_mean
from kg_fashion.embedding.style_probes import Disentanglement, ProbeMatrix
from kg_fashion.errors import InputError

Estimate = tuple[float, float, float]


@dataclass(frozen=True)
class MoveSummary:
    """What moves in a direction did; each estimate is (mean, lower, upper bound of its 95% interval).

    Attributes:
        consistency: The share of steps at which the probability of the value moved towards rises.
        arrived: The share of garments at whose end that value is the most probable one.
        leak: Total variation of the other attributes' predictions at the end.
        changed: The share of other attributes whose most probable value is another one at the end.
        leak_at_half: The leak where the mean probability reaches 0.5; None where it does not.
        towards: The mean probability at each step.
        leaks: The mean leak at each step.
    """

    consistency: Estimate
    arrived: Estimate
    leak: Estimate
    changed: Estimate
    leak_at_half: float | None
    towards: tuple[float, ...]
    leaks: tuple[float, ...]


def summarise_moves(effect: MoveEffect, *, seed: int) -> MoveSummary:
    """Average over garments, with bootstrap intervals."""
    towards, leaks = effect.towards.mean(axis=0), effect.leak.mean(axis=0)
    reached = np.flatnonzero(towards >= 0.5)
    half = None
    if len(reached):
        upto = slice(0, int(reached[0]) + 1)
        half = float(np.interp(0.5, np.maximum.accumulate(towards[upto]), leaks[upto]))
    return MoveSummary(
        bootstrap_mean(effect.consistency, seed=seed),
        bootstrap_mean(effect.arrived.astype(np.float64), seed=seed),
        bootstrap_mean(effect.leak[:, -1], seed=seed),
        bootstrap_mean(effect.changed, seed=seed),
        half,
        tuple(map(float, towards)),
        tuple(map(float, leaks)),
    )


@dataclass(frozen=True)
class Variant:
    """A style space learned with or without a term.

    Attributes:
        name: Which.
        dci: Its disentanglement, completeness, informativeness.
        own_gain: The share of the majority's errors that probes of the own block mend, mean over attributes.
        other_gain: The same from other attributes' blocks.
        excess: Accuracy from other blocks beyond what their attributes tell by nature, mean.
        own_accuracy: Mean accuracy of the probes of the own block.
    """

    name: str
    dci: Disentanglement
    own_gain: float
    other_gain: float
    excess: float
    own_accuracy: float


@dataclass(frozen=True)
class StyleReport:
    """How well a style space keeps attributes apart, and how it agrees with people.

    Attributes:
        n_train: Garments that it was learned from.
        n_test: Garments held out.
        fit_s: Seconds that the fit took.
        visible: Probes of vectors that see every supplied value.
        hidden: Probes of vectors from which the probed attribute's own value was hidden.
        moves: Attribute -> the moves within its block.
        straight: Attribute -> moves along the difference of mean vectors.
        variants: The ablation; the first is the space itself.
        outfits: Similarity -> its agreement with stylists' outfits; empty where there are none.
    """

    n_train: int
    n_test: int
    fit_s: float
    visible: ProbeMatrix
    hidden: ProbeMatrix
    moves: Mapping[str, MoveSummary]
    straight: Mapping[str, MoveSummary]
    variants: Sequence[Variant]
    outfits: Mapping[str, Agreement]

    def to_dict(self) -> dict[str, Any]:
        """Return all figures, for JSON; an accuracy as [value, lower, upper bound of its 95% interval]."""
        return {
            "n_train": self.n_train,
            "n_test": self.n_test,
            "fit_s": self.fit_s,
            "probes": {"visible": _matrix(self.visible), "hidden": _matrix(self.hidden)},
            "moves": {name: asdict(own) for name, own in self.moves.items()},
            "straight": {name: asdict(own) for name, own in self.straight.items()},
            "variants": [asdict(variant) for variant in self.variants],
            "outfits": {name: asdict(own) for name, own in self.outfits.items()},
        }

    def pictures(self) -> dict[str, str]:
        """Return file name -> SVG."""
        found = {
            "probes.svg": probes_svg(self.visible, "all supplied values visible"),
            "probes-hidden.svg": probes_svg(self.hidden, "the probed attribute's own value hidden"),
            "moves.svg": moves_svg(self.moves, self.straight),
        }
        return {**found, "outfits.svg": outfits_svg(self.outfits)} if self.outfits else found

    def write(self, folder: Path) -> None:
        """Write report.json and the pictures into a folder.

        Raises:
            InputError: the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "report.json").write_text(json.dumps(self.to_dict(), indent=2) + "\n", "utf-8")
            for name, picture in self.pictures().items():
                (folder / name).write_text(picture, "utf-8")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=folder) from error


def _matrix(matrix: ProbeMatrix) -> dict[str, Any]:
    low, high = matrix.interval

    def cells(i: int) -> dict[str, list[float]]:
        found = np.stack([matrix.accuracy[i], low[i], high[i]], axis=1)
        return dict(zip(matrix.attributes, found.tolist(), strict=True))

    return {
        "accuracy": {block: cells(i) for i, block in enumerate(matrix.blocks)},
        "majority": dict(zip(matrix.attributes, matrix.majority.tolist(), strict=True)),
        "n": dict(zip(matrix.attributes, matrix.n.tolist(), strict=True)),
    }


def probes_svg(matrix: ProbeMatrix, seen: str) -> str:
    """Draw what a linear probe reads from each block; the last row is the majority's accuracy.

    Args:
        matrix: The probes.
        seen: What the vectors were composed from.
    """
    notes = [[_by_nature(matrix, i, j) for j in range(len(matrix.attributes))] for i in range(len(matrix.blocks))]
    table = Table(
        [*matrix.blocks, "majority"],
        matrix.attributes,
        np.vstack([matrix.accuracy, matrix.majority]),
        np.vstack([matrix.gain, np.zeros_like(matrix.majority)]),
        [*notes, [f"n={n:,}" for n in matrix.n]],
    )
    caption = (
        "accuracy on held-out garments, block (row) to attribute (column); dark: errors of the majority mended;"
        " small: what the row's attribute itself tells"
    )
    return heat_map(table, title=f"Linear probes, {seen}", caption=caption)


def _by_nature(matrix: ProbeMatrix, i: int, j: int) -> str:
    own = matrix.by_nature[i, j]
    return "" if np.isnan(own) or matrix.blocks[i] == matrix.attributes[j] else f"{own:.2f}"


def moves_svg(moves: Mapping[str, MoveSummary], straight: Mapping[str, MoveSummary]) -> str:
    """Draw what becomes of garments on their way to another value, attribute by attribute."""
    curves = {
        name: [
            Curve("value moved towards, within the block", own.towards, "one"),
            Curve("others' change, within the block", own.leaks, "one", dashed=True),
            Curve("value moved towards, mean difference", straight[name].towards, "two"),
            Curve("others' change, mean difference", straight[name].leaks, "two", dashed=True),
        ]
        for name, own in moves.items()
    }
    caption = (
        "solid: mean probability of the value moved towards; dashed: total variation of the other attributes'"
        " predictions; across: share of the way"
    )
    return panels(curves, title="Moving garments towards another value", caption=caption)


def outfits_svg(outfits: Mapping[str, Agreement]) -> str:
    """Draw how often garments of one outfit are closer than exchanged ones."""
    rows = [Interval(name, own.auc, own.low, own.high) for name, own in outfits.items()]
    caption = "AUC of same-outfit pairs against pairs with one garment exchanged for one of its type; 0.5 is chance"
    return intervals(rows, even=0.5, title="Agreement with stylists' outfits", caption=caption)
