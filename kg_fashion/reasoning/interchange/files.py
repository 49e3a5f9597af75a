"""A file of rules, by its suffix: .srl (SPARQL-RL), .rq (a CONSTRUCT query), .ttl (SHACL rules, or data about them)."""

import re
from pathlib import Path
from urllib.parse import quote, unquote

from kg_fashion import terms
from kg_fashion.errors import RuleError
from kg_fashion.reasoning.interchange.construct_reader import read_construct
from kg_fashion.reasoning.interchange.shacl_reader import read_shacl
from kg_fashion.reasoning.parser import Document, parse

SUFFIXES = (".srl", ".rq", ".ttl")
"""The suffixes of files that hold rules."""

_SAFE = "-._~"


def read_rules_file(path: Path) -> Document:
    """Read the rules of a file; whether they are well formed is checked elsewhere (`Rule.problems`).

    Args:
        path: A file whose suffix is one of `SUFFIXES`.

    Raises:
        RuleError: it cannot be read, its suffix is unknown, or it says what a rule cannot say.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RuleError(f"unknown suffix; rules stand in {', '.join(SUFFIXES)} files", path=path)
    if suffix == ".ttl":
        return read_shacl(path)
    text = read_text(path)
    if suffix == ".rq":
        return read_construct(text, name=rule_of(path), path=path)
    return parse(text, path=path, base=path.resolve().as_uri())


def rule_of(path: Path) -> str:
    """Return the name of the rule that a query's file holds: in the namespace of rules, or the IRI that it spells.

    Example:
        >>> rule_of(Path("linen-is-summer.rq")).removeprefix(terms.RULE), rule_of(Path("urn%3Ar.rq"))
        ('linen-is-summer', 'urn:r')
    """
    name = unquote(path.stem)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name):
        return name
    return terms.RULE + quote(name, safe=f"{_SAFE}%/")


def file_of(rule: str) -> str:
    """Return the name of the file that holds a rule's query, the inverse of `rule_of`.

    Example:
        >>> file_of(terms.RULE["linen-is-summer"]), file_of("urn:r")
        ('linen-is-summer.rq', 'urn%3Ar.rq')
    """
    local = rule.removeprefix(terms.RULE)
    return f"{quote(rule if ':' in local else local, safe=_SAFE)}.rq"


def read_text(path: Path) -> str:
    """Read a file of rules.

    Raises:
        RuleError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(f"not UTF-8 at byte {error.start + 1}", path=path) from error
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}", path=path) from error
