"""What several spiders make of their settings."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crawler.sources import Source

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def identify(settings: "BaseSettings") -> None:
    """Put the contact into the user agent."""
    if settings.get("CONTACT"):
        settings.set("USER_AGENT", f"Storytrail/0.1 (+{settings['CONTACT']})", priority="spider")


def keep_nothing(settings: "BaseSettings") -> None:
    """No archive, no raw pages, no report: for a look at a page that is no crawl."""
    for name, value in (("ITEM_PIPELINES", {}), ("EXTENSIONS", {}), ("RAW_PAGES_ENABLED", False)):
        settings.set(name, value, priority="spider")


def slow_down(settings: "BaseSettings", sources: Iterable[Source]) -> None:
    """Give the hosts of each source its delay (Scrapy keeps one slot a host)."""
    slots = dict(settings.getdict("DOWNLOAD_SLOTS"))
    for source in sources:
        if source.delay is not None:
            for host in source.hosts:
                slots.setdefault(host, {"delay": source.delay, "concurrency": 1})
    settings.set("DOWNLOAD_SLOTS", slots, priority="spider")
