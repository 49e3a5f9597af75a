"""Enriched tables: the same rows and columns in every format, and nothing that a spreadsheet would run."""

import csv
import json
from pathlib import Path

import polars as pl
import pyoxigraph as ox
import pytest

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.catalog import Filling, write_enriched
from kg_fashion.errors import CatalogueError
from kg_fashion.resources import boutique_dir

FILLINGS = {
    "C012": {"season": Filling(terms.KGF.Winter, 0.9612, "it is warm")},
    "C006": {"season": Filling(None, 0.3, "?")},
}
MORE = {"season_inferred": "winter", "season_probability": 0.9612, "season_why": "it is warm"}


def lines(catalogue: Catalogue, target: Path) -> list[dict[str, object]]:
    assert write_enriched(catalogue, FILLINGS, ("season",), target) == (1, 0)
    return [json.loads(line) for line in target.read_text("utf-8").splitlines()]


def test_json_lines_from_csv_and_from_json_lines(tmp_path: Path, boutique: Catalogue) -> None:
    found = lines(boutique, tmp_path / "out.jsonl")
    with (boutique_dir() / "catalogue.csv").open(encoding="utf-8", newline="") as stream:
        supplied = list(csv.DictReader(stream))
    assert len(found) == len(supplied)
    for after, before in zip(found, supplied, strict=True):
        more = MORE if before["sku"] == "C012" else dict.fromkeys(MORE)
        assert after == before | more
    plain = tmp_path / "in.jsonl"
    plain.write_text(
        "".join(json.dumps(row | {"n": 1.50, "list": [1, {"a": None}]}) + "\n" for row in supplied), "utf-8"
    )
    again = lines(read_catalogue(plain, mapping="boutique"), tmp_path / "again.jsonl")
    assert again == [row | {"n": 1.5, "list": [1, {"a": None}]} for row in found]


def test_parquet_keeps_types(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    frame = pl.read_csv(boutique_dir() / "catalogue.csv", infer_schema=False).with_columns(
        pl.col("price_cny").cast(int)
    )
    frame.write_parquet(source)
    target = tmp_path / "out.parquet"
    write_enriched(read_catalogue(source, mapping="boutique"), FILLINGS, ("season",), target)
    found = pl.read_parquet(target)
    assert found.select(frame.columns).equals(frame)
    assert found.filter(sku="C012").select(*MORE).rows() == [tuple(MORE.values())]
    assert found.schema["season_probability"] == pl.Float64
    assert found["season_inferred"].drop_nulls().len() == 1


def test_tsv_from_parquet_joins_several_values(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    pl.DataFrame({"sku": ["C012"], "colours": [["red", "blue"]], "season": [None]}).cast(
        {"season": pl.String}
    ).write_parquet(source)
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "sku"\n[columns]\ncolour = "colours"\nseason = "season"\n')
    target = tmp_path / "out.tsv"
    write_enriched(read_catalogue(source, mapping=mapping), FILLINGS, ("season",), target)
    assert target.read_text() == (
        "sku\tcolours\tseason\tseason_inferred\tseason_probability\tseason_why\n"
        "C012\tred|blue\t\twinter\t0.9612\tit is warm\n"
    )


def test_turtle_and_jsonld_say_what_was_inferred(tmp_path: Path, boutique: Catalogue) -> None:
    turtle = tmp_path / "out.ttl"
    assert write_enriched(boutique, FILLINGS, ("season",), turtle).filled == 1
    store = ox.Store()
    store.load(path=turtle)
    query = "SELECT ?p ?why { ?r rdf:reifies <<( ?g kgf:season ?v )>> ; kgf:probability ?p ; rdfs:comment ?why }"
    (row,) = store.query(terms.PROLOGUE + query)
    assert (row["p"].value, row["why"].value) == ("0.9612", "it is warm")
    linked = tmp_path / "out.jsonld"
    assert write_enriched(boutique, FILLINGS, ("season",), linked).filled == 1
    again = read_catalogue(linked)
    assert [garment.id for garment in again] == [garment.id for garment in boutique]
    assert again.get("C001").values["material"] == boutique.get("C001").values["material"]
    assert again.get("C012").values["season"] == (terms.KGF.Winter,)


def test_formulas_are_neutralised_and_numbers_are_not(tmp_path: Path) -> None:
    source = tmp_path / "shop.csv"
    cells = ["=1+1", "+1", "-2.50", "@SUM(A1)", "-", "a=b", "=cmd|' /C calc'!A0", "-A1", "+49 30 1", "\tx"]
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "id"\n[columns]\nmaterial = "material"\nseason = "season"\n')
    rows = [[str(number), cell, ""] for number, cell in enumerate(cells)]
    with source.open("w", newline="") as stream:
        csv.writer(stream).writerows([["id", "material", "season"], *rows])
    catalogue = read_catalogue(source, mapping=mapping)
    bad = catalogue[0].values["material"][0]
    fillings = {"1": {"material": Filling(bad, 0.5, "=why")}}
    target = tmp_path / "out.csv"
    assert write_enriched(catalogue, fillings, ("material",), target) == (1, 8)
    with target.open(newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [row["material"] for row in found] == [
        "'=1+1", "+1", "-2.50", "'@SUM(A1)", "-", "a=b", "'=cmd|' /C calc'!A0", "'-A1", "'+49 30 1", "'\tx",
    ]  # fmt: skip
    assert (found[1]["material_inferred"], found[1]["material_why"]) == ("'=1+1", "'=why")


def test_rows_that_are_no_garments_stay_in_the_table(tmp_path: Path) -> None:
    source = tmp_path / "shop.csv"
    source.write_text("id,material,season\nA,wool,\nA,silk,\n,linen,\nbad\nB,wool,winter\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "id"\n[columns]\nmaterial = "material"\nseason = "season"\n')
    target = tmp_path / "out.csv"
    fillings = {"A": {"season": Filling(terms.KGF.Winter, 0.75, "warm")}}
    write_enriched(read_catalogue(source, mapping=mapping), fillings, ("season",), target)
    assert target.read_text().splitlines()[1:] == [
        "A,wool,,winter,0.7500,warm", "A,silk,,,,", ",linen,,,,", "B,wool,winter,,,",
    ]  # fmt: skip


def test_what_cannot_be_written_is_told_before_anything_is_lost(tmp_path: Path, boutique: Catalogue) -> None:
    with pytest.raises(CatalogueError, match=r"unknown suffix '\.xls'"):
        write_enriched(boutique, {}, ("season",), tmp_path / "out.xls")
    write_enriched(boutique, FILLINGS, ("season",), tmp_path / "once.csv")
    once = read_catalogue(tmp_path / "once.csv", mapping="boutique")
    with pytest.raises(CatalogueError, match="has a column 'season_inferred' already"):
        write_enriched(once, FILLINGS, ("season",), tmp_path / "twice.csv")
    assert not (tmp_path / "twice.csv").exists()
