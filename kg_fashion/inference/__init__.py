"""Attribute completion: rules and embedding together, calibrated, explained, evaluated."""

from kg_fashion.inference.completion import Completion, Reason
from kg_fashion.inference.evaluation import EvaluationReport, evaluate_attributes
from kg_fashion.inference.inferrer import AttributeInferrer
from kg_fashion.inference.write import fillings, write_completions

__all__ = [
    "AttributeInferrer",
    "Completion",
    "EvaluationReport",
    "Reason",
    "evaluate_attributes",
    "fillings",
    "write_completions",
]
