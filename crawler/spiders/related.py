"""`scrapy crawl related`: the coverage related to one article."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field
from scrapy import Request, signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from archive.article import Article, Relation
from archive.errors import ArchiveAway, PageError, StorytrailError
from archive.url import article_id
from crawler.discovery.base import Announcement
from crawler.discovery.front_page import read_front_page
from crawler.ledger_records import Known, Lease, Poll, Work
from crawler.seed import read_seed, seed_kind
from crawler.sources import Source
from crawler.spiders.arguments import SourceArguments
from crawler.spiders.lists import ListSpider, sitemap_polls
from pipelines.opened import archive_of
from pipelines.text.announcement import rank_announcement
from pipelines.text.similarity import Profile, compare, profile

KNOWN_BATCH = 100
"""Archived articles that are compared with the seed at a time."""


class RelatedArguments(SourceArguments):
    """The arguments of `related`."""

    seed: str = Field(min_length=1)
    """The seed article: a text export, an HTML file, a JSON export, or a URL."""
    days: float | None = Field(default=30, gt=0)
    """Only pages announced as published at most this many days before or after the seed."""
    follow: int = Field(default=1, ge=0)
    """How many links away from a list the links of related pages are followed."""


class RelatedSpider(ListSpider):
    """Reads all lists of the sources, fetches the likeliest pages first, scores each against the seed.

    Every article fetched is archived with its score.
    Arguments: seed, sources, languages, days, max_requests, follow.
    """

    name = "related"
    arguments: ClassVar[type[RelatedArguments]] = RelatedArguments

    def prepare(self) -> None:
        """Read seed and sources. Raises SeedError or SourcesError."""
        super().prepare()
        self.seed: Article | None = None
        self.related: dict[str, Article] = {}
        """The related articles of this run by id."""
        self._known: dict[str, None] = {}
        self._scored: set[str] = set()
        self._seed_url = self.args.seed if seed_kind(self.args.seed) == "url" else ""
        if not self._seed_url:
            self._set_seed(read_seed(self.args.seed))
        self.crawler.signals.connect(self._keep_related, signals.item_scraped)

    @property
    def job(self) -> str:
        """The seed, whatever file it is in, and what is wanted of its coverage."""
        seed = article_id(self._seed_url) if self._seed_url else self._the_seed.id
        return super().job.replace(f"seed={self.args.seed}", f"seed={seed}")

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """The days around the seed's publication; None for a seed without a date."""
        published = self._the_seed.date_published
        if self.args.days is None or published is None:
            return None
        days = timedelta(days=self.args.days)
        return published - days, published + days

    def polls(self, source: Source) -> Iterable[Poll]:
        """All lists of the source."""
        yield from (Poll(url=url, kind="feed", source=source.name) for url in source.feeds)
        yield from sitemap_polls(source)
        yield from (Poll(url=url, kind="front_page", source=source.name) for url in source.front_pages)

    def worth(self, announcement: Announcement) -> float:
        """How likely the page is related, by its headline, summary, URL and date."""
        return rank_announcement(
            self._profile,
            headline=announcement.headline,
            summary=announcement.summary,
            url=announcement.url,
            date=announcement.date_published or announcement.date_modified,
            language=announcement.language,
        )

    def may_fetch(self) -> bool:
        """Only when all lists are read is it known which pages are the likeliest."""
        return not self._wished and not self._asked

    async def discover(self) -> AsyncIterator[Any]:
        """The seed's page where the seed is a URL, then all lists."""
        if self._seed_url:
            yield await self._fetch_seed()
        self._known |= dict.fromkeys(await self.frontier.archived_before())
        async for request in super().discover():
            yield request

    async def announce(
        self, announcements: Sequence[Announcement], source: str, *, depth: int = 0
    ) -> list[Known]:
        """Announce; remember what is archived already, to compare it with the seed without a fetch."""
        answers = await super().announce(announcements, source, depth=depth)
        known = (answer.article_id for answer in answers if answer.article_id)
        self._known |= {identity: None for identity in known if identity not in self._scored}
        return answers

    async def further(self) -> AsyncIterator[Article]:
        """Articles that were archived before, with their relation to the seed."""
        archive = archive_of(self.crawler)
        while self._known:
            batch = list(self._known)[:KNOWN_BATCH]
            for identity in batch:
                del self._known[identity]
            try:
                articles = await asyncio.to_thread(archive.get_many, batch)
            except ArchiveAway as error:
                self.logger.warning("%s; archived articles are not compared with the seed", error)
                return
            if len(articles) < len(batch):
                self.crawler.stats.inc_value("ledger/known_missing", len(batch) - len(articles))
            for article in articles.values():
                self.crawler.stats.inc_value("ledger/known")
                article.relations = [self._relation(article)]
                yield article

    async def consider(self, article: Article, response: Response, depth: int) -> None:
        """Score the article; follow its links only if it turned out related."""
        relation = self._relation(article)
        article.relations = [relation]
        if relation.related and depth < self.args.follow:
            links = await asyncio.to_thread(read_front_page, response.body, response.url)
            await self.announce(links.announcements, article.source, depth=depth + 1)

    @property
    def _the_seed(self) -> Article:
        assert self.seed is not None
        return self.seed

    def _set_seed(self, seed: Article) -> None:
        self.seed = seed
        self._profile = _profile_of(seed)

    def _relation(self, article: Article) -> Relation:
        self._scored.add(article.id)
        return compare(self._profile, _profile_of(article), seed_id=self._the_seed.id)

    async def _fetch_seed(self) -> Article:
        await self.frontier.announce([Work(url=self._seed_url, priority=1.0)])
        lease = await self.frontier.take_url(self._seed_url)
        self.fetched += 1
        try:
            article = await self._read_seed_page(lease)
            self._set_seed(article)
        except Exception as error:
            if self.crawler.stats.get_value("report/problem"):  # no contact
                raise CloseSpider from None
            problem = str(error) if isinstance(error, StorytrailError) else f"{type(error).__name__}: {error}"
            raise self.stop(f"the seed cannot be read: {problem}") from None
        return article

    async def _read_seed_page(self, lease: Lease | None) -> Article:
        response = await self.crawler.engine.download_async(Request(self._seed_url, dont_filter=True))
        if response.status >= 400:
            raise PageError(f"{self._seed_url} answered HTTP {response.status}")
        article = await self.pool.read(self._page(response, lease))
        if lease is not None:
            self.settler.expect(article, lease, response)
        return article

    def _keep_related(self, item: Any) -> None:
        relation = item.relation_to(self._the_seed.id) if isinstance(item, Article) else None
        if relation is not None and relation.related:
            self.related[item.id] = item


def _profile_of(article: Article) -> Profile:
    return profile(
        headline=article.headline,
        text=article.article_body,
        language=article.in_language,
        date=article.date_published,
    )
