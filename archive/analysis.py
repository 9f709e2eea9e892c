"""Language analysis: text -> the terms under which it is indexed, searched and highlighted.

One way for all languages, without stop words:

1. Words are runs of letters, digits and marks; an apostrophe between letters belongs to the word (UAX #29).
   A coloured emoji is a word of its own.
2. Each word is brought to Unicode's NFKC form and case-folded; soft hyphens and joiners are dropped.
3. Its ending goes by the language's rule (`rule_of`): Snowball where Snowball has the language, the first
   five folded letters where it has not and the language inflects much, nothing otherwise.
4. Scripts that write no blanks between words (and Hangul, whose words carry particles) are cut into pairs of
   characters in every language. The last character of a run also stands alone, so that every character
   begins a term: a search for one character is a search for the terms that begin with it.

Beside it stands the folded form (`fold`): no ending cut off, but diacritics removed and split at apostrophes.
It knows no language: "Pjongjang" finds "Pjöngjang".
"""

import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex
import Stemmer

FOLDED = "folded"
"""The rule of the language-independent form."""

PLAIN = "plain"
"""The rule of languages without endings to cut off, and of unknown ones."""

FIRST5 = "first5"
"""The rule of inflected languages for which Snowball has no stemmer: the first five folded letters."""

WORD_MAX = 100
"""Letters of the longest word; a longer run is cut into several (it is debris such as base64)."""

_LANGUAGES = """
ar arabic, bs serbian, ca catalan, cnr serbian, cs czech, da danish, de german, el greek, en english,
eo esperanto, es spanish, et estonian, eu basque, fa persian, fi finnish, fr french, ga irish, hi hindi,
hr serbian, hu hungarian, hy armenian, id indonesian, it italian, lt lithuanian, nb norwegian, ne nepali,
nl dutch, nn norwegian, no norwegian, pl polish, pt portuguese, ro romanian, ru russian, sh serbian,
sr serbian, st sesotho, sv swedish, ta tamil, tr turkish, yi yiddish
"""
_SNOWBALL = dict(pair.split() for pair in _LANGUAGES.split(","))
_FIRST5 = {"be", "bg", "lv", "mk", "sk", "sl", "uk"}

_ELISIONS = {
    "french": "l d j m t s c n qu jusqu lorsqu puisqu quoiqu",
    "italian": "c l t d n m s v un all dall dell nell sull coll pell gl agl dagl degl negl sugl quest quell",
    "catalan": "d l m n s t",
    "irish": "b d m",
}
_ELIDED = {rule: frozenset(words.split()) for rule, words in _ELISIONS.items()}
"""What stands before an apostrophe and is not part of the word (after Lucene's elision lists)."""

_APOSTROPHES = "'’ʼ＇‘"
_BETWEEN_APOSTROPHES = regex.compile(rf"[^{_APOSTROPHES}]+")
_LETTERS = rf"\w{{1,{WORD_MAX}}}+"
_WORD = regex.compile(
    rf"{_LETTERS}(?:[{_APOSTROPHES}\u00ad\u200c\u200d]{_LETTERS}){{0,3}}+"
    r"|\p{RI}\p{RI}|\p{Emoji_Presentation}\p{EMod}?"
)
_UNSPACED = regex.compile(
    r"(?:[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\u30fc\uff70\uff9e\uff9f\u3099\u309a]\p{M}*+)++"
)
_CHARACTER = regex.compile(r"\X")
_MARK = regex.compile(r"[\p{M}\u00ad\u200c\u200d]")
_SILENT = str.maketrans(dict.fromkeys("\u00ad\u200c\u200d\ufe0f"))
_SAME_APOSTROPHE = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_NO_WORD_CHARACTER = regex.compile(r"[^\w']+")
_DIACRITIC = regex.compile(r"[[\p{M}&&\p{Script=Inherited}]\p{Script=Hebrew}&&\p{M}]", flags=regex.V1)
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
)
"""Latin letters with a stroke or ligature that Unicode does not decompose (as in Lucene's ASCIIFolding)."""


class Token(NamedTuple):
    """One term and where it stands in the text."""

    term: str
    start: int
    end: int


class QueryTerm(NamedTuple):
    """One term of a searched word or phrase."""

    position: int
    """Its place in the sequence, in tokens of the indexed text."""
    term: str
    prefix: bool
    """Whether it stands for all terms that begin with it."""


def rule_of(language: str) -> str:
    """The rule for a BCP 47 code: the name of a Snowball algorithm, `FIRST5` or `PLAIN`."""
    primary = language.partition("-")[0].lower()
    return FIRST5 if primary in _FIRST5 else _SNOWBALL.get(primary, PLAIN)


def analyze(text: str, language: str) -> list[Token]:
    """The tokens of a text in a language, in order; `start` and `end` are character offsets in the text."""
    return list(iter_tokens(text, rule_of(language)))


def fold(text: str) -> list[Token]:
    """The tokens of a text in folded form; "O'Brien" is two."""
    return list(iter_tokens(text, FOLDED))


def iter_tokens(text: str, rule: str) -> Iterator[Token]:
    """The tokens of a text by a rule, one by one."""
    for match in _WORD.finditer(text):
        offset = match.start()
        for term, start, end in _parts(match[0], rule):
            yield Token(term, offset + start, offset + end)


def index_texts(text: str, *rules: str) -> list[str]:
    """The terms of a text by each rule, with blanks between, as `index_term` writes them."""
    words = _WORD.findall(text)
    return [" ".join(map(_indexer(rule), words)) for rule in rules]


def index_term(term: str, rule: str) -> str:
    """A term as it stands in the index: "rule:term", or "term" alone in folded form."""
    return term if rule == FOLDED else f"{rule}:{term}"


@cache
def _indexer(rule: str) -> Callable[[str], str]:
    """The quick way for indexing: one cached look-up a word."""

    start = index_term("", rule)

    @lru_cache(maxsize=1 << 16)
    def indexed(word: str) -> str:
        if word.isascii() or not _UNSPACED.search(word):
            return " ".join([start + part.term for part in _spaced(word, rule)])
        return " ".join([start + part.term for part in _cut(word, rule)])

    return indexed


def query_terms(text: str, rule: str, *, prefix: bool = False) -> list[QueryTerm]:
    """What must stand in a text, in this order, for the searched words to be in it.

    `prefix`: the last word may go on ("rak*"). A single character of an unspaced script is a prefix always.
    """
    found: list[QueryTerm] = []
    position = 0
    paired = False
    for word in _WORD.findall(text):
        for start, end, unspaced in _spans(word):
            parts = _parts(word[start:end], rule)
            paired = unspaced and len(parts) > 1
            kept = parts[:-1] if paired else parts
            found += [
                QueryTerm(position + n, part.term, unspaced and not paired) for n, part in enumerate(kept)
            ]
            position += len(parts)
    if prefix and found and not paired:
        found[-1] = found[-1]._replace(prefix=True)
    return found


def has_words(text: str) -> bool:
    """Whether there is anything in the text that can be searched for."""
    return bool(query_terms(text, FOLDED))


def is_unspaced(text: str) -> bool:
    """Whether all of it is of scripts that are cut into pairs of characters."""
    return _UNSPACED.fullmatch(text) is not None


def _spans(word: str) -> Iterator[tuple[int, int, bool]]:
    """The word's runs: start, end, and whether it is of an unspaced script."""
    if word.isascii() or not _UNSPACED.search(word):
        yield 0, len(word), False
        return
    at = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > at:
            yield at, match.start(), False
        yield match.start(), match.end(), True
        at = match.end()
    if at < len(word):
        yield at, len(word), False


def _cut(word: str, rule: str) -> tuple[Token, ...]:
    """The terms of one word with offsets in it."""
    parts: list[Token] = []
    for start, end, unspaced in _spans(word):
        if unspaced:
            parts += _pairs(word[start:end], start)
        else:
            parts += _spaced(word[start:end], rule, start)
    return tuple(parts)


_parts = lru_cache(maxsize=1 << 15)(_cut)


def _pairs(run: str, offset: int) -> Iterator[Token]:
    """Pairs of neighbouring characters (with their marks), then the last one alone."""
    if len(run) > 1 and unicodedata.is_normalized("NFKC", run) and not _MARK.search(run):  # the usual case
        last = len(run) - 1
        for at in range(last):
            yield Token(run[at : at + 2], offset + at, offset + at + 2)
        yield Token(run[last], offset + last, offset + last + 1)
        return
    characters = [
        Token(normal, offset + match.start(), offset + match.end())
        for match in _CHARACTER.finditer(run)
        if (normal := unicodedata.normalize("NFKC", match[0].translate(_SILENT)))
    ]
    for first, second in pairwise(characters):
        yield Token(first.term + second.term, first.start, second.end)
    yield from characters[-1:]


def _spaced(word: str, rule: str, offset: int = 0) -> Iterator[Token]:
    """The terms of a word that is written with blanks around it."""
    if rule == FOLDED:
        for part in _BETWEEN_APOSTROPHES.finditer(word):
            if term := _folded(part[0]):
                yield Token(term, offset + part.start(), offset + part.end())
        return
    normal = _normal(word)
    start = 0
    if "'" in normal:
        normal, start = _without_apostrophe(normal, rule)
    if term := _stem(normal, rule):
        yield Token(term, offset + start, offset + len(word))


def _normal(word: str) -> str:
    if word.isascii():
        return word.lower().strip("_")
    word = unicodedata.normalize("NFKC", word.translate(_SILENT)).casefold()
    word = unicodedata.normalize("NFKC", word).translate(_SAME_APOSTROPHE)
    if word.isalnum():
        return word
    return (_NO_WORD_CHARACTER.sub("", word) or word).strip("_")  # an emoji has no word character


def _folded(word: str) -> str:
    normal = _normal(word)
    if normal.isascii():
        return normal
    bare = _DIACRITIC.sub("", unicodedata.normalize("NFKD", normal))
    return unicodedata.normalize("NFC", bare.translate(_NOT_DECOMPOSED)).casefold()


def _without_apostrophe(word: str, rule: str) -> tuple[str, int]:
    """The word without its article ("l'"), or its Turkish ending, and how many characters went before it."""
    before, _, after = word.partition("'")
    if before in _ELIDED.get(rule, ()) and after:
        return after.replace("'", ""), len(before) + 1
    if rule == "turkish" and before:
        return before, 0
    return (word, 0) if rule == "english" else (word.replace("'", ""), 0)


def _stem(word: str, rule: str) -> str:
    if rule == PLAIN or not word:
        return word
    if rule == FIRST5:
        folded = _folded(word).replace("'", "")
        return folded[:5] if folded.isalpha() else folded
    stem: str = _stemmer(rule).stemWord(word)
    return stem or word


_of_thread = threading.local()


def _stemmer(algorithm: str) -> "Stemmer.Stemmer":
    """This thread's stemmer: a stemmer must not be used by two threads at once."""
    stemmers = _of_thread.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmers[algorithm]
