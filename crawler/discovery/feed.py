"""Feeds: RSS 0.9x, 1.0 and 2.0 and Atom (feedparser), JSON Feed 1.0 and 1.1."""

import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser

from crawler.discovery.base import Announcement, Listing
from crawler.discovery.json_feed import read_json_feed
from crawler.discovery.kinds import kind_of
from crawler.discovery.values import (
    absolute,
    encoding_of,
    from_struct,
    parse_date,
    plain_text,
    without_torn_entry,
)

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_A_FEED = {
    "empty": "empty",
    "HTML": "an HTML page, not a feed",
    "sitemap": "a sitemap, not a feed",
    "news sitemap": "a sitemap, not a feed",
    "sitemap index": "a sitemap, not a feed",
    "text sitemap": "a list of URLs, not a feed",
}
_PERIODS = {
    "hourly": 3_600,
    "daily": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}
"""Seconds of sy:updatePeriod (RSS 1.0 syndication module); sy:updateFrequency says how often in one."""


def read_feed(body: bytes, url: str, content_type: str = "", *, now: datetime | None = None) -> Listing:
    """The pages that a feed announces; `url` is its own address (relative links are resolved). Never raises.

    Entries without a link to an http(s) page are left out. `now`: see `values.parse_date`.
    """
    kind = kind_of(body)
    if kind in _NOT_A_FEED:
        return Listing(problem=_NOT_A_FEED[kind])
    encoding, encoding_problem = encoding_of(body, content_type)
    text = body.decode(encoding, "replace").lstrip("\ufeff")
    if kind.startswith("JSON"):
        listing = read_json_feed(text, url, now)
    else:
        try:
            listing = _read_xml_feed(text, url, now)
        except Exception as error:  # feedparser meets bytes of every kind; a failure of one feed is a report
            listing = Listing(problem=f"cannot be read as a feed: {type(error).__name__}: {error}")
    problem = "; ".join(filter(None, (encoding_problem, listing.problem)))
    return replace(listing, problem=problem)


def _read_xml_feed(text: str, url: str, now: datetime | None) -> Listing:
    # A stream, as feedparser takes bytes that look like a URL or a file name for one. The text is UTF-8 now,
    # so the file's own declaration goes.
    body, torn = without_torn_entry(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"))
    parsed = feedparser.parse(
        BytesIO(body),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    is_atom = str(parsed.get("version", "")).startswith("atom")
    found = [_announcement(entry, parsed.feed, url, now, is_atom=is_atom) for entry in parsed.entries]
    announcements = [announcement for announcement in found if announcement]
    return Listing(
        announcements=announcements,
        update_seconds=_update_seconds(parsed.feed),
        problem=_problem(parsed, announcements, torn),
    )


def _update_seconds(feed: Any) -> float | None:
    """The longer of what the syndication module of RSS and the element ttl (minutes) say."""
    stated: list[float] = []
    if period := _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower()):
        stated.append(period / (_whole(feed.get("sy_updatefrequency")) or 1))
    if minutes := _whole(feed.get("ttl")):
        stated.append(60.0 * minutes)
    return max(stated, default=None)


def _whole(text: Any) -> int:
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*", text) if isinstance(text, str) else None
    return int(found[1]) if found else 0


def _problem(parsed: Any, announcements: list[Announcement], torn: str) -> str:
    if not parsed.get("version") and not announcements:
        return "not a feed"
    if torn:
        return torn
    if parsed.get("bozo"):
        error = parsed.get("bozo_exception")
        reason = getattr(error, "getMessage", lambda: str(error))()
        return f"broken XML: {' '.join(str(reason).split())}"
    missing = len(parsed.entries) - len(announcements)
    return f"{missing} of {len(parsed.entries)} entries have no link to a page" if missing else ""


def _announcement(
    entry: Any, feed: Any, url: str, now: datetime | None, *, is_atom: bool
) -> Announcement | None:
    links = (entry.get(name) for name in ("feedburner_origlink", "link"))
    link = next((page for link in links if link and (page := absolute(url, link))), "")
    if not link:
        return None
    published, updated = _date(entry, "published", now), _date(entry, "updated", now)
    if published is None and not is_atom:
        published, updated = (
            updated,
            None,
        )  # dc:date, the only date of RSS 1.0, which feedparser calls updated
    return Announcement(
        url=link,
        headline=_plain(entry, "title"),
        summary=_plain(entry, "summary"),
        date_published=published,
        date_modified=updated,
        language=_language(entry, feed),
    )


def _date(entry: Any, name: str, now: datetime | None) -> datetime | None:
    # dict.get: feedparser's own falls back from updated to published, with a warning.
    raw = dict.get(entry, name) or ""
    return parse_date(raw, now) or from_struct(dict.get(entry, f"{name}_parsed"), now)


def _plain(entry: Any, name: str) -> str:
    detail = entry.get(f"{name}_detail") or {}
    value = entry.get(name) or ""
    return plain_text(value, is_html=detail.get("type") != "text/plain")


def _language(entry: Any, feed: Any) -> str:
    detail = entry.get("title_detail") or {}
    return entry.get("language") or detail.get("language") or feed.get("language") or ""
