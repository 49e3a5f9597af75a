"""What is kept of a training catalogue, so that another one can be held against it (`drift.py`).

For each attribute the shares of its commonest values, all values and words that occurred, how often something new is
met, and how sure the model was of garments that it had not seen. Some tens of kilobytes, kept with the model.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment, name_words

Array = NDArray[np.floating[Any]]
MISSING, OTHER = "missing", "other"
"""The shares of garments without a value, and of those whose value has no share of its own."""
WORDS = "name"
"""Stands beside the attributes for the words of names."""
_TOP, _COMMON = 20, 20
"""Values with a share of their own: so many at most, each in so many training garments at least. A rarer one comes out
on top by luck, and its share falls back in any other catalogue."""
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model was of garments that it had not seen.

    Attributes:
        mean: Of the top probability.
        deviation: Its standard deviation.
        n: Garments.
    """

    mean: float
    deviation: float
    n: int

    @classmethod
    def of(cls, top: Array) -> Self:
        """Summarise top probabilities, shape (n,), n at least 1."""
        return cls(float(np.mean(top)), float(np.std(top)), len(top))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read it back from what `asdict` gave."""
        return cls(float(record["mean"]), float(record["deviation"]), int(record["n"]))


@dataclass(frozen=True)
class DriftBaseline:
    """What is kept of a training catalogue.

    Attributes:
        n: Garments.
        shares: Attribute -> the share of each of its commonest values, of "other" and of "missing"; sum 1.
        known: Attribute, or "name" for the words of names, -> all that occurred.
        news: The same -> the share of garments that would have had news had they been left out.
        confidence: Target -> top probabilities of held-out garments.
    """

    n: int
    shares: Mapping[str, Mapping[str, float]]
    known: Mapping[str, frozenset[str]]
    news: Mapping[str, float]
    confidence: Mapping[str, Confidence]

    @classmethod
    def of(cls, catalogue: Catalogue, *, targets: Sequence[str], top: Mapping[str, Array] | None = None) -> Self:
        """Summarise a training catalogue.

        Args:
            catalogue: The garments trained on, at least one.
            targets: Attributes that the model completes; they are missing where it is used, so they are not compared.
            top: Target -> top probabilities of held-out garments, shape (n,).

        Example:
            >>> from kg_fashion import read_catalogue
            >>> from kg_fashion.inference.drift import compare
            >>> from kg_fashion.resources import boutique_dir
            >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
            >>> baseline = DriftBaseline.of(catalogue, targets=("season", "occasion"))
            >>> compare(baseline, catalogue).warnings
            ()
        """
        attributes = [a for a in terms.ATTRIBUTES if a not in targets and any(a in g.values for g in catalogue)]
        counts = {a: Counter(v for g in catalogue for v in g.values.get(a, ())) for a in attributes}
        counts[WORDS] = Counter(word for garment in catalogue for word in _words(garment))
        return cls(
            len(catalogue),
            {
                a: shares_of(catalogue, a, [v for v, n in counts[a].most_common(_TOP) if n >= _COMMON])
                for a in attributes
            },
            {kind: frozenset(own) for kind, own in counts.items()},
            {kind: _news_if_left_out(catalogue, kind, own) for kind, own in counts.items()},
            {target: Confidence.of(own) for target, own in (top or {}).items() if len(own)},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "n": self.n,
            "shares": {attribute: dict(own) for attribute, own in self.shares.items()},
            "known": {kind: sorted(own) for kind, own in self.known.items()},
            "news": dict(self.news),
            "confidence": {target: asdict(own) for target, own in self.confidence.items()},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read it back from JSON.

        Raises:
            AttributeError: a field is no object.
            KeyError: a field is missing.
            TypeError: a field is of another kind.
            ValueError: a number is none.
        """
        return cls(
            int(record["n"]),
            {a: {value: float(share) for value, share in own.items()} for a, own in record["shares"].items()},
            {kind: frozenset(map(str, own)) for kind, own in record["known"].items()},
            {kind: float(share) for kind, share in record["news"].items()},
            {
                t: Confidence(float(c["mean"]), float(c["deviation"]), int(c["n"]))
                for t, c in record["confidence"].items()
            },
        )


def _words(garment: Garment) -> list[str]:
    return list(dict.fromkeys(word for name, _ in garment.labels for word in name_words(name)))


def things_of(garment: Garment, kind: str) -> Sequence[str]:
    """Return what may be new in a garment: its values of an attribute, or the words of its names."""
    return _words(garment) if kind == WORDS else garment.values.get(kind, ())


def is_news(own: Sequence[str], new: Sequence[bool], kind: str) -> bool:
    """Say whether a garment has news: any new value, or mostly new words."""
    return sum(new) > _MOSTLY * len(own) if kind == WORDS else any(new)


def _news_if_left_out(catalogue: Catalogue, kind: str, counts: Counter[str]) -> float:
    """Return the share of garments with news if each in turn were the one left out: what occurs once is new then."""
    each = (things_of(garment, kind) for garment in catalogue)
    return sum(is_news(own, [counts[x] == 1 for x in own], kind) for own in each) / len(catalogue)


def shares_of(catalogue: Catalogue, attribute: str, values: Sequence[str]) -> dict[str, float]:
    """Return the share of each value by each garment's first, of the others, and of garments without."""
    counts: Counter[str] = Counter()
    for garment in catalogue:
        own = garment.values.get(attribute)
        counts[MISSING if not own else own[0] if own[0] in values else OTHER] += 1
    return {value: counts[value] / len(catalogue) for value in (*values, OTHER, MISSING)}
