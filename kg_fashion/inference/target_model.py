"""What is learned for one target beside the embedding: families, the fusion, its calibration, and held-out counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.inference.abstention import HeldOut
from kg_fashion.inference.calibration import fit_calibration
from kg_fashion.inference.corrections import Calibration
from kg_fashion.inference.evidence import Evidence, Witness
from kg_fashion.inference.families import FamilyCounts, Ids, log_ratio
from kg_fashion.inference.fusion import Fusion, fit_fusion, prior_weight
from kg_fashion.inference.membership import Membership, fit_membership
from kg_fashion.inference.metrics import correct
from kg_fashion.reasoning import RuleSet

Array = NDArray[np.float32]
SCORES = ("embedding, known stem", "embedding, new stem", "stem", "last, known stem", "last, new stem")
"""The scores that are fused: where the name's stem is known, embedding and last word count otherwise than where not."""


def scores_of(plausibility: Array, families: Ids, counts: FamilyCounts) -> Array:
    """Return the scores that are fused, shape (n, n_scores, n_values), float32.

    Args:
        plausibility: Of the embedding, shape (n, n_values).
        families: Of each garment, shape (n, n_families), -1 where none is known.
        counts: What known garments of the families have.
    """
    of_stem, of_last = map(counts.of_garments, families.T)
    known = of_stem.any(axis=1)
    last = log_ratio(of_last, counts.rates)
    scores = np.zeros((len(plausibility), len(SCORES), len(counts.rates)), dtype=np.float32)
    scores[known, 0], scores[~known, 1] = plausibility[known], plausibility[~known]
    scores[:, 2] = log_ratio(of_stem, counts.rates)
    scores[known, 3], scores[~known, 4] = last[known], last[~known]
    return scores


@dataclass(frozen=True)
class TargetModel:
    """What is learned for one target.

    Attributes:
        fusion: The log-linear model.
        witnesses: The rules that it has weights for, and the values that they speak for.
        families: What known garments of each family have.
        calibration: The last, monotone step.
        held_out: How sure and how right it was about garments that it had not seen.
        membership: Where garments have several values, how likely each is among them.
    """

    fusion: Fusion
    witnesses: tuple[Witness, ...]
    families: FamilyCounts
    calibration: Calibration | None
    held_out: HeldOut
    membership: Membership | None = None

    @classmethod
    def fit(
        cls, scores: Array, evidence: Evidence, truth: Array, families: FamilyCounts, rules: RuleSet, *, shares: bool
    ) -> tuple[Self, Array]:
        """Fit on scores of garments that embedding and families had not seen.

        Args:
            scores: Shape (n, n_scores, n_values).
            evidence: Which rules speak.
            truth: Distributions, shape (n, n_values); rows of zeros are not used.
            families: Counted over all garments.
            rules: For the confidences that they state.
            shares: The truth is a distribution to be met.

        Returns:
            The model, and its probabilities for these garments.
        """
        stated = confidences(evidence.witnesses, rules)
        fusion = fit_fusion(scores, evidence.fires, evidence.columns, truth, stated, shares=shares)
        said = fusion.probabilities(scores, evidence.fires)
        known = truth.sum(axis=1) > 0
        calibration = None if shares else fit_calibration(said[known], truth[known])
        said = evidence.vetoes.apply(said if calibration is None else calibration.apply(said))
        membership = None if shares else fit_membership(said[known], truth[known])
        members = said[known] if membership is None else membership.apply(said[known])
        held_out = HeldOut.of(members.max(axis=1), correct(members, truth[known]))
        return cls(fusion, evidence.witnesses, families, calibration, held_out, membership), said

    def weighing(self, evidence: Evidence, rules: RuleSet) -> Fusion:
        """Fit the fusion to other witnesses: learned weights where there are, else what the rule's confidence says."""
        learned = dict(zip(self.witnesses, self.fusion.weights.tolist(), strict=True))
        stated = prior_weight(confidences(evidence.witnesses, rules), self.fusion.rates[evidence.columns])
        weights = [learned.get(w, prior) for w, prior in zip(evidence.witnesses, stated.tolist(), strict=True)]
        return replace(self.fusion, weights=np.array(weights, dtype=np.float32), columns=evidence.columns)

    def probabilities(self, fusion: Fusion, scores: Array, evidence: Evidence) -> Array:
        """Return calibrated probabilities, shape (n, n_values), rows sum to 1."""
        said = fusion.probabilities(scores, evidence.fires)
        return evidence.vetoes.apply(said if self.calibration is None else self.calibration.apply(said))

    def describe(self) -> dict[str, Any]:
        """Return all but the families' counts, for JSON."""
        return {
            "scales": self.fusion.scales.tolist(),
            "bias": self.fusion.bias.tolist(),
            "weights": self.fusion.weights.tolist(),
            "rates": self.fusion.rates.tolist(),
            "variance": self.fusion.variance,
            "witnesses": [list(witness) for witness in self.witnesses],
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "held_out": self.held_out.to_dict(),
            "membership": None if self.membership is None else self.membership.to_list(),
        }

    @classmethod
    def read(cls, about: Mapping[str, Any], counts: Array) -> Self:
        """Make it from what `describe` returned, and the families' counts.

        Raises:
            KeyError: a field is missing.
            TypeError: a field is of another kind.
            ValueError: fields do not fit together.
        """
        witnesses = tuple((str(rule), int(column)) for rule, column in about["witnesses"])
        rates = np.array(about["rates"], dtype=np.float32)
        fusion = Fusion(
            np.array(about["scales"], dtype=np.float32),
            np.array(about["bias"], dtype=np.float32),
            np.array(about["weights"], dtype=np.float32),
            np.array([column for _, column in witnesses], dtype=np.int64),
            rates,
            float(about["variance"]),
        )
        if counts.shape[1:] != rates.shape:
            raise ValueError("the families' counts do not fit the values")
        calibration = None if about["calibration"] is None else Calibration.from_dict(about["calibration"])
        membership = None if about["membership"] is None else Membership.from_list(about["membership"])
        held_out = HeldOut.from_dict(about["held_out"])
        return cls(fusion, witnesses, FamilyCounts(counts, rates), calibration, held_out, membership)


def confidences(witnesses: Sequence[Witness], rules: RuleSet) -> NDArray[np.float64]:
    """Return what the witnesses' rules state for themselves, NaN where nothing, shape (n_witnesses,)."""
    stated = {rule: rules.confidence(rule) for rule, _ in witnesses}
    return np.array([np.nan if stated[rule] is None else stated[rule] for rule, _ in witnesses], dtype=np.float64)
