"""The results of an evaluation: of one seed, summed up over seeds, as JSON, Markdown and pictures."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kg_fashion.errors import InputError
from kg_fashion.inference.baselines import BASELINES
from kg_fashion.inference.metrics import Array, student_interval
from kg_fashion.inference.reliability import reliability_svg

OURS = "kg_fashion"
Metrics = dict[str, dict[str, dict[str, float]]]
"""Target -> method -> metric -> number."""
COLUMNS = {
    "accuracy": "accuracy", "accuracy_behind": "ours less this", "macro_f1": "macro-F1", "log_loss": "log loss",
    "ece": "ECE", "brier": "Brier", "mrr": "MRR", "hits_at_1": "hits@1", "coverage_at_95": "coverage at 95%",
    "held_out_coverage_at_95": "the same, threshold held out", "held_out_precision_at_95": "precision there",
    "train_s": "trains in s", "predict_s": "predicts in s",
}  # fmt: skip
"""Metric -> heading, in the order of the tables."""
TEST_FILE = "a test file"
_BOUNDS = ("_low", "_high")


@dataclass(frozen=True)
class SeedResult:
    """How well each method did on one split.

    Attributes:
        seed: Of the split and the methods.
        n_train: Garments trained on.
        n_test: Target -> test garments whose truth is known.
        metrics: Target -> method -> metric -> number.
        skipped: Baseline -> why it did not run.
        said: Target -> method -> probabilities, shape (n_test, n_values); empty when read back from JSON.
        truth: Target -> distributions, shape (n_test, n_values); empty when read back from JSON.
    """

    seed: int
    n_train: int
    n_test: Mapping[str, int]
    metrics: Metrics
    skipped: Mapping[str, str]
    said: Mapping[str, Mapping[str, Array]] = field(default_factory=dict, repr=False)
    truth: Mapping[str, Array] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the probabilities, for JSON."""
        names = ("seed", "n_train", "n_test", "metrics", "skipped")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class EvaluationReport:
    """How well each method did, over one or several seeds.

    Attributes:
        metrics: Target -> method -> metric -> number. With one seed the intervals (_low, _high) are those of resampled
            garments; with several every figure is a mean over the seeds, with its 95% interval by Student's t.
        n_train: Garments trained on; the mean over the seeds.
        n_test: Target -> test garments whose truth is known; the mean over the seeds.
        split: "random", "grouped", or "a test file".
        runs: One result a seed.
    """

    metrics: Metrics
    n_train: int
    n_test: dict[str, int]
    split: str
    runs: tuple[SeedResult, ...]

    @property
    def skipped(self) -> Mapping[str, str]:
        """Baseline -> why it did not run."""
        return self.runs[0].skipped

    def to_dict(self) -> Metrics:
        """Return {target: {method: {metric: value}}}."""
        return self.metrics

    def best_baseline(self, target: str) -> str | None:
        """Return the baseline with the best accuracy, parts of our own model left out; None where none was run."""
        rivals = [name for name in self.metrics[target] if name in BASELINES and not BASELINES[name].is_part]
        return max(rivals, key=lambda name: self.metrics[target][name]["accuracy"], default=None)

    def notes(self) -> list[str]:
        """Return in words what the figures rest on, and what was skipped."""
        seeds = ", ".join(str(run.seed) for run in self.runs)
        way = "Student's t over the seeds" if len(self.runs) > 1 else "resampling the test garments"
        if len(self.runs) > 1 and self.split == TEST_FILE:
            way += "; the test garments stay the same, so it spans the training alone"
        skipped = [f"Skipped: {name}, {why}." for name, why in self.skipped.items()]
        return [f"Split: {self.split}. Seed {seeds}. In brackets the 95% interval, by {way}.", *skipped]

    def markdown(self, columns: Sequence[str] = tuple(COLUMNS)) -> str:
        """Return one table a target, with the intervals.

        Args:
            columns: Of `COLUMNS`; those that no method was measured on are left out.
        """
        return "\n".join(_markdown(self, columns))

    def write(self, folder: Path) -> None:
        """Write report.json, report.md, and reliability diagrams of the first seed: ours and the best baseline's.

        Raises:
            InputError: the folder cannot be written.
        """
        record = {
            "split": self.split,
            "metrics": self.metrics,
            "skipped": dict(self.skipped),
            "runs": [run.to_dict() for run in self.runs],
        }
        files = {"report.json": json.dumps(record, indent=1) + "\n", "report.md": self.markdown(), **self._diagrams()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (folder / name).write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=folder) from error

    def _diagrams(self) -> dict[str, str]:
        run = self.runs[0]
        return {
            f"reliability-{target}-{method}.svg": reliability_svg(
                run.said[target][method], truth, title=f"{target}, {method}"
            )
            for target, truth in run.truth.items()
            for method in (OURS, self.best_baseline(target))
            if method is not None
        }


def summarise(results: Sequence[SeedResult], *, split: str) -> EvaluationReport:
    """Sum up the results of some seeds.

    Args:
        results: At least one, of the same targets and baselines.
        split: What the garments were parted by.
    """
    first = results[0]
    metrics = {
        target: {method: _over_seeds([run.metrics[target][method] for run in results]) for method in methods}
        for target, methods in first.metrics.items()
    }
    n_test = {target: round(np.mean([run.n_test[target] for run in results])) for target in first.n_test}
    return EvaluationReport(metrics, round(np.mean([run.n_train for run in results])), n_test, split, tuple(results))


def _over_seeds(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    if len(runs) == 1:
        return dict(runs[0])
    found: dict[str, float] = {}
    for name in dict.fromkeys(name for run in runs for name in run if not name.endswith(_BOUNDS)):
        values = [run[name] for run in runs if name in run]
        found[name] = float(np.mean(values))
        if len(values) > 1:
            found[name + "_low"], found[name + "_high"] = student_interval(values)
    return found


def _markdown(report: EvaluationReport, columns: Sequence[str]) -> Iterator[str]:
    yield from report.notes()
    for target, methods in report.metrics.items():
        used = [name for name in columns if any(name in own for own in methods.values())]
        yield f"\n## {target}: trained on {report.n_train:,} garments, tested on {report.n_test[target]:,}\n"
        yield f"| method | {' | '.join(COLUMNS[name] for name in used)} |"
        yield "|---" * (len(used) + 1) + "|"
        for method, own in methods.items():
            label = BASELINES[method].label if method in BASELINES else f"**{method}**"
            yield f"| {label} | {' | '.join(cell(own, name) for name in used)} |"
    yield ""


def cell(own: Mapping[str, float], name: str, *, interval: bool = True) -> str:
    """Return a metric with its interval, as a table shows it; empty where it was not measured.

    Example:
        >>> cell({"ece": 0.0123, "ece_low": 0.01, "ece_high": 0.015}, "ece"), cell({}, "ece")
        ('0.0123 (0.0100 to 0.0150)', '')
    """
    if name not in own:
        return ""
    digits = 1 if name.endswith("_s") else 4
    low, high = (own.get(name + bound) for bound in _BOUNDS)
    shown = f"{own[name]:.{digits}f}"
    bounded = interval and low is not None and high is not None
    return f"{shown} ({low:.{digits}f} to {high:.{digits}f})" if bounded else shown
