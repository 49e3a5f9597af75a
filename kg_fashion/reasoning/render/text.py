"""A derivation as indented lines, for people at a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg_fashion.reasoning.render.words import Wording

if TYPE_CHECKING:
    from kg_fashion.reasoning.derivation import Derivation


def tree_to_text(tree: "Derivation", wording: Wording | None = None) -> str:
    """Return a tree as indented lines.

    Args:
        tree: The derivation.
        wording: How to write terms, rules and the fixed words; prefixed names in English by default.

    Example:
        >>> from kg_fashion.reasoning.derivation import Derivation
        >>> from kg_fashion.reasoning.syntax import Pattern, iri
        >>> leaf = Derivation(Pattern(iri("urn:a"), iri("urn:p"), iri("urn:b")), None)
        >>> print(tree_to_text(Derivation(Pattern(iri("urn:b"), iri("urn:p"), iri("urn:a")), "urn:r", (leaf,))))
        urn:b urn:p urn:a  [because urn:r]
        └─ urn:a urn:p urn:b  [as supplied]
    """
    return "\n".join(_lines(tree, wording or Wording()))


def _lines(tree: "Derivation", wording: Wording) -> Iterator[str]:
    waiting: list[tuple[Derivation, str, str]] = [(tree, "", "")]
    held: list[tuple[int, list[str]]] = []
    while waiting:
        node, lead, below = waiting.pop()
        while held and held[-1][0] > len(waiting):
            yield from held.pop()[1]
        yield f"{lead}{wording.sentence(node.triple)}  [{wording.reason(node.rule)}]"
        count = len(node.premises) + len(node.conditions)
        following = []
        for number, premise in enumerate(node.premises, start=1):
            branch, indent = ("└─ ", "   ") if number == count else ("├─ ", "│  ")
            following.append((premise, below + branch, below + indent))
        words = []
        for number, condition in enumerate(node.conditions, start=len(node.premises) + 1):
            branch = "└─ " if number == count else "├─ "
            words.append(f"{below}{branch}{wording.condition(condition)}  [{wording.grounds(condition)}]")
        held.append((len(waiting), words))
        waiting += reversed(following)
    while held:
        yield from held.pop()[1]
