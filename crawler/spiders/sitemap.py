"""`scrapy crawl sitemap`: what the sitemaps of the sources name."""

from collections.abc import Iterable

from crawler.ledger_records import Poll
from crawler.sources import Source
from crawler.spiders.lists import ListSpider, sitemap_polls


class SitemapSpider(ListSpider):
    """Archives what sitemaps announce, those that robots.txt names included; `days` bounds how far back.

    Arguments: sources, languages, days, max_requests.
    """

    name = "sitemap"

    def polls(self, source: Source) -> Iterable[Poll]:
        """The source's sitemaps."""
        return sitemap_polls(source)
