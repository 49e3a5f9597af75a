"""One remark on a rule: its code, how grave it is, and where it stands."""

from dataclasses import dataclass
from pathlib import Path

from kg_fashion import terms
from kg_fashion.reasoning.syntax import Place, Rule

ERROR, WARNING, NOTE = "error", "warning", "note"
"""How grave a remark is: what is wrong, what is to be mended, what is only good to know."""


@dataclass(frozen=True)
class Remark:
    """One remark.

    Attributes:
        rule: The IRI of the rule.
        code: What kind of remark it is, in one word.
        message: What is odd.
        severity: "error", "warning" or "note".
        path: The file.
        line: The line.
    """

    rule: str
    code: str
    message: str
    severity: str = WARNING
    path: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.path else ""
        return f"{place}{terms.shorten(self.rule)}: {self.message} [{self.code}, {self.severity}]"


def of_rule(rule: Rule, code: str, message: str, severity: str = WARNING, *, where: Place | None = None) -> Remark:
    """Return a remark on a rule, at a place or at the rule's own."""
    at = where if where is not None and where.line is not None else Place(rule.path, rule.line)
    return Remark(rule.iri, code, message, severity, at.path, at.line)
