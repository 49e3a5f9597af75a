"""Saves and loads an inferrer's parts: tensors as safetensors, the rest as JSON; the rules stay in their files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kg_fashion import terms
from kg_fashion.embedding import load_embedding, save_embedding
from kg_fashion.errors import ModelError
from kg_fashion.inference.families import FamilyIndex
from kg_fashion.inference.few_shot import NewValues
from kg_fashion.inference.fitting import Fitted
from kg_fashion.inference.target_model import TargetModel
from kg_fashion.inference.training_record import TrainingRecord
from kg_fashion.ontology import Ontology

_DESCRIPTION = "inferrer.json"
_COUNTS = "families.safetensors"
_RECORD = "training.json"
_ADDED = "added_{}.safetensors"


@dataclass(frozen=True, eq=False)
class Stored:
    """What is kept of an inferrer.

    Attributes:
        fitted: All that was fitted; what was said of the training garments is not kept.
        added: Target -> the values that were added to it.
        record: What is kept of the garments trained on.
    """

    fitted: Fitted
    added: Mapping[str, NewValues]
    record: TrainingRecord


def save_inferrer(stored: Stored, folder: Path, ontology: Ontology) -> None:
    """Write it into a folder."""
    fitted = stored.fitted
    save_embedding(fitted.embedding, folder)
    save_file({target: own.families.counts for target, own in fitted.models.items()}, folder / _COUNTS)
    for target, new in stored.added.items():
        save_file(new.tensors(), folder / _ADDED.format(target))
    stored.record.write(folder / _RECORD)
    about = {
        "ontology": ontology.digest,
        "families": [list(own) for own in fitted.families.keys],
        "targets": {target: own.describe() for target, own in fitted.models.items()},
        "added": {target: own.describe() for target, own in stored.added.items()},
    }
    (folder / _DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")


def load_inferrer(folder: Path, ontology: Ontology) -> Stored:
    """Read it back.

    Raises:
        ModelError: a file is missing or broken, or the model belongs to another ontology.
    """
    embedding = load_embedding(folder)
    try:
        about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        if about["ontology"] != ontology.digest:
            raise ModelError("the model was trained with another ontology; train it again", path=folder)
        if unknown := (about["targets"].keys() | about["added"].keys()) - terms.ATTRIBUTES.keys():
            raise ValueError(f"no attributes: {', '.join(sorted(unknown))}")
        counts = load_file(folder / _COUNTS)
        families = FamilyIndex(about["families"])
        models = {target: TargetModel.read(own, counts[target]) for target, own in about["targets"].items()}
        if any(len(model.families.counts) != len(families) for model in models.values()):
            raise ValueError("the families and their counts do not fit together")
        added = {
            target: NewValues.read(own, load_file(folder / _ADDED.format(target)))
            for target, own in about["added"].items()
        }
        record = TrainingRecord.read(folder / _RECORD, ontology)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelError(f"not a readable model: {error}", path=folder) from error
    return Stored(Fitted(embedding, families, models, {}), added, record)
