"""The nearest known garments, against sorting all similarities."""

import numpy as np
import pytest

from kg_fashion.catalog import Garment
from kg_fashion.inference import neighbours
from kg_fashion.inference.neighbours import NearestGarments


def garments(n: int) -> list[Garment]:
    return [Garment(f"G{i}", f"urn:{i}", (), {} if i % 7 == 3 else {"season": (f"urn:s{i % 4}",)}) for i in range(n)]


def test_as_sorting_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_QUERIES", 5)
    monkeypatch.setattr(neighbours, "_KNOWN", 11)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    known = garments(60)
    asked = vectors[:13] * 3
    own = [garment.id for garment in known[:13]]
    found = NearestGarments(vectors, known).query(asked, 6, target="season", leave_out=own)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for number, near in enumerate(found):
        similar = unit @ unit[number]
        order = [i for i in np.argsort(-similar, kind="stable") if i != number and known[i].values][:6]
        assert [one.garment.id for one in near] == [f"G{i}" for i in order]
        assert np.allclose([one.similarity for one in near], similar[order], atol=1e-5)
        assert all(one.values == one.garment.values["season"] for one in near)


def test_of_equal_ones_the_earlier_and_never_more_than_there_are() -> None:
    vectors = np.ones((5, 3), dtype=np.float32)
    nearest = NearestGarments(vectors, garments(5))
    (near,) = nearest.query(vectors[:1], 9, target="season", leave_out=["G0"])
    assert [one.garment.id for one in near] == ["G1", "G2", "G4"]
    assert nearest.query(vectors[:1], 2, target="occasion") == [()]
    assert nearest.query(vectors[:0], 2, target="season") == []


def test_a_garment_without_any_known_part_is_near_nothing() -> None:
    vectors = np.eye(3, dtype=np.float32)
    (near,) = NearestGarments(vectors, garments(3)).query(np.zeros((1, 3), dtype=np.float32), 2, target="season")
    assert [one.similarity for one in near] == [0.0, 0.0]
    with pytest.raises(ValueError, match="3 vectors of 2 garments"):
        NearestGarments(vectors, garments(2))
