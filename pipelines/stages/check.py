"""Whether it is an article at all."""

from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from archive.article import Article

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

MIN_LETTERS = 80
"""Letters that a text must have: a news flash of two sentences has about 150, in Chinese or Japanese 60 to
80; what is shorter is a caption or a teaser. A teaser or paywalled page with a date is kept with less."""


class NoText(DropItem):
    """The page has a headline but no text to speak of."""


class NoHeadline(DropItem):
    """The page has no headline."""


class CheckStage:
    """Drops what has no headline or no text; counts `stage/check/access/full|teaser|paywall`."""

    def __init__(self, crawler: "Crawler") -> None:
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "CheckStage":
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The article, or a drop."""
        if not item.headline:
            raise NoHeadline(f"no headline: {item.url}")
        letters = sum(character.isalpha() for character in item.article_body)
        announced_only = item.access != "full" and (item.date_published or item.date_announced)
        if letters < MIN_LETTERS and not announced_only:
            raise NoText(f"only {letters} letters of text: {item.url}")
        self._stats.inc_value(f"stage/check/access/{item.access}")
        return item
