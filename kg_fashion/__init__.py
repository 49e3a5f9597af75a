"""kg_fashion: a knowledge-graph reasoning engine for fashion.

The public face. Names load on first use, so ``import kg_fashion`` is cheap and brings in neither torch nor pykeen.

Example:
    >>> import kg_fashion
    >>> graph = kg_fashion.KnowledgeGraph()
    >>> graph.load_ontology() > 1000
    True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue, Garment, described_garment, read_catalogue
    from kg_fashion.errors import KGFashionError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.inference import AttributeInferrer, Completion, Explanation
    from kg_fashion.reasoning import RuleSet, load_rules, reason
    from kg_fashion.stylist import Stylist

_HOME = {
    "AttributeInferrer": "kg_fashion.inference",
    "Catalogue": "kg_fashion.catalog",
    "Completion": "kg_fashion.inference",
    "Explanation": "kg_fashion.inference",
    "Garment": "kg_fashion.catalog",
    "KGFashionError": "kg_fashion.errors",
    "KnowledgeGraph": "kg_fashion.graph",
    "RuleSet": "kg_fashion.reasoning",
    "Stylist": "kg_fashion.stylist",
    "described_garment": "kg_fashion.catalog",
    "load_rules": "kg_fashion.reasoning",
    "read_catalogue": "kg_fashion.catalog",
    "reason": "kg_fashion.reasoning",
}

__all__ = [
    "AttributeInferrer",
    "Catalogue",
    "Completion",
    "Explanation",
    "Garment",
    "KGFashionError",
    "KnowledgeGraph",
    "RuleSet",
    "Stylist",
    "described_garment",
    "load_rules",
    "read_catalogue",
    "reason",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
