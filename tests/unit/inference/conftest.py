"""The trained inferrer as what explanations ask for, and one explanation."""

import pytest

from kg_fashion import AttributeInferrer, Catalogue
from kg_fashion.inference.evidence import close
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.neighbours import NearestGarments
from kg_fashion.inference.rule_derivations import RuleDerivations
from kg_fashion.inference.scorer import CatalogueScorer


@pytest.fixture(scope="session")
def scorer(inferrer: AttributeInferrer, boutique: Catalogue) -> CatalogueScorer:
    return CatalogueScorer(inferrer, boutique)


@pytest.fixture(scope="session")
def explainer(scorer: CatalogueScorer, inferrer: AttributeInferrer, boutique: Catalogue) -> Explainer:
    bare = boutique.without(inferrer.targets)
    return Explainer(scorer, boutique, inferrer.rules, derive=RuleDerivations(close(bare, inferrer.rules), "season"))


@pytest.fixture(scope="session")
def explanation(explainer: Explainer, inferrer: AttributeInferrer, boutique: Catalogue) -> Explanation:
    """Why the boutique's wool blazer, C001, is for its season."""
    nearest = NearestGarments(inferrer.vectors(boutique), boutique.garments)
    (near,) = nearest.query(inferrer.vectors(boutique.subset([0])), 3, target="season", leave_out=["C001"])
    return explainer.explain(boutique[0], "season", neighbours=near)
