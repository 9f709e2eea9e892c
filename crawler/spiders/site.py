"""`scrapy crawl site`: what front and section pages link to."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, ClassVar

from pydantic import Field
from scrapy.http import Response

from archive.article import Article
from archive.errors import UsageError
from archive.url import normalize
from crawler.discovery.front_page import read_front_page
from crawler.ledger_records import Poll
from crawler.sources import Source
from crawler.spiders.arguments import SourceArguments, Words
from crawler.spiders.lists import ListSpider


class SiteArguments(SourceArguments):
    """The arguments of `site`."""

    urls: Words = ()
    """Front or section pages; without them the front pages of the sources."""
    follow: int = Field(default=1, ge=0)
    """How many links away from a front page articles are looked for; 0: only what it links to."""


class SiteSpider(ListSpider):
    """Archives what front and section pages link to, and what those articles link to on the same site.

    Arguments: urls, sources, languages, days, max_requests, follow.
    """

    name = "site"
    arguments: ClassVar[type[SiteArguments]] = SiteArguments

    def prepare(self) -> None:
        """Load the sources where no URLs are given. Raises SourcesError or UsageError."""
        super().prepare()
        for url in self.args.urls:
            try:
                normalize(url)
            except ValueError as error:
                raise UsageError(f"spider site, argument urls: {error}") from None

    def polls(self, source: Source) -> Iterable[Poll]:
        """The source's front pages."""
        return (Poll(url=url, kind="front_page", source=source.name) for url in source.front_pages)

    async def discover(self) -> AsyncIterator[Any]:
        """The requests for the given pages, or for all front pages."""
        if not self.args.urls:
            async for request in super().discover():
                yield request
            return
        for url in self.args.urls:
            self.wish(Poll(url=url, kind="front_page", source=""))

    async def consider(self, article: Article, response: Response, depth: int) -> None:
        """Announce the article's links while they are near enough."""
        if depth < self.args.follow:
            links = await asyncio.to_thread(read_front_page, response.body, response.url)
            await self.announce(links.announcements, article.source, depth=depth + 1)
