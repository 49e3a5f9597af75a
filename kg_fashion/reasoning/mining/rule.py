"""A mined rule: its body and head as triple patterns, and its counts."""

from dataclasses import dataclass

from kg_fashion.reasoning.mining.measures import ratio, wilson_interval
from kg_fashion.reasoning.syntax import Pattern


@dataclass(frozen=True, slots=True)
class MinedRule:
    """A rule that the graph bears out; see `measures` for what the counts mean.

    Attributes:
        body: One to three atoms; the head's subject is ?g.
        head: The atom that it predicts, in the property that it was learned for.
        support: Pairs predicted that the graph holds.
        predicted: Pairs predicted.
        predicted_known: Pairs predicted whose subject has some value of the property.
        head_size: Pairs that the head atom holds for.
    """

    body: tuple[Pattern, ...]
    head: Pattern
    support: int
    predicted: int
    predicted_known: int
    head_size: int

    @property
    def head_coverage(self) -> float:
        """The support over the size of the head."""
        return float(ratio(self.support, self.head_size))

    @property
    def standard_confidence(self) -> float:
        """The support over all pairs predicted."""
        return float(ratio(self.support, self.predicted))

    @property
    def confidence(self) -> float:
        """The PCA confidence: the support over the pairs predicted whose subject has some value."""
        return float(ratio(self.support, self.predicted_known))

    @property
    def confidence_interval(self) -> tuple[float, float]:
        """The 95% Wilson interval of the PCA confidence."""
        low, high = wilson_interval(self.support, self.predicted_known)
        return float(low), float(high)
