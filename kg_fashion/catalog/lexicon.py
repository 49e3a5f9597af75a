"""Words to values: the ontology's labels in both languages, and the catalogue's own overrides."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property

from kg_fashion import terms
from kg_fashion.catalog.words import normalise, singular
from kg_fashion.errors import UnknownNameError, did_you_mean
from kg_fashion.ontology import Ontology

_SHADES = re.compile(r"^(?:(?:light|dark|pale|deep|bright|medium|mid|dusty|soft|washed|[a-z]+ish) )+|^[深浅淡暗亮]")
_JOINT = re.compile(r"\s*(?:,|&|\band\b|\bor\b)\s*")


def open_value(attribute: str, word: str) -> str | None:
    """Return the value of an attribute whose values are not in the ontology: a brand, a size, a number of clo.

    Returns:
        An IRI, for "warmth" a decimal number; None for another attribute, and for a warmth that is no number.

    Example:
        >>> open_value("brand", "Acme") == terms.BRAND.acme, open_value("warmth", "0.50"), open_value("colour", "red")
        (True, '0.50', None)
    """
    if attribute == "brand":
        return terms.BRAND + terms.slug(word)
    if attribute == "size":
        return terms.size(word)[0]
    return str(Decimal(word)) if attribute == "warmth" and _is_decimal(word) else None


def _is_decimal(word: str) -> bool:
    try:
        return Decimal(word).is_finite()
    except InvalidOperation:
        return False


class Lexicon:
    """Resolves words to value IRIs, attribute by attribute.

    Args:
        ontology: Whose preferred and alternative labels, in every language, are the words.
        overrides: Attribute -> word -> IRI; these win.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> lexicon = Lexicon(read_ontology())
        >>> lexicon.resolve("season", "Fall") == lexicon.resolve("season", "秋季") == terms.KGF.Autumn
        True
    """

    def __init__(self, ontology: Ontology, overrides: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._ontology = ontology
        self._words: dict[str, dict[str, str]] = {}
        self._singulars: dict[str, dict[str, str]] = {}
        self._overrides = overrides or {}

    def words(self, attribute: str) -> Mapping[str, str]:
        """Return normalised word -> IRI for an attribute; a preferred label wins over an alternative one."""
        if attribute not in self._words:
            found: dict[str, str] = {}
            values = self._ontology.values(attribute)
            for iri in values:
                for text in self._names(iri):
                    found.setdefault(normalise(text), iri)
            found.update({normalise(self._ontology.label(iri)): iri for iri in values})
            found.update({normalise(w): iri for w, iri in self._overrides.get(attribute, {}).items()})
            self._words[attribute] = found
        return self._words[attribute]

    def _names(self, iri: str) -> Iterable[str]:
        yield from (text for text, _ in self._ontology.labels(iri))
        yield terms.local_name(iri)
        yield terms.shorten(iri)

    def resolve(self, attribute: str, word: str) -> str | None:
        """Return the IRI of a word, None where the ontology does not know it.

        A word counts in the singular or the plural. A type may name the department before it, or several types at
        once, which are read as the nearest class that holds them all; of a path its last step that is known counts.
        The number that another taxonomy gives to an aligned class will do as well (Google's 2271), and so will the head
        of a longer name. A shade of a colour that has no name of its own is that colour.

        Example:
            >>> from kg_fashion.ontology import read_ontology
            >>> lexicon = Lexicon(read_ontology())
            >>> names = ["Cocktail Dress", "Men's Jeans", "Sweaters and Cardigans", "Skirts > New", "2271", "Our skirt"]
            >>> [terms.local_name(lexicon.resolve("type", name) or "?") for name in names]
            ['CocktailDress', 'Jeans', 'Sweater', 'Skirt', 'Dress', 'Skirt']
        """
        if ">" in word and attribute == "type":
            steps = (self.resolve(attribute, step) for step in reversed(word.split(">")))
            return next((step for step in steps if step is not None), None)
        text = normalise(word)
        found = self._simple(attribute, text)
        if found is None and attribute == "type":
            found = (
                self._of_department(text) or self._joint(text) or self._types_by_number.get(text) or self._head(text)
            )
        if found is None and attribute == "colour":
            found = self._shade(text)
        return found

    def find(self, attribute: str, word: str) -> str:
        """Return the IRI of a word.

        Raises:
            UnknownNameError: the ontology does not know it; the message names the nearest word.
        """
        found = self.resolve(attribute, word)
        if found is None:
            raise UnknownNameError(f"no {attribute} {word!r}{did_you_mean(word, self.words(attribute))}")
        return found

    def value(self, attribute: str, word: str) -> str:
        """Return the value that a word stands for, of any attribute, open ones too.

        Raises:
            UnknownNameError: the ontology does not know the word.

        Example:
            >>> from kg_fashion.ontology import read_ontology
            >>> lexicon = Lexicon(read_ontology())
            >>> lexicon.value("brand", "Acme") == terms.BRAND.acme, terms.local_name(lexicon.value("material", "亚麻"))
            (True, 'Linen')
        """
        return open_value(attribute, word) or self.find(attribute, word)

    def nearest(self, attribute: str, word: str, *, cutoff: int = 75) -> str:
        """Return the known word that is most like another, "" where none is near.

        Args:
            attribute: Whose words.
            word: The word.
            cutoff: The least ratio of edits, 0 to 100 (rapidfuzz's `fuzz.ratio`).

        Example:
            >>> from kg_fashion.ontology import read_ontology
            >>> Lexicon(read_ontology()).nearest("colour", "burgundi")
            'burgundy'
        """
        from rapidfuzz import fuzz, process

        found = process.extractOne(normalise(word), self._spelled(attribute), scorer=fuzz.ratio, score_cutoff=cutoff)
        return found[0] if found else ""

    def _spelled(self, attribute: str) -> list[str]:
        return [word for word in self.words(attribute) if ":" not in word]

    def _simple(self, attribute: str, text: str) -> str | None:
        found = self.words(attribute).get(text)
        if found is None:
            if attribute not in self._singulars:
                words = self.words(attribute)
                self._singulars[attribute] = {singular(other): words[other] for other in reversed(list(words))}
            found = self._singulars[attribute].get(singular(text))
        return found

    @cached_property
    def _types_by_number(self) -> dict[str, str]:
        """What other taxonomies number: Google's 2271, Shopify's aa-1-4, Wikidata's Q200539."""
        found: dict[str, str] = {}
        for iri in self._ontology.values("type"):
            for other in map(terms.local_name, self._ontology.aligned(iri)):
                if any(character.isdigit() for character in other):
                    found.setdefault(normalise(other), iri)
        return found

    def _head(self, text: str) -> str | None:
        """Read "Biba maxi dress": the longest known words at its end."""
        words = text.split()
        ends = (" ".join(words[start:]) for start in range(1, len(words)))
        return next((found for end in ends if (found := self._simple("type", end)) is not None), None)

    def _shade(self, text: str) -> str | None:
        """Read "dark blue", "greenish khaki", 深蓝色: the colour behind words for its shade."""
        rest = _SHADES.sub("", text)
        return self._simple("colour", rest) if rest != text else None

    @cached_property
    def _departments(self) -> tuple[str, ...]:
        return tuple(f"{word} " for word in sorted(self.words("department"), key=len, reverse=True) if len(word) > 1)

    def _of_department(self, text: str) -> str | None:
        rest = next((text.removeprefix(word) for word in self._departments if text.startswith(word)), None)
        return None if rest is None else self._simple("type", rest) or self._joint(rest)

    def _joint(self, text: str) -> str | None:
        """Read "dresses and jumpsuits": the nearest class that holds every part, below Garment itself."""
        parts = [self._simple("type", part) for part in _JOINT.split(text) if part]
        if len(parts) < 2 or None in parts:
            return None
        lines = [(part, *self._ontology.ancestors(part)) for part in parts if part is not None]
        shared = (iri for iri in lines[0] if iri != terms.KGF.Garment and all(iri in line for line in lines))
        found = next(shared, None)
        return found if found in self._ontology.classes else None
