"""When a page was published and changed: JSON-LD, meta tags, time elements and text (htmldate), the
announcement."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from htmldate import find_date

from archive.article import DateSource
from crawler.extractors import visible_dates
from crawler.extractors.calendars import to_gregorian
from crawler.extractors.document import Document, once
from crawler.extractors.visible_dates import home_zone
from pipelines.text.dates import has_time, parse_local, plausible

PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time",
    "dc.date.issued", "dcterms.created", "dc.date", "date", "pubdate", "publishdate",
    "publish-date", "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime",
    "publication_date",
)  # fmt: skip
"""Meta tags of the first publication, most trusted first."""

MODIFIED = (
    "article:modified_time",
    "og:article:modified_time",
    "datemodified",
    "og:updated_time",
    "last-modified",
)
"""Meta tags of the last change, most trusted first."""


class Dated(NamedTuple):
    """One date of a page."""

    date: datetime | None
    """UTC; None where nothing plausible was found."""
    raw: str
    """The string it was read from."""
    source: DateSource
    """Where that stood."""


MONTHS = 12
FARTHEST, WEST, EAST = 14, 10, 10
"""Hours between UTC and the farthest clock; and west and east to the farthest with a press of its own."""

_two_days = re.compile(r"\D*[01]?\d[/-][01]?\d[/-]\d{4}\b")
_in_utc = re.compile(r"(?:Z|[+-]00:?00|GMT|UTC)$")
Candidate = tuple[str, DateSource]
NO_DATE = Dated(None, "", "")


def published(document: Document, language: str) -> Dated:
    """The first publication: the first candidate that is a plausible time."""
    found = _first(document, _published(document), language)
    return _turned(document, found, language) if _two_days.match(found.raw) else found


def _turned(document: Document, found: Dated, language: str) -> Dated:
    """A date of which month and day may have been taken for each other, as a line of the page has it."""
    date = found.date
    if date is None or max(date.day, date.month) > MONTHS:
        return found
    shown = {(local.month, local.day) for local, _, _ in visible_dates.days(document, language, None)}
    is_turned = (date.day, date.month) in shown and (date.month, date.day) not in shown
    return found._replace(date=date.replace(month=date.day, day=date.month)) if is_turned else found


def modified(document: Document, language: str) -> Dated:
    """The last change by the outlet."""
    return _first(document, _modified(document), language)


@once
def page_zone(document: Document) -> tzinfo | None:
    """The zone of the page's dates, as one that names its offset shows; None where all are UTC or none does.

    A page that writes one time as 06:29+02:00 means its other "06:29" in the same zone.
    """
    for raw, _ in (*_published(document), *_modified(document)):
        found = parse_local(raw)
        offset = found.utcoffset() if found else None
        if offset:
            return timezone(offset)
    return None


def _published(document: Document) -> Iterator[Candidate]:
    jsonld = document.jsonld
    for name in ("datePublished", "dateCreated", "uploadDate"):
        if raw := jsonld.text(name):
            yield raw, "json-ld"
    for name in ("datePublished", "uploadDate"):
        for item in jsonld.objects:
            if isinstance(item.get(name), str):
                yield item[name], "json-ld"
    for name in PUBLISHED:
        for raw in document.meta.get(name, ()):
            yield raw, "meta"


def _modified(document: Document) -> Iterator[Candidate]:
    if raw := document.jsonld.text("dateModified"):
        yield raw, "json-ld"
    for name in MODIFIED:
        for raw in document.meta.get(name, ()):
            yield raw, "meta"


def _first(document: Document, candidates: Iterator[Candidate], language: str) -> Dated:
    """The first plausible candidate; a later one if that alone has a clock time on the same day, or is
    written with the day that the address has."""
    zone, fetched_at = page_zone(document), document.fetched_at
    chosen: tuple[datetime, Dated, bool] | None = None
    for raw, source in candidates:
        text = to_gregorian(raw)
        local = parse_local(text, language=language, base=fetched_at, timezone=zone)
        if not local or not plausible(local, fetched_at):
            continue
        found = local, Dated(local.astimezone(UTC), raw, source), has_time(text)
        if chosen is None:
            chosen = found
        elif found[2] and not chosen[2] and local.date() == chosen[0].date():
            return found[1]
        elif _has_day_of_address(document, local) and not _has_day_of_address(document, chosen[0]):
            return found[1] if abs(local - chosen[0]) <= timedelta(days=1) else chosen[1]
        if chosen[2] and _has_day_of_address(document, chosen[0]):
            break
    return chosen[1] if chosen else NO_DATE


def _has_day_of_address(document: Document, local: datetime) -> bool:
    """Whether the page's address has this day: /2026/5/12/, /2026-05-12, /20260512."""
    url, year = document.url, str(local.year)
    if year not in url:
        return False
    written = {  # a pattern would be compiled anew for every day
        f"{year}{mark}{month}{mark}{day}"
        for mark in ("", "-", "/")
        for month in (local.month, f"{local.month:02d}")
        for day in (local.day, f"{local.day:02d}")
    }
    return any(not rest[:1].isdecimal() for text in written for rest in url.split(text)[1:])


def from_text(document: Document, language: str) -> Dated:
    """The day that htmldate finds in the page, with the clock time of a time element or line of that day.

    A short line below the h1 that is a date comes before htmldate, which is right more often than the first
    time element (it may be a teaser's), but knows only days, neither other calendars nor which of two numbers
    is the month.
    """
    fetched_at = document.fetched_at
    lines = list(visible_dates.days(document, language, page_zone(document) or home_zone(language)))
    own = visible_dates.own(lines)
    date = own or _day_by_htmldate(document)
    if date is None:
        return NO_DATE
    day, turned = (date.year, date.month, date.day), (date.year, date.day, date.month)
    second: Dated | None = None  # month and day may have been taken for each other
    shown: list[tuple[DateSource, Iterable[visible_dates.Shown]]] = [
        ("time", _time_elements(document, language)),
        ("text", lines),
    ]
    for source, found in shown:
        for local, raw, clocked in found:
            known = local.year, local.month, local.day
            if not clocked or known not in (day, turned) or not plausible(local, fetched_at):
                continue
            if known == day:
                return Dated(local.astimezone(UTC), raw, source)
            second = second or Dated(local.astimezone(UTC), raw, source)
    return second or Dated(date.astimezone(UTC), date.date().isoformat(), "text" if own else "htmldate")


def _day_by_htmldate(document: Document) -> datetime | None:
    fetched_at = document.fetched_at
    latest = (fetched_at + timedelta(days=2)).date().isoformat()
    try:
        day = find_date(document.tree, url=document.url, original_date=True, max_date=latest) or ""
    except (
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
    ):  # its own failures on odd markup
        day = ""
    date = parse_local(day)
    return date if date and plausible(date, fetched_at) else None


def _time_elements(document: Document, language: str) -> Iterator[visible_dates.Shown]:
    """The times of day in the time elements; days alone cost more to read and say nothing new here."""
    zone, fetched_at = page_zone(document), document.fetched_at
    for element in document.tree.iter("time"):
        for raw in (element.get("datetime") or "", " ".join(element.itertext())):
            text = to_gregorian(raw)
            if not has_time(text):
                continue
            local = parse_local(text, language=language, base=fetched_at, timezone=zone)
            if local:
                yield local, raw, True


def announced(document: Document) -> Dated:
    """The time that feed or sitemap gave with the address."""
    date = document.page.date_announced
    return Dated(date, date.isoformat(), "feed") if date else NO_DATE


def own_time(document: Document, published: Dated, language: str) -> datetime | None:
    """The publication on the outlet's own clock, which gives the day that its readers saw; None without one.

    A time written in UTC does not tell that clock. What does: a time of the page with an offset, the zone of
    its language, the day in its address, the time or day that it shows (of a day alone the least offset that
    leads to it).
    """
    text, zone = to_gregorian(published.raw), page_zone(document)
    if published.date and published.source == "text":
        return published.date.astimezone(zone or home_zone(language) if has_time(text) else UTC)
    local = parse_local(text, language=language, base=document.fetched_at, timezone=zone)
    if local is None or local != published.date:
        return published.date
    if not (_in_utc.search(text.strip()) and has_time(text)):
        return local
    zone = zone or home_zone(language) or _zone_of_address(document, local)
    return local.astimezone(zone or _zone_of_shown(document, local, language) or UTC)


def _zone_of_address(document: Document, utc: datetime) -> tzinfo | None:
    """The zone that has the day of the page's address; None where the address has none."""
    for days in (0, -1, 1):
        if _has_day_of_address(document, utc + timedelta(days=days)):
            return _zone_of_day(utc, (utc + timedelta(days=days)).date())
    return None


def _zone_of_shown(document: Document, utc: datetime, language: str) -> tzinfo | None:
    """The zone in which a line of the page shows a time, or its day; None where it can be no other day."""
    if WEST <= utc.hour < 24 - EAST:
        return None
    for shown, line, clocked in visible_dates.days(document, language, None):
        minutes = round((shown.replace(tzinfo=UTC) - utc).total_seconds() / 60)
        if clocked and abs(minutes) <= FARTHEST * 60 and minutes % 15 == 0:
            return timezone(timedelta(minutes=minutes))
        if not clocked and visible_dates.is_dateline(line):
            return _zone_of_day(utc, shown.date())
    return None


def _zone_of_day(utc: datetime, day: date) -> tzinfo:
    """The zone nearest to UTC that has this day then; UTC where none of those with a press has."""
    days = (day - utc.date()).days
    if days == -1 and utc.hour < WEST:
        return timezone(timedelta(hours=-utc.hour - 1))
    if days == 1 and utc.hour >= 24 - EAST:
        return timezone(timedelta(hours=24 - utc.hour))
    return UTC
