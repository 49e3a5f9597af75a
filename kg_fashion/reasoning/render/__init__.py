"""Derivations written out: text, JSON, Graphviz, SVG, PROV-O. Pure functions of trees and a wording."""

from kg_fashion.reasoning.render.dot import trees_to_dot
from kg_fashion.reasoning.render.json import tree_to_dict
from kg_fashion.reasoning.render.prov import trees_to_prov
from kg_fashion.reasoning.render.svg import trees_to_svg
from kg_fashion.reasoning.render.text import tree_to_text
from kg_fashion.reasoning.render.words import Wording

__all__ = ["Wording", "tree_to_dict", "tree_to_text", "trees_to_dot", "trees_to_prov", "trees_to_svg"]
