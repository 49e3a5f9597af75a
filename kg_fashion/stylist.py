"""The facade for stylist tools: wires history, ranker and diversity; holds no algorithm of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment, Lexicon
from kg_fashion.inference import AttributeInferrer
from kg_fashion.ranking import (
    Context,
    Event,
    GarmentFeatures,
    GatedRanker,
    History,
    Scores,
    mmr,
    popularity_on,
    score,
    season_of,
    train_ranker,
)
from kg_fashion.ranking.features import HISTORY

_ENOUGH = 5
_POOL = 4


@dataclass(frozen=True)
class Recommendation:
    """A garment, and why.

    Attributes:
        rank: From 1.
        garment: The garment.
        score: The ranker's; higher is better.
        reasons: In words, the strongest first.
        contributions: Feature -> what it gave to the score.
        gate: The share of the history in the score, 0 to 1.
    """

    rank: int
    garment: Garment
    score: float
    reasons: tuple[str, ...]
    contributions: dict[str, float]
    gate: float


class Stylist:
    """Recommends garments; made by `train`."""

    def __init__(self, features: GarmentFeatures, history: History, ranker: GatedRanker) -> None:
        self.features = features
        self.history = history
        self.ranker = ranker
        self.catalogue = features.catalogue
        self._popularity = popularity_on(history.events, history.last_day, len(features))

    @classmethod
    def train(
        cls,
        catalogue: Catalogue,
        history: History,
        *,
        inferrer: AttributeInferrer | None = None,
        seed: int = 0,
        progress: Callable[[str], None] | None = None,
    ) -> Self:
        """Train on what people did.

        Args:
            catalogue: The garments.
            history: What people did with them.
            inferrer: Gives fits and vectors; trained on the catalogue by default.
            seed: Of every random choice.
            progress: Called with a line of text now and then.
        """
        known = inferrer or AttributeInferrer.train(catalogue, seed=seed, progress=progress)
        features = GarmentFeatures(catalogue, known)
        return cls(features, history, train_ranker(features, history, seed=seed, progress=progress))

    def recommend(
        self,
        person: str | None,
        *,
        occasion: str | None = None,
        season: str | None = None,
        k: int = 10,
        diversity: float = 0.15,
    ) -> list[Recommendation]:
        """Recommend garments that the person does not own.

        Args:
            person: Who; None for somebody without a history.
            occasion: A word in English or Chinese, a local name, or an IRI.
            season: Likewise; the season of the history's last day by default.
            k: How many.
            diversity: 0 ranks by score alone; higher spreads the list more, up to 1.

        Raises:
            UnknownNameError: no such person, occasion or season.
        """
        events = self.history.of(person) if person is not None else []
        today = self.history.last_day
        chosen_season = self._value("season", season) if season else season_of(today)
        context = Context(today, chosen_season, self._value("occasion", occasion) if occasion else None)
        scores = score(self.ranker, self.features, events, context, self._popularity)
        candidates = self._candidates(events)
        candidates = candidates[np.argsort(-scores.total[candidates], kind="stable")][: _POOL * k]
        own = scores.total[candidates]
        scaled = (own - own.min()) / max(1e-9, float(own.max() - own.min()))
        vectors = self.features.vectors[candidates]
        order = mmr(scaled, vectors, k, relevance=1.0 - diversity)
        return [
            self._recommendation(rank, int(candidates[position]), scores, events, context)
            for rank, position in enumerate(order, start=1)
        ]

    def _value(self, attribute: str, word: str) -> str:
        ontology = self.catalogue.ontology
        return word if word in ontology.declared else Lexicon(ontology).find(attribute, word)

    def _candidates(self, events: list[Event]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Leave out what the person owns, and departments in which nothing ever pleased."""
        owned = {event.garment for event in events if event.kind == "buy"}
        pleased = [self._department(event.garment) for event in events if event.positive]
        wanted = {*pleased, terms.KGF.Unisex, ""} if len(pleased) >= _ENOUGH else None
        return np.array(
            [
                number
                for number in range(len(self.features))
                if number not in owned and (wanted is None or self._department(number) in wanted)
            ]
        )

    def _department(self, number: int) -> str:
        return next(iter(self.catalogue[number].values.get("department", ())), "")

    def _recommendation(
        self, rank: int, number: int, scores: Scores, events: list[Event], context: Context
    ) -> Recommendation:
        garment = self.catalogue[number]
        given = {name: float(column[number]) for name, column in scores.contributions.items()}
        strongest = sorted((name for name in given if given[name] > 0), key=lambda name: -given[name])
        past = next((name for name in strongest if name in HISTORY), None)
        order = [*[name for name in strongest if name != past][:2], *([past] if past else []), *strongest]
        reasons = (self._reason(name, number, events, context) for name in order)
        kept = list(dict.fromkeys(reason for reason in reasons if reason))[:3]
        return Recommendation(rank, garment, float(scores.total[number]), tuple(kept), given, scores.gate)

    def _reason(self, feature: str, number: int, events: list[Event], context: Context) -> str:
        """Say in words what a feature stands for."""
        if feature in ("season_fit", "occasion_fit"):
            target = feature.removesuffix("_fit")
            value = context.season if target == "season" else context.occasion
            fit = float(self.features.fit(target, value)[number])
            return f"suits {self.catalogue.label(value)} ({fit:.2f})" if value else ""
        if feature == "popularity":
            return "much liked by others now"
        if feature == "interest":
            return "you looked at it before"
        if feature in ("style", "colour", "brand", "kind"):
            attribute = "type" if feature == "kind" else feature
            values = self.catalogue[number].values.get(attribute, ())
            return f"{attribute} {self.catalogue.label(values[0])}, which you often choose" if values else ""
        nearest = self._nearest_liked(number, events)
        return f"like the {nearest} that you liked" if nearest else ""

    def _nearest_liked(self, number: int, events: list[Event]) -> str:
        liked = [event.garment for event in events if event.kind in ("like", "buy") and event.garment != number]
        if not liked:
            return ""
        nearest = max(liked, key=lambda other: float(self.features.vectors[number] @ self.features.vectors[other]))
        return self.catalogue[nearest].name
