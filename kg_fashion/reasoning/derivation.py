"""Derivation trees: why a statement holds, found on demand from the rule and round that each fact carries.

A fact of round r came from its rule with premises of rounds below r, so running the rule's body with the head bound and
only those rounds in sight finds a proof, and going on from its premises ends at asserted facts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kg_fashion import terms
from kg_fashion.reasoning.syntax import Constant, Pattern

Labels = Callable[[str], str]


@dataclass(frozen=True)
class Derivation:
    """A node of the tree.

    Attributes:
        triple: The statement, without variables.
        rule: The IRI of the rule that derived it; None where it is asserted.
        premises: Why the rule's body held.
        absent: What had to be absent: the rule's negations, in words.
    """

    triple: Pattern
    rule: str | None
    premises: tuple["Derivation", ...] = ()
    absent: tuple[str, ...] = ()

    def to_text(self, *, label: Labels | None = None, rule_label: Labels | None = None) -> str:
        """Return the tree as indented lines.

        Args:
            label: IRI -> word, for terms.
            rule_label: IRI -> words, for rules.
        """
        return "\n".join(self._lines("", "", label or terms.shorten, rule_label or terms.shorten))

    def _lines(self, lead: str, below: str, label: Labels, rule_label: Labels) -> Iterator[str]:
        reason = "as supplied" if self.rule is None else f"because {rule_label(self.rule)}"
        yield f"{lead}{_sentence(self.triple, label)}  [{reason}]"
        count = len(self.premises) + len(self.absent)
        for number, premise in enumerate(self.premises, start=1):
            last = number == count
            yield from premise._lines(
                below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), label, rule_label
            )
        for number, absent in enumerate(self.absent, start=len(self.premises) + 1):
            yield f"{below}{'└─ ' if number == count else '├─ '}{absent}  [nothing like it is known]"

    def to_dict(self) -> dict[str, Any]:
        """Return the tree for JSON, terms in N-Triples syntax."""
        return {
            "triple": [term.nt for term in self.triple if isinstance(term, Constant)],
            "rule": self.rule,
            "premises": [premise.to_dict() for premise in self.premises],
            "absent": list(self.absent),
        }

    def leaves(self) -> Iterator["Derivation"]:
        """Iterate over the asserted statements that it rests on."""
        if self.rule is None:
            yield self
        for premise in self.premises:
            yield from premise.leaves()


def _sentence(triple: Pattern, label: Labels) -> str:
    words = []
    for position, term in enumerate(triple):
        assert isinstance(term, Constant)  # noqa: S101  (a derivation holds no variables)
        if position == 1 and term.nt == f"<{terms.RDF.type}>":
            words.append("is a")
        elif term.nt.startswith("<"):
            words.append(label(term.nt[1:-1]))
        else:
            words.append(term.nt.split("^^")[0])
    return " ".join(words)
