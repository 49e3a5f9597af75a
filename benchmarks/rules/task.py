"""What an engine is asked, and what it answers; every engine's module has one function, `run(task) -> Outcome`."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NOT_HERE = 5
"""The exit status of a measurement whose engine is not installed."""
RULES = HERE / "garments.srl"
STRATA = (
    (
        "ex:superclass", "ex:narrower-carries-on", "ex:made-of-its-material", "ex:made-of-wider", "ex:pairs-both-ways",
        "ex:pairs-carry-on", "ex:has-part", "ex:colour-is-attribute", "ex:fit-is-attribute", "ex:dear-is-luxury",
    ),
    ("ex:warm-is-winter", "ex:light-is-summer", "ex:outfit-season", "ex:matches"),
    ("ex:no-season-all-year",),
)  # fmt: skip
"""The strata of garments.srl, in a good order, for engines that do not stratify."""


@dataclass(frozen=True)
class Task:
    """Derive what follows.

    Attributes:
        data: An N-Triples file.
        schema: A Turtle file of OWL axioms to apply; None for the rules of garments.srl.
        size: How many garments, or universities, the data has.
        seed: What the data was made with.
    """

    data: Path
    schema: Path | None
    size: int
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """How an engine did.

    Attributes:
        seconds: Wall time of the inference alone.
        derived: Gives the result as N-Triples lines, with or without the data; it is not timed.
        count: How many triples were derived, where that is known without writing them.
        core_s: Inference less the conversion of the result to Python objects, where the engine's call includes it.
        peak_mb: The peak memory of another process that did the work.
    """

    seconds: float
    derived: Callable[[], Iterable[str]]
    count: int | None = None
    core_s: float | None = None
    peak_mb: float | None = None


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
