"""A derivation as a record for JSON, with stable keys and terms in N-Triples syntax."""

from typing import TYPE_CHECKING, Any

from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.render.words import Wording
from kg_fashion.reasoning.syntax import Constant, Variable

if TYPE_CHECKING:
    from kg_fashion.reasoning.derivation import Derivation


def tree_to_dict(tree: "Derivation", wording: Wording | None = None) -> dict[str, Any]:
    """Return a tree as nested records: `triple`, `rule`, `confidence`, `premises`, `absent`, `tests`.

    Args:
        tree: The derivation.
        wording: How to write the conditions; prefixed names in English by default.

    Example:
        >>> from kg_fashion.reasoning.derivation import Derivation
        >>> from kg_fashion.reasoning.syntax import Pattern, iri
        >>> tree_to_dict(Derivation(Pattern(iri("urn:a"), iri("urn:p"), iri("urn:b")), None))["triple"]
        ['<urn:a>', '<urn:p>', '<urn:b>']
    """
    words = wording or Wording()
    root = _record(tree, words)
    waiting = [(tree, root)]
    while waiting:
        node, record = waiting.pop()
        for premise in node.premises:
            below = _record(premise, words)
            record["premises"].append(below)
            waiting.append((premise, below))
    return root


def _record(node: "Derivation", wording: Wording) -> dict[str, Any]:
    return {
        "triple": [_nt(term) for term in node.triple],
        "rule": node.rule,
        "confidence": node.confidence,
        "premises": [],
        "absent": _words(node.conditions, wording, absent=True),
        "tests": _words(node.conditions, wording, absent=False),
    }


def _nt(term: Constant | Variable) -> str:
    return term.nt if isinstance(term, Constant) else str(term)


def _words(conditions: tuple[Condition, ...], wording: Wording, *, absent: bool) -> list[str]:
    return [wording.condition(c) for c in conditions if (c.kind == "absent") == absent]
