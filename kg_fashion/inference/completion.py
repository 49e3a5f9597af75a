"""A completion: a value for a gap, its calibrated probability, and the reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that pulled towards a value or away from it.

    Attributes:
        kind: "rule" or "attribute" (a value, a pair of values, or a word of the name).
        name: The rule's IRI or the part's key.
        label: The same in words.
        pull: In nats, against the average over all values; positive pulls towards the value.
    """

    kind: str
    name: str
    label: str
    pull: float

    def __str__(self) -> str:
        return f"{self.label} ({self.pull:+.2f})"


@dataclass(frozen=True, slots=True)
class Completion:
    """A value for a gap of a garment.

    Attributes:
        garment_id: The catalogue's identifier.
        garment: The garment's IRI.
        attribute: The attribute that lacked a value.
        value: The value's IRI; None where the best one stayed below the threshold.
        probability: The calibrated probability of the best value.
        alternatives: Every value with its probability, best first.
        reasons: The strongest first.
    """

    garment_id: str
    garment: str
    attribute: str
    value: str | None
    probability: float
    alternatives: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]

    @property
    def best(self) -> str:
        """The most probable value, whether above the threshold or not."""
        return self.alternatives[0][0]

    def reason_text(self) -> str:
        """Return the reasons in one line."""
        lead = "" if self.value is not None else "not sure enough; "
        return lead + "; ".join(map(str, self.reasons))

    def text(self, label: Callable[[str], str]) -> str:
        """Return the completion in one line."""
        value = label(self.value) if self.value is not None else f"undecided, perhaps {label(self.best)}"
        return f"{self.garment_id} {self.attribute}: {value} (p={self.probability:.2f}) because {self.reason_text()}"

    def to_dict(self) -> dict[str, Any]:
        """Return the completion for JSON."""
        return {
            "garment": self.garment_id,
            "attribute": self.attribute,
            "value": self.value,
            "probability": round(self.probability, 4),
            "alternatives": [[value, round(p, 4)] for value, p in self.alternatives],
            "reasons": [
                {"kind": r.kind, "name": r.name, "label": r.label, "pull": round(r.pull, 4)} for r in self.reasons
            ],
        }
