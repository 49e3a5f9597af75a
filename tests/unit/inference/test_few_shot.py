"""A new value from a few examples: found in their like, hardly elsewhere, and trained values keep their proportions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.errors import InputError, NotTrainedError, UnknownNameError
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.few_shot import NewValue, extend_probabilities
from kg_fashion.inference.scorer import CatalogueScorer

GALA, PROM = terms.KGF.Gala, terms.KGF.Prom


@pytest.fixture(scope="module")
def gowns(boutique: Catalogue) -> Catalogue:
    """What goes to a gala: evening dresses and dinner jackets."""
    rows = [
        row for row, garment in enumerate(boutique) if terms.KGF.FormalEvening in garment.values.get("occasion", ())
    ]
    assert len(rows) >= 5
    return boutique.subset(rows)


@pytest.fixture(scope="module")
def added(inferrer: AttributeInferrer, boutique: Catalogue, gowns: Catalogue) -> AttributeInferrer:
    return inferrer.with_value("occasion", GALA, gowns.garments[:3], known=boutique)


def cloud(n: int, centre: float, seed: int) -> np.ndarray:
    """Unit vectors around a direction of 32."""
    away = np.random.default_rng(seed).normal(size=(n, 32))
    away[:, 0] += centre
    return (away / np.linalg.norm(away, axis=1, keepdims=True)).astype(np.float32)


def test_log_odds_by_hand() -> None:
    """Against the mean of the known garments, from the score that 1 in 200 of them exceeds."""
    examples, known, garments = cloud(4, 8.0, 0), cloud(600, 0.0, 1), cloud(20, 4.0, 2)

    def score(x: np.ndarray) -> float:
        near, far = (((x - own.mean(axis=0)) ** 2).sum() for own in (examples, known))
        return float(6 * 4**0.3 * (far - near))

    threshold = sorted(map(score, known))[-3]  # 3 of 600 are 1 in 200: two exceed it
    expected = [score(x) - threshold for x in garments]
    assert np.allclose(NewValue.learn(GALA, examples, known).log_odds(garments), expected, atol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_a_handful_of_examples_neither_swallows_nor_vanishes(n: int) -> None:
    value = NewValue.learn(GALA, cloud(n, 8.0, 0), cloud(3000, 0.0, 1))
    assert (value.log_odds(cloud(n, 8.0, 0)) > 0).all()
    assert (value.log_odds(cloud(500, 8.0, 2)) > 0).mean() > 0.9
    assert (value.log_odds(cloud(3000, 0.0, 3)) > 0).mean() < 0.015


def test_a_rare_value_is_given_to_fewer() -> None:
    examples, known = cloud(5, 8.0, 0), cloud(4000, 0.0, 1)
    unknown, common, rare = (NewValue.learn(GALA, examples, known, share=share) for share in (None, 0.5, 0.001))
    assert unknown.threshold == common.threshold < rare.threshold
    assert (rare.log_odds(known) > 0).sum() == 3  # 4 in 4,000 reach it, the fourth exactly
    assert (unknown.log_odds(known) > 0).sum() == 19


def test_trained_values_keep_their_proportions() -> None:
    trained = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], dtype=np.float32)
    log_odds = np.array([[0.5, -1.0], [-30.0, -30.0]], dtype=np.float32)
    said = extend_probabilities(trained, log_odds)
    assert np.allclose(said.sum(axis=1), 1)
    assert np.allclose(said[:, :3] / said[:, :3].sum(axis=1, keepdims=True), trained)
    assert said[0, 3] / said[0, :3].sum() == pytest.approx(np.exp(0.5), rel=1e-5)
    assert np.allclose(said[1, :3], trained[1], atol=1e-6)


def test_a_new_value_is_inferred_at_once(
    added: AttributeInferrer, inferrer: AttributeInferrer, boutique: Catalogue, gowns: Catalogue
) -> None:
    before, said = inferrer.predict_proba(boutique, "occasion"), added.predict_proba(boutique, "occasion")
    assert added.values("occasion") == (*inferrer.values("occasion"), GALA)
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(said[:, :-1] / said[:, :-1].sum(axis=1, keepdims=True), before, atol=1e-4)
    unseen = gowns.subset(range(3, len(gowns)))
    assert added.predict_proba(unseen, "occasion")[:, -1].mean() > 3 * said[:, -1].mean()
    assert np.array_equal(added.predict_proba(boutique, "season"), inferrer.predict_proba(boutique, "season"))
    assert GALA not in inferrer.values("occasion")


def test_adding_is_deterministic(
    added: AttributeInferrer, inferrer: AttributeInferrer, boutique: Catalogue, gowns: Catalogue
) -> None:
    again = inferrer.with_value("occasion", GALA, gowns.garments[:3], known=boutique)
    assert np.array_equal(again.predict_proba(boutique, "occasion"), added.predict_proba(boutique, "occasion"))


def test_examples_are_the_reason(added: AttributeInferrer, gowns: Catalogue) -> None:
    gaps = added.complete(gowns.subset(range(3)), targets=["occasion"], only_missing=False)
    given = [gap for gap in gaps if gap.value == GALA]
    assert given
    for gap in given:
        assert (gap.reasons[0].kind, gap.reasons[0].name) == ("examples", f"examples={GALA}")
        assert gap.reasons[0].pull > 0
        assert gap.reasons[0].said() == "nearness to the examples of gala"
        assert gap.reasons[0].said("zh") == "与“慈善晚宴”的示例相近"


def test_pulls_sum_to_the_log_probabilities(added: AttributeInferrer, boutique: Catalogue) -> None:
    assert added._models["occasion"].calibration.method == "none"
    few = boutique.subset(range(12))
    for own, said in zip(added.pulls(few, "occasion"), added.predict_proba(few, "occasion"), strict=True):
        total = sum(pull.logits for pull in own)
        assert np.allclose(total - total.mean(), np.log(said) - np.log(said).mean(), atol=2e-3)
        assert [pull.kind for pull in own].count("examples") == 1


def test_trained_values_have_the_reasons_that_they_had(
    added: AttributeInferrer, inferrer: AttributeInferrer, boutique: Catalogue
) -> None:
    before, after = (model.complete(boutique, targets=["occasion"], n_reasons=2) for model in (inferrer, added))
    same = [(one, two) for one, two in zip(before, after, strict=True) if one.best == two.best]
    assert len(same) > 0.9 * len(before)
    for one, two in same:
        assert [reason.name for reason in one.reasons] == [reason.name for reason in two.reasons]
        assert np.allclose([r.pull for r in one.reasons], [r.pull for r in two.reasons], atol=1e-4)


def test_explain_knows_the_new_value(added: AttributeInferrer, boutique: Catalogue, gowns: Catalogue) -> None:
    explainer = Explainer(CatalogueScorer(added, boutique), boutique, added.rules)
    said = explainer.explain(gowns[0], "occasion")
    assert said.value == GALA
    assert "nearness to the examples of gala" in said.text()
    assert "与“慈善晚宴”的示例相近" in said.text("zh")
    assert "examples" in {reason.kind for reason in said.reasons}
    assert "gala" in said.to_svg()


def test_a_second_value_and_other_examples(added: AttributeInferrer, boutique: Catalogue, gowns: Catalogue) -> None:
    both = added.with_value("occasion", PROM, gowns.garments[3:5], known=boutique)
    again = both.with_value("occasion", GALA, gowns.garments[:1], known=boutique)
    assert both.values("occasion")[-2:] == again.values("occasion")[-2:] == (GALA, PROM)
    assert [value.n_examples for value in again._added["occasion"].values] == [1, 2]
    said = again.predict_proba(boutique, "occasion")
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)


def test_it_is_kept_with_the_model(added: AttributeInferrer, boutique: Catalogue, tmp_path: Path) -> None:
    added.save(tmp_path)
    back = AttributeInferrer.load(tmp_path)
    assert back.values("occasion") == added.values("occasion")
    assert np.array_equal(back.predict_proba(boutique, "occasion"), added.predict_proba(boutique, "occasion"))


def test_what_cannot_be_added_is_told(inferrer: AttributeInferrer, boutique: Catalogue, gowns: Catalogue) -> None:
    def add(
        target: str = "occasion", value: str = GALA, n: int = 2, known: Catalogue = boutique, **more: float
    ) -> None:
        inferrer.with_value(target, value, gowns.garments[:n], known=known, **more)

    with pytest.raises(UnknownNameError, match="not trained for 'colour'"):
        add(target="colour")
    with pytest.raises(UnknownNameError, match="knows no occasion kgf:Galla; did you mean kgf:Gala"):
        add(value=f"{terms.KGF}Galla")
    with pytest.raises(InputError, match="kgf:Party is a trained occasion"):
        add(value=terms.KGF.Party)
    with pytest.raises(InputError, match="no example of occasion kgf:Gala"):
        add(n=0)
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(InputError, match="lies above 0 and below 1"):
            add(share=share)
    with pytest.raises(NotTrainedError, match="have a trained occasion; 20 are needed"):
        add(known=replace(boutique, garments=boutique.garments[:10]))


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_held_out_occasion_is_found_from_ten_examples(shared_data: Path) -> None:
    """Of Myntra's ethnic garments, none of which was trained on, most are found; few others are taken for them."""
    ethnic = terms.KGF.EthnicCelebration
    catalogue = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra")
    given = [garment.values.get("occasion", ()) for garment in catalogue]
    draw = np.random.default_rng(0)
    others = draw.permutation([row for row, own in enumerate(given) if own and ethnic not in own])
    own = draw.permutation([row for row, values in enumerate(given) if ethnic in values])
    train, rest, new = (catalogue.subset(map(int, rows)) for rows in (others[:4000], others[4000:6000], own[:400]))
    inferrer = AttributeInferrer.train(train, targets=["occasion"])
    added = inferrer.with_value("occasion", ethnic, new.garments[:10], known=train)
    assert (added.predict_proba(new.subset(range(10, 400)), "occasion")[:, -1] > 0.5).mean() > 0.7
    assert (added.predict_proba(rest, "occasion")[:, -1] > 0.5).mean() < 0.015
