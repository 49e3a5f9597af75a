"""Baselines: fair in what they see, tuned on training garments only, and right where it can be computed by hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.errors import UnknownNameError
from kg_fashion.inference.baselines import BASELINES, Training, chosen_baselines, linear, mined, shares, text, trees
from kg_fashion.inference.evaluation import split_catalogue
from kg_fashion.reasoning.mining import MiningSettings, facts_of_catalogue, mine

TARGETS = ("season", "occasion")
QUICK = [
    name
    for name, baseline in BASELINES.items()
    if not (baseline.reads_names or baseline.is_part) and name not in ("rotate", "distmult")
]


@pytest.fixture(scope="module")
def training(boutique: Catalogue) -> Training:
    return Training(split_catalogue(boutique, "random", seed=0).train, TARGETS)


@pytest.fixture(scope="module")
def test(boutique: Catalogue) -> Catalogue:
    return split_catalogue(boutique, "random", seed=0).test.without(TARGETS)


@pytest.mark.parametrize("name", QUICK)
def test_probabilities_of_every_value_the_same_each_time(name: str, training: Training, test: Catalogue) -> None:
    found, again = (BASELINES[name].fit(training)(test) for _ in range(2))
    for target in TARGETS:
        assert found[target].shape == (len(test), len(training.values[target]))
        assert np.allclose(found[target].sum(axis=1), 1, atol=1e-4)
        assert np.array_equal(found[target], again[target])


@pytest.mark.parametrize("name", ["brand_type", "lightgbm", "logistic", "rules"])
def test_better_than_the_majority(name: str, training: Training, test: Catalogue, boutique: Catalogue) -> None:
    def losses(method: str) -> float:
        said = BASELINES[method].fit(training)(test)["season"]
        column = {value: number for number, value in enumerate(training.values["season"])}
        truth = [boutique.get(garment.id).values.get("season", ()) for garment in test]
        right = [sum(said[row, column[v]] for v in own) for row, own in enumerate(truth) if own]
        return float(-np.log(np.maximum(right, 1e-6)).mean())

    assert losses(name) < losses("majority") - 0.1


@pytest.mark.parametrize("grouped", [False, True])
def test_a_tenth_is_held_out_and_no_value_nor_group_is_torn(boutique: Catalogue, grouped: bool) -> None:
    groups = [garment.values.get("brand", ()) for garment in boutique] if grouped else None
    examples = Training(boutique, ("occasion",), groups=groups).examples("occasion")
    inside, outside = set(examples.rows[examples.inside]), set(examples.rows[examples.outside])
    assert set(examples.classes[examples.inside]) == set(examples.classes)
    assert inside | outside == {row for row, garment in enumerate(boutique) if garment.values.get("occasion")}
    assert not inside & outside
    assert len(outside) >= 0.09 * len(inside | outside)
    if groups is not None:
        assert not {groups[row] for row in inside} & {groups[row] for row in outside}
    else:
        assert len(outside) <= 0.11 * len(inside | outside)


def garments(boutique: Catalogue, rows: list[Mapping[str, str]]) -> Catalogue:
    made = tuple(
        Garment(str(n), f"urn:{n}", ((row.get("name", "A"), "en"),), {a: (v,) for a, v in row.items() if a != "name"})
        for n, row in enumerate(rows)
    )
    return replace(boutique, garments=made)


def test_shares_by_hand(boutique: Catalogue) -> None:
    """Groups so large and pure that the least m is chosen; then p = (count + m * wider) / (n + m), level by level."""
    rows = [{"type": f"t{n % 2}", "brand": f"b{n % 4}", "season": f"s{n % 4 // 2}"} for n in range(400)]
    training = Training(garments(boutique, rows), ("season",))
    asked = garments(boutique, [{"type": "t0", "brand": "b0"}, {"type": "t0", "brand": "new"}, {"type": "new"}])
    said = shares.of_brand_and_type(training)(asked)["season"]
    m = min(shares._STRENGTHS)
    assert said[2].tolist() == [0.5, 0.5]
    assert said[1].tolist() == pytest.approx([0.5, 0.5])
    assert said[0].tolist() == pytest.approx([(100 + m * 0.5) / (100 + m), m * 0.5 / (100 + m)])
    assert shares.majority(training)(asked)["season"].tolist() == [[0.5, 0.5]] * 3


def test_logistic_regression_reads_case_where_it_tells(boutique: Catalogue) -> None:
    rows = [{"name": f"{'Polo' if n % 2 else 'polo'} {n % 7}", "season": f"s{n % 2}"} for n in range(300)]
    predict = linear.logistic(Training(garments(boutique, rows), ("season",)))
    said = predict(garments(boutique, [{"name": "Polo"}, {"name": "polo"}]))["season"]
    assert said.argmax(axis=1).tolist() == [1, 0]


def test_tuning_finds_the_least_loss_nearby(training: Training) -> None:
    vocabulary = linear.Vocabulary(map(linear._features(str.split), training.hidden))
    table = vocabulary.table(map(linear._features(str.split), training.hidden))
    model = linear.Logistic(table, training.examples("season"), len(training.values["season"]))
    model.tune()
    best = linear._STRENGTHS.index(model.strength)
    around = [n for n in (best - 1, best + 1) if 0 <= n < len(linear._STRENGTHS)]
    assert all(model._loss(n) >= model.loss for n in around)


def test_a_mined_body_holds_where_each_of_its_atoms_does(training: Training) -> None:
    """Matched one by one against the values, their broader ones and what the ontology says of them."""
    facts = facts_of_catalogue(training.known)
    rules = mine(facts, MiningSettings(TARGETS, min_support=10, min_confidence=0.4)).rules
    bodies = mined._bodies(rules, "season")
    triples = {
        predicate: {(facts.nodes[s], facts.nodes[o]) for s, o in zip(*map(np.ndarray.tolist, edges), strict=True)}
        for predicate, edges in facts.edges.items()
    }

    def holds(subject: str, path: tuple[str, ...], value: str) -> bool:
        ends = {o for s, o in triples[path[0]] if s == subject}
        return value in ends if len(path) == 1 else any(holds(end, path[1:], value) for end in ends)

    some = training.hidden.subset(range(0, len(training.hidden), 40))
    fired = list(mined._firing(facts, some, bodies))
    for garment, own in zip(some, fired, strict=True):
        slow = [n for n, body in enumerate(bodies) if all(holds(garment.iri, *condition) for condition in body)]
        assert own == [*slow, len(bodies)]
    assert any(len(own) > 1 for own in fired)


def test_categories_that_training_lacks_are_missing(boutique: Catalogue) -> None:
    columns = trees.CategoryColumns(garments(boutique, [{"type": "a", "brand": "x"}, {"type": "b"}]), without=["brand"])
    table = columns.table(garments(boutique, [{"type": "b"}, {"type": "c"}, {}]))
    assert table[0].tolist() == [1.0]
    assert np.isnan(table[1:]).all()


def test_unknown_names_and_those_that_cannot_run() -> None:
    with pytest.raises(UnknownNameError, match="did you mean logistic"):
        chosen_baselines(["logistics"], TARGETS)
    with pytest.raises(UnknownNameError, match="there are majority, type"):
        chosen_baselines(["xyz"], TARGETS)
    found, skipped = chosen_baselines(["rules", "lightgbm_minilm"], [*TARGETS, "type"])
    assert skipped["rules"] == "cannot complete type"
    assert ("lightgbm_minilm" in found) == (text.lacks_encoder() is None)


@pytest.mark.skipif(text.lacks_encoder() is not None, reason="no text encoder is installed: the extra `text` has one")
def test_name_vectors_have_length_one_and_follow_meaning(training: Training, test: Catalogue) -> None:
    vectors = text.name_vectors(["red summer dress", "crimson sundress", "leather hiking boots"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    said = BASELINES["lightgbm_minilm"].fit(training)(test)
    assert np.allclose(said["season"].sum(axis=1), 1, atol=1e-4)


def test_no_baseline_sees_a_target(training: Training) -> None:
    assert not any(set(garment.values) & set(TARGETS) for garment in training.hidden)
    assert terms.KGF.Winter in training.values["season"]
