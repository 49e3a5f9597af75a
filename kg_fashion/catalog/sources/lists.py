"""Columns of formats whose records name their own fields: JSON Lines, feeds, product pages."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kg_fashion.catalog.sources.record import MANY, Record

_LOOKED_AT = 1_000
"""How many records decide on the columns; a field that none of them has is not a column."""


class Fields(NamedTuple):
    """A record before its columns are known: fields by name, or a problem."""

    line: int
    fields: Mapping[str, str]
    problem: str
    raw: bytes = b""


def columns_of(found: Iterable[Fields]) -> tuple[str, ...]:
    """Return the names of the fields of the first 1,000 records, in order of appearance."""
    names: dict[str, None] = {}
    for record in itertools.islice(found, _LOOKED_AT):
        names.update(dict.fromkeys(record.fields))
    return tuple(names)


def as_records(found: Iterable[Fields], header: tuple[str, ...]) -> Iterator[Record]:
    """Put fields into columns; a missing field is an empty cell."""
    for line, fields, problem, raw in found:
        cells = tuple([fields.get(column, "") for column in header])
        problem = problem or unwritable("".join(cells))
        yield Record(line, () if problem else cells, problem, raw)


def unwritable(text: str) -> str:
    r"""Say what keeps a text out of a file in UTF-8, "" where nothing does.

    Example:
        >>> unwritable("caf\u00e9"), unwritable("half a \ud83d")
        ('', 'holds half a character (an unpaired surrogate)')
    """
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a character (an unpaired surrogate)"
    return ""


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Iterate over the leaves of a JSON value as (dotted name, text); null gives nothing, a list one leaf an item.

    Example:
        >>> list(flatten({"colour": ["red", "blue"], "brand": {"name": "Turtle"}, "size": None}))
        [('colour', 'red'), ('colour', 'blue'), ('brand.name', 'Turtle')]
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from flatten(inner, name)
    elif value is not None:
        yield name, ("true" if value else "false") if isinstance(value, bool) else str(value)


def joined(leaves: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Collect leaves as name -> cell; several distinct values of a name are joined by `MANY`."""
    cells: dict[str, list[str]] = {}
    for name, text in leaves:
        own = cells.setdefault(name, [])
        if text not in own:
            own.append(text)
    return {name: own[0] if len(own) == 1 else MANY.join(own) for name, own in cells.items()}
