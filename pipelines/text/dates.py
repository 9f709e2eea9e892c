"""Dates as pages, feeds and exports write them -> aware datetimes.

Readers, cheapest and surest first: Unix stamp, ISO 8601, RFC 5322 (feeds, headers), dateutil (ISO-like and
English), dateparser in the page's language. dateparser without a language guesses (it reads 05.03.2024 as 3
May) and takes 120 ms for a text that is no date, so it is only asked with a language and for short strings.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal

from dateutil import parser as dateutil_parser
from dateutil import tz as dateutil_tz

from pipelines.text.language import normalize_language

LONGEST = 60
"""Characters: a longer string is a sentence, not a date."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No news page is older than the web; earlier dates are empty stamps (1970) or the story's own history."""

FUTURE = timedelta(days=2)
"""How far after the fetch a publication time may lie: zones, scheduled pieces and clocks that run ahead."""

_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
"""Hours of the zone names that newspapers print and that mean one thing there (not IST, AST)."""

_PLACES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""American names without summer or winter."""

_CLOCK = re.compile(
    r"\d\s*[:hH]\s*\d\d | \d\s*[ap]\.?m | T\d\d | Uhr | \d{10,} | \d[時时시] | \d{1,2}\.\d\d(?!\.?\d)\s*$",
    re.VERBOSE,
)
_NUMERIC = re.compile(r"^\D*(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
_GMT_OFFSET = re.compile(r"\b(?:GMT|UTC)\s?([+-]\d{1,2}:?(?:\d\d)?)\b(?:\s*\(.*\))?")
"""JavaScript's "GMT+0200 (CEST)", which dateutil reads with the sign of POSIX."""

_TWO_TIMES = (datetime(2001, 3, 5), datetime(2002, 8, 17))  # noqa: DTZ001 (fill the gaps of a date)


def parse_date(
    raw: str, *, language: str = "", base: datetime | None = None, timezone: tzinfo | None = None
) -> datetime | None:
    """The time that a string names, in UTC; None where it names no whole day.

    `language` (a tag) is the page's: without it only numeric and English dates are read, and 05/03/2024 is
    not, being two days. `base` (aware) is "now" for "3 hours ago". `timezone` is the zone of a time that
    names none, UTC without; a day without a time is 00:00 UTC, so that it stays the day that was written.
    """
    local = parse_local(raw, language=language, base=base, timezone=timezone)
    return local.astimezone(UTC) if local else None


def parse_local(
    raw: str, *, language: str = "", base: datetime | None = None, timezone: tzinfo | None = None
) -> datetime | None:
    """As `parse_date`, but in the zone the string was written in: what the reader of the page saw."""
    text = _GMT_OFFSET.sub(r"\1", " ".join(raw.split()))
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    tag = normalize_language(language)
    for read in (_unix, _iso, _rfc, lambda t: _english(t, tag), lambda t: _worded(t, tag, base)):
        found = read(text)
        if found is not None:
            return _with_zone(found, text, timezone)
    return None


def plausible(date: datetime, fetched_at: datetime) -> bool:
    """Whether a news page fetched then can have been published at that time."""
    return EARLIEST <= date <= fetched_at + FUTURE


def has_time(raw: str) -> bool:
    """Whether a string names a time of day and not only a day."""
    return _CLOCK.search(raw) is not None


def _with_zone(found: datetime, text: str, timezone: tzinfo | None) -> datetime | None:
    """Give a naive time its zone; None where the calendar ends (year 1, year 9999)."""
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone if timezone and has_time(text) else UTC)
    try:
        found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return found


def _unix(text: str) -> datetime | None:
    """Seconds (10 digits) or milliseconds (13) since 1970: 2001 to 2286."""
    if not re.fullmatch(r"[1-9](?:[0-9]{9}|[0-9]{12})", text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.match(r"\d{4}-?\d\d-?\d\d", text) else None
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    """RFC 5322, as in RSS; -0000 and nothing mean UTC there."""
    if not re.match(r"(?:[A-Za-z]{3,9},?\s)?\d{1,2}[\s-][A-Za-z]{3}[\s-]\d{2,4}\s\d{1,2}:\d\d", text):
        return None
    zone = text.rpartition(" ")[2].upper()
    if zone in _HOURS or zone in _PLACES:
        return None  # left to dateutil with our table: email.utils knows the American names only
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _english(text: str, tag: str) -> datetime | None:
    """dateutil: every ISO-like form and English words. It fills gaps silently, so it is asked twice."""
    if not re.search(r"\d{4}", text) or not text.isascii():
        return None
    order = _day_first(text, tag)
    if order is None:
        return None
    try:
        first, second = (
            dateutil_parser.parse(text, default=default, dayfirst=order, tzinfos=_zone)
            for default in _TWO_TIMES
        )
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
        return None
    return first if first == second else None


def _day_first(text: str, tag: str) -> bool | None:
    """Whether 5/3/2024 is 5 March in that language; None where nobody can say."""
    numeric = _NUMERIC.match(text)
    if numeric is None:
        return False
    first, sign, second = int(numeric[1]), numeric[2], int(numeric[3])
    if first > 12 or second > 12:
        return first > 12
    if sign == "." or first == second:
        return True
    if not tag:
        return None
    return _order(tag) == "DMY"


def _order(tag: str) -> Literal["DMY", "MDY"]:
    """The order of numeric dates: month first in American English only (CLDR; plain "en" means it too)."""
    language, _, rest = tag.partition("-")
    american = language == "en" and (not rest or "US" in rest or "PH" in rest)
    return "MDY" if american else "DMY"


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Zone for dateutil: an offset as written, else a name of our table, else none."""
    if offset is not None:
        return dateutil_tz.tzoffset(None, offset) if abs(offset) < 86_400 else None
    name = (name or "").upper()
    if name in _PLACES:
        return dateutil_tz.gettz(_PLACES[name])
    return dateutil_tz.tzoffset(name, _HOURS[name] * 3600) if name in _HOURS else None


def _worded(text: str, tag: str, base: datetime | None) -> datetime | None:
    """dateparser, in the page's language; relative times only where `base` is known."""
    language = tag.partition("-")[0]
    if not language or (language == "en" and base is None) or not re.search(r"\d", text):
        return None  # dateutil has read all that is English and no relative time
    if language not in _dateparser_languages():
        return None
    import dateparser

    try:
        found: datetime | None = dateparser.parse(text, languages=[language], settings=_settings(tag, base))
    except (ValueError, OverflowError, TypeError, AttributeError, RecursionError):
        return None
    return found


def _settings(tag: str, base: datetime | None) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "DATE_ORDER": _order(tag),
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
    }
    if base is not None:
        settings |= {
            "PARSERS": ["relative-time", "absolute-time"],
            "RELATIVE_BASE": base.astimezone(UTC).replace(tzinfo=None),
        }
    return settings


@lru_cache(maxsize=1)
def _dateparser_languages() -> frozenset[str]:
    from dateparser.data.languages_info import language_order

    return frozenset(language_order)
