"""Catalogues: words to values, unknown words, names, mappings, triples, the way back to CSV."""

import csv
from pathlib import Path

import pytest

from kg_fashion import read_catalogue, terms
from kg_fashion.catalog import Filling, catalogue_ntriples, load_mapping, write_enriched, write_report
from kg_fashion.errors import CatalogueError, MappingError
from kg_fashion.graph import KnowledgeGraph

MYNTRA = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n"
SHOP = (
    MYNTRA + "1,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,2011,Casual,Turtle Check Men Navy Blue Cotton Shirt\n"
    '2,Women,Apparel,Topwear,Zorgs,Blurple,,2012,NA,"Turtle Women\'s ""Zorg"", Long Sleeve"\n'
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP, "utf-8")
    return path


def test_cells_and_names_become_values(shop: Path) -> None:
    catalogue = read_catalogue(shop)
    assert catalogue.mapping.name == "myntra"
    first = catalogue.get("1")
    short = {a: [terms.local_name(iri) for iri in values] for a, values in first.values.items()}
    assert short["type"] == ["Shirt"]
    assert short["colour"] == ["NavyBlue"]
    assert short["season"] == ["Autumn"]
    assert short["material"] == ["Cotton"]
    assert "material" in first.tagged
    assert "colour" not in first.tagged


def test_unknown_words_are_kept_and_reported(shop: Path) -> None:
    catalogue = read_catalogue(shop)
    assert set(catalogue.report.unknown) == {("type", "Zorgs"), ("colour", "Blurple")}
    (iri,) = catalogue.get("2").values["colour"]
    assert catalogue.label(iri) == "Blurple"
    assert "season" not in catalogue.get("2").values
    assert "occasion" not in catalogue.get("2").values


def test_both_languages_give_the_same_value(tmp_path: Path) -> None:
    mapping = tmp_path / "zh.toml"
    mapping.write_text('id = "编号"\nnames = { zh = "名称" }\n[columns]\nmaterial = "材质"\nseason = "季节"\n', "utf-8")
    path = tmp_path / "zh.csv"
    path.write_text("编号,名称,材质,季节\n甲,羊毛大衣,羊毛,冬季\n", "utf-8")
    garment = read_catalogue(path, mapping=mapping)[0]
    assert garment.values["material"] == (terms.KGF.Wool,)
    assert garment.values["season"] == (terms.KGF.Winter,)


def test_triples_answer_sparql(shop: Path) -> None:
    graph = KnowledgeGraph()
    graph.load_catalogue(catalogue_ntriples(read_catalogue(shop)))
    rows = graph.query("SELECT ?id { ?g dcterms:identifier ?id ; kgf:colour/kgf:unresolved true }").to_rows()
    assert rows == [["2"]]


def test_only_the_gap_changes(shop: Path, tmp_path: Path) -> None:
    catalogue = read_catalogue(shop)
    target = tmp_path / "out.csv"
    fillings = {"2": {"season": Filling(terms.KGF.Autumn, 0.7, "y")}}
    assert write_enriched(catalogue, fillings, ("season",), target) == (1, 0)
    old = SHOP.splitlines()
    new = target.read_text("utf-8").splitlines()
    assert new[0] == old[0] + ",season_inferred,season_probability,season_why"
    assert new[1] == old[1] + ",,,"
    assert new[2].startswith(old[2])
    (row,) = csv.DictReader([new[0], new[2]])
    assert (row["season_inferred"], row["season_probability"], row["season_why"]) == ("Fall", "0.7000", "y")
    assert row["season"] == ""
    assert row["productDisplayName"] == 'Turtle Women\'s "Zorg", Long Sleeve'
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_unwritable_target_is_told(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be written"):
        write_enriched(read_catalogue(shop), {}, ("season",), tmp_path / "no" / "out.csv")


def test_mappings_are_checked(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('id = "id"\n[columns]\ncolor = "baseColour"\n')
    with pytest.raises(MappingError, match="unknown attribute 'color'; did you mean colour"):
        load_mapping(path)
    path.write_text('id = "id"\n[columns]\ncolour = "basecolor"\n')
    with pytest.raises(MappingError, match=r"no column 'basecolor'.*did you mean baseColour"):
        read_catalogue(shop, mapping=path)
    with pytest.raises(MappingError, match=r"no mapping 'mintra'.*did you mean myntra"):
        load_mapping("mintra")


def test_sizes_are_specifications_of_schema_org(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("id,size\n1,EU 38|M\n2,us-8\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "id"\nseparator = "|"\n[columns]\nsize = "size"\n')
    graph = KnowledgeGraph()
    graph.load_catalogue(catalogue_ntriples(read_catalogue(path, mapping=mapping)))
    query = (
        "SELECT ?id ?name ?system { ?g dcterms:identifier ?id ; kgf:size ?s . ?s a schema:SizeSpecification ;"
        " schema:name ?name OPTIONAL { ?s schema:sizeSystem ?system } } ORDER BY ?id ?name"
    )
    assert graph.query(query).to_rows() == [
        ["1", "38", "schema:WearableSizeSystemEurope"], ["1", "M", ""], ["2", "8", "schema:WearableSizeSystemUS"],
    ]  # fmt: skip


def test_rows_of_one_garment_are_grouped(tmp_path: Path) -> None:
    path = tmp_path / "rentals.csv"
    path.write_text("item,worn,rating\nA,wedding,5\nB,gym,3\nA,party,4\nA,wedding,2\n,party,1\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "item"\ngrouped = true\n[columns]\noccasion = "worn"\n')
    catalogue = read_catalogue(path, mapping=mapping)
    assert [(g.id, g.values["occasion"]) for g in catalogue] == [
        ("A", (terms.KGF.Wedding, terms.KGF.Party)), ("B", (terms.KGF.Gym,)),
    ]  # fmt: skip
    assert [problem.line for problem in catalogue.report.problems] == [6]


def test_the_report_names_row_column_value_and_the_nearest_word(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(MYNTRA + "1,Men,Apparel,Topwear,Shirts,Navvy Blue,Fall,2011,Casual,Shirt\n" + "2,Men\n,,,,,,,,,x\n")
    catalogue = read_catalogue(path)
    target = tmp_path / "report.csv"
    assert write_report(catalogue.report, catalogue.mapping, catalogue.ontology, target) == 3
    assert target.read_text().splitlines() == [
        "row,column,value,problem,nearest,garments",
        "3,,,2 cells where the header has 10,,0",
        "4,id,,the identifier is empty,,0",
        "2,baseColour,Navvy Blue,not a known colour,navy blue,1",
    ]


def test_values_of_a_mapping_are_checked(tmp_path: Path, shop: Path) -> None:
    mapping = tmp_path / "m.toml"
    for value, message in (
        ("kgf:Wolo", "no kgf:Wolo; did you mean kgf:Wool"),
        ("a b> <c", "the ontology does not define"),
    ):
        mapping.write_text(f'id = "id"\n[columns]\nmaterial = "articleType"\n[values.material]\nZorgs = "{value}"\n')
        with pytest.raises(MappingError, match=message):
            read_catalogue(shop, mapping=mapping)
    mapping.write_text('id = "id"\n[names]\n"en us" = "x"\n[columns]\nmaterial = "articleType"\n')
    with pytest.raises(MappingError, match="not a language tag"):
        load_mapping(mapping)
    mapping.write_text('id = 3\n[columns]\nmaterial = "articleType"\n')
    with pytest.raises(MappingError, match="id must be a text"):
        load_mapping(mapping)
