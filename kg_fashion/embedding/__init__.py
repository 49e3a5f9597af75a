"""Compositional knowledge-graph embeddings through PyKEEN."""

from kg_fashion.embedding.features import garment_parts
from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding, train_embedding
from kg_fashion.embedding.store import load_embedding, save_embedding

__all__ = [
    "EmbeddingSettings",
    "GarmentEmbedding",
    "garment_parts",
    "load_embedding",
    "save_embedding",
    "train_embedding",
]
