"""Catalogues: read from CSV, resolved against the ontology, tagged, turned into triples, written back enriched."""

from kg_fashion.catalog.enriched import Filling, write_enriched
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.mapping import ColumnMapping, bundled_mappings, load_mapping
from kg_fashion.catalog.model import Catalogue, Garment, ReadReport, RowProblem, attribute_of
from kg_fashion.catalog.reader import read_catalogue
from kg_fashion.catalog.tagger import BrandFinder, NameTagger, Tag
from kg_fashion.catalog.triples import catalogue_triples
from kg_fashion.catalog.words import name_words, normalise

__all__ = [
    "BrandFinder",
    "Catalogue",
    "ColumnMapping",
    "Filling",
    "Garment",
    "Lexicon",
    "NameTagger",
    "ReadReport",
    "RowProblem",
    "Tag",
    "attribute_of",
    "bundled_mappings",
    "catalogue_triples",
    "load_mapping",
    "name_words",
    "normalise",
    "read_catalogue",
    "write_enriched",
]
