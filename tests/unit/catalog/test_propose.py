"""Mappings proposed for catalogues that were never seen."""

import tomllib
from pathlib import Path

import pytest

from kg_fashion import read_catalogue, terms
from kg_fashion.catalog import load_mapping, propose_mapping
from kg_fashion.errors import CatalogueError, MappingError
from kg_fashion.resources import boutique_dir

CHINESE = "编号,名称,材质,颜色,季节,场合\n" + "".join(
    f"{number},羊毛大衣{number},羊毛,藏青色,{season},商务会议\n"
    for number, season in enumerate(["冬季", "秋季", "未知"] * 20)
)


def test_the_boutique_is_read_as_its_own_mapping_reads_it() -> None:
    proposal = propose_mapping(boutique_dir() / "catalogue.csv")
    own = load_mapping("boutique")
    assert (proposal.mapping.id, proposal.mapping.names) == (own.id, own.names)
    assert proposal.mapping.columns == own.columns
    assert proposal.mapping.separator == "|"


@pytest.mark.shared_data
def test_mango_and_rent_the_runway_without_help(shared_data: Path) -> None:
    mango = propose_mapping(shared_data / "mango" / "product_data.csv")
    assert mango.mapping.id == "cod_modelo_color"
    assert mango.mapping.columns == load_mapping("mango").columns
    assert {c.column: c.share for c in mango.columns}["des_agrup_color_eng"] == 1.0
    rented = propose_mapping(shared_data / "rent_the_runway" / "rentals.parquet")
    assert (rented.mapping.id, rented.mapping.grouped) == ("item_id", True)
    assert rented.mapping.columns == {"occasion": ("rented_for",), "type": ("category",), "size": ("size",)}
    (occasion,) = (c for c in rented.columns if c.column == "rented_for")
    assert set(occasion.unknown or ()) == {"other"}


def test_another_encoding_and_language_are_found(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(CHINESE.encode("gb18030"))
    proposal = propose_mapping(path)
    assert proposal.mapping.encoding == "gb18030"
    assert proposal.mapping.names == {"zh": "名称"}
    assert proposal.mapping.missing == {"未知"}
    mapping = tmp_path / "shop.toml"
    mapping.write_text(proposal.to_toml(), "utf-8")
    coat = read_catalogue(path, mapping=mapping)[0]
    assert (coat.name, coat.values["season"]) == ("羊毛大衣0", (terms.KGF.Winter,))


def test_what_is_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    rows = "".join(f'A{n};Coat "{n}";wolo;Navy\n' for n in range(30)) + "A99;Shirt;cottn;red\n"
    path.write_text('Item "No."#;title;fabric;Farbe\n' + rows.replace('"', ""))
    proposal = propose_mapping(path)
    read = tomllib.loads(proposal.to_toml())
    assert read["delimiter"] == ";"
    assert read["columns"] == {"material": "fabric", "colour": "Farbe"}
    assert read["values"]["material"] == {"cottn": "kgf:Cotton"}
    assert '"wolo" = "kgf:..."  # 30 rows' in proposal.to_toml()


def test_what_is_given_goes_before_a_mapping_and_a_mapping_before_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("sku,ref,colour,shade,season\n" + "".join(f"{n},r{n},red,blue,winter\n" for n in range(9)))
    assert propose_mapping(path).mapping.columns["colour"] == ("colour",)
    (tmp_path / "base.toml").write_text('id = "ref"\n[columns]\ncolour = "shade"\n')
    based = propose_mapping(path, base=load_mapping(tmp_path / "base.toml")).mapping
    assert (based.id, based.columns) == ("ref", {"colour": ("shade",), "season": ("season",)})
    given = propose_mapping(path, base=load_mapping(tmp_path / "base.toml"), id="sku", columns={"colour": "colour"})
    assert (given.mapping.id, given.mapping.columns["colour"]) == ("sku", ("colour",))


def test_what_cannot_be_proposed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("a,b\n,\n")
    with pytest.raises(CatalogueError, match="no row could be read"):
        propose_mapping(path)
    path.write_text("a,b\nx,red\nx,red\n")
    with pytest.raises(MappingError, match="name it with --id"):
        propose_mapping(path)
    with pytest.raises(MappingError, match="no column 'c'"):
        propose_mapping(path, columns={"colour": "c"})
    with pytest.raises(MappingError, match=r"unknown attribute 'color'; did you mean colour"):
        propose_mapping(path, columns={"color": "b"})


def test_columns_of_a_large_retailer_are_told_by_header_and_words(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    header = (
        "article_id,product_code,prod_name,product_type_no,product_type_name,graphical_appearance_name,"
        "colour_group_code,colour_group_name,perceived_colour_value_name,department_name,index_group_name,detail_desc\n"
    )
    kinds = ["Vest top", "Bra", "Trousers", "Leggings/Tights", "Hoodie"]
    colours = ["Black", "Dark Blue", "Light Pink", "Off White", "Greenish Khaki"]
    looks = ["Solid", "Stripe", "All over pattern"]
    path.write_text(
        header
        + "".join(
            f"{108775015 + n},{108775 + n // 4},Strap {kinds[n % 5].lower()} {n // 4},{n % 5},{kinds[n % 5]},"
            f"{looks[n % 3]},{n % 5},{colours[n % 5]},Dark,Jersey,{('Ladieswear', 'Menswear')[n % 2]},"
            f"Soft jersey with a round neck {n}.\n"
            for n in range(400)
        )
    )
    proposal = propose_mapping(path).mapping
    assert (proposal.id, proposal.names, proposal.separator) == ("article_id", {"en": "prod_name"}, "")
    assert proposal.columns == {
        "type": ("product_type_name",), "pattern": ("graphical_appearance_name",), "colour": ("colour_group_name",),
        "department": ("index_group_name",),
    }  # fmt: skip


def test_several_sizes_in_a_cell_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    rows = "".join(f'{n},"Biba {kind} {n}","UK 6,UK 8",Biba {kind}\n' for n, kind in enumerate(["skirt", "dress"] * 20))
    path.write_text("sku,name,size,category\n" + rows)
    proposal = propose_mapping(path)
    assert (proposal.mapping.separator, proposal.mapping.columns["size"]) == (",", ("size",))
    catalogue = read_catalogue(path, mapping=proposal.mapping)
    assert catalogue[0].values["type"] == (terms.KGF.Skirt,)
    assert len(catalogue[0].values["size"]) == 2
