"""The style space's measures on Myntra's and Mango's catalogues, with Mango's stylists' outfits.

Usage: python benchmarks/style/run.py FOLDER OUT [--rows N] [--seed 0]
FOLDER holds myntra/styles.csv, mango/product_data.csv and mango/outfit_data.csv; OUT gets a folder of report.json and
pictures for each catalogue, and results.md with the tables of the README beside this file.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kg_fashion import Catalogue, read_catalogue
from kg_fashion.embedding.style_report import StyleReport
from kg_fashion.inference.style_run import run_style


def _progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _drawn(catalogue: Catalogue, rows: int | None, seed: int) -> Catalogue:
    order = np.random.default_rng(seed).permutation(len(catalogue))
    return catalogue if rows is None else catalogue.subset(order[:rows].tolist())


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"


def _table(header: list[str], rows: list[list[object]]) -> Iterator[str]:
    yield _row(*header)
    yield "|" + "---|" * len(header)
    yield from (_row(*row) for row in rows)
    yield ""


def _interval(own: tuple[float, float, float]) -> str:
    return f"{own[0]:.3f} ({own[1]:.3f} to {own[2]:.3f})"


def tables(name: str, report: StyleReport) -> Iterator[str]:
    """Write a report's tables as Markdown."""
    yield f"### {name}: {report.n_train:,} garments, {report.n_test:,} held out, fitted in {report.fit_s:.1f} s\n"
    seen = {"all values visible": report.visible, "the probed attribute's own value hidden": report.hidden}
    for what, matrix in seen.items():
        yield f"Accuracy of linear probes, {what}:\n"
        rows: list[list[object]] = [[b, *matrix.accuracy[i].tolist()] for i, b in enumerate(matrix.blocks)]
        low, high = matrix.interval
        own = [(matrix.blocks.index(name), j) for j, name in enumerate(matrix.attributes)]
        bounds: list[object] = [f"{low[cell]:.3f} to {high[cell]:.3f}" for cell in own]
        more: list[list[object]] = [["own block, 95% interval", *bounds], ["majority", *matrix.majority.tolist()]]
        yield from _table(["block", *matrix.attributes], [*rows, *more, ["garments", *matrix.n.tolist()]])
    yield "Moves towards another value:\n"
    moves: list[list[object]] = [
        [n, kind, *map(_interval, (own.consistency, own.arrived, own.leak, own.changed)), own.leak_at_half or "–"]
        for n in report.moves
        for kind, own in (("block", report.moves[n]), ("mean difference", report.straight[n]))
    ]
    yield from _table(["", "direction", "rising steps", "arrived", "leak", "others changed", "leak at 0.5"], moves)
    yield "Ablation:\n"
    variants: list[list[object]] = [
        [v.name, v.dci.disentanglement, v.dci.completeness, v.dci.informativeness, v.own_accuracy, v.own_gain,
         v.other_gain, v.excess]
        for v in report.variants
    ]  # fmt: skip
    columns = ["disentanglement", "completeness", "informativeness", "own accuracy", "own gain", "others' gain"]
    yield from _table(["learned with", *columns, "excess"], variants)
    yield "Agreement with outfits:\n"
    agreed: list[list[object]] = [[n, _interval((a.auc, a.low, a.high))] for n, a in report.outfits.items()]
    yield from _table(["similarity", "AUC (95% interval)"], agreed)


def main() -> None:
    """Measure both catalogues; print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, help="draw so many of Myntra's garments")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    mango = read_catalogue(options.folder / "mango" / "product_data.csv", mapping="mango")
    myntra = read_catalogue(options.folder / "myntra" / "styles.csv", mapping="myntra")
    outfits = options.folder / "mango" / "outfit_data.csv"
    lines: list[str] = []
    for name, catalogue in (("mango", mango), ("myntra", _drawn(myntra, options.rows, options.seed))):
        report = run_style(catalogue, outfits=outfits, outfits_of=mango, seed=options.seed, progress=_progress)
        report.write(options.out / name)
        lines += tables(name.capitalize(), report)
    (options.out / "results.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
