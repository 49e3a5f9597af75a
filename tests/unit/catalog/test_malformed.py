"""Malformed catalogues: no good row is lost, every bad one is told with its place, no store is left half loaded.

Each case is a file with the good garments A and B around something broken.
"""

import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from kg_fashion import KGFashionError, read_catalogue
from kg_fashion.catalog import CatalogueReader, ColumnMapping, catalogue_ntriples
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES
from kg_fashion.graph import KnowledgeGraph

MAPPING = ColumnMapping(
    name="test", id="id", names={"en": "name"}, columns={"material": ("material",), "season": ("season",)},
    separator="|",
)  # fmt: skip
HEAD = b"id,name,material,season\n"
A = b"A,Coat,wool,winter\n"
B = b"B,Shirt,linen,summer\n"
JSON_A = b'{"id": "A", "name": "Coat", "material": "wool", "season": "winter"}\n'
JSON_B = b'{"id": "B", "name": "Shirt", "material": "linen", "season": "summer"}\n'
LONG = MAX_RECORD_BYTES + 10
MANY_ROWS = HEAD + b"".join(b"G%05d,Coat,wool,winter\n" % number for number in range(20_000))


class Case(NamedTuple):
    """A file, the problems that must be told (line, part of the message), and the garments that must be there."""

    name: str
    data: bytes
    problems: tuple[tuple[int, str], ...] = ()
    garments: tuple[str, ...] = ("A", "B")


def between(name: str, bad: bytes, message: str, *, line: int = 3) -> Case:
    return Case(f"{name}.csv", HEAD + A + bad + b"\n" + B, ((line, message),))


def between_objects(name: str, bad: bytes, message: str) -> Case:
    return Case(f"{name}.jsonl", JSON_A + bad + b"\n" + JSON_B, ((2, message),))


def feed(items: str, head: str = "", tail: str = "</channel></rss>") -> bytes:
    start = f'<?xml version="1.0"?>\n{head}<rss xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
    return (start + items + tail).encode()


def item(name: str) -> str:
    return f"<item><g:id>{name}</g:id><name>Coat</name><material>wool</material><season>winter</season></item>\n"


def parquet(ids: list[object]) -> bytes:
    buffer = io.BytesIO()
    frame = pl.DataFrame({"id": ids, "name": ["Coat"] * len(ids)}, strict=False)
    frame.with_columns(material=pl.lit("wool"), season=pl.lit("winter")).write_parquet(buffer)
    return buffer.getvalue()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, HEAD + A + B)
    return buffer.getvalue()


def page(*scripts: str) -> bytes:
    blocks = "".join(f'<script type="application/ld+json">{script}</script>\n' for script in scripts)
    return f"<!doctype html>\n<html><body>{blocks}</body></html>".encode()


def product(name: str) -> str:
    return json.dumps({"@context": "https://schema.org", "@type": "Product", "sku": name, "material": "wool"})


READABLE = [
    between("too-few-cells", b"X,short", "2 cells where the header has 4"),
    between("too-many-cells", b"X,Coat,wool,winter,more", "5 cells where the header has 4"),
    between("empty-id", b",Coat,wool,winter", "the identifier is empty"),
    between("blank-id", b"   ,Coat,wool,winter", "the identifier is empty"),
    between("repeated-id", b"A,Other,silk,spring", "the identifier 'A' stands already on line 2"),
    between("repeated-id-with-spaces", b" A ,Other,silk,spring", "stands already on line 2"),
    between("not-utf8", b"X,C\xf6at,wool,winter", "not UTF-8 at byte 4"),
    between("overlong-utf8", b"X,\xc0\xaf,wool,winter", "not UTF-8"),
    between("utf8-surrogate", b"X,\xed\xa0\x80,wool,winter", "not UTF-8"),
    between("cut-utf8", b"X,\xe7\xbe,wool,winter", "not UTF-8"),
    between("gb18030-row", "X,羊毛大衣,羊毛,冬季".encode("gb18030"), "not UTF-8"),
    between("utf16-row", "X,Coat,wool,winter".encode("utf-16"), "not UTF-8"),
    between("nul", b"X,Co\0at,wool,winter", "NUL"),
    between("nul-only", b"\0\0\0", "NUL"),
    between("open-quote", b'X,"Coat,wool,winter', "a quoted cell is not closed"),
    between("open-quote-last", b'X,Coat,wool,"winter', "a quoted cell is not closed"),
    between("text-behind-a-quote", b'X,"Coat" x"y,wool', "3 cells where the header has 4"),
    between("carriage-return", b"X,Co\rat,wool,winter", "carriage return"),
    between("long-line", b"X," + b"y" * LONG, "longer than 1 MiB"),
    between("huge-quoted-cell", b'X,"' + b"z" * 200_000 + b'",wool,winter', "not CSV: field larger"),
    between("only-quotes", b'"""', "a quoted cell is not closed"),
    between("another-delimiter", b"X;Coat;wool;winter", "1 cells where the header has 4"),
    between("html-row", b"<html><body>Error 500</body></html>", "1 cells where the header has 4"),
    between("sql-dump", b"INSERT INTO t VALUES (1)", "1 cells where the header has 4"),
    between("second-header", b"id,name,material", "3 cells"),
    Case("blank-lines.csv", HEAD + b"\n\n" + A + b"\n   \n\t\n" + B + b"\n\n"),
    Case("rows-of-commas.csv", HEAD + b",,,\n" + A + b",,,,,\n" + B + b",,,\n"),
    Case("empty-cells-behind.csv", HEAD + A.replace(b"\n", b",,\n") + B),
    Case("no-last-line-end.csv", HEAD + A + B.rstrip()),
    Case("mixed-line-ends.csv", HEAD.replace(b"\n", b"\r\n") + A + B.replace(b"\n", b"\r\n")),
    Case("spaces-in-header.csv", HEAD.replace(b"name", b" name ") + A + B),
    Case("bom-and-quotes.csv", b'\xef\xbb\xbf"id","name",material,season\n' + A + B),
    Case("quote-inside.csv", HEAD + A.replace(b"Coat", b'5" Coat') + B),
    Case("quoted-line-break.csv", HEAD + A.replace(b"Coat", b'"Coat,\nlong ""wool"""') + B),
    Case("unnamed-column.csv", b",id,name,material,season\n0," + A + b"1," + B),
    Case("formula.csv", HEAD + A.replace(b"Coat", b"=1+1") + B),
    Case("odd-ids.csv", HEAD + A + b"a b/c?d#e%f<g>,Coat,wool,winter\n" + B, (), ("A", "a b/c?d#e%f<g>", "B")),
    Case("emoji.csv", HEAD + A.replace(b"Coat", "Coat 🧥 \u202e\u0007".encode()) + B),
    Case("backslashes.csv", HEAD + A.replace(b"Coat", b"C\\oat\\u12 \\") + B),
    Case("iri-in-a-word.csv", HEAD + A.replace(b"wool", b"<urn:x> . <urn:y> <urn:z>") + B),
    Case("utf16-cut.csv", (HEAD + A + B).decode().encode("utf-16") + b"x", ((4, "not UTF-16"),)),
    Case("cut.csv.gz", gzip.compress(MANY_ROWS)[:-2000], ((0, "the file ends early"),), ("G00000",)),
    Case("bad-checksum.csv.gz", gzip.compress(HEAD + A + B)[:-8] + b"\0" * 8, ((4, "the file ends early"),)),
    Case("rubbish-behind.csv.gz", gzip.compress(HEAD + A + B) + b"rubbish", ((4, "the file ends early"),)),
    Case("cut.csv.xz", lzma.compress(MANY_ROWS)[:-200], ((0, "the file ends early"),), ("G00000",)),
    Case("two-members.csv.gz", gzip.compress(HEAD + A) + gzip.compress(B)),
    between_objects("array", b'["X"]', "not a JSON object but an array"),
    between_objects("text", b'"X"', "not a JSON object but a string"),
    between_objects("null", b"null", "not a JSON object but null"),
    between_objects("cut-object", b'{"id": "X", "name"', "not JSON"),
    between_objects("single-quotes", b"{'id': 'X'}", "not JSON"),
    between_objects("trailing-comma", b'{"id": "X",}', "not JSON"),
    between_objects("two-objects", b'{"id": "X"} {"id": "Y"}', "not JSON"),
    between_objects("deep", b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    between_objects("half-a-character", b'{"id": "X", "name": "\\ud83d"}', "half a character"),
    between_objects("nul-escape", b'{"id": "X", "name": "\\u0000"}', "NUL"),
    between_objects("no-id", b'{"name": "Coat"}', "the identifier is empty"),
    between_objects("null-id", b'{"id": null}', "the identifier is empty"),
    between_objects("latin1", b'{"id": "X", "name": "C\xf6at"}', "not UTF-8"),
    between_objects("long-object", b'{"id": "' + b"y" * LONG + b'"}', "longer than 1 MiB"),
    Case("empty-lines.jsonl", b"\n" + JSON_A + b"\n\n" + JSON_B),
    Case("repeated-key.jsonl", JSON_A.replace(b'{"id"', b'{"id": "Z", "id"') + JSON_B),
    Case("cut.xml", feed(item("A") + item("B") + "<item><g:id>C</g", tail=""), ((0, "not XML from here on"),)),
    Case("bad-entity.xml", feed(item("A") + item("B") + item("&x;")), ((0, "not XML from here on"),)),
    Case("wrong-nesting.xml", feed(item("A") + item("B") + "<item><g:id>C</item>"), ((0, "not XML from here on"),)),
    Case("no-id.xml", feed(item("A") + item("") + item("B")), ((4, "the identifier is empty"),)),
    Case("long-item.xml", feed(item("A") + item("y" * LONG) + item("B")), ((4, "longer than 1 MiB"),)),
    Case("null-id.parquet", parquet(["A", None, "B"]), ((2, "the identifier is empty"),)),
    Case("repeated-id.parquet", parquet(["A", "B", "A"]), ((3, "stands already"),)),
    Case("binary-id.parquet", parquet([b"A", b"\xff\xfe", b"B"]), ((2, "the identifier is empty"),)),
    Case("bad-script.html", page(product("A"), "{bad", product("B")), ((2, "not JSON"),)),
    Case(
        "bad-context.html",
        page(product("A"), '{"@context": 5, "@type": "Product"}', product("B")),
        ((2, "not JSON-LD"),),
    ),
]

UNREADABLE = [
    ("empty.csv", b"", "empty"),
    ("blank.csv", b"\n\n  \n", "empty"),
    ("bom-only.csv", b"\xef\xbb\xbf", "empty"),
    ("header-only.csv", HEAD, "no rows"),
    ("all-bad.csv", HEAD + b"x\ny\n", "1 cells"),
    ("header-not-utf8.csv", b"\xff\xfd,name\n1,2\n", "the header cannot be read"),
    ("header-too-long.csv", b"i" * LONG, "the header cannot be read"),
    ("header-twice.csv", b"id,id,name,material,season\n1,2,3,4,5\n", "stands twice"),
    ("other-columns.csv", b"a,b\n1,2\n", "no column 'id'"),
    ("near-column.csv", HEAD.replace(b"material", b"materials") + A, "did you mean materials"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 50, "cannot be read"),
    ("random.csv.gz", b"\x1f\x8b" + b"x" * 100, "cannot be read"),
    ("random.csv.zst", b"\x28\xb5\x2f\xfd" + b"x" * 100, "cannot be read"),
    ("random.csv.xz", b"\xfd7zXZ\0" + b"x" * 100, "cannot be read"),
    ("random.csv.bz2", b"BZh9" + b"x" * 100, "cannot be read"),
    ("two-files.zip", archive("a.csv", "b.csv"), "a zip archive of 2 files"),
    ("broken.zip", archive("a.csv")[:40], "cannot be read"),
    ("text.parquet", HEAD + A, "not readable as Parquet"),
    ("cut.parquet", parquet(["A", "B"])[:-20], "not readable as Parquet"),
    ("packed.parquet", gzip.compress(parquet(["A"])), "unpack it"),
    ("text.jsonl", b"hello\n", "no JSON object in it"),
    ("array-of-objects.jsonl", b"[" + JSON_A.strip() + b"]\n", "write one object a line"),
    ("other.xml", b"<a><b/></a>", "no <item> or <entry>"),
    ("doctype.xml", feed(item("A"), head='<!DOCTYPE r [<!ENTITY x "y">]>'), "refused"),
    ("bomb.xml", feed("&b;", head='<!DOCTYPE r [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]>'), "refused"),
    ("text.xml", b"hello", "not XML"),
    ("no-product.html", b"<!doctype html><html><p>hi</p></html>", "no schema.org Product"),
    ("broken.jsonld", b'{"@type": "Product"', "not JSON"),
]


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_no_good_row_is_lost(tmp_path: Path, case: Case) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.data)
    mapping = "schema_org" if case.name.endswith("html") else MAPPING
    catalogue = read_catalogue(path, mapping=mapping)
    assert set(case.garments) <= {garment.id for garment in catalogue}
    assert len(catalogue.report.problems) == len(case.problems)
    for problem, (line, message) in zip(catalogue.report.problems, case.problems, strict=True):
        assert message in problem.message
        assert line in (0, problem.line)
    graph = KnowledgeGraph()
    reader = CatalogueReader(path, mapping=mapping)
    loaded = graph.load_catalogue(catalogue_ntriples(reader))
    ids = graph.query("SELECT ?id { ?g dcterms:identifier ?id }").to_rows()
    assert {row[0] for row in ids} == {garment.id for garment in catalogue}
    assert loaded > 2 * len(catalogue)


@pytest.mark.parametrize(("name", "data", "message"), UNREADABLE, ids=[case[0] for case in UNREADABLE])
def test_what_cannot_be_read_at_all_is_told_in_one_line(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(KGFashionError) as caught:
        read_catalogue(path, mapping="schema_org" if name.endswith(("html", "jsonld")) else MAPPING)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_there_are_enough_cases() -> None:
    assert len(READABLE) + len(UNREADABLE) >= 60
