"""What a model keeps of the garments that it was trained on: enough to tell drift and what is plausible.

The garments themselves stay out of a model's folder; this is some hundred kilobytes for 35,000 of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from kg_fashion.catalog import Catalogue
from kg_fashion.inference.drift_baseline import Array, DriftBaseline
from kg_fashion.inference.seen_values import SeenValues
from kg_fashion.ontology import Ontology


@dataclass(frozen=True)
class TrainingRecord:
    """What is kept of a training catalogue.

    Attributes:
        drift: What another catalogue is held against.
        seen: Which values garments of a type have.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> record = TrainingRecord.of(catalogue, targets=["season"])
        >>> TrainingRecord.from_dict(record.to_dict(), catalogue.ontology) == record
        True
    """

    drift: DriftBaseline
    seen: SeenValues

    @classmethod
    def of(cls, catalogue: Catalogue, *, targets: Sequence[str], top: Mapping[str, Array] | None = None) -> Self:
        """Summarise a training catalogue.

        Args:
            catalogue: The garments trained on.
            targets: The attributes that the model completes.
            top: Target -> top probabilities of held-out garments, shape (n,).
        """
        return cls(DriftBaseline.of(catalogue, targets=targets, top=top), SeenValues.of(catalogue))

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"drift": self.drift.to_dict(), "seen": self.seen.to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], ontology: Ontology) -> Self:
        """Read it back from JSON.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: a field is missing or of another kind.
        """
        return cls(DriftBaseline.from_dict(record["drift"]), SeenValues.from_dict(record["seen"], ontology))

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(self.to_dict(), ensure_ascii=False), "utf-8")

    @classmethod
    def read(cls, path: Path, ontology: Ontology) -> Self:
        """Read it back.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is not such a record.
        """
        try:
            return cls.from_dict(json.loads(path.read_text("utf-8")), ontology)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}: not what is kept of a training catalogue: {error}") from error
