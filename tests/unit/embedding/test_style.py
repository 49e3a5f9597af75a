"""The style space and its measures, each formula the slow way."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch

from kg_fashion.embedding.style import Block, StyleSpace
from kg_fashion.embedding.style_agreement import Comparisons, agreement, draw_comparisons, margins, weigh_blocks
from kg_fashion.embedding.style_factors import StyleSettings, leakage_forms, overlap, rest_directions, whiten
from kg_fashion.embedding.style_moves import draw_moves, move_effect, straight_path, style_path
from kg_fashion.embedding.style_probes import Probe, ProbeMatrix, Sides, dci, importance_scores, probe_matrix
from kg_fashion.errors import ModelError, NotTrainedError, UnknownNameError

VALUES = {"colour": ("urn:red", "urn:blue", "urn:grey", "urn:teal"), "sleeve": ("urn:short", "urn:long")}


def garments(n: int = 800, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Vectors that mix colour and sleeve in every dimension; long sleeves are more often grey."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(6, 12))
    sleeve = rng.integers(2, size=n)
    colour = np.where((sleeve == 1) & (rng.random(n) < 0.4), 2, rng.integers(4, size=n))
    labels = {"colour": np.eye(4, dtype=np.float32)[colour], "sleeve": np.eye(2, dtype=np.float32)[sleeve]}
    vectors = np.hstack([labels["colour"], labels["sleeve"]]) @ mix + 0.3 * rng.normal(size=(n, 12))
    return vectors.astype(np.float32), labels


@pytest.fixture(scope="module")
def space() -> StyleSpace:
    vectors, labels = garments()
    return StyleSpace.fit(vectors, labels, VALUES, settings=StyleSettings(steps=150, rest=4))


def test_blocks_are_laid_side_by_side(space: StyleSpace) -> None:
    assert list(space.blocks.values())[:2] == [
        Block("colour", 0, 3, VALUES["colour"]), Block("sleeve", 3, 4, VALUES["sleeve"]),
    ]  # fmt: skip
    assert space.blocks["rest"].stop == space.tensors["matrix"].shape[1] == 8


def test_back_undoes_the_matrix(space: StyleSpace) -> None:
    assert np.allclose(space.tensors["back"] @ space.tensors["matrix"], np.eye(8), atol=1e-4)


def test_a_move_changes_its_block_and_no_other(space: StyleSpace) -> None:
    vectors, _ = garments(20, seed=1)
    before, after = space.factors(vectors), space.factors(space.move(vectors, "colour", "urn:teal", share=0.5))
    at_end = space.factors(space.move(vectors, "colour", "urn:teal"))["colour"]
    assert np.allclose(at_end, at_end[0], atol=1e-4)
    assert np.allclose(after["colour"], (before["colour"] + at_end) / 2, atol=1e-4)
    for other in ("sleeve", "rest"):
        assert np.allclose(after[other], before[other], atol=1e-4)


def test_a_centroid_is_the_mean_of_its_garments(space: StyleSpace) -> None:
    vectors, labels = garments()
    own = space.factors(vectors)["sleeve"][labels["sleeve"][:, 1] > 0].mean(axis=0)
    there = space.factors(space.move(vectors[:1], "sleeve", "urn:long"))["sleeve"][0]
    assert np.allclose(there, own, atol=1e-3)


def test_a_move_towards_a_garment_takes_over_its_block(space: StyleSpace) -> None:
    vectors, _ = garments(2, seed=3)
    moved = space.move(vectors[:1], "colour", vectors[1])
    assert np.allclose(space.factors(moved)["colour"], space.factors(vectors[1:])["colour"], atol=1e-4)


def test_the_nearest_in_a_block_share_its_value(space: StyleSpace) -> None:
    vectors, labels = garments(300, seed=2)
    found, similarity = space.nearest(vectors[0], vectors, blocks=("colour",), k=20)
    assert found[0] == 0 and similarity[0] == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(similarity) <= 0).all()
    assert (labels["colour"][found].argmax(axis=1) == labels["colour"][0].argmax()).mean() > 0.9


def test_names_that_do_not_exist_are_named(space: StyleSpace) -> None:
    vectors, _ = garments(1)
    with pytest.raises(UnknownNameError, match="did you mean colour"):
        space.move(vectors, "color", "urn:red")
    with pytest.raises(UnknownNameError, match="no value 'urn:green'"):
        space.move(vectors, "colour", "urn:green")
    with pytest.raises(UnknownNameError):
        space.nearest(vectors[0], vectors, blocks=("fit",))


def test_too_little_is_refused() -> None:
    vectors, labels = garments(50)
    with pytest.raises(NotTrainedError, match="fewer than two values"):
        StyleSpace.fit(vectors, {"sleeve": np.eye(2, dtype=np.float32)[np.zeros(50, dtype=int)]}, VALUES)
    with pytest.raises(NotTrainedError, match="4 factors do not fit"):
        StyleSpace.fit(vectors[:, :3], labels, VALUES)


def test_the_same_seed_gives_the_same_space() -> None:
    vectors, labels = garments(200)
    one, two, other = (
        StyleSpace.fit(vectors, labels, VALUES, settings=StyleSettings(steps=20), seed=seed) for seed in (0, 0, 1)
    )
    assert all((one.tensors[name] == two.tensors[name]).all() for name in one.tensors)
    assert not np.allclose(one.tensors["matrix"], other.tensors["matrix"])


def test_a_space_survives_its_files(space: StyleSpace, tmp_path: Path) -> None:
    space.save(tmp_path / "style")
    again = StyleSpace.load(tmp_path / "style")
    assert again.blocks == space.blocks and again.settings == space.settings
    assert all((again.tensors[name] == own).all() for name, own in space.tensors.items())


@pytest.mark.parametrize("broken", ["{", '{"blocks": []}', '{"settings": {}, "blocks": [{"name": "a"}]}'])
def test_broken_files_are_refused(space: StyleSpace, tmp_path: Path, broken: str) -> None:
    space.save(tmp_path)
    (tmp_path / "style.json").write_text(broken, "utf-8")
    with pytest.raises(ModelError):
        StyleSpace.load(tmp_path)


def test_blocks_must_fit_the_tensors(space: StyleSpace, tmp_path: Path) -> None:
    space.save(tmp_path)
    about = json.loads((tmp_path / "style.json").read_text("utf-8"))
    about["blocks"].pop()
    (tmp_path / "style.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ModelError, match="do not fit"):
        StyleSpace.load(tmp_path)


def test_overlap_by_hand() -> None:
    blocks = {"a": torch.randn(5, 2, generator=torch.Generator().manual_seed(0)), "b": torch.eye(5)[:, :3]}
    between, within = overlap(blocks)
    slow = float((blocks["a"].T @ blocks["b"]).square().sum())
    own = sum(float((w.T @ w - torch.eye(w.shape[1])).square().sum()) for w in blocks.values())
    assert float(between) == pytest.approx(slow, rel=1e-5) and float(within) == pytest.approx(own, rel=1e-5)


def test_leakage_garment_by_garment() -> None:
    vectors, labels = garments(60)
    labels["sleeve"][:10] = 0
    between, within = leakage_forms(vectors, labels)["sleeve"]
    known = [n for n in range(60) if labels["sleeve"][n].any()]
    mean = {v: np.mean([vectors[n] for n in known if labels["sleeve"][n, v]], axis=0) for v in range(2)}
    residual = {n: vectors[n] - mean[int(labels["sleeve"][n].argmax())] for n in known}
    slow_within = np.mean([np.outer(r, r) for r in residual.values()], axis=0)
    slow_between = np.zeros((12, 12))
    for value in range(4):
        own = [residual[n] for n in known if labels["colour"][n, value]]
        slow_between += len(own) / len(known) * np.outer(np.mean(own, axis=0), np.mean(own, axis=0))
    assert np.allclose(within, slow_within, atol=1e-4) and np.allclose(between, slow_between, atol=1e-4)


def test_the_rest_is_what_attributes_explain_least() -> None:
    vectors, labels = garments()
    whitening = whiten(vectors)
    white = (vectors - whitening.mean) @ whitening.forward
    named = np.linalg.qr(np.random.default_rng(0).normal(size=(12, 3)))[0].astype(np.float32)
    rest = rest_directions(named, white, labels, 4)
    assert np.allclose(rest.T @ rest, np.eye(4), atol=1e-5) and np.allclose(rest.T @ named, 0, atol=1e-5)

    def explained(directions: np.ndarray) -> float:
        factors = white @ directions
        total = 0.0
        for own in labels.values():
            for column in own.T:
                total += column.mean() * float(np.square(factors[column > 0].mean(axis=0)).sum())
        return total

    complement = np.linalg.qr(named, mode="complete")[0][:, 3:]
    rng = np.random.default_rng(1)
    others = [complement @ np.linalg.qr(rng.normal(size=(9, 4)))[0] for _ in range(50)]
    assert all(explained(rest) <= explained(other) + 1e-6 for other in others)


def test_each_block_tells_its_own_attribute_only(space: StyleSpace) -> None:
    (shown, labels), (held_out, truth) = garments(), garments(400, seed=5)
    one, two = space.factors(shown), space.factors(held_out)
    sides = Sides({n: (one[n], two[n]) for n in one}, {n: (labels[n], truth[n]) for n in labels})
    matrix = probe_matrix(sides)
    assert matrix.accuracy[0, 0] > 0.95 and matrix.accuracy[1, 1] > 0.95
    for j in range(2):
        assert matrix.accuracy[2, j] < matrix.majority[j] + 0.08
    assert matrix.own_gain > 0.9 > 0.5 > matrix.other_gain
    assert matrix.by_nature[0, 0] == 1.0 and np.isnan(matrix.by_nature[2]).all()
    assert matrix.n.tolist() == [400, 400]


def test_by_nature_and_majority_by_counting() -> None:
    labels = {"a": np.eye(2, dtype=np.float32)[[0, 0, 0, 1]], "b": np.eye(2, dtype=np.float32)[[0, 0, 1, 1]]}
    features = np.arange(4, dtype=np.float32)[:, None]
    matrix = probe_matrix(Sides({"a": (features, features)}, {n: (own, own) for n, own in labels.items()}))
    assert matrix.majority.tolist() == [0.75, 0.5]
    assert matrix.by_nature.tolist() == [[1.0, 0.75]]


def test_intervals_hold_the_shares_that_do_not_contradict_what_was_seen() -> None:
    """Wilson's bounds are where the distance to the share is 1.96 standard errors of the bound itself."""
    seen = np.array([[0.9]])
    matrix = ProbeMatrix(("a",), ("a",), seen, np.array([0.5]), seen, np.array([50]))
    for bound in (float(own[0, 0]) for own in matrix.interval):
        assert abs(0.9 - bound) == pytest.approx(1.96 * np.sqrt(bound * (1 - bound) / 50), rel=1e-6)


def test_orthogonality_and_leakage_pull_attributes_apart() -> None:
    (shown, labels), (held_out, truth) = garments(), garments(400, seed=5)
    gains = []
    for weight in (0.0, 1.0):
        settings = StyleSettings(steps=150, orthogonality=weight, leakage=weight)
        space = StyleSpace.fit(shown, labels, VALUES, settings=settings)
        one, two = space.factors(shown), space.factors(held_out)
        sides = Sides({n: (one[n], two[n]) for n in labels}, {n: (labels[n], truth[n]) for n in labels})
        gains.append(probe_matrix(sides).other_gain)
    assert gains[1] < gains[0]


def test_importance_scores_by_hand() -> None:
    """Two factors, two attributes: the first factor serves both alike, the second one only."""
    d, c = importance_scores(np.array([[1.0, 1.0], [0.0, 2.0]]))
    assert d == pytest.approx(0.5 * 0 + 0.5 * 1)
    entropy = -(1 / 3 * np.log2(1 / 3) + 2 / 3 * np.log2(2 / 3))
    assert c == pytest.approx((1 + (1 - entropy)) / 2)


def test_dci_of_factors_that_are_attributes_beats_a_mixture() -> None:
    _, labels = garments()
    rng = np.random.default_rng(0)
    pure = np.hstack([labels["colour"], labels["sleeve"]]) + 0.1 * rng.normal(size=(800, 6))
    mixed = pure @ rng.normal(size=(6, 6))
    both = {name: (own, own) for name, own in labels.items()}
    one, two = (dci(f.astype(np.float32), f.astype(np.float32), both) for f in (pure, mixed))
    assert one.disentanglement > two.disentanglement + 0.1
    assert one.informativeness > 0.95


def test_a_probe_gives_zero_to_values_it_was_not_shown() -> None:
    labels = np.eye(3, dtype=np.float32)[[0, 2, 0, 2]]
    said = Probe(np.array([[-1], [1], [-2], [2]], dtype=np.float32), labels).probabilities(np.zeros((1, 1), np.float32))
    assert said[0, 1] == 0 and said.sum() == pytest.approx(1)


def test_a_move_is_consistent_and_leaks_less_than_the_mean_difference(space: StyleSpace) -> None:
    (shown, labels), (held_out, truth) = garments(), garments(300, seed=6)
    probes = {name: Probe(shown, own) for name, own in labels.items()}
    rows, starts, goals = draw_moves(truth["colour"], 100, seed=0)
    effect = move_effect(style_path(space, held_out[rows], "colour", goals), goals, "colour", probes)
    centroids = np.stack([shown[own > 0].mean(axis=0) for own in labels["colour"].T])
    straight = move_effect(straight_path(held_out[rows], starts, goals, centroids), goals, "colour", probes)
    assert effect.consistency.mean() > 0.95 and effect.arrived.mean() > 0.5
    assert effect.leak[:, 0].max() == 0
    assert effect.leak[:, -1].mean() < straight.leak[:, -1].mean()


def test_moves_go_to_another_value() -> None:
    _, labels = garments(100)
    labels["colour"][:5] = 0
    labels["colour"][5] = 0.25
    rows, starts, goals = draw_moves(labels["colour"], 1000, seed=0)
    assert sorted(rows.tolist()) == list(range(6, 100))
    assert (starts != goals).all() and (starts == labels["colour"][rows].argmax(axis=1)).all()


def test_strangers_are_of_the_partners_kind_and_never_together_with_the_anchor() -> None:
    rng = np.random.default_rng(0)
    kinds = [f"kind-{n % 4}" for n in range(40)]
    outfits = [rng.choice(40, size=4, replace=False).tolist() for _ in range(30)]
    drawn = draw_comparisons(outfits, kinds, seed=0)
    pairs = {(a, b) for own in outfits for a, b in permutations(own, 2)}
    assert len(drawn.anchor) > 300
    for a, p, s, o in zip(drawn.anchor, drawn.partner, drawn.stranger, drawn.outfit, strict=True):
        assert {a, p} <= set(outfits[o]) and kinds[p] == kinds[s]
        assert (a, s) not in pairs and a != s


def test_agreement_comparison_by_comparison() -> None:
    features = np.array([[1, 0], [1, 0.1], [0, 1], [1, 0]], dtype=np.float32)
    drawn = Comparisons(*(np.array(own) for own in ([0, 0, 3], [1, 2, 0], [2, 1, 0], [0, 1, 1])))
    won = margins(features, drawn)
    slow = 1 / np.sqrt(1.01)
    assert np.allclose(won, [slow, -slow, 0], atol=1e-6)
    found = agreement(won, drawn.outfit, seed=0)
    assert found.auc == pytest.approx(0.5) and found.low <= 0.5 <= found.high


def test_block_weights_find_what_outfits_share() -> None:
    rng = np.random.default_rng(0)
    won = {"told": rng.normal(0.5, 1, 500), "noise": rng.normal(0, 1, 500), "contrast": rng.normal(-0.5, 1, 500)}
    weights = weigh_blocks(won, np.arange(500) < 400)
    assert weights["told"] > 0.3 and weights["contrast"] < -0.3 and abs(weights["noise"]) < 0.2


def test_whitening_is_undone() -> None:
    vectors, _ = garments(200)
    own = whiten(vectors)
    white = (vectors - own.mean) @ own.forward
    assert np.allclose(np.cov(white.T), np.eye(12), atol=0.15)
    assert np.allclose(white @ own.back + own.mean, vectors, atol=1e-3)
