"""The embedding alone: what our own model says without rules and without any other evidence."""

from collections.abc import Mapping

from scipy.special import softmax

from kg_fashion.catalog import Catalogue
from kg_fashion.inference.baselines.training import Array, Predict, Training


def embedding_alone(training: Training) -> Predict:
    """Predict by the softmax of the inferrer's embedding scores."""
    inferrer = training.inferrer

    def predict(test: Catalogue) -> Mapping[str, Array]:
        parts = inferrer.embedding.encode(test.garments, inferrer.ontology)
        return {target: softmax(inferrer.embedding.plausibility(parts, target), axis=1) for target in training.targets}

    return predict
