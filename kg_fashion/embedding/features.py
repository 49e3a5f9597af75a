"""What a garment's vector is composed of: attribute values, their ancestors, pairs of them, and words of the name.

A part is named `kind=value`: `type=<IRI>`, `is-a=<IRI>`, `brand*type=<IRI> <IRI>`, `word=Slim`, `words=Slim Fit`,
`brand*word=<IRI> Slim`, `brand*last=<IRI> Jeans` (the name's last word), `form=Aa-Aa-0` (how the name is written: a
small or a capital word, a number), `brand*form=<IRI> Aa-Aa-0`, `mention=<IRI>` (what of the ontology the name names,
in any language, and what is above it: it carries over to catalogues of another language). Words stay as they are
written. Parts are numbers in columns (`parts.py`); only what is distinct, a value, a word, a form, is ever looked at by
itself.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Garment, concept_mentions, written_words
from kg_fashion.embedding.parts import PAIRS, Ids, Parts, Symbols, ancestor_kind, kind_number, pack
from kg_fashion.ontology import Ontology

Block = tuple[Ids, Ids]
"""Garments, not falling, and a key of each."""
_PAIRED = tuple(dict.fromkeys(attribute for pair in PAIRS for attribute in pair))
_WORD, _WORDS, _APART, _FORM = map(kind_number, ("word={}", "words={} {}", "words={} … {}", "form={}"))
_BRAND_WORD, _BRAND_LAST, _BRAND_FORM = (kind_number(f"brand*{own}={{}} {{}}") for own in ("word", "last", "form"))
_MENTION = kind_number("mention={}")
_TRIPLE = kind_number("brand*department*type={} {}")


def encode_parts(garments: Sequence[Garment], ontology: Ontology, symbols: Symbols | None = None) -> Parts:
    """Return the parts of garments.

    Args:
        garments: The garments.
        ontology: For the ancestors of values.
        symbols: Texts that are numbered already, such as a model's: parts with other texts are left out. By default
            every text gets a number.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> coat = Garment("1", "urn:1", (("Wool coat", "en"),), {"type": (terms.KGF.TrenchCoat,)})
        >>> [name.replace(terms.KGF, "kgf:") for name in encode_parts([coat], read_ontology()).names(0)][:3]
        ['always=', 'type=kgf:TrenchCoat', 'is-a=kgf:Coat']
    """
    known = Symbols() if symbols is None else symbols
    number = known.number if symbols is None else known.find
    n = len(garments)
    first = {attribute: _first_values(garments, attribute, number) for attribute in _PAIRED}
    blocks = [
        (np.arange(n), np.zeros(n, dtype=np.int64)),
        _values(garments, ontology, number),
        *_pairs(first),
        _triples(first, known, number),
        *_names(garments, first["brand"], number),
        _mentions(garments, ontology, number),
    ]
    return _gathered(blocks, n, known)


def _values(garments: Sequence[Garment], ontology: Ontology, number: Callable[[str], int]) -> Block:
    """Return supplied values and what lies above them; worked out once for all garments with the same values."""
    known: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
    keys: list[int] = []
    lengths: list[int] = []
    for garment in garments:
        before = len(keys)
        for pair in garment.values.items():
            own = known.get(pair)
            if own is None:
                own = known[pair] = tuple(dict.fromkeys(_value_keys(*pair, ontology, number)))
            keys += own
        lengths.append(len(keys) - before)
    return np.repeat(np.arange(len(garments)), lengths), np.array(keys, dtype=np.int64)


def _value_keys(
    attribute: str, values: tuple[str, ...], ontology: Ontology, number: Callable[[str], int]
) -> Iterable[int]:
    own, above = kind_number(f"{attribute}={{}}"), ancestor_kind(attribute)
    for value in values:
        parents = (parent for parent in ontology.ancestors(value) if parent.startswith(terms.KGF))
        found = ((own, number(value)), *((above, number(parent)) for parent in parents))
        yield from (int(pack(kind, symbol)) for kind, symbol in found if symbol)


def _first_values(garments: Sequence[Garment], attribute: str, number: Callable[[str], int]) -> Ids:
    """Return the symbol of each garment's first value of an attribute, 0 where it has none."""
    known: dict[str | None, int] = {None: 0}
    found = []
    for garment in garments:
        values = garment.values.get(attribute)
        value = values[0] if values else None
        symbol = known.get(value)
        if symbol is None:
            symbol = known[value] = number(str(value))
        found.append(symbol)
    return np.array(found, dtype=np.int64)


def _pairs(first: dict[str, Ids]) -> Iterable[Block]:
    rows = np.arange(len(first[PAIRS[0][0]]))
    for left, right in PAIRS:
        yield _block(kind_number(f"{left}*{right}={{}} {{}}"), rows, first[left], first[right])


def _triples(first: dict[str, Ids], symbols: Symbols, number: Callable[[str], int]) -> Block:
    """Return brand with department and type; department and type together are one symbol."""
    rows = np.flatnonzero((first["brand"] > 0) & (first["department"] > 0) & (first["type"] > 0))
    of_garment = np.stack([first["department"][rows], first["type"][rows]], axis=1)
    pairs, place = np.unique(of_garment, axis=0, return_inverse=True)
    names = (f"{symbols.text(department)} {symbols.text(kind)}" for department, kind in pairs.tolist())
    together = np.array([number(name) for name in names], dtype=np.int64)[place.reshape(-1)]
    return _block(_TRIPLE, rows, first["brand"][rows], together)


def _names(garments: Sequence[Garment], brands: Ids, number: Callable[[str], int]) -> list[Block]:
    """Return what names are made of: words, pairs of words, the way they are written, each also with the brand."""
    owners, named = _split(garments)
    if not named:
        return []
    lengths = np.fromiter(map(len, named), dtype=np.int64, count=len(named))
    flat = list(chain.from_iterable(named))
    table = {word: number(word) for word in dict.fromkeys(flat)}
    words = np.fromiter(map(table.__getitem__, flat), dtype=np.int64, count=len(flat))
    garment = np.repeat(owners, lengths)
    forms, last = _forms(named, table, number), words[np.cumsum(lengths) - 1]
    found = [
        _block(_WORD, garment, words),
        _neighbours(_WORDS, 1, garment, words, lengths),
        _neighbours(_APART, 2, garment, words, lengths),
        _block(_FORM, owners, forms),
        _block(_BRAND_WORD, garment, brands[garment], words),
        _block(_BRAND_LAST, owners, brands[owners], last),
        _block(_BRAND_FORM, owners, brands[owners], forms),
    ]
    repeating = _repeating(garment, words, owners, len(garments))
    return [_once(block, repeating) for block in found] if repeating.any() else found


def _neighbours(kind: int, gap: int, garment: Ids, words: Ids, lengths: Ids) -> Block:
    """Return pairs of words of a name, each and the one that stands so many places behind it."""
    name = np.repeat(np.arange(len(lengths)), lengths)
    first = np.flatnonzero(name[:-gap] == name[gap:])
    return _block(kind, garment[first], words[first], words[first + gap])


def _block(kind: int, garments: Ids, first: Ids, second: Ids | None = None) -> Block:
    """Return the keys of a kind; those with an unknown symbol are left out."""
    known = first > 0 if second is None else (first > 0) & (second > 0)
    return garments[known], pack(kind, first[known], 0 if second is None else second[known])


def _repeating(garment: Ids, words: Ids, owners: Ids, n: int) -> NDArray[np.bool_]:
    """Say which garments have a word twice, or several names, shape (n,)."""
    found = np.bincount(owners, minlength=n) > 1
    ordered = np.sort(garment << 32 | words)
    found[ordered[1:][ordered[1:] == ordered[:-1]] >> 32] = True
    return found


def _once(block: Block, repeating: NDArray[np.bool_]) -> Block:
    """Leave out the keys that a garment has already."""
    garments, keys = block
    some = np.flatnonzero(repeating[garments])
    order = some[np.lexsort((keys[some], garments[some]))]
    again = (np.diff(garments[order]) == 0) & (np.diff(keys[order]) == 0)
    kept = np.ones(len(keys), dtype=bool)
    kept[order[1:][again]] = False
    return garments[kept], keys[kept]


def _mentions(garments: Sequence[Garment], ontology: Ontology, number: Callable[[str], int]) -> Block:
    """Return what names mention; worked out once for all names that mention the same."""
    known: dict[tuple[str, ...], tuple[int, ...]] = {}
    symbols: list[int] = []
    lengths: list[int] = []
    for garment in garments:
        found: dict[int, None] = {}
        for name, _ in garment.labels:
            concepts = concept_mentions(name, ontology)
            own = known.get(concepts)
            if own is None:
                lines = [(iri, *ontology.ancestors(iri)) for iri in concepts]
                named = dict.fromkeys(iri for line in lines for iri in line if iri.startswith(terms.KGF))
                own = known[concepts] = tuple(map(number, named))
            found |= dict.fromkeys(own)
        symbols += found
        lengths.append(len(found))
    return _block(_MENTION, np.repeat(np.arange(len(garments)), lengths), np.array(symbols, dtype=np.int64))


def _split(garments: Sequence[Garment]) -> tuple[Ids, list[list[str]]]:
    """Return the words of every name that has any, and its garment."""
    split = [(row, written_words(text)) for row, garment in enumerate(garments) for text, _ in garment.labels]
    some = [(row, words) for row, words in split if words]
    return np.array([row for row, _ in some], dtype=np.int64), [words for _, words in some]


def _forms(named: list[list[str]], words: Iterable[str], number: Callable[[str], int]) -> Ids:
    """Return the symbol of how each name is written."""
    of_word = {word: _form(word) for word in words}
    known: dict[str, int] = {}
    found = []
    for own in named:
        form = "-".join([of_word[word] for word in own])
        symbol = known.get(form)
        if symbol is None:
            symbol = known[form] = number(form)
        found.append(symbol)
    return np.array(found, dtype=np.int64)


def _form(word: str) -> str:
    """Return how a word is written.

    Example:
        >>> [_form(word) for word in ("NIKE", "Slim", "of", "3", "BW335", "毛衣")]
        ['A', 'Aa', 'a', '0', 'A', 'a']
    """
    if word.isdecimal():
        return "0"
    if word.isupper():
        return "A"
    return "Aa" if word[:1].isupper() else "a"


def _gathered(blocks: Iterable[Block], n: int, symbols: Symbols) -> Parts:
    """Put blocks together, garment after garment."""
    own = list(blocks)
    counts = [np.bincount(garments, minlength=n) for garments, _ in own]
    starts = np.concatenate([[0], np.cumsum(np.sum(counts, axis=0))]).astype(np.int64)
    keys = np.empty(starts[-1], dtype=np.int64)
    free = starts[:-1].copy()
    for (garments, block), count in zip(own, counts, strict=True):
        shift = free - (np.cumsum(count) - count)
        keys[np.arange(len(block)) + shift[garments]] = block
        free += count
    return Parts(keys, starts, symbols)
