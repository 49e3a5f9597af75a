"""The rule engine: SPARQL-RL rules and OWL axioms, semi-naive to the fixpoint, every derived triple explained."""

from kg_fashion.reasoning.closure import Closure, Finding, reason
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.inference_graph import inference_graph, read_data
from kg_fashion.reasoning.live import LiveGraph
from kg_fashion.reasoning.maintain import Change
from kg_fashion.reasoning.ruleset import RuleSet, load_rules, read_rules
from kg_fashion.reasoning.syntax import Rule

__all__ = [
    "Change",
    "Closure",
    "Derivation",
    "Finding",
    "LiveGraph",
    "Rule",
    "RuleSet",
    "inference_graph",
    "load_rules",
    "read_data",
    "read_rules",
    "reason",
]
