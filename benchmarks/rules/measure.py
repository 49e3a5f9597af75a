"""One measurement in a process of its own: an engine, a task, seconds, peak memory, the derived triples.

Usage: python benchmarks/rules/measure.py ENGINE DATA.nt [--schema SCHEMA.ttl] --size N [--derived OUT.parquet]
Prints one line of JSON; exits with 5 where the engine is not installed.
"""

import argparse
import importlib
import json
import re
import sys
from pathlib import Path

import polars as pl
import pyoxigraph as ox
from task import NOT_HERE, Outcome, Task

_VOCABULARIES = r"<http://www\.w3\.org/(2002/07/owl|2000/01/rdf-schema|1999/02/22-rdf-syntax-ns)#"


def main() -> None:
    """Run one engine once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("data", type=Path)
    parser.add_argument("--schema", type=Path)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--derived", type=Path)
    options = parser.parse_args()
    task = Task(options.data, options.schema, options.size)
    outcome = _run(options.engine, task)
    peak_mb = outcome.peak_mb or _peak_kb() / 1024
    figures = {"seconds": outcome.seconds, "core_s": outcome.core_s, "peak_mb": peak_mb, "derived": outcome.count}
    if options.derived:
        lines = comparable(pl.Series(outcome.derived(), dtype=pl.String), task)
        lines.to_frame("line").write_parquet(options.derived)
        figures["derived"] = len(lines)
    print(json.dumps(figures))


def _run(engine: str, task: Task) -> Outcome:
    name, _, variant = engine.partition(":")
    if name == "ours":
        return importlib.import_module(name).run(task, variant)
    try:
        return importlib.import_module(f"peers.{name}").run(task)
    except ModuleNotFoundError as error:
        print(f"needs {error.name or error}", file=sys.stderr)
        raise SystemExit(NOT_HERE) from error


def _peak_kb() -> int:
    """Return the most memory that this process had; getrusage would count the parent's, too."""
    found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text("ascii"))
    return int(found[1]) if found else 0


def comparable(lines: pl.Series, task: Task) -> pl.Series:
    """Keep what is new; of an OWL closure what every engine means by it.

    Left out there: triples with a blank node (unnamed class expressions), with a property of the RDFS or OWL
    vocabulary (the schema about itself, reflexive owl:sameAs), and with a term of those vocabularies as subject or
    object (everything is an owl:Thing).
    """
    base = pl.Series(task.data.read_text("utf-8").splitlines(), dtype=pl.String)
    lines = lines.unique()
    if task.schema is not None:
        schema = pl.Series([f"{quad.triple} ." for quad in ox.parse(path=task.schema)], dtype=pl.String)
        base = pl.concat([base, schema])
        about_schema = rf"^{_VOCABULARIES}|^_:|> _:|^\S+ (<http://www\.w3\.org/2002|<http://www\.w3\.org/2000)"
        lines = lines.filter(~lines.str.contains(about_schema) & ~lines.str.contains(rf" {_VOCABULARIES}\S+ \.$"))
    return lines.to_frame("line").join(base.to_frame("line"), on="line", how="anti")["line"]


if __name__ == "__main__":
    main()
