"""What our engine is held to on its own: changes, confidences, scale, Spark, a cold start.

Usage: python benchmarks/rules/own.py [changes|confidences|scale|spark|cold ...] [--size N]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import ours
import polars as pl
from garments import garments
from task import timed
from vocabulary import GARMENT

HERE = Path(__file__).parent
CHANGED = 100
"""How many garments are removed and added."""


def changes(size: int) -> str:
    """Remove and add garments at a size; each against a full run."""
    names = [f"<{GARMENT}{number * (size // CHANGED)}>" for number in range(CHANGED)]
    found = ours.changes(garments(size), names)
    share = {name: found[name] / found["full_s"] for name in ("remove_s", "add_s")}
    return (
        f"{CHANGED} garments at {size:,}: removed in {found['remove_s']:.4f} s ({share['remove_s']:.2%} of a full run),"
        f" added in {found['add_s']:.4f} s ({share['add_s']:.2%}); full run {found['full_s']:.3f} s; to reach 2%;"
        f" the very first change, which sorts the columns for lookups, took {found['first_s']:.2f} s"
    )


def confidences(size: int) -> str:
    """Keep provenance, against none; give every derived triple a confidence, against none, in both engines."""
    lines = []
    for what, off, on in (
        ("provenance, index engine", "ours:bare", "ours:index"),
        ("soft rules unsure, index engine", "ours:index", "ours:soft"),
        ("soft rules unsure, DuckDB", "ours:duckdb", "ours:duckdb-soft"),
        ("every rule unsure, index engine", "ours:index", "ours:unsure"),
        ("every rule unsure, DuckDB", "ours:duckdb", "ours:duckdb-unsure"),
    ):
        without, with_ = (_best(variant, size)["seconds"] for variant in (off, on))
        lines.append(
            f"{what}, at {size:,}: {with_ / without:.2f} times ({with_:.3f} s against {without:.3f} s); to reach 1.3"
        )
    return "\n".join(lines)


def scale(size: int) -> str:
    """Compare the cost of a derived triple at a size with that at a tenth of it."""
    small, large = (_best("ours", number) for number in (size // 10, size))
    cost = [run["seconds"] / run["derived"] * 1e6 for run in (small, large)]
    return (
        f"{size:,} garments: {large['derived']:,} derived in {large['seconds']:.2f} s, peak {large['peak_mb']:,.0f} MB;"
        f" {cost[1]:.3f} us a derived triple, {cost[1] / cost[0]:.2f} times that at {size // 10:,};"
        " to reach 2 times, 5 GB"
    )


def spark(size: int) -> str:
    """Run the same plan in Spark, local mode; its start-up is not counted."""
    here, there = (_measure(variant, size, keep=True) for variant in ("ours", "ours:spark"))
    first, second = (pl.read_parquet(run["file"]) for run in (here, there))
    same = len(first) == len(second) and first.join(second, on="line", how="anti").is_empty()
    if not same:
        raise SystemExit(f"Spark derives other triples at {size:,}")
    both = f"{there['seconds']:.1f} s, here {here['seconds']:.2f} s"
    return f"Spark at {size:,}: {both}, the same triples; to reach 60 s at 1,000,000"


def cold(_: int) -> str:
    """Run the command line on the boutique in a new process: rule file and data in, result out."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "boutique.nt"
        data.write_bytes(_boutique())
        command = [str(Path(sys.executable).with_name("kg-fashion")), "reason", "--derived-only"]
        command += ["--rules", str(HERE.parents[1] / "rules"), "--data", str(data), "-o", f"{folder}/out.nt"]
        seconds = min(timed(lambda: _call(command)) for _ in range(3))
    return f"first rule file to result on the boutique: {seconds:.2f} s; to reach 1.5 s"


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def _boutique() -> bytes:
    from kg_fashion import read_catalogue
    from kg_fashion.catalog import catalogue_ntriples
    from kg_fashion.ontology import read_ontology
    from kg_fashion.resources import boutique_dir

    catalogue = b"".join(catalogue_ntriples(read_catalogue(boutique_dir() / "catalogue.csv")))
    return catalogue + b"".join(f"{triple} .\n".encode() for triple in read_ontology().triples)


def _best(variant: str, size: int) -> dict:
    runs = [_measure(variant, size) for _ in range(3 if size < 500_000 else 1)]
    return min(runs, key=lambda run: run["seconds"])


_FOLDER = tempfile.TemporaryDirectory()


def _measure(variant: str, size: int, *, keep: bool = False) -> dict:
    data = Path(_FOLDER.name) / f"{size}.nt"
    if not data.exists():
        garments(size).write(data)
    out = Path(_FOLDER.name) / f"{variant.replace(':', '_')}.parquet"
    command = [sys.executable, str(HERE / "measure.py"), variant, str(data), "--size", str(size)]
    command += ["--derived", str(out)] if keep else []
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return {**json.loads(answer.stdout.splitlines()[-1]), "file": out}


PARTS: dict[str, tuple[Callable[[int], str], int]] = {
    "changes": (changes, 1_000_000),
    "confidences": (confidences, 100_000),
    "scale": (scale, 1_000_000),
    "spark": (spark, 1_000_000),
    "cold": (cold, 0),
}


def main() -> None:
    """Run the chosen parts, each with its own size by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--size", type=int)
    options = parser.parse_args()
    for name in options.parts or PARTS:
        part, size = PARTS[name]
        print(part(options.size or size), flush=True)


if __name__ == "__main__":
    main()
