"""Membership: several values a garment, each with its own probability; one value a garment is left as it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, KnowledgeGraph, terms
from kg_fashion.catalog import write_enriched
from kg_fashion.inference import fillings, write_completions
from kg_fashion.inference.labels import label_matrix
from kg_fashion.inference.membership import Membership, _features, _loss, fit_membership


def test_the_loss_and_its_slope_are_those_worked_out_slowly() -> None:
    random = np.random.default_rng(0)
    said = random.dirichlet(np.ones(3), 8).astype(np.float32)
    has = (random.random((8, 3)) < 0.5).astype(np.float64)
    weights = random.normal(size=(3, 4))
    loss, slope = _loss(weights, _features(said), has)
    slow = 0.0
    for row in range(8):
        for value in range(3):
            logit = sum(weights[value, n] * np.log(said[row, n]) for n in range(3)) + weights[value, 3]
            p = 1 / (1 + np.exp(-logit))
            slow -= np.log(p if has[row, value] else 1 - p)
    assert np.isclose(loss, slow)
    step = np.zeros_like(weights)
    step[1, 2] = 1e-6
    assert np.isclose((_loss(weights + step, _features(said), has)[0] - loss) / 1e-6, slope[1, 2], rtol=1e-3)


def test_a_value_that_comes_with_another_is_found_though_the_model_gives_it_nothing() -> None:
    random = np.random.default_rng(1)
    first = random.random(200) < 0.5
    said = np.where(first[:, None], [0.9, 0.02, 0.08], [0.08, 0.02, 0.9]).astype(np.float32)
    truth = np.where(first[:, None], [1, 1, 0], [0, 0, 1]).astype(np.float32)
    membership = fit_membership(said, truth)
    assert membership is not None
    found = membership.apply(np.array([[0.9, 0.02, 0.08], [0.9, 0.0, 0.1]], dtype=np.float32))
    assert found[0, 1] > 0.9
    assert found[1, 1] == 0, "a value that is ruled out stays so"


def test_with_one_value_a_garment_there_is_nothing_to_learn(boutique: Catalogue) -> None:
    one = tuple(
        replace(garment, values={name: own[:1] for name, own in garment.values.items()}) for garment in boutique
    )
    single = replace(boutique, garments=one)
    inferrer = AttributeInferrer.train(single, targets=["season"], seed=0)
    said = inferrer.predict_proba(single, "season")
    assert np.array_equal(inferrer.predict_members(single, "season"), said)
    gap = inferrer.complete(single, threshold=0.1)[0]
    assert gap.values == (gap.value,)
    assert not gap.members
    assert not {"members", "values"} & gap.to_dict().keys()


def test_sets_are_better_than_the_best_value_alone(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    true = label_matrix(boutique, "season", inferrer.values("season")) > 0
    known = true.any(axis=1)
    said, membership = inferrer.held_out["season"][known], inferrer._models["season"].membership
    assert membership is not None
    members = membership.apply(said)
    one = np.eye(true.shape[1], dtype=bool)[said.argmax(axis=1)]

    def micro_f1(said: np.ndarray) -> float:
        return float(2 * (said & true[known]).sum() / (said.sum() + true[known].sum()))

    assert micro_f1((members >= 0.5) | one) > micro_f1(one) + 0.1
    assert abs(members.sum() - true.sum()) < 0.02 * true.sum(), "as many values as there are"


def test_a_completion_carries_all_likely_values(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    gaps = [gap for gap in inferrer.complete(boutique, targets=["season"]) if len(gap.values) > 1]
    assert gaps
    for gap in gaps:
        members = dict(gap.members)
        assert gap.values[0] == gap.value
        assert all(members[value] >= 0.5 for value in gap.values[1:])
        assert [p for _, p in gap.members] == sorted(members.values(), reverse=True)
    gap = gaps[0]
    value, p = gap.others[0]
    assert f", also {boutique.label(value)} {p:.2f}" in gap.text(boutique.label)
    assert f"，另有{boutique.label(value, 'zh')} {p:.2f}" in gap.text(lambda iri: boutique.label(iri, "zh"), lang="zh")
    assert gap.to_dict()["values"] == list(gap.values)


def test_all_likely_values_are_written(inferrer: AttributeInferrer, boutique: Catalogue, tmp_path: Path) -> None:
    gaps = inferrer.complete(boutique, targets=["season"])
    several = next(gap for gap in gaps if len(gap.values) > 1)
    path = tmp_path / "out.csv"
    written = write_enriched(boutique, fillings(gaps), ["season"], path)
    assert written.filled == sum(gap.value is not None for gap in gaps)
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith(f"{several.garment_id},"))
    assert "|".join(boutique.label(value) for value in several.values) in line
    graph = KnowledgeGraph()
    assert write_completions(graph, gaps) == sum(len(gap.values) for gap in gaps)
    asked = f"SELECT ?v {{ GRAPH ?any {{ <{several.garment}> <{terms.KGF.season}> ?v }} }}"
    assert {terms.expand(row[0]) for row in graph.query(asked).to_rows()} == set(several.values)


def test_saved_and_read_back() -> None:
    weights = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(Membership.from_list(Membership(weights).to_list()).weights, weights)
    with pytest.raises(ValueError, match="fit together"):
        Membership.from_list([[1.0], [2.0]])
