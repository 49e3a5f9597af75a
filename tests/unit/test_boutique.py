"""The bundled boutique: complete, consistent, and its simulated part reproducible."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

from kg_fashion import read_catalogue
from kg_fashion.catalog import Lexicon
from kg_fashion.ranking import read_history
from kg_fashion.ranking.history import EVENT_WEIGHTS
from kg_fashion.resources import boutique_dir


def rows(name: str) -> list[dict[str, str]]:
    with (boutique_dir() / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_catalogue_is_as_described() -> None:
    catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
    assert len(catalogue) >= 300
    assert not catalogue.report.problems
    assert not catalogue.report.unknown
    for attribute in ("season", "occasion"):
        empty = sum(attribute not in garment.values for garment in catalogue) / len(catalogue)
        assert 0.35 < empty < 0.45
    for garment in catalogue:
        assert {language for _, language in garment.labels} == {"en", "zh"}
    first, second = catalogue.get("C001"), catalogue.get("C002")
    assert [catalogue.label(first.values[a][0]) for a in ("material", "fit", "occasion")] == [
        "wool", "slim", "business meeting",
    ]  # fmt: skip
    assert [catalogue.label(second.values[a][0]) for a in ("material", "fit", "occasion")] == [
        "cotton-linen", "loose", "casual outing",
    ]  # fmt: skip


def test_truth_covers_the_catalogue_and_agrees_with_it() -> None:
    catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
    lexicon = Lexicon(catalogue.ontology)
    truth = {row["sku"]: row for row in rows("truth.csv")}
    assert list(truth) == [garment.id for garment in catalogue]
    for garment in catalogue:
        for attribute in ("season", "occasion"):
            own = {lexicon.resolve(attribute, word) for word in truth[garment.id][attribute].split("|")}
            assert own and None not in own
            assert set(garment.values.get(attribute, ())) <= own


def test_history_and_wardrobe() -> None:
    catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
    history = read_history(boutique_dir() / "history.csv", catalogue)
    assert not history.problems
    assert len(history.by_person) >= 60
    assert set(Counter(event.kind for event in history.events)) == set(EVENT_WEIGHTS)
    bought = {(row["person"], row["sku"]) for row in rows("history.csv") if row["event"] == "buy"}
    wardrobe = rows("wardrobe.csv")
    assert wardrobe
    assert {(row["person"], row["sku"]) for row in wardrobe} <= bought


def test_the_generator_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("generate_history.py", "catalogue.csv", "truth.csv"):
        (tmp_path / name).write_bytes((boutique_dir() / name).read_bytes())
    subprocess.run([sys.executable, tmp_path / "generate_history.py"], check=True, capture_output=True, cwd=tmp_path)
    for name in ("history.csv", "wardrobe.csv"):
        assert (tmp_path / name).read_bytes() == (boutique_dir() / name).read_bytes()
