"""How garments are parted into those trained on and those tested on.

A random split leaves near-duplicates of one style on both sides, which flatters every method. The grouped split keeps
all garments of one brand and name stem together, so that a test garment's style is new.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.catalog.words import is_chinese, tokens
from kg_fashion.errors import UnknownNameError, did_you_mean

SPLITS = ("random", "grouped")


@dataclass(frozen=True)
class Split:
    """Training and test garments.

    Attributes:
        train: To train on.
        test: To test on.
        groups: The group of each training garment in a grouped split; None where garments stand for themselves.
    """

    train: Catalogue
    test: Catalogue
    groups: tuple[Hashable, ...] | None = None


def split_catalogue(catalogue: Catalogue, kind: str, *, seed: int, test_share: float = 0.2) -> Split:
    """Part a catalogue.

    Args:
        catalogue: All garments.
        kind: "random", or "grouped" by brand and name stem.
        seed: Of the choice.
        test_share: The share of garments to test on, 0 to 1; a grouped split may have a few more.

    Raises:
        UnknownNameError: there is no such kind.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> split = split_catalogue(read_catalogue(boutique_dir() / "catalogue.csv"), "random", seed=0)
        >>> len(split.train), len(split.test)
        (327, 82)
    """
    if kind not in SPLITS:
        hint = did_you_mean(kind, SPLITS) or f"; there are {', '.join(SPLITS)}"
        raise UnknownNameError(f"no split {kind!r}{hint}")
    n_test = round(len(catalogue) * test_share)
    rng = np.random.default_rng(seed)
    if kind == "random":
        order = rng.permutation(len(catalogue))
        return Split(catalogue.subset(sorted(order[n_test:])), catalogue.subset(sorted(order[:n_test])))
    groups = style_groups(catalogue)
    chosen = _draw_groups(groups, n_test, rng)
    inside = [position for position, group in enumerate(groups) if group not in chosen]
    outside = [position for position, group in enumerate(groups) if group in chosen]
    return Split(catalogue.subset(inside), catalogue.subset(outside), tuple(groups[position] for position in inside))


def _draw_groups(groups: Sequence[Hashable], n: int, rng: np.random.Generator) -> set[Hashable]:
    """Draw groups at random until they have n garments."""
    sizes: dict[Hashable, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    names, chosen, drawn = list(sizes), set(), 0
    for number in rng.permutation(len(names)):
        if drawn >= n:
            break
        chosen.add(names[number])
        drawn += sizes[names[number]]
    return chosen


def style_groups(catalogue: Catalogue) -> list[Hashable]:
    """Return each garment's brand and name stem; a garment without a name is a group of its own."""
    return [
        (garment.values.get("brand", ()), name_stem(garment, catalogue)) if garment.labels else garment.id
        for garment in catalogue
    ]


def name_stem(garment: Garment, catalogue: Catalogue) -> str:
    """Return the words of a garment's first name without its own colour and without article numbers, in lower case.

    Left out are the words of its colour's labels, of the colour's broader ones, and words with a digit in them.

    Args:
        garment: With a name.
        catalogue: Whose words and ontology name the colours.

    Example:
        >>> from kg_fashion import read_catalogue, terms
        >>> from kg_fashion.resources import boutique_dir
        >>> boutique = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> navy = {"colour": (terms.KGF.NavyBlue,)}
        >>> name_stem(Garment("1", "urn:1", (("Acme Navy Polo AX12", "en"),), navy), boutique)
        'acme polo'
    """
    colours = [iri for value in garment.values.get("colour", ()) for iri in _with_broader(value, catalogue)]
    names = {label for iri in colours for label, _ in catalogue.ontology.labels(iri)} | set(
        map(catalogue.label, colours)
    )
    text = garment.name
    for label in sorted(filter(is_chinese, names), key=len, reverse=True):
        text = text.replace(label, " ")
    own = {word for label in names for word in tokens(label)}
    return " ".join(
        word for word in tokens(text) if word not in own and not any(character.isdigit() for character in word)
    )


def _with_broader(value: str, catalogue: Catalogue) -> tuple[str, ...]:
    return (value, *catalogue.ontology.ancestors(value))
