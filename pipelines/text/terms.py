"""Words of a text, and the form in which two inflections of one word meet.

A term is the stem of a word (Snowball, by language), the first five folded letters where Snowball has no
stemmer for the language, or a pair of neighbouring letters where words are not parted by spaces (Chinese,
Japanese, Thai ...) or carry their endings as syllables (Korean).
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator

import Stemmer

_MARKS = "".join(chr(code) for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code))[0] == "M")
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"  # kana with its marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
UNSPACED = re.compile(f"[{_UNSPACED}]")
"""One character of a script that does not part words by spaces."""

_TOKEN = re.compile(
    f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}][^\\W_{_UNSPACED}{_MARKS}]*(?:[{_MARKS}]+[^\\W_{_UNSPACED}]*)*"
)
HANGUL = re.compile("[\uac00-\ud7a3]")
"""One syllable of Korean."""


FOLDED_LENGTH = 5
"""Letters that stand for a word where there is no stemmer; the search index cuts at the same length."""

_SNOWBALL = {
    "ar": "arabic", "bs": "serbian", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hr": "serbian",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


_CLITICS = {
    # Conjunction and preposition, then the article as well: "wa-", "bi-", "al-"; Hebrew "ve-", "ha-" ...
    "ar": (re.compile("^[وف]?[بلك]?(?=...)"), re.compile("^[وف]?(?:[بك]?ال|لل)(?=...)")),
    "he": (re.compile("^[ושכ](?=...)"), re.compile("^[ושכ]?[הבלמש](?=...)")),
    "ko": (re.compile("(?<=..)(?:에서는?|에게|으로|이?라고|까지|부터|[은는이가을를의에와과도로])$"),),
}

WordSpan = tuple[str, int, int]
"""A word in its own spelling, its start and its end in the text."""


class _Stemmers(threading.local):
    """One stemmer per language and thread: a PyStemmer object must not be shared."""

    def __init__(self) -> None:
        self._by_name: dict[str, Stemmer.Stemmer] = {}

    def of(self, name: str) -> Stemmer.Stemmer:
        if name not in self._by_name:
            self._by_name[name] = Stemmer.Stemmer(name)
        return self._by_name[name]


_stemmers = _Stemmers()


def primary(language: str) -> str:
    """The language of a BCP 47 code without script and region: "zh-Hant" is "zh"; "" stays ""."""
    return re.split("[-_]", language.strip().lower(), maxsplit=1)[0]


def normalised(text: str) -> str:
    """Unicode NFKC: the form in which texts are compared."""
    return unicodedata.normalize("NFKC", text)


def words(text: str) -> list[str]:
    """The words of the text in their own spelling (NFKC); a stretch without spaces is one word."""
    return _TOKEN.findall(normalised(text))


def word_spans(text: str) -> list[WordSpan]:
    """Words as `words` gives them with start and end in the text, which must be `normalised`."""
    return [(found.group(), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def stems(spellings: Iterable[str], language: str) -> Iterator[tuple[str, str]]:
    """Pairs of (term, spelling) for each word, in order. Numbers and single letters give none."""
    name = _SNOWBALL.get(primary(language))
    stem = _stemmers.of(name).stemWord if name else _cut
    for spelling in spellings:
        word = spelling.casefold()
        if not word.isascii() and (UNSPACED.match(word) or HANGUL.match(word)):
            yield from ((pair, spelling) for pair in pairs(word))
        elif len(word) > 1 and not word.isnumeric():
            yield stem(word), spelling


def pairs(word: str) -> Iterator[str]:
    """Neighbouring letters: "abc" gives "ab", "bc"; a single letter gives itself."""
    if len(word) == 1:
        yield word
    for start in range(len(word) - 1):
        yield word[start : start + 2]


def fold(word: str) -> str:
    """Lower case without accents: "Pjöngjang" is "pjongjang"."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def _cut(word: str) -> str:
    return fold(word)[:FOLDED_LENGTH]


def bare(folded: str, language: str) -> Iterator[str]:
    """The word, then what is left of it without the particles that some languages write onto it."""
    yield folded
    for clitics in _CLITICS.get(primary(language), ()):
        rest = clitics.sub("", folded)
        if rest != folded and len(rest) > 1:
            yield rest
