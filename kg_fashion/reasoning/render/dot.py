"""Derivations in the language of Graphviz: facts as boxes, rules as ovals, conclusions above their premises.

A fact that several rules use is drawn once. https://graphviz.org/doc/info/lang.html
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kg_fashion.reasoning.conditions import Condition
from kg_fashion.reasoning.render.palette import ABSENT, DERIVED, SUPPLIED, TESTED, Style
from kg_fashion.reasoning.render.words import Wording
from kg_fashion.reasoning.syntax import Pattern

if TYPE_CHECKING:
    from kg_fashion.reasoning.derivation import Derivation


def trees_to_dot(trees: Sequence["Derivation"], wording: Wording | None = None) -> str:
    r"""Return a directed graph in Graphviz's language.

    Args:
        trees: The derivations, drawn into one graph.
        wording: How to write terms, rules and the fixed words; prefixed names in English by default.

    Example:
        >>> from kg_fashion.reasoning.derivation import Derivation
        >>> from kg_fashion.reasoning.syntax import iri
        >>> tree = Derivation(Pattern(iri("urn:a"), iri("urn:p"), iri("urn:b")), None)
        >>> print(trees_to_dot([tree]).splitlines()[-2].strip())
        f0 [label="urn:a urn:p urn:b\nas supplied" fillcolor="#e8f4ec" color="#3d8b5f" style="filled,rounded"];
    """
    return "\n".join(
        ["digraph derivation {", *(f"  {line}" for line in _Writer(wording or Wording()).lines(trees)), "}"]
    )


class _Writer:
    """Names facts and rule applications as they come."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._facts: dict[Pattern, str] = {}
        self._applied: dict[tuple[Pattern, str, tuple[Pattern, ...]], str] = {}

    def lines(self, trees: Sequence["Derivation"]) -> Iterator[str]:
        yield 'graph [rankdir=BT fontname="sans-serif" nodesep=0.3 ranksep=0.35];'
        yield 'node [shape=box fontname="sans-serif" fontsize=11 margin="0.15,0.08"];'
        yield 'edge [color="#8a94a3" arrowsize=0.7];'
        for node in (node for tree in trees for node in tree.nodes()):
            yield from self._node(node)

    def _node(self, node: "Derivation") -> Iterator[str]:
        yield from self._fact(node)
        if node.rule is None:
            return
        key = (node.triple, node.rule, tuple(premise.triple for premise in node.premises))
        if key in self._applied:
            return
        self._applied[key] = name = f"r{len(self._applied)}"
        label = quoted(self._wording.rule_label(node.rule))
        look = f'shape=ellipse style=filled fillcolor="#ffffff" color="{DERIVED.stroke}" fontsize=10'
        yield f"{name} [label={label} {look}];"
        yield f"{name} -> {self._facts[node.triple]};"
        for premise in node.premises:
            yield from self._fact(premise)
            yield f"{self._facts[premise.triple]} -> {name};"
        for number, condition in enumerate(node.conditions):
            yield from self._condition(condition, f"{name}c{number}", name)

    def _fact(self, node: "Derivation") -> Iterator[str]:
        if node.triple in self._facts:
            return
        self._facts[node.triple] = name = f"f{len(self._facts)}"
        words = [self._wording.sentence(node.triple)]
        words += [self._wording.fixed("supplied")] if node.rule is None else []
        yield _box(name, "\n".join(words), SUPPLIED if node.rule is None else DERIVED)

    def _condition(self, condition: Condition, name: str, rule: str) -> Iterator[str]:
        yield _box(name, self._wording.condition(condition), ABSENT if condition.kind == "absent" else TESTED)
        yield f"{name} -> {rule} [style=dashed];"


def _box(name: str, label: str, style: Style) -> str:
    kind = "filled,rounded,dashed" if style.dashed else "filled,rounded"
    return f'{name} [label={quoted(label)} fillcolor="{style.fill}" color="{style.stroke}" style="{kind}"];'


def quoted(text: str) -> str:
    r"""Write a text as a quoted string of Graphviz.

    Example:
        >>> print(quoted('say "a\\b"'))
        "say \"a\\b\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
