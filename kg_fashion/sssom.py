"""Alignments with other vocabularies, read from SSSOM tables into triples.

Simple Standard for Sharing Ontological Mappings, https://mapping-commons.github.io/sssom/: a TSV file whose head, in
comment lines, maps prefixes to IRIs, and whose rows say how a term of ours stands to one of theirs, and why.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg_fashion.errors import OntologyError

_CURIE_MAP_LINE = re.compile(r"#\s{2,}([\w.\-]+):\s*(\S+)$")
_NEEDED = ("subject_id", "predicate_id", "object_id", "mapping_justification")


def read_sssom(path: Path) -> Iterator[ox.Triple]:
    """Iterate over the mappings of an SSSOM table as triples.

    Raises:
        OntologyError: not readable, a column that SSSOM needs is lacking, or a prefix is not in the head (with line).
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"cannot be read: {error}", path=path) from error
    head = [line for line in lines if line.startswith("#")]
    prefixes = {found[1]: found[2] for line in head if (found := _CURIE_MAP_LINE.match(line))}
    rows = csv.DictReader(lines[len(head) :], delimiter="\t")
    lacking = [column for column in _NEEDED if column not in (rows.fieldnames or ())]
    if lacking:
        raise OntologyError(f"not an SSSOM table: it lacks {', '.join(lacking)}", path=path, line=len(head) + 1)
    for number, row in enumerate(rows, start=len(head) + 2):
        terms = [_expand(row[column] or "", prefixes, path, number) for column in _NEEDED[:3]]
        yield ox.Triple(*(ox.NamedNode(term) for term in terms))


def _expand(curie: str, prefixes: dict[str, str], path: Path, line: int) -> str:
    prefix, colon, local = curie.partition(":")
    if not colon or not local or prefix not in prefixes:
        raise OntologyError(f"{curie!r} has no prefix of the curie_map", path=path, line=line)
    return prefixes[prefix] + local
