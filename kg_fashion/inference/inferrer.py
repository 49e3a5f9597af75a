"""The attribute inferrer: trained on what a catalogue knows, it completes what this or another catalogue lacks.

Rules and embedding see every garment without its target attributes, in training and in use alike, so that nothing
learns to copy a supplied value. A rule that is new since the training counts by its stated confidence.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue, attribute_of
from kg_fashion.embedding import (
    GarmentEmbedding,
    garment_parts,
    load_embedding,
    part_label,
    save_embedding,
    train_embedding,
)
from kg_fashion.errors import ModelError, NotTrainedError, UnknownNameError
from kg_fashion.inference.completion import Completion, Reason
from kg_fashion.inference.evidence import Evidence, Witness, close, gather
from kg_fashion.inference.fusion import Fusion, fit_fusion, prior_weight
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules

Array = NDArray[np.float32]
Progress = Callable[[str], None]
TARGETS = ("season", "occasion")
_FOLDS = 3
_FOLDS_SMALL = 5
_SMALL = 2000


class AttributeInferrer:
    """Completes attributes; made by `train` or `load`.

    Example:
        >>> from kg_fashion import read_catalogue
        >>> from kg_fashion.resources import boutique_dir
        >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
        >>> inferrer = AttributeInferrer.train(catalogue, seed=0)
        >>> gaps = inferrer.complete(catalogue)
        >>> all(gap.attribute not in catalogue.get(gap.garment_id).values for gap in gaps)
        True
    """

    def __init__(
        self,
        embedding: GarmentEmbedding,
        fusions: Mapping[str, Fusion],
        witnesses: Mapping[str, tuple[Witness, ...]],
        rules: RuleSet,
        ontology: Ontology,
    ) -> None:
        self.embedding = embedding
        self.rules = rules
        self.ontology = ontology
        self._fusions = dict(fusions)
        self._witnesses = dict(witnesses)

    @property
    def targets(self) -> tuple[str, ...]:
        """The attributes that it completes."""
        return tuple(self._fusions)

    def values(self, target: str) -> tuple[str, ...]:
        """Return the IRIs of a target's values, in the order of `predict_proba`'s columns.

        Raises:
            UnknownNameError: it was not trained for this attribute.
        """
        if target not in self._fusions:
            raise UnknownNameError(f"not trained for {target!r}, only for {', '.join(self.targets)}")
        return self.embedding.values[target]

    @classmethod
    def train(
        cls,
        catalogue: Catalogue,
        *,
        targets: Sequence[str] = TARGETS,
        rules: RuleSet | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """Train on the garments whose target attributes are known.

        Args:
            catalogue: Garments with and without the targets.
            targets: The attributes to complete.
            rules: The bundled rules by default.
            seed: Of every random choice.
            progress: Called with a line of text now and then.

        Raises:
            UnknownNameError: a target is not an attribute.
            NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.
        """
        chosen = rules if rules is not None else load_rules(ontology=catalogue.ontology)
        values = {attribute_of(target): target_values(catalogue, target) for target in targets}
        labels = {target: label_matrix(catalogue, target, own) for target, own in values.items()}
        for target, matrix in labels.items():
            known = int((matrix.sum(axis=1) > 0).sum())
            if known < 10 or len(values[target]) < 2:
                raise NotTrainedError(
                    f"{known} garments have a {target}, with {len(values[target])} values; 10 and 2 are needed:"
                    " learn from a catalogue that has them (--train-on)"
                )
        hidden = catalogue.without(targets)
        parts = [garment_parts(garment, catalogue.ontology) for garment in hidden]
        evidence = _evidence(hidden, chosen, values)
        if progress is not None:
            spoke = ", ".join(f"{len(e.witnesses)} for {target}" for target, e in evidence.items())
            progress(f"rules that speak: {spoke}")
        held_out = _held_out(parts, labels, values, seed, progress)
        fusions = {
            target: fit_fusion(
                held_out[target], own.fires, own.columns, labels[target], _confidences(own.witnesses, chosen)
            )
            for target, own in evidence.items()
        }
        embedding = train_embedding(parts, labels, values, seed=seed, progress=progress)
        witnesses = {target: own.witnesses for target, own in evidence.items()}
        return cls(embedding, fusions, witnesses, chosen, catalogue.ontology)

    def predict_proba(self, catalogue: Catalogue, target: str) -> Array:
        """Return the probability of each value of a target for each garment, whether supplied or not.

        Returns:
            Shape (n_garments, n_values), float32; columns as in `values(target)`.
        """
        self.values(target)
        return self._predict(catalogue, (target,))[target][0]

    def _predict(self, catalogue: Catalogue, targets: Sequence[str]) -> dict[str, tuple[Array, Evidence, Fusion]]:
        """Return target -> probabilities, the evidence, and the model with a weight for each of its witnesses."""
        hidden = catalogue.without(self.targets)
        parts = [garment_parts(garment, self.ontology) for garment in hidden]
        evidence = _evidence(hidden, self.rules, {target: self.values(target) for target in targets})
        found = {}
        for target in targets:
            own = evidence[target]
            fusion = self._weighing(target, own)
            scores = self.embedding.plausibility(parts, target)
            found[target] = (fusion.probabilities(scores, own.fires), own, fusion)
        return found

    def _weighing(self, target: str, evidence: Evidence) -> Fusion:
        """Fit the model to other witnesses: learned weights where there are, else what the rule's confidence says."""
        fusion = self._fusions[target]
        learned = dict(zip(self._witnesses[target], fusion.weights.tolist(), strict=True))
        stated = prior_weight(_confidences(evidence.witnesses, self.rules), fusion.rates[evidence.columns])
        weights = [learned.get(w, prior) for w, prior in zip(evidence.witnesses, stated.tolist(), strict=True)]
        return replace(fusion, weights=np.array(weights, dtype=np.float32), columns=evidence.columns)

    def complete(
        self,
        catalogue: Catalogue,
        *,
        targets: Sequence[str] | None = None,
        threshold: float = 0.5,
        only_missing: bool = True,
        n_reasons: int = 4,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete a catalogue's gaps.

        Args:
            catalogue: The one trained on, or another; new garments need no training.
            targets: Some of the trained targets; all by default.
            threshold: Below this probability the value is left open (None).
            only_missing: Leave out garments whose value is supplied.
            n_reasons: At most so many reasons a completion.
            progress: Called with a line of text now and then.
        """
        wanted = tuple(targets) if targets is not None else self.targets
        predicted = self._predict(catalogue, wanted)
        hidden = catalogue.without(self.targets)
        completions = []
        for row, garment in enumerate(catalogue):
            parts: list[str] | None = None
            for target in wanted:
                if only_missing and garment.values.get(target):
                    continue
                parts = parts or garment_parts(hidden[row], self.ontology)
                probabilities, evidence, fusion = predicted[target]
                order = np.argsort(-probabilities[row], kind="stable")
                best = int(order[0])
                top = float(probabilities[row, best])
                values = self.values(target)
                spoke = {evidence.witnesses[n]: float(fusion.weights[n]) for n in np.flatnonzero(evidence.fires[row])}
                reasons = self._reasons(catalogue, parts, spoke, target, best)[:n_reasons]
                completions.append(
                    Completion(
                        garment.id, garment.iri, target, values[best] if top >= threshold else None, top,
                        tuple((values[i], float(probabilities[row, i])) for i in order), tuple(reasons),
                    )
                )  # fmt: skip
        if progress is not None:
            undecided = sum(completion.value is None for completion in completions)
            progress(f"{len(completions) - undecided:,} gaps completed, {undecided:,} left open below {threshold:.2f}")
        return completions

    def _reasons(
        self, catalogue: Catalogue, parts: Sequence[str], spoke: Mapping[Witness, float], target: str, value: int
    ) -> list[Reason]:
        """Split the log-odds of a value against the average value into what each rule and each part gives."""
        n_values = len(self.values(target))
        pulls: dict[str, float] = {}
        for (rule, column), weight in spoke.items():
            pulls[rule] = pulls.get(rule, 0.0) + weight * (float(column == value) - 1.0 / n_values)
        found = [Reason("rule", rule, self.rules.label(rule), pull) for rule, pull in pulls.items()]
        for part, given in self.embedding.contributions(parts, target).items():
            pull = self._fusions[target].scale * float(given[value] - given.mean())
            found.append(Reason("attribute", part, part_label(part, catalogue.label), pull))
        return sorted(found, key=lambda reason: -reason.pull)

    def vectors(self, catalogue: Catalogue) -> Array:
        """Return the garments' embedding vectors, shape (n_garments, dim), float32."""
        hidden = catalogue.without(self.targets)
        return self.embedding.vectors([garment_parts(garment, self.ontology) for garment in hidden])

    def save(self, folder: Path) -> None:
        """Write the model as safetensors and JSON; the rules stay in their files."""
        save_embedding(self.embedding, folder)
        about = {
            "ontology": self.ontology.digest,
            "fusion": {
                target: {
                    "scale": fusion.scale,
                    "bias": fusion.bias.tolist(),
                    "weights": fusion.weights.tolist(),
                    "rates": fusion.rates.tolist(),
                    "variance": fusion.variance,
                    "witnesses": [list(witness) for witness in self._witnesses[target]],
                }
                for target, fusion in self._fusions.items()
            },
        }
        (folder / "inferrer.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, *, rules: RuleSet | None = None, ontology: Ontology | None = None) -> Self:
        """Read a model back.

        Raises:
            ModelError: a file is missing or broken, or the model belongs to another ontology.
        """
        known = ontology or read_ontology()
        embedding = load_embedding(folder)
        try:
            about = json.loads((folder / "inferrer.json").read_text("utf-8"))
            if about["ontology"] != known.digest:
                raise ModelError("the model was trained with another ontology; train it again", path=folder)
            witnesses = {
                target: tuple((str(rule), int(column)) for rule, column in own["witnesses"])
                for target, own in about["fusion"].items()
            }
            fusions = {
                target: Fusion(
                    own["scale"],
                    np.array(own["bias"], dtype=np.float32),
                    np.array(own["weights"], dtype=np.float32),
                    np.array([column for _, column in witnesses[target]], dtype=np.int64),
                    np.array(own["rates"], dtype=np.float32),
                    float(own["variance"]),
                )
                for target, own in about["fusion"].items()
            }
        except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
            raise ModelError(f"not a readable model: {error}", path=folder) from error
        return cls(embedding, fusions, witnesses, rules or load_rules(ontology=known), known)


def _evidence(hidden: Catalogue, rules: RuleSet, values: Mapping[str, tuple[str, ...]]) -> dict[str, Evidence]:
    closure = close(hidden, rules)
    return {target: gather(hidden, closure, target, own) for target, own in values.items()}


def _confidences(witnesses: Sequence[Witness], rules: RuleSet) -> NDArray[np.float64]:
    """Return what the witnesses' rules state for themselves, NaN where nothing, shape (n_witnesses,)."""
    stated = {rule: rules.confidence(rule) for rule, _ in witnesses}
    return np.array([np.nan if stated[rule] is None else stated[rule] for rule, _ in witnesses], dtype=np.float64)


def _held_out(
    parts: Sequence[Sequence[str]],
    labels: Mapping[str, Array],
    values: Mapping[str, tuple[str, ...]],
    seed: int,
    progress: Progress | None,
) -> dict[str, Array]:
    """Score each garment by an embedding that was trained without its fold."""
    folds = _FOLDS_SMALL if len(parts) < _SMALL else _FOLDS
    fold_of = np.random.default_rng(seed).permutation(len(parts)) % folds
    scores = {target: np.zeros_like(matrix) for target, matrix in labels.items()}
    for fold in range(folds):
        inside = np.flatnonzero(fold_of != fold)
        outside = np.flatnonzero(fold_of == fold)
        own = {target: matrix[inside] for target, matrix in labels.items()}
        embedding = train_embedding([parts[int(i)] for i in inside], own, values, seed=seed)
        for target in labels:
            scores[target][outside] = embedding.plausibility([parts[int(i)] for i in outside], target)
        if progress is not None:
            progress(f"calibration: fold {fold + 1} of {folds}")
    return scores
