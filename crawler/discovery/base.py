"""What discovery finds: announcements of pages, and further lists to read. Pure functions on bytes."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """ "This URL exists, seen here, then"."""

    url: str
    """Absolute http(s) address of a page, as announced."""
    headline: str = ""
    """Headline, plain text."""
    summary: str = ""
    """Summary, plain text."""
    date_published: datetime | None = None
    """Publication time, UTC; None where the list gives none that can be read."""
    date_modified: datetime | None = None
    """Last change (Atom updated, sitemap lastmod), UTC."""
    language: str = ""
    """Language that the list declares, as found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapChild:
    """A further sitemap named by a sitemap index or robots.txt."""

    url: str
    """Absolute address."""
    date_modified: datetime | None = None
    """lastmod, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one feed, sitemap or page named."""

    announcements: list[Announcement] = field(default_factory=list)
    """Pages, in the list's order."""
    children: list[SitemapChild] = field(default_factory=list)
    """Further sitemaps (sitemap indexes only)."""
    update_seconds: float | None = None
    """Seconds between two updates as a feed states them (sy:updatePeriod, ttl); None where it does not."""
    problem: str = ""
    """What was wrong with the bytes, in one line; what could be read is kept all the same."""
