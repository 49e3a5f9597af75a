"""The store: named graphs, SPARQL local and remote, SHACL, columnar snapshot, measures.

Modules load on first use: SPARQLWrapper, pySHACL, DuckDB and networkx come in only where they are needed.
"""

from kg_fashion.graph.result import Result
from kg_fashion.graph.store import KnowledgeGraph

__all__ = ["KnowledgeGraph", "Result"]
