"""`Page`, what extractors read. It is the same for a response, a WARC record and a fixture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive.article import RawPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetched page, content-encoding undone; nothing of it depends on Scrapy, so it can go to another
    process."""

    url: str
    """Final address after redirects."""
    body: bytes
    """The HTML as bytes, decompressed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Response headers, names in lower case."""
    status: int = 200
    """HTTP status."""
    fetched_at: datetime
    """When it was fetched, UTC; the clock of everything that is read from the page."""
    raw: RawPage | None = None
    """Where the raw page lies."""
    announced_url: str = ""
    """Address under which it was announced; empty: `url`."""
    source: str = ""
    """Name of the source through which it was found."""
    publisher: str = ""
    """The outlet's name as its source says; empty where unknown."""
    announced_headline: str = ""
    """Headline that feed or sitemap gave."""
    date_announced: datetime | None = None
    """Publication time that feed or sitemap gave, UTC."""
