"""Attribute completion: rules and embedding together, calibrated, explained, evaluated."""

from typing import TYPE_CHECKING, Any

from kg_fashion.inference.abstention import Abstention
from kg_fashion.inference.audit import Suspicion
from kg_fashion.inference.completion import Completion, Reason
from kg_fashion.inference.confidence import LearnedConfidence, learn_confidences
from kg_fashion.inference.counterfactual import Counterfactual
from kg_fashion.inference.drift import DriftReport
from kg_fashion.inference.evaluation import EvaluationReport, evaluate_attributes
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.fitting import fit_vectors
from kg_fashion.inference.inferrer import AttributeInferrer
from kg_fashion.inference.neighbours import NearestGarments, Neighbour
from kg_fashion.inference.picture import explanation_to_svg, explanations_to_svg
from kg_fashion.inference.scorer import CatalogueScorer
from kg_fashion.inference.write import fillings, write_completions

if TYPE_CHECKING:
    from kg_fashion.inference.style_evaluation import evaluate_style, fit_style

__all__ = [
    "Abstention",
    "AttributeInferrer",
    "CatalogueScorer",
    "Completion",
    "Counterfactual",
    "DriftReport",
    "EvaluationReport",
    "Explainer",
    "Explanation",
    "LearnedConfidence",
    "NearestGarments",
    "Neighbour",
    "Reason",
    "Suspicion",
    "evaluate_attributes",
    "evaluate_style",
    "explanation_to_svg",
    "explanations_to_svg",
    "fillings",
    "fit_style",
    "fit_vectors",
    "learn_confidences",
    "write_completions",
]


def __getattr__(name: str) -> Any:
    """Load what brings in torch on first use (PEP 562)."""
    if name in ("evaluate_style", "fit_style"):
        from kg_fashion.inference import style_evaluation

        return getattr(style_evaluation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
