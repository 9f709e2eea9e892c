"""Names in a text, brought to forms that meet the same name in other languages and scripts.

Wladimir, Владимира and Vladimir are one by their `sounds`, and so are the words that languages share:
Sanktionen, sanciones, санкции. Kim Jong Un, Ким Чен Ын, 김정은 and كيم جونغ أون are one by `consonants`,
a weaker sign. Chinese characters are read by their own sound: 金正恩 and 普京 meet nothing outside Chinese.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from pipelines.text.frequency import word_rarity
from pipelines.text.terms import HANGUL, UNSPACED, WordSpan, bare, fold, primary

SOUND_LETTERS = 5
"""Letters of a word's sound that count; endings come later. Dev nDCG@10 across languages: 4 .732, 5 .751, 6
.741."""

LONGEST_JOINED = 14
"""Letters of a name of two or three words that other languages may write as one (Kim Jong Un, 김정은)."""

LONGEST_UNLISTED_NAME = 9
"""Letters. A longer German noun that no list has is a compound, not a name."""

LONGEST_SYLLABLE = 3
"""Letters. Such a word after a capital belongs to the name, though it may be a small word too: French "Kim
Jong Un"."""

COMMON_RARITY = 5.0
"""A word at the start of a sentence that is less rare (`frequency.rarity`) is no name: some 60 in a
million."""

_CAPITAL_NOUNS = frozenset({"de", "lb"})
_NO_LETTER = re.compile("[^a-z]+")
_HISS = "schtsch|shch|tsch|tch|sch|sh|sz|ch|zh|ts|tz|cz|dzh|dj"
_SOUND_OF = {"ph": "f", "th": "t", "w": "v", "y": "i", "j": "i", "x": "ks", "ou": "u", "oo": "u", "h": ""}
_SOUND_OF |= dict.fromkeys((*_HISS.split("|"), "z"), "s") | dict.fromkeys(("ck", "kh", "c", "q"), "k")
_SOUND = re.compile(f"{_HISS}|z|ck|kh|c|q|ph|th|w|y|j|x|ou|oo|h")
_DOUBLE = re.compile(r"(.)\1+")
_CONSONANT = re.compile(
    f"(?P<S>{_HISS}|[zjsx]|c(?=[eiy]))|(?P<N>ng|n)|(?P<B>ph|[bpfv])|(?P<D>th|[dt])|(?P<K>ck|kh|gh|[ckgq])"
    "|(?P<L>[lr])|(?P<M>m)|[a-z]+?"
)
_GENITIVE = re.compile("(?<=[bdfgkmnprtv])s$")
_KATAKANA_NAME = re.compile("[\u30a1-\u30fa\u30fc]{2,30}(?:[・=＝][\u30a1-\u30fa\u30fc]+)*")
_JOINS = frozenset((" ", "-", "\u2010", "\u2011", "'", "\u2019"))
_ENDS_SENTENCE = re.compile('[.!?:\n\u201e\u201c\u201d"\u00ab\u00bb\u2013\u2014]')
_DIGRAPH = re.compile(
    # Japanese writes "ti" (Putin, プーチン) with the sign for "chi", Greek u, b, d, g with two letters.
    "(?P<ti>チ(?![ャュョェァ]))|(?P<u>[Οο][υύ])|(?P<b>[Μμ]π)|(?P<d>[Νν]τ)|(?P<g>[Γγ]κ)"
)
_NO_VOWELS = re.compile("[\u0590-\u07ff\u08a0-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


class Name(NamedTuple):
    """A word that may be (part of) a name."""

    word: str
    """Without particles written onto it; two or three words in one if `joined`."""
    spelling: str
    """As the text has it, with the words of the name around it: "Kim Jong Un"."""
    sure: bool
    """By its capital, in the middle of a sentence; words of a script without capitals are never sure."""
    joined: bool = False
    times: int = 1
    """How often it is there."""


@lru_cache(maxsize=50_000)
def sounds(word: str) -> str:
    """The word's beginning as it sounds, in a to z; empty where too little is left to compare."""
    letters = _DOUBLE.sub(r"\1", _SOUND.sub(lambda found: _SOUND_OF[found.group()], _roman(word)))
    letters = _GENITIVE.sub("", letters[: SOUND_LETTERS + 1].rstrip("aeiou"))[:SOUND_LETTERS]
    return letters if len(letters) > 2 else ""


@lru_cache(maxsize=50_000)
def consonants(word: str) -> str:
    """Classes of the word's consonants in capitals, b = p = f = v, l = r and so on; empty below three."""
    letters = _roman(word)
    if has_capitals(word):  # w is a vowel where Arabic, Hebrew, hangul and kana are written in Latin letters
        letters = letters.replace("w", "v")
    if len(letters) > 4:
        letters = _GENITIVE.sub("", letters)
    classes = _DOUBLE.sub(r"\1", _CONSONANT.sub(lambda found: found.lastgroup or " ", letters)).replace(
        " ", ""
    )
    return classes if len(classes) > 2 else ""


def has_capitals(word: str) -> bool:
    """Whether its script has capitals, as Latin, Greek and Cyrillic have."""
    return word[0].lower() != word[0].upper()


def has_vowels(word: str) -> bool:
    """Whether its script writes all vowels: Arabic and Hebrew do not."""
    return not _NO_VOWELS.match(word)


def names(text: str, spans: Sequence[WordSpan], language: str, leave_out: Collection[str]) -> Iterator[Name]:
    """Words of the text that may be names; `spans` are its words, and those to leave out are countries."""
    uncased: Counter[str] = Counter()
    lower = {word.casefold() for word, _, _ in spans if word[0].islower()}
    run: list[_Capital] = []
    before = 0
    for word, start, end in spans:
        gap = text[before:start] if before else "."
        known_small = word.casefold() in lower and not (run and len(word) <= LONGEST_SYLLABLE)
        capital = word[0].isupper() and len(word) > 1 and not known_small and word not in leave_out
        if run and not (capital and gap in _JOINS):
            yield from _run(text, run, language)
            run = []
        if capital:
            run.append(_Capital(word, start, end, opens=bool(_ENDS_SENTENCE.search(gap))))
        elif not (word.isascii() or has_capitals(word) or word in leave_out):
            uncased[word] += 1
        before = end
    yield from _run(text, run, language)
    for word, times in uncased.items():
        yield from _uncased(word, times, language)


class _Capital(NamedTuple):
    word: str
    start: int
    end: int
    opens: bool  # its sentence


def _run(text: str, run: list[_Capital], language: str) -> Iterator[Name]:
    """Names of a run of capitals; common words at its ends ("Präsident", "Para") are none, or unsure ones."""
    common = [_is_common(capital, language) for capital in run]
    ends = [at for at, is_common in enumerate(common) if not is_common]
    first, last = (ends[0], ends[-1] + 1) if ends else (0, 0)
    for capital in (*run[:first], *run[last:]):
        yield Name(capital.word, capital.word, sure=False)
    run = run[first:last]
    if not run:
        return
    several = 1 < len(run) <= 4
    spelling = text[run[0].start : run[-1].end] if several else ""
    for word, _, _, opens in run:
        yield Name(word, spelling or word, several or not opens)
    joined = "".join(capital.word for capital in run)
    if 1 < len(run) <= 3 and len(joined) <= LONGEST_JOINED:
        yield Name(joined, spelling, sure=True, joined=True)


def _is_common(capital: _Capital, language: str) -> bool:
    """Whether the capital is one of grammar: the first word of a sentence, and every noun of German."""
    word, code = capital.word.casefold(), primary(language)
    if code in _CAPITAL_NOUNS:
        if word in word_rarity(code):
            return word not in word_rarity("en")
        return len(word) > LONGEST_UNLISTED_NAME
    return capital.opens and word_rarity(code)[word] < COMMON_RARITY


def _uncased(word: str, times: int, language: str) -> Iterator[Name]:
    if word[0].isdigit():
        return
    if not UNSPACED.match(word):
        *_, rest = bare(fold(word), language)
        yield Name(rest, rest if HANGUL.match(word) else word, sure=False, times=times)
        return
    for found in _KATAKANA_NAME.finditer(word):
        parts = re.split("[・=＝]", found.group())
        for part in parts:
            yield Name(part, found.group(), sure=len(parts) > 1, times=times)
        if 1 < len(parts) <= 3:
            yield Name("".join(parts), found.group(), sure=True, joined=True, times=times)


def _roman(word: str) -> str:
    """The word in a to z."""
    if not word.isascii():
        word = _DIGRAPH.sub(lambda found: found.lastgroup or "", word)
    return _NO_LETTER.sub("", anyascii(word).lower())
