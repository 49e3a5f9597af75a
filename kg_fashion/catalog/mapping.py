"""Column mappings: which column of a catalogue holds which attribute, read from TOML.

Example:
    >>> load_mapping("myntra").columns["occasion"]
    'usage'
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg_fashion import terms
from kg_fashion.errors import MappingError, did_you_mean
from kg_fashion.resources import mappings_dir

_KEYS = {"name", "id", "names", "columns", "values", "missing", "separator", "delimiter", "tag"}


@dataclass(frozen=True)
class ColumnMapping:
    """How a catalogue's columns are read.

    Attributes:
        name: What it is called.
        id: The column of the garment's identifier.
        names: Language tag -> column of the garment's name in that language.
        columns: Attribute -> column.
        values: Attribute -> the catalogue's word -> IRI, for words that the ontology's labels do not give.
        missing: Words that stand for an empty cell.
        separator: What joins several values in a cell; "" where a cell holds one.
        delimiter: What joins the cells of a row.
        tag: Attributes that are read from the name where the columns give none.
        path: The file it came from.
    """

    name: str
    id: str
    names: Mapping[str, str]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    separator: str = ""
    delimiter: str = ","
    tag: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that it names."""
        return tuple(dict.fromkeys((self.id, *self.names.values(), *self.columns.values())))


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
    _check(raw, path)
    return ColumnMapping(
        name=str(raw.get("name", path.stem)),
        id=raw["id"],
        names=raw.get("names", {}),
        columns=raw["columns"],
        values={a: {w: terms.expand(i) for w, i in words.items()} for a, words in raw.get("values", {}).items()},
        missing=frozenset(raw.get("missing", ())),
        separator=raw.get("separator", ""),
        delimiter=raw.get("delimiter", ","),
        tag=tuple(raw.get("tag", ())),
        path=path,
    )


def _check(raw: Mapping[str, Any], path: Path) -> None:
    for key in raw:
        if key not in _KEYS:
            raise MappingError(f"unknown key {key!r}{did_you_mean(key, _KEYS)}", path=path)
    if not isinstance(raw.get("id"), str) or not isinstance(raw.get("columns"), dict):
        raise MappingError('needs id = "<column>" and a table [columns] of attribute = "<column>"', path=path)
    for attribute in [*raw["columns"], *raw.get("values", {}), *raw.get("tag", ())]:
        if attribute not in terms.ATTRIBUTES:
            hint = did_you_mean(attribute, terms.ATTRIBUTES)
            raise MappingError(f"unknown attribute {attribute!r}{hint}", path=path)


def guess_mapping(header: Sequence[str], path: Path) -> ColumnMapping:
    """Find the bundled mapping whose columns all stand in a header.

    Raises:
        MappingError: none fits; the message names the columns.
    """
    for name in bundled_mappings():
        mapping = load_mapping(name)
        if set(mapping.needed) <= set(header):
            return mapping
    raise MappingError(
        f"no bundled mapping fits the columns {', '.join(header)}; write a TOML mapping and give it with --mapping",
        path=path,
        line=1,
    )
