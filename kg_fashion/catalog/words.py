"""How words of catalogues are compared: Unicode form, case, hyphens; and how names are cut into tokens."""

import re
import unicodedata

_TOKEN = re.compile(r"[^\W_一-鿿]+|[一-鿿]+")
_BREAK = re.compile(r"[\s\-_/]+")

_PLURALS = (
    (re.compile(r"(?<=ar)ves$"), "f"),
    (re.compile(r"(?<=[^\W\d_]{3})ies$"), "y"),
    (re.compile(r"(?<=s|x)es$|(?<=ch|sh)es$"), ""),
    (re.compile(r"(?<=[^\W\d_]{2})(?<![su])s$"), ""),
)


def normalise(text: str) -> str:
    """Return the form in which words are compared: NFKC, case folded, hyphens and slashes as single spaces.

    Example:
        >>> normalise(" Flip-Flops "), normalise("Ｔ恤")
        ('flip flops', 't恤')
    """
    return _BREAK.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def singular(text: str) -> str:
    """Return the key under which a normalised English phrase meets its plural: its last word without plural and e.

    Example:
        >>> singular("cocktail dresses") == singular("cocktail dress"), singular("briefcases") == singular("briefcase")
        (True, True)
        >>> singular("scarves")
        'scarf'
    """
    for pattern, ending in _PLURALS:
        found, count = pattern.subn(ending, text)
        if count:
            return found.removesuffix("e")
    return text.removesuffix("e")


def tokens(text: str) -> list[str]:
    """Cut a name into words; a run of Chinese characters is one token, a possessive s is dropped.

    Example:
        >>> tokens("Numero Uno Men's T-Shirt"), tokens("羊毛西装 V领")
        (['numero', 'uno', 'men', 't', 'shirt'], ['羊毛西装', 'v', '领'])
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'s ", " ").replace("’s ", " ")
    return _TOKEN.findall(folded)


def name_words(name: str) -> list[str]:
    """Return the words of a name as features: Latin words, and pairs of neighbouring Chinese characters.

    Example:
        >>> name_words("Slim 羊毛西装")
        ['slim', '羊毛', '毛西', '西装']
    """
    found = []
    for token in tokens(name):
        chinese = "一" <= token[0] <= "鿿" and len(token) > 1
        found += [token[i : i + 2] for i in range(len(token) - 1)] if chinese else [token]
    return found
