"""Feeds, sitemaps, front pages and robots.txt, as bytes, to announced URLs. No network, no Scrapy.

Every reader takes whatever a server sent, never raises, and says in `Listing.problem` what was wrong.
"""

from crawler.discovery.base import Announcement, Listing, SitemapChild
from crawler.discovery.feed import read_feed
from crawler.discovery.front_page import feed_links, read_front_page
from crawler.discovery.kinds import kind_of
from crawler.discovery.robots import sitemaps_of
from crawler.discovery.sitemap import read_sitemap
from crawler.discovery.window import could_hold, dates_in

__all__ = [
    "Announcement",
    "Listing",
    "SitemapChild",
    "could_hold",
    "dates_in",
    "feed_links",
    "kind_of",
    "read_feed",
    "read_front_page",
    "read_sitemap",
    "sitemaps_of",
]
