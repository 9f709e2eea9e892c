"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

import json
from datetime import datetime
from typing import Any

from crawler.discovery.base import Announcement, Listing
from crawler.discovery.values import absolute, parse_date, plain_text


def read_json_feed(text: str, url: str, now: datetime | None = None) -> Listing:
    """The pages that a JSON Feed announces; of a feed that breaks off, those before the break."""
    problem = ""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = f"broken JSON: {error}"
        feed = {"items": _items_before_break(text)}
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return Listing(problem="JSON, but not a JSON Feed")
    items = feed["items"]
    found = [_announcement(item, feed, url, now) for item in items if isinstance(item, dict)]
    announcements = [announcement for announcement in found if announcement]
    if not problem and len(announcements) < len(items):
        problem = f"{len(items) - len(announcements)} of {len(items)} entries have no link to a page"
    return Listing(announcements=announcements, problem=problem)


def _items_before_break(text: str) -> list[Any]:
    """The complete objects in the list named "items"."""
    _, _, rest = text.partition('"items"')
    rest = rest.partition("[")[2]
    items: list[Any] = []
    decoder = json.JSONDecoder()
    position = 0
    try:
        while True:
            while position < len(rest) and rest[position] in " \t\r\n,":
                position += 1
            item, position = decoder.raw_decode(rest, position)
            items.append(item)
    except (ValueError, RecursionError):
        return items


def _announcement(
    item: dict[str, Any], feed: dict[str, Any], url: str, now: datetime | None
) -> Announcement | None:
    link = _text(item, "url") or _text(item, "external_url") or _text(item, "id")
    page = absolute(url, link) if link else ""
    if not page or (not _text(item, "url") and not _text(item, "external_url") and "://" not in link):
        return None
    return Announcement(
        url=page,
        headline=plain_text(_text(item, "title"), is_html=False),
        summary=plain_text(_text(item, "summary"), is_html=False),
        date_published=parse_date(_text(item, "date_published"), now),
        date_modified=parse_date(_text(item, "date_modified"), now),
        language=_text(item, "language") or _text(feed, "language"),
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
