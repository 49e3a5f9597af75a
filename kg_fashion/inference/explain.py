"""Explains what a trained inferrer says of one garment: reasons, counterfactuals, derivations, nearest known garments.

Puts together `explainer.py` (any model whose score is a sum), `rule_derivations.py` and `neighbours.py`. The vectors of
the known garments are composed once; a further explanation asks the model about one garment and its changes.
"""

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.inference.evidence import RuleEvidence
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.neighbours import NearestGarments, Neighbour
from kg_fashion.inference.rule_derivations import Derive, RuleDerivations
from kg_fashion.inference.scorer import CatalogueScorer
from kg_fashion.reasoning import Derivation

if TYPE_CHECKING:
    from kg_fashion.inference.inferrer import AttributeInferrer

_NEIGHBOURS = 3


class KnownGarments:
    """Garments to name the nearest of, by vectors that know nothing of the attribute that is asked for.

    The mean of their vectors is taken off first: what all garments share would make every two of them alike (Mu and
    Viswanath 2018, "All-but-the-Top").

    Args:
        inferrer: Composes the vectors.
        catalogue: The known garments.

    Example:
        >>> from kg_fashion import AttributeInferrer, read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> known = KnownGarments(AttributeInferrer.train(catalogue, targets=["season"]), catalogue)
        >>> [near.garment.id for near in known.nearest(catalogue.subset([0]), "season")][0] != catalogue[0].id
        True
    """

    def __init__(self, inferrer: "AttributeInferrer", catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._inferrer = inferrer
        self._by_target: dict[str, tuple[NearestGarments, NDArray[np.float32]]] = {}

    def nearest(self, one: Catalogue, target: str, k: int = _NEIGHBOURS) -> tuple[Neighbour, ...]:
        """Return the nearest garments with a value of the target, the nearest first; never the garment itself.

        Args:
            one: A catalogue of one garment.
            target: The attribute.
            k: At most so many.
        """
        if target not in self._by_target:
            vectors = self._inferrer.vectors(self.catalogue.without((target,)))
            mean = vectors.mean(axis=0)
            self._by_target[target] = (NearestGarments(vectors - mean, self.catalogue.garments), mean)
        known, mean = self._by_target[target]
        vectors = self._inferrer.vectors(one.without((target,))) - mean
        (found,) = known.query(vectors, k, target=target, leave_out=[one[0].id])
        return found


def explain(
    inferrer: "AttributeInferrer",
    evidence: RuleEvidence,
    known: KnownGarments,
    catalogue: Catalogue,
    garment: Garment,
    target: str,
    *,
    value: str | None = None,
    threshold: float = 0.0,
) -> Explanation:
    """Explain one value of one garment.

    Args:
        inferrer: The trained model.
        evidence: The model's rules.
        known: Garments to name the nearest of.
        catalogue: In whose words the garment's values are.
        garment: The garment; its own value of the target is not looked at.
        target: The attribute.
        value: IRI of the value asked about; the most probable by default.
        threshold: Below this probability the explanation of the most probable value says that the gap would be
            left open.

    Raises:
        UnknownNameError: the model was not trained for the attribute, or knows no such value of it.
    """
    inferrer.values(target)
    one = replace(catalogue, garments=(garment,))
    explainer = Explainer(
        CatalogueScorer(inferrer, one), catalogue, inferrer.rules, seen=inferrer.record.seen,
        derive=_derive(evidence, one.without(inferrer.targets), target),
    )  # fmt: skip
    near = known.nearest(one, target)
    (vetoes,) = inferrer.vetoes(one, target)
    return explainer.explain(garment, target, value=value, neighbours=near, vetoes=vetoes, threshold=threshold)


def _derive(evidence: RuleEvidence, bare: Catalogue, target: str) -> Derive:
    """Reason over the garment without its targets, as the model does; not before a rule is asked about."""

    @cache
    def trees() -> dict[str, Derivation | None]:
        with evidence.closed(bare) as closure:
            found = RuleDerivations(closure, target)
            return {rule: found(bare[0], rule) for rule in found.rules(bare[0])}

    return lambda _, rule: trees().get(rule)
