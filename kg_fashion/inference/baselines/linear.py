"""Multinomial logistic regression on sparse features: attributes with the name's words, or the mined rules that fire.

The strength of its L2 penalty is tuned on the held-out tenth.
"""

import itertools
import re
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from kg_fashion.catalog import Catalogue, Garment
from kg_fashion.catalog.words import tokens
from kg_fashion.inference.baselines.training import Array, Examples, Ids, Predict, Training

_STRENGTHS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Inverse strengths of the penalty, C."""
_FIRST = 0.5
_LETTERS = re.compile(r"\w+")
Cut = Callable[[str], Sequence[str]]

CUTS: Mapping[str, Cut] = {
    "as written": str.split,
    "letters as written": _LETTERS.findall,
    "lower case": tokens,
}
"""Ways to cut a name into words; which is best is tuned."""


class Vocabulary:
    """The features of training garments as columns.

    Args:
        rows: The features of each training garment.

    Example:
        >>> Vocabulary([["a", "b"], ["a"]]).table([["b", "c"], []]).toarray().tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """

    def __init__(self, rows: Iterable[Iterable[Hashable]]) -> None:
        self.columns: dict[Hashable, int] = {}
        for row in rows:
            for feature in row:
                self.columns.setdefault(feature, len(self.columns))

    def table(self, rows: Iterable[Iterable[Hashable]]) -> sparse.csr_matrix:
        """Return 0/1 features, shape (n_rows, n_columns); what was not seen in training is left out."""
        indices: list[int] = []
        starts = [0]
        for row in rows:
            indices += sorted({self.columns[feature] for feature in row if feature in self.columns})
            starts.append(len(indices))
        return sparse.csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(starts) - 1, len(self.columns)))


class Logistic:
    """A multinomial model whose penalty is tuned, to be fitted on all examples with `finish`.

    Args:
        table: Shape (n_garments, n_features).
        examples: Of one target.
        n_values: Of the target.
    """

    def __init__(self, table: sparse.csr_matrix, examples: Examples, n_values: int) -> None:
        self._table, self._examples, self._n_values = table, examples, n_values
        self._losses: dict[int, float] = {}
        self._best = _STRENGTHS.index(_FIRST)

    @property
    def loss(self) -> float:
        """The log loss on what is held out, of the best strength tried so far."""
        return self._loss(self._best)

    @property
    def strength(self) -> float:
        """The best inverse strength tried so far."""
        return _STRENGTHS[self._best]

    def tune(self) -> None:
        """Walk downhill from the middle strength: a weaker penalty while that helps, else a stronger one."""
        for step in (1, -1):
            moved = False
            while 0 <= self._best + step < len(_STRENGTHS) and self._loss(self._best + step) < self.loss:
                self._best += step
                moved = True
            if moved:
                return

    def _loss(self, number: int) -> float:
        if number not in self._losses:
            said = self._said(self._fit(_STRENGTHS[number], self._examples.inside), self._table)
            self._losses[number] = self._examples.loss(said)
        return self._losses[number]

    def finish(self) -> Callable[[sparse.csr_matrix], Array]:
        """Fit on all examples; return what says the probabilities, shape (n, n_values), for a table."""
        model = self._fit(self.strength, np.arange(len(self._examples.rows)))
        return lambda table: self._said(model, table)

    def _fit(self, strength: float, chosen: Ids) -> Any:
        from sklearn.linear_model import LogisticRegression

        own = self._examples
        model = LogisticRegression(C=strength, max_iter=500, tol=1e-4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an end at max_iter is near enough
            return model.fit(self._table[own.rows[chosen]], own.classes[chosen], sample_weight=own.weights[chosen])

    def _said(self, model: Any, table: sparse.csr_matrix) -> Array:
        full = np.zeros((table.shape[0], self._n_values), dtype=np.float32)
        full[:, model.classes_] = model.predict_proba(table)
        return full


def logistic(training: Training) -> Predict:
    """Predict from the attributes and the name's words and word pairs; how names are cut is tuned for each target."""
    vocabularies = {name: Vocabulary(map(_features(cut), training.hidden)) for name, cut in CUTS.items()}
    tables = {name: own.table(map(_features(CUTS[name]), training.hidden)) for name, own in vocabularies.items()}
    chosen, finished = {}, {}
    for target in training.targets:
        examples, n_values = training.examples(target), training.truth[target].shape[1]
        models = {name: Logistic(table, examples, n_values) for name, table in tables.items()}
        chosen[target] = min(models, key=lambda name: models[name].loss)
        model = models[chosen[target]]
        model.tune()
        finished[target] = model.finish()
        if training.progress is not None:
            training.progress(f"logistic regression, {target}: words {chosen[target]}, C = {model.strength:g}")

    def predict(test: Catalogue) -> Mapping[str, Array]:
        cuts = sorted(set(chosen.values()))
        asked = {name: vocabularies[name].table(map(_features(CUTS[name]), test)) for name in cuts}
        return {target: said(asked[chosen[target]]) for target, said in finished.items()}

    return predict


def _features(cut: Cut) -> Callable[[Garment], Iterator[Hashable]]:
    def features(garment: Garment) -> Iterator[Hashable]:
        for attribute, values in garment.values.items():
            yield from ((attribute, value) for value in values)
        for name, _ in garment.labels:
            words = cut(name)
            yield from words
            yield from (f"{one} {two}" for one, two in itertools.pairwise(words))

    return features
