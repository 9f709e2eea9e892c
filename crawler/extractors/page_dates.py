"""When a page was published and changed: JSON-LD, meta tags, time elements and text (htmldate), the
announcement."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from htmldate import find_date

from archive.article import DateSource
from crawler.extractors.document import Document
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


Candidate = tuple[str, DateSource]
NO_DATE = Dated(None, "", "")


def published(document: Document, language: str) -> Dated:
    """The first publication: the first candidate that is a plausible time."""
    return _first(document, _published(document), language)


def modified(document: Document, language: str) -> Dated:
    """The last change by the outlet."""
    return _first(document, _modified(document), language)


def page_zone(document: Document) -> timezone | None:
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
    for name in ("datePublished", "dateCreated"):
        if raw := jsonld.text(name):
            yield raw, "json-ld"
    for item in jsonld.objects:
        if isinstance(item.get("datePublished"), str):
            yield item["datePublished"], "json-ld"
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
    zone, fetched_at = page_zone(document), document.page.fetched_at
    for raw, source in candidates:
        local = parse_local(raw, language=language, base=fetched_at, timezone=zone)
        if local and plausible(local, fetched_at):
            return Dated(local.astimezone(UTC), raw, source)
    return NO_DATE


def from_text(document: Document, language: str) -> Dated:
    """The day that htmldate finds in the page, with the time of a time element of that day.

    htmldate is right more often than the first time element (which may be a teaser's), but knows only days.
    """
    fetched_at = document.page.fetched_at
    latest = (fetched_at + timedelta(days=2)).date().isoformat()
    try:
        day = find_date(document.tree, url=document.page.url, original_date=True, max_date=latest) or ""
    except (
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
    ):  # its own failures on odd markup
        day = ""
    date = parse_local(day)
    if date is None or not plausible(date, fetched_at):
        return NO_DATE
    zone = page_zone(document)
    for raw in _time_elements(document):
        local = parse_local(raw, language=language, base=fetched_at, timezone=zone)
        if local and has_time(raw) and local.date() == date.date() and plausible(local, fetched_at):
            return Dated(local.astimezone(UTC), raw, "time")
    return Dated(date.astimezone(UTC), day, "htmldate")


def _time_elements(document: Document) -> Iterator[str]:
    for element in document.tree.iter("time"):
        for raw in (element.get("datetime") or "", " ".join(element.itertext())):
            if raw.strip():
                yield raw


def announced(document: Document) -> Dated:
    """The time that feed or sitemap gave with the address."""
    date = document.page.date_announced
    return Dated(date, date.isoformat(), "feed") if date else NO_DATE
