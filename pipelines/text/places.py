"""Countries named in a text, in any of some forty languages, as codes that compare across languages.

"Nordkorea", "nordkoreanisch", "Pjöngjang", "северокорейский" and "북한" are all KP. The words come from
data/countries.json (scripts/make_country_table.py; Unicode CLDR and words of our own). A capital stands for
its country, and EU and UN count as countries.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from anyascii import anyascii

from pipelines.text.terms import HANGUL, UNSPACED, bare, fold, primary

LONGEST_ENDING = 7
"""Letters that may follow the part of a name that is listed: "nordkore" + "anische" and the like."""

NO_COUNTRY = "none"
"""Code of listed words that look like a country's and are not."""

_SHORTEST_ALONE = 5
"""Letters of a form that is tried in every language: shorter ones are common words somewhere ("mali",
"rom")."""

_STEM_LETTERS = 4  # phrases are looked up by this many first letters


class Place(NamedTuple):
    """A country named in the text."""

    code: str
    """ISO 3166-1 alpha-2, or EU, UN."""
    spelling: str
    """As the text names it."""


class _Phrase(NamedTuple):
    parts: tuple[str, ...]
    code: str


class _Forms:
    """The listed forms of one language, sorted by how they are looked up."""

    def __init__(self, forms: dict[str, str]) -> None:
        self.abbreviations = {form: code for form, code in forms.items() if _is_abbreviation(form)}
        self.words: dict[str, str] = {}
        self.beginnings: dict[str, str] = {}
        self.phrases: dict[str, list[_Phrase]] = {}
        inside = sorted((form for form in forms if UNSPACED.match(form)), key=len, reverse=True)
        self.codes_inside = {form: forms[form] for form in inside}
        self.inside = re.compile("|".join(map(re.escape, inside))) if inside else None
        for form, code in forms.items():
            if form in self.abbreviations or form in self.codes_inside:
                continue
            if " " in form:
                parts = tuple(form.split())
                self.phrases.setdefault(parts[0].rstrip("*")[:_STEM_LETTERS], []).append(_Phrase(parts, code))
            elif form.endswith("*") or HANGUL.match(form):
                self.beginnings[form.rstrip("*")] = code
            else:
                self.words[form] = code
        for phrases in self.phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase.parts))

    def code_of(self, spelling: str, folded: str, *, any_case: bool) -> str | None:
        """The country that the word alone stands for."""
        capital = any_case or not spelling[0].islower()
        code = self.words.get(folded) or (self.words.get(folded.capitalize()) if capital else None)
        for length in range(len(folded), 1, -1):
            if code or len(folded) - length > LONGEST_ENDING:
                return code
            code = self.beginnings.get(folded[:length])
        return code

    def phrases_from(self, first: str) -> Iterator[_Phrase]:
        """The names of several words that may begin with this word."""
        for length in range(min(_STEM_LETTERS, len(first)), 0, -1):
            for phrase in self.phrases.get(first[:length], ()):
                if _matches(phrase.parts[0], first):
                    yield phrase


def places(spellings: Sequence[str], language: str, *, any_case: bool = False) -> Iterator[Place]:
    """The countries that the words (`terms.words`) name, in order, each as often as it is named.

    `language` is BCP 47; nothing is found in a language that is not listed, and with "" the words of all
    languages are tried, also in Latin letters ("rossiya"). `any_case` takes "chile" for the country: for
    addresses, whose words are all in lower case.
    """
    code = primary(language)
    forms = _forms(code)
    if forms is None:
        return
    at = 0
    while at < len(spellings):
        spelling, step = spellings[at], 1
        if not spelling.isascii() and UNSPACED.match(spelling):
            yield from _inside(forms, spelling)
        else:
            country, phrases = _look_up(code, spelling, any_case)
            for phrase in phrases:
                if _follow(phrase, spellings[at + 1 : at + len(phrase.parts)]):
                    step, country = len(phrase.parts), phrase.code
                    break
            if country and country != NO_COUNTRY:
                *_, named = (
                    bare(spelling, "ko") if HANGUL.match(spelling) else (" ".join(spellings[at : at + step]),)
                )
                yield Place(country, named)
        at += step


def frequency(code: str) -> float:
    """How often texts name the country, as a share of all words."""
    share: float = _table()["frequency"].get(code, 1e-6)
    return share


@lru_cache(maxsize=50_000)
def _look_up(language: str, spelling: str, any_case: bool) -> tuple[str | None, tuple[_Phrase, ...]]:  # noqa: FBT001
    """What the word may stand for: alone, and as the first of several."""
    forms = _forms(language)
    if forms is None:
        return None, ()
    if spelling in forms.abbreviations:
        return forms.abbreviations[spelling], ()
    code: str | None = None
    phrases: list[_Phrase] = []
    for form in bare(fold(spelling), language):
        code = code or forms.code_of(spelling, form, any_case=any_case)
        phrases += forms.phrases_from(form)
    return code, tuple(phrases)


def _inside(forms: _Forms, stretch: str) -> Iterator[Place]:
    if forms.inside is not None:
        for found in forms.inside.finditer(stretch):
            if forms.codes_inside[found.group()] != NO_COUNTRY:
                yield Place(forms.codes_inside[found.group()], found.group())


def _follow(phrase: _Phrase, following: Sequence[str]) -> bool:
    return len(phrase.parts) == len(following) + 1 and all(
        _matches(part, fold(word)) for part, word in zip(phrase.parts[1:], following, strict=True)
    )


def _matches(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1]) and len(word) < len(part) + LONGEST_ENDING
    return word == part


def _is_abbreviation(form: str) -> bool:
    return form.isupper() and form.isalpha()


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        (files("pipelines.text") / "data" / "countries.json").read_text("utf-8")
    )
    return table


@lru_cache(maxsize=64)
def _forms(language: str) -> _Forms | None:
    forms = _table()["forms"].get(language) if language else _all_forms()
    return _Forms(forms) if forms else None


def _all_forms() -> dict[str, str]:
    """The longer forms of all languages that mean one country only, in their script and in Latin letters."""
    found: dict[str, set[str]] = {}
    for forms in _table()["forms"].values():
        for form, code in forms.items():
            if len(form) >= _SHORTEST_ALONE or not form.isascii():
                found.setdefault(form, set()).add(code)
            roman = anyascii(form).lower().replace("'", "")
            if len(roman) >= _SHORTEST_ALONE or (
                _is_abbreviation(form) and len(roman) == _SHORTEST_ALONE - 1
            ):
                found.setdefault(roman if form.endswith("*") else roman.capitalize(), set()).add(code)
    return {form: codes.pop() for form, codes in found.items() if len(codes) == 1}
