"""Compositional knowledge-graph embeddings; `training` trains them through PyKEEN, which takes seconds to import."""

from kg_fashion.embedding.features import encode_parts
from kg_fashion.embedding.model import EmbeddingSettings, GarmentEmbedding
from kg_fashion.embedding.parts import Parts
from kg_fashion.embedding.store import load_embedding, save_embedding
from kg_fashion.embedding.training_data import TrainingData

__all__ = [
    "EmbeddingSettings",
    "GarmentEmbedding",
    "Parts",
    "TrainingData",
    "encode_parts",
    "load_embedding",
    "save_embedding",
]
