"""Words to values: the ontology's labels in both languages, and the catalogue's own overrides."""

from collections.abc import Iterable, Mapping

from kg_fashion import terms
from kg_fashion.catalog.words import normalise
from kg_fashion.ontology import Ontology


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
        self._overrides = overrides or {}

    def words(self, attribute: str) -> Mapping[str, str]:
        """Return normalised word -> IRI for an attribute; a preferred label wins over an alternative one."""
        if attribute not in self._words:
            found: dict[str, str] = {}
            values = () if attribute in ("brand", "warmth") else self._ontology.values(attribute)
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
        """Return the IRI of a word, None where the ontology does not know it."""
        return self.words(attribute).get(normalise(word))
