"""A completion: a value for a gap, its calibrated probability, and the reasons.

Many are made at once from arrays (`completions_of`); a reason is made, and worded in English or Chinese, only when it
is looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Garment
from kg_fashion.inference.veto import Veto, Vetoes, vetoes_text
from kg_fashion.inference.wording import ReasonWording

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that pulled towards a value or away from it.

    Attributes:
        kind: "rule", "value" (supplied, with all that follows from it), "word" (of the name), "form" (how the name is
            written), "family" (known garments like it), "examples" (nearness to those of a new value) or "bias" (how
            common the value is).
        name: The rule's IRI or the part's key.
        words: What it says, or the wording that says it when it is asked for.
        pull: In nats, against the average over all values; positive pulls towards the value.
        known: For a family, how many of its known garments have which value.

    Example:
        >>> wording = ReasonWording(lambda iri, lang: terms.local_name(iri), lambda iri, lang: iri)
        >>> reason = Reason("value", f"material={terms.KGF.Wool}", wording, 1.234)
        >>> str(reason), reason.text("zh")
        ('material Wool (+1.23)', 'material“Wool”（+1.23）')
    """

    kind: str
    name: str
    words: str | ReasonWording = field(compare=False)
    pull: float
    known: tuple[tuple[str, float], ...] = ()

    @property
    def label(self) -> str:
        """What it says, in English."""
        return self.said()

    def said(self, lang: str = "en") -> str:
        """Return what it says, in a language."""
        return self.words if isinstance(self.words, str) else self.words.reason(self.kind, self.name, lang, self.known)

    def text(self, lang: str = "en") -> str:
        """Return what it says and how much it pulls."""
        return f"{self.said(lang)}（{self.pull:+.2f}）" if lang == "zh" else f"{self.said(lang)} ({self.pull:+.2f})"

    def __str__(self) -> str:
        return self.text()

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the reason for JSON."""
        record = {"kind": self.kind, "name": self.name, "label": self.said(lang), "pull": round(self.pull, 4)}
        return record | {"known": [list(pair) for pair in self.known]} if self.known else record


@dataclass(frozen=True, slots=True)
class Completion:
    """A value for a gap of a garment.

    Attributes:
        garment_id: The catalogue's identifier.
        garment: The garment's IRI.
        attribute: The attribute that lacked a value.
        value: The value's IRI; None where the best one stayed below the threshold.
        probability: The calibrated probability that the best value is one of the garment's.
        alternatives: Every value with its probability to be one of the garment's, best first.
        reasons: The strongest first.
        vetoes: The values that hard knowledge rules out; where those are all, none is ruled out.
        members: Where garments have several values of the attribute: every value with the probability that it is among
            this garment's, best first; else empty.
        others: The values beside the best one whose membership reaches the threshold, each with its probability.
    """

    garment_id: str
    garment: str
    attribute: str
    value: str | None
    probability: float
    alternatives: Sequence[tuple[str, float]]
    reasons: Sequence[Reason]
    vetoes: Sequence[Veto] = ()
    members: Sequence[tuple[str, float]] = ()
    others: Sequence[tuple[str, float]] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """All values that fill the gap, the most probable first; none where it is left open."""
        return () if self.value is None else (self.value, *(value for value, _ in self.others))

    @property
    def best(self) -> str:
        """The most probable value, whether above the threshold or not."""
        return self.alternatives[0][0]

    def reason_text(self, lang: str = "en") -> str:
        """Return the reasons in one line."""
        lead = "" if self.value is not None else _FIXED.fixed("unsure", lang)
        joint = _FIXED.fixed("list", lang)
        ruled_out = vetoes_text(self.vetoes, lang)
        if ruled_out and len(self.vetoes) == len(self.alternatives):
            ruled_out = _FIXED.fixed("conflict", lang, ruled_out)
        return lead + joint.join([*(reason.text(lang) for reason in self.reasons), *([ruled_out] if ruled_out else [])])

    def text(self, label: Callable[[str], str], *, lang: str = "en") -> str:
        """Return the completion in one line.

        Args:
            label: IRI -> word, in the same language.
            lang: en or zh.
        """
        also = "".join(_FIXED.fixed("also", lang, label(iri), p) for iri, p in self.others)
        value = label(self.best) + also if self.value is not None else _FIXED.fixed("undecided", lang, label(self.best))
        attribute = self.attribute if lang == "en" else label(terms.ATTRIBUTES[self.attribute])
        said = self.reason_text(lang)
        return _FIXED.fixed("completion", lang, self.garment_id, attribute, value, self.probability, said)

    def to_dict(self, *, lang: str = "en") -> dict[str, Any]:
        """Return the completion for JSON."""
        return {
            "garment": self.garment_id,
            "attribute": self.attribute,
            "value": self.value,
            "probability": round(self.probability, 4),
            "alternatives": [[value, round(p, 4)] for value, p in self.alternatives],
            "reasons": [reason.to_dict(lang) for reason in self.reasons],
            **({"values": list(self.values)} if self.members else {}),
            **({"members": [[value, round(p, 4)] for value, p in self.members]} if self.members else {}),
            **({"vetoes": [veto.to_dict(lang) for veto in self.vetoes]} if self.vetoes else {}),
        }


_FIXED = ReasonWording(lambda iri, _: iri, lambda iri, _: iri)


class _Lazy(Sequence[T]):
    """A tuple that is made when it is looked at; equal to any sequence of the same items."""

    __slots__ = ("_make", "_row")

    def __init__(self, make: Callable[[int], tuple[T, ...]], row: int) -> None:
        self._make = make
        self._row = row

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._make(self._row)[index]

    def __iter__(self) -> Iterator[T]:
        return iter(self._make(self._row))

    def __len__(self) -> int:
        return len(self._make(self._row))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._make(self._row) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._make(self._row))

    def __repr__(self) -> str:
        return repr(self._make(self._row))


@dataclass(frozen=True, eq=False)
class ChosenReasons:
    """The strongest reasons of many garments, as arrays.

    Attributes:
        names: (kind, name) of each reason that occurs.
        chosen: Positions in `names`, the strongest first, -1 where there are no more, shape (n, k), int.
        pulls: In nats, shape (n, k), float32.
        wording: How to say them.

    Example:
        >>> wording = ReasonWording(lambda iri, lang: iri, lambda iri, lang: "wool suits winter")
        >>> pulls = np.array([[0.5, 0.0]], dtype=np.float32)
        >>> ChosenReasons([("rule", "urn:r")], np.array([[0, -1]]), pulls, wording).row(0)[0].text()
        'wool suits winter (+0.50)'
    """

    names: Sequence[tuple[str, str]]
    chosen: NDArray[np.integer[Any]]
    pulls: NDArray[np.float32]
    wording: ReasonWording

    def row(self, row: int) -> tuple[Reason, ...]:
        """Return one garment's reasons."""
        found = [pair for pair in zip(self.chosen[row].tolist(), self.pulls[row].tolist(), strict=True) if pair[0] >= 0]
        return tuple(Reason(self.names[n][0], self.names[n][1], self.wording, pull) for n, pull in found)


def completions_of(
    garments: Sequence[Garment],
    attribute: str,
    values: Sequence[str],
    probabilities: NDArray[np.float32],
    *,
    threshold: float,
    reasons: ChosenReasons | None = None,
    vetoes: Vetoes | None = None,
    several: bool = False,
) -> list[Completion]:
    """Make the completions of many garments from arrays; alternatives and reasons are made when they are looked at.

    Args:
        garments: The garments that lack the attribute, n.
        attribute: The attribute.
        values: IRIs, in the columns' order.
        probabilities: How likely each value is one of the garment's, shape (n, n_values).
        threshold: Below this probability the value is left open (None).
        reasons: Of the best value of each; none by default.
        vetoes: Of each; none by default. Worded as the reasons are.
        several: Garments may have several values.

    Example:
        >>> coat = Garment("1", "urn:1", (), {})
        >>> said = np.array([[0.25, 0.75]], dtype=np.float32)
        >>> (found,) = completions_of([coat], "season", ["urn:summer", "urn:winter"], said, threshold=0.8)
        >>> found.best, found.value, found.alternatives
        ('urn:winter', None, (('urn:winter', 0.75), ('urn:summer', 0.25)))
    """

    def alternatives(row: int) -> tuple[tuple[str, float], ...]:
        own = probabilities[row]
        return tuple((values[n], float(own[n])) for n in np.argsort(-own, kind="stable"))

    def others(row: int) -> tuple[tuple[str, float], ...]:
        return tuple(pair for pair in alternatives(row) if pair[1] >= threshold and pair[0] != values[best[row]])

    def ruled_out(row: int) -> tuple[Veto, ...]:
        return () if vetoes is None else vetoes.of_garment(row, values, _FIXED if reasons is None else reasons.wording)

    vetoed = np.zeros(len(garments), dtype=np.bool_) if vetoes is None else np.any(vetoes.by >= 0, axis=1)
    best, top = probabilities.argmax(axis=1).tolist(), probabilities.max(axis=1).tolist()
    ranked = [_Lazy(alternatives, row) for row in range(len(garments))]
    why = [_Lazy(reasons.row, row) for row in range(len(garments))] if reasons is not None else [()] * len(garments)
    return [
        Completion(
            garment.id, garment.iri, attribute, values[n] if p >= threshold else None, p,
            ranked[row], why[row], _Lazy(ruled_out, row) if vetoed[row] else (),
            *((ranked[row], _Lazy(others, row) if p >= threshold else ()) if several else ()),
        )
        for row, (garment, n, p) in enumerate(zip(garments, best, top, strict=True))
    ]  # fmt: skip
