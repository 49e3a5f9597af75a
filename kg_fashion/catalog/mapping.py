"""Column mappings: which column of a catalogue holds which attribute, read from TOML.

Example:
    >>> load_mapping("myntra").columns["occasion"]
    ('usage',)
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg_fashion import terms
from kg_fashion.catalog.sources import FORMATS, Source
from kg_fashion.errors import MappingError, did_you_mean
from kg_fashion.resources import mappings_dir

_TEXTS = ("name", "id", "separator", "delimiter", "encoding", "format")
_LISTS = ("missing", "tag", "known_by")
_TABLES = ("names", "columns", "values")
_SWITCHES = ("grouped", "optional")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_KEYS = (*_TEXTS, *_LISTS, *_TABLES, *_SWITCHES)


@dataclass(frozen=True)
class ColumnMapping:
    """How a catalogue's columns are read.

    Attributes:
        name: What it is called.
        id: The column of the garment's identifier.
        names: Language tag -> column of the garment's name in that language.
        columns: Attribute -> its columns; the first that is not empty counts.
        values: Attribute -> the catalogue's word -> IRI, for words that the ontology's labels do not give.
        missing: Words that stand for an empty cell.
        separator: What joins several values in a cell; "" where a cell holds one.
        tag: Attributes that are read from the name where the columns give none.
        format: The file's format, one of `sources.FORMATS`; "" where the file tells.
        delimiter: What joins the cells of a row of a CSV file; "" where its header tells.
        encoding: The file's encoding; "" for UTF-8, or what its byte order mark says.
        grouped: Whether rows with the same identifier are one garment.
        optional: Whether columns other than the identifier's may be lacking, as in feeds.
        known_by: The columns by which a file is recognised; all of its columns where empty.
        path: The file it came from.
    """

    name: str
    id: str
    names: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    separator: str = ""
    tag: tuple[str, ...] = ()
    format: str = ""
    delimiter: str = ""
    encoding: str = ""
    grouped: bool = False
    optional: bool = False
    known_by: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that it names."""
        own = (column for columns in self.columns.values() for column in columns)
        return tuple(dict.fromkeys((self.id, *self.names.values(), *own)))

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that a file must have."""
        return (self.id,) if self.optional else self.named

    def column(self, attribute: str) -> str:
        """Return the first column of an attribute, its own name where it has none."""
        return next(iter(self.columns.get(attribute, ())), attribute)


def bundled_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the package."""
    return tuple(sorted(path.stem for path in mappings_dir().glob("*.toml")))


def load_mapping(source: str | Path) -> ColumnMapping:
    """Read a mapping by its name, or from a TOML file.

    Raises:
        MappingError: no such mapping, not TOML, an unknown key or attribute, or no id column.
    """
    path = mappings_dir() / f"{source}.toml"
    if not path.is_file():
        path = Path(source)
    if not path.is_file():
        hint = did_you_mean(str(source), bundled_mappings())
        raise MappingError(f"no mapping {str(source)!r}; give {', '.join(bundled_mappings())} or a TOML file{hint}")
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"not a readable TOML file: {error}", path=path) from error
    return mapping_of(raw, path)


def mapping_of(raw: Mapping[str, Any], path: Path) -> ColumnMapping:
    """Check what a TOML file says and make a mapping of it.

    Raises:
        MappingError: an unknown key or attribute, a wrong type, or no id column.
    """
    _check(raw, path)
    return ColumnMapping(
        name=str(raw.get("name", path.stem)),
        id=raw["id"],
        names=raw.get("names", {}),
        columns={a: (c,) if isinstance(c, str) else tuple(c) for a, c in raw["columns"].items()},
        values={a: {w: terms.expand(i) for w, i in words.items()} for a, words in raw.get("values", {}).items()},
        missing=frozenset(raw.get("missing", ())),
        separator=raw.get("separator", ""),
        tag=tuple(raw.get("tag", ())),
        format=raw.get("format", ""),
        delimiter=raw.get("delimiter", ""),
        encoding=raw.get("encoding", ""),
        grouped=raw.get("grouped", False),
        optional=raw.get("optional", False),
        known_by=tuple(raw.get("known_by", ())),
        path=path,
    )


def _check(raw: Mapping[str, Any], path: Path) -> None:
    for key in raw:
        if key not in _KEYS:
            raise MappingError(f"unknown key {key!r}{did_you_mean(key, _KEYS)}", path=path)
    for keys, kind, what in _KINDS:
        for key in keys:
            if not isinstance(raw.get(key, kind()), kind):
                raise MappingError(f"{key} must be {what}", path=path)
    if not raw.get("id") or not raw.get("columns"):
        raise MappingError('needs id = "<column>" and a table [columns] of attribute = "<column>"', path=path)
    if raw.get("format", "") not in ("", *FORMATS):
        raise MappingError(f"unknown format {raw['format']!r}; give one of {', '.join(FORMATS)}", path=path)
    for attribute in [*raw["columns"], *raw.get("values", {}), *raw.get("tag", ())]:
        if attribute not in terms.ATTRIBUTES:
            hint = did_you_mean(attribute, terms.ATTRIBUTES)
            raise MappingError(f"unknown attribute {attribute!r}{hint}", path=path)
    for attribute, columns in raw["columns"].items():
        names = columns if isinstance(columns, list) else [columns]
        if not all(isinstance(name, str) for name in names):
            raise MappingError(f"the columns of {attribute} must be one name or a list of names", path=path)
    for attribute, words in raw.get("values", {}).items():
        if not isinstance(words, dict) or not all(isinstance(iri, str) for iri in words.values()):
            raise MappingError(f'[values.{attribute}] must be a table of "<word>" = "<IRI>"', path=path)
    if not all(isinstance(column, str) for column in raw.get("names", {}).values()):
        raise MappingError('[names] must be a table of <language> = "<column>"', path=path)
    for language in raw.get("names", {}):
        if not _LANGUAGE.fullmatch(language):
            raise MappingError(f"{language!r} is not a language tag such as en or zh", path=path)


_KINDS: tuple[tuple[tuple[str, ...], type, str], ...] = (
    (_TEXTS, str, "a text"),
    (_LISTS, list, "a list of texts"),
    (_TABLES, dict, "a table"),
    (_SWITCHES, bool, "true or false"),
)


def guess_mapping(source: Source) -> ColumnMapping:
    """Find the bundled mapping whose columns all stand in a header.

    Raises:
        MappingError: none fits; the message names the columns.
    """
    for name in bundled_mappings():
        mapping = load_mapping(name)
        fits = set(mapping.known_by or mapping.needed) <= set(source.header)
        if fits and mapping.format in ("", source.format):
            return mapping
    path = source.file.path
    raise MappingError(
        f"no bundled mapping fits the columns {shown(source.header)};"
        f" propose one with `kg-fashion map {path} --out my.toml` and give it with --mapping my.toml",
        path=path,
        line=1,
    )


def shown(header: Sequence[str]) -> str:
    """Return the names of columns for a message, cut where there are many."""
    text = ", ".join(header)
    return text if len(text) <= 120 else text[:117] + "..."
