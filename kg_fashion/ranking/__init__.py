"""Ranking: history, graph features, a gated ranker, diversity, evaluation."""

from kg_fashion.ranking.diversity import mmr
from kg_fashion.ranking.evaluate import evaluate_ranker
from kg_fashion.ranking.features import Context, GarmentFeatures
from kg_fashion.ranking.history import Event, History, read_history, season_of
from kg_fashion.ranking.model import GatedRanker, Scores, popularity_on, score, train_ranker

__all__ = [
    "Context",
    "Event",
    "GarmentFeatures",
    "GatedRanker",
    "History",
    "Scores",
    "evaluate_ranker",
    "mmr",
    "popularity_on",
    "read_history",
    "score",
    "season_of",
    "train_ranker",
]
