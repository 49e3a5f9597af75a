"""Prototypes and the space that they live in: computed the slow way, and on toy garments."""

from dataclasses import replace

import numpy as np
import pytest

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.embedding.few_shot_space import HASHED_DIM, FewShotSpace, _literals
from kg_fashion.embedding.prototypes import plausibility, prototypes, unit


def drawn(n: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


def named(boutique: Catalogue, *names: str, kind: str | None = None) -> Catalogue:
    """Garments that have a name and perhaps a type, and nothing else."""
    values = {} if kind is None else {"type": (kind,)}
    garments = [Garment(str(n), f"urn:{n}", ((name, "en"),) if name else (), values) for n, name in enumerate(names)]
    return replace(boutique, garments=tuple(garments))


def test_prototypes_are_means_of_unit_vectors() -> None:
    examples, classes = drawn(6, 4), np.array([1, 0, 1, 2, 2, 2])
    for number, centre in enumerate(prototypes(examples, classes)):
        own = [x / np.sqrt((x**2).sum()) for x in examples[classes == number]]
        assert np.allclose(centre, sum(own) / len(own), atol=1e-6)


def test_plausibility_differs_as_squared_distances_do() -> None:
    centres, garments = prototypes(drawn(6, 4), np.array([0, 1, 2] * 2)), drawn(5, 4, seed=1)
    for x, scores in zip(garments, plausibility(garments, centres, n_examples=2), strict=True):
        away = [((x / np.linalg.norm(x) - c) ** 2).sum() for c in centres]
        for one in range(3):
            assert scores[one] - scores[0] == pytest.approx(6 * 2**0.3 * (away[0] - away[one]), abs=1e-4)


def test_an_example_belongs_to_its_class_whatever_its_length() -> None:
    examples = drawn(3, 16)
    centres = prototypes(examples, np.arange(3))
    scaled = examples * np.array([[0.1], [1], [50]], dtype=np.float32)
    assert plausibility(scaled, centres, n_examples=1).argmax(axis=1).tolist() == [0, 1, 2]


def test_whitening_quiets_what_differs_within_classes(boutique: Catalogue) -> None:
    """One axis tells two classes apart, the other is loud noise; after whitening the first is the louder."""
    draw = np.random.default_rng(0)
    classes = np.repeat([0, 1], 200)
    composed = np.stack([classes * 2.0 + 0.1 * draw.normal(size=400), 5 * draw.normal(size=400)], axis=1)
    space = FewShotSpace.fit(composed.astype(np.float32), classes, named(boutique, *["shirt"] * 400))

    def signal_to_noise(vectors: np.ndarray) -> float:
        apart = np.linalg.norm(vectors[classes == 1].mean(axis=0) - vectors[classes == 0].mean(axis=0))
        return float(apart / np.sqrt(np.trace(np.cov(vectors[classes == 0].T))))

    assert signal_to_noise((composed - space.mean) @ space.whitening) > 3 * signal_to_noise(composed)


def test_whitening_is_the_inverse_root_of_the_shrunk_covariance(boutique: Catalogue) -> None:
    composed, classes = drawn(60, 5), np.arange(60) % 3
    space = FewShotSpace.fit(composed, classes, named(boutique, *["shirt"] * 60))
    away = np.concatenate([composed[classes == k] - composed[classes == k].mean(axis=0) for k in range(3)])
    covariance = sum(np.outer(x, x) for x in away.astype(np.float64)) / 60
    shrunk = covariance + 0.1 * np.trace(covariance) / 5 * np.eye(5)
    assert np.allclose(space.whitening @ space.whitening.T, np.linalg.inv(shrunk), rtol=1e-3, atol=1e-3)


def test_likeness_is_the_weighted_sum_of_three_cosines(boutique: Catalogue) -> None:
    known = named(boutique, *["Acme shirt"] * 15, *["coat"] * 15, kind=terms.KGF.Coat)
    garments = named(boutique, "Acme red shirt", "Acme green SHIRTS", kind=terms.KGF.TrenchCoat)
    garments = replace(garments, garments=(garments[0], replace(garments[1], values={"type": (terms.KGF.Parka,)})))
    composed = drawn(2, 4)
    space = FewShotSpace.fit(drawn(30, 4, seed=3), np.arange(30) % 2, known)
    moved = (composed - space.mean) @ space.whitening
    expected = 0.3 * (moved[0] @ moved[1] / np.linalg.norm(moved[0]) / np.linalg.norm(moved[1]))
    for kind, share in ((0, 0.5), (1, 0.2)):
        one, two = (
            {x: space.rarity.get(x, np.log(31)) for x in _literals(garment, boutique.ontology)[kind]}
            for garment in garments
        )
        shared = sum(one[x] * two[x] for x in one.keys() & two.keys())
        expected += share * shared / np.sqrt(sum(w**2 for w in one.values()) * sum(w**2 for w in two.values()))
    vectors = space.vectors(composed, garments)
    assert vectors.shape == (2, 4 + HASHED_DIM)
    assert vectors[0] @ vectors[1] == pytest.approx(expected, abs=1e-4)


def test_a_word_that_training_never_saw_counts_most(boutique: Catalogue) -> None:
    known = named(boutique, *["red shirt"] * 5, *["red coat"] * 4)
    space = FewShotSpace.fit(drawn(9, 4), np.arange(9) % 2, known)
    assert space.rarity["red"] == pytest.approx(0.0)
    assert space.rarity["coat"] == pytest.approx(np.log(10 / 5))
    asked = named(boutique, "red dupatta", "red DUPATTAS", "red coat")
    words = space.vectors(np.zeros((3, 4), np.float32), asked)[:, 4:]
    assert words[0] @ words[1] == pytest.approx(0.5, abs=1e-4)
    assert abs(words[0] @ words[2]) < 0.01


def test_garments_without_a_name_and_none_at_all(boutique: Catalogue) -> None:
    space = FewShotSpace.fit(drawn(9, 4), np.arange(9) % 2, named(boutique, *["red shirt"] * 9))
    assert np.isfinite(space.vectors(np.zeros((1, 4), np.float32), named(boutique, ""))).all()
    assert space.vectors(np.zeros((0, 4), np.float32), named(boutique)).shape == (0, 4 + HASHED_DIM)
    assert unit(np.zeros((1, 3), np.float32)).tolist() == [[0.0, 0.0, 0.0]]
