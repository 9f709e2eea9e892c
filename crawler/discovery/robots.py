"""Sitemaps named in a robots.txt."""

from protego import Protego

from crawler.discovery.base import SitemapChild
from crawler.discovery.values import absolute

MAX_SIZE = 500 * 1024
"""Bytes that are read: RFC 9309, section 2.5 asks crawlers for at least 500 KiB."""


def sitemaps_of(robots_txt: bytes, url: str) -> list[SitemapChild]:
    """The sitemaps a robots.txt names, absolute, each once, in its order; `url` is where it was found."""
    text = robots_txt[:MAX_SIZE].decode("utf-8-sig", "replace")
    try:
        named = list(Protego.parse(text).sitemaps)
    except (ValueError, TypeError, AttributeError, IndexError):
        return []
    found = dict.fromkeys(absolute(url, link) for link in named)
    return [SitemapChild(url=address) for address in found if address]
