"""Saves and loads an embedding: tensors as safetensors, the rest as JSON."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding
from kg_fashion.embedding.parts import Symbols, check_keys, used_symbols
from kg_fashion.errors import ModelError

_TENSORS = "embedding.safetensors"
_KEYS = "keys"
_DESCRIPTION = "embedding.json"


def save_embedding(embedding: GarmentEmbedding, folder: Path) -> None:
    """Write an embedding into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    keys, symbols = used_symbols(embedding.keys, embedding.symbols)
    save_file(embedding.tensors | {_KEYS: keys}, folder / _TENSORS)
    about = embedding.describe() | {"symbols": list(symbols.texts)}
    (folder / _DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False), "utf-8")


def load_embedding(folder: Path) -> GarmentEmbedding:
    """Read an embedding back.

    Raises:
        ModelError: a file is missing or broken.
    """
    try:
        about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        tensors = load_file(folder / _TENSORS)
        keys, symbols = tensors.pop(_KEYS), Symbols(about["symbols"])
        check_keys(keys, symbols)
        if len(keys) != len(tensors["parts"]):
            raise ValueError("keys and vectors do not fit together")
        return GarmentEmbedding(
            EmbeddingSettings(**about["settings"]), keys, symbols,
            {target: tuple(own) for target, own in about["values"].items()}, tensors,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ModelError("no model in this folder; make one with train embeddings", path=folder) from error
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"not a readable embedding: {error}", path=folder) from error
