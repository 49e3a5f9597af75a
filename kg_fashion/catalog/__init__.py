"""Catalogues: read from files, resolved against the ontology, tagged, turned into triples, written back enriched."""

from kg_fashion.catalog.described import described_garment
from kg_fashion.catalog.enriched import Filling, check_target, write_enriched
from kg_fashion.catalog.lexicon import Lexicon, open_value
from kg_fashion.catalog.mapping import ColumnMapping, bundled_mappings, load_mapping
from kg_fashion.catalog.mentions import concept_mentions
from kg_fashion.catalog.model import Catalogue, Garment, ReadReport, RowProblem, attribute_of
from kg_fashion.catalog.propose import Proposal, propose_mapping
from kg_fashion.catalog.reader import CatalogueReader, read_catalogue
from kg_fashion.catalog.report import report_rows, write_report
from kg_fashion.catalog.tagger import BrandFinder, NameTagger, Tag
from kg_fashion.catalog.triples import catalogue_ntriples
from kg_fashion.catalog.words import name_words, normalise, written_words

__all__ = [
    "BrandFinder",
    "Catalogue",
    "CatalogueReader",
    "ColumnMapping",
    "Filling",
    "Garment",
    "Lexicon",
    "NameTagger",
    "Proposal",
    "ReadReport",
    "RowProblem",
    "Tag",
    "attribute_of",
    "bundled_mappings",
    "catalogue_ntriples",
    "check_target",
    "concept_mentions",
    "described_garment",
    "load_mapping",
    "name_words",
    "normalise",
    "open_value",
    "propose_mapping",
    "read_catalogue",
    "report_rows",
    "write_enriched",
    "write_report",
    "written_words",
]
