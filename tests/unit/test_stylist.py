"""Ranking and the facade: reasons that add up, contexts that count, nothing that is owned."""

import itertools
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, Stylist, terms
from kg_fashion.errors import HistoryError, UnknownNameError
from kg_fashion.graph.measures import attribute_graph, personalised_pagerank
from kg_fashion.ranking import Context, GarmentFeatures, History, evaluate_ranker, mmr, read_history
from kg_fashion.ranking.features import HISTORY
from kg_fashion.resources import boutique_dir


@pytest.fixture(scope="module")
def history(boutique: Catalogue) -> History:
    return read_history(boutique_dir() / "history.csv", boutique)


@pytest.fixture(scope="module")
def stylist(boutique: Catalogue, history: History, inferrer: AttributeInferrer) -> Stylist:
    return Stylist.train(boutique, history, inferrer=inferrer, seed=0)


def test_ten_with_reasons_that_sum_to_the_score(stylist: Stylist) -> None:
    found = stylist.recommend("P002", occasion="business meeting", season="autumn")
    assert [item.rank for item in found] == list(range(1, 11))
    owned = {event.garment for event in stylist.history.of("P002") if event.kind == "buy"}
    for item in found:
        assert np.isclose(sum(item.contributions.values()), item.score, atol=1e-4)
        assert 1 <= len(item.reasons) <= 3
        assert 0 < item.gate < 1
        assert item.garment.iri not in {stylist.catalogue[number].iri for number in owned}


def test_the_context_changes_the_list_and_both_languages_name_it(stylist: Stylist) -> None:
    def ids(occasion: str) -> list[str]:
        return [item.garment.id for item in stylist.recommend("P002", occasion=occasion, season="autumn")]

    assert ids("business meeting") == ids("商务会议") == ids(terms.KGF.BusinessMeeting)
    assert len(set(ids("business meeting")) & set(ids("gym"))) < 4


def test_somebody_new_gets_a_list(stylist: Stylist) -> None:
    found = stylist.recommend(None, occasion="wedding", k=5)
    assert len(found) == 5


def test_diversity_spreads_the_list(stylist: Stylist) -> None:
    def likeness(diversity: float) -> float:
        found = stylist.recommend("P005", occasion="casual outing", season="summer", diversity=diversity)
        rows = [stylist.features.vectors[[g.id for g in stylist.catalogue].index(item.garment.id)] for item in found]
        return float(np.mean([a @ b for a, b in itertools.combinations(rows, 2)]))

    assert likeness(0.8) < likeness(0.0)


def test_mmr_without_diversity_is_plain_ranking() -> None:
    rng = np.random.default_rng(0)
    scores, vectors = rng.random(30, dtype=np.float32), rng.random((30, 4), dtype=np.float32)
    assert mmr(scores, vectors, 30, relevance=1.0) == np.argsort(-scores).tolist()


def test_unknown_names_are_told(stylist: Stylist) -> None:
    with pytest.raises(UnknownNameError, match="did you mean P0"):
        stylist.recommend("P00")
    with pytest.raises(UnknownNameError, match="no occasion 'busness meeting'; did you mean business meeting"):
        stylist.recommend("P002", occasion="busness meeting")


def test_features_against_a_slow_computation(stylist: Stylist) -> None:
    features = stylist.features
    events = stylist.history.of("P003")[:6]
    today = date(2025, 6, 1)
    got = dict(zip(HISTORY, features.history(events, today).T, strict=True))
    weights = [event.weight(today) for event in events]
    total = sum(
        abs(w)
        for w in {e.garment: sum(x.weight(today) for x in events if x.garment == e.garment) for e in events}.values()
    )
    for number in (0, 57, 400):
        similar = sum(
            w * float(features.vectors[number] @ features.vectors[e.garment])
            for w, e in zip(weights, events, strict=True)
        )
        assert np.isclose(got["similarity"][number], similar / total, atol=1e-4)
        own = set(stylist.catalogue[number].values.get("brand", ()))
        brands = sum(
            w
            for w, e in zip(weights, events, strict=True)
            if own & set(stylist.catalogue[e.garment].values.get("brand", ()))
        )
        assert np.isclose(got["brand"][number], brands / total, atol=1e-4)


def test_pagerank_against_power_iteration() -> None:
    graph = attribute_graph({"a": ["x", "y"], "b": ["x"], "c": ["y", "z"]})
    nodes = sorted(graph)
    weights = np.array([[graph.edges[u, v]["weight"] if graph.has_edge(u, v) else 0.0 for v in nodes] for u in nodes])
    step = weights / weights.sum(axis=1, keepdims=True)
    restart = np.array([float(node == "a") for node in nodes])
    rank = restart
    for _ in range(200):
        rank = 0.85 * rank @ step + 0.15 * restart
    got = personalised_pagerank(graph, {"a": 1.0})
    assert np.allclose([got[node] for node in nodes], rank, atol=1e-5)


def test_fit_of_a_supplied_season_is_certain(stylist: Stylist, boutique: Catalogue) -> None:
    fit = stylist.features.fit("season", terms.KGF.Winter)
    for number, garment in enumerate(boutique):
        if "season" in garment.values:
            assert fit[number] == float(terms.KGF.Winter in garment.values["season"])


def test_only_what_came_before_is_known(stylist: Stylist, history: History) -> None:
    assert not stylist.features.history([], date(2025, 1, 1)).any()
    assert stylist.features.context(Context(date(2025, 1, 1)), np.zeros(len(stylist.features), np.float32)).sum() == 0


def test_better_than_popularity(stylist: Stylist, history: History) -> None:
    found = evaluate_ranker(stylist.features, history, seed=0)["next_garment"]
    assert found["kg_fashion"]["ndcg_at_10"] > found["popularity"]["ndcg_at_10"]
    assert found["kg_fashion"]["ndcg_at_10_low"] <= found["kg_fashion"]["ndcg_at_10"]


def test_bad_history(tmp_path: Path, boutique: Catalogue) -> None:
    path = tmp_path / "history.csv"
    path.write_text(
        "person,sku,date,event,occasion\nP1,C001,2025-01-02,buy,\nP1,C999,2025-01-02,buy,\nP1,C001,x,buy,\n"
    )
    history = read_history(path, boutique)
    assert len(history.events) == 1
    assert [problem.line for problem in history.problems] == [3, 4]
    path.write_text("who,what\n")
    with pytest.raises(HistoryError, match="needs the columns"):
        read_history(path, boutique)
    with pytest.raises(HistoryError, match="no such file"):
        read_history(tmp_path / "none.csv", boutique)


def test_features_are_those_of_the_catalogue(stylist: Stylist, boutique: Catalogue) -> None:
    assert isinstance(stylist.features, GarmentFeatures)
    assert np.allclose(np.linalg.norm(stylist.features.vectors, axis=1), 1.0, atol=1e-5)
    assert len(stylist.features) == len(boutique)
