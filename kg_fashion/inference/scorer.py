"""What explanations ask of a model: probabilities of any garments, and the exact terms of a score.

`AttributeInferrer` is one; explanations, counterfactuals and the test of faithfulness know nothing else of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Garment


@dataclass(frozen=True, eq=False, slots=True)
class Pull:
    """An exact term of the score of a garment: all of them sum to the log-probabilities, up to a constant.

    Attributes:
        kind: "value" (a supplied value, a pair, an ancestor), "word" (of the name), "rule", "family" or "bias".
        name: The rule's IRI or the part's key: `material=<IRI>`, `brand*type=<IRI> <IRI>`, `is-a=<IRI>`, `word=Slim`.
        logits: What it adds for each value, in nats, shape (n_values,).
        counts: For a family, how many of its known garments have each value.
    """

    kind: str
    name: str
    logits: NDArray[np.floating[Any]]
    counts: tuple[float, ...] = ()


class Scorer(Protocol):
    """A model whose score is a sum."""

    def values(self, target: str, /) -> tuple[str, ...]:
        """Return the IRIs of a target's values, in the columns' order."""

    def proba(self, garments: Sequence[Garment], target: str, /) -> NDArray[np.float32]:
        """Return probabilities, shape (n, n_values), of any garments; their own value is not looked at."""

    def pulls(self, garment: Garment, target: str, /) -> list[Pull]:
        """Return the exact terms of a garment's score."""
