"""From a catalogue to the report of a style space: split, train the vectors, fit, measure."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kg_fashion.catalog import Catalogue
from kg_fashion.embedding import EmbeddingSettings
from kg_fashion.embedding.style import StyleSpace
from kg_fashion.embedding.style_agreement import Agreement
from kg_fashion.embedding.style_factors import StyleSettings
from kg_fashion.embedding.style_report import StyleReport
from kg_fashion.inference.fitting import fit_vectors
from kg_fashion.inference.style_evaluation import MIN_COUNT, evaluate_style, style_values
from kg_fashion.inference.style_outfits import outfit_agreement, read_outfits

ATTRIBUTES = ("type", "colour", "department", "season", "occasion", "brand", "pattern", "material")
_HELD_OUT = 0.2


def run_style(
    catalogue: Catalogue,
    *,
    attributes: Sequence[str] | None = None,
    outfits: Path | None = None,
    outfits_of: Catalogue | None = None,
    min_count: int = MIN_COUNT,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> StyleReport:
    """Learn vectors and a style space from a random four fifths of the garments, and measure them.

    Args:
        catalogue: The garments.
        attributes: An attribute each block; the vectors are trained to tell them. By default those of `ATTRIBUTES` of
            which two values are common enough.
        outfits: A file of outfits.
        outfits_of: The garments of the outfits; those of `catalogue` by default.
        min_count: Values of fewer training garments are left out.
        seed: Of every random choice.
        progress: Called with a line of text now and then.

    Raises:
        InputError: the outfits cannot be read.
        NotTrainedError: too little is known of an attribute.
    """
    dressed = outfits_of if outfits_of is not None else catalogue
    together = read_outfits(outfits, dressed) if outfits is not None else None
    order = np.random.default_rng(seed).permutation(len(catalogue)).tolist()
    n_test = int(_HELD_OUT * len(order))
    train, test = catalogue.subset(order[n_test:]), catalogue.subset(order[:n_test])
    chosen = tuple(attributes) if attributes is not None else _common(train, min_count)
    room = StyleSettings().factors * max(len(chosen), len(ATTRIBUTES))  # for the factors of every block
    compose = fit_vectors(train, chosen, settings=EmbeddingSettings(dim=room), seed=seed, progress=progress)

    def agree(space: StyleSpace) -> dict[str, Agreement]:
        return outfit_agreement(space, compose, dressed, together, seed=seed) if together else {}

    return evaluate_style(
        train, test, compose, attributes=chosen, agree=agree, min_count=min_count, seed=seed,
        progress=progress,
    )  # fmt: skip


def _common(catalogue: Catalogue, min_count: int) -> tuple[str, ...]:
    return tuple(name for name, own in style_values(catalogue, ATTRIBUTES, min_count=min_count).items() if len(own) > 1)
