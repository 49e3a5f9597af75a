"""The attribute inferrer: trained on what a catalogue knows, it completes what this or another catalogue lacks.

A garment's own value of the attribute that is asked for is never looked at, in training and in use alike, so that
nothing learns to copy a supplied value. A rule that is new since the training counts by its stated confidence.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kg_fashion.catalog import Catalogue, attribute_of
from kg_fashion.embedding import (
    EmbeddingSettings,
    GarmentEmbedding,
    garment_parts,
    load_embedding,
    part_label,
    save_embedding,
)
from kg_fashion.errors import ModelError, NotTrainedError, UnknownNameError
from kg_fashion.inference.abstention import Abstention
from kg_fashion.inference.audit import Suspicion, suspicions
from kg_fashion.inference.completion import Completion, Reason
from kg_fashion.inference.evidence import Evidence
from kg_fashion.inference.families import colour_words, family_keys
from kg_fashion.inference.fitting import fit_models, gather_evidence
from kg_fashion.inference.fusion import Fusion
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.target_model import TargetModel, scores_of
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules

Array = NDArray[np.float32]
Progress = Callable[[str], None]
TARGETS = ("season", "occasion")
_DESCRIPTION = "inferrer.json"
_COUNTS = "families.safetensors"
_FAMILY_LABELS = {
    "stem": "known garments of the same name but for colour",
    "last": "known garments of the brand with the same last word",
}


@dataclass(frozen=True)
class _Predicted:
    """What is said of some garments for one target, and on what grounds.

    Attributes:
        probabilities: Shape (n, n_values).
        parts: Of each garment.
        scores: Of embedding and families, shape (n, n_scores, n_values).
        evidence: Which rules speak.
        fusion: With a weight for each of them.
    """

    probabilities: Array
    parts: list[list[str]]
    scores: Array
    evidence: Evidence
    fusion: Fusion


class AttributeInferrer:
    """Completes attributes; made by `train` or `load`.

    Attributes:
        embedding: The graph embedding.
        rules: The rules that count as evidence.
        ontology: What the values are.
        held_out: After `train`: target -> what was said of each training garment by a model that had not seen it,
            shape (n_garments, n_values). Empty after `load`.

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
        models: Mapping[str, TargetModel],
        rules: RuleSet,
        ontology: Ontology,
        *,
        held_out: Mapping[str, Array] | None = None,
    ) -> None:
        self.embedding = embedding
        self.rules = rules
        self.ontology = ontology
        self.held_out = dict(held_out or {})
        self._models = dict(models)
        self._colours = colour_words(ontology)

    @property
    def targets(self) -> tuple[str, ...]:
        """The attributes that it completes."""
        return tuple(self._models)

    def values(self, target: str) -> tuple[str, ...]:
        """Return the IRIs of a target's values, in the order of `predict_proba`'s columns.

        Raises:
            UnknownNameError: it was not trained for this attribute.
        """
        if target not in self._models:
            raise UnknownNameError(f"not trained for {target!r}, only for {', '.join(self.targets)}")
        return self.embedding.values[target]

    @classmethod
    def train(
        cls,
        catalogue: Catalogue,
        *,
        targets: Sequence[str] = TARGETS,
        rules: RuleSet | None = None,
        distributions: Mapping[str, tuple[tuple[str, ...], Array]] | None = None,
        settings: EmbeddingSettings | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """Train on the garments whose target attributes are known.

        Args:
            catalogue: Garments with and without the targets.
            targets: The attributes to complete.
            rules: The bundled rules by default.
            distributions: Target -> its values' IRIs, and how each garment's are distributed, shape (n_garments,
                n_values), rows sum to 1 or, where unknown, 0. In place of the catalogue's values, for all targets or
                none; `predict_proba` then gives distributions.
            settings: How to train the embedding.
            seed: Of every random choice.
            progress: Called with a line of text now and then.

        Raises:
            UnknownNameError: a target is not an attribute.
            NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.
        """
        chosen = rules if rules is not None else load_rules(ontology=catalogue.ontology)
        given = distributions or {}
        values = {attribute_of(t): given[t][0] if given else target_values(catalogue, t) for t in targets}
        labels = {t: given[t][1] if given else label_matrix(catalogue, t, own) for t, own in values.items()}
        for target, matrix in labels.items():
            known = int((matrix.sum(axis=1) > 0).sum())
            if known < 10 or len(values[target]) < 2:
                raise NotTrainedError(
                    f"{known} garments have a {target}, with {len(values[target])} values; 10 and 2 are needed:"
                    " learn from a catalogue that has them (--train-on)"
                )
        embedding, models, held_out = fit_models(
            catalogue, labels, values, chosen,
            shares=bool(given), settings=settings or EmbeddingSettings(), seed=seed, progress=progress,
        )  # fmt: skip
        return cls(embedding, models, chosen, catalogue.ontology, held_out=held_out)

    def predict_proba(self, catalogue: Catalogue, target: str) -> Array:
        """Return the probability of each value of a target for each garment, whether supplied or not.

        A garment's own value of the target is never looked at; its values of other targets are.

        Returns:
            Shape (n_garments, n_values), float32; columns as in `values(target)`.
        """
        return self._predict(catalogue, target).probabilities

    def _predict(self, catalogue: Catalogue, target: str) -> _Predicted:
        values = {target: self.values(target)}
        own = self._models[target]
        parts = [garment_parts(garment, self.ontology) for garment in catalogue.without((target,))]
        bare = catalogue.without(self.targets)
        evidence = gather_evidence(bare, self.rules, values)[target]
        keys = [family_keys(garment, self._colours) for garment in bare]
        scores = scores_of(self.embedding.plausibility(parts, target), keys, own.families)
        fusion = own.weighing(evidence, self.rules)
        return _Predicted(own.probabilities(fusion, scores, evidence), parts, scores, evidence, fusion)

    def threshold(self, target: str, precision: float) -> Abstention:
        """Return the least probability from which values reach a precision, chosen on held-out garments.

        Args:
            target: The attribute.
            precision: The wanted share of right values among those that are given, 0 to 1.
        """
        self.values(target)
        return self._models[target].held_out.threshold_for(precision)

    def audit(self, catalogue: Catalogue, target: str) -> list[Suspicion]:
        """Return supplied values that are doubtful, the most suspicious first.

        Garments that were trained on are judged by a model that had not seen them.

        Args:
            catalogue: The one trained on in this session, or another.
            target: The attribute.
        """
        values = self.values(target)
        truth = label_matrix(catalogue, target, values)
        trained = self.held_out.get(target)
        own = trained if trained is not None and len(trained) == len(catalogue) else None
        return suspicions(self.predict_proba(catalogue, target) if own is None else own, truth)

    def complete(
        self,
        catalogue: Catalogue,
        *,
        targets: Sequence[str] | None = None,
        threshold: float | Mapping[str, float] = 0.5,
        only_missing: bool = True,
        n_reasons: int = 4,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete a catalogue's gaps.

        Args:
            catalogue: The one trained on, or another; new garments need no training.
            targets: Some of the trained targets; all by default.
            threshold: Below this probability the value is left open (None); one for all targets, or target -> its own.
            only_missing: Leave out garments whose value is supplied.
            n_reasons: At most so many reasons a completion.
            progress: Called with a line of text now and then.
        """
        wanted = tuple(targets) if targets is not None else self.targets
        predicted = {target: self._predict(catalogue, target) for target in wanted}
        limits = threshold if isinstance(threshold, Mapping) else dict.fromkeys(wanted, threshold)
        completions = []
        for row, garment in enumerate(catalogue):
            for target in wanted:
                if only_missing and garment.values.get(target):
                    continue
                said = predicted[target]
                probabilities = said.probabilities
                order = np.argsort(-probabilities[row], kind="stable")
                best = int(order[0])
                top = float(probabilities[row, best])
                values = self.values(target)
                reasons = self._reasons(catalogue, said, row, target, best)[:n_reasons]
                completions.append(
                    Completion(
                        garment.id, garment.iri, target, values[best] if top >= limits[target] else None, top,
                        tuple((values[i], float(probabilities[row, i])) for i in order), tuple(reasons),
                    )
                )  # fmt: skip
        if progress is not None:
            undecided = sum(completion.value is None for completion in completions)
            progress(f"{len(completions) - undecided:,} gaps completed, {undecided:,} left open")
        return completions

    def _reasons(self, catalogue: Catalogue, said: _Predicted, row: int, target: str, value: int) -> list[Reason]:
        """Split the log-odds of a value against the average value into what each rule, family and part gives."""
        n_values = len(self.values(target))
        pulls: dict[str, float] = {}
        for number in np.flatnonzero(said.evidence.fires[row]):
            rule, column = said.evidence.witnesses[number]
            weight = float(said.fusion.weights[number])
            pulls[rule] = pulls.get(rule, 0.0) + weight * (float(column == value) - 1.0 / n_values)
        found = [Reason("rule", rule, self.rules.label(rule), pull) for rule, pull in pulls.items()]
        scaled = said.fusion.scales[:, None] * said.scores[row]
        given = scaled[:, value] - scaled.mean(axis=1)
        for name, pull in (("stem", given[2]), ("last", given[3] + given[4])):
            if pull:
                found.append(Reason("family", name, _FAMILY_LABELS[name], float(pull)))
        known = bool(said.scores[row, 0].any())
        scale = float(said.fusion.scales[0 if known else 1])
        for part, own in self.embedding.contributions(said.parts[row], target).items():
            pull = scale * float(own[value] - own.mean())
            found.append(Reason("attribute", part, part_label(part, catalogue.label), pull))
        return sorted(found, key=lambda reason: -reason.pull)

    def vectors(self, catalogue: Catalogue) -> Array:
        """Return the garments' embedding vectors, composed of all that is supplied, shape (n, dim), float32."""
        return self.embedding.vectors([garment_parts(garment, self.ontology) for garment in catalogue])

    def save(self, folder: Path) -> None:
        """Write the model as safetensors and JSON; the rules stay in their files."""
        save_embedding(self.embedding, folder)
        save_file({target: own.families.counts for target, own in self._models.items()}, folder / _COUNTS)
        about = {
            "ontology": self.ontology.digest,
            "targets": {target: own.describe() for target, own in self._models.items()},
        }
        (folder / _DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, *, rules: RuleSet | None = None, ontology: Ontology | None = None) -> Self:
        """Read a model back.

        Raises:
            ModelError: a file is missing or broken, or the model belongs to another ontology.
        """
        known = ontology or read_ontology()
        embedding = load_embedding(folder)
        try:
            about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
            if about["ontology"] != known.digest:
                raise ModelError("the model was trained with another ontology; train it again", path=folder)
            counts = load_file(folder / _COUNTS)
            models = {target: TargetModel.read(own, counts[target]) for target, own in about["targets"].items()}
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelError(f"not a readable model: {error}", path=folder) from error
        return cls(embedding, models, rules or load_rules(ontology=known), known)
