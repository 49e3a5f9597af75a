"""The command line as a user meets it: real files, real stores, exit codes."""

import csv
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg_fashion.cli import app
from kg_fashion.resources import boutique_dir

HEADER = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()[0]
C001 = (boutique_dir() / "catalogue.csv").read_text("utf-8").splitlines()[1]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def one_line(result: Result) -> str:
    lines = [line for line in result.stderr.splitlines() if line.startswith("kg-fashion:")]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.output
    return lines[0]


def bad_catalogues(folder: Path) -> dict[str, Path]:
    contents = {
        "empty": b"",
        "columns": b"a,b\n1,2\n",
        "utf8": b"\xff\xfe\x00header\n",
        "long": b"x" * (3 << 20) + b"\n",
        "norows": HEADER.encode() + b"\n",
    }
    paths = {"missing": folder / "missing.csv"}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.csv"
        paths[name].write_bytes(content)
    return paths


@pytest.mark.parametrize("name", ["missing", "empty", "columns", "utf8", "long", "norows"])
def test_bad_catalogue_is_one_line_and_leaves_no_store(tmp_path: Path, name: str) -> None:
    path = bad_catalogues(tmp_path)[name]
    result = run("load", path, "--store", tmp_path / "store", "--mapping", "boutique")
    assert result.exit_code == 2
    assert str(path) in one_line(result)
    assert not (tmp_path / "store").exists()


def test_a_gigabyte_line_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.write(HEADER.encode() + b"\n" + C001.encode() + b"\n")
        stream.seek(1 << 30, os.SEEK_CUR)
        stream.write(b"\n" + C001.replace("C001", "C009").encode() + b"\n")
    result = run("load", path, "--store", tmp_path / "store")
    assert result.exit_code == 3
    assert f"{path}:3: the line is longer than 1 MiB" in one_line(result)
    assert "2 garments" in result.stdout


def test_bad_rows_are_reported_and_the_rest_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    broken = C001.replace("C001", "C003").encode().replace(b"wool", b"w\xffol", 1)
    path.write_bytes("\n".join([HEADER, C001, "C002,too short", C001]).encode() + b"\n" + broken + b"\n")
    result = run("load", path, "--store", tmp_path / "store")
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert any(f"{path}:3: 2 cells where the header has 18" in line for line in lines)
    assert any(f"{path}:4: the identifier 'C001' stands already on line 2" in line for line in lines)
    assert any(f"{path}:5: not UTF-8" in line for line in lines)


def test_bad_rules_and_ontology(tmp_path: Path) -> None:
    (tmp_path / "bad.srl").write_text(
        "PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>\nRULE { ?g kgf:season } WHERE { }\n"
    )
    (tmp_path / "typo.srl").write_text(
        "PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>\n"
        "RULE { ?g kgf:season kgf:Winter } WHERE { ?g kgf:materal kgf:Wool }\n"
    )
    (tmp_path / "bad.ttl").write_text(
        "@prefix kgf: <https://w3id.org/kg-fashion/ontology/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "<urn:mine> a owl:Ontology ; owl:imports <https://w3id.org/kg-fashion/ontology> .\n"
        "kgf:Anorak a owl:Class ; rdfs:subClassOf kgf:Jackett .\n"
    )
    catalogue = boutique_dir() / "catalogue.csv"
    result = run("infer", catalogue, "--rules", tmp_path / "bad.srl")
    assert (result.exit_code, "bad.srl:2:" in one_line(result)) == (2, True)
    result = run("infer", catalogue, "--rules", tmp_path / "typo.srl")
    assert "typo.srl:2:46: undefined property kgf:materal; did you mean kgf:material?" in one_line(result)
    result = run("load", catalogue, "--ontology", tmp_path / "bad.ttl", "--store", tmp_path / "store")
    assert result.exit_code == 2
    assert "bad.ttl:5: undefined class kgf:Jackett; did you mean kgf:Jacket?" in one_line(result)
    assert not (tmp_path / "store").exists()


def test_load_reason_explain_query(tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert run("load", "--boutique", "--store", store).exit_code == 0
    assert "suits" in run("reason", "--store", store).stdout
    result = run("explain", "C005", "season", "--store", store)
    assert result.exit_code == 0
    assert "because" in result.stdout
    answer = run("query", "--store", store, "--json", "SELECT (COUNT(*) AS ?n) { GRAPH ?x { ?s kgf:suitsSeason ?v } }")
    assert int(json.loads(answer.stdout)["results"]["bindings"][0]["n"]["value"]) > 100
    result = run("query", "--store", store, "SELECT ?s { ?s ?p }")
    assert (result.exit_code, "syntax error" in one_line(result)) == (2, True)
    result = run("query", "--store", store, "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    assert (result.exit_code, "SERVICE is off" in one_line(result)) == (2, True)


def test_query_reads_a_file(tmp_path: Path) -> None:
    store = tmp_path / "store"
    run("load", "--boutique", "--store", store)
    path = Path(__file__).parents[2] / "ontology" / "competency" / "24-silk-ties.rq"
    assert (
        run("query", path, "--store", store).stdout.splitlines()[2:]
        == path.with_suffix(".csv").read_text("utf-8").splitlines()[1:]
    )


def test_validate_the_boutique() -> None:
    result = run("validate", boutique_dir() / "catalogue.csv")
    assert result.exit_code == 0, result.output


def test_infer_keeps_every_supplied_value(tmp_path: Path) -> None:
    source, target = boutique_dir() / "catalogue.csv", tmp_path / "enriched.csv"
    result = run("infer", source, "-o", target)
    assert result.exit_code == 0, result.output
    with source.open(encoding="utf-8", newline="") as old, target.open(encoding="utf-8", newline="") as new:
        pairs = list(zip(csv.DictReader(old), csv.DictReader(new), strict=True))
    filled = 0
    for before, after in pairs:
        assert before.items() <= after.items()
        filled += after["season_inferred"] != ""
        assert not (before["season"] and after["season_inferred"])
        assert bool(after["season_inferred"]) == bool(after["season_probability"]) == bool(after["season_why"])
    assert filled > 100


SHOP = "Item;Beschreibung;Stoff;Farbe;Zeit\n" + "".join(
    f"a{n};{name} {n};{cloth};{colour};{season}\n"
    for n, (name, cloth, colour, season) in enumerate(
        [("Wool overcoat", "wool", "camel", "winter"), ("Linen dress", "linen", "dark blue", "summer")] * 20
    )
)


def test_a_newcomer_maps_loads_and_validates(tmp_path: Path) -> None:
    shop, mapping, store = tmp_path / "shop.csv", tmp_path / "shop.toml", tmp_path / "store"
    shop.write_text(SHOP + "a1;twice;wool;red;winter\nshort\n")
    result = run("map", shop, "--out", mapping)
    assert result.exit_code == 0, result.output
    assert "Stoff" in result.stdout and "material" in result.stdout
    assert run("map", shop).stdout == mapping.read_text("utf-8")
    found = json.loads(run("map", shop, "--json").stdout)
    assert found["columns"] == {"material": ["Stoff"], "colour": ["Farbe"], "season": ["Zeit"]}
    report = tmp_path / "report.csv"
    result = run("load", shop, "--mapping", mapping, "--store", store, "--report", report)
    assert result.exit_code == 3
    assert "40 garments" in result.stdout and "rows a second" in result.stderr
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(row["row"], row["problem"]) for row in rows] == [
        ("42", "the identifier 'a1' stands already on line 3"), ("43", "1 cells where the header has 5"),
    ]  # fmt: skip
    answer = run("query", "--store", store, "SELECT (COUNT(?g) AS ?n) { ?g kgf:season kgf:Winter }", "--json")
    assert '"20"' in answer.stdout
    result = run("validate", shop, "--mapping", mapping, "--json")
    assert json.loads(result.stdout)["conforms"] is True


def test_map_takes_what_is_known(tmp_path: Path) -> None:
    shop = tmp_path / "shop.csv"
    shop.write_text(SHOP)
    result = run("map", shop, "--id", "Item", "--column", "style=Farbe")
    assert 'style = "Farbe"  # by given' in result.stdout
    assert "write attribute=column" in one_line(run("map", shop, "--column", "style"))
    assert "no such file" in one_line(run("map", tmp_path / "none.csv"))


def test_infer_learns_from_another_catalogue(tmp_path: Path) -> None:
    shop, mapping, out = tmp_path / "shop.csv", tmp_path / "m.toml", tmp_path / "out.jsonl"
    shop.write_text("no,title\n1,Charcoal wool overcoat\n2,White linen sundress\n")
    mapping.write_text(
        'id = "no"\ntag = ["type", "material", "colour"]\n[names]\nen = "title"\n[columns]\nbrand = "title"\n'
    )
    result = run("infer", shop, "--mapping", mapping, "--only", "season", "-o", out)
    assert result.exit_code == 2
    assert "--train-on" in one_line(result)
    boutique = boutique_dir() / "catalogue.csv"
    result = run("infer", shop, "--mapping", mapping, "--only", "season", "--train-on", boutique, "-o", out)
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in out.read_text("utf-8").splitlines())
    assert (first["season_inferred"].split("|")[0], second["season_inferred"]) == ("winter", "summer")


def test_rules_alone_from_a_file_into_a_file(tmp_path: Path) -> None:
    rules, data, out = tmp_path / "r.srl", tmp_path / "d.ttl", tmp_path / "out.nt"
    rules.write_text("PREFIX : <urn:> RULE { ?y :of ?x } WHERE { ?x :has ?z . BIND(?z AS ?y) } DATA { :a :has :b }")
    data.write_text("@prefix : <urn:> . :c :has :d , 1 .")
    result = run("reason", "--rules", rules, "--data", data, "--derived-only", "-o", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "older spelling" in result.stderr
    derived = "<urn:a> <urn:has> <urn:b> .\n<urn:b> <urn:of> <urn:a> .\n<urn:d> <urn:of> <urn:c> .\n"
    assert out.read_text() == derived
    assert run("reason", "--rules", rules, "--data", data).stdout.splitlines()[2:] == derived.splitlines()
    whole = run("reason", "--rules", rules, "--data", data).stdout
    assert len(whole.splitlines()) == 5
    rules.write_text("PREFIX : <urn:>\nRULE { ?y :of ?x }\nWHERE { ?x :has ?z }")
    assert f"{rules}:2:8: ?y is used in the head" in one_line(run("reason", "--rules", rules, "--data", data))
    rules.write_text("PREFIX : <urn:>\nRULE { ?x :of ?y } WHERE { ?x :has ?y . NOT { ?x :of ?z } }")
    assert "depends on its own result through NOT" in one_line(run("reason", "--rules", rules, "--data", data))
    assert "--data needs --rules" in one_line(run("reason", "--data", data))
    data.write_text("@prefix : <urn:> .\n:c :has .")
    assert f"{data}:2: not valid Turtle" in one_line(run("reason", "--rules", rules, "--data", data))


def test_the_rule_of_the_documentation_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    (tmp_path / "my.srl").write_text(page.split("```sparql\n")[1].split("```")[0], "utf-8")
    assert run("load", "--boutique", "--store", tmp_path / "store").exit_code == 0
    result = run("reason", "--store", tmp_path / "store", "--rules", tmp_path / "my.srl")
    assert "unlined linen trousers suit summer" in result.stdout
