"""Whether the dates can be true."""

from datetime import timedelta
from typing import TYPE_CHECKING

from archive.article import Article
from pipelines.text.dates import plausible

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

CLOCK_SLACK = timedelta(days=1)
"""A change before the first publication by more than this is nonsense; less is two clocks or two zones."""


class DatesStage:
    """Clears implausible dates and fills in the announced one; counts `stage/dates/...`."""

    def __init__(self, crawler: "Crawler") -> None:
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "DatesStage":
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The article with dates that can be true."""
        if item.date_published and not plausible(item.date_published, item.date_fetched):
            item.date_published = None
            self._stats.inc_value("stage/dates/implausible")
        if item.date_published is None and item.date_announced:
            item.date_published = item.date_announced
            item.date_published_source = item.date_published_source or "feed"
            self._stats.inc_value("stage/dates/announced")
        if item.date_modified and not self._modified_can_be(item):
            item.date_modified = None
            self._stats.inc_value("stage/dates/implausible")
        if item.date_published is None:
            self._stats.inc_value("stage/dates/none")
        return item

    @staticmethod
    def _modified_can_be(item: Article) -> bool:
        if item.date_modified is None or not plausible(item.date_modified, item.date_fetched):
            return False
        return item.date_published is None or item.date_modified >= item.date_published - CLOCK_SLACK
