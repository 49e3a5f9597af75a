"""The rule benchmarks: kg_fashion beside other engines, each measurement in a process of its own.

Usage: python benchmarks/rules/run.py [--sizes N ...] [--peer NAME ...] [--slow] [--json PATH]

Only the inference is timed, not reading the data nor writing the result; both sides are run in turn and the best of
the same number of runs counts. Both must derive the same set of triples, or the run fails.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from cases import CASES, GENERATORS, Case
from task import NOT_HERE

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One line of the table; seconds are the best of the case's runs, memory is the most of them."""

    case: str
    size: int
    derived: int
    ours_s: float
    theirs_s: float
    ratio: float
    core_ratio: float | None
    wanted: float | None
    same: bool
    ours_mb: float
    theirs_mb: float
    note: str = ""

    def cells(self) -> list[str]:
        """Return the line's cells."""
        core = f" ({self.core_ratio:,.1f} its core)" if self.core_ratio else ""
        wanted = f"{self.wanted:,g}" if self.wanted else ""
        return [
            self.case, f"{self.size:,}", f"{self.derived:,}", f"{self.ours_s:.3f} s", f"{self.theirs_s:,.3f} s",
            f"{self.ratio:,.1f}{core}{self.note}", wanted, "yes" if self.same else "NO",
            f"{self.ours_mb:,.0f} MB", f"{self.theirs_mb:,.0f} MB",
        ]  # fmt: skip


HEADINGS = (
    "against",
    "size",
    "derived",
    "ours",
    "theirs",
    "ratio",
    "to reach",
    "same triples",
    "our peak",
    "their peak",
)


class Bench:
    """Runs cases in a folder that holds the data made so far.

    Args:
        folder: Where data and results go.
        ours: The variant of our engine.
        say: Called with a line of text now and then.
    """

    def __init__(self, folder: Path, ours: str, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._ours = ours
        self._say = say

    def row(self, case: Case, size: int, *, whole: bool) -> Row:
        """Measure both engines of a case; unless `whole`, a slow peer gets fewer garments and is scaled up."""
        measured = size if whole or case.most is None else min(size, case.most)
        ours, theirs = self._both(case, measured)
        same = _same(ours, theirs)
        factor, note = size / measured, ""
        if factor > 1:
            note = f" (theirs extrapolated from {measured:,}, where it is {_ratio(theirs, ours):,.1f})"
            ours = self._best(case.ours or self._ours, case, size, case.repeat, "ours")
        seconds, core = theirs["seconds"] * factor, theirs["core_s"]
        return Row(
            case.label, size, ours["derived"], ours["seconds"], seconds, seconds / ours["seconds"],
            core and core / ours["seconds"], case.wanted, same, ours["peak_mb"], theirs["peak_mb"], note,
        )  # fmt: skip

    def _both(self, case: Case, size: int) -> tuple[dict, dict]:
        sides = (("ours", case.ours or self._ours), ("theirs", case.engine))
        runs: dict[str, list[dict]] = {"ours": [], "theirs": []}
        for _ in range(case.repeat):
            for side, engine in sides:
                runs[side].append(self._measure(engine, case, size, side))
        return _best_of(runs["ours"]), _best_of(runs["theirs"])

    def _best(self, engine: str, case: Case, size: int, repeat: int, side: str) -> dict:
        return _best_of([self._measure(engine, case, size, side) for _ in range(repeat)])

    def _measure(self, engine: str, case: Case, size: int, side: str) -> dict:
        derived = self._folder / f"{side}.parquet"
        command = [sys.executable, str(HERE / "measure.py"), engine, str(self._data(case.kind, size))]
        command += ["--size", str(size), "--derived", str(derived)]
        if case.schema:
            command += ["--schema", str(HERE / case.schema)]
        self._say(f"{engine}: {case.kind}, {size:,}")
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == NOT_HERE:
            raise NotHereError(answer.stderr.strip().splitlines()[-1])
        if answer.returncode:
            raise RuntimeError(f"{engine} failed:\n{answer.stderr}")
        return {**json.loads(answer.stdout.splitlines()[-1]), "file": derived}

    def _data(self, kind: str, size: int) -> Path:
        path = self._folder / f"{kind}{size}.nt"
        if not path.exists():
            GENERATORS[kind](size).write(path)
        return path


class NotHereError(Exception):
    """An engine does not run on this machine; the message says why."""


def _best_of(runs: Sequence[dict]) -> dict:
    best = min(runs, key=lambda run: run["seconds"])
    return {**best, "peak_mb": max(run["peak_mb"] for run in runs)}


def _ratio(theirs: dict, ours: dict) -> float:
    return float(theirs["seconds"] / ours["seconds"])


def _same(ours: dict, theirs: dict) -> bool:
    first, second = (pl.read_parquet(side["file"]) for side in (ours, theirs))
    return len(first) == len(second) and first.join(second, on="line", how="anti").is_empty()


def rows(options: argparse.Namespace, bench: Bench, say: Callable[[str], None]) -> Iterator[Row]:
    """Iterate over the rows of the chosen cases; an engine that is not here is said and left out."""
    for case in CASES:
        if options.peer and case.engine not in options.peer:
            continue
        for size in options.sizes if options.sizes and case.kind == "garments" else case.sizes:
            try:
                yield bench.row(case, size, whole=options.slow)
            except NotHereError as reason:
                say(f"{case.label}: does not run here: {reason}")
                break


def table(cells: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Run the chosen cases and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", help="garments, in place of each case's own sizes")
    parser.add_argument("--peer", nargs="+", choices=sorted({case.engine for case in CASES}))
    parser.add_argument("--slow", action="store_true", help="give slow engines the whole size; takes hours")
    parser.add_argument("--ours", default="ours", help="which variant of our engine: ours, ours:index")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        found = list(rows(options, Bench(Path(folder), options.ours, say), say))
    print(table([row.cells() for row in found]))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in found], indent=1), "utf-8")
    different = [f"{row.case}, {row.size:,}" for row in found if not row.same]
    if different:
        raise SystemExit(f"not the same triples: {'; '.join(different)}")


if __name__ == "__main__":
    main()
