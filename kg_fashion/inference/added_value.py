"""Adds a new value to what is known of a target: checks it, chooses the garments that show what is no example."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.embedding.few_shot_space import FewShotSpace
from kg_fashion.errors import InputError, NotTrainedError, UnknownNameError, did_you_mean
from kg_fashion.inference.few_shot import NewValue, NewValues
from kg_fashion.inference.labels import label_matrix
from kg_fashion.ontology import Ontology

Array = NDArray[np.float32]
_FEWEST, _MOST = 20, 4000
"""Known garments: fewer show nothing, more change nothing."""


def add_value(
    before: NewValues | None,
    value: str,
    examples: Sequence[Garment],
    *,
    target: str,
    trained: Sequence[str],
    known: Catalogue,
    compose: Callable[[Catalogue], Array],
    share: float | None = None,
) -> NewValues:
    """Learn a value and put it beside those that were added before.

    Args:
        before: The values that were added before, None where there are none.
        value: IRI of the new one.
        examples: Garments that have it.
        target: The attribute.
        trained: IRIs of its trained values.
        known: Garments with trained values; those that have the new one, or are examples, are left out, and of the
            others 4,000 are drawn, always the same.
        compose: Garments -> their composed vectors, shape (n, composed_dim).
        share: How common the value is, above 0 and below 1; unknown by default.

    Raises:
        UnknownNameError: the ontology does not know the value.
        InputError: the value is a trained one, there is no example, or the share is out of bounds.
        NotTrainedError: fewer than 20 known garments have a trained value.
    """
    _check(value, examples, target, trained, known.ontology, share)
    others, classes = _without(known, value, examples, target, trained)
    hidden = replace(known, garments=tuple(examples)).without((target,))
    composed = compose(others)
    own = before or NewValues(FewShotSpace.fit(composed, classes, others))
    vectors = own.space.vectors(compose(hidden), hidden)
    return own.adding(NewValue.learn(value, vectors, own.space.vectors(composed, others), share=share))


def _check(
    value: str,
    examples: Sequence[Garment],
    target: str,
    trained: Sequence[str],
    ontology: Ontology,
    share: float | None,
) -> None:
    said = terms.shorten(value)
    if value in trained:
        raise InputError(f"{said} is a trained {target}: give its garments the value and train again", iri=value)
    possible = ontology.values(target)
    if target not in terms.OPEN and value not in possible:
        hint = did_you_mean(said, map(terms.shorten, possible))
        raise UnknownNameError(
            f"the ontology knows no {target} {said}{hint}; a value needs a name there before a model is trained",
            iri=value,
        )
    if not examples:
        raise InputError(
            f"no example of {target} {said}: give one to ten garments that have it (--examples)", iri=value
        )
    if share is not None and not 0 < share < 1:
        raise InputError(f"a share of {share:g} of garments with {said}: it lies above 0 and below 1", iri=value)


def _without(
    known: Catalogue, value: str, examples: Sequence[Garment], target: str, trained: Sequence[str]
) -> tuple[Catalogue, NDArray[np.int64]]:
    """Return garments with trained values and without the new one, their target hidden; and the class of each."""
    truth = label_matrix(known, target, trained)
    own = {garment.iri for garment in examples}
    has = np.array([g.iri in own or value in g.values.get(target, ()) for g in known], dtype=bool)
    rows = np.flatnonzero((truth.sum(axis=1) > 0) & ~has)
    if len(rows) < _FEWEST:
        raise NotTrainedError(
            f"{len(rows)} garments beside the examples have a trained {target}; {_FEWEST} are needed: give the"
            " catalogue that was learned from"
        )
    drawn = np.sort(np.random.default_rng(0).permutation(rows)[:_MOST])
    return known.subset(drawn.tolist()).without((target,)), truth[drawn].argmax(axis=1)
