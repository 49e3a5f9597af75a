"""What a text mentions of the ontology: "navy blue denim jackets" and 藏青色牛仔外套 name the same concepts.

A mention has no language, so what is learned from names in one language is known of names in another. It claims less
than a tag (`tagger.py`): not that the garment has the value, only that its text names it. Every attribute and every
garment class is looked for at once; the longest label wins, from left to right, and its words are not read again.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from kg_fashion import terms
from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.words import is_chinese, singular, tokens
from kg_fashion.ontology import Ontology

_REMEMBERED = 65_536
"""How many words, and how many texts, keep what they mention at hand."""

_END = ""
"""The key under which a node of the tree keeps its concepts; no token is empty."""

Concepts = tuple[str, ...]


def concept_mentions(text: str, ontology: Ontology) -> Concepts:
    """Return the concepts that a text names in English or Chinese, from left to right, each once.

    Args:
        text: A name or a sentence, in one language or mixed.
        ontology: Whose preferred and alternative labels are looked for, in the singular or the plural.

    Returns:
        IRIs of attribute values and garment classes; a label of several concepts gives them all.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> [terms.local_name(iri) for iri in concept_mentions("Puma Men Navy Blue Polo T-shirts", read_ontology())]
        ['Men', 'NavyBlue', 'PoloShirt']
        >>> [terms.local_name(iri) for iri in concept_mentions("男士藏蓝色羊毛外套", read_ontology())]
        ['Men', 'NavyBlue', 'Wool', 'Jacket']
    """
    return _index(ontology).find(text)


@lru_cache(maxsize=2)
def _index(ontology: Ontology) -> "MentionIndex":
    return MentionIndex(ontology)


class MentionIndex:
    """The labels of an ontology, compiled: a tree of tokens, and Chinese labels by their first character.

    Args:
        ontology: Whose labels.
    """

    def __init__(self, ontology: Ontology) -> None:
        phrases = _phrases(ontology)
        self._known = {token for phrase in phrases for token in phrase}
        self._stems: dict[str, list[str]] = {}
        for token in sorted(self._known, key=len, reverse=True):
            self._stems.setdefault(singular(token), []).append(token)
        self._tree = self._grow(phrases)
        self._chinese: dict[str, dict[str, Concepts]] = {}
        for phrase, concepts in phrases.items():
            if len(phrase) == 1 and is_chinese(phrase[0]):
                self._chinese.setdefault(phrase[0][0], {})[phrase[0]] = concepts
        self._lengths = {
            first: sorted({len(label) for label in own}, reverse=True) for first, own in self._chinese.items()
        }
        self.word = lru_cache(maxsize=_REMEMBERED)(self._word)
        self.find = lru_cache(maxsize=_REMEMBERED)(self._find)

    def _grow(self, phrases: dict[tuple[str, ...], Concepts]) -> dict[str | None, Any]:
        """Build the tree; a phrase stands in it under every known form of its last word, its own form first."""
        tree: dict[str | None, Any] = {}
        for exact in (True, False):
            for phrase, concepts in phrases.items():
                last = phrase[-1]
                for form in (last,) if exact else self._stems[singular(last)]:
                    node = tree
                    for token in (*phrase[:-1], form):
                        node = node.setdefault(token, {})
                    node.setdefault(_END, concepts)
        return tree

    def _word(self, token: str) -> str | None:
        """Return the form in which the labels have a word, None where they have it in none."""
        if token in self._known:
            return token
        forms = self._stems.get(singular(token), ())
        return next((form for form in forms if token.startswith(form)), next(iter(forms), None))

    def _find(self, text: str) -> Concepts:
        words = tokens(text)
        if text.isascii():
            return tuple(dict.fromkeys(self._in_words(words)))
        found: list[str] = []
        start = 0
        for position, word in enumerate(words):
            if is_chinese(word):
                found += [*self._in_words(words[start:position]), *self._in_run(word)]
                start = position + 1
        return tuple(dict.fromkeys((*found, *self._in_words(words[start:]))))

    def _in_words(self, words: Sequence[str]) -> list[str]:
        """Read words: at each place the longest label."""
        found: list[str] = []
        read = list(map(self.word, words))
        position, n = 0, len(read)
        while position < n:
            node = self._tree.get(read[position])
            position += 1
            if node is None:
                continue
            best, end, after = node.get(_END), position, position
            while after < n and (node := node.get(read[after])) is not None:
                after += 1
                if _END in node:
                    best, end = node[_END], after
            if best is not None:
                found += best
                position = end
        return found

    def _in_run(self, run: str) -> Iterator[str]:
        """Read a run of characters, which has no word borders: at each place the longest label."""
        position = 0
        while position < len(run):
            own = self._chinese.get(run[position], {})
            for length in self._lengths.get(run[position], ()):
                concepts = own.get(run[position : position + length])
                if concepts is not None:
                    yield from concepts
                    position += length - 1
                    break
            position += 1


def _phrases(ontology: Ontology) -> dict[tuple[str, ...], Concepts]:
    """Return every label, cut into tokens, with the concepts that it names."""
    lexicon = Lexicon(ontology)
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for attribute in terms.ATTRIBUTES:
        if attribute in terms.OPEN:
            continue
        for word, iri in lexicon.words(attribute).items():
            phrase = tuple(tokens(word))
            if phrase and ":" not in word and len(word) > 1:
                found.setdefault(phrase, {})[iri] = None
    return {phrase: tuple(iris) for phrase, iris in found.items()}
