"""A folder of CONSTRUCT queries: one .rq file a rule, named after it, and rules.ttl with the data beside the rules."""

from pathlib import Path

from kg_fashion.errors import InputError, RuleError
from kg_fashion.reasoning.interchange.construct import to_construct
from kg_fashion.reasoning.interchange.files import file_of
from kg_fashion.reasoning.interchange.text import Words
from kg_fashion.reasoning.ruleset import RuleSet

DATA_FILE = "rules.ttl"
"""The file of what is said about the rules."""


def write_queries(rules: RuleSet, folder: Path) -> list[Path]:
    """Write each rule as a query into a file of its own, and the data beside them as Turtle.

    Args:
        rules: Well-formed rules.
        folder: Where to; it is made where it is missing.

    Returns:
        The files written, in the order of the rules.

    Raises:
        RuleError: rules that a query cannot say; nothing is written then.
    """
    texts = {file_of(rule.iri): text for rule, text in zip(rules, queries(rules), strict=True)}
    if rules.data:
        texts[DATA_FILE] = to_turtle(rules)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError("holds files, which would be read with the new ones; give a new folder", path=folder)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=folder) from error
    return [folder / name for name in texts]


def queries(rules: RuleSet) -> list[str]:
    """Write each rule as a query.

    Raises:
        RuleError: rules that a query cannot say; the message names the first and how many there are.
    """
    texts: list[str] = []
    refused: list[RuleError] = []
    for rule in rules:
        try:
            texts.append(to_construct(rule))
        except RuleError as error:
            refused.append(error)
    if refused:
        first = refused[0]
        more = f" ({len(refused)} of {len(rules)} rules cannot be written)" if len(refused) > 1 else ""
        raise RuleError(first.message + more, path=first.path, line=first.line, iri=first.iri)
    return texts


def to_turtle(rules: RuleSet) -> str:
    """Write the data beside rules as Turtle.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> document = parse('DATA { <urn:r> <urn:p> 1 , 2 . <urn:s> <urn:p> "x" }')
        >>> print(to_turtle(RuleSet(document.rules, document.data)))
        <BLANKLINE>
        <urn:r> <urn:p> 1 , 2 .
        <urn:s> <urn:p> "x" .
        <BLANKLINE>
    """
    words = Words()
    lines = [f"{text} .\n" for text in words.about(rules.data)]
    return "\n".join([words.prologue(), "".join(lines)])
