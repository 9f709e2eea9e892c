"""The rules of archive/analysis.py as Elasticsearch analyzers, so that both back ends find the same articles.

Words are cut by the standard tokenizer (UAX #29). What differs from our own rules is mended before it, in one
pass of a `mapping` char filter whose rules are made from the very functions of archive/analysis.py: Unicode's
compatibility forms, case folding where it is more than lower case, combined letters, apostrophes,
punctuation that UAX #29 would join, and a blank before each character of the scripts of South-East Asia.
Chinese, Japanese and Korean are indexed by characters and pairs of them and searched by pairs.

For each rule there are two analyzers: `text_RULE` for the index and `text_RULE_search` for queries; likewise
`folded`. `MIXED` ones have a third, `..._characters`, for the few queries that need it. None needs a plugin:
Elasticsearch's own modules have all parts.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

import regex

from archive.analysis import (
    APOSTROPHES,
    ELISIONS,
    FIRST5,
    FOLDED,
    PERSIAN,
    PERSIAN_ENDING,
    PERSIAN_LETTERS,
    PLAIN,
    SILENT,
    SNOWBALL_RULES,
    WORD_CHARACTERS,
    WORD_MAX,
    folded_word,
    normal_word,
    rule_of,
)

KOREAN = "korean"
"""A rule that only this side needs: the tokenizer leaves Hangul and neighbouring digits or Latin letters
together. To cut between them costs time with each character, so it is done in Korean texts alone."""

_BEFORE_HANGUL = r"[\p{L}\p{N}'&&[^\p{IsHangul}\p{IsHan}\p{IsHiragana}\p{IsKatakana}]]"
_CUT_HANGUL = {
    "hangul_begins": (rf"(\p{{IsHangul}})(?<={_BEFORE_HANGUL}.)", " $1"),
    "hangul_ends": (rf"(\p{{IsHangul}})(?={_BEFORE_HANGUL})", "$1 "),
}

_BLOCKS = [(0x80, 0x1300), (0x1E00, 0x1F00), (0x2000, 0x2100), (0xFB00, 0xFB50)]
"""Code points that get a rule of their own: Latin, Greek, Cyrillic, Hebrew, Arabic, Indic letters, small
digits, ligatures. Left out are full-width forms (`cjk_width` folds these) and what no news text needs:
phonetic, Cherokee, circled and mathematical letters, Greek with breathings, Arabic presentation forms.
Each rule costs time when an index is made: Elasticsearch copies all of them for each analyzer."""

_SOUTH_EAST_ASIAN = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\u3099\u309a]"
)
_JOINING = regex.compile(
    r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}\p{WB=Numeric}\p{WB=MidLetter}\p{WB=MidNum}\p{WB=MidNumLet}"
    r"\p{WB=Double_Quote}\p{WB=ExtendNumLet}]"
)
_WORD = regex.compile(f"[{WORD_CHARACTERS}]")
_SYMBOL = regex.compile(r"[\p{Extended_Pictographic}--\p{Emoji_Presentation}]", flags=regex.V1)
_PUNCTUATION = ((0x21, 0x3400), (0xFE10, 0xFFF0))
"""Code points that are looked through for what cuts words."""

_SNOWBALL_NAMES = {"dutch_porter": "Dutch"}
"""Lucene's name of a Snowball algorithm where it is not ours with a capital letter."""

SEARCH, CHARACTERS = "_search", "_characters"
_CUTS = {
    "": ["characters_and_pairs"],
    SEARCH: ["pairs"],
    CHARACTERS: ["characters_and_pairs", "characters"],
}
"""How each kind of analyzer ends. A run of n characters has n places in the index; by pairs it has n - 1 in a
query, so that a phrase which goes on behind it is searched by characters."""

MIXED = (FOLDED, PLAIN, KOREAN)
"""The rules that have an analyzer for such phrases; elsewhere their folded words are enough."""

RULES = (PLAIN, KOREAN, FIRST5, PERSIAN, *SNOWBALL_RULES)
"""All rules a language can have (`rule_for`)."""


def rule_for(language: str) -> str:
    """The rule for a BCP 47 code: `archive.analysis.rule_of`'s, or `KOREAN`."""
    return KOREAN if language.partition("-")[0].lower() == "ko" else rule_of(language)


def text_analyzer(rule: str) -> str:
    """The index analyzer of a rule; with `SEARCH` or `CHARACTERS` after it those for queries."""
    return FOLDED if rule == FOLDED else f"text_{rule}"


@cache
def analysis() -> dict[str, Any]:
    """The `analysis` object of the index settings."""
    analyzers: dict[str, Any] = {}
    for rule in (*RULES, FOLDED):
        for suffix, cut in _CUTS.items():
            if suffix == CHARACTERS and rule not in MIXED:
                continue
            analyzers[text_analyzer(rule) + suffix] = {
                "char_filter": _char_filters(rule),
                "tokenizer": "words",
                "filter": ["lowercase", "cjk_width", *_token_filters(rule), "not_empty", *cut],
            }
    return {
        "char_filter": {
            "normal": _mapping({**_breaks(), **_normal_forms(), **dict.fromkeys(APOSTROPHES, "'")}),
            "folded": _mapping({**_breaks(), **_folded_forms()}),
            "one_apostrophe": _mapping(dict.fromkeys(APOSTROPHES[1:], "'")),
            "no_apostrophe": _mapping(dict.fromkeys(APOSTROPHES, " ")),
            "persian_letters": _mapping(PERSIAN_LETTERS),
            **{
                name: {"type": "pattern_replace", "pattern": pattern, "replacement": replacement}
                for name, (pattern, replacement) in _CUT_HANGUL.items()
            },
        },
        "tokenizer": {"words": {"type": "standard", "max_token_length": WORD_MAX}},
        "filter": _filters(),
        "analyzer": analyzers,
    }


def _char_filters(rule: str) -> list[str]:
    special = {
        FOLDED: ["no_apostrophe", "folded"],
        FIRST5: ["one_apostrophe", "folded"],
        PERSIAN: ["normal", "persian_letters"],
        KOREAN: ["normal", *_CUT_HANGUL],
    }
    return special.get(rule, ["normal"])


def _token_filters(rule: str) -> list[str]:
    if rule == FOLDED:
        return ["no_underscore"]
    if rule == FIRST5:
        return ["bare", "first5"]
    before = {"turkish": ["apostrophe"], "english": []}.get(rule, ["bare"])
    if rule in ELISIONS:
        before = [f"elision_{rule}", *before]
    ending = {PLAIN: [], KOREAN: [], PERSIAN: ["persian_ending"]}.get(rule, [f"snowball_{rule}"])
    return ["no_underscore", *before, *ending]


def _filters() -> dict[str, Any]:
    filters: dict[str, Any] = {
        "no_underscore": {"type": "pattern_replace", "pattern": "^_+|_+$", "replacement": ""},
        "bare": {"type": "pattern_replace", "pattern": "'|^_+|_+$", "replacement": ""},
        "first5": {"type": "pattern_replace", "pattern": r"^(\p{L}{5})\p{L}+$", "replacement": "$1"},
        "not_empty": {"type": "length", "min": 1},
        "persian_ending": {"type": "pattern_replace", "pattern": PERSIAN_ENDING, "replacement": ""},
        "characters_and_pairs": {"type": "cjk_bigram", "output_unigrams": True},
        "pairs": {"type": "cjk_bigram"},
        "characters": {"type": "keep_types", "types": ["<DOUBLE>"], "mode": "exclude"},
    }
    for rule, articles in ELISIONS.items():
        filters[f"elision_{rule}"] = {
            "type": "elision",
            "articles": sorted(articles.split()),
            "articles_case": True,
        }
    for rule in SNOWBALL_RULES:
        name = _SNOWBALL_NAMES.get(rule, rule.capitalize())
        filters[f"snowball_{rule}"] = {"type": "snowball", "language": name}
    return filters


def _mapping(forms: dict[str, str]) -> dict[str, Any]:
    rules = [f"{_escaped(text)}=>{_escaped(form)}" for text, form in sorted(forms.items())]
    return {"type": "mapping", "mappings": rules}


def _escaped(text: str) -> str:
    r"""Each character as \uXXXX: blanks, marks and arrows then mean themselves."""
    encoded = text.encode("utf-16-be").hex()
    return "".join(f"\\u{encoded[at : at + 4]}" for at in range(0, len(encoded), 4))


def _characters() -> Iterator[str]:
    for first, last in _BLOCKS:
        for code in range(first, last):
            character = chr(code)
            if unicodedata.category(character) not in ("Cn", "Co", "Cs") and not _UNSPACED.match(character):
                yield character


def _normal_forms() -> dict[str, str]:
    """What archive.analysis makes of single characters, and of letters with a mark written apart."""
    changed = _changed({character: normal_word(character) for character in _characters()})
    for code in (*range(0xC0, 0x1F00), *range(0x3040, 0x3100)):
        parts = unicodedata.normalize("NFD", composed := chr(code))
        if len(parts) == 2 and unicodedata.normalize("NFC", parts) == composed:
            changed[parts] = changed.get(composed, composed)
    return changed


def _folded_forms() -> dict[str, str]:
    """What folding makes of single characters; marks that it drops become nothing."""
    return _changed({character: folded_word(character) for character in _characters()})


def _changed(forms: dict[str, str]) -> dict[str, str]:
    """The forms that are more than lower case; what is no part of a word stays a matter of `_breaks`."""
    return {
        character: form
        for character, form in forms.items()
        if (form != character.lower() or len(character.lower()) > 1)
        and (_WORD.match(character) or not regex.search(r"\w", form))
    }


def _breaks() -> dict[str, str]:
    """What is cut or dropped otherwise than UAX #29 has it."""
    forms = {}
    for first, last in _PUNCTUATION:
        for character in map(chr, range(first, last)):
            if _SOUTH_EAST_ASIAN.match(character):
                if len(regex.findall(r"\X", f"ก{character}")) == 2:  # not a mark of the character before it
                    forms[character] = f" {character}"
            elif character not in APOSTROPHES and _cuts(character):
                forms[character] = " "
    return forms | dict.fromkeys(SILENT, "")


def _cuts(character: str) -> bool:
    """Whether the tokenizer would make a word, or a part of one, of what is none."""
    if _SYMBOL.match(character):
        return True
    if _WORD.match(character) or unicodedata.category(character)[0] in "CMZ":
        return False
    return _JOINING.match(character) is not None
