"""Completions on the boutique: reasons that add up, new garments, a second run, a round trip."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, KnowledgeGraph, read_catalogue, terms
from kg_fashion.catalog import catalogue_ntriples
from kg_fashion.errors import ModelError, NotTrainedError, UnknownNameError
from kg_fashion.inference import evaluate_attributes, write_completions
from kg_fashion.inference.audit import suspicions
from kg_fashion.inference.fusion import fit_fusion
from kg_fashion.inference.labels import label_matrix
from kg_fashion.resources import boutique_dir


def test_every_gap_and_no_supplied_value_is_completed(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    found = {(gap.garment_id, gap.attribute): gap for gap in inferrer.complete(boutique, threshold=0.6)}
    gaps = {(g.id, a) for g in boutique for a in ("season", "occasion") if not g.values.get(a)}
    assert set(found) == gaps
    for gap in found.values():
        assert gap.probability == max(p for _, p in gap.alternatives)
        assert (gap.value is None) == (gap.probability < 0.6)
        assert 1 <= len(gap.reasons) <= 4
    assert any(reason.kind == "rule" for gap in found.values() for reason in gap.reasons)


def test_reasons_sum_to_the_log_odds(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    model = inferrer._models["season"]
    assert model.calibration is not None and model.calibration.method == "none"
    fusion = model.fusion
    values = inferrer.values("season")
    for gap in inferrer.complete(boutique.subset(range(60)), targets=["season"], n_reasons=10_000):
        garment = replace(boutique, garments=(boutique.get(gap.garment_id),))
        scores = np.log(inferrer.predict_proba(garment, "season")[0]) - fusion.bias
        expected = scores[values.index(gap.best)] - scores.mean()
        assert np.isclose(sum(reason.pull for reason in gap.reasons), expected, atol=2e-3)


def test_contributions_are_the_plausibility(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    parts = inferrer.embedding.encode([boutique[0]], boutique.ontology)
    given = inferrer.embedding.contributions(parts, "season")
    assert not any(name.startswith(("season=", "is-a=" + terms.KGF.Season)) for name in given)
    assert np.allclose(sum(given.values()), inferrer.embedding.plausibility(parts, "season")[0], atol=1e-4)


def test_a_new_garment_needs_no_training(inferrer: AttributeInferrer, tmp_path: Path) -> None:
    header = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()[0].split(",")
    given = {"sku": "N1", "name": "Thick wool down parka", "name_zh": "厚羊毛羽绒派克大衣"}
    row = dict.fromkeys(header, "") | given | {"type": "parka", "material": "wool"}
    assert set(row) == set(header)
    path = tmp_path / "new.csv"
    path.write_text(",".join(header) + "\n" + ",".join(row.values()) + "\n", "utf-8")
    (season,) = inferrer.complete(read_catalogue(path), targets=["season"])
    assert season.value == terms.KGF.Winter
    assert any("winter" in reason.label for reason in season.reasons if reason.kind == "rule")


def test_supplied_targets_are_never_looked_at(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    seen = inferrer.predict_proba(boutique, "season")
    hidden = inferrer.predict_proba(boutique.without(["season"]), "season")
    assert np.array_equal(seen, hidden)


def test_a_known_occasion_counts_for_the_season(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    seen = inferrer.predict_proba(boutique, "season")
    less = inferrer.predict_proba(boutique.without(["occasion"]), "season")
    known = np.array(["occasion" in garment.values for garment in boutique])
    assert (np.abs(seen - less).max(axis=1) > 0)[known].mean() > 0.9
    assert np.array_equal(seen[~known], less[~known])


def test_held_out_probabilities_serve_the_audit(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    assert inferrer.held_out["season"].shape == (len(boutique), len(inferrer.values("season")))
    found = inferrer.audit(boutique, "season")
    margins = [one.margin for one in found]
    assert margins == sorted(margins, reverse=True)
    assert all(inferrer.held_out["season"][one.row].argmax() == one.suggested for one in found)


def test_a_garment_that_was_not_trained_on_is_judged_anew(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    """Other garments, as many as were trained on: what was held out is not theirs."""
    others = replace(
        boutique, garments=tuple(replace(garment, id=f"X{garment.id}", iri=f"{garment.iri}X") for garment in boutique)
    )
    anew = suspicions(
        inferrer.predict_proba(others, "season"), label_matrix(others, "season", inferrer.values("season"))
    )
    assert inferrer.audit(others, "season") == anew
    half = inferrer.audit(boutique.subset(range(200)), "season")
    assert all(inferrer.held_out["season"][one.row].argmax() == one.suggested for one in half)


def test_a_threshold_for_a_precision(inferrer: AttributeInferrer) -> None:
    loose, strict = (inferrer.threshold("season", precision) for precision in (0.7, 0.9))
    assert loose.threshold is not None
    assert strict.threshold is None or strict.threshold >= loose.threshold


def test_distributions_are_learned_as_such(boutique: Catalogue) -> None:
    """Every garment is half of summer and a quarter of each of two others: so it is told."""
    values = (terms.KGF.Spring, terms.KGF.Summer, terms.KGF.Autumn)
    matrix = np.tile(np.array([0.25, 0.5, 0.25], dtype=np.float32), (len(boutique), 1))
    own = AttributeInferrer.train(boutique, targets=["season"], distributions={"season": (values, matrix)})
    assert np.abs(own.predict_proba(boutique, "season") - matrix).mean() < 0.01


def test_saved_and_loaded_it_says_the_same(inferrer: AttributeInferrer, boutique: Catalogue, tmp_path: Path) -> None:
    inferrer.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}
    loaded = AttributeInferrer.load(tmp_path)
    for target in inferrer.targets:
        assert np.allclose(loaded.predict_proba(boutique, target), inferrer.predict_proba(boutique, target), atol=1e-6)
    about = json.loads((tmp_path / "inferrer.json").read_text())
    (tmp_path / "inferrer.json").write_text(json.dumps(about | {"ontology": "another"}))
    with pytest.raises(ModelError, match="another ontology"):
        AttributeInferrer.load(tmp_path)
    (tmp_path / "inferrer.json").write_text("{")
    with pytest.raises(ModelError, match="not a readable model"):
        AttributeInferrer.load(tmp_path)


def test_the_same_seed_gives_the_same_completions(boutique: Catalogue) -> None:
    some = boutique.subset(range(0, 409, 3))
    first, second = (AttributeInferrer.train(some, targets=["season"], seed=3).complete(some) for _ in range(2))
    assert first == second


def test_better_than_the_majority(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    report = evaluate_attributes(boutique, targets=["season"], seed=1)
    own = report.metrics["season"]
    assert own["kg_fashion"]["accuracy"] > own["majority"]["accuracy"] + 0.1
    assert set(own) == {"kg_fashion", "majority", "lightgbm", "logistic"}
    assert set(own["kg_fashion"]) >= {"accuracy", "macro_f1", "log_loss", "ece"}


def test_written_completions_carry_probability_and_reasons(inferrer: AttributeInferrer, boutique: Catalogue) -> None:
    graph = KnowledgeGraph()
    graph.load_ontology()
    graph.load_catalogue(catalogue_ntriples(boutique))
    found = inferrer.complete(boutique)
    write_completions(graph, found, model="m")
    sparql = "SELECT ?g ?v ?p { ?r rdf:reifies <<( ?g kgf:season ?v )>> ; kgf:probability ?p }"
    rows = graph.query(sparql).to_rows()
    assert len(rows) == sum(len(gap.values) for gap in found if gap.attribute == "season")
    assert all(0.5 <= float(p) <= 1 for _, _, p in rows)


def test_too_little_is_refused(boutique: Catalogue, inferrer: AttributeInferrer) -> None:
    with pytest.raises(NotTrainedError, match="10 and 2 are needed"):
        AttributeInferrer.train(boutique.subset(range(9)))
    with pytest.raises(UnknownNameError, match="did you mean season"):
        AttributeInferrer.train(boutique, targets=["saeson"])
    with pytest.raises(UnknownNameError, match="not trained for 'colour'"):
        inferrer.predict_proba(boutique, "colour")


def test_fusion_finds_what_a_rule_is_worth() -> None:
    rng = np.random.default_rng(0)
    truth = np.eye(2, dtype=np.float32)[rng.integers(0, 2, 4000)]
    fires = (rng.random((4000, 1)) < np.where(truth[:, :1] > 0, 0.8, 0.2)).astype(np.float32)
    fusion = fit_fusion(np.zeros((4000, 1, 2), dtype=np.float32), fires, np.array([0]), truth)
    said = fusion.probabilities(np.zeros((2, 1, 2), dtype=np.float32), np.array([[1.0], [0.0]], dtype=np.float32))
    assert np.allclose(said[:, 0], [0.8, 0.2], atol=0.03)
