"""Rule mining: rules with constants and closed rules learned from a graph, measured, pruned, written as SPARQL-RL."""

from kg_fashion.reasoning.mining.facts import MiningFacts, facts_of_catalogue, facts_of_graph
from kg_fashion.reasoning.mining.miner import MiningResult, MiningSettings, mine
from kg_fashion.reasoning.mining.rule import MinedRule
from kg_fashion.reasoning.mining.write import rule_names, rule_words, rules_text

__all__ = [
    "MinedRule",
    "MiningFacts",
    "MiningResult",
    "MiningSettings",
    "facts_of_catalogue",
    "facts_of_graph",
    "mine",
    "rule_names",
    "rule_words",
    "rules_text",
]
