"""The trained inferrer as what explanations ask for, and one explanation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kg_fashion import AttributeInferrer, Catalogue
from kg_fashion.catalog import Garment
from kg_fashion.embedding.features import BIAS
from kg_fashion.inference.evidence import close
from kg_fashion.inference.explanation import Explainer, Explanation, RuleDerivations
from kg_fashion.inference.families import FAMILIES, family_keys
from kg_fashion.inference.neighbours import NearestGarments
from kg_fashion.inference.scorer import Pull


class InferrerScorer:
    """An inferrer's probabilities and the terms of its score."""

    def __init__(self, inferrer: AttributeInferrer, catalogue: Catalogue) -> None:
        self._inferrer = inferrer
        self._catalogue = catalogue
        self._pulls: dict[tuple[str, str], list[Pull]] = {}

    def values(self, target: str) -> tuple[str, ...]:
        return self._inferrer.values(target)

    def proba(self, garments: Sequence[Garment], target: str) -> NDArray[np.float32]:
        return self._inferrer.predict_proba(replace(self._catalogue, garments=tuple(garments)), target)

    def pulls(self, garment: Garment, target: str) -> list[Pull]:
        if (garment.iri, target) not in self._pulls:
            self.prepare([garment], target)
        return self._pulls[garment.iri, target]

    def prepare(self, garments: Sequence[Garment], target: str) -> None:
        """Find the pulls of many garments at once: the rules are run once for all."""
        said = self._inferrer._predict(replace(self._catalogue, garments=tuple(garments)), target)
        families = self._inferrer._models[target].families
        unit = np.eye(len(self.values(target)))
        for row, garment in enumerate(garments):
            found = [Pull("bias", BIAS, said.fusion.bias)]
            for n in np.flatnonzero(said.evidence.fires[row]):
                rule, column = said.evidence.witnesses[n]
                found.append(Pull("rule", rule, unit[column] * said.fusion.weights[n]))
            scaled = said.fusion.scales[:, None] * said.scores[row]
            keys = family_keys(garment, self._inferrer._colours)
            for number, logits in enumerate((scaled[2], scaled[3] + scaled[4])):
                counts = families.of_garments([keys], FAMILIES[number])[0]
                name = f"{FAMILIES[number]}={keys[number]}"
                found += [Pull("family", name, logits, tuple(counts.tolist()))] if counts.any() else []
            scale = said.fusion.scales[0 if said.scores[row, 0].any() else 1]
            parts = self._inferrer.embedding.contributions(said.parts[row], target)
            found += [Pull("bias" if part == BIAS else "value", part, scale * own) for part, own in parts.items()]
            self._pulls[garment.iri, target] = found


@pytest.fixture(scope="session")
def scorer(inferrer: AttributeInferrer, boutique: Catalogue) -> InferrerScorer:
    return InferrerScorer(inferrer, boutique)


@pytest.fixture(scope="session")
def explainer(scorer: InferrerScorer, inferrer: AttributeInferrer, boutique: Catalogue) -> Explainer:
    bare = boutique.without(inferrer.targets)
    return Explainer(scorer, boutique, inferrer.rules, derive=RuleDerivations(close(bare, inferrer.rules), "season"))


@pytest.fixture(scope="session")
def explanation(explainer: Explainer, inferrer: AttributeInferrer, boutique: Catalogue) -> Explanation:
    """Why the boutique's wool blazer, C001, is for its season."""
    nearest = NearestGarments(inferrer.vectors(boutique), boutique.garments)
    (near,) = nearest.query(inferrer.vectors(boutique.subset([0])), 3, target="season", leave_out=["C001"])
    return explainer.explain(boutique[0], "season", neighbours=near)
