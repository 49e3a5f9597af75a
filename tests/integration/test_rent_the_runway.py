"""The benchmark on Rent the Runway: its table by hand, its words, and what it finds on a part of the real rentals."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from kg_fashion import terms
from kg_fashion.embedding import EmbeddingSettings

FOLDER = Path(__file__).parents[2] / "benchmarks" / "attributes"


@pytest.fixture(scope="module")
def runway() -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("rent_the_runway", FOLDER / "rent_the_runway.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def rentals(**columns: list[object]) -> pl.DataFrame:
    n = len(columns["item_id"])
    blank: dict[str, list[object]] = {
        "category": ["gown"] * n, "fit": ["fit"] * n, "size": [8] * n, "age": [30.0] * n, "height_in": [65.0] * n,
        "weight_lbs": [130.0] * n, "bust_size_num": [34.0] * n, "bust_size_letter": ["b"] * n, "rating": [10.0] * n,
        "body_type": ["pear"] * n,
    }  # fmt: skip
    return pl.DataFrame(blank | columns)


def test_the_rentals_of_a_dress_are_put_together(runway: ModuleType) -> None:
    table = runway.dresses(
        rentals(
            item_id=[7, 7, 7, 7, 9],
            rented_for=["wedding", "wedding", "date", None, "work"],
            fit=["small", "fit", "fit", "small", "large"],
            age=[20.0, 30.0, None, 90.0, 50.0],
            body_type=["pear", None, "apple", "apple", "pear"],
        )
    )
    first, second = table.to_dicts()
    assert (first["item_id"], first["wedding"], first["date"], first["work"]) == (7, 2.0, 1.0, 0.0)
    assert (first["age mean"], first["age least"], first["age most"]) == (25.0, 20.0, 30.0)
    assert first["age spread"] == pytest.approx(np.std([20.0, 30.0], ddof=1))
    assert first["fit small"] == first["body_type pear"] == pytest.approx(1 / 3)
    assert second["age spread"] is None


def test_divergence_is_the_sum_by_hand(runway: ModuleType) -> None:
    truth, said = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.25, 0.5, 0.25], [0.2, 0.4, 0.4]])
    np.testing.assert_allclose(runway.divergence(truth, said), [0.5 * np.log(2), np.log(5)])
    np.testing.assert_allclose(runway.divergence(truth[:1], truth[:1]), 0.0, atol=1e-12)


def toy(runway: ModuleType, seed: int = 0) -> tuple[object, np.ndarray]:
    """Dresses of two categories whose renters' age decides between wedding and work."""
    rng = np.random.default_rng(seed)
    n_dresses, n_each = 120, 10
    item = np.repeat(np.arange(n_dresses), n_each)
    age = np.repeat(rng.uniform(20, 60, n_dresses), n_each) + rng.normal(size=len(item))
    work = rng.random(len(item)) < np.where(age > 40, 0.9, 0.1)
    frame = rentals(
        item_id=item.tolist(),
        rented_for=np.where(work, "work", "wedding").tolist(),
        age=age.tolist(),
        category=np.where(item % 2, "gown", "sheath").tolist(),
        size=rng.choice([2, 8, 14], len(item)).tolist(),
    )
    return runway.dresses(frame), age


def test_words_are_bins_of_the_training_dresses(runway: ModuleType) -> None:
    table, _ = toy(runway)
    split = runway.Split(table, seed=0)
    rows = split.train
    words = np.array(runway.word_column(split, (("age mean", 4),), rows))
    numbers = split.numbers["age mean"].to_numpy()
    edges = np.quantile(numbers[rows], [0.25, 0.5, 0.75])
    expected = [f"age mean {1 + (number >= edges).sum()} of 4" for number in numbers]
    assert words.tolist() == expected
    pair = runway.word_column(split, (("category", 0), ("age mean", 4)), rows)
    assert pair == [f"{own}, {word}" for own, word in zip(split.category, expected, strict=True)]


def test_the_words_that_decide_are_chosen_and_read_as_a_catalogue(runway: ModuleType) -> None:
    table, _ = toy(runway)
    split = runway.Split(table, seed=0)
    words = runway.chosen_words(split)
    assert any(name.startswith("age") for name, _ in words[0])
    catalogue = runway.as_catalogue(split, words, split.train)
    assert [garment.id for garment in catalogue] == [str(i) for i in split.ids]
    assert catalogue[0].values["type"] == (terms.KGF.SheathDress,)
    assert catalogue[1].values["type"] == (terms.KGF.EveningGown,)
    assert "occasion" not in catalogue[0].values
    assert len(catalogue[0].values["detail"]) == len(words)
    iris = runway.occasion_iris(catalogue)
    assert iris[:2] == (terms.KGF.Wedding, terms.KGF.FormalEvening)
    assert len(set(iris)) == len(runway.OCCASIONS)


def test_the_split_parts_the_dresses(runway: ModuleType) -> None:
    table, _ = toy(runway)
    split = runway.Split(table, seed=3)
    assert sorted([*split.train, *split.test]) == list(range(120))
    assert sorted([*split.fitting, *split.tuning]) == split.train.tolist()
    assert (len(split.test), len(split.tuning)) == (24, 9)


def test_the_category_with_a_great_prior_is_the_overall_share(runway: ModuleType) -> None:
    table, _ = toy(runway)
    split = runway.Split(table, seed=0)
    said = runway.by_category(split, split.train, 1e12)
    np.testing.assert_allclose(said, np.tile(split.overall(split.train), (120, 1)), rtol=1e-6)
    gowns = np.flatnonzero(np.array(split.category) == "gown")
    counts = split.counts[np.intersect1d(gowns, split.train)].sum(axis=0)
    np.testing.assert_allclose(runway.by_category(split, split.train, 1e-9)[gowns[0]], counts / counts.sum())


@pytest.mark.slow
def test_ours_and_lightgbm_learn_what_decides(runway: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runway, "SETTINGS", (EmbeddingSettings(dim=16, part_dropout=0.1),))
    table, _ = toy(runway)
    split = runway.Split(table, seed=0)
    least = runway.measures(split, split.test, runway.overall(split))
    for method in ("LightGBM", "kg_fashion"):
        found = runway.measures(split, split.test, runway.METHODS[method](split))
        for name in runway.MEASURES:
            assert found[name] < 0.5 * least[name], (method, name)


@pytest.mark.shared_data
def test_the_category_tells_more_than_nothing(runway: ModuleType, shared_data: Path) -> None:
    table = runway.dresses(pl.read_parquet(shared_data / "rent_the_runway" / "rentals.parquet"))
    assert len(table) > 4000
    split = runway.Split(table, seed=0)
    assert split.counts.sum() == pytest.approx(173_511, abs=5)
    overall = runway.measures(split, split.test, runway.overall(split))
    category = runway.measures(split, split.test, runway.category(split))
    for name in runway.MEASURES:
        assert category[name] < 0.75 * overall[name]
