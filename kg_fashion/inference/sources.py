"""What reasons stand on: the exact terms of a score, summed by what was supplied, and a garment without one of them.

A score is a sum of pulls: of values, their ancestors, pairs of values, words, pairs of words, rules, families. People
think in what they supplied: "linen", "the word slim". So each pull is given to the sources that it needs, in equal
parts where it needs several: a pair of values half to either, an ancestor to the values below it, a concept that the
name mentions to the words that it needs for it, a word of the name that says a supplied value ("Nike") to that value.
The sum stays the same. Equal parts are the Shapley values of a term that is there only where all its sources are
(Harsanyi 1963, "A Simplified Bargaining Model for the n-Person Cooperative Game", section 3: each member's share of a
dividend).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kg_fashion import terms
from kg_fashion.catalog import Garment, concept_mentions, name_words, normalise
from kg_fashion.catalog.words import SCRIPT_RUN, WRITTEN_WORD, is_chinese, singular
from kg_fashion.inference.scorer import Pull
from kg_fashion.ontology import Ontology
from kg_fashion.reasoning import Derivation
from kg_fashion.reasoning.syntax import iri

Floats = NDArray[np.float64]
Names = Callable[[str], Iterable[str]]
"""A value's IRI -> the texts that name it, in any language."""

_LATIN = re.compile(r"[^\W_一-鿿]+(?:['’]s)?")
_LONGEST = 5
"""No label has more words."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What pulls stand on, with their sum.

    Attributes:
        kind: "value", "word", "form", "rule", "family", "examples" or "bias".
        name: The key: `material=<IRI>`, `word=Slim`, a rule's IRI.
        logits: What it adds for each value, in nats, shape (n_values,).
        counts: For a family, how many of its known garments have each value.
    """

    kind: str
    name: str
    logits: Floats
    counts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A place in one of a garment's names: which label, from where to where, and the source that it says."""

    label: int
    start: int
    end: int
    source: str


@dataclass(frozen=True)
class GarmentSources:
    """Which sources a garment has, and where its names speak of them.

    Attributes:
        garment: The garment.
        ontology: What its values lie below.
        names: The texts that name a value.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> coat = Garment("1", "urn:1", (("Long wool coat", "en"),), {"material": (terms.KGF.Wool,)})
        >>> own = GarmentSources(coat, read_ontology(), lambda iri: ["wool"])
        >>> [terms.local_name(mention.source) for mention in own.mentions]
        ['word=Long', 'Wool', 'word=coat']
        >>> own.without(f"material={terms.KGF.Wool}").labels
        (('Long coat', 'en'),)
    """

    garment: Garment
    ontology: Ontology
    names: Names = field(compare=False)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The keys of its supplied values."""
        return tuple(f"{attribute}={value}" for attribute, own in self.garment.values.items() for value in own)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """The places of its names, in order: those that say a supplied value, and the other words each for itself."""
        phrases = {normalise(text): key for key in reversed(self.values) for text in self.names(key.partition("=")[2])}
        return tuple(
            m for number, (text, _) in enumerate(self.garment.labels) for m in _mentions(number, text, phrases)
        )

    @cached_property
    def removable(self) -> tuple[str, ...]:
        """The sources that the garment can be without: values and words."""
        return tuple(dict.fromkeys([*self.values, *(mention.source for mention in self.mentions)]))

    def without(self, *sources: str) -> Garment:
        """Return the garment without values and words, in its columns and in its names alike."""
        gone = set(sources)
        kept = {
            attribute: left
            for attribute, own in self.garment.values.items()
            if (left := tuple(value for value in own if f"{attribute}={value}" not in gone))
        }
        labels = self.renamed(*sources, say=lambda _: "")
        return replace(self.garment, values=kept, tagged=self.garment.tagged & kept.keys(), labels=labels)

    def renamed(self, *sources: str, say: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """Return its names with other words where they speak of some sources.

        Args:
            sources: The sources.
            say: Language -> the words; "" leaves them out.
        """
        found = []
        for number, (text, lang) in enumerate(self.garment.labels):
            places = [m for m in self.mentions if m.label == number and m.source in sources]
            for place in reversed(places):
                said = _cased(say(lang), text[place.start : place.end])
                text = text[: place.start] + said + text[place.end :]
            text = " ".join(text.split()) if places else text
            if text:
                found.append((text, lang))
        return tuple(found)

    def sources(self, pulls: Sequence[Pull]) -> list[Source]:
        """Sum pulls by what they stand on; the sum of all stays the same."""
        sums: dict[str, Source] = {}
        for pull in pulls:
            for kind, name, share in self._shares(pull):
                given = share * np.asarray(pull.logits, dtype=np.float64)
                had = sums.get(name)
                sums[name] = Source(kind, name, given if had is None else had.logits + given, pull.counts)
        return list(sums.values())

    def _shares(self, pull: Pull) -> list[tuple[str, str, float]]:
        """Return the kinds and names of the sources that a pull stands on, and its share for each."""
        if pull.kind in ("rule", "family", "bias", "examples"):
            return [(pull.kind, pull.name, 1.0)]
        kind, _, value = pull.name.partition("=")
        if kind == "is-a":
            below = [key for key in self.values if value in self.ontology.ancestors(key.partition("=")[2])]
            return [("value", key, 1 / len(below)) for key in below] or [(pull.kind, pull.name, 1.0)]
        if kind == "mention":
            owners = self._mentioning(value)
            return [(_kind(name), name, 1 / len(owners)) for name in owners]
        kinds, values = kind.split("*"), [one for one in value.split(" ") if one != "…"]
        if kind == "words":
            kinds = ["word"] * len(values)
        if len(kinds) != len(values):
            return [(pull.kind, pull.name, 1.0)]
        found: list[tuple[str, str, float]] = []
        for own, one in zip(kinds, values, strict=True):
            owners = self._owners(own, one)
            found += [(_kind(name), name, 1 / len(kinds) / len(owners)) for name in owners]
        return found

    def _owners(self, kind: str, value: str) -> list[str]:
        if kind == "form":
            return ["form="]
        return self._words(value) if kind in ("word", "last") else [f"{kind}={value}"]

    def _words(self, word: str) -> list[str]:
        """Return the sources of the places where a word stands in the names; itself where it stands in none."""
        found: dict[str, None] = {}
        for number, (text, _) in enumerate(self.garment.labels):
            for place in _places(word, text):
                own = (m for m in self.mentions if m.label == number and m.start < place[1] and place[0] < m.end)
                found.update((mention.source, None) for mention in own)
        return list(found) or [f"word={word}"]

    def _mentioning(self, concept: str) -> list[str]:
        """Return the sources without which a name does not mention a concept; else those that mention it alone."""
        needed: dict[str, None] = {}
        enough: dict[str, None] = {}
        for place in self.mentions:
            text = self.garment.labels[place.label][0]
            if not self._names_concept(text, concept):
                continue
            if not self._names_concept(f"{text[: place.start]} {text[place.end :]}", concept):
                needed[place.source] = None
            if self._names_concept(text[place.start : place.end], concept):
                enough[place.source] = None
        return list(needed) or list(enough) or [f"mention={concept}"]

    def _names_concept(self, text: str, concept: str) -> bool:
        """Say whether a text mentions a concept or one below it."""
        named = concept_mentions(text, self.ontology)
        return any(concept == iri or concept in self.ontology.ancestors(iri) for iri in named)

    def family_words(self, name: str) -> tuple[str, ...]:
        """Return the sources of the words that make a garment one of a family: its stem's, or the last of its name."""
        kind, _, value = name.partition("=")
        own = [mention for mention in self.mentions if mention.label == 0]
        if kind == "last":
            return tuple(mention.source for mention in own[-1:])
        text, words = self.garment.name, set(value.split(" "))
        return tuple(dict.fromkeys(m.source for m in own if words.intersection(name_words(text[m.start : m.end]))))


def grounds(derivation: Derivation, garment: Garment) -> tuple[str, ...]:
    """Return the keys of a garment's supplied values that a derivation rests on.

    Example:
        >>> from kg_fashion.reasoning.syntax import Pattern
        >>> coat = Garment("1", "urn:1", (), {"material": (terms.KGF.Wool,)})
        >>> leaf = Derivation(Pattern(iri("urn:1"), iri(terms.KGF.material), iri(terms.KGF.Wool)), None)
        >>> [key.replace(terms.KGF, "kgf:") for key in grounds(leaf, coat)]
        ['material=kgf:Wool']
    """
    said = {leaf.triple for leaf in derivation.leaves()}
    return tuple(
        f"{attribute}={value}"
        for attribute, own in garment.values.items()
        for value in own
        if any(
            t.subject == iri(garment.iri) and t.predicate == iri(terms.ATTRIBUTES[attribute]) and t.object == iri(value)
            for t in said
        )
    )


def _kind(name: str) -> str:
    head = name.partition("=")[0]
    return head if head in ("word", "form") else "value"


def _mentions(number: int, text: str, phrases: dict[str, str]) -> list[Mention]:
    """Find the places that say a phrase, the longest first, then the words that are left."""
    found: list[Mention] = []
    free = [True] * len(text)
    by_stem = {singular(phrase): key for phrase, key in phrases.items()}
    chinese = [(phrase, key) for phrase, key in phrases.items() if is_chinese(phrase)]
    spans = [(start, end, by_stem[stem]) for start, end, stem in _windows(text) if stem in by_stem]
    spans += [(*place, key) for phrase, key in chinese for place in _places(phrase, text)]
    for start, end, key in sorted(spans, key=lambda span: span[0] - span[1]):
        if all(free[start:end]):
            free[start:end] = [False] * (end - start)
            found.append(Mention(number, start, end, key))
    for start, end in _pieces(text, free):
        found.append(Mention(number, start, end, f"word={text[start:end]}"))
    return sorted(found, key=lambda mention: mention.start)


def _windows(text: str) -> Iterable[tuple[int, int, str]]:
    """Iterate over neighbouring words: where they start and end, and the key under which plurals meet."""
    words = [(found.start(), found.end()) for found in _LATIN.finditer(text)]
    for first in range(len(words)):
        for start, end in ((words[first][0], last) for _, last in words[first : first + _LONGEST]):
            yield start, end, singular(normalise(text[start:end]))


def _pieces(text: str, free: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Iterate over what is left: words of which nothing was found, and Chinese characters that stand together."""
    for word in WRITTEN_WORD.finditer(text):
        for run in SCRIPT_RUN.finditer(text, word.start(), word.end()):
            start, end = run.span()
            if not is_chinese(run[0]):
                if all(free[start:end]) and any(map(str.isalnum, run[0])):
                    yield start, end
                continue
            for left in re.finditer("1+", "".join("01"[bit] for bit in free[start:end])):
                yield start + left.start(), start + left.end()


def _places(word: str, text: str) -> list[tuple[int, int]]:
    """Return where a word stands; a Latin one not within another."""
    pattern = re.escape(word) if is_chinese(word) else rf"(?<![^\W_一-鿿]){re.escape(word)}(?![^\W_一-鿿])"
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)]


def _cased(word: str, like: str) -> str:
    """Write a word with capitals as another has them.

    Example:
        >>> _cased("linen", "Wool"), _cased("linen", "WOOL"), _cased("linen", "wool")
        ('Linen', 'LINEN', 'linen')
    """
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.title() if like[:1].isupper() else word
