"""The rule engine: SPARQL-RL rules and OWL axioms, semi-naive to the fixpoint, every derived triple explained."""

from kg_fashion.reasoning.change import Change
from kg_fashion.reasoning.closure import Closure, Finding, reason
from kg_fashion.reasoning.derivation import Derivation
from kg_fashion.reasoning.inference_graph import inference_graph, read_data
from kg_fashion.reasoning.live import LiveGraph
from kg_fashion.reasoning.proofs import alternatives, most_certain_proof, shortest_proof
from kg_fashion.reasoning.ruleset import RuleSet, load_rules, read_rules
from kg_fashion.reasoning.syntax import Rule
from kg_fashion.reasoning.why_not import WhyNot

__all__ = [
    "Change",
    "Closure",
    "Derivation",
    "Finding",
    "LiveGraph",
    "Rule",
    "RuleSet",
    "WhyNot",
    "alternatives",
    "inference_graph",
    "load_rules",
    "most_certain_proof",
    "read_data",
    "read_rules",
    "reason",
    "shortest_proof",
]
