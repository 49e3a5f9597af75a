"""How much of real catalogues' words the ontology knows, column by column, weighted by rows.

Usage: python benchmarks/coverage.py [FOLDER] [--missing]
FOLDER holds myntra/, mango/, polyvore/ and advertisegen/; KG_FASHION_DATA by default. Prints a Markdown table.
"""

import argparse
import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kg_fashion.catalog import Lexicon, load_mapping
from kg_fashion.ontology import read_ontology

Words = Counter[tuple[str, str]]
"""(column, word) -> rows."""

COLUMNS = {
    "myntra": {"articleType": "type", "baseColour": "colour", "season": "season", "usage": "occasion"},
    "mango": {
        "des_product_type": "type", "des_product_family": "type", "des_product_aggregated_family": "type",
        "des_fabric": "material", "des_agrup_color_eng": "colour",
    },
}  # fmt: skip
PAIRS = {
    "图案": "pattern detail colour", "风格": "style", "类型": "type length", "材质": "material",
    "版型": "fit silhouette", "颜色": "colour pattern", "样式": "type", "款式": "detail hem closure",
    "型": "silhouette type hem", "下摆": "hem detail", "领型": "collar neckline", "袖型": "sleeveShape", "腰型": "rise",
    "门襟": "closure",
    "裤口": "hem", "长": "length type", "袖长": "sleeveLength",
}  # fmt: skip
"""Ending of a Chinese attribute's name -> the attributes that its values may belong to; the longest ending counts."""
NOT_WORN = (
    "Font", "Food", "Decor", "Stationery", "Drinkware", "Books", "Toys", "Kitchen", "Furniture", "Makeup", "Hair St",
    "Accent", "Lighting", "Rugs", "Vases", "Bath", "Lip Tr", "Nail Tr", "Eyelash", "Body M", "Body Cl", "Office Acc",
    "Office Ch", "Holiday", "Media", "Pets", "Health", "Garden", "Outdoor", "Patio", "Face", "Electronics", "Kids",
)  # fmt: skip
"""How the names of Polyvore categories begin or go on that nobody wears."""


def table_words(folder: Path, name: str, file: str) -> Words:
    """Count the words of a table's columns; those that its mapping calls missing are left out."""
    missing = load_mapping(name).missing
    with (folder / name / file).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells = ((column, row[column].strip()) for row in rows for column in COLUMNS[name])
    return Counter((column, word) for column, word in cells if word and word not in missing)


def polyvore_words(folder: Path) -> Words:
    """Count the categories of the outfits' items, without what is not worn."""
    lines = (folder / "polyvore" / "category_id.txt").read_text("utf-8").splitlines()
    names = {int(number): name for number, _, name in (line.strip().partition(" ") for line in lines if line.strip())}
    outfits = json.loads((folder / "polyvore" / "train_no_dup_new_100.json").read_text("utf-8"))
    used = Counter(names[c] for outfit in outfits for c in outfit["items_category"] if c in names)
    return Counter({("category", n): k for n, k in used.items() if not any(start in n for start in NOT_WORN)})


def advert_pairs(folder: Path) -> Words:
    """Count the Chinese attribute-value pairs."""
    lines = (folder / "advertisegen" / "garments.jsonl").read_text("utf-8").splitlines()
    pairs = (pair.partition("#") for line in lines for pair in json.loads(line)["content"].split("*"))
    return Counter((attribute, value) for attribute, _, value in pairs)


def advert_attributes(name: str) -> list[str]:
    """Return the attributes that a Chinese attribute may stand for."""
    return PAIRS[max((ending for ending in PAIRS if name.endswith(ending)), key=len)].split()


def measure(folder: Path) -> Iterator[tuple[str, str, int, int, Counter[str]]]:
    """Iterate over (set, column, words known, words, unknown word -> rows)."""
    ontology = read_ontology()
    plain = Lexicon(ontology)
    tables = [(name, table_words(folder, name, file)) for name, file in
              (("myntra", "styles.csv"), ("mango", "product_data.csv"))]  # fmt: skip
    for name, words in [*tables, ("polyvore", polyvore_words(folder)), ("advertisegen", advert_pairs(folder))]:
        lexicon = Lexicon(ontology, load_mapping(name).values) if name in COLUMNS else plain
        columns = list(dict.fromkeys(column for column, _ in words)) if name != "advertisegen" else ["pairs"]
        for column in columns:
            own = {key: n for key, n in words.items() if column in (key[0], "pairs")}
            unknown: Counter[str] = Counter()
            for (key, word), n in own.items():
                into = COLUMNS.get(name, {}).get(key, "type")
                attributes = advert_attributes(key) if name == "advertisegen" else [into]
                if not any(lexicon.resolve(attribute, word) for attribute in attributes):
                    unknown[f"{key}={word}"] += n
            total = sum(own.values())
            yield name, column, total - unknown.total(), total, unknown


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("KG_FASHION_DATA", "../shared/data"))
    parser.add_argument("--missing", action="store_true", help="name the words that are not known")
    options = parser.parse_args()
    folder = Path(options.folder)
    if not (folder / "myntra").is_dir():
        parser.error(f"{folder} does not hold the data sets; give their folder, or set KG_FASHION_DATA")
    print("| set | column | cells | known |\n|---|---|---|---|")
    for name, column, known, total, unknown in measure(folder):
        print(f"| {name} | {column} | {total:,} | {known / total:.2%} |")
        if options.missing:
            for word, n in unknown.most_common(20):
                print(f"    {n:6,} {word}")


if __name__ == "__main__":
    main()
