"""The embedding alone: what our own model says without rules and without any other evidence."""

from collections.abc import Mapping

import numpy as np

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding import garment_parts
from kg_fashion.inference.baselines.training import Array, Predict, Training


def embedding_alone(training: Training) -> Predict:
    """Predict by the softmax of the inferrer's embedding scores."""
    inferrer = training.inferrer

    def predict(test: Catalogue) -> Mapping[str, Array]:
        parts = [garment_parts(garment, inferrer.ontology) for garment in test]
        return {target: _softmax(inferrer.embedding.plausibility(parts, target)) for target in training.targets}

    return predict


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
