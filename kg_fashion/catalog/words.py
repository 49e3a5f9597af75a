"""How words of catalogues are compared: Unicode form, case, hyphens; and how names are cut into tokens."""

import re
import unicodedata

_TOKEN = re.compile(r"[^\W_]*[一-鿿][^\W_]*|[^\W_]+")
WRITTEN_WORD = re.compile(r"[\w'&.-]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
SCRIPT_RUN = re.compile(r"[^一-鿿]+|[一-鿿]+")
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
    """Cut a name into words; Chinese characters with the letters that touch them are one, a possessive s is dropped.

    Example:
        >>> tokens("Numero Uno Men's T-Shirt"), tokens("羊毛西装 V领")
        (['numero', 'uno', 'men', 't', 'shirt'], ['羊毛西装', 'v领'])
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    folded = plain.casefold().replace("'s ", " ").replace("’s ", " ")
    return _TOKEN.findall(folded)


def written_words(name: str) -> list[str]:
    """Return the words of a name as they are written; neighbouring Chinese characters are paired.

    Capitals, plurals and signs inside a word are kept: shops change their way of writing with the collection.

    Example:
        >>> written_words("ADIDAS Men's T-Shirts 羊毛西装")
        ['ADIDAS', "Men's", 'T-Shirts', '羊毛', '毛西', '西装']
    """
    return _paired(WRITTEN_WORD.findall(name))


def name_words(name: str) -> list[str]:
    """Return the words of a name as features: Latin words, and pairs of neighbouring Chinese characters.

    Example:
        >>> name_words("Slim 羊毛西装")
        ['slim', '羊毛', '毛西', '西装']
    """
    return _paired(tokens(name))


def _paired(words: list[str]) -> list[str]:
    """Part words where the script changes, and cut Chinese ones into pairs of neighbouring characters."""
    if "".join(words).isascii():
        return words
    found = []
    for part in (part for word in words for part in SCRIPT_RUN.findall(word)):
        pairs = is_chinese(part) and len(part) > 1
        found += [part[i : i + 2] for i in range(len(part) - 1)] if pairs else [part]
    return found


def header_words(header: str) -> tuple[str, ...]:
    """Return the words of a column's name, without accents: cut at spaces, signs and where small letters turn capital.

    Example:
        >>> header_words("productDisplayName"), header_words("des_sex"), header_words("Género")
        (('product', 'display', 'name'), ('des', 'sex'), ('genero',))
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", header) if not unicodedata.combining(c))
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", plain))
    return tuple(word.casefold() for word in re.findall(r"[^\W_]+", text))


def is_chinese(text: str) -> bool:
    """Say whether a text has a Chinese character.

    Example:
        >>> is_chinese("v领"), is_chinese("polo")
        (True, False)
    """
    return not text.isascii() and any("一" <= character <= "鿿" for character in text)
