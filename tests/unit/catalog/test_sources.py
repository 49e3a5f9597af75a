"""Every format gives the same garments; feeds and pages as their makers write them."""

import bz2
import gzip
import io
import json
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from backports import zstd

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.catalog.sources import open_source
from kg_fashion.errors import CatalogueError
from kg_fashion.resources import boutique_dir

TABLE = boutique_dir() / "catalogue.csv"
DATA = TABLE.read_bytes()


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("catalogue.csv", data)
    return buffer.getvalue()


def parquet(_: bytes) -> bytes:
    buffer = io.BytesIO()
    pl.read_csv(TABLE, infer_schema=False).write_parquet(buffer)
    return buffer.getvalue()


def delimited(mark: str) -> Callable[[bytes], bytes]:
    return lambda _: pl.read_csv(TABLE, infer_schema=False).write_csv(separator=mark).encode()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "c.csv.gz": gzip.compress,
    "c.csv.bz2": bz2.compress,
    "c.csv.xz": lzma.compress,
    "c.csv.zst": zstd.compress,
    "c.zip": zipped,
    "bom.csv": lambda data: b"\xef\xbb\xbf" + data,
    "utf16.csv": lambda data: data.decode().encode("utf-16"),
    "utf32.csv": lambda data: data.decode().encode("utf-32"),
    "windows.csv": lambda data: data.replace(b"\n", b"\r\n"),
    "old-mac.csv": lambda data: data.replace(b"\n", b"\r"),
    "no-suffix": lambda data: data,
    "c.tsv": delimited("\t"),
    "semicolon.csv": delimited(";"),
    "c.jsonl": lambda _: pl.read_csv(TABLE, infer_schema=False).write_ndjson().encode(),
    "c.ndjson.gz": lambda _: gzip.compress(pl.read_csv(TABLE, infer_schema=False).write_ndjson().encode()),
    "c.parquet": parquet,
}


def contents(catalogue: Catalogue) -> list[tuple[object, ...]]:
    return [(g.id, g.labels, dict(g.values), g.tagged) for g in catalogue]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_garments(tmp_path: Path, boutique: Catalogue, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name](DATA))
    found = read_catalogue(path)
    assert not found.report.problems
    assert contents(found) == contents(boutique)


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch, boutique: Catalogue) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(DATA))))
    found = read_catalogue("-")
    assert contents(found) == contents(boutique)
    assert sum(1 for _ in found.source.records()) == len(boutique)


def names(garment: Garment, attribute: str) -> list[str]:
    return [terms.local_name(iri) for iri in garment.values.get(attribute, ())]


FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>A1</g:id><g:title>Dress</g:title><g:link>https://shop.example/1</g:link><g:color>Red/Navy</g:color>
  <g:google_product_category>2271</g:google_product_category><g:gender>female</g:gender></item>
<item><g:id>A2</g:id><g:title>Blue long sleeve shirt</g:title>
  <g:product_type>Home &gt; Women &gt; Dresses &gt; Maxi Dresses</g:product_type></item>
</channel></rss>"""


def test_google_merchant_xml_and_tsv(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED, "utf-8")
    first, second = read_catalogue(path)
    assert (names(first, "type"), names(first, "colour")) == (["Dress"], ["Red", "NavyBlue"])
    assert names(first, "department") == ["Women"]
    assert first.line == 3
    assert (names(second, "type"), names(second, "sleeveLength")) == (["MaxiDress"], ["LongSleeve"])
    table = tmp_path / "feed.txt"
    table.write_text("id\ttitle\tlink\tcolor\nA1\tWool coat\thttps://shop.example/1\tcamel\n", "utf-8")
    (coat,) = read_catalogue(table)
    assert (names(coat, "colour"), names(coat, "material")) == (["Camel"], ["Wool"])


def test_atom_feed_without_namespace_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "feed.atom"
    path.write_text(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><g:id>7</g:id>'
        '<title>Linen shirt</title><link href="https://shop.example/7"/></entry></feed>'
    )
    (shirt,) = read_catalogue(path)
    assert (shirt.id, names(shirt, "material")) == ("7", ["Linen"])


def test_shopify_variants_are_one_garment(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value\n"
        'silk-shirt,Silk Shirt,"<p>two\nlines</p>",Turtle,Shirts,Color,White,Size,S\n'
        "silk-shirt,,,,,,Navy,,M\n"
        "tee,Plain Tee,,Turtle,T-Shirts,Title,Default Title,,\n"
    )
    shirt, tee = read_catalogue(path)
    assert (names(shirt, "colour"), names(shirt, "material")) == (["White", "NavyBlue"], ["Silk"])
    assert (names(tee, "type"), names(tee, "colour")) == (["TShirt"], [])


PRODUCT = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "Z1",
    "name": [{"@value": "Summer dress", "@language": "en"}, {"@value": "夏裙", "@language": "zh"}],
    "brand": {"@type": "Brand", "name": "Turtle"},
    "material": "linen",
    "category": "Clothing > Dresses",
    "audience": {"@type": "PeopleAudience", "suggestedGender": "female"},
    "additionalProperty": [{"@type": "PropertyValue", "name": "season", "value": "summer"}],
}
GROUP = {
    "@context": "http://schema.org/",
    "@graph": [
        {
            "@type": "ProductGroup",
            "name": "Wool coat",
            "material": "wool",
            "hasVariant": [{"@type": "Product", "sku": "W1", "color": "camel"}, {"@type": "Product", "sku": "W2"}],
        }
    ],
}


def test_schema_org_in_a_file_and_in_a_page(tmp_path: Path) -> None:
    file = tmp_path / "product.jsonld"
    file.write_text(json.dumps([PRODUCT, GROUP]), "utf-8")
    page = tmp_path / "page.html"
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(p)}</script>' for p in (PRODUCT, GROUP))
    page.write_text(f"<!doctype html><html><head>{scripts}</head><body><p>hi</body></html>", "utf-8")
    for path in (file, page):
        dress, camel, plain = read_catalogue(path)
        assert (dress.id, names(dress, "type"), names(dress, "season")) == ("Z1", ["Dress"], ["Summer"])
        assert names(dress, "department") == ["Women"]
        assert (camel.name, names(camel, "material"), names(camel, "colour")) == ("Wool coat", ["Wool"], ["Camel"])
        assert (plain.id, names(plain, "colour")) == ("W2", [])
    assert ("夏裙", "zh") in read_catalogue(file)[0].labels


def test_a_foreign_context_is_not_fetched(tmp_path: Path) -> None:
    path = tmp_path / "product.jsonld"
    path.write_text(json.dumps({**PRODUCT, "@context": "http://127.0.0.1:9/context.jsonld"}), "utf-8")
    assert read_catalogue(path)[0].id == "Z1"


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + FEED.split("?>")[1].replace("Dress", "&x;")
    )
    with pytest.raises(CatalogueError, match="refused"):
        read_catalogue(path)


def test_types_come_from_the_mapping_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id,name,material\n007,NA,1e5\n1.50,null,true\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text('id = "id"\nnames = { en = "name" }\n[columns]\nmaterial = "material"\n')
    first, second = read_catalogue(path, mapping=mapping)
    assert (first.id, first.name, second.id, second.name) == ("007", "NA", "1.50", "null")
    lines = tmp_path / "c.jsonl"
    lines.write_text('{"id": 1.50, "name": true, "material": ["wool", "silk"]}\n')
    (only,) = read_catalogue(lines, mapping=mapping)
    assert (only.id, only.name, names(only, "material")) == ("1.50", "true", ["Wool", "Silk"])


def test_parquet_is_read_in_batches_with_nested_types(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    pl.DataFrame({"sku": [1, 2], "colours": [["red", "blue"], []], "size": [{"eu": 36}, {"eu": 38}]}).write_parquet(
        path
    )
    source = open_source(path)
    assert source.header == ("sku", "colours", "size")
    assert [record.cells for record in source.records()] == [
        ("1", "red\x1fblue", '{"eu":36}'),
        ("2", "", '{"eu":38}'),
    ]
