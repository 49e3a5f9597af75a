"""Linear probes: which attributes can be read from which block of a style space, on garments held out.

A probe is a softmax regression on standardised factors. Beside each accuracy stands the majority's, and what the
block's own attribute tells of the other one: more than that is a leak, less would deny a fact about garments.
Alain & Bengio 2017, "Understanding intermediate layers using linear classifier probes"; DCI: Eastwood & Williams 2018,
"A Framework for the Quantitative Evaluation of Disentangled Representations".
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

Array = NDArray[np.float32]
_MOST = 6000
"""Training garments of a probe: more change an accuracy by less than its interval."""
_SPARSITY = 60.0
"""The inverse of the penalty on |weight| against the mean loss."""


class Probe:
    """A linear probe of one attribute.

    Args:
        features: What it reads, shape (n, n_features).
        labels: Distributions over the attribute's values, shape (n, n_values); rows of zeros are left out.
        seed: Draws the garments where there are more than it needs.

    Example:
        >>> features = np.array([[-1.0], [-2.0], [1.0], [2.0]], dtype=np.float32)
        >>> labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
        >>> Probe(features, labels).accuracy(features, labels)
        1.0
    """

    def __init__(self, features: Array, labels: Array, *, seed: int = 0) -> None:
        known = np.flatnonzero(labels.sum(axis=1) > 0)
        rows = np.random.default_rng(seed).permutation(known)[:_MOST]
        self.n_values = labels.shape[1]
        self.model: Pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=100))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a weight do not matter here
            self.model.fit(features[rows], labels[rows].argmax(axis=1))

    def probabilities(self, features: Array) -> Array:
        """Return the probability of each value, shape (n, n_values); 0 for values it was not shown."""
        everything = np.zeros((len(features), self.n_values), dtype=np.float32)
        everything[:, self.model.classes_] = self.model.predict_proba(features)
        return everything

    def accuracy(self, features: Array, labels: Array) -> float:
        """Return the share of garments whose value it tells, among those whose value is known."""
        return _accuracy(self.probabilities(features), labels)


def _accuracy(said: Array, labels: Array) -> float:
    known = labels.sum(axis=1) > 0
    hits = labels[known, said[known].argmax(axis=1)] > 0
    return float(hits.mean()) if known.any() else float("nan")


@dataclass(frozen=True)
class Sides:
    """The two sides of a split.

    Attributes:
        features: Block -> (of the training garments, of those held out), each of shape (n, n_factors).
        labels: Attribute -> (of the training garments, of those held out), each of shape (n, n_values).
    """

    features: Mapping[str, tuple[Array, Array]]
    labels: Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True)
class ProbeMatrix:
    """What can be read from where.

    Attributes:
        blocks: The rows.
        attributes: The columns.
        accuracy: Of a probe of the column from the row, shape (n_blocks, n_attributes).
        majority: Accuracy of always saying the commonest value, shape (n_attributes,).
        by_nature: Accuracy of the commonest value given the value of the row's attribute itself, shape
            (n_blocks, n_attributes); NaN for a block that is no attribute's.
        n: Garments held out whose value is known, shape (n_attributes,).
    """

    blocks: tuple[str, ...]
    attributes: tuple[str, ...]
    accuracy: NDArray[np.float64]
    majority: NDArray[np.float64]
    by_nature: NDArray[np.float64]
    n: NDArray[np.int64]

    @property
    def gain(self) -> NDArray[np.float64]:
        """The share of the majority's errors that a probe mends, shape (n_blocks, n_attributes); 0 at the least."""
        return np.asarray(np.maximum(0.0, (self.accuracy - self.majority) / np.maximum(1e-9, 1 - self.majority)))

    @property
    def interval(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of the accuracies' 95% Wilson intervals (Wilson 1927), both of `accuracy`'s shape."""
        z, n = 1.96, np.maximum(self.n, 1)
        middle = (self.accuracy + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(self.accuracy * (1 - self.accuracy) / n + z**2 / (4 * n**2))
        return middle - half, middle + half

    @property
    def own_gain(self) -> float:
        """The mean gain of an attribute from its own block."""
        return float(np.mean([self.gain[self.blocks.index(a), j] for j, a in enumerate(self.attributes)]))

    @property
    def other_gain(self) -> float:
        """The mean gain of an attribute from the blocks of other attributes."""
        pairs = [(i, j) for i, b in enumerate(self.blocks) for j, a in enumerate(self.attributes) if a != b]
        return float(np.mean([self.gain[i, j] for i, j in pairs if self.blocks[i] in self.attributes]))

    @property
    def excess(self) -> float:
        """The mean accuracy that other blocks give beyond what their attributes tell by nature, 0 at the least each."""
        beyond = self.accuracy - np.maximum(self.by_nature, self.majority)
        pairs = [(i, j) for i, b in enumerate(self.blocks) for j, a in enumerate(self.attributes) if a != b]
        return float(np.mean([max(0.0, beyond[i, j]) for i, j in pairs if self.blocks[i] in self.attributes]))


def probe_matrix(sides: Sides, *, only: Sequence[str] | None = None, seed: int = 0) -> ProbeMatrix:
    """Probe each attribute from each block: trained on the one side, told on the other.

    Args:
        sides: What to read, and what is true.
        only: The attributes to probe; all by default.
        seed: Of the probes.
    """
    blocks, attributes = tuple(sides.features), tuple(sides.labels if only is None else only)
    table = np.zeros((len(blocks), len(attributes)))
    nature = np.full_like(table, np.nan)
    for i, block in enumerate(blocks):
        train, test = sides.features[block]
        for j, attribute in enumerate(attributes):
            shown, hidden = sides.labels[attribute]
            table[i, j] = Probe(train, shown, seed=seed).accuracy(test, hidden)
            if block in sides.labels:
                nature[i, j] = _by_nature(sides.labels[block], sides.labels[attribute])
    asked = [sides.labels[attribute] for attribute in attributes]
    majority = [_accuracy(np.tile(shown.sum(axis=0), (len(hidden), 1)), hidden) for shown, hidden in asked]
    known = [int((hidden.sum(axis=1) > 0).sum()) for _, hidden in asked]
    return ProbeMatrix(blocks, attributes, table, np.array(majority), nature, np.array(known))


def _by_nature(given: tuple[Array, Array], asked: tuple[Array, Array]) -> float:
    """Tell one attribute from another one's value: the commonest of it in training, else the commonest of all."""
    counts = given[0].T @ asked[0]
    overall = asked[0].sum(axis=0)
    return _accuracy(given[1] @ counts + 1e-6 * overall, asked[1])


@dataclass(frozen=True)
class Disentanglement:
    """DCI of a space, each from 0 to 1, higher is better.

    Attributes:
        disentanglement: Whether each factor serves one attribute only.
        completeness: Whether each attribute is served by few factors only.
        informativeness: Mean accuracy of the probes that read all factors.
    """

    disentanglement: float
    completeness: float
    informativeness: float


def dci(train: Array, test: Array, labels: Mapping[str, tuple[Array, Array]], *, seed: int = 0) -> Disentanglement:
    """Measure DCI: the accuracy with probes as above, the importance with sparse ones (the lasso of the article).

    Args:
        train: Factors of the training garments, shape (n, n_factors).
        test: Factors of the garments held out.
        labels: Attribute -> (of the training garments, of those held out), each of shape (n, n_values).
        seed: Of the probes.
    """
    accuracy = [Probe(train, shown, seed=seed).accuracy(test, hidden) for shown, hidden in labels.values()]
    importance = np.stack([_sparse_importance(train, shown, seed) for shown, _ in labels.values()], axis=1)
    return Disentanglement(*importance_scores(importance), float(np.mean(accuracy)))


def _sparse_importance(features: Array, labels: Array, seed: int) -> NDArray[np.float64]:
    """Return the share of each standardised factor in the sum of |weight| of a sparse probe, shape (n_factors,)."""
    known = np.flatnonzero(labels.sum(axis=1) > 0)
    rows = np.random.default_rng(seed).permutation(known)[: _MOST // 2]
    sparse = LogisticRegression(
        l1_ratio=1, solver="saga", C=_SPARSITY / len(rows), max_iter=60, tol=1e-2, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        sparse.fit(StandardScaler().fit_transform(features[rows]), labels[rows].argmax(axis=1))
    weights = np.abs(sparse.coef_).sum(axis=0)
    return np.asarray(weights / max(float(weights.sum()), 1e-12), dtype=np.float64)


def importance_scores(importance: NDArray[np.float64]) -> tuple[float, float]:
    """Return disentanglement and completeness (Eastwood & Williams 2018, section 2).

    Args:
        importance: R, of each factor for each attribute, shape (n_factors, n_attributes), not negative.

    Example:
        >>> importance_scores(np.eye(3))
        (1.0, 1.0)
        >>> importance_scores(np.ones((3, 3)))
        (0.0, 0.0)
    """
    by_factor = importance / np.maximum(importance.sum(axis=1, keepdims=True), 1e-12)
    by_attribute = importance / np.maximum(importance.sum(axis=0, keepdims=True), 1e-12)
    weights = importance.sum(axis=1) / importance.sum()
    d = float(weights @ (1 - _entropy(by_factor, axis=1)))
    return round(d, 9), round(float(np.mean(1 - _entropy(by_attribute, axis=0))), 9)


def _entropy(shares: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the entropy along an axis, with the number of shares as the base of the logarithm."""
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return np.asarray(-(shares * logs).sum(axis=axis) / np.log(max(2, shares.shape[axis])))
