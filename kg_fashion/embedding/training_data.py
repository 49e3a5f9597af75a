"""What an embedding is trained on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from kg_fashion.embedding.model import Array, EmbeddingSettings
from kg_fashion.embedding.parts import Ids, Parts


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What is learned from.

    Attributes:
        parts: Of each garment, with its targets.
        labels: Target -> what is known, shape (n_garments, n_values), rows sum to 1 or, where unknown, 0.
        values: Target -> the IRIs of its values, in the columns' order.
        shares: The labels are distributions to be met; by default any of a garment's values is right.
    """

    parts: Parts
    labels: Mapping[str, Array]
    values: Mapping[str, tuple[str, ...]]
    shares: bool = False

    def take(self, rows: Ids) -> "TrainingData":
        """Return the same of some of the garments."""
        labels = {target: own[rows] for target, own in self.labels.items()}
        return replace(self, parts=self.parts.take(rows), labels=labels)

    def digest(self, settings: EmbeddingSettings, seed: int) -> str:
        """Return what tells one training from another: all that its result depends on."""
        found = hashlib.sha256(json.dumps([asdict(settings), seed, self.shares, dict(self.values)]).encode())
        for own in (self.parts.keys, self.parts.starts, *self.labels.values()):
            found.update(np.ascontiguousarray(own).data)
        found.update("\n".join(self.parts.symbols.texts).encode())
        return found.hexdigest()
