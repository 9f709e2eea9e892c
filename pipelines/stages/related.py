"""What the spider found of the article's relation to the seed."""

from typing import TYPE_CHECKING

from archive.article import Article

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RelatedStage:
    """Keeps the scores that the spider gave, and counts `stage/related/KIND` and `stage/related/none`."""

    def __init__(self, crawler: "Crawler") -> None:
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "RelatedStage":
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The article as it came."""
        for relation in item.relations:
            self._stats.inc_value(f"stage/related/{relation.kind if relation.related else 'none'}")
        return item
