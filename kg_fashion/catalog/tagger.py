"""The product-name tagger: finds brand, colour, material, pattern, sleeve ... in names, English and Chinese.

The longest label wins, from left to right; a brand's words are not read as anything else. A brand is not in the
ontology: it is the run of leading words that the catalogue's names share (`BrandFinder`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.words import tokens

_SEVERAL = ("material", "colour", "pattern", "style")
"""Attributes of which a name may give several values."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A value found in a name: the attribute, the value's IRI, and the words that gave it."""

    attribute: str
    iri: str
    text: str


class NameTagger:
    """Finds attribute values in product names.

    Args:
        lexicon: The words of each attribute.
        attributes: The attributes to look for.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> tagger = NameTagger(Lexicon(read_ontology()), ["colour", "material", "sleeveLength"])
        >>> [(tag.attribute, tag.text) for tag in tagger.tag("Navy Blue Merino Wool Long Sleeve Polo")]
        [('colour', 'navy blue'), ('material', 'merino wool'), ('sleeveLength', 'long sleeve')]
        >>> [tag.text for tag in tagger.tag("藏青色羊毛长袖衬衫")]
        ['藏青色', '羊毛', '长袖']
    """

    def __init__(self, lexicon: Lexicon, attributes: Iterable[str]) -> None:
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for attribute in attributes:
            for word, iri in lexicon.words(attribute).items():
                phrase = tuple(tokens(word))
                if phrase and ":" not in word and len(word) > 1:
                    self._phrases.setdefault(phrase, []).append((attribute, iri))
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self._longest_chinese = max((len(p[0]) for p in self._phrases if len(p) == 1 and _chinese(p[0])), default=0)

    def tag(self, name: str, *, skip: int = 0) -> list[Tag]:
        """Return the values found in a name, from left to right.

        Args:
            name: The product name.
            skip: How many leading words belong to the brand.
        """
        words = tokens(name)[skip:]
        found: list[Tag] = []
        position = 0
        while position < len(words):
            if _chinese(words[position]):
                found += self._tag_chinese(words[position])
                position += 1
                continue
            length = self._match(words, position)
            found += self._tags(tuple(words[position : position + length]))
            position += max(1, length)
        return _one_each(found)

    def _match(self, words: Sequence[str], position: int) -> int:
        for length in range(min(self._longest, len(words) - position), 0, -1):
            if tuple(words[position : position + length]) in self._phrases:
                return length
        return 0

    def _tag_chinese(self, run: str) -> list[Tag]:
        """Read a run of Chinese characters, which has no word borders: the longest label at each place."""
        found: list[Tag] = []
        position = 0
        while position < len(run):
            for length in range(min(self._longest_chinese, len(run) - position), 0, -1):
                tags = self._tags((run[position : position + length],))
                if tags:
                    found += tags
                    position += length - 1
                    break
            position += 1
        return found

    def _tags(self, phrase: tuple[str, ...]) -> list[Tag]:
        return [Tag(attribute, iri, " ".join(phrase)) for attribute, iri in self._phrases.get(phrase, ())]


def _chinese(token: str) -> bool:
    return "一" <= token[0] <= "鿿"


def _one_each(found: Sequence[Tag]) -> list[Tag]:
    """Keep the first value of an attribute that has one, all distinct values of one that may have several."""
    kept: dict[tuple[str, str], Tag] = {}
    for tag in found:
        kept.setdefault((tag.attribute, tag.iri if tag.attribute in _SEVERAL else ""), tag)
    return list(kept.values())


class BrandFinder:
    """Finds brands as the leading words that a catalogue's names share.

    A brand goes on for as long as at least half of the names that share its words go on the same way, and ends
    before a word that the ontology knows. Four words at most.

    Args:
        names: Every name of the catalogue.
        lexicon: Whose words (departments, types, colours, materials, patterns) end a brand.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> names = ["Red Tape Men Shoes", "Red Tape Men Shirt", "Red Tape Belt", "Puma Men Cap", "Puma Bag"]
        >>> finder = BrandFinder(names, Lexicon(read_ontology()))
        >>> finder.find("Red Tape Women Sandal"), finder.find("Puma Women Bag"), finder.find("Red Shirt")
        ('Red Tape', 'Puma', '')
    """

    _longest = 4

    def __init__(self, names: Iterable[str], lexicon: Lexicon) -> None:
        ends = ("department", "type", "colour", "material", "pattern", "sleeveLength")
        self._ends = {first for a in ends for word in lexicon.words(a) for first in tokens(word)[:1]}
        self._counts = Counter(
            tuple(words[:length])
            for words in map(tokens, names)
            for length in range(1, min(self._longest, len(words)) + 1)
        )

    def find(self, name: str) -> str:
        """Return the brand as the name writes it, "" where it has none."""
        length = self.length(name)
        words = name.split()
        end = next((i for i in range(1, len(words) + 1) if len(tokens(" ".join(words[:i]))) >= length), 0)
        return " ".join(words[:end]) if length else ""

    def length(self, name: str) -> int:
        """Return how many leading tokens are the brand."""
        words = tokens(name)
        length = 1 if words else 0
        while length and length < min(self._longest, len(words)) and words[length] not in self._ends:
            longer, shorter = self._counts[tuple(words[: length + 1])], self._counts[tuple(words[:length])]
            if longer < 2 or longer < shorter / 2:
                break
            length += 1
        if length == 1 and words[0] in self._ends:
            return 0
        return length


def group_tags(tags: Iterable[Tag]) -> Mapping[str, tuple[str, ...]]:
    """Collect tags as attribute -> value IRIs."""
    grouped: dict[str, list[str]] = {}
    for tag in tags:
        grouped.setdefault(tag.attribute, []).append(tag.iri)
    return {attribute: tuple(iris) for attribute, iris in grouped.items()}
