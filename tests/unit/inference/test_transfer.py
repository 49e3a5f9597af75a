"""Transfer: what is learned from English names completes garments that have Chinese ones."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue, terms
from kg_fashion.catalog import ColumnMapping
from kg_fashion.inference.labels import label_matrix
from kg_fashion.inference.metrics import correct, log_loss

TARGETS = ("season", "occasion")
NAMED = ("type", "material", "colour", "pattern", "sleeveLength", "neckline", "fit", "length", "style")


def in_language(catalogue: Catalogue, lang: str) -> Catalogue:
    """Leave the names in one language."""
    named = (replace(g, labels=tuple(own for own in g.labels if own[1] == lang)) for g in catalogue)
    return replace(catalogue, garments=tuple(named))


def names_alone(catalogue: Catalogue, folder: Path) -> Catalogue:
    """Write the Chinese names to a file that has nothing else, and read it."""
    path = folder / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("sku", "名称"), *((garment.id, garment.name) for garment in catalogue)])
    return read_catalogue(path, mapping=ColumnMapping("names", "sku", {"zh": "名称"}, {}, tag=NAMED))


@pytest.fixture(scope="module")
def english(boutique: Catalogue) -> AttributeInferrer:
    """Trained on the English names of every other garment."""
    return AttributeInferrer.train(in_language(boutique.subset(range(0, len(boutique), 2)), "en"), seed=0)


@pytest.mark.parametrize("target", TARGETS)
def test_a_model_of_english_names_completes_chinese_ones(
    english: AttributeInferrer, boutique: Catalogue, target: str, tmp_path: Path
) -> None:
    chinese = in_language(boutique.subset(range(1, len(boutique), 2)), "zh")
    truth = label_matrix(chinese, target, english.values(target))
    known = truth.sum(axis=1) > 0
    shares = label_matrix(boutique.subset(range(0, len(boutique), 2)), target, english.values(target)).sum(axis=0)
    majority = np.tile((shares / shares.sum()).astype(np.float32), (int(known.sum()), 1))
    for asked in (chinese.without(TARGETS), names_alone(chinese, tmp_path)):
        said = english.predict_proba(asked, target)[known]
        assert correct(said, truth[known]).mean() > correct(majority, truth[known]).mean() + 0.1
        assert log_loss(said, truth[known]) < log_loss(majority, truth[known])


@pytest.mark.parametrize(("lang", "cool", "warm"), [("en", "linen", "wool"), ("zh", "亚麻", "羊毛")])
def test_a_word_of_either_language_pulls_the_same_way(
    english: AttributeInferrer, boutique: Catalogue, lang: str, cool: str, warm: str
) -> None:
    garment = boutique.without(terms.ATTRIBUTES)[0]
    named = tuple(replace(garment, labels=((name, lang),)) for name in (cool, warm))
    said = english.predict_proba(replace(boutique, garments=named), "season")
    columns = [english.values("season").index(terms.KGF[name]) for name in ("Summer", "Winter")]
    assert said[0, columns[0]] / said[0, columns[1]] > said[1, columns[0]] / said[1, columns[1]]
