"""Whether reasons are faithful: what the model says must depend on what its reasons name.

For each garment the source of the strongest reason is taken out of it (a supplied value with the words that say it, a
word of the name, what a rule rests on, the words that make it one of a family), the model is asked again, and the drop
of its probability is compared with the drop when another source of the same garment, drawn at random, is taken out.

The drop is *comprehensiveness*, p(value | garment) - p(value | garment without the source): DeYoung et al. 2020,
"ERASER: A Benchmark to Evaluate Rationalized NLP Models", section 4.2. That deletion is set against deletion at random
is Samek et al. 2017, "Evaluating the Visualization of What a Deep Neural Network Has Learned".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Garment
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.rule_derivations import Derive
from kg_fashion.inference.sources import GarmentSources, Source, grounds

Floats = NDArray[np.float64]
_DRAWS = 2000
_TIMES = 3
"""How much more than another source the top reason is to count."""


@dataclass(frozen=True)
class Faithfulness:
    """By how much the probability drops without the top reason, and without another source.

    Attributes:
        n: Garments.
        top: The mean drop without the source of the top reason.
        random: The mean drop without another source.
        ratio: The first over the second; infinite where nothing is lost without another source.
        interval: 95% of the ratio, under resampling of garments.
        margin: The mean drop without the top reason less three times the one without another source.
        margin_interval: 95% of the margin; above 0, the top reason counts at least three times as much.
        kinds: Kind of the top reason -> garments, mean drop of the top, mean drop at random.
    """

    n: int
    top: float
    random: float
    ratio: float
    interval: tuple[float, float]
    margin: float
    margin_interval: tuple[float, float]
    kinds: dict[str, tuple[int, float, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON; an infinite number is null."""
        kinds = {
            kind: {"garments": n, "top": round(top, 4), "random": round(random, 4)}
            for kind, (n, top, random) in self.kinds.items()
        }
        return {
            "garments": self.n,
            "top": round(self.top, 4),
            "random": round(self.random, 4),
            "ratio": _number(self.ratio),
            "interval": [_number(end) for end in self.interval],
            "margin": round(self.margin, 4),
            "margin_interval": [round(end, 4) for end in self.margin_interval],
            "kinds": kinds,
        }


def faithfulness(
    explainer: Explainer,
    garments: Iterable[Garment],
    target: str,
    *,
    derive: Derive | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Faithfulness:
    """Measure how much more the top reasons matter than others.

    Args:
        explainer: Of the model.
        garments: Garments that the model was not trained on; those with fewer than two sources, or without a reason
            for their best value that can be taken out, are passed over.
        target: The attribute.
        derive: Finds what a rule rests on; without it, reasons that are rules are passed over for the next.
        seed: Of what is drawn.
        progress: Called with a line of text now and then.

    Raises:
        ValueError: no garment can be tested.

    Example:
        >>> from kg_fashion import read_catalogue, terms
        >>> from kg_fashion.inference.scorer import Pull
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> wool = f"material={terms.KGF.Wool}"
        >>> class WoolIsWinter:
        ...     def values(self, target): return (terms.KGF.Summer, terms.KGF.Winter)
        ...     def proba(self, garments, target):
        ...         has = [terms.KGF.Wool in g.values.get("material", ()) for g in garments]
        ...         return np.array([[0.1, 0.9] if wool else [0.5, 0.5] for wool in has], dtype=np.float32)
        ...     def pulls(self, garment, target): return [Pull("value", wool, np.array([0.0, np.log(9)]))]
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> explainer = Explainer(WoolIsWinter(), catalogue, load_rules())
        >>> woollen = [g for g in catalogue if g.values.get("material") == (terms.KGF.Wool,)]
        >>> found = faithfulness(explainer, woollen, "season")
        >>> round(found.top, 2), found.random
        (0.4, 0.0)
    """
    rng = np.random.default_rng(seed)
    known = list(garments)
    said = explainer.scorer.proba(known, target)
    trials = []
    for number, (garment, row) in enumerate(zip(known, said, strict=True), start=1):
        trial = _trial(explainer, garment, target, int(row.argmax()), derive, rng)
        trials += [trial] if trial is not None else []
        if progress is not None and number % 1000 == 0:
            progress(f"faithfulness: {number:,} of {len(known):,} garments")
    if not trials:
        raise ValueError("no garment has two sources and a reason that can be taken out; give others")
    before = explainer.scorer.proba([trial.garment for trial in trials], target)
    rows, columns = np.arange(len(trials)), np.array([trial.column for trial in trials])
    drops = [
        (before - explainer.scorer.proba(changed, target))[rows, columns].astype(np.float64)
        for changed in ([trial.without_top for trial in trials], [trial.without_other for trial in trials])
    ]
    return summary(drops[0], drops[1], [trial.kind for trial in trials], seed=seed)


def summary(top: Floats, random: Floats, kinds: Sequence[str], *, seed: int = 0) -> Faithfulness:
    """Return means, their ratio and its bootstrap interval (Efron 1979: percentiles, garments resampled in pairs).

    Args:
        top: Drops without the top reason, shape (n,).
        random: Drops without another source, shape (n,).
        kinds: Of the top reasons, n.
        seed: Of the resampling.

    Example:
        >>> found = summary(np.array([0.4, 0.2]), np.array([0.1, 0.1]), ["word", "value"])
        >>> round(found.ratio, 2), tuple(round(end, 2) for end in found.interval)
        (3.0, (2.0, 4.0))
    """
    drawn = np.random.default_rng(seed).integers(0, len(top), (_DRAWS, len(top)))
    tops, randoms = top[drawn].mean(axis=1), random[drawn].mean(axis=1)
    ratios = np.array([_ratio(*pair) for pair in zip(tops, randoms, strict=True)])
    of = np.array(kinds)
    each = {
        kind: (n, float(top[of == kind].mean()), float(random[of == kind].mean())) for kind, n in Counter(kinds).items()
    }
    margin = float(top.mean() - _TIMES * random.mean())
    return Faithfulness(
        len(top), float(top.mean()), float(random.mean()), _ratio(top.mean(), random.mean()), _ends(ratios),
        margin, _ends(tops - _TIMES * randoms), each,
    )  # fmt: skip


def _ratio(top: float, random: float) -> float:
    return float(top / random) if random > 0 else np.inf if top > 0 else 1.0


def _ends(drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975], method="nearest").tolist()
    return low, high


def _number(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None


@dataclass(frozen=True)
class _Trial:
    """A garment, the column of its best value, the kind of its top reason, and the garment changed in both ways."""

    garment: Garment
    column: int
    kind: str
    without_top: Garment
    without_other: Garment


def _trial(
    explainer: Explainer, garment: Garment, target: str, column: int, derive: Derive | None, rng: np.random.Generator
) -> _Trial | None:
    own = explainer.sources(garment, target)
    found = own.sources(explainer.scorer.pulls(garment, target))
    for source in sorted(found, key=lambda s: float(s.logits.mean() - s.logits[column])):
        stands_on = _stands_on(source, own, derive) if source.logits[column] > source.logits.mean() else ()
        others = [name for name in own.removable if name not in stands_on]
        if stands_on and others:
            other = others[int(rng.integers(len(others)))]
            return _Trial(own.garment, column, source.kind, own.without(*stands_on), own.without(other))
    return None


def _stands_on(source: Source, own: GarmentSources, derive: Derive | None) -> tuple[str, ...]:
    """Return the values and words that a reason rests on; none where it cannot be taken out."""
    if source.kind in ("value", "word"):
        return (source.name,) if source.name in own.removable else ()
    if source.kind == "family":
        return own.family_words(source.name)
    tree = derive(own.garment, source.name) if source.kind == "rule" and derive is not None else None
    return grounds(tree, own.garment) if tree is not None else ()
