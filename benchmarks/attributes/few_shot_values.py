"""A value of occasion held out of training and learned from 1, 5 or 10 examples: is it found, and what do others lose?

Usage: python benchmarks/attributes/few_shot_values.py styles.csv --results FOLDER

For each of six occasions of Myntra in turn no garment that has it is trained on. 6,000 of the others are trained
on, 2,000 more are tested on, beside at most 500 garments of the occasion, all but the examples; five draws
of examples. A garment is given the new value where it is as likely as not; the measures, means over the draws:

- recall: the share of its unseen garments that are given it;
- precision: of the garments that are given it, where the occasion is as common as in the catalogue;
- AUROC: of its log-odds, its unseen garments against the others;
- false alarms: the percentage of the others that are given it.

"share stated" is told how common the occasion is. The peers have the same threshold as the product: what 1 in 200 of
2,000 known garments exceeds. The regression learns from the examples and 2,000 further known garments, balanced.
"""

import numpy as np
from few_shot_peers import Array, Ids, words_and_values
from scipy import sparse
from seeds import Result, arguments, run_seeds, say, table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.embedding.few_shot_space import FewShotSpace
from kg_fashion.inference.few_shot import NewValue
from kg_fashion.inference.fitting import fit_vectors
from kg_fashion.inference.labels import label_matrix, target_values

TARGETS = ("season", "occasion")
OCCASIONS = ("EthnicCelebration", "Sport", "Party", "Office", "SmartCasualOccasion", "Travel")
SHOTS, DRAWS = (1, 5, 10), 5
N_TRAINED = 6_000
N_KNOWN, N_OTHERS, N_NEW = 4000, 2000, 500
COLUMNS = ["recall", "precision", "AUROC", "false alarms in %"]


def measure(catalogue: Catalogue, occasion: str, seed: int) -> dict[str, dict[str, float]]:
    """Return "occasion, n examples, method" -> measures."""
    draw = np.random.default_rng(seed)
    iri = terms.KGF[occasion]
    given = [garment.values.get("occasion", ()) for garment in catalogue]
    others = draw.permutation([row for row, own in enumerate(given) if own and iri not in own])
    own = draw.permutation([row for row, values in enumerate(given) if iri in values])
    share = len(own) / (len(own) + len(others))
    train = catalogue.subset(others[:N_TRAINED].tolist())
    rows = [*others[:N_KNOWN], *others[N_TRAINED : N_TRAINED + N_OTHERS], *own[:N_NEW]]
    asked = catalogue.subset(map(int, rows)).without(("occasion",))

    known = catalogue.subset(others[:N_KNOWN].tolist())
    classes = label_matrix(known, "occasion", target_values(known, "occasion")).argmax(axis=1)
    composed = fit_vectors(train, TARGETS, seed=seed, progress=say)(asked)
    space = FewShotSpace.fit(composed[:N_KNOWN], classes, asked.subset(range(N_KNOWN)))
    vectors, features = space.vectors(composed, asked), words_and_values(asked)
    n = N_KNOWN + N_OTHERS
    found: dict[str, list[dict[str, float]]] = {}
    for shots in SHOTS:
        for _ in range(DRAWS):
            order = n + draw.permutation(len(asked) - n)
            examples, unseen = order[:shots], order[shots:]
            ways = {
                "kg_fashion": ours(vectors, examples, None),
                "kg_fashion, share stated": ours(vectors, examples, share),
                "logistic regression, words and values": regression(features, examples),
                "nearest neighbour, words and values": neighbour(features, examples),
            }
            for name, log_odds in ways.items():
                key = f"{terms.local_name(iri)}, {shots} examples, {name}"
                found.setdefault(key, []).append(judge(log_odds[N_KNOWN:n], log_odds[unseen], share))
    return {key: {name: float(np.mean([one[name] for one in own])) for name in COLUMNS} for key, own in found.items()}


def ours(vectors: Array, examples: Ids, share: float | None) -> Array:
    """Return the product's log-odds."""
    return NewValue.learn("", vectors[examples], vectors[:N_KNOWN], share=share).log_odds(vectors)


def regression(features: sparse.csr_matrix, examples: Ids) -> Array:
    """Return a logistic regression's scores, 0 where 1 in 200 known garments scores higher."""
    half = N_KNOWN // 2
    rows = sparse.vstack([features[:half], features[examples]])
    labels = np.repeat([0, 1], [half, len(examples)])
    model = LogisticRegression(class_weight="balanced", C=100.0, max_iter=300).fit(rows, labels)
    return _above(model.decision_function(features))


def neighbour(features: sparse.csr_matrix, examples: Ids) -> Array:
    """Return the greatest likeness to an example, 0 where 1 in 200 known garments scores higher."""
    return _above((features @ features[examples].T).toarray().max(axis=1))


def _above(scores: Array) -> Array:
    return np.asarray(scores - np.quantile(scores[N_KNOWN // 2 : N_KNOWN], 1 - 1 / 200, method="higher"))


def judge(others: Array, unseen: Array, share: float) -> dict[str, float]:
    """Measure one draw.

    Args:
        others: Log-odds of garments without the value, shape (n_others,).
        unseen: Log-odds of garments with it that are no examples, shape (n_unseen,).
        share: How common it is.
    """
    recall, alarms = float((unseen > 0).mean()), float((others > 0).mean())
    hits = share * recall
    truth = np.repeat([0, 1], [len(others), len(unseen)])
    return {
        "recall": recall,
        "precision": hits / max(hits + (1 - share) * alarms, 1e-12),
        "AUROC": float(roc_auc_score(truth, np.concatenate([others, unseen]))),
        "false alarms in %": 100 * alarms,
    }


def with_means(found: Result) -> Result:
    """Add the means over the occasions."""
    keys = dict.fromkeys(key.partition(", ")[2] for key in found)
    means = {
        f"all six, {key}": {
            name: float(np.mean([found[f"{occasion}, {key}"][name] for occasion in OCCASIONS])) for name in COLUMNS
        }
        for key in keys
    }
    return {**means, **found}


def main() -> None:
    """Measure each seed and print a table."""
    chosen = arguments(__doc__ or "").parse_args()
    catalogue = read_catalogue(chosen.data, mapping="myntra")

    def all_occasions(seed: int) -> Result:
        found: dict[str, dict[str, float]] = {}
        for occasion in OCCASIONS:
            found |= measure(catalogue, occasion, seed)
            say(f"seed {seed}: {occasion}")
        return found

    results = run_seeds(chosen.results, "few-shot-values", chosen.seeds, all_occasions, first=1)
    print(table([with_means(result) for result in results], "new value", COLUMNS))


if __name__ == "__main__":
    main()
