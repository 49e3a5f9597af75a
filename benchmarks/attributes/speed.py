"""How fast a catalogue is learned and completed, and how the cost grows with its rows.

Usage: python benchmarks/attributes/speed.py [styles.csv] --out FILE [--rows 50000 200000 1000000]
styles.csv is found below KG_FASHION_DATA by default.

First Myntra: training beside logistic regression on the same garments (attributes, words and pairs of words), a model's
reading, completion of all garments with and without reasons, one garment at a time. Then, for each number of rows, a
catalogue with ten attributes: a process of its own trains on it and completes a tenth of it; its peak memory is told.
Such a catalogue is made of Myntra's garments, drawn with replacement: each keeps its season and occasion, has one or
two of its name's words exchanged for those of another garment of its type, a brand of its own kind in one of twenty
cases, and material, pattern, fit and sleeves drawn for those that Myntra lacks. So words and brands go on being new.
Times are of one core; on another machine they differ, their ratios less.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.inference.baselines import BASELINES, Training

TARGETS = ("season", "occasion")
DRAWN = ("material", "pattern", "fit", "sleeveLength", "neckline", "length")
ONE_BY_ONE = 300
NEW_BRANDS = 1 / 20


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def myntra(catalogue: Catalogue) -> dict[str, float]:
    """Measure on the real catalogue."""
    start = time.perf_counter()
    inferrer = AttributeInferrer.train(catalogue, targets=TARGETS)
    train_s = time.perf_counter() - start
    start = time.perf_counter()
    BASELINES["logistic"].fit(Training(catalogue, TARGETS, seed=0))
    logistic_s = time.perf_counter() - start
    with TemporaryDirectory() as folder:
        inferrer.save(Path(folder))
        start = time.perf_counter()
        inferrer = AttributeInferrer.load(Path(folder))
        read_s = time.perf_counter() - start
    bare = catalogue.without(TARGETS)
    inferrer.complete(bare.subset(range(100)))
    first, again, without = (_rate(inferrer, bare, reasons) for reasons in (4, 4, 0))
    one = sorted(_seconds(inferrer, bare.subset([row])) for row in range(0, len(bare), len(bare) // ONE_BY_ONE))
    return {
        "garments": len(catalogue), "train_s": train_s, "logistic_s": logistic_s, "read_s": read_s,
        "garments_per_s, first": first, "garments_per_s, again": again, "garments_per_s, without reasons": without,
        "one_ms_p50": 1e3 * one[len(one) // 2], "one_ms_p95": 1e3 * one[int(0.95 * len(one))],
    }  # fmt: skip


def _rate(inferrer: AttributeInferrer, bare: Catalogue, n_reasons: int) -> float:
    start = time.perf_counter()
    inferrer.complete(bare, n_reasons=n_reasons)
    return len(bare) / (time.perf_counter() - start)


def _seconds(inferrer: AttributeInferrer, one: Catalogue) -> float:
    start = time.perf_counter()
    inferrer.complete(one)
    return time.perf_counter() - start


def enlarged(catalogue: Catalogue, rows: int, *, seed: int = 0) -> Catalogue:
    """Make a catalogue of so many garments with ten attributes and more (see above)."""
    random = np.random.default_rng(seed)
    of_type: dict[tuple[str, ...], list[int]] = {}
    for row, garment in enumerate(catalogue):
        of_type.setdefault(garment.values.get("type", ()), []).append(row)
    choices = {attribute: catalogue.ontology.values(attribute) for attribute in DRAWN}
    garments = []
    for number, row in enumerate(random.integers(len(catalogue), size=rows).tolist()):
        own, alike = catalogue[row], of_type[catalogue[row].values.get("type", ())]
        values = {attribute: (some[random.integers(len(some))],) for attribute, some in choices.items()} | own.values
        if random.random() < NEW_BRANDS:
            values["brand"] = (f"{terms.BRAND}new-{random.integers(rows // 20 + 1)}",)
        names = _mixed(own, catalogue[alike[random.integers(len(alike))]], random)
        garments.append(Garment(str(number), terms.garment(str(number)), names, values))
    return replace(catalogue, garments=tuple(garments))


def _mixed(own: Garment, other: Garment, random: np.random.Generator) -> tuple[tuple[str, str], ...]:
    """Return the garment's names with one or two words of another's."""
    words, theirs = own.name.split(), other.name.split()
    for _ in range(int(random.integers(1, 3))):
        words[random.integers(len(words))] = theirs[random.integers(len(theirs))]
    return ((" ".join(words), "en"),)


def grown(path: Path, rows: int) -> dict[str, float]:
    """Train on a catalogue of so many rows, complete a tenth of it."""
    catalogue = enlarged(read_catalogue(path, mapping="myntra"), rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    inferrer = AttributeInferrer.train(catalogue, targets=TARGETS, progress=say)
    train_s = time.perf_counter() - start
    some = catalogue.subset(range(rows // 10)).without(TARGETS)
    rate = _rate(inferrer, some, 4)
    return {
        "garments": rows, "train_s": train_s, "train_us_per_garment": 1e6 * train_s / rows, "garments_per_s": rate,
        "parts": len(inferrer.embedding.keys), "catalogue_gb": before / 2**20,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }  # fmt: skip


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("KG_FASHION_DATA", "../shared/data")) / "myntra" / "styles.csv"
    parser.add_argument("catalogue", nargs="?", type=Path, default=default)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, nargs="*", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        options.out.write_text(json.dumps(grown(options.catalogue, options.one)), "utf-8")
        return
    found: dict[str, object] = {"myntra": myntra(read_catalogue(options.catalogue, mapping="myntra"))}
    found["grown"] = [_alone(options.catalogue, rows, options.out) for rows in options.rows]
    options.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


def _alone(catalogue: Path, rows: int, out: Path) -> dict[str, float]:
    """Measure in a process of its own, whose memory is nothing else's."""
    say(f"{rows:,} garments")
    part = out.with_suffix(".part")
    subprocess.run([sys.executable, __file__, catalogue, "--out", part, "--one", str(rows)], check=True)  # noqa: S603
    found: dict[str, float] = json.loads(part.read_text("utf-8"))
    part.unlink()
    return found


if __name__ == "__main__":
    main()
