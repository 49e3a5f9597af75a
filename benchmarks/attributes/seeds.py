"""What the attribute benchmarks share: a result file for each seed, so that a run goes on where it stopped."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

Result = Mapping[str, Mapping[str, float]]
"""Row of the table -> measure -> number."""


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes: the data, the seeds, and the folder of results."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("data", type=Path, help="the file of the data set")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds, from 0")
    parser.add_argument("--results", type=Path, required=True, help="the folder for one JSON file a seed")
    return parser


def say(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)


def run_seeds(folder: Path, name: str, seeds: int, measure: Callable[[int], Result], *, first: int = 0) -> list[Result]:
    """Measure each seed once; a seed whose file is there is read back.

    Args:
        folder: Where the files `name-seed.json` stand.
        name: What is measured, with whatever else than the seed the results depend on.
        seeds: How many.
        measure: Seed -> result.
        first: The first of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for seed in range(first, first + seeds):
        path = folder / f"{name}-{seed}.json"
        if not path.exists():
            started = time.perf_counter()
            result = measure(seed)
            path.write_text(json.dumps(result, indent=1), "utf-8")
            say(f"{path.name}: {time.perf_counter() - started:.0f} s")
        results.append(json.loads(path.read_text("utf-8")))
    return results


def merged(results: Sequence[Sequence[Result]]) -> list[Result]:
    """Join the results of several methods, each a list by seed, into one list by seed.

    Example:
        >>> merged([[{"a": {"x": 1.0}}], [{"b": {"x": 2.0}}]])
        [{'a': {'x': 1.0}, 'b': {'x': 2.0}}]
    """
    return [{row: own for result in of_seed for row, own in result.items()} for of_seed in zip(*results, strict=True)]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the half width of its 95% Student-t interval; 0 wide for one value.

    Source: Student 1908.
    """
    if len(values) < 2:
        return float(np.mean(values)), 0.0
    error = np.std(values, ddof=1) / len(values) ** 0.5
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1) * error)


def table(results: Sequence[Result], head: str, columns: Sequence[str]) -> str:
    """Return a markdown table of means with their intervals; a row that a seed lacks is left out.

    Args:
        results: One for each seed.
        head: The first column's heading.
        columns: The measures, in order.
    """
    lines = [f"| {head} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in results[0]:
        if all(row in result for result in results):
            lines.append(f"| {row} | {' | '.join(_cell(results, row, column) for column in columns)} |")
    return "\n".join(lines)


def _cell(results: Sequence[Result], row: str, column: str) -> str:
    values = [result[row][column] for result in results if column in result[row]]
    if not values:
        return ""
    mean, half = interval(values)
    shown = ".1f" if column.endswith("s)") else ".4f"
    return f"{mean:{shown}} ± {half:{shown}}"
