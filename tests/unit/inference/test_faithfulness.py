"""Whether what the reasons name is what the model hangs on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue
from kg_fashion.inference.evidence import close
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.faithfulness import faithfulness, summary
from kg_fashion.inference.rule_derivations import RuleDerivations


def test_means_ratio_and_kinds_by_hand() -> None:
    top, random = np.array([0.6, 0.2, 0.1]), np.array([0.1, 0.2, 0.0])
    found = summary(top, random, ["rule", "value", "value"])
    assert (found.n, round(found.top, 3), round(found.random, 3), round(found.ratio, 3)) == (3, 0.3, 0.1, 3.0)
    assert round(found.margin, 6) == 0.0
    assert found.kinds["rule"] == (1, 0.6, 0.1)
    assert np.allclose(found.kinds["value"], (2, 0.15, 0.1))
    assert found.interval[0] <= found.ratio <= found.interval[1]
    assert summary(top, random, ["rule"] * 3) == summary(top, random, ["rule"] * 3)


def test_where_nothing_is_lost_at_random_the_ratio_is_infinite() -> None:
    found = summary(np.array([0.5, 0.4]), np.array([-0.01, 0.0]), ["value", "value"])
    assert found.ratio == np.inf
    assert found.to_dict()["ratio"] is None
    assert found.margin_interval[0] > 0


def test_on_the_boutiques_gaps(
    scorer: Any, explainer: Explainer, inferrer: AttributeInferrer, boutique: Catalogue
) -> None:
    gaps = [
        garment for garment in boutique.without(inferrer.targets) if not boutique.get(garment.id).values.get("season")
    ]
    gaps = gaps[:60]
    scorer.prepare(gaps, "season")
    derive = RuleDerivations(close(boutique.without(inferrer.targets), inferrer.rules), "season")
    found = faithfulness(explainer, gaps, "season", derive=derive)
    assert found.n >= 0.9 * len(gaps)
    assert found.ratio >= 3
    assert found.margin_interval[0] > 0
    assert sum(n for n, _, _ in found.kinds.values()) == found.n


def test_nothing_to_test_is_said(explainer: Explainer) -> None:
    with pytest.raises(ValueError, match="no garment has two sources"):
        faithfulness(explainer, [], "season")


@pytest.mark.slow
@pytest.mark.shared_data
def test_on_real_garments(shared_data: Path, request: pytest.FixtureRequest) -> None:
    whole = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra")
    order = np.random.default_rng(0).permutation(len(whole))[:2500].tolist()
    known, asked = whole.subset(order[:2000]), whole.subset(order[2000:]).without(["season"])
    inferrer = AttributeInferrer.train(known, targets=["season"], seed=0)
    scorer = type(request.getfixturevalue("scorer"))(inferrer, known)
    scorer.prepare(asked.garments, "season")
    derive = RuleDerivations(close(asked, inferrer.rules), "season")
    found = faithfulness(Explainer(scorer, known, inferrer.rules), asked, "season", derive=derive)
    assert found.margin_interval[0] > 0
