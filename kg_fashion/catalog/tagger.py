"""The product-name tagger: finds brand, colour, material, pattern, sleeve ... in names, English and Chinese.

The longest label wins, from left to right; a brand's words are not read as anything else. The type is the last one
named, for the head of a name stands at its end in both languages ("polo T-shirt", 羊毛西装外套), but nothing behind
"with", or behind the first Chinese phrase that names one, counts. A brand is not in the ontology: it is the run of
leading words that the catalogue's names share (`BrandFinder`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg_fashion.catalog.lexicon import Lexicon
from kg_fashion.catalog.words import is_chinese, tokens

_SEVERAL = ("material", "colour", "pattern", "style", "detail")
"""Attributes of which a name may give several values."""

_ADDED = ("with", "w", "featuring")
"""Words behind which a name tells of something else than its garment."""


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
        >>> tagger = NameTagger(Lexicon(read_ontology()), ["type", "colour", "material", "sleeveLength"])
        >>> [(tag.attribute, tag.text) for tag in tagger.tag("Navy Blue Denim Jacket, Long Sleeve")]
        [('colour', 'navy blue'), ('material', 'denim'), ('sleeveLength', 'long sleeve'), ('type', 'denim jacket')]
        >>> [tag.text for tag in tagger.tag("藏青色羊毛长袖衬衫")]
        ['藏青色', '羊毛', '长袖', '衬衫']
    """

    def __init__(self, lexicon: Lexicon, attributes: Iterable[str]) -> None:
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for attribute in attributes:
            for word, iri in lexicon.words(attribute).items():
                phrase = tuple(tokens(word))
                if phrase and ":" not in word and len(word) > 1:
                    self._phrases.setdefault(phrase, []).append((attribute, iri))
        self._lengths: dict[str, list[int]] = {}
        for phrase in self._phrases:
            self._lengths.setdefault(phrase[0], []).append(len(phrase))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)
        self._chinese = {phrase[0]: self._phrases[phrase] for phrase in self._phrases if is_chinese(phrase[0])}
        self._longest = max(map(len, self._chinese), default=0)

    def tag(self, name: str, *, skip: int = 0) -> list[Tag]:
        """Return the values found in a name, from left to right; the type comes last.

        Args:
            name: The product name.
            skip: How many leading words belong to the brand.
        """
        words = tokens(name)[skip:]
        found: list[Tag] = []
        head: Tag | None = None
        position = 0
        added = False
        while position < len(words):
            if is_chinese(words[position]):
                tags, length = self._tag_chinese(words[position]), 1
            else:
                tags, length = self._tag_words(words, position)
                added = added or words[position] in _ADDED
            for tag in tags:
                if tag.attribute != "type":
                    found.append(tag)
                elif not (added and head):
                    head = tag
            added = added or (head is not None and is_chinese(words[position]))
            position += length
        return _one_each(found if head is None else [*found, head])

    def _tag_words(self, words: Sequence[str], position: int) -> tuple[list[Tag], int]:
        """Read the longest label at a place; say how many words it takes, 1 where there is none."""
        for length in self._lengths.get(words[position], ()):
            phrase = tuple(words[position : position + length])
            values = self._phrases.get(phrase)
            if values is not None:
                tags = [Tag(attribute, iri, " ".join(phrase)) for attribute, iri in values]
                return [*self._inside(tags, phrase), *tags], length
        return [], 1

    def _inside(self, tags: list[Tag], phrase: tuple[str, ...]) -> Iterator[Tag]:
        """Read what the words of a type say besides: a denim jacket is of denim, a maxi dress is long."""
        if len(phrase) > 1 and any(tag.attribute == "type" for tag in tags):
            position = 0
            while position < len(phrase) - 1:
                inner, length = self._tag_words(phrase[:-1], position)
                yield from (tag for tag in inner if tag.attribute != "type")
                position += length

    def _tag_chinese(self, run: str) -> list[Tag]:
        """Read a run with Chinese characters, which has no word borders: the longest label at each place."""
        found: list[Tag] = []
        position = 0
        while position < len(run):
            for length in range(min(self._longest, len(run) - position), 0, -1):
                text = run[position : position + length]
                values = self._chinese.get(text)
                if values is not None:
                    tags = [Tag(attribute, iri, text) for attribute, iri in values]
                    if length > 1 and any(tag.attribute == "type" for tag in tags):
                        found += [tag for tag in self._tag_chinese(text[:-1]) if tag.attribute != "type"]
                    found += tags
                    position += length - 1
                    break
            position += 1
        return found


def _one_each(found: Sequence[Tag]) -> list[Tag]:
    """Keep the first value of an attribute that has one, all distinct values of one that may have several."""
    kept: dict[tuple[str, str], Tag] = {}
    for tag in found:
        kept.setdefault((tag.attribute, tag.iri if tag.attribute in _SEVERAL else ""), tag)
    return list(kept.values())


_REMEMBERED = 1_000_000
"""How many beginnings of names are counted at once; beyond, those that were seen once are forgotten."""

_SURE = 20
"""How many names must share a word that the ontology knows for it to be part of a brand."""


class BrandFinder:
    """Finds brands as the leading words that a catalogue's names share.

    A brand goes on for as long as at least half of the names that share its words go on the same way. It ends before a
    word that the ontology knows, unless nearly all names go on with it ("Pepe Jeans"). Four words at most.

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
        known = ("type", "colour", "material", "pattern", "sleeveLength")
        self._known = {first for a in known for word in lexicon.words(a) for first in tokens(word)[:1]}
        self._ends = {first for word in lexicon.words("department") for first in tokens(word)[:1]}
        self._never_first = self._ends | self._known
        self._counts: Counter[tuple[str, ...]] = Counter()
        for words in map(tokens, names):
            self._counts.update(tuple(words[:length]) for length in range(1, min(self._longest, len(words)) + 1))
            if len(self._counts) > _REMEMBERED:
                self._counts = Counter({start: count for start, count in self._counts.items() if count > 1})

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
            least, share = (_SURE, 0.95) if words[length] in self._known else (2, 0.5)
            if longer < least or longer < share * shorter:
                break
            length += 1
        if length == 1 and words[0] in self._never_first:
            return 0
        return length


def group_tags(tags: Iterable[Tag]) -> Mapping[str, tuple[str, ...]]:
    """Collect tags as attribute -> value IRIs."""
    grouped: dict[str, list[str]] = {}
    for tag in tags:
        grouped.setdefault(tag.attribute, []).append(tag.iri)
    return {attribute: tuple(iris) for attribute, iris in grouped.items()}
