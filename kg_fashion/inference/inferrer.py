"""The attribute inferrer: trained on what a catalogue knows, it completes what this or another catalogue lacks.

A garment's own value of the attribute that is asked for is never looked at, in training and in use alike, so that
nothing learns to copy a supplied value. A rule that is new since the training counts by its stated confidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg_fashion.catalog import Catalogue, Garment, attribute_of
from kg_fashion.embedding import EmbeddingSettings
from kg_fashion.embedding.parts import BIAS
from kg_fashion.errors import UnknownNameError
from kg_fashion.inference.abstention import Abstention
from kg_fashion.inference.added_value import add_value
from kg_fashion.inference.audit import Suspicion, suspicions
from kg_fashion.inference.completion import Completion, completions_of
from kg_fashion.inference.drift import DriftReport, compare
from kg_fashion.inference.evidence import RuleEvidence
from kg_fashion.inference.explain import KnownGarments, explain
from kg_fashion.inference.explanation import Explanation
from kg_fashion.inference.families import FAMILIES, colour_words, family_keys
from kg_fashion.inference.few_shot import NewValues, extend_logits, extend_probabilities, extend_terms
from kg_fashion.inference.fitting import Fitted, fit_models
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.score_terms import Predicted, ScoreTerms, score_terms
from kg_fashion.inference.scorer import Pull
from kg_fashion.inference.store import Stored, load_inferrer, save_inferrer
from kg_fashion.inference.target_model import scores_of
from kg_fashion.inference.training_record import TrainingRecord
from kg_fashion.inference.veto import Veto, constrained
from kg_fashion.inference.wording import ReasonWording
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning import RuleSet, load_rules

Array = NDArray[np.float32]
Progress = Callable[[str], None]
TARGETS = ("season", "occasion")
_AT_ONCE = 5000
"""Garments whose reasons are weighed together: their terms take some tens of megabytes."""


class AttributeInferrer:
    """Completes attributes; made by `train` or `load`.

    Attributes:
        embedding: The graph embedding.
        rules: The rules that count as evidence or veto; the ontology's constraints, turned round, are among them.
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
        fitted: Fitted,
        evidence: RuleEvidence,
        ontology: Ontology,
        *,
        trained_on: Catalogue | TrainingRecord,
        added: Mapping[str, NewValues] | None = None,
    ) -> None:
        self._fitted = fitted
        self.embedding = fitted.embedding
        self.rules = evidence.rules
        self.ontology = ontology
        self.held_out = dict(fitted.held_out)
        self._families = fitted.families
        self._models = dict(fitted.models)
        self._evidence = evidence
        self._added = dict(added or {})
        self._origin = trained_on
        garments = trained_on if isinstance(trained_on, Catalogue) else ()
        self._trained = {garment.iri: (row, garment) for row, garment in enumerate(garments)}
        self._known: KnownGarments | None = None
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
        added = self._added[target].iris if target in self._added else ()
        return self.embedding.values[target] + added

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
        checkpoints: Path | None = None,
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
            checkpoints: A folder where training writes where it stands, and goes on where the same training was
                stopped; the result is the same. By default nothing is written.
            progress: Called with a line of text now and then.

        Raises:
            UnknownNameError: a target is not an attribute.
            NotTrainedError: fewer than ten garments, or fewer than two values, are known for a target.
        """
        chosen = rules if rules is not None else load_rules(ontology=catalogue.ontology)
        given = distributions or {}
        values = {attribute_of(t): given[t][0] if given else target_values(catalogue, t) for t in targets}
        labels = {t: given[t][1] if given else label_matrix(catalogue, t, own) for t, own in values.items()}
        chosen = constrained(chosen, catalogue.ontology, values)
        evidence = RuleEvidence(chosen, catalogue.ontology, tuple(values))
        fitted = fit_models(
            catalogue, labels, values, evidence,
            shares=bool(given), settings=settings or EmbeddingSettings(), seed=seed, checkpoints=checkpoints,
            progress=progress,
        )  # fmt: skip
        return cls(fitted, evidence, catalogue.ontology, trained_on=catalogue)

    def with_value(
        self, target: str, value: str, examples: Sequence[Garment], *, known: Catalogue, share: float | None = None
    ) -> Self:
        """Return an inferrer that knows one value more, or other examples of one that was added; nothing is trained.

        Rules do not speak for the new value, and `threshold` and `audit` promise nothing about it, until it is trained.

        Args:
            target: One of the trained attributes.
            value: The value's IRI.
            examples: One to ten garments that have it; more will do.
            known: Garments with trained values, such as the catalogue that was trained on; they show what is no
                example. The same garments and examples give the same model.
            share: How common the value is, above 0 and below 1. State it where it is rare: otherwise about 1 in 200
                garments without it get it.

        Raises:
            UnknownNameError: it was not trained for the attribute, or the ontology does not know the value.
            InputError: the value is a trained one, there is no example, or the share is out of bounds.
            NotTrainedError: fewer than 20 known garments have a trained value.

        Example:
            >>> from kg_fashion import read_catalogue, terms
            >>> from kg_fashion.resources import boutique_dir
            >>> catalogue = read_catalogue(boutique_dir() / "catalogue.csv")
            >>> inferrer = AttributeInferrer.train(catalogue, targets=["occasion"])
            >>> added = inferrer.with_value("occasion", terms.KGF.Gala, catalogue.garments[:2], known=catalogue)
            >>> added.predict_proba(catalogue, "occasion").shape[1] - len(inferrer.values("occasion"))
            1
        """
        self.values(target)
        new = add_value(
            self._added.get(target), value, examples, target=target, trained=self.embedding.values[target],
            known=known, compose=self.vectors, share=share,
        )  # fmt: skip
        added = {**self._added, target: new}
        fitted = replace(self._fitted, held_out={})
        return type(self)(fitted, self._evidence, self.ontology, trained_on=self.record, added=added)

    def predict_proba(self, catalogue: Catalogue, target: str) -> Array:
        """Return the probability of each value of a target for each garment, whether supplied or not.

        A garment's own value of the target is never looked at; its values of other targets are.

        Returns:
            Shape (n_garments, n_values), float32; columns as in `values(target)`.
        """
        return self._with_added(catalogue, self._predict(catalogue, (target,))[target].probabilities, target)

    def _with_added(self, catalogue: Catalogue, trained: Array, target: str) -> Array:
        """Join the probabilities of the trained values and those of the values that were added."""
        if target not in self._added:
            return trained
        return extend_probabilities(trained, self._new_log_odds(catalogue, target))

    def _new_log_odds(self, catalogue: Catalogue, target: str) -> Array:
        hidden = catalogue.without((target,))
        return self._added[target].log_odds(self.vectors(hidden), hidden)

    def predict_members(self, catalogue: Catalogue, target: str) -> Array:
        """Return how likely each value of a target is among a garment's values, whether supplied or not.

        Where the training garments have several values each, the rows sum to how many values are expected; else they
        are those of `predict_proba`.

        Returns:
            Shape (n_garments, n_values), float32; columns as in `values(target)`.
        """
        return self._members(target, self.predict_proba(catalogue, target))

    def _members(self, target: str, probabilities: Array) -> Array:
        """Return how likely each value is among a garment's; where garments have one each, that is its probability.

        A value that was added is as likely among others as alone.
        """
        membership, n_trained = self._models[target].membership, len(self.embedding.values[target])
        if membership is None:
            return probabilities
        trained = probabilities[:, :n_trained]
        members = membership.apply(trained / np.maximum(trained.sum(axis=1, keepdims=True), 1e-9))
        return np.hstack([members, probabilities[:, n_trained:]])

    def vetoes(self, catalogue: Catalogue, target: str) -> list[tuple[Veto, ...]]:
        """Return the values of a target that hard knowledge rules out for each garment, whether supplied or not."""
        values = self.values(target)
        found = self._evidence.gather(catalogue, {target: values})[target].vetoes
        words = ReasonWording.of(catalogue, self.rules)
        return [found.of_garment(row, values, words) for row in range(len(catalogue))]

    def _predict(self, catalogue: Catalogue, targets: Sequence[str]) -> dict[str, Predicted]:
        for target in targets:
            self.values(target)
        values = {target: self.embedding.values[target] for target in targets}
        evidence = self._evidence.gather(catalogue, values)
        keys = family_keys(catalogue, self._colours)
        families = self._families.find(keys)
        parts = self.embedding.encode(catalogue.garments, self.ontology)
        found = {}
        for target, own in evidence.items():
            model = self._models[target]
            scores = scores_of(self.embedding.plausibility(parts, target), families, model.families)
            fusion = model.weighing(own, self.rules)
            said = model.probabilities(fusion, scores, own)
            found[target] = Predicted(said, parts, keys, families, scores, own, fusion)
        return found

    def pulls(self, catalogue: Catalogue, target: str) -> list[list[Pull]]:
        """Return the exact terms of each garment's score: they sum to its log-probabilities, up to a constant."""
        said = self._predict(catalogue, (target,))[target]
        _, terms = self._explained(catalogue, said, target, every=True)
        bias = extend_logits(said.fusion.bias[None], len(self.values(target)) - len(said.fusion.bias))[0]
        counts = [self._models[target].families.of_garments(own) for own in said.families.T]
        found = [[Pull("bias", BIAS, bias)] for _ in catalogue]
        for row, number, logits in zip(terms.rows.tolist(), terms.numbers.tolist(), terms.logits, strict=True):
            kind, name = terms.names[number]
            known = counts[FAMILIES.index(name.partition("=")[0])][row].tolist() if kind == "family" else ()
            found[row].append(Pull(kind, name, logits, tuple(known)))
        return found

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
            catalogue: The one trained on, or another; after `load`, only another.
            target: The attribute.
        """
        values = self.values(target)
        trained = np.array([self._trained_row(garment) for garment in catalogue], dtype=np.int64)
        new = np.flatnonzero(trained < 0)
        said = np.empty((len(catalogue), len(values)), dtype=np.float32)
        if len(new) < len(catalogue):
            said[trained >= 0] = self.held_out[target][trained[trained >= 0]]
        if len(new):
            said[new] = self.predict_proba(catalogue.subset(new), target)
        vetoes = self._evidence.gather(catalogue, {target: values})[target].vetoes
        return suspicions(vetoes.apply(said), label_matrix(catalogue, target, values), vetoes)

    def _trained_row(self, garment: Garment) -> int:
        """Return the row of a garment in `held_out`; -1 where it was not trained on."""
        row, known = self._trained.get(garment.iri, (-1, None))
        return row if known == garment else -1

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
        limits = threshold if isinstance(threshold, Mapping) else dict.fromkeys(wanted, threshold)
        wording = ReasonWording.of(catalogue, self.rules)
        gaps: dict[tuple[int, int], Completion] = {}
        for place, (target, said) in enumerate(self._predict(catalogue, wanted).items()):
            rows = [n for n, garment in enumerate(catalogue) if not (only_missing and garment.values.get(target))]
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE]
                asked = catalogue.subset(some)
                own = said.take(some)
                terms = None
                if n_reasons:
                    probabilities, terms = self._explained(asked, own, target)
                else:
                    probabilities = self._with_added(asked, own.probabilities, target)
                members = self._members(target, probabilities)
                reasons = None if terms is None else terms.strongest(members.argmax(axis=1), n_reasons, wording)
                found = completions_of(
                    asked.garments, target, self.values(target), members,
                    threshold=limits[target], reasons=reasons, vetoes=own.evidence.vetoes,
                    several=self._models[target].membership is not None,
                )  # fmt: skip
                gaps |= {(row, place): gap for row, gap in zip(some, found, strict=True)}
        completions = [gaps[place] for place in sorted(gaps)]
        if progress is not None:
            undecided = sum(completion.value is None for completion in completions)
            progress(f"{len(completions) - undecided:,} gaps completed, {undecided:,} left open")
        return completions

    def explain(
        self,
        catalogue: Catalogue,
        garment: Garment | str,
        target: str,
        *,
        value: str | None = None,
        known: Catalogue | None = None,
        threshold: float = 0.0,
    ) -> Explanation:
        """Explain one value of one garment: reasons, counterfactuals, how rules came to speak, nearest known garments.

        Args:
            catalogue: In whose words the garment's values are.
            garment: Any garment, or the identifier of one in the catalogue; its own value of the target is not
                looked at, but a garment that was trained on also counts as one of its own family.
            target: The attribute.
            value: IRI of the value asked about; the most probable by default.
            known: Garments to name the nearest of; those trained on by default, after `load` the catalogue. Their
                vectors are composed once, as long as the same catalogue is given.
            threshold: Below this probability the explanation of the most probable value says that the gap would be
                left open.

        Raises:
            UnknownNameError: no such garment, or the model was not trained for the attribute or value.
        """
        own = garment if isinstance(garment, Garment) else catalogue.get(garment)
        compared = known or (self._origin if isinstance(self._origin, Catalogue) else catalogue)
        if self._known is None or self._known.catalogue is not compared:
            self._known = KnownGarments(self, compared)
        return explain(self, self._evidence, self._known, catalogue, own, target, value=value, threshold=threshold)

    def drift(self, catalogue: Catalogue, completions: Sequence[Completion] = ()) -> DriftReport:
        """Say how a catalogue differs from the one trained on; its `warnings` tell what matters, in words.

        Args:
            catalogue: The one to complete.
            completions: What `complete` returned for it: whether the model is less sure than it was in training.
        """
        tops: dict[str, list[float]] = {}
        for completion in completions:
            tops.setdefault(completion.attribute, []).append(completion.probability)
        return compare(self.record.drift, catalogue, top={target: np.array(own) for target, own in tops.items()})

    @cached_property
    def record(self) -> TrainingRecord:
        """What is kept of the garments trained on."""
        if isinstance(self._origin, TrainingRecord):
            return self._origin
        tops = {target: own.held_out.tops() for target, own in self._models.items()}
        return TrainingRecord.of(self._origin, targets=self.targets, top=tops)

    def _explained(
        self, catalogue: Catalogue, said: Predicted, target: str, *, every: bool = False
    ) -> tuple[Array, ScoreTerms]:
        """Return the probabilities of trained and new values, and the terms of their scores.

        Nearness to the examples of a value is told where that value is the best, or for every one: "far from those of a
        gala" is true of most garments, and not why a shirt is for the office.
        """
        terms = score_terms(said, self.embedding, target)
        if target not in self._added:
            return said.probabilities, terms
        new, log_odds = self._added[target].iris, self._new_log_odds(catalogue, target)
        probabilities = extend_probabilities(said.probabilities, log_odds)
        columns = said.probabilities.shape[1] + np.arange(len(new))
        told = every | (probabilities.argmax(axis=1)[:, None] == columns)
        return probabilities, extend_terms(terms, said.fusion.bias, log_odds, new, told=told)

    def vectors(self, catalogue: Catalogue) -> Array:
        """Return the garments' embedding vectors, composed of all that is supplied, shape (n, dim), float32."""
        return self.embedding.vectors(self.embedding.encode(catalogue.garments, self.ontology))

    def save(self, folder: Path) -> None:
        """Write the model as safetensors and JSON; the rules stay in their files."""
        save_inferrer(Stored(self._fitted, self._added, self.record), folder, self.ontology)

    @classmethod
    def load(cls, folder: Path, *, rules: RuleSet | None = None, ontology: Ontology | None = None) -> Self:
        """Read a model back.

        Raises:
            ModelError: a file is missing or broken, or the model belongs to another ontology.
        """
        known = ontology or read_ontology()
        stored = load_inferrer(folder, known)
        own = constrained(rules or load_rules(ontology=known), known, stored.fitted.embedding.values)
        evidence = RuleEvidence(own, known, tuple(stored.fitted.models))
        return cls(stored.fitted, evidence, known, trained_on=stored.record, added=stored.added)
