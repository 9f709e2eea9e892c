"""Language analysis: text -> the terms under which it is indexed, searched and highlighted.

One way for all languages, without stop words. archive/elastic/analyzers.py gives Elasticsearch the
same rules; benchmarks/analysis.py measures how far the two agree.

1. A word is a run of letters, marks, digits and underscores (`WORD_CHARACTERS`), cut after `WORD_MAX`. An
   apostrophe (`APOSTROPHES`) between two letters or two digits belongs to it. All else cuts: . : , ; · and "
   between letters, № and ½ too. Two regional indicators or a coloured emoji with its skin tone are a word.
2. `SILENT` characters are dropped and cut nothing.
3. The word is brought to Unicode's NFKC form and case-folded; apostrophes become ', outer underscores go.
4. What stands before its first apostrophe goes if it is an article (`ELISIONS`), in Turkish what stands
   after it; then its apostrophes, but not in English, whose stemmer knows them.
5. Its ending goes by the language's rule (`rule_of`).
6. Scripts that write no blanks between words (and Hangul, whose words carry particles) are cut into pairs of
   characters in every language. The last character of a run also stands alone, so that every character
   begins a term: a search for one character is a search for the terms that begin with it.

Beside it stands the folded form (`FOLDED`): no ending cut off, no diacritics, split at
apostrophes. It knows no language: "Pjongjang" finds "Pjöngjang".
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
"""The rule of inflected languages that one back end has no stemmer for: the first five folded letters."""

PERSIAN = "persian"
"""The rule of Persian: `PERSIAN_LETTERS` are made one, then `PERSIAN_ENDING` is cut off."""

PERSIAN_ENDING = "(?<=..)ها(?:یی?)?$"
"""The plural's endings, after two letters at least; read alike by Python and Java."""

PERSIAN_LETTERS = {"ي": "ی", "ى": "ی", "ك": "ک"}
"""Arabic letters that Persian text is also typed with."""

WORD_MAX = 100
"""Characters of the longest word; a longer run is cut into several (it is debris such as base64)."""

_RULES = """
ar arabic, be first5, bg first5, bs serbian, ca catalan, cnr serbian, cs first5, da danish, de german,
el greek, en english, eo first5, es spanish, et estonian, eu basque, fa persian, fi finnish, fr french,
ga irish, hi hindi, hr serbian, hu hungarian, hy armenian, id indonesian, it italian, lt lithuanian,
lv first5, mk first5, nb norwegian, ne nepali, nl dutch_porter, nn norwegian, no norwegian, pl first5,
pt portuguese, ro romanian, ru russian, sh serbian, sk first5, sl first5, sr serbian, sv swedish, ta tamil,
tr turkish, uk first5, yi yiddish
"""
LANGUAGES = dict(pair.split() for pair in _RULES.split(","))
"""ISO 639 code -> rule, of all languages whose rule is not `PLAIN`."""

SNOWBALL_RULES = tuple(dict.fromkeys(rule for rule in LANGUAGES.values() if rule not in (FIRST5, PERSIAN)))
"""The rules that are Snowball algorithms, by PyStemmer's names."""

ELISIONS = {
    "french": "l d j m t s c n qu jusqu lorsqu puisqu quoiqu",
    "italian": "c l t d n m s v un all dall dell nell sull coll pell gl agl dagl degl negl sugl quest quell",
    "catalan": "d l m n s t",
    "irish": "b d m",
}
"""Rule -> what stands before an apostrophe and is not part of the word (after Lucene's elision lists)."""

APOSTROPHES = "'’ʼ＇‘"
"""The characters that are read as an apostrophe."""

SILENT = (
    "\u00ad\u061c\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufe0f\ufeff"
)
"""The characters that are dropped: soft hyphen, joiners, direction marks, variation selector, BOM."""

WORD_CHARACTERS = r"\w²³¹⁰⁴-⁹₀-₉"
"""What words are made of, as a class of a regular expression: with the small digits of m² and CO₂."""

_BETWEEN_APOSTROPHES = regex.compile(rf"[^{APOSTROPHES}]+")
_LETTERS = rf"[{WORD_CHARACTERS}][{WORD_CHARACTERS}{SILENT}]{{0,{WORD_MAX - 1}}}+"
_JOINED = rf"(?:(?<=[\p{{L}}\p{{M}}])[{APOSTROPHES}](?=\p{{L}})|(?<=\d)[{APOSTROPHES}](?=\d))"
_WORD = regex.compile(
    rf"{_LETTERS}(?:{_JOINED}{_LETTERS}){{0,3}}+|\p{{RI}}\p{{RI}}|\p{{Emoji_Presentation}}\p{{EMod}}?"
)
_UNSPACED = regex.compile(
    r"(?:[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    rf"\u30fc\uff70\uff9e\uff9f\u3099\u309a][\p{{M}}{SILENT}]*+)++"
)
_MARK = regex.compile(rf"[\p{{M}}{SILENT}]")
_SILENT = str.maketrans(dict.fromkeys(SILENT))
_SAME_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
_SAME_LETTER = str.maketrans(PERSIAN_LETTERS)
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
    """The rule for a BCP 47 code: one of `SNOWBALL_RULES`, `FIRST5`, `PERSIAN` or `PLAIN`."""
    return LANGUAGES.get(language.partition("-")[0].lower(), PLAIN)


def iter_tokens(text: str, rule: str) -> Iterator[Token]:
    """The tokens of a text by a rule, in order; `start` and `end` are character offsets in the text."""
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
        yield from (Token(run[at : at + 2], offset + at, offset + at + 2) for at in range(len(run) - 1))
        yield Token(run[-1], offset + len(run) - 1, offset + len(run))
        return
    characters = [
        Token(normal, offset + match.start(), offset + match.end())
        for match in regex.finditer(r"\X", run)
        if (normal := unicodedata.normalize("NFKC", match[0].translate(_SILENT)))
    ]
    for first, second in pairwise(characters):
        yield Token(first.term + second.term, first.start, second.end)
    yield from characters[-1:]


def _spaced(word: str, rule: str, offset: int = 0) -> Iterator[Token]:
    """The terms of a word that is written with blanks around it."""
    if rule == FOLDED:
        for part in _BETWEEN_APOSTROPHES.finditer(word):
            if term := folded_word(part[0]):
                yield Token(term, offset + part.start(), offset + part.end())
        return
    normal = normal_word(word)
    normal, start = _without_apostrophe(normal, rule) if "'" in normal else (normal, 0)
    if term := _stem(normal, rule):
        yield Token(term, offset + start, offset + len(word))


def normal_word(word: str) -> str:
    """Steps 2 and 3: a word as it is before its ending is cut off."""
    if word.isascii():
        return word.lower().strip("_")
    word = unicodedata.normalize("NFKC", word.translate(_SILENT)).casefold()
    word = unicodedata.normalize("NFKC", word).translate(_SAME_APOSTROPHE)
    if word.isalnum():
        return word
    return (_NO_WORD_CHARACTER.sub("", word) or word).strip("_")  # an emoji has no word character


def folded_word(word: str) -> str:
    """A word without apostrophes in folded form."""
    normal = normal_word(word)
    if normal.isascii():
        return normal
    bare = _DIACRITIC.sub("", unicodedata.normalize("NFKD", normal))
    return unicodedata.normalize("NFC", bare.translate(_NOT_DECOMPOSED)).casefold()


def _without_apostrophe(word: str, rule: str) -> tuple[str, int]:
    """The word without its article ("l'"), or its Turkish ending, and how many characters went before it."""
    before, _, after = word.partition("'")
    if after and before in ELISIONS.get(rule, "").split():
        return after.replace("'", ""), len(before) + 1
    if rule == "turkish" and before:
        return before, 0
    return (word, 0) if rule == "english" else (word.replace("'", ""), 0)


def _stem(word: str, rule: str) -> str:
    if rule == PLAIN or not word:
        return word
    if rule == FIRST5:
        folded = folded_word(word)
        return folded[:5] if folded.isalpha() else folded
    if rule == PERSIAN:
        return regex.sub(PERSIAN_ENDING, "", word.translate(_SAME_LETTER))
    stem: str = _stemmer(rule).stemWord(word)
    return stem or word


_of_thread = threading.local()


def _stemmer(algorithm: str) -> "Stemmer.Stemmer":
    """This thread's stemmer: a stemmer must not be used by two threads at once."""
    stemmers = _of_thread.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmers[algorithm]
