"""Loads a synthetic catalogue into a store folder, beside pandas + rdflib on 20,000 of its rows.

    python benchmarks/loading.py                  20,000 rows, both ways
    python benchmarks/loading.py --rows 1000000   and a million by kg_fashion alone

Both make the same triples, which is checked. The peer reads with pandas, looks words up in a dictionary, adds to an
rdflib graph and writes it as N-Triples, rdflib's fastest format: a file that it would have to parse again. kg_fashion
leaves a store that answers SPARQL. Needs pandas, which kg_fashion itself does not.
"""

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kg_fashion import terms
from kg_fashion.catalog import CatalogueReader, Lexicon, catalogue_ntriples
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.ontology import read_ontology

SHARED_ROWS = 20_000
COLUMNS = {
    "department": ("women", "men", "unisex"),
    "type": ("shirt", "dress", "coat", "jeans", "skirt", "sweater", "jacket", "blouse", "boots", "sneakers"),
    "colour": ("red", "blue", "navy blue", "black", "white", "green", "camel", "grey"),
    "material": ("wool", "cotton", "linen", "silk", "denim", "polyester"),
    "pattern": ("solid", "striped", "checked", "floral"),
    "sleeveLength": ("long sleeve", "short sleeve", ""),
    "fit": ("slim", "regular fit", "loose"),
    "season": ("spring", "summer", "autumn", "winter", ""),
    "occasion": ("business meeting", "wedding", "gym", "casual outing", ""),
}
MAPPING = 'id = "id"\n[names]\nen = "name"\n[columns]\nbrand = "brand"\n' + "".join(f'{a} = "{a}"\n' for a in COLUMNS)


def rows(count: int) -> Iterator[list[str]]:
    """Iterate over a header and so many rows, the same for the same count."""
    draw = random.Random(0)  # noqa: S311 - not for secrets
    yield ["id", "name", "brand", *COLUMNS]
    for number in range(count):
        cells = [draw.choice(words) for words in COLUMNS.values()]
        brand = f"Brand {draw.randrange(500)}"
        name = f"{brand} {cells[6].title()} {cells[4]} {cells[2]} {cells[3]} {cells[1]} No. {number % 977}"
        yield [f"G{number:08d}", name, brand, *cells]


def ours(table: Path, folder: Path) -> dict[str, float]:
    """Load with kg_fashion into a store folder."""
    ontology = read_ontology()
    start = time.perf_counter()
    reader = CatalogueReader(table, mapping=folder / "mapping.toml", ontology=ontology)
    with KnowledgeGraph(folder / f"{table.stem}.store") as graph:
        triples = graph.load_catalogue(catalogue_ntriples(reader))
    return {"triples": triples, "rows": reader.report.rows, "seconds": time.perf_counter() - start}


def peer(table: Path, folder: Path) -> dict[str, float]:
    """Do the same with pandas and rdflib into a file."""
    import pandas
    import rdflib

    lexicon = Lexicon(read_ontology())
    start = time.perf_counter()
    frame = pandas.read_csv(table, dtype=str, keep_default_na=False)
    graph = rdflib.Graph()
    properties = {attribute: rdflib.URIRef(terms.ATTRIBUTES[attribute]) for attribute in COLUMNS}
    values = {
        (attribute, word): rdflib.URIRef(lexicon.find(attribute, word))
        for attribute in COLUMNS
        for word in frame[attribute].unique()
        if word
    }
    garment_class, brand_property = rdflib.URIRef(terms.KGF.Garment), rdflib.URIRef(terms.KGF.brand)
    brands = {word: rdflib.URIRef(terms.BRAND + terms.slug(word)) for word in frame["brand"].unique()}
    for row in frame.itertuples(index=False):
        garment = rdflib.URIRef(terms.garment(row.id))
        graph.add((garment, rdflib.RDF.type, garment_class))
        graph.add((garment, rdflib.DCTERMS.identifier, rdflib.Literal(row.id)))
        graph.add((garment, rdflib.RDFS.label, rdflib.Literal(row.name, lang="en")))
        graph.add((garment, brand_property, brands[row.brand]))
        for attribute, iri in properties.items():
            word = getattr(row, attribute)
            if word:
                graph.add((garment, iri, values[attribute, word]))
    for word, brand in brands.items():
        graph.add((brand, rdflib.RDFS.label, rdflib.Literal(word)))
        graph.add((brand, rdflib.RDF.type, rdflib.URIRef(terms.KGF.Brand)))
    graph.serialize(folder / "peer.nt", format="nt", encoding="utf-8")
    return {"triples": len(graph), "rows": len(frame), "seconds": time.perf_counter() - start}


def measured(way: str, table: Path, folder: Path) -> dict[str, float]:
    """Run one way in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--only", way, str(table), str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    run: dict[str, float] = json.loads(done.stdout)
    rate = run["rows"] / run["seconds"]
    print(
        f"{NAMES[way]}: {run['rows']:,} rows, {run['triples']:,} triples in {run['seconds']:.1f} s,"
        f" {rate:,.0f} rows/s, {run['GiB']:.2f} GiB at most"
    )
    return run


NAMES = {"ours": "kg_fashion", "peer": "pandas + rdflib"}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=SHARED_ROWS, help="rows for kg_fashion alone")
    parser.add_argument("--only", nargs=3, metavar=("WAY", "TABLE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only:
        way, table, folder = chosen.only
        run = (ours if way == "ours" else peer)(Path(table), Path(folder))
        print(json.dumps(run | {"GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.toml").write_text(MAPPING, "utf-8")
        for count in {SHARED_ROWS, chosen.rows}:
            with (folder / f"{count}.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows(count))
        theirs = measured("peer", folder / f"{SHARED_ROWS}.csv", folder)
        mine = measured("ours", folder / f"{SHARED_ROWS}.csv", folder)
        if mine["triples"] != theirs["triples"]:
            raise SystemExit("not the same triples")
        print(f"ratio {theirs['seconds'] / mine['seconds']:.1f}")
        if chosen.rows != SHARED_ROWS:
            measured("ours", folder / f"{chosen.rows}.csv", folder)


if __name__ == "__main__":
    main()
