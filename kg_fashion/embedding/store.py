"""Saves and loads an embedding: tensors as safetensors, the rest as JSON."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding
from kg_fashion.errors import ModelError

_TENSORS = "embedding.safetensors"
_DESCRIPTION = "embedding.json"


def save_embedding(embedding: GarmentEmbedding, folder: Path) -> None:
    """Write an embedding into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(embedding.tensors, folder / _TENSORS)
    (folder / _DESCRIPTION).write_text(json.dumps(embedding.describe(), ensure_ascii=False), "utf-8")


def load_embedding(folder: Path) -> GarmentEmbedding:
    """Read an embedding back.

    Raises:
        ModelError: a file is missing or broken.
    """
    try:
        about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        tensors = load_file(folder / _TENSORS)
        return GarmentEmbedding(
            EmbeddingSettings(**about["settings"]),
            {part: number for number, part in enumerate(about["vocabulary"])},
            {target: tuple(own) for target, own in about["values"].items()},
            tensors,
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"not a readable embedding: {error}", path=folder) from error
