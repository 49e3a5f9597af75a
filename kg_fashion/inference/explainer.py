"""Explains what a model says of a garment.

The model's score is a sum (`scorer.py`), so the reasons are no estimate: what the sources of a garment add to the
log-probability of a value against the average over all values (`sources.py`), before the last, monotone step of
calibration. Knows nothing of a model but `Scorer`; `explain.py` puts the pieces together for a trained inferrer.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.errors import UnknownNameError
from kg_fashion.inference.completion import Reason
from kg_fashion.inference.counterfactual import changes_of, counterfactuals
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.neighbours import Neighbour
from kg_fashion.inference.rule_derivations import Derive
from kg_fashion.inference.scorer import Scorer
from kg_fashion.inference.seen_values import SeenValues
from kg_fashion.inference.sources import GarmentSources, Source
from kg_fashion.inference.veto import Veto
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.reasoning import Derivation, RuleSet


class Explainer:
    """Explains what a model says of garments.

    Args:
        scorer: The model.
        catalogue: In whose words the garments' values are.
        rules: For their labels.
        seen: Which values are plausible in counterfactuals; those of the catalogue's garments by default.
        derive: Finds how a rule came to speak; without it, rules are named only.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.inference.scorer import Pull
        >>> from kg_fashion.reasoning import load_rules
        >>> from kg_fashion.resources import boutique_dir
        >>> class Even:
        ...     def values(self, target): return (terms.KGF.Summer, terms.KGF.Winter)
        ...     def proba(self, garments, target): return np.full((len(garments), 2), 0.5, dtype=np.float32)
        ...     def pulls(self, garment, target): return [Pull("bias", "always=", np.array([0.2, 0.2]))]
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> said = Explainer(Even(), catalogue, load_rules()).explain(catalogue[0], "season")
        >>> said.head(), said.reasons[0].text("zh")
        ('C001 Slim navy blue wool blazer: season summer, probability 0.50', '总体常见程度（+0.00）')
    """

    def __init__(
        self,
        scorer: Scorer,
        catalogue: Catalogue,
        rules: RuleSet,
        *,
        seen: SeenValues | None = None,
        derive: Derive | None = None,
    ) -> None:
        self.scorer = scorer
        self.ontology = catalogue.ontology
        self.wording = ReasonWording.of(catalogue, rules)
        self._catalogue = catalogue
        self._derive = derive
        self._seen = SeenValues.of(catalogue) if seen is None else seen

    def sources(self, garment: Garment, target: str) -> GarmentSources:
        """Return what reasons for a garment may stand on: everything but its own value of the target."""
        bare = {attribute: own for attribute, own in garment.values.items() if attribute != target}
        return GarmentSources(Garment(garment.id, garment.iri, garment.labels, bare), self.ontology, self._names)

    def explain(
        self,
        garment: Garment,
        target: str,
        *,
        value: str | None = None,
        neighbours: Sequence[Neighbour] = (),
        vetoes: Sequence[Veto] = (),
        n_counterfactuals: int = 3,
        threshold: float = 0.0,
    ) -> Explanation:
        """Explain one value of one garment.

        The model is asked twice: for the probabilities of the garment and of every change of it together, and for the
        terms of the score.

        Args:
            garment: Any garment.
            target: The attribute.
            value: IRI of the value asked about; the most probable by default.
            neighbours: The nearest known garments, as `NearestGarments.query` gives them.
            vetoes: What is ruled out, as `AttributeInferrer.vetoes` tells it.
            n_counterfactuals: At most so many.
            threshold: Below this probability the explanation of the most probable value says that the gap would be
                left open.

        Raises:
            UnknownNameError: the model knows no such value of the attribute.
        """
        values = self.scorer.values(target)
        if value is not None and value not in values:
            known = ", ".join(map(terms.shorten, values))
            raise UnknownNameError(f"{terms.shorten(value)} is no {target} that the model knows; it knows {known}")
        own = self.sources(garment, target)
        changes = changes_of(own, target, self._seen, self.wording.label) if n_counterfactuals else []
        said = self.scorer.proba([garment, *(change.garment for change in changes)], target)
        column = int(said[0].argmax()) if value is None else values.index(value)
        reasons = tuple(self._reasons(own.sources(self.scorer.pulls(garment, target)), values, column))
        found = counterfactuals(
            changes, said, values=values, value=values[column], ontology=self.ontology, limit=n_counterfactuals
        )
        probability = float(said[0, column])
        ranked = tuple((values[n], float(said[0, n])) for n in np.argsort(-said[0], kind="stable"))
        return Explanation(
            garment, target, values[column], probability, ranked, reasons, found, tuple(neighbours),
            tuple(self._derivations(garment, reasons)), self.wording,
            left_open=value is None and probability < threshold, vetoes=tuple(vetoes),
        )  # fmt: skip

    def _reasons(self, sources: Sequence[Source], values: Sequence[str], column: int) -> list[Reason]:
        found = []
        for source in sources:
            known = tuple((value, n) for value, n in zip(values, source.counts, strict=False) if n)
            pull = float(source.logits[column] - source.logits.mean())
            found.append(Reason(source.kind, source.name, self.wording, pull, known))
        return sorted(found, key=lambda reason: -reason.pull)

    def _derivations(self, garment: Garment, reasons: Sequence[Reason]) -> Iterator[tuple[str, Derivation]]:
        for reason in reasons:
            tree = self._derive(garment, reason.name) if self._derive is not None and reason.kind == "rule" else None
            if tree is not None:
                yield reason.name, tree

    def _names(self, value: str) -> Iterator[str]:
        """Iterate over the texts that name a value."""
        yield from (text for text, _ in self.ontology.labels(value))
        yield self._catalogue.label(value)
