"""What all spiders share: take leased URLs, fetch, read, hand the article on, settle.

The only caller of extractors.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.article import Article
from archive.clock import now
from archive.errors import LedgerError, PageError
from crawler.checks import Checks, leads_to_front_page, request_arguments
from crawler.extractors.base import Page
from crawler.frontier import Frontier
from crawler.ledger_records import Evidence, Known, Lease, Work
from crawler.middlewares.politeness import refuse_all
from crawler.middlewares.robots import refused_by_page
from crawler.pages import page_of
from crawler.reading import ReadingPool
from crawler.settling import Ending, NotNow, Settler, is_gone, raw_of
from crawler.sources import Source
from crawler.spider_settings import identify, slow_down
from crawler.spiders.arguments import Arguments, parse_arguments
from crawler.stopping import deadline_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NOTHING: tuple[Any, ...] = ()
"""What a generator yields that has nothing to yield."""
MIN_WAIT = 0.05
"""Seconds; the shortest sleep of the loop that takes leases."""
TAKE_PAUSE = 10
"""Times that the last taking of leases took, until the next while some are held: a tenth of the time at most.
Taking looks at each host once (5 ms CPU of 500 hosts, whatever they hold; benchmarks/ledger.py)."""


class ArticleSpider(Spider):
    """Fetches what its job has in the ledger, reads it, yields articles.

    Subclasses announce pages in `discover` and may add to an article in `consider`.
    """

    arguments: ClassVar[type[Arguments]] = Arguments
    args: Any
    """The arguments, an instance of `arguments`."""

    def __init__(self, name: str | None = None, **given: Any) -> None:
        super().__init__(name)
        self.args = parse_arguments(self.arguments, self.name, given)
        self.sources: dict[str, Source] = {}
        self.fetched = 0
        self._take_after = 0.0
        self._announced: set[str] = set()

    @classmethod
    def update_settings(cls, settings: Any) -> None:
        """Put the contact into the user agent."""
        super().update_settings(settings)
        identify(settings)

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        """Called by Scrapy; what is wrong with arguments, seed, sources or ledger is raised here."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.set_up()
        return spider

    def set_up(self) -> None:
        """Read what the arguments name, open the ledger, listen to what becomes of articles.

        Raises UsageError, SeedError, SourcesError or LedgerError before anything is fetched.
        """
        settings = self.crawler.settings
        self.prepare()
        slow_down(settings, self.sources.values())
        self.frontier = Frontier(settings, self.job)
        self.settler = Settler(self.crawler, self.frontier)
        self.checks = Checks(self.crawler, self.settler)
        self.pool = ReadingPool(
            workers=settings.getint("READ_WORKERS"), time_limit=settings.getfloat("READ_TIMEOUT")
        )
        self.crawler.signals.connect(self._close, signals.spider_closed)

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> None:
        """Whether a crawl can start with these arguments. Raises UsageError.

        More than the spider itself needs: `scrapy parse` makes one without any.
        """
        parse_arguments(cls.arguments, str(cls.name), given)

    # --- For subclasses -----------------------------------------------------------------------------

    def prepare(self) -> None:
        """Read what the arguments name (seed, sources)."""

    @property
    def job(self) -> str:
        """Whose work a URL is in the ledger: the same command goes on with what this one leaves.

        Arguments that say what is wanted make a job; those that say how much of it do not.
        """
        wanted = self.args.model_dump(mode="json", exclude={"max_requests", "follow"}, exclude_defaults=True)
        return " ".join([str(self.name), *(f"{name}={value}" for name, value in sorted(wanted.items()))])

    async def discover(self) -> AsyncIterator[Any]:
        """Announce pages; yield the requests (and items) that this takes."""
        for thing in NOTHING:
            yield thing

    def may_fetch(self) -> bool:
        """Whether article pages may be fetched already."""
        return True

    def may_end(self) -> bool:
        """Whether nothing more can be announced but by pages that are being fetched."""
        return True

    async def consider(self, article: Article, response: Response, depth: int) -> None:
        """Add to an article that was read; announce what it links to."""

    def count_announced(self, answers: Sequence[Known]) -> None:
        """Count each URL of this run once, by what the ledger knew of it when it was first announced."""
        for answer in answers:
            if answer.key not in self._announced:
                self._announced.add(answer.key)
                self.crawler.stats.inc_value(f"ledger/announced/{answer.state}")

    def stop(self, problem: str) -> CloseSpider:
        """What to raise where the crawl cannot do its job; the report says the problem."""
        self.crawler.stats.set_value("report/problem", problem)
        return CloseSpider("cannot_go_on")

    # --- The way of a page ----------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Discover, then fetch until the job has nothing due and nothing under way."""
        try:
            await self.frontier.open()
            async for thing in self.discover():
                yield thing
            async for thing in self._fetch_all():
                yield thing
        except asyncio.CancelledError:
            self._drop_waiting_requests()
            deadline_of(self.crawler).begin()
            raise
        except LedgerError as error:
            raise self.stop(str(error)) from None

    async def _fetch_all(self) -> AsyncIterator[Any]:
        while not self.frontier.broken:
            self.frontier.changed.clear()
            async for request in self.ask_lists():
                yield request
            if self.may_fetch():
                async for thing in self.further():
                    yield thing
                for lease in await self._take():
                    yield self._request(lease)
            again_at = [at for at in (self.frontier.more_at, self.lists_at()) if at is not None]
            if not self.frontier.held and not again_at and self.may_end():
                return
            await self._wait(min(again_at, default=None))
        raise self.stop(self.frontier.broken)

    async def _wait(self, until: datetime | None) -> None:
        """Until something changed, or until then."""
        seconds = None if until is None else max((until - now()).total_seconds(), MIN_WAIT)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.frontier.changed.wait(), seconds)

    def _drop_waiting_requests(self) -> None:
        """Fail the requests that wait for their turn: Scrapy would make all of them before it ends."""
        for slot in list(self.crawler.engine.downloader.slots.values()):
            refuse_all(slot, Ending("the crawl is ending"))

    async def ask_lists(self) -> AsyncIterator[Any]:
        """The requests for lists whose turn has come."""
        for thing in NOTHING:
            yield thing

    def lists_at(self) -> datetime | None:
        """When the next list may be asked for; None where none waits for its turn."""
        return None

    async def further(self) -> AsyncIterator[Any]:
        """Items that need no fetch, as soon as pages may be fetched."""
        for thing in NOTHING:
            yield thing

    async def parse(self, response: Response) -> AsyncIterator[Article]:
        """Read any page as an article: for `scrapy parse` and `scrapy shell`."""
        async for article in self.parse_article(response):
            yield article

    async def parse_article(self, response: Response, lease: Lease | None = None) -> AsyncIterator[Article]:
        """Read the page; yield its article, or settle its URL as what it is."""
        if lease is not None and lease.check:
            if leads_to_front_page(response, lease):
                async for article in self.checks.unpublished(lease, response):
                    yield article
                return
            if await self.checks.unchanged(response, lease):
                return
        try:
            article = await deadline_of(self.crawler).keep(self.pool.read(self._page(response, lease)))
        except Ending:
            return  # the end of the run gives it back
        except PageError as error:
            await self.settler.not_read(error, response, lease)
            return
        if lease is not None and (reason := refused_by_page(article, self.crawler.settings)):
            await self.settler.settle(lease, "robots", reason, evidence=Evidence(raw=raw_of(response)))
            return
        if article.extractor.endswith("failed)"):
            self.crawler.stats.inc_value("extractor/failed")
        await self.consider(article, response, lease.work.depth if lease else 0)
        if lease is not None:
            self.settler.expect(article, lease, response)
        yield article

    async def fetch_failed(self, failure: Failure) -> AsyncIterator[Article]:
        """The page did not come: what becomes of its URL; a checked article that is gone is unpublished."""
        lease: Lease = failure.request.cb_kwargs["lease"]  # type: ignore[attr-defined]
        if lease.check and is_gone(failure.value):
            async for article in self.checks.unpublished(lease, failure.value.response):
                yield article
            return
        if isinstance(failure.value, NotNow):
            self.fetched -= 1  # it was not
        await self.settler.fetch_failed(failure)

    def _request(self, lease: Lease) -> Request:
        given: dict[str, Any] = {"priority": round(lease.work.priority * 1000)}
        return Request(
            lease.work.url,
            callback=self.parse_article,
            errback=self.fetch_failed,
            cb_kwargs={"lease": lease},
            dont_filter=True,
            **(request_arguments(lease) if lease.check else given),
        )

    async def _take(self) -> list[Lease]:
        settings = self.crawler.settings
        room = settings.getint("LEASE_BATCH") - len(self.frontier.held)
        if self.args.max_requests is not None:
            room = min(room, self.args.max_requests - self.fetched)
        started = monotonic()
        if room <= 0:
            self.frontier.more_at = None  # once something is settled
            return []
        if self.frontier.held and started < self._take_after:
            self.frontier.more_at = now() + timedelta(seconds=self._take_after - started)
            return []
        bound = None if self.args.max_requests is not None else settings.getint("LEASES_PER_HOST")
        leases = await self.frontier.take(room, per_host=bound)
        self.fetched += len(leases)
        self._take_after = monotonic() + TAKE_PAUSE * (monotonic() - started)
        return leases

    def _page(self, response: Response, lease: Lease | None) -> Page:
        work = lease.work if lease else Work(url=response.url)
        source = self.sources.get(work.source)
        return page_of(response, work, publisher=source.publisher if source else "")

    async def _close(self, reason: str) -> None:
        await self.settler.finish()
        try:
            counts = await self.frontier.count_by_state()
            leased = counts.get("leased", 0)
            self.crawler.stats.set_value("ledger/pending", counts.get("pending", 0) + leased)
            held = sum(not lease.check for lease in self.frontier.held.values())  # a check's URL is archived
            self.crawler.stats.set_value("ledger/leased_elsewhere", leased - held)
        except LedgerError as error:
            self.logger.warning("%s", error)
        finally:
            await self.frontier.close(reason)
            await self.pool.close()
