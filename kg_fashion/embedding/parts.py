"""The parts of garments as numbers: one 64-bit key a part, in columns, so that ten million garments can be held.

A key holds a kind and one or two symbols: `kind << 56 | first << 28 | second`. Symbols are the IRIs, words and forms
that occur, numbered from 1; 0 stands for a text that is not known. A kind says which attributes a part needs, so that
hiding an attribute is a mask, not another encoding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms

Ids = NDArray[np.int64]
_SECOND = 28
_KIND = 2 * _SECOND
_LOW = (1 << _SECOND) - 1
_ATTRIBUTES = tuple(terms.ATTRIBUTES)
PAIRS = (("brand", "type"), ("brand", "department"), ("department", "type"), ("type", "colour"), ("brand", "colour"))


@dataclass(frozen=True)
class Kind:
    """What a part is: how it is written, with `{}` for its symbols, and the attributes that it needs."""

    form: str
    needs: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind("always="),
    *(Kind(f"{attribute}={{}}", (attribute,)) for attribute in _ATTRIBUTES),
    *(Kind("is-a={}", (attribute,)) for attribute in _ATTRIBUTES),
    *(Kind(f"{left}*{right}={{}} {{}}", (left, right)) for left, right in PAIRS),
    Kind("brand*department*type={} {}", ("brand", "department", "type")),
    Kind("word={}"),
    Kind("words={} {}"),
    Kind("words={} … {}"),
    Kind("form={}"),
    Kind("brand*word={} {}", ("brand",)),
    Kind("brand*last={} {}", ("brand",)),
    Kind("brand*form={} {}", ("brand",)),
    Kind("mention={}"),
)
"""Every kind of part; its place is what keys hold, so a new one comes last."""

BIAS = KINDS[0].form
"""A part that every garment has: it carries how common each value is."""
_NUMBERS = {kind.form: number for number, kind in enumerate(KINDS)}


def kind_number(form: str) -> int:
    """Return the number of a kind by its form, such as `word={}`; "is-a={}" has one an attribute (`ancestor_kind`)."""
    return _NUMBERS[form]


def ancestor_kind(attribute: str) -> int:
    """Return the number of the kind of an attribute's ancestors."""
    return 1 + len(_ATTRIBUTES) + _ATTRIBUTES.index(attribute)


def pack(kind: int, first: Ids | int = 0, second: Ids | int = 0) -> Ids:
    """Return keys.

    Example:
        >>> pack(1, np.array([2]), np.array([3])) == (1 << 56) + (2 << 28) + 3
        array([ True])
    """
    return np.asarray((np.int64(kind) << _KIND) | (np.asarray(first, np.int64) << _SECOND) | second, dtype=np.int64)


def needs_of(attributes: Iterable[str]) -> int:
    """Return attributes as a mask: bit n for the n-th of `terms.ATTRIBUTES`."""
    return sum(1 << _ATTRIBUTES.index(attribute) for attribute in set(attributes))


_NEEDS = np.array([needs_of(kind.needs) for kind in KINDS], dtype=np.int64)


def needs(keys: Ids) -> Ids:
    """Return which attributes parts need, as masks, shape as `keys`."""
    return np.asarray(_NEEDS[keys >> _KIND])


class Symbols:
    """The texts that parts are made of, numbered from 1.

    Args:
        texts: Those that are known at first, in the order of their numbers.

    Example:
        >>> symbols = Symbols(["Slim"])
        >>> symbols.number("Slim"), symbols.find("Fit"), symbols.number("Fit"), symbols.text(2)
        (1, 0, 2, 'Fit')
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = ["", *texts]
        self._numbers = {text: number for number, text in enumerate(self._texts)}

    def __len__(self) -> int:
        return len(self._texts)

    def number(self, text: str) -> int:
        """Return a text's number; a new text gets one."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self._texts)
            self._texts.append(text)
        return found

    def find(self, text: str) -> int:
        """Return a text's number, 0 where it has none."""
        return self._numbers.get(text, 0)

    def text(self, number: int) -> str:
        """Return the text of a number."""
        return self._texts[number]

    @property
    def texts(self) -> Sequence[str]:
        """Every text, in the order of their numbers."""
        return self._texts[1:]


def key_name(key: int, symbols: Symbols) -> str:
    """Return a part's name: `type=<IRI>`, `word=Slim`, `brand*word=<IRI> Slim`.

    Example:
        >>> key_name(int(pack(kind_number("words={} {}"), 1, 2)), Symbols(["Slim", "Fit"]))
        'words=Slim Fit'
    """
    first, second = symbols.text(key >> _SECOND & _LOW), symbols.text(key & _LOW)
    return KINDS[key >> _KIND].form.format(first, second)


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of many garments, ragged.

    Attributes:
        keys: All keys, garment after garment, each once a garment, shape (n_parts,), int64.
        starts: Where each garment's begin, shape (n_garments + 1,), int64.
        symbols: What the keys' symbols stand for.
    """

    keys: Ids
    starts: Ids
    symbols: Symbols

    def __len__(self) -> int:
        return len(self.starts) - 1

    def without(self, attributes: Iterable[str]) -> "Parts":
        """Return the same garments without what needs some attributes."""
        kept = (needs(self.keys) & needs_of(attributes)) == 0
        return self if kept.all() else Parts(self.keys[kept], kept_starts(kept, self.starts), self.symbols)

    def take(self, rows: Ids | Sequence[int]) -> "Parts":
        """Return the parts of some garments, in that order."""
        chosen = np.asarray(rows, dtype=np.int64)
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Parts(self.keys[places], starts, self.symbols)

    def names(self, row: int) -> list[str]:
        """Return the names of one garment's parts."""
        own = self.keys[self.starts[row] : self.starts[row + 1]]
        return [key_name(key, self.symbols) for key in own.tolist()]


def kept_starts(kept: NDArray[np.bool_], starts: Ids) -> Ids:
    """Return where each garment's parts begin when only some are kept.

    Args:
        kept: Which parts stay, shape (n_parts,).
        starts: Where each garment's begin now, shape (n_garments + 1,).
    """
    return np.concatenate([[0], np.cumsum(kept)])[starts]


def used_symbols(keys: Ids, symbols: Symbols) -> tuple[Ids, Symbols]:
    """Return keys over the symbols that they use alone, in the same order, and these symbols.

    Args:
        keys: Shape (n,).
        symbols: Of the keys.
    """
    first, second = keys >> _SECOND & _LOW, keys & _LOW
    used = np.zeros(len(symbols), dtype=bool)
    used[first] = used[second] = True
    used[0] = False
    number = np.cumsum(used) * used
    own = Symbols(compress(symbols.texts, used[1:].tolist()))
    return pack(0, number[first], number[second]) | (keys >> _KIND << _KIND), own


def check_keys(keys: Ids, symbols: Symbols) -> None:
    """Check keys that come from a file.

    Raises:
        ValueError: they are not ascending from the bias on, or of no known kind or symbol.
    """
    ascending = len(keys) > 0 and keys.dtype == np.int64 and keys[0] == 0 and bool((np.diff(keys) > 0).all())
    if not ascending or keys[-1] >> _KIND >= len(KINDS):
        raise ValueError("the keys of parts are not ascending, or of another version")
    if max((keys >> _SECOND & _LOW).max(), (keys & _LOW).max()) >= len(symbols):
        raise ValueError("the keys of parts have symbols that are not there")
