"""`scrapy crawl feeds`: what the feeds of the sources name."""

from collections.abc import Iterable

from crawler.ledger_records import Poll
from crawler.sources import Source
from crawler.spiders.lists import ListSpider


class FeedsSpider(ListSpider):
    """Archives what feeds announce; for crawls on a schedule.

    Arguments: sources, languages, days, max_requests.
    """

    name = "feeds"

    def polls(self, source: Source) -> Iterable[Poll]:
        """The source's feeds."""
        return (Poll(url=url, kind="feed", source=source.name) for url in source.feeds)
