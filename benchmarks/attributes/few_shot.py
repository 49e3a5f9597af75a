"""Article types held out of training, told apart from one or five examples each; and what dropout and smoothing do.

Usage: python benchmarks/attributes/few_shot.py styles.csv --results FOLDER

Twenty of Myntra's types with at least 20 garments are held out altogether: none of their garments is trained on. The
embedding is trained on the others for type, department, colour, season and occasion. An episode draws 5 of the twenty,
N examples and 15 other garments of each; the type is hidden, the other values are visible; 200 episodes a setting. A
name nearly gives its type away, so everything is measured twice: with the names as they are, and without the words of
the labels that the ontology has for the garment's own type. Each seed draws 20 of the same 33 types. The 15 types that
the method was developed on and the 30 that seed 0 tested on meanwhile are never among them; the seeds start at 1. The
embedding is trained on 6,000 garments of the other types, four times: with and without dropout of parts and label
smoothing.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from few_shot_peers import (
    Classifier,
    Ids,
    encoded,
    logistic,
    nearest_neighbour,
    nearest_prototype,
    type_words,
    words_and_values,
)
from seeds import Result, arguments, run_seeds, say, table

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.catalog.words import singular
from kg_fashion.embedding import EmbeddingSettings
from kg_fashion.embedding.few_shot_space import HASHED_DIM, FewShotSpace
from kg_fashion.inference.baselines.text import lacks_encoder
from kg_fashion.inference.fitting import fit_vectors
from kg_fashion.inference.labels import label_matrix, target_values

TARGETS = ("type", "department", "colour", "season", "occasion")
N_HELD_OUT, N_LOOKED_AT = 20, 45
WAYS, QUERIES, EPISODES = 5, 15, 200
N_TRAINED = 6_000
FEWEST, MOST = 20, 40
"""Garments of a held-out type: at least, and at most used."""
DROPOUTS, SMOOTHINGS = (0.5, 0.0), (0.0, 0.1)
NAMES = ("names as they are", "without the type's words")
SHOTS = (1, 5)
COLUMNS = [f"{names}, {shots}-shot" for names in NAMES for shots in SHOTS]
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Held:
    """Garments of held-out types.

    Attributes:
        catalogue: The garments without their type.
        types: The type of each.
    """

    catalogue: Catalogue
    types: tuple[str, ...]

    def episodes(self, shots: int, seed: int) -> Iterator[tuple[Ids, Ids]]:
        """Iterate over (support (WAYS, shots), query (WAYS * QUERIES,)); queries in the order of their classes."""
        draw = np.random.default_rng(seed)
        own = {kind: np.flatnonzero(np.array(self.types) == kind) for kind in sorted(set(self.types))}
        for _ in range(EPISODES):
            kinds = draw.choice(list(own), WAYS, replace=False)
            picked = np.stack([draw.choice(own[kind], shots + QUERIES, replace=False) for kind in kinds])
            yield picked[:, :shots], picked[:, shots:].ravel()

    def accuracy(self, classify: Classifier, shots: int, seed: int) -> float:
        """Return the mean accuracy over the episodes."""
        truth = np.repeat(np.arange(WAYS), QUERIES)
        return float(np.mean([(classify(*episode) == truth).mean() for episode in self.episodes(shots, seed)]))


def type_of(catalogue: Catalogue) -> list[str]:
    """Return the type of each garment, "" where it has none."""
    return [garment.values.get("type", ("",))[0] for garment in catalogue]


def held_out_types(catalogue: Catalogue, seed: int) -> list[str]:
    """Draw the types to test on, from those that nothing was developed or looked at on."""
    counts = Counter(type_of(catalogue))
    frequent = sorted(t for t, n in counts.items() if n >= FEWEST and t not in ("", terms.KGF.OtherItem))
    order = np.random.default_rng(0).permutation(frequent)
    return sorted(np.random.default_rng(seed).choice(order[N_LOOKED_AT:], N_HELD_OUT, replace=False))


def apart(catalogue: Catalogue, types: list[str], seed: int) -> tuple[Catalogue, Catalogue]:
    """Return 6,000 garments of other types, and at most 40 garments of each of these types."""
    kinds = np.array(type_of(catalogue))
    draw = np.random.default_rng(seed)
    held = [row for kind in types for row in draw.permutation(np.flatnonzero(kinds == kind))[:MOST]]
    others = draw.permutation(np.flatnonzero(~np.isin(kinds, types) & (kinds != "")))[:N_TRAINED]
    return catalogue.subset(sorted(others.tolist())), catalogue.subset(sorted(map(int, held)))


def without_own_words(catalogue: Catalogue) -> Catalogue:
    """Take the words of the English labels of a garment's type out of its names."""
    dropped = {kind: type_words(catalogue, kind) for kind in set(type_of(catalogue))}
    garments = []
    for garment, kind in zip(catalogue, type_of(catalogue), strict=True):
        labels = (
            (" ".join(w for w in _WORD.findall(text) if singular(w.casefold()) not in dropped[kind]), lang)
            for text, lang in garment.labels
        )
        garments.append(replace(garment, labels=tuple(labels)))
    return replace(catalogue, garments=tuple(garments))


def peers(held: Catalogue) -> dict[str, Classifier]:
    """Return the peers by their names."""
    words = words_and_values(held, values=False)
    both = words_and_values(held)
    found = {
        "logistic regression, TF-IDF words": logistic(words),
        "logistic regression, TF-IDF words and values": logistic(both),
        "nearest neighbour, TF-IDF words and values": nearest_neighbour(both),
    }
    names = encoded(held)
    if names is not None:
        found |= {
            "nearest neighbour, MiniLM": nearest_neighbour(names),
            "nearest prototype, MiniLM": nearest_prototype(names),
            "logistic regression, MiniLM": logistic(names),
        }
    return found


def measure(catalogue: Catalogue, seed: int) -> dict[str, dict[str, float]]:
    """Return method or training -> setting -> accuracy."""
    known, own = apart(catalogue, held_out_types(catalogue, seed), seed)
    versions = dict(zip(NAMES, (own, without_own_words(own)), strict=True))
    held = {name: Held(version.without(("type",)), tuple(type_of(own))) for name, version in versions.items()}
    found: dict[str, dict[str, float]] = {}

    def judge(ways: dict[str, Classifier], name: str) -> None:
        for method, classify in ways.items():
            for shots in SHOTS:
                accuracy = held[name].accuracy(classify, shots, seed)
                found.setdefault(method, {})[f"{name}, {shots}-shot"] = accuracy

    hidden, classes = known.without(("type",)), label_matrix(known, "type", target_values(known, "type")).argmax(axis=1)
    for dropout in DROPOUTS:
        for smoothing in SMOOTHINGS:
            settings = EmbeddingSettings(part_dropout=dropout, label_smoothing=smoothing)
            compose = fit_vectors(known, TARGETS, settings=settings, seed=seed, progress=say)
            space = FewShotSpace.fit(compose(hidden), classes, hidden)
            for name, asked in held.items():
                composed = compose(asked.catalogue)
                vectors = space.vectors(composed, asked.catalogue)
                training = f"dropout {dropout}, smoothing {smoothing}"
                judge({f"{training}: prototypes": nearest_prototype(vectors)}, name)
                judge({f"{training}: whitened vectors alone": nearest_prototype(vectors[:, :-HASHED_DIM])}, name)
                judge({f"{training}: composed vectors as trained": nearest_prototype(composed)}, name)
                judge({f"{training}: words alone": nearest_prototype(vectors[:, -HASHED_DIM:])}, name)
            say(f"seed {seed}: {training}")
    for name, asked in held.items():
        judge(peers(asked.catalogue), name)
    return found


def main() -> None:
    """Measure each seed and print a table."""
    chosen = arguments(__doc__ or "").parse_args()
    if (lacking := lacks_encoder()) is not None:
        say(f"MiniLM is left out: it {lacking}")
    catalogue = read_catalogue(chosen.data, mapping="myntra")

    def of_seed(seed: int) -> Result:
        return measure(catalogue, seed)

    print(table(run_seeds(chosen.results, "few-shot", chosen.seeds, of_seed, first=1), "5-way", COLUMNS))


if __name__ == "__main__":
    main()
