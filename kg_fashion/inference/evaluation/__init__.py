"""Evaluation of attribute completion: splits, the protocol, measures, reports, and what bounds every method."""

from kg_fashion.inference.evaluation.protocol import evaluate_attributes, evaluate_split
from kg_fashion.inference.evaluation.report import EvaluationReport, SeedResult, summarise
from kg_fashion.inference.evaluation.splits import Split, split_catalogue
from kg_fashion.inference.evaluation.twins import TwinBound, twin_bound

__all__ = [
    "EvaluationReport",
    "SeedResult",
    "Split",
    "TwinBound",
    "evaluate_attributes",
    "evaluate_split",
    "split_catalogue",
    "summarise",
    "twin_bound",
]
