"""Days and clock times in the short lines of a page: "19. September 2023, 8:00 Uhr", "115年3月8日"."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from crawler.extractors.bylines import is_elsewhere
from crawler.extractors.calendars import to_gregorian
from crawler.extractors.document import Document
from crawler.extractors.folding import collapse
from pipelines.text.dates import parse_local, plausible

LONGEST = 160
"""Characters of a line about the article."""

SHORT = 40
"""Characters of a line that is a date with its label, weekday and time."""

_day = re.compile(
    r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{4}[./]\s?\d{1,2}[./]\s?\d{1,2}\b|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{4}"
    r"|\d{4}\.\s[^\W\d_]{3,}\s\d{1,2}\."
    r"|\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s(?:de\s|di\s)?[^\W\d_]{3,}\.?,?\s(?:de\s|del\s)?\d{4}"
    r"|[^\W\d_]{3,}\.?\s\d{1,2}(?:st|nd|rd|th)?,\s\d{4})(?!\d)"
)
_clock = re.compile(
    r"(?<![\d.,])(?P<hour>[01]?\d|2[0-3])\s?(?:[:hH.]|時|时|시)\s?(?P<minute>[0-5]\d)(?![\d.]\d)\s?(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_digit = re.compile(r"\d")
_stamp = re.compile(r"^(?P<seconds>1[0-9]{9})(?:\s|$)")
_updated = re.compile(
    r"updated?|aktuali[sz]|actuali[sz]|atualizad|aggiornat|mis à jour|modifi|frissítve|güncel|обновлен"
    r"|оновлен|ажурирано|päivitetty|oppdatert|opdateret|uppdaterad|bijgewerkt|ενημερ|अपडेट|تحديث|更新|修改|수정"
    r"|cập nhật|diperbarui|แก้ไข",
    re.IGNORECASE,
)
"""Words before the time of a change."""

_zones = {
    "мск": "Europe/Moscow",
    "غرينتش": "UTC",
    "gmt": "UTC",
    "utc": "UTC",
    "ist": "Asia/Kolkata",
    "wib": "Asia/Jakarta",
}
_own_calendar = re.compile(
    r"[年년]|[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]|พ\.ศ\.|(?<!\d)25[67]\d(?!\d)"
)

Shown = tuple[datetime, str, bool]
"""A day that the page shows: local time, the line, whether it has a clock time."""

_HOME = {
    "az": "Asia/Baku", "bg": "Europe/Sofia", "bn": "Asia/Dhaka", "cs": "Europe/Prague",
    "da": "Europe/Copenhagen", "de": "Europe/Berlin", "el": "Europe/Athens", "et": "Europe/Tallinn",
    "fa": "Asia/Tehran", "fi": "Europe/Helsinki", "fr-FR": "Europe/Paris", "en-GB": "Europe/London",
    "en-IN": "Asia/Kolkata", "es-ES": "Europe/Madrid", "he": "Asia/Jerusalem", "hi": "Asia/Kolkata",
    "hr": "Europe/Zagreb", "hu": "Europe/Budapest", "hy": "Asia/Yerevan", "is": "Atlantic/Reykjavik",
    "it": "Europe/Rome", "ja": "Asia/Tokyo", "ka": "Asia/Tbilisi", "ko": "Asia/Seoul",
    "lt": "Europe/Vilnius", "lv": "Europe/Riga", "mk": "Europe/Skopje", "nb": "Europe/Oslo",
    "nl": "Europe/Amsterdam", "nn": "Europe/Oslo", "no": "Europe/Oslo", "pl": "Europe/Warsaw",
    "pt-PT": "Europe/Lisbon", "ro": "Europe/Bucharest", "sk": "Europe/Bratislava", "sl": "Europe/Ljubljana",
    "sq": "Europe/Tirane", "sr": "Europe/Belgrade", "sv": "Europe/Stockholm", "th": "Asia/Bangkok",
    "tr": "Europe/Istanbul", "uk": "Europe/Kyiv", "vi": "Asia/Ho_Chi_Minh",
}  # fmt: skip
"""Where the press of a language, or of a language in one region, has one clock (most of it, at least)."""


def home_zone(language: str) -> tzinfo | None:
    """The zone of a clock time in this language where the page names none; None for languages of many."""
    name = _HOME.get(language) or _HOME.get(language.partition("-")[0])
    return ZoneInfo(name) if name else None


def days(document: Document, language: str, zone: tzinfo | None) -> Iterator[Shown]:
    """The days of the page's short lines: those below the first h1, then those above it (where the day of the
    visit may stand); without those that say "updated"."""
    above: list[Shown] = []
    below = not document.headings
    for line, starts in _lines(document):
        below = below or starts
        for shown in _days_of(line, document.fetched_at, language, zone):
            if below:
                yield shown
            elif shown[2] or shown[0].date() != document.fetched_at.date():  # the day of the visit
                above.append(shown)
    yield from above


def _days_of(line: str, fetched_at: datetime, language: str, zone: tzinfo | None) -> Iterator[Shown]:
    text = to_gregorian(line)
    if stamp := _stamp.match(text):
        yield datetime.fromtimestamp(int(stamp["seconds"]), UTC), stamp["seconds"], True
    read = 0
    for found in _day.finditer(text) if len(text) <= LONGEST else ():
        label, read = text[read : found.start()], found.end()
        day = parse_local(re.sub(r"(?<=\d)\s?([./-])\s(?=\d)", r"\1", found.group()), language=language)
        if day is None or not plausible(day, fetched_at) or _updated.search(label):
            continue
        clock = _clock.search(text[found.end() : found.end() + 25])
        yield _with_clock(day, clock, _named_zone(text) or zone), line, clock is not None


def is_dateline(line: str) -> bool:
    """Whether a line is little more than a date, or has one in digits or a form that only its own script has
    (htmldate cannot read these)."""
    return len(line) <= SHORT or (len(line) <= SHORT * 2 and _own_calendar.search(line) is not None)


def own(shown: list[Shown]) -> datetime | None:
    """The day that stands in a line of its own, first; None where there is none.

    A line with a clock time of the same day or the one before is the article's, the first then today's date.
    """
    lines = [(local, clocked) for local, line, clocked in shown if is_dateline(line)]
    if not lines:
        return None
    first = lines[0][0]
    before = (local for local, clocked in lines[1:3] if clocked and (first.date() - local.date()).days == 1)
    return first if lines[0][1] else next(before, first)


def _with_clock(day: datetime, clock: re.Match[str] | None, zone: tzinfo | None) -> datetime:
    if clock is None:
        return day
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
    return day.replace(hour=hour, minute=int(clock["minute"]), tzinfo=zone or UTC)


def _named_zone(text: str) -> tzinfo | None:
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return next((ZoneInfo(_zones[word]) for word in words if word in _zones), None)


def _lines(document: Document) -> Iterator[tuple[str, bool]]:
    """Texts of elements and after them that have a digit, and whether the element is an h1."""
    body = document.tree.find(".//body")
    for element in body.iter("*") if body is not None else ():
        if element.tag in ("script", "style", "option", "a"):
            continue
        texts = [text for text in (element.text, element.tail) if text and _digit.search(text)]
        if element.tag == "h1":
            yield "", True
        if texts and not is_elsewhere(element) and not _is_prose(element):
            yield from ((collapse(text), False) for text in texts)


def _is_prose(element: HtmlElement) -> bool:
    """Whether it stands in a long paragraph, or in a quoted post, which has a date of its own."""
    for outer in (element, *element.iterancestors("p", "blockquote")):
        if outer.tag == "blockquote" or (outer.tag == "p" and len(outer.text_content()) > LONGEST * 2):
            return True
    return False
