"""PyKEEN's transductive models as baselines."""

import numpy as np
import pytest
from scipy.special import softmax

from kg_fashion import Catalogue
from kg_fashion.errors import NotTrainedError, UnknownNameError
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.transductive import (
    TRANSDUCTIVE,
    EntityGraph,
    TransductiveSettings,
    calibrate,
    held_out,
    probabilities,
    transductive,
)

_SHORT = TransductiveSettings(dim=16, epochs=6, race=3, check_every=3, batch_size=256, margins=(5.0,))


@pytest.fixture(scope="module")
def halves(boutique: Catalogue) -> tuple[Catalogue, Catalogue]:
    order = np.random.default_rng(0).permutation(len(boutique))
    return boutique.subset(order[80:]), boutique.subset(order[:80])


@pytest.mark.parametrize("model", TRANSDUCTIVE)
def test_every_model_gives_distributions_and_gives_them_again(halves: tuple[Catalogue, Catalogue], model: str) -> None:
    train, test = halves
    values = {target: target_values(train, target) for target in ("season", "department")}
    hidden = test.without(values)
    one = transductive(train, hidden, values, model=model, seed=3, settings=_SHORT)
    two = transductive(train, hidden, values, model=model, seed=3, settings=_SHORT)
    for target, own in values.items():
        assert one[target].shape == (len(test), len(own))
        np.testing.assert_allclose(one[target].sum(axis=1), 1.0, rtol=1e-5)
        np.testing.assert_array_equal(one[target], two[target])


def test_it_learns_more_than_the_shares(halves: tuple[Catalogue, Catalogue]) -> None:
    train, test = halves
    values = {"formality": target_values(train, "formality")}
    truth = label_matrix(test, "formality", values["formality"])
    settings = TransductiveSettings(dim=32, epochs=60, race=60, check_every=20, batch_size=256, margins=(5.0,))
    said = transductive(train, test.without(values), values, seed=0, settings=settings)["formality"]
    majority = label_matrix(train, "formality", values["formality"]).sum(axis=0).argmax()
    asked = truth.sum(axis=1) > 0
    hit = (truth[np.arange(len(truth)), said.argmax(axis=1)] > 0)[asked].mean()
    assert hit > (truth[asked, majority] > 0).mean() + 0.1


def test_the_hidden_values_of_test_garments_are_no_triples(halves: tuple[Catalogue, Catalogue]) -> None:
    train, test = halves
    values = {"season": target_values(train, "season")}
    graph = EntityGraph([*train, *test.without(["season"])], values)
    seasons = graph.triples[graph.triples[:, 1] == graph.relations["season"]]
    assert seasons[:, 0].max() < len(train)
    expected = sum(len(own) for garment in train for own in garment.values.values())
    expected += sum(len(own) for garment in test.without(["season"]) for own in garment.values.values())
    assert len(graph.triples) == expected


def test_held_out_together_or_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    known = {name: (rng.random((400, 1)) < 0.8).astype(np.float32) for name in ("season", "colour", "type")}
    joint = held_out(known, share=0.5, together=True, seed=1)
    single = held_out(known, share=0.5, together=False, seed=1)
    for rows in (joint, single):
        for target, own in rows.items():
            assert known[target][own].all()
    assert set(joint["season"]) & set(joint["colour"])
    everyone = np.concatenate(list(single.values()))
    assert len(everyone) == len(set(everyone.tolist()))
    assert min(map(len, single.values())) > 30


def test_probabilities_are_the_softmax_by_hand() -> None:
    scores = np.random.default_rng(0).normal(size=(5, 3))
    shares = np.array([0.5, 0.3, 0.2])
    expected = softmax(2.0 * scores + 0.7 * np.log(shares), axis=1)
    np.testing.assert_allclose(probabilities(scores, shares, 2.0, 0.7), expected, rtol=1e-5)


def test_calibration_finds_the_scale_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.6, 0.3, 0.1])
    scores = rng.normal(size=(20_000, 3))
    true = [rng.choice(3, p=row) for row in softmax(1.5 * scores + np.log(shares), axis=1)]
    scale, prior = calibrate(scores, np.eye(3, dtype=np.float32)[true], shares)
    assert scale == pytest.approx(1.5, abs=0.1)
    assert prior == pytest.approx(1.0, abs=0.1)


def test_unknown_models_and_empty_targets_are_refused(halves: tuple[Catalogue, Catalogue]) -> None:
    train, test = halves
    with pytest.raises(UnknownNameError, match="did you mean"):
        transductive(train, test, {}, model="RotatEE", seed=0)
    values = {"season": train.ontology.values("season")}
    with pytest.raises(NotTrainedError, match="season"):
        transductive(train.without(["season"]), test, values, seed=0)
