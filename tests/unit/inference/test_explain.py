"""AttributeInferrer.explain and drift: put together for a trained inferrer, and for one that was read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, Explanation, described_garment, terms
from kg_fashion.errors import ModelError, UnknownNameError
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.scorer import Pull


@pytest.fixture(scope="module")
def folder(inferrer: AttributeInferrer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("model")
    inferrer.save(found)
    return found


@pytest.fixture(scope="module")
def loaded(folder: Path) -> AttributeInferrer:
    return AttributeInferrer.load(folder)


def test_the_same_as_its_parts(inferrer: AttributeInferrer, boutique: Catalogue, explanation: Explanation) -> None:
    said = inferrer.explain(boutique, "C001", "season")
    assert (said.garment, said.value) == (boutique[0], explanation.value)
    assert np.isclose(said.probability, explanation.probability, atol=1e-6)
    assert [(r.name, round(r.pull, 4)) for r in said.reasons] == [
        (r.name, round(r.pull, 4)) for r in explanation.reasons
    ]
    assert [c.to_dict() for c in said.counterfactuals] == [c.to_dict() for c in explanation.counterfactuals]
    assert [(rule, tree.to_dict()) for rule, tree in said.derivations] == [
        (rule, tree.to_dict()) for rule, tree in explanation.derivations
    ]


def test_the_supplied_value_is_shown_and_not_looked_at(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    garment = next(g for g in boutique if g.values.get("season"))
    bare = replace(garment, values={a: own for a, own in garment.values.items() if a != "season"})
    seen, hidden = (inferrer.explain(boutique, own, "season") for own in (garment, bare))
    assert (seen.supplied, hidden.supplied) == (garment.values["season"], ())
    labels = ", ".join(map(boutique.label, seen.supplied))
    assert seen.text().splitlines()[1] == f"  supplied: {labels}"
    assert seen.text().splitlines()[2:] == hidden.text().splitlines()[1:]


def test_neighbours_are_others_whose_value_is_known(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    for garment in boutique.garments[:3]:
        near = inferrer.explain(boutique, garment, "occasion").neighbours
        assert len(near) == 3
        assert all(one.garment.id != garment.id and one.values == one.garment.values["occasion"] for one in near)
    some = boutique.subset(range(200, 260))
    near = inferrer.explain(boutique, "C001", "season", known=some).neighbours
    assert {one.garment.id for one in near} <= {garment.id for garment in some}


def test_the_model_is_asked_once_for_all_changes(boutique: Catalogue, inferrer: AttributeInferrer) -> None:
    asked: list[int] = []

    class Even:
        def values(self, target: str) -> tuple[str, ...]:
            return terms.KGF.Summer, terms.KGF.Winter

        def proba(self, garments: list[object], target: str) -> np.ndarray:
            asked.append(len(garments))
            return np.full((len(garments), 2), 0.5, dtype=np.float32)

        def pulls(self, garment: object, target: str) -> list[Pull]:
            return [Pull("bias", "always=", np.zeros(2))]

    Explainer(Even(), boutique, inferrer.rules).explain(boutique[0], "season")
    assert len(asked) == 1
    assert asked[0] > 10


def test_below_the_threshold_it_is_left_open(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    said = inferrer.explain(boutique, "C001", "season", threshold=1.1)
    assert said.left_open
    label, p = boutique.label(said.value), f"{said.probability:.2f}"
    assert said.head() == f"C001 Slim navy blue wool blazer: season undecided, perhaps {label}, probability {p}"
    assert said.head("zh").startswith("C001 修身藏蓝色羊毛西装外套：季节未定，可能是")
    other = said.alternatives[-1][0]
    assert not inferrer.explain(boutique, "C001", "season", value=other, threshold=1.1).left_open


def test_wrong_names_are_told(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    with pytest.raises(UnknownNameError, match=r"no garment 'C0001' in catalogue\.csv; did you mean C001"):
        inferrer.explain(boutique, "C0001", "season")
    with pytest.raises(UnknownNameError, match="not trained for 'colour'"):
        inferrer.explain(boutique, "C001", "colour")
    with pytest.raises(UnknownNameError, match="kgf:Gym is no season"):
        inferrer.explain(boutique, "C001", "season", value=terms.KGF.Gym)


def test_read_back_it_explains_the_same(
    loaded: AttributeInferrer, inferrer: AttributeInferrer, boutique: Catalogue
) -> None:
    assert loaded.record == inferrer.record
    for target in inferrer.targets:
        assert loaded.explain(boutique, "C002", target).text() == inferrer.explain(boutique, "C002", target).text()


def test_read_back_it_needs_no_catalogue(loaded: AttributeInferrer) -> None:
    shirt = described_garment([("material", "linen"), ("type", "shirt")], name="Loose linen shirt")
    said = loaded.explain(shirt, shirt[0], "season")
    assert said.value == terms.KGF.Summer
    assert said.counterfactuals
    assert all(change.attribute == "material" for change in said.counterfactuals)
    assert said.derivations
    assert said.neighbours == ()


def test_drift_is_told_by_a_model_read_back(
    loaded: AttributeInferrer, inferrer: AttributeInferrer, boutique: Catalogue
) -> None:
    gaps = loaded.complete(boutique)
    report = loaded.drift(boutique, gaps)
    assert report.warnings == ()
    assert set(report.confidence) == {"season", "occasion"}
    assert report == inferrer.drift(boutique, gaps)
    garments = tuple(replace(g, values={**g.values, "brand": (terms.BRAND["new"],)}) for g in boutique)
    (news,) = (w for w in loaded.drift(replace(boutique, garments=garments)).warnings if "not seen" in w)
    assert "brand 100%" in news
    unsure = [replace(gap, probability=0.3) for gap in gaps if gap.attribute == "season"]
    (drop,) = loaded.drift(boutique, unsure).warnings
    assert drop.startswith("season is completed with a mean probability of 0.30, against 0.")


def test_a_broken_record_is_refused(folder: Path) -> None:
    whole = (folder / "training.json").read_text("utf-8")
    for broken in ("{", "[]", "{}", '{"drift": [], "seen": {}}', whole.replace('"n"', '"m"', 1)):
        (folder / "training.json").write_text(broken, "utf-8")
        with pytest.raises(ModelError, match="not a readable model"):
            AttributeInferrer.load(folder)
    (folder / "training.json").unlink()
    with pytest.raises(ModelError, match="not a readable model"):
        AttributeInferrer.load(folder)
