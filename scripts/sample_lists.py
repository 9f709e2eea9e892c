"""Entries of the sample web's feeds and sitemaps."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scripts.sample_outlets import Outlet, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a feed or sitemap."""

    title: str
    link: str
    """Absolute address as the list gives it, tracking parameters and all."""
    path: str
    """The link without host and tracking parameters."""
    moment: datetime
    """The time the list gives."""
    post: Post | None = None
    """The article; None for another page and for a print version."""


def json_feed(outlet: Outlet, path: str, entries: Sequence[Entry]) -> bytes:
    """A feed in the form of JSON Feed 1.1 (jsonfeed.org)."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{outlet.base}/",
        "feed_url": outlet.base + path,
        "language": outlet.web["lang"],
        "items": [_item(entry) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _item(entry: Entry) -> dict[str, object]:
    item: dict[str, object] = {
        "id": entry.link,
        "url": entry.link,
        "title": entry.title,
        "date_published": entry.moment.isoformat(),
    }
    if entry.post:
        item["summary"] = entry.post.description
        item["tags"] = entry.post.keywords
        item["authors"] = [{"name": author} for author in entry.post.authors]
    return item


def months(first: str, last: str) -> Iterator[str]:
    """The months from `first` to `last`, both included, as "2022-08"."""
    year, month = (int(part) for part in first.split("-"))
    while f"{year}-{month:02}" <= last:
        yield f"{year}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
