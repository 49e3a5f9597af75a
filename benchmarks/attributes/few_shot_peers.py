"""Ways to tell new classes from a few examples: prototypes in a space, and the peers.

Each is a function (support, query) -> class of each query. `support` holds positions of the examples, shape
(n_classes, n_shots), `query` positions, shape (n_queries,).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import written_words
from kg_fashion.catalog.words import singular
from kg_fashion.embedding.prototypes import plausibility, prototypes
from kg_fashion.inference.baselines.text import lacks_encoder, name_vectors

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
Table = Array | sparse.csr_matrix
Classifier = Callable[[Ids, Ids], Ids]
STRENGTH = 100.0
"""Of the logistic regressions, among 1, 10 and 100 the best on the development types."""


def nearest_prototype(vectors: Array) -> Classifier:
    """The class of the nearest mean of unit vectors."""

    def classify(support: Ids, query: Ids) -> Ids:
        shots = support.shape[1]
        centres = prototypes(vectors[support.ravel()], np.repeat(np.arange(len(support)), shots))
        return plausibility(vectors[query], centres, n_examples=shots).argmax(axis=1)

    return classify


def nearest_neighbour(table: Table) -> Classifier:
    """The class of the example with the greatest scalar product; the rows have length 1."""

    def classify(support: Ids, query: Ids) -> Ids:
        likeness = table[query] @ table[support.ravel()].T
        dense = likeness.toarray() if sparse.issparse(likeness) else likeness
        return dense.argmax(axis=1) // support.shape[1]

    return classify


def logistic(table: Table) -> Classifier:
    """Multinomial logistic regression on the examples."""
    from sklearn.linear_model import LogisticRegression

    def classify(support: Ids, query: Ids) -> Ids:
        examples, asked = table[support.ravel()], table[query]
        if sparse.issparse(examples):
            columns = np.unique(examples.indices)
            examples, asked = examples[:, columns].toarray(), asked[:, columns].toarray()
        classes = np.repeat(np.arange(len(support)), support.shape[1])
        model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(examples, classes)
        return np.asarray(model.predict(asked))

    return classify


def words_and_values(catalogue: Catalogue, *, values: bool = True) -> sparse.csr_matrix:
    """Return TF-IDF columns of the names' words, without case and plural, and of values; rows at length 1.

    How rare a word is, is counted over all these garments, the tested ones among them: that favours the peer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = []
    for garment in catalogue:
        words = [singular(word.casefold()) for name, _ in garment.labels for word in written_words(name)]
        seen = [f"{name}={value}" for name, own in garment.values.items() for value in own] if values else []
        rows.append([*words, *seen])
    return TfidfVectorizer(analyzer=_as_it_is, sublinear_tf=True).fit_transform(rows).tocsr()


def _as_it_is(row: Sequence[str]) -> Sequence[str]:
    return row


def encoded(catalogue: Catalogue) -> Array | None:
    """Return MiniLM vectors of the names; None where there is no encoder."""
    return None if lacks_encoder() else name_vectors([garment.name for garment in catalogue])


def type_words(catalogue: Catalogue, kind: str) -> set[str]:
    """Return the words of the English labels of a type, without plural."""
    from kg_fashion.catalog.words import tokens

    labels = [tokens(text) for text, lang in catalogue.ontology.labels(kind) if lang == "en"]
    return {singular(word) for own in labels for word in (*own, "".join(own))} | {terms.local_name(kind).casefold()}
