"""Evaluation of the ranker: the last fifth of the time is held out, every garment is a candidate."""

from collections.abc import Callable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kg_fashion.ranking.features import Context, GarmentFeatures
from kg_fashion.ranking.history import Event, History, season_of
from kg_fashion.ranking.model import popularity_on, score, train_ranker

Array = NDArray[np.float32]
_K = 10


def evaluate_ranker(
    features: GarmentFeatures, history: History, *, seed: int = 0, progress: Callable[[str], None] | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Compare the ranker with popularity, item neighbours and content similarity on later events.

    Returns:
        {"next_garment": {method: {ndcg_at_10, recall_at_10, mrr}}}, with 95% bootstrap bounds of ndcg_at_10.
    """
    until = history.events[int(len(history.events) * 0.8)].day
    past = [event for event in history.events if event.day < until]
    asked = [event for event in history.events if event.day >= until and event.positive]
    ranker = train_ranker(features, history, until=until, seed=seed, progress=progress)
    popular = popularity_on(past, until, len(features))
    neighbours = _neighbours(past, len(features))
    ranks: dict[str, list[int]] = {"kg_fashion": [], "popularity": [], "item_knn": [], "content": []}
    for event in asked:
        before = [earlier for earlier in history.by_person[event.person] if earlier.day < event.day]
        context = Context(event.day, season_of(event.day), event.occasion)
        liked = _liked(before, event.day, len(features))
        said = {
            "kg_fashion": score(ranker, features, before, context, popular).total,
            "popularity": popular,
            "item_knn": liked @ neighbours,
            "content": features.vectors @ (liked @ features.vectors),
        }
        for method, scores in said.items():
            ranks[method].append(rank_of(scores, event.garment))
    return {"next_garment": {method: _measure(np.array(own), seed) for method, own in ranks.items()}}


def rank_of(scores: Array, position: int) -> int:
    """Return the rank of a position, from 1; ties count half (realistic rank, rounded up).

    Example:
        >>> rank_of(np.array([0.1, 0.9, 0.9], dtype=np.float32), 1)
        2
    """
    own = scores[position]
    return int(np.ceil((scores > own).sum() + ((scores == own).sum() + 1) / 2))


def ndcg_at_k(rank: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return the normalised discounted gain of one relevant garment: 1 / log2(rank + 1) within the first k.

    Source: Jarvelin and Kekalainen 2002.

    Example:
        >>> ndcg_at_k(np.array([1, 3, 11]), 10).tolist()
        [1.0, 0.5, 0.0]
    """
    return np.where(rank <= k, 1.0 / np.log2(rank + 1.0), 0.0)


def _measure(ranks: NDArray[np.int64], seed: int) -> dict[str, float]:
    gains = ndcg_at_k(ranks, _K)
    drawn = np.random.default_rng(seed).choice(gains, size=(500, len(gains))).mean(axis=1)
    return {
        "ndcg_at_10": float(gains.mean()),
        "ndcg_at_10_low": float(np.quantile(drawn, 0.025)),
        "ndcg_at_10_high": float(np.quantile(drawn, 0.975)),
        "recall_at_10": float((ranks <= _K).mean()),
        "mrr": float((1.0 / ranks).mean()),
    }


def _liked(events: list[Event], today: date, n: int) -> Array:
    weights = np.zeros(n, dtype=np.float32)
    for event in events:
        weights[event.garment] += event.weight(today)
    return weights


def _neighbours(events: list[Event], n: int) -> Array:
    """Return the cosine between the sets of people of each two garments (item-based, Sarwar et al. 2001)."""
    people = {person: number for number, person in enumerate(sorted({event.person for event in events}))}
    table = np.zeros((n, len(people)), dtype=np.float32)
    for event in events:
        table[event.garment, people[event.person]] = float(event.positive)
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    return np.asarray(table @ table.T)
