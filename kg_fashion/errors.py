"""Every error that kg_fashion raises on purpose.

    KGFashionError                    exit 1
    ├── InputError (ValueError)       exit 2   something that was read is wrong
    │   ├── CatalogueError                     a catalogue file as a whole
    │   ├── MappingError                       a column mapping
    │   ├── HistoryError                       an interaction log
    │   ├── OntologyError                      an ontology or shapes file
    │   ├── RuleError                          a rule file
    │   │   └── StratificationError            a cycle through NOT
    │   ├── QueryError                         a SPARQL query or update
    │   ├── SettingsError                      kg-fashion.toml, an environment variable, a flag
    │   └── ModelError                         a model folder that is broken or belongs to another ontology
    ├── UnknownNameError (LookupError) exit 2  a person, garment, value or attribute that does not exist
    ├── StoreError (OSError)          exit 1   the store's folder
    │   └── NoStoreError              exit 2   there is no store there
    ├── NotTrainedError (RuntimeError) exit 2  used before `train` or `load`
    ├── RemoteError (ConnectionError) exit 4   a remote endpoint
    └── TimeLimitError (TimeoutError) exit 4   a time limit

A message says where, what and the next step. `path`, `line`, `column` and `iri` are set where they are known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar


class KGFashionError(Exception):
    """The root of the tree.

    Args:
        message: What is wrong and what to do next, without the place.
        path: The file that it is about.
        line: Line in that file, from 1.
        column: Column in that line, from 1.
        iri: The term that it is about.

    Example:
        >>> str(KGFashionError("no such thing", path=Path("a.csv"), line=3))
        'a.csv:3: no such thing'
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
        iri: str | None = None,
    ) -> None:
        self.message = message
        self.path = None if path is None else Path(path)
        self.line = line
        self.column = column
        self.iri = iri
        super().__init__(message)

    def __str__(self) -> str:
        place = [str(part) for part in (self.path, self.line, self.column) if part is not None]
        return ": ".join([":".join(place), self.message]) if place else self.message


class InputError(KGFashionError, ValueError):
    """Something that was read is wrong."""

    exit_code = 2


class CatalogueError(InputError):
    """A catalogue file cannot be read as a whole (single bad rows are reported, not raised)."""


class MappingError(InputError):
    """A column mapping is wrong or does not fit the catalogue."""


class HistoryError(InputError):
    """An interaction log cannot be read."""


class OntologyError(InputError):
    """An ontology or shapes file is broken or uses an undefined term."""


class RuleError(InputError):
    """A rule file is broken or a rule is not well formed."""


class StratificationError(RuleError):
    """Rules depend on their own negation."""


class QueryError(InputError):
    """A SPARQL query or update is wrong or not allowed."""


class SettingsError(InputError):
    """A setting is wrong."""


class ModelError(InputError):
    """A model folder is broken or was trained for another ontology."""


class UnknownNameError(KGFashionError, LookupError):
    """A person, garment, value or attribute does not exist."""

    exit_code = 2


class StoreError(KGFashionError, OSError):
    """The store's folder cannot be opened or written."""


class NoStoreError(StoreError):
    """There is no store at the place that was given."""

    exit_code = 2


class NotTrainedError(KGFashionError, RuntimeError):
    """A model was used before it was trained or loaded."""

    exit_code = 2


class RemoteError(KGFashionError, ConnectionError):
    """A remote endpoint cannot be reached or answers with an error."""

    exit_code = 4


class TimeLimitError(KGFashionError, TimeoutError):
    """Something took longer than its time limit."""

    exit_code = 4


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name, as the end of a message; empty where nothing is near.

    Example:
        >>> did_you_mean("kgf:hasMateral", ["kgf:hasMaterial", "kgf:season"])
        '; did you mean kgf:hasMaterial?'
        >>> did_you_mean("xyz", ["kgf:season"])
        ''
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
