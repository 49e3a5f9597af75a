"""Proposes a mapping for a catalogue that was never seen: what each column is, by its header and by its words.

A column feeds an attribute when its cells are words of that attribute; how it is called decides between attributes, and
alone where the words are codes. Single-valued attributes must also agree with themselves where an identifier repeats:
a column that changes from row to row of one garment is about something else.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kg_fashion import terms
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.mapping import ColumnMapping
from kg_fashion.catalog.sources import Source, SourceFile, open_source
from kg_fashion.catalog.sources.record import MANY
from kg_fashion.catalog.words import header_words, is_chinese
from kg_fashion.errors import CatalogueError, MappingError, did_you_mean
from kg_fashion.ontology import Ontology, read_ontology

SAMPLED_ROWS: Final = 50_000
_SEPARATORS = ("|", ";", ",", "/")
_MISSING = (
    "na",
    "n/a",
    "nan",
    "null",
    "none",
    "-",
    "--",
    "?",
    "unknown",
    "not specified",
    "no data",
    "无",
    "未知",
    "暂无",
)
_SEVERAL = frozenset({"season", "occasion", "style", "colour", "material", "detail"})
_FROM_NAMES = (
    "type", "department", "material", "colour", "pattern", "sleeveLength", "neckline", "fit", "length", "style",
    "sport",
)  # fmt: skip
_LEAST_SHARE = 0.5
_SURE_SHARE = 0.8
_SAME = 0.9
_GROUPED = 0.1
"""The share of rows with an identifier of an earlier row from which they are variants, not mistakes."""
_CALLED = 0.8
_NEAR_MISS = 90
_SHOWN = 12


@dataclass(frozen=True)
class ColumnProposal:
    """What a column is taken for.

    Attributes:
        column: Its name.
        role: "id", "name", an attribute, or "" where it is left out.
        why: "given" by the caller or "header", "words", "header and words".
        share: How many of its cells are words that the ontology knows, 0 to 1; None where that does not matter.
        unknown: Word that is not known -> rows.
        near: Word that is not known -> (nearest word, its IRI).
    """

    column: str
    role: str
    why: str = ""
    share: float | None = None
    unknown: Mapping[str, int] | None = None
    near: Mapping[str, tuple[str, str]] | None = None


@dataclass(frozen=True)
class Proposal:
    """A mapping, and what speaks for it.

    Attributes:
        mapping: What to read the catalogue with.
        columns: Every column of the file, in order.
        rows: How many rows were looked at.
        repeated: The share of them whose identifier stood on an earlier row.
    """

    mapping: ColumnMapping
    columns: tuple[ColumnProposal, ...]
    rows: int
    repeated: float

    def to_toml(self) -> str:
        """Return the mapping as TOML for a person to edit, with shares and unknown words as comments."""
        return "\n".join(_toml(self)) + "\n"


def propose_mapping(
    path: Path | str,
    *,
    ontology: Ontology | None = None,
    base: ColumnMapping | None = None,
    id: str = "",
    columns: Mapping[str, str] | None = None,
) -> Proposal:
    """Propose how to read a catalogue.

    Args:
        path: The file; "-" is standard input.
        ontology: Whose words count; the bundled one by default.
        base: A mapping whose columns are kept.
        id: The column of the identifier, where it is known; goes before `base`.
        columns: Attribute -> column, where they are known; go before `base`.

    Raises:
        CatalogueError: the file cannot be read, or has no row.
        MappingError: a given column or attribute does not exist, or no column can be the identifier.

    Example:
        >>> from kg_fashion.resources import boutique_dir
        >>> proposal = propose_mapping(boutique_dir() / "catalogue.csv")
        >>> proposal.mapping.id, proposal.mapping.columns["sleeveLength"], proposal.mapping.separator
        ('sku', ('sleeve',), '|')
    """
    known = ontology or read_ontology()
    file = SourceFile(path, base.encoding if base else "")
    guessed = _encoding(file)
    file.encoding = guessed or file.encoding
    source = open_source(file, format=base.format if base else "", delimiter=base.delimiter if base else "")
    given = {**(dict(base.columns) if base else {}), **{a: (c,) for a, c in (columns or {}).items()}}
    _check_given(source, given, id)
    return _Proposer(source, known, base, given, id, guessed or (base.encoding if base else "")).proposal()


class _Column:
    """A column's words, counted over the sample."""

    def __init__(self, name: str, cells: Sequence[str]) -> None:
        self.name = name
        self.words = header_words(name)
        self.counts = Counter(text for cell in cells if (text := cell.strip()))
        self.filled = self.counts.total()

    def has(self, aliases: Iterable[str]) -> float:
        """Return how well the header fits the best of some aliases: 1 the same, 0.9 has all its words, 0 not."""
        best = 0.0
        for alias in aliases:
            words = header_words(alias)
            if words == self.words:
                return 1.0
            if set(words) <= set(self.words) or (is_chinese(alias) and alias in self.name):
                best = max(best, 0.8 + 0.1 * len(words) / max(1, len(self.words)))
            elif len(alias) > 4:
                best = max(best, _alike(" ".join(words), " ".join(self.words)))
        return best

    @cached_property
    def is_number(self) -> bool:
        return all(_number(cell) for cell in islice(self.counts, 200))

    @cached_property
    def distinct(self) -> float:
        """The share of its filled cells that are different."""
        return len(self.counts) / self.filled if self.filled else 0.0

    @cached_property
    def words_a_cell(self) -> float:
        cells = list(islice(self.counts, 500))
        return sum(len(cell) / 2 if is_chinese(cell) else len(cell.split()) for cell in cells) / max(1, len(cells))

    @property
    def is_chinese(self) -> bool:
        cells = list(islice(self.counts, 200))
        return sum(map(is_chinese, cells)) > len(cells) / 2


class _Proposer:
    def __init__(
        self,
        source: Source,
        ontology: Ontology,
        base: ColumnMapping | None,
        given: Mapping[str, tuple[str, ...]],
        given_id: str,
        encoding: str,
    ) -> None:
        self.source, self.ontology, self.base, self.given = source, ontology, base, given
        self.encoding = encoding
        rows = [r.cells for r in islice((r for r in source.records() if not r.problem), SAMPLED_ROWS)]
        if not rows:
            raise CatalogueError("no row could be read", path=source.file.path)
        self.rows = rows
        self.columns = [_Column(name, [row[n] for row in rows]) for n, name in enumerate(source.header)]
        self.lexicon = Lexicon(ontology, base.values if base else None)
        self.missing = frozenset(base.missing if base else ()) | {
            cell for column in self.columns for cell in column.counts if cell.casefold() in _MISSING
        }
        self.separator = base.separator if base else self._separator()
        self._id_given = bool(given_id or base)
        self.id = self._column(given_id or (base.id if base else "")) or self._identifier()
        ids = [row[self.source.header.index(self.id.name)].strip() for row in rows]
        self.repeated = 1 - len(set(ids)) / len(ids)
        self._ids = ids

    def _column(self, name: str) -> _Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def _identifier(self) -> _Column:
        """Choose the column that is called like an identifier and whose cells differ most."""
        aliases, others = _headers()["id"], _headers()["not_id"]

        def score(column: _Column) -> float:
            if column.filled < _SAME * len(self.rows) or (len(column.counts) < 2 and len(self.rows) > 1):
                return 0.0
            about_else = any(set(header_words(other)) <= set(column.words) for other in others) and column.distinct < 1
            called = 0.0 if about_else else column.has(aliases)
            plain = column.words_a_cell <= 1.5 and not any("/" in cell for cell in islice(column.counts, 50))
            return (called + 0.5 * column.distinct) * (1.0 if plain else 0.3)

        best = max(self.columns, key=score)
        if score(best) < 0.4:
            raise MappingError(
                "no column can be the identifier: none is filled and different from row to row; name it with --id",
                path=self.source.file.path,
            )
        return best

    def _separator(self) -> str:
        """Find what joins several values in a cell: what makes words of more cells than it cuts words apart."""
        attributes = [attribute for attribute in terms.ATTRIBUTES if attribute not in (*terms.OPEN, "type")]
        gains = dict.fromkeys(_SEPARATORS, 0)
        for column in self.columns:
            is_size = column.has(_headers()["attributes"]["size"]) >= _CALLED
            for cell, count in column.counts.most_common(500):
                for separator in _SEPARATORS if len(cell) < 100 else ():
                    parts = [part.strip() for part in cell.split(separator) if part.strip()]
                    if len(parts) < 2:
                        continue
                    if any(self.lexicon.resolve(attribute, cell) for attribute in (*attributes, "type")):
                        gains[separator] -= count
                    elif is_size or any(all(self.lexicon.resolve(a, part) for part in parts) for a in attributes):
                        gains[separator] += count
        best = max(gains, key=lambda separator: gains[separator])
        return best if gains[best] > 0 else ""

    def _names(self, taken: set[str]) -> dict[str, _Column]:
        """Choose at most one column of names a language."""
        if self.base and self.base.names:
            return {lang: c for lang, name in self.base.names.items() if (c := self._column(name)) is not None}
        aliases = _headers()["name"]
        found: dict[str, tuple[float, _Column]] = {}
        for column in self.columns:
            if column.name in taken or column is self.id or column.is_number or column.words_a_cell < 1.5:
                continue
            last = aliases.index("description")
            score = max(column.has(aliases[:last]), 0.5 * column.has(aliases[last:])) * column.distinct**0.25
            language = "zh" if column.is_chinese else "en"
            if score > max(0.4, found.get(language, (0.0, column))[0]):
                found[language] = (score, column)
        return {language: column for language, (_, column) in sorted(found.items())}

    def proposal(self) -> Proposal:
        """Score every column for every attribute and give each attribute its best."""
        chosen: dict[str, ColumnProposal] = {}
        scores: list[tuple[float, str, ColumnProposal]] = []
        for attribute, columns in self.given.items():
            for name in columns:
                column = self._column(name)
                if column is not None:
                    chosen[name] = self._examined(column, attribute, "given")
        for column in self.columns:
            if column.name not in chosen and column is not self.id and column.filled:
                for attribute in terms.ATTRIBUTES:
                    if attribute not in self.given:
                        score, found = self._scored(column, attribute)
                        if found is not None:
                            scores.append((score, attribute, found))
        done = set(self.given)
        for _, attribute, found in sorted(scores, key=lambda entry: -entry[0]):
            if attribute not in done and found.column not in chosen:
                done.add(attribute)
                chosen[found.column] = found
        names = self._names(set(chosen))
        for column in names.values():
            chosen[column.name] = ColumnProposal(column.name, "name", "header")
        chosen[self.id.name] = ColumnProposal(self.id.name, "id", "given" if self._id_given else "header")
        listed = tuple(chosen.get(column.name) or ColumnProposal(column.name, "") for column in self.columns)
        return Proposal(self._mapping(listed, names), listed, len(self.rows), self.repeated)

    def _scored(self, column: _Column, attribute: str) -> tuple[float, ColumnProposal | None]:
        called = column.has((*_headers()["attributes"][attribute], *self._labels(attribute)))
        if attribute in terms.OPEN:
            fits = called >= _CALLED and _fits_open(column, attribute)
            return called, ColumnProposal(column.name, attribute, "header") if fits else None
        if column.is_number or (column.distinct > 0.5 and column.filled > 200) or column.words_a_cell > 8:
            return 0.0, None
        if attribute not in _SEVERAL and self.repeated > _GROUPED and not self._constant(column):
            return 0.0, None
        share, values = self._share(column, attribute)
        by_words = share >= _SURE_SHARE and (len(values) > 1 or called > 0)
        by_both = share >= _LEAST_SHARE and called >= _CALLED
        by_header = called >= _CALLED and len(column.counts) > 1
        if not (by_words or by_both or by_header):
            return 0.0, None
        why = "header and words" if share >= _LEAST_SHARE and called >= _CALLED else "words" if by_words else "header"
        detail = min(1.0, len(values) / 50)
        return share + called + 0.2 * detail, self._examined(column, attribute, why)

    def _labels(self, attribute: str) -> tuple[str, ...]:
        own = tuple(text for text, _ in self.ontology.labels(terms.ATTRIBUTES[attribute]))
        return (*header_words(attribute), *own) if attribute == "colour" else (attribute, *own)

    def _constant(self, column: _Column) -> bool:
        """Say whether the rows of one identifier mostly agree in a column."""
        place = self.source.header.index(column.name)
        first: dict[str, str] = {}
        agreed = compared = 0
        for garment_id, row in zip(self._ids, self.rows, strict=True):
            cell = row[place].strip()
            if cell and garment_id in first:
                compared += 1
                agreed += first[garment_id] == cell
            elif cell:
                first[garment_id] = cell
        return compared == 0 or agreed / compared >= _SAME

    def _words(self, cell: str) -> list[str]:
        parts = cell.split(MANY)
        if self.separator:
            parts = [part for whole in parts for part in whole.split(self.separator)]
        return [part.strip() for part in parts if part.strip() and part.strip() not in self.missing]

    def _share(self, column: _Column, attribute: str) -> tuple[float, set[str]]:
        """Return the share of cells whose words are all known, and the values that they name."""
        known = total = 0
        values: set[str] = set()
        for cell, count in column.counts.most_common(2_000):
            words = self._words(cell)
            found = [self.lexicon.resolve(attribute, word) for word in words]
            if words:
                total += count
                known += count * (None not in found)
                values.update(iri for iri in found if iri is not None)
        return (known / total if total else 0.0), values

    def _examined(self, column: _Column, attribute: str, why: str) -> ColumnProposal:
        if attribute in terms.OPEN:
            return ColumnProposal(column.name, attribute, why)
        unknown: Counter[str] = Counter()
        total = 0
        for cell, count in column.counts.items():
            for word in self._words(cell):
                total += count
                if self.lexicon.resolve(attribute, word) is None:
                    unknown[word] += count
        near: dict[str, tuple[str, str]] = {}
        for word, _ in unknown.most_common(200):
            other = self.lexicon.nearest(attribute, word, cutoff=_NEAR_MISS)
            if other:
                near[word] = (other, self.lexicon.words(attribute)[other])
        share = 1 - unknown.total() / total if total else 0.0
        return ColumnProposal(column.name, attribute, why, share, dict(unknown.most_common()), near)

    def _mapping(self, listed: Sequence[ColumnProposal], names: Mapping[str, _Column]) -> ColumnMapping:
        columns: dict[str, tuple[str, ...]] = {}
        values: dict[str, dict[str, str]] = {a: dict(w) for a, w in (self.base.values if self.base else {}).items()}
        for found in listed:
            if found.role in terms.ATTRIBUTES:
                columns[found.role] = (*columns.get(found.role, ()), found.column)
                for word, (_, iri) in (found.near or {}).items():
                    values.setdefault(found.role, {}).setdefault(word, iri)
        tag = self.base.tag if self.base and self.base.tag else ()
        if names and not tag:
            brand = () if "brand" in columns or "en" not in names else ("brand",)
            tag = (*brand, *_FROM_NAMES)
        delimiter = getattr(self.source, "delimiter", "")
        return ColumnMapping(
            name=self.source.file.name,
            id=self.id.name,
            names={language: column.name for language, column in names.items()},
            columns=columns,
            values=values,
            missing=self.missing,
            separator=self.separator,
            tag=tag,
            format=self.base.format if self.base else "",
            delimiter="" if delimiter in ("", ",") else delimiter,
            encoding=self.encoding,
            grouped=self.base.grouped if self.base else self.repeated > _GROUPED,
            optional=self.base.optional if self.base else False,
        )


@lru_cache(maxsize=1)
def _headers() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("headers.toml").read_text("utf-8"))


def _check_given(source: Source, given: Mapping[str, tuple[str, ...]], id: str) -> None:
    for attribute in given:
        if attribute not in terms.ATTRIBUTES:
            hint = did_you_mean(attribute, terms.ATTRIBUTES)
            raise MappingError(f"unknown attribute {attribute!r}{hint}", path=source.file.path)
    for column in [*(name for names in given.values() for name in names), *([id] if id else [])]:
        if column not in source.header:
            hint = did_you_mean(column, source.header)
            raise MappingError(f"no column {column!r}{hint}", path=source.file.path, line=1)


def _encoding(file: SourceFile) -> str:
    """Guess the encoding of a text file that says UTF-8 and is not, "" where it is."""
    head = file.head()
    whole = head[: head.rfind(b"\n") + 1]
    try:
        whole.decode()
    except UnicodeDecodeError:
        if file.encoding == "utf-8" and b"\0" not in whole:
            from charset_normalizer import from_bytes

            best = from_bytes(whole).best()
            found = best.encoding if best is not None else ""
            return "gb18030" if found in ("gb2312", "gbk", "hz") else found
    return ""


def _fits_open(column: _Column, attribute: str) -> bool:
    """Say whether cells can be values of an attribute whose values the ontology does not list."""
    is_number = {"brand": False, "warmth": True}.get(attribute, column.is_number)
    return column.is_number == is_number and column.words_a_cell < 6


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _alike(first: str, second: str) -> float:
    from rapidfuzz import fuzz

    found = fuzz.ratio(first, second)
    return 0.8 if found >= 88 else 0.0


def _toml(proposal: Proposal) -> Iterable[str]:
    mapping = proposal.mapping
    left_out = [found.column for found in proposal.columns if not found.role]
    yield f"# Proposed from {proposal.rows:,} rows. Check it, then give it with --mapping."
    if left_out:
        yield f"# Not used: {', '.join(left_out)}."
    yield f"name = {_text(mapping.name)}"
    yield f"id = {_text(mapping.id)}"
    for key in ("delimiter", "encoding", "format", "separator"):
        if getattr(mapping, key):
            yield f"{key} = {_text(getattr(mapping, key))}"
    if mapping.missing:
        yield f"missing = {_list(sorted(mapping.missing))}"
    if mapping.grouped:
        yield f"grouped = true  # the identifier of {proposal.repeated:.0%} of the rows stands on an earlier row"
    if mapping.optional:
        yield "optional = true"
    if mapping.tag:
        yield f"tag = {_list(mapping.tag)}"
    if mapping.names:
        yield "\n[names]"
        yield from (f"{language} = {_text(column)}" for language, column in mapping.names.items())
    yield "\n[columns]"
    by_column = {found.column: found for found in proposal.columns}
    for attribute, columns in mapping.columns.items():
        found = by_column[columns[0]]
        known = "" if found.share is None else f", {found.share:.1%} of its words known"
        value = _text(columns[0]) if len(columns) == 1 else _list(columns)
        yield f"{attribute} = {value}  # by {found.why}{known}"
    for attribute, columns in mapping.columns.items():
        unknown = [(w, n) for c in columns for w, n in (by_column[c].unknown or {}).items()]
        near = {w: near for c in columns for w, near in (by_column[c].near or {}).items()}
        own = mapping.values.get(attribute, {})
        if own:
            yield f"\n[values.{attribute}]"
        for word, iri in own.items():
            note = f"  # near {_text(near[word][0])}: check" if word in near else ""
            yield f"{_text(word)} = {_text(terms.shorten(iri))}{note}"
        rest = [(word, count) for word, count in unknown if word not in own]
        if rest:
            if not own:
                yield f"\n# [values.{attribute}]"
            yield f"# {len(rest):,} words are not known; give those that matter a value, such as:"
            yield from (f'# {_text(word)} = "kgf:..."  # {count:,} rows' for word, count in rest[:_SHOWN])


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
