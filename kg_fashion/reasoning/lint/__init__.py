"""What a careful reader would say of rules: missing metadata, misspelt names, rules that never fire or add nothing."""

from kg_fashion.reasoning.lint.checks import lint
from kg_fashion.reasoning.lint.matching import subsumes
from kg_fashion.reasoning.lint.remark import ERROR, NOTE, WARNING, Remark

__all__ = ["ERROR", "NOTE", "WARNING", "Remark", "lint", "subsumes"]
