"""Synthetic garments for the rule benchmarks: about ten triples each, seeded, in outfits of three to six.

Usage: python benchmarks/rules/garments.py SIZE > garments.nt

A garment has a class, a material, a colour, a sleeve, a brand, a price, a department, a fit and an outfit, and all but
the last of an outfit pair with the next. So chains stay short however many garments there are, and what the rules of
garments.srl derive grows with the number of garments alone.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from encoded import Graph, numbered
from vocabulary import (
    CHEAPEST,
    CLASSES,
    COLOURS,
    DEAREST,
    DEPARTMENTS,
    EX,
    FABRICS,
    FITS,
    GARMENT,
    HARMONIES,
    LEAVES,
    MATERIALS,
    OUTFIT,
    SLEEVES,
    XSD_INTEGER,
)

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
PROPERTIES = ("material", "colour", "sleeve", "brand", "price", "department", "fit", "partOf", "pairsWith")
_PRICES = range(CHEAPEST, DEAREST + 1)


def term(name: str) -> str:
    """Return a name of the benchmark's vocabulary as an IRI in N-Triples syntax."""
    return f"<{EX}{name}>"


def taxonomy() -> list[tuple[str, str, str]]:
    """Return the triples that do not depend on the size: classes, materials, harmonies of colours."""
    classes = [(term(cls), SUBCLASS, term(above)) for cls, above in CLASSES.items() if above]
    materials = [(term(name), term("narrowerThan"), term(above)) for name, above in MATERIALS.items() if above]
    return [*classes, *materials, *((term(a), term("harmonises"), term(b)) for a, b in HARMONIES)]


def garments(size: int, *, seed: int = 0) -> Graph:
    """Make garments.

    Args:
        size: How many garments.
        seed: The same seed and size give the same triples.

    Returns:
        The taxonomy and about 9.8 triples a garment, garment by garment.
    """
    rng = np.random.default_rng(seed)
    outfits, last = _outfits(size, rng)
    brands = 20 + size // 500
    values = {
        "type": [term(name) for name in LEAVES],
        "material": [term(name) for name in FABRICS],
        "colour": [term(name) for name in COLOURS],
        "sleeve": [term(name) for name in SLEEVES],
        "brand": [term(f"brand{number}") for number in range(brands)],
        "price": [f'"{price}"^^<{XSD_INTEGER}>' for price in _PRICES],
        "department": [term(name) for name in DEPARTMENTS],
        "fit": [term(name) for name in FITS],
    }
    fixed = taxonomy()
    predicates = [RDF_TYPE, *(term(name) for name in PROPERTIES)]
    known = list(dict.fromkeys([*predicates, *_terms(fixed), *(name for group in values.values() for name in group)]))
    ids = {name: number for number, name in enumerate(known)}
    first_outfit, first_garment = len(known), len(known) + int(outfits[-1]) + 1
    objects = np.empty((size, len(predicates)), dtype=np.int32)
    for column, group in enumerate(values.values()):
        numbers = np.array([ids[name] for name in group], dtype=np.int32)
        objects[:, column] = numbers[rng.integers(len(group), size=size)]
    objects[:, -2] = first_outfit + outfits
    objects[:, -1] = first_garment + np.arange(1, size + 1)
    kept = np.ones(objects.shape, dtype=bool)
    kept[:, -1] = ~last
    subjects = np.broadcast_to((first_garment + np.arange(size, dtype=np.int32))[:, None], objects.shape)
    verbs = np.broadcast_to(np.array([ids[name] for name in predicates], dtype=np.int32), objects.shape)
    rows = pl.DataFrame({"s": subjects[kept], "p": verbs[kept], "o": objects[kept]})
    base = pl.DataFrame([[ids[t] for t in triple] for triple in fixed], schema=rows.schema, orient="row")
    names = pl.concat([pl.Series(known), numbered(OUTFIT, first_garment - first_outfit), numbered(GARMENT, size)])
    return Graph(names, pl.concat([base, rows]))


def _outfits(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return each garment's outfit, counting from 0, and whether it is the outfit's last."""
    lengths = rng.integers(3, 7, size=size // 3 + 1)
    outfits = np.repeat(np.arange(len(lengths)), lengths)[:size].astype(np.int32)
    return outfits, np.append(outfits[1:] != outfits[:-1], True)


def _terms(triples: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    return (part for triple in triples for part in triple)


def main() -> None:
    """Write garments to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.stdout.writelines(garments(options.size, seed=options.seed).lines())


if __name__ == "__main__":
    main()
