"""Outfits that stylists put together, and whether a style space agrees with them."""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding.style import StyleSpace
from kg_fashion.embedding.style_agreement import Agreement, agreement, draw_comparisons, margins, weigh_blocks
from kg_fashion.errors import InputError
from kg_fashion.inference.labels import label_matrix, target_values

Array = NDArray[np.float32]
Compose = Callable[[Catalogue], Array]


def read_outfits(path: Path, catalogue: Catalogue) -> list[list[int]]:
    """Read outfits that people put together.

    Args:
        path: CSV with a header; the first column names an outfit, the second one of its garments.
        catalogue: Where the garments are; others are left out.

    Returns:
        The garments' positions in the catalogue, outfit by outfit; at least two each.

    Raises:
        InputError: the file cannot be read, or no outfit has two garments of the catalogue.
    """
    place = {garment.id: row for row, garment in enumerate(catalogue)}
    outfits: dict[str, list[int]] = defaultdict(list)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in list(csv.reader(lines))[1:]:
                if len(row) >= 2 and row[1] in place:
                    outfits[row[0]].append(place[row[1]])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", path=path) from error
    found = [own for own in outfits.values() if len(set(own)) > 1]
    if not found:
        raise InputError(
            "no outfit with two garments of the catalogue: the first column names the outfit, the second the garment",
            path=path,
        )
    return found


def outfit_agreement(
    space: StyleSpace,
    compose: Compose,
    catalogue: Catalogue,
    outfits: Sequence[Sequence[int]],
    *,
    seed: int = 0,
) -> dict[str, Agreement]:
    """Say for each block whether garments of one outfit are closer than garments exchanged for others of their type.

    Beside the blocks: all of them, the vectors as they are, and the supplied values as one-hot columns; and, on the
    half of the outfits that they were not learned from, blocks and values weighed as stylists do.

    Args:
        space: The style space.
        compose: Garments -> their vectors.
        catalogue: The garments.
        outfits: The garments' positions, outfit by outfit; `space` and `compose` have not seen them.
        seed: Of every random choice.
    """
    vectors = compose(catalogue)
    factors = space.factors(vectors)
    drawn = draw_comparisons(outfits, [" ".join(g.values.get("type", ())) for g in catalogue], seed=seed)
    values = _one_hot(catalogue)
    plain = {
        **factors,
        "all blocks": np.hstack(list(factors.values())),
        "vectors": vectors - vectors.mean(axis=0),
        "values, one-hot": np.hstack(list(values.values())),
    }
    won = {name: margins(own, drawn) for name, own in plain.items()}
    found = {name: agreement(own, drawn.outfit, seed=seed) for name, own in won.items()}
    learned_from = np.random.default_rng(seed).random(len(outfits))[drawn.outfit] < 0.5
    weighed = {
        "blocks, weighed": {name: won[name] for name in factors},
        "values, weighed": {name: margins(own, drawn) for name, own in values.items()},
    }
    for name, parts in weighed.items():
        weights = weigh_blocks(parts, learned_from)
        total = np.sum([weights[part] * own for part, own in parts.items()], axis=0)
        found[name] = agreement(total[~learned_from], drawn.outfit[~learned_from], seed=seed)
    return found


def _one_hot(catalogue: Catalogue) -> dict[str, Array]:
    names = sorted({name for garment in catalogue for name in garment.values if name not in ("type", "warmth")})
    return {name: label_matrix(catalogue, name, target_values(catalogue, name)) for name in names}
