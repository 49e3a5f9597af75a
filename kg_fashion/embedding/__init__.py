"""Compositional knowledge-graph embeddings through PyKEEN."""

from kg_fashion.embedding.features import encode_parts
from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding, train_embedding
from kg_fashion.embedding.parts import Parts
from kg_fashion.embedding.store import load_embedding, save_embedding

__all__ = [
    "EmbeddingSettings",
    "GarmentEmbedding",
    "Parts",
    "encode_parts",
    "load_embedding",
    "save_embedding",
    "train_embedding",
]
