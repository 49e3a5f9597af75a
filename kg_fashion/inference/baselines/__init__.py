"""The baselines that completions are measured against, and parts of our own model by themselves.

Each sees the garments as ours does, without their targets. What a method has to choose is tuned on a tenth of the
training garments, never on test garments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg_fashion.errors import UnknownNameError, did_you_mean
from kg_fashion.inference.baselines import embedded, entities, linear, mined, shares, trees
from kg_fashion.inference.baselines.text import lacks_encoder
from kg_fashion.inference.baselines.training import Fit, Predict, Training

__all__ = ["BASELINES", "MAIN", "Baseline", "Predict", "Training", "chosen_baselines"]


@dataclass(frozen=True)
class Baseline:
    """A method to compare with.

    Attributes:
        label: What it is, in words.
        fit: Training garments -> what predicts.
        reads_names: Whether it needs the text encoder.
        not_for: Attributes that it cannot complete.
        is_part: Whether it is a part of our own trained model, and so has no training time of its own.
    """

    label: str
    fit: Fit
    reads_names: bool = False
    not_for: tuple[str, ...] = ()
    is_part: bool = False


BASELINES: Mapping[str, Baseline] = {
    "majority": Baseline("majority", shares.majority),
    "type": Baseline("type-conditional shares", shares.of_type),
    "brand_type": Baseline("brand x type shares, backing off to type", shares.of_brand_and_type),
    "lightgbm_attributes": Baseline("LightGBM, attributes", trees.on_attributes),
    "lightgbm": Baseline("LightGBM, attributes + brand", trees.on_brand),
    "lightgbm_minilm": Baseline("LightGBM, attributes + brand + MiniLM", trees.on_name_vectors, reads_names=True),
    "logistic": Baseline("logistic regression, attributes + 1-2-grams of the name", linear.logistic),
    "rotate": Baseline("PyKEEN's RotatE, transductive", entities.rotate),
    "distmult": Baseline("PyKEEN's DistMult, transductive", entities.distmult),
    "rules": Baseline("mined rules alone, log-linear", mined.mined_rules, not_for=("type",)),
    "embedding": Baseline("our embedding alone", embedded.embedding_alone, is_part=True),
}
"""Name -> baseline."""
MAIN = ("majority", "lightgbm", "logistic")
"""What is compared with by default: cheap, and the strongest that are not ours."""


def chosen_baselines(names: Sequence[str], targets: Sequence[str]) -> tuple[dict[str, Baseline], dict[str, str]]:
    """Look baselines up.

    Args:
        names: Of `BASELINES`.
        targets: The attributes to complete.

    Returns:
        Those that can run here, and name -> why another cannot.

    Raises:
        UnknownNameError: there is no such baseline.

    Example:
        >>> found, skipped = chosen_baselines(["majority", "rules"], ["type"])
        >>> list(found), skipped
        (['majority'], {'rules': 'cannot complete type'})
    """
    for name in names:
        if name not in BASELINES:
            hint = did_you_mean(name, BASELINES) or f"; there are {', '.join(BASELINES)}"
            raise UnknownNameError(f"no baseline {name!r}{hint}")
    found = {name: BASELINES[name] for name in dict.fromkeys(names)}
    reasons = {name: _why_not(baseline, targets) for name, baseline in found.items()}
    skipped = {name: why for name, why in reasons.items() if why is not None}
    return {name: baseline for name, baseline in found.items() if name not in skipped}, skipped


def _why_not(baseline: Baseline, targets: Sequence[str]) -> str | None:
    refused = [target for target in targets if target in baseline.not_for]
    if refused:
        return f"cannot complete {', '.join(refused)}"
    return lacks_encoder() if baseline.reads_names else None
