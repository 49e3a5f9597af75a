"""PyKEEN's transductive models: every garment is an entity of the graph, so they train on what they complete."""

from collections.abc import Mapping

from kg_fashion.catalog import Catalogue
from kg_fashion.inference.baselines.training import Array, Predict, Training


def rotate(training: Training) -> Predict:
    """Train RotatE (Sun et al. 2019) when it is asked."""
    return _fit(training, "RotatE")


def distmult(training: Training) -> Predict:
    """Train DistMult (Yang et al. 2015) when it is asked."""
    return _fit(training, "DistMult")


def _fit(training: Training, model: str) -> Predict:
    def predict(test: Catalogue) -> Mapping[str, Array]:
        from kg_fashion.inference.transductive import transductive

        return transductive(
            training.known, test, training.values, model=model, seed=training.seed, progress=training.progress
        )

    return predict
