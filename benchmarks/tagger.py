"""How well attributes are read out of names and adverts, against the columns that say them.

Usage: python benchmarks/tagger.py [FOLDER]
FOLDER holds myntra/ and advertisegen/; KG_FASHION_DATA by default. Prints a Markdown table.

Precision: how many of the values that were read are among the supplied ones. Recall: how many of the supplied values,
where the ontology knows them, were read. A value counts as the same where one is the other or lies below it.
"""

import argparse
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from coverage import PAIRS, advert_attributes

from kg_fashion.catalog import BrandFinder, Lexicon, NameTagger, load_mapping, read_catalogue
from kg_fashion.catalog.tagger import group_tags
from kg_fashion.ontology import Ontology, read_ontology

MYNTRA = ("type", "colour", "department")
Values = dict[str, tuple[str, ...]]


class Score:
    """Counts of one attribute: values read, of them right, values supplied, of them found."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, ontology: Ontology, read: Iterable[str], supplied: Iterable[str]) -> None:
        """Compare what was read in one text with what is supplied for it."""
        read, supplied = set(read), set(supplied)
        self.counts["read"] += len(read)
        self.counts["right"] += sum(any(same(ontology, a, b) for b in supplied) for a in read)
        self.counts["supplied"] += len(supplied)
        self.counts["found"] += sum(any(same(ontology, a, b) for b in read) for a in supplied)

    @property
    def row(self) -> str:
        """Precision and recall as cells."""
        n = self.counts
        return f"{n['supplied']:,} | {n['right'] / max(1, n['read']):.3f} | {n['found'] / max(1, n['supplied']):.3f}"


def same(ontology: Ontology, first: str, second: str) -> bool:
    """Say whether one value is the other or lies below it."""
    return first == second or first in ontology.ancestors(second) or second in ontology.ancestors(first)


def myntra(folder: Path, ontology: Ontology) -> Iterator[tuple[Values, Values]]:
    """Iterate over (read from the name, supplied by the columns)."""
    catalogue = read_catalogue(folder / "myntra" / "styles.csv", ontology=ontology)
    lexicon = Lexicon(ontology, load_mapping("myntra").values)
    tagger = NameTagger(lexicon, MYNTRA)
    brands = BrandFinder([garment.name for garment in catalogue], lexicon)
    for garment in catalogue:
        found = group_tags(tagger.tag(garment.name, skip=brands.length(garment.name)))
        yield dict(found), {a: garment.values.get(a, ()) for a in MYNTRA}


def adverts(folder: Path, ontology: Ontology) -> Iterator[tuple[Values, Values]]:
    """Iterate over (read from the advert, supplied by the pairs)."""
    lexicon = Lexicon(ontology)
    attributes = sorted({attribute for names in PAIRS.values() for attribute in names.split()})
    tagger = NameTagger(lexicon, attributes)
    for line in (folder / "advertisegen" / "garments.jsonl").read_text("utf-8").splitlines():
        advert = json.loads(line)
        supplied: dict[str, list[str]] = defaultdict(list)
        for pair in advert["content"].split("*"):
            name, _, word = pair.partition("#")
            for attribute in advert_attributes(name):
                iri = lexicon.resolve(attribute, word)
                if iri is not None:
                    supplied[attribute].append(iri)
                    break
        found = group_tags(tagger.tag(advert["summary"]))
        yield dict(found), {attribute: tuple(iris) for attribute, iris in supplied.items()}


def measure(folder: Path) -> Iterator[tuple[str, str, Score]]:
    """Iterate over (set, attribute, score)."""
    ontology = read_ontology()
    for name, texts in (("myntra", myntra(folder, ontology)), ("advertisegen", adverts(folder, ontology))):
        scores: dict[str, Score] = defaultdict(Score)
        for read, supplied in texts:
            for attribute, iris in supplied.items():
                if iris:
                    scores[attribute].add(ontology, read.get(attribute, ()), iris)
        for attribute in sorted(scores):
            yield name, attribute, scores[attribute]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("KG_FASHION_DATA", "../shared/data"))
    folder = Path(parser.parse_args().folder)
    if not (folder / "myntra").is_dir():
        parser.error(f"{folder} does not hold the data sets; give their folder, or set KG_FASHION_DATA")
    print("| set | attribute | supplied | precision | recall |\n|---|---|---|---|---|")
    for name, attribute, score in measure(folder):
        print(f"| {name} | {attribute} | {score.row} |")


if __name__ == "__main__":
    main()
