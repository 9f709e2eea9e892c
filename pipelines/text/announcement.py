"""How likely an announced URL is related to a seed, before it is fetched: by headline, summary, address and
date."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from pipelines.text.names import consonants, has_capitals, sounds
from pipelines.text.places import places
from pipelines.text.profile import LONGEST_WORD, Profile, date_factor, days_between, plain_number
from pipelines.text.terms import normalised, primary, stems, words

HALF_WAY = 0.04
"""Share of the seed's squared weights that an announcement holds where its rank is one half: a headline
that names two of the seed's countries and a person. It sets the scale only, not the order."""

WITHOUT_WORDS = 0.3
"""Rank of an announcement that says nothing: no headline, and an address of numbers."""

WITHOUT_HEADLINE = 0.1
"""Least rank of one without a headline: the words of its address may be in a romanisation we do not know."""

UNDATED = 0.85
"""Factor where there is no date: that of some 20 days' distance."""

LONGEST = 600
"""Characters of headline and summary that are looked at."""

_NOT_A_WORD = re.compile("[-_/.,+=&?%~]+|(?<=[a-z])(?=[0-9])")


def rank_announcement(
    seed: Profile, *, headline: str, summary: str, url: str, date: datetime | None, language: str = ""
) -> float:
    """A rank from 0 to 1; fetch the higher first.

    `language` (BCP 47) and `date` (aware) are those of the announcement, "" and None where unknown.
    """
    said = words(f"{headline}\n{summary}"[:LONGEST])
    address = _address_words(url)
    share = _share(seed, said, address, language)
    least = 0.0 if said else WITHOUT_HEADLINE if address else WITHOUT_WORDS
    rank = max(least, share / (share + HALF_WAY))
    days = days_between(seed.date, date)
    return rank * (UNDATED if days is None else date_factor(days))


def _share(seed: Profile, said: list[str], address: tuple[str, ...], language: str) -> float:
    """Share of the seed's squared weights that the announcement's words hold."""
    bridge = {*_bridge_tokens(said, language, any_case=False), *_bridge_tokens(address, "", any_case=True)}
    whole = seed.sure_square + seed.unsure_square + seed.plain_square
    held = sum(seed.bridge.get(token, 0.0) ** 2 for token in bridge) / whole if whole else 0.0
    code = primary(language)
    if code in ("", "und", seed.language):
        terms = {term for term, _ in stems((*said, *address), seed.language)}
        held = max(held, sum(seed.terms.get(term, 0.0) ** 2 for term in terms))
    return held


def _bridge_tokens(spellings: list[str] | tuple[str, ...], language: str, *, any_case: bool) -> Iterator[str]:
    code = primary(language)
    named: set[str] = set()
    for place in places(spellings, "" if code == "und" else code, any_case=any_case):
        yield f"cc:{place.code}"
        named.update(words(place.spelling))
    for word in spellings:
        if word in named:
            continue
        if word[0].isdigit():
            yield f"#{plain_number(word)}"
            continue
        yield f"n:{sounds(word)}"
        if not has_capitals(word):
            yield f"c:{consonants(word)}"


@lru_cache(maxsize=2048)
def _address_words(url: str) -> tuple[str, ...]:
    """The words of an address's path; those of a slug are in small letters and often in Latin ones."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ()
    found = words(_NOT_A_WORD.sub(" ", normalised(path)))
    return tuple(
        word
        for word in found
        if 2 < len(word) <= LONGEST_WORD and not word.isdigit() and word not in {"html", "htm", "php"}
    )
