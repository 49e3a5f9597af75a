"""A new value of an attribute, learned from one to ten examples without retraining.

The embedding stays as it is. In `embedding.few_shot_space` two prototypes are set against each other: the mean of the
examples, and the mean of known garments, none of which has the value. The log-odds of the new value against all others
together are

    l(x) = s (|x - others|^2 - |x - examples|^2) - threshold,

so it is nearness to the examples that speaks. p(new | x) = 1 / (1 + exp(-l(x))); the trained values share the rest as
they did before, so their order among themselves and their calibration stay. With several new values the log-odds meet
in one softmax against 0 for the trained values together.

The threshold, at which the new value is as likely as not, is the score that 1 in 200 of the known garments exceeds (as
in split conformal prediction: Vovk et al. 2005, "Algorithmic Learning in a Random World"). Where the value is stated to
be rarer than that, it is the score that no larger share exceeds than have the value.

Rules do not speak for a new value, and names' families do not know it: that takes training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding.few_shot_space import FewShotSpace
from kg_fashion.embedding.prototypes import plausibility, prototypes
from kg_fashion.inference.score_terms import Name, ScoreTerms, TermNames

Array = NDArray[np.float32]
_FALSE_ALARMS = 1 / 200
_AT_ONCE = 5000
"""Garments whose vectors are held together: some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class NewValue:
    """A value that was learned from a few examples.

    Attributes:
        iri: The value.
        centres: The prototypes of known garments without it and of its examples, shape (2, dim), float32.
        threshold: Where it is as likely as not, in nats.
        n_examples: How many examples there were.
    """

    iri: str
    centres: Array
    threshold: float
    n_examples: int

    @classmethod
    def learn(cls, iri: str, examples: Array, known: Array, *, share: float | None = None) -> Self:
        """Learn a value from examples.

        Args:
            iri: The value.
            examples: Vectors of garments that have it, shape (n_examples, dim).
            known: Vectors of garments that do not, shape (n_known, dim); some thousands are enough.
            share: How common the value is among the garments to come, above 0 and below 1; unknown by default.

        Example:
            >>> known = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
            >>> party = NewValue.learn("urn:party", np.eye(8, dtype=np.float32)[:1], known)
            >>> (party.log_odds(np.eye(8, dtype=np.float32)[:2]) > 0).tolist()
            [True, False]
        """
        classes = np.repeat([0, 1], [len(known), len(examples)])
        centres = prototypes(np.concatenate([known, examples]), classes)
        new = cls(iri, centres, 0.0, len(examples))
        alarms = _FALSE_ALARMS if share is None else min(_FALSE_ALARMS, share)
        return replace(new, threshold=float(np.quantile(new.log_odds(known), 1 - alarms, method="higher")))

    def log_odds(self, vectors: Array) -> Array:
        """Return the log-odds of the value against all others, of vectors (n, dim), shape (n,), float32, in nats."""
        others, examples = plausibility(vectors, self.centres, n_examples=self.n_examples).T
        return np.asarray(examples - others - self.threshold, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class NewValues:
    """The values that were added to one target, with the space that they live in.

    Attributes:
        space: Fitted to known garments.
        values: In the order of their columns, behind those of the trained values.
    """

    space: FewShotSpace
    values: tuple[NewValue, ...] = ()

    @property
    def iris(self) -> tuple[str, ...]:
        """The new values."""
        return tuple(value.iri for value in self.values)

    def adding(self, new: NewValue) -> Self:
        """Return the same with one value more, or with another version of one that was learned before."""
        return replace(self, values=tuple({own.iri: own for own in (*self.values, new)}.values()))

    def log_odds(self, composed: Array, catalogue: Catalogue) -> Array:
        """Return the log-odds of each new value against all trained ones together, shape (n, n_new), in nats.

        Args:
            composed: Composed vectors of the garments without the target, shape (n, composed_dim).
            catalogue: The garments without the target, n.
        """
        found = np.zeros((len(catalogue), len(self.values)), dtype=np.float32)
        for start in range(0, len(catalogue), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            vectors = self.space.vectors(composed[some], catalogue.subset(range(len(catalogue))[some]))
            for column, value in enumerate(self.values):
                found[some, column] = value.log_odds(vectors)
        return found

    def describe(self) -> dict[str, Any]:
        """Return all but the tensors, for JSON."""
        return {
            "rarity": dict(self.space.rarity),
            "n_known": self.space.n_known,
            "values": [{"iri": v.iri, "threshold": v.threshold, "n_examples": v.n_examples} for v in self.values],
        }

    def tensors(self) -> dict[str, Array]:
        """Return what belongs into a safetensors file."""
        centres = np.stack([value.centres for value in self.values])
        return {"mean": self.space.mean, "whitening": self.space.whitening, "centres": centres}

    @classmethod
    def read(cls, about: Mapping[str, Any], tensors: Mapping[str, Array]) -> Self:
        """Make it from what `describe` and `tensors` returned.

        Raises:
            KeyError: a field is missing.
            TypeError: a field is of another kind.
            ValueError: fields do not fit together.
        """
        rarity = {str(literal): float(degree) for literal, degree in about["rarity"].items()}
        space = FewShotSpace(tensors["mean"], tensors["whitening"], rarity, int(about["n_known"]))
        values = tuple(
            NewValue(str(own["iri"]), centres, float(own["threshold"]), int(own["n_examples"]))
            for own, centres in zip(about["values"], tensors["centres"], strict=True)
        )
        return cls(space, values)


def extend_probabilities(probabilities: Array, log_odds: Array) -> Array:
    """Join trained and new values: softmax of (0 for the trained ones together, the new ones' log-odds).

    Args:
        probabilities: Of the trained values, shape (n, n_values); rows sum to 1.
        log_odds: Of each new value against the trained ones together, shape (n, n_new), in nats.

    Returns:
        Shape (n, n_values + n_new), float32; rows sum to 1.

    Example:
        >>> old = np.array([[0.75, 0.25]], dtype=np.float32)
        >>> extend_probabilities(old, np.array([[0.0]], dtype=np.float32)).tolist()
        [[0.375, 0.125, 0.5]]
    """
    from scipy.special import softmax

    shares = softmax(np.hstack([np.zeros((len(log_odds), 1)), log_odds.astype(np.float64)]), axis=1)
    return np.hstack([probabilities * shares[:, :1], shares[:, 1:]]).astype(np.float32)


def extend_terms(
    terms: ScoreTerms, bias: Array, log_odds: Array, iris: tuple[str, ...], *, told: NDArray[np.bool_]
) -> ScoreTerms:
    """Add the examples' nearness to the terms of scores, so that all together still sum to the log-probabilities.

    A term of the trained values gives a new one their average, so it pulls towards neither. The term of a new value is
    the rest: l(x) + log(sum of exp(score)) - the average score.

    Args:
        terms: Of the trained values, n_values.
        bias: Of the trained values, shape (n_values,): what all garments' scores share beside their terms.
        log_odds: Shape (n, n_new), in nats.
        iris: The new values.
        told: Which garments' nearness to which value is added, shape (n, n_new).
    """
    from scipy.special import logsumexp

    (n, n_new), n_before = log_odds.shape, len(terms.names)
    scores = np.tile(bias.astype(np.float64), (n, 1))
    np.add.at(scores, terms.rows, terms.logits)
    rest = log_odds + (logsumexp(scores, axis=1) - scores.mean(axis=1))[:, None]
    near, value = np.nonzero(told)
    own = np.zeros((len(near), len(bias) + n_new), dtype=np.float32)
    own[np.arange(len(near)), len(bias) + value] = rest[near, value]
    rows = np.concatenate([terms.rows, near])
    numbers = np.concatenate([terms.numbers, n_before + value])
    logits = np.concatenate([extend_logits(terms.logits, n_new), own])
    order = np.argsort(rows, kind="stable")

    def name(number: int) -> Name:
        return terms.names[number] if number < n_before else ("examples", f"examples={iris[number - n_before]}")

    names = TermNames(n_before + n_new, name)
    return ScoreTerms(names, rows[order], numbers[order], logits[order])


def extend_logits(logits: Array, n_new: int) -> Array:
    """Give the new values the average of the trained ones, of shape (n, n_values), so that nothing pulls to them.

    Example:
        >>> extend_logits(np.array([[1, 3]], dtype=np.float32), 1).tolist()
        [[1.0, 3.0, 2.0]]
    """
    return np.hstack([logits, np.repeat(logits.mean(axis=1, keepdims=True), n_new, axis=1)])
