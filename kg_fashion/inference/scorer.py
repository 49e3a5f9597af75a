"""What explanations ask of a model: probabilities of any garments, and the exact terms of a score.

`CatalogueScorer` asks an `AttributeInferrer`; explanations, counterfactuals and the test of faithfulness know nothing
else of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue, Garment

if TYPE_CHECKING:
    from kg_fashion.inference.inferrer import AttributeInferrer


@dataclass(frozen=True, eq=False, slots=True)
class Pull:
    """An exact term of the score of a garment: all of them sum to the log-probabilities, up to a constant.

    Attributes:
        kind: "value" (a supplied value, a pair, an ancestor), "word" (of the name), "rule", "family",
            "examples" (nearness to those of a new value) or "bias".
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
        """Return how likely each value is one of a garment's, (n, n_values); its own value is not looked at."""

    def pulls(self, garment: Garment, target: str, /) -> list[Pull]:
        """Return the exact terms of a garment's score."""


class CatalogueScorer:
    """A trained inferrer, asked about garments in a catalogue's words.

    Args:
        inferrer: The model.
        catalogue: Whose words the garments' values are in.

    Example:
        >>> from kg_fashion import AttributeInferrer, read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> scorer = CatalogueScorer(AttributeInferrer.train(catalogue, targets=["season"]), catalogue)
        >>> scorer.proba(catalogue.garments[:2], "season").shape
        (2, 4)
    """

    def __init__(self, inferrer: "AttributeInferrer", catalogue: Catalogue) -> None:
        self._inferrer = inferrer
        self._catalogue = catalogue
        self._pulls: dict[tuple[str, str], tuple[Garment, list[Pull]]] = {}

    def values(self, target: str) -> tuple[str, ...]:
        """Return the IRIs of a target's values, in the columns' order."""
        return self._inferrer.values(target)

    def proba(self, garments: Sequence[Garment], target: str) -> NDArray[np.float32]:
        """Return how likely each value is one of a garment's, (n, n_values); its own value is not looked at."""
        return self._inferrer.predict_members(replace(self._catalogue, garments=tuple(garments)), target)

    def pulls(self, garment: Garment, target: str) -> list[Pull]:
        """Return the exact terms of a garment's score."""
        known = self._pulls.get((garment.iri, target))
        if known is None or known[0] != garment:
            self.prepare([garment], target)
        return self._pulls[garment.iri, target][1]

    def prepare(self, garments: Sequence[Garment], target: str) -> None:
        """Find the terms of many garments at once: the rules are run once for all."""
        asked = replace(self._catalogue, garments=tuple(garments))
        for garment, own in zip(garments, self._inferrer.pulls(asked, target), strict=True):
            self._pulls[garment.iri, target] = (garment, own)
