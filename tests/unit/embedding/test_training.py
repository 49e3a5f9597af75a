"""Training: what is scored and known, early stopping, and going on where it was stopped with the same result."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pykeen.nn.modules import DistMultInteraction

from kg_fashion import Catalogue, read_catalogue
from kg_fashion.embedding import EmbeddingSettings, GarmentEmbedding, TrainingData, encode_parts
from kg_fashion.embedding import checkpoint as checkpoint_module
from kg_fashion.embedding.training import early_stopped, train_embedding
from kg_fashion.embedding.training_loop import Known, Saving, ValueInteraction
from kg_fashion.errors import ModelError
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.resources import boutique_dir

SETTINGS = EmbeddingSettings(dim=8, epochs=5)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    catalogue: Catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
    values = {target: target_values(catalogue, target) for target in ("season", "occasion")}
    labels = {target: label_matrix(catalogue, target, own) for target, own in values.items()}
    return TrainingData(encode_parts(catalogue.garments, catalogue.ontology), labels, values)


def same(one: GarmentEmbedding, other: GarmentEmbedding) -> bool:
    return all(np.array_equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


def test_the_product_of_matrices_is_distmult() -> None:
    torch.manual_seed(0)
    heads, relations, tails = torch.randn(5, 1, 4), torch.randn(5, 1, 4), torch.randn(1, 3, 4)
    expected = DistMultInteraction()(h=heads, r=relations, t=tails)
    torch.testing.assert_close(ValueInteraction()(h=heads, r=relations, t=tails), expected)


def test_what_is_known_of_a_pair() -> None:
    season = np.array([[1, 0], [0, 0], [0.5, 0.5]], dtype=np.float32)
    occasion = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    known = Known.of({"season": season, "occasion": occasion}, viewed=False)
    assert known.pairs().tolist() == [[5, 0], [7, 0], [6, 1], [7, 1]]
    truth = known.truth(torch.tensor([1, 2, 3])).tolist()
    assert truth == [[0.5, 0.5, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    assert known.allowed().tolist() == [[True, True, False, False, False], [False, False, True, True, True]]


def test_views_hide_all_targets_or_the_asked_one() -> None:
    torch.manual_seed(0)
    known = Known.of({"a": np.eye(2, dtype=np.float32), "b": np.eye(2, dtype=np.float32)}, viewed=True)
    seen = {tuple(pair) for _ in range(30) for pair in known.pairs().tolist()}
    views = {(entity - 4) // 2: relation for entity, relation in seen if entity >= 6}
    assert views == {1: 0, 2: 1}
    assert {(4, 0), (5, 0), (4, 1), (5, 1)} <= seen


def test_a_seed_gives_the_same_twice(data: TrainingData) -> None:
    one, again, other = (train_embedding(data, settings=SETTINGS, seed=seed) for seed in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize("stopped_after", [1, 3, 5])
def test_it_goes_on_where_it_was_stopped(
    data: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    whole = train_embedding(data, settings=SETTINGS, seed=1)
    monkeypatch.setattr(checkpoint_module, "_EVERY", 0.0)
    write = Saving.post_epoch
    epochs: list[int] = []

    def stopping(self: Saving, epoch: int, epoch_loss: float, **kwargs: Any) -> None:
        write(self, epoch, epoch_loss, **kwargs)
        epochs.append(epoch)
        if epoch == stopped_after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Saving, "post_epoch", stopping)
        train_embedding(data, settings=SETTINGS, seed=1, checkpoints=tmp_path)
    torch.manual_seed(99)
    monkeypatch.setattr(Saving, "post_epoch", lambda self, epoch, epoch_loss, **kwargs: epochs.append(epoch))
    again = train_embedding(data, settings=SETTINGS, seed=1, checkpoints=tmp_path)
    assert epochs == [1, 2, 3, 4, 5]
    assert same(whole, again)


def test_another_training_is_not_gone_on_with(data: TrainingData, tmp_path: Path) -> None:
    train_embedding(data, settings=SETTINGS, seed=1, checkpoints=tmp_path)
    other = train_embedding(data, settings=SETTINGS, seed=2, checkpoints=tmp_path)
    assert same(other, train_embedding(data, settings=SETTINGS, seed=2))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_broken_checkpoint_is_told(data: TrainingData, tmp_path: Path) -> None:
    train_embedding(data, settings=SETTINGS, seed=1, checkpoints=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"not a readable checkpoint.*delete it"):
        train_embedding(data, settings=SETTINGS, seed=1, checkpoints=tmp_path)


def test_early_stopping_finds_how_long(data: TrainingData) -> None:
    found = early_stopped(data, settings=EmbeddingSettings(dim=8), seed=0)
    assert found.epochs is not None and 3 <= found.epochs <= 128
    assert early_stopped(data, settings=EmbeddingSettings(dim=8), seed=0) == found
    assert early_stopped(data, settings=SETTINGS) is SETTINGS
    noise = {target: np.random.default_rng(0).permutation(own) for target, own in data.labels.items()}
    of_noise = early_stopped(replace(data, labels=noise), settings=EmbeddingSettings(dim=8), seed=0).epochs
    assert of_noise is not None and of_noise < found.epochs
