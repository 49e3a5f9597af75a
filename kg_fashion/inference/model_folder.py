"""A trained inferrer's folder: safetensors for numbers, JSON for all else; the rules stay in their files.

`inferrer.json` says what is learned for each target and of which ontology it speaks, `families.safetensors` holds the
families' counts, `training.json` what is kept of the garments trained on; the embedding has files of its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kg_fashion.embedding import GarmentEmbedding, load_embedding, save_embedding
from kg_fashion.errors import ModelError
from kg_fashion.inference.target_model import TargetModel
from kg_fashion.inference.training_record import TrainingRecord
from kg_fashion.ontology import Ontology

_DESCRIPTION = "inferrer.json"
_COUNTS = "families.safetensors"
_RECORD = "training.json"


def write_folder(
    folder: Path,
    embedding: GarmentEmbedding,
    models: Mapping[str, TargetModel],
    record: TrainingRecord,
    ontology: Ontology,
) -> None:
    """Write all that an inferrer is made of into a folder."""
    save_embedding(embedding, folder)
    save_file({target: own.families.counts for target, own in models.items()}, folder / _COUNTS)
    record.write(folder / _RECORD)
    about = {"ontology": ontology.digest, "targets": {target: own.describe() for target, own in models.items()}}
    (folder / _DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")


def read_folder(folder: Path, ontology: Ontology) -> tuple[GarmentEmbedding, dict[str, TargetModel], TrainingRecord]:
    """Read it back.

    Raises:
        ModelError: a file is missing or broken, or the model belongs to another ontology.
    """
    embedding = load_embedding(folder)
    try:
        about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        if about["ontology"] != ontology.digest:
            raise ModelError("the model was trained with another ontology; train it again", path=folder)
        counts = load_file(folder / _COUNTS)
        models = {target: TargetModel.read(own, counts[target]) for target, own in about["targets"].items()}
        return embedding, models, TrainingRecord.read(folder / _RECORD, ontology)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"not a readable model: {error}", path=folder) from error
