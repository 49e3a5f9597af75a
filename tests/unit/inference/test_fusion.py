"""Soft rules: what a stated confidence is worth, before and after the garments have spoken."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, terms
from kg_fashion.inference.confidence import LearnedConfidence, learn_confidences, updated_texts
from kg_fashion.inference.evidence import close
from kg_fashion.inference.fusion import Fusion, fit_fusion, prior_weight
from kg_fashion.reasoning import RuleSet, load_rules, read_rules
from kg_fashion.reasoning.mining import MiningSettings, facts_of_catalogue, mine, rules_text
from kg_fashion.resources import rules_dir

NEW = """
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>
PREFIX rule: <https://w3id.org/kg-fashion/rule/>
PREFIX brand: <https://w3id.org/kg-fashion/brand/>
RULE rule:corvane-is-summer { ?g kgf:suitsSeason kgf:Summer } WHERE { ?g kgf:brand brand:corvane }
DATA { rule:corvane-is-summer kgf:confidence 0.95 %s }
"""
CORVANE = terms.RULE["corvane-is-summer"]


def with_new_rule(tmp_path: Path, metadata: str = "") -> RuleSet:
    path = tmp_path / "new.srl"
    path.write_text(NEW % metadata, "utf-8")
    bundled, new = load_rules(), read_rules(path)
    return replace(bundled, rules=(*bundled.rules, *new.rules), data=(*bundled.data, *new.data))


@pytest.mark.parametrize("confidence", [0.6, 0.9, 0.98])
@pytest.mark.parametrize("rates", [(0.5, 0.5), (0.2, 0.3, 0.5)])
def test_a_rule_alone_lifts_its_value_to_its_confidence(confidence: float, rates: tuple[float, ...]) -> None:
    """With biases that give the base rates, and nothing else, the probability is the confidence."""
    shares = np.array(rates, dtype=np.float32)
    weight = np.asarray(prior_weight([confidence], [rates[0]]), dtype=np.float32)
    fusion = Fusion(np.ones(1, np.float32), np.log(shares), weight, np.array([0]), shares, 1.0)
    said = fusion.probabilities(np.zeros((1, 1, len(rates)), np.float32), np.ones((1, 1), np.float32))
    assert said[0, 0] == pytest.approx(max(confidence, rates[0]), abs=1e-5)


def test_certainty_has_a_finite_weight() -> None:
    assert np.isfinite(prior_weight([1.0, 0.5], [0.5, 0.0])).all()


def toy(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.eye(3, dtype=np.float32)[rng.integers(0, 3, n)]
    truth[: n // 10] = [0.5, 0.5, 0]
    scores = (truth + rng.normal(0, 1, truth.shape)).astype(np.float32)
    chance = np.stack([0.2 + 0.5 * (truth[:, 0] > 0), 0.3 + 0.4 * (truth[:, 1] > 0), np.zeros(n)], axis=1)
    fires = (rng.random((n, 3)) < chance).astype(np.float32)
    return scores[:, None], fires, np.array([0, 1, 2]), truth


def test_the_fit_is_the_least_of_its_penalised_loss() -> None:
    """The loss computed garment by garment; every small step away from the fit makes it larger."""
    scores, fires, columns, truth = toy(120)
    confidence = np.array([0.7, 0.9, 0.95])
    fusion = fit_fusion(scores, fires, columns, truth, confidence)
    prior = [
        max(0.0, float(np.log(c / (1 - c)) - np.log(p / (1 - p))))
        for c, p in zip(confidence, fusion.rates, strict=True)
    ]

    def loss(scale: float, bias: np.ndarray, weights: np.ndarray) -> float:
        total = 0.5 * ((scale - 1) ** 2 + sum(bias**2) + sum((weights - prior) ** 2) / fusion.variance)
        for row in range(len(scores)):
            logits = [scale * scores[row, 0, v] + bias[v] + weights[v] * fires[row, v] for v in range(3)]
            mass = sum(np.exp(logits[v]) for v in range(3) if truth[row, v] > 0)
            total -= np.log(mass / sum(np.exp(logits)))
        return float(total)

    found = np.concatenate([fusion.scales, fusion.bias, fusion.weights]).astype(np.float64)
    least = loss(found[0], found[1:4], found[4:])
    for position in range(7):
        for step in (-0.01, 0.01):
            moved = found.copy()
            moved[position] += step
            if moved[4:].min() >= 0:
                assert loss(moved[0], moved[1:4], moved[4:]) > least


def test_shares_are_met() -> None:
    """With nothing but biases, the fitted distribution is the mean of those given."""
    truth = np.array([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]] * 2000, dtype=np.float32)
    none = np.zeros((len(truth), 0), dtype=np.float32)
    flat = np.zeros((len(truth), 1, 3), dtype=np.float32)
    fusion = fit_fusion(flat, none, np.zeros(0, dtype=np.int64), truth, shares=True)
    assert np.allclose(fusion.probabilities(flat[:1], none[:1])[0], [0.4, 0.35, 0.25], atol=1e-3)


def test_a_silent_rule_keeps_its_word_and_a_loud_one_follows_the_garments() -> None:
    scores, fires, columns, truth = toy(3000)
    rates = truth.mean(axis=0)
    fusion = fit_fusion(scores, fires, columns, truth, np.array([0.99, 0.2, 0.9]))
    assert fires[:, 2].sum() == 0
    assert fusion.weights[2] == pytest.approx(float(prior_weight(0.9, rates[2])), abs=1e-4)
    assert fusion.weights[0] == pytest.approx(np.log((0.7 / 0.3) / (0.2 / 0.8)), abs=0.35)
    assert fusion.weights[1] == pytest.approx(np.log((0.7 / 0.3) / (0.3 / 0.7)), abs=0.35)


def test_weights_are_never_negative() -> None:
    scores, fires, _, truth = toy(2000)
    against = fit_fusion(scores, fires, np.array([1, 0, 2]), truth, np.array([0.9, 0.9, 0.9]))
    assert (against.weights >= 0).all()


def test_a_rule_added_after_training_counts(boutique: Catalogue, inferrer: AttributeInferrer, tmp_path: Path) -> None:
    inferrer.save(tmp_path)
    rules = with_new_rule(tmp_path)
    later = AttributeInferrer.load(tmp_path, rules=rules)
    before, after = (model.predict_proba(boutique, "season").astype(np.float64) for model in (inferrer, later))
    brand = [garment.values.get("brand") == (terms.BRAND.corvane,) for garment in boutique]
    column = inferrer.values("season").index(terms.KGF.Summer)
    known = [garment.values["season"] for garment in boutique if garment.values.get("season")]
    rate = sum((terms.KGF.Summer in own) / len(own) for own in known) / len(known)
    log_odds = [np.log(p[brand, column] / (1 - p[brand, column])) for p in (before, after)]
    assert sum(brand) > 10
    assert np.allclose(log_odds[1] - log_odds[0], float(prior_weight(0.95, rate)), atol=0.02)
    assert np.allclose(before[~np.array(brand)], after[~np.array(brand)])
    lone = boutique.subset([brand.index(True)])
    reasons = later.complete(lone, targets=["season"], only_missing=False, n_reasons=99)[0].reasons
    assert CORVANE in [reason.name for reason in reasons]


def test_mined_rules_count_once_they_are_accepted(boutique: Catalogue, tmp_path: Path) -> None:
    facts = facts_of_catalogue(boutique)
    path = tmp_path / "mined.srl"
    path.write_text(rules_text(mine(facts, MiningSettings(("season",), min_support=20)).rules, facts), "utf-8")
    asked = boutique.subset([n for n, garment in enumerate(boutique) if not garment.values.get("season")])
    spoke = []
    for status in ("proposed", "accepted"):
        path.write_text(path.read_text("utf-8").replace('"proposed"', f'"{status}"'), "utf-8")
        inferrer = AttributeInferrer.train(boutique, targets=["season"], rules=load_rules(path), seed=0)
        gaps = inferrer.complete(asked, n_reasons=99)
        spoke.append([r for gap in gaps for r in gap.reasons if r.kind == "rule" and r.pull > 0])
    assert not spoke[0]
    assert len(spoke[1]) > 10


@pytest.mark.parametrize(("status", "speaks"), [("proposed", False), ("deprecated", False), ("accepted", True)])
def test_only_accepted_rules_speak(boutique: Catalogue, tmp_path: Path, status: str, speaks: bool) -> None:
    rules = with_new_rule(tmp_path, f'; kgf:status "{status}"')
    fired = close(boutique.without(["season"]), rules).firings(terms.EVIDENCE["season"])["rule"]
    assert (CORVANE in fired.to_list()) == speaks


def test_learned_confidence_by_hand(boutique: Catalogue, tmp_path: Path) -> None:
    """Corvane's garments with a season, and those of them for summer, counted from the catalogue."""
    own = [
        g.values["season"] for g in boutique if g.values.get("brand") == (terms.BRAND.corvane,) and "season" in g.values
    ]
    right = sum(terms.KGF.Summer in seasons for seasons in own)
    rules = with_new_rule(tmp_path, '; kgf:status "proposed"')
    found = {one.rule: one for one in learn_confidences(boutique, rules)}
    one = found[CORVANE]
    assert (one.attribute, one.stated, one.right, one.tried) == ("season", 0.95, right, len(own))
    assert one.learned == pytest.approx((right + 9.5) / (len(own) + 10))
    assert one.surprising
    assert found[terms.RULE["suit-is-formal"]].attribute == "formality"
    assert found[terms.RULE["suit-is-formal"]].tried > 0


def test_only_the_confidences_change_in_the_files(tmp_path: Path) -> None:
    for path in rules_dir().glob("*.srl"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "z.srl").write_text("RULE <urn:none> { ?s <urn:p> 1 } WHERE { ?s <urn:q> 2 }\n", "utf-8")
    rules = read_rules(tmp_path)
    learned = [LearnedConfidence(rule.iri, "season", rules.confidence(rule.iri), 4, 8, 0.2, 0.8) for rule in rules]
    for path, text in updated_texts(rules, learned).items():
        path.write_text(text, "utf-8")
    again = read_rules(tmp_path)
    assert [again.confidence(one.rule) for one in learned] == pytest.approx([one.learned for one in learned], abs=1e-4)
    assert again.rules == rules.rules
    assert [t for t in again.data if "confidence" not in str(t)] == [
        t for t in rules.data if "confidence" not in str(t)
    ]
