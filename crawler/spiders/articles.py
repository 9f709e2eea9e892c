"""What all spiders share: take leased URLs, fetch, read, hand the article on, settle.

The only caller of extractors.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.article import Article
from archive.clock import now
from archive.errors import PageError
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle
from crawler.frontier import Frontier
from crawler.ledger_tables import Known, Lease, Outcome
from crawler.middlewares.guard import Forbidden, NoContact
from crawler.reading import ReadingPool
from crawler.sources import Source
from crawler.spiders.arguments import Arguments, parse_arguments
from pipelines.stages.check import NoHeadline, NoText
from pipelines.stages.duplicates import Duplicate

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_GONE = (404, 410, 451)
_DROPS: dict[type[Exception], tuple[Outcome, str]] = {
    Duplicate: ("duplicate", ""),
    NoText: ("not_article", "no_text"),
    NoHeadline: ("not_article", "no_headline"),
}


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
        self._announced: set[str] = set()

    @classmethod
    def update_settings(cls, settings: Any) -> None:
        """Put the contact into the user agent."""
        super().update_settings(settings)
        if settings.get("CONTACT"):
            settings.set("USER_AGENT", f"Storytrail/0.1 (+{settings['CONTACT']})", priority="spider")

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
        settings, connect = self.crawler.settings, self.crawler.signals.connect
        self.prepare()
        self._slow_down()
        self.frontier = Frontier(settings, self.job)
        self.pool = ReadingPool(
            workers=settings.getint("READ_WORKERS"), time_limit=settings.getfloat("READ_TIMEOUT")
        )
        connect(self._scraped, signals.item_scraped)
        connect(self._dropped, signals.item_dropped)
        connect(self._item_failed, signals.item_error)
        connect(self._callback_failed, signals.spider_error)
        connect(self._close, signals.spider_closed)

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
        """Whose work a URL is in the ledger: the next run of a job goes on with what this one leaves."""
        return str(self.name)

    async def discover(self) -> AsyncIterator[Any]:
        """Announce pages; yield the requests (and items) that this takes."""
        nothing: tuple[Any, ...] = ()
        for thing in nothing:
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

    # --- The way of a page ----------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Discover, then fetch until the job has nothing due and nothing under way."""
        await self.frontier.open()
        async for thing in self.discover():
            yield thing
        while True:
            self.frontier.changed.clear()
            if self.may_fetch():
                async for thing in self.further():
                    yield thing
                for lease in await self._take():
                    yield self._request(lease)
            if not self.frontier.held and self.may_end():
                return
            await self.frontier.changed.wait()

    async def further(self) -> AsyncIterator[Any]:
        """Items that need no fetch, as soon as pages may be fetched."""
        nothing: tuple[Any, ...] = ()
        for thing in nothing:
            yield thing

    async def parse(self, response: Response) -> AsyncIterator[Article]:
        """Read any page as an article: for `scrapy parse` and `scrapy shell`."""
        async for article in self.parse_article(response):
            yield article

    async def parse_article(self, response: Response, lease: Lease | None = None) -> AsyncIterator[Article]:
        """Read the page; yield its article, or settle its URL as what it is."""
        try:
            article = await self.pool.read(self._page(response, lease))
        except NotAnArticle as error:
            outcome: Outcome = "wall" if error.reason.endswith("_wall") else "not_article"
            await self._settle(lease, outcome, error.reason, response)
            return
        except PageError as error:
            self.logger.warning("%s", error)
            await self._settle(lease, "error", "unreadable", response)
            return
        await self.consider(article, response, lease.work.depth if lease else 0)
        yield article

    async def fetch_failed(self, failure: Failure) -> None:
        """Settle a URL whose page did not come."""
        lease = failure.request.cb_kwargs["lease"]  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, HttpError):
            status = error.response.status
            if status in _GONE:
                await self._settle(lease, "gone", f"http_{status}", error.response)
            else:
                await self._fail(lease, f"http_{status}")
        elif isinstance(error, Forbidden):
            await self._settle(lease, "error", "private_address", None)
        elif isinstance(error, NoContact):
            self._stat("stopped")
        elif isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            await self._settle(lease, "robots", "", None)
        elif "larger than" in str(error):
            await self._settle(lease, "error", "too_large", None)
        elif error is not None:
            await self._fail(lease, _kind(error))

    def _request(self, lease: Lease) -> Request:
        return Request(
            lease.work.url,
            callback=self.parse_article,
            errback=self.fetch_failed,
            cb_kwargs={"lease": lease},
            priority=round(lease.work.priority * 1000),
            dont_filter=True,
        )

    async def _take(self) -> list[Lease]:
        room = self.crawler.settings.getint("LEASE_BATCH") - len(self.frontier.held)
        if self.args.max_requests is not None:
            room = min(room, self.args.max_requests - self.fetched)
        if room <= 0:
            return []
        leases = await self.frontier.take(room)
        self.fetched += len(leases)
        return leases

    def _page(self, response: Response, lease: Lease | None) -> Page:
        work = lease.work if lease else None
        source = self.sources.get(work.source) if work else None
        return Page(
            url=response.url,
            body=response.body,
            headers={
                name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
                for name, values in response.headers.items()
            },
            status=response.status,
            fetched_at=now(),
            raw=response.meta.get("raw_page") if response.request else None,
            announced_url=work.url if work else response.url,
            source=work.source if work else "",
            publisher=source.publisher if source else "",
            announced_headline=work.headline if work else "",
            date_announced=work.date_published if work else None,
        )

    # --- Settling: each leased URL comes through exactly one of these ---------------------------------

    async def _scraped(self, item: Any) -> None:
        if isinstance(item, Article) and (lease := self.frontier.lease_of(item.announced_url)):
            self._stat("archived")
            await self.frontier.settle(lease, "archived", article_id=item.id, raw=item.raw)

    async def _dropped(self, item: Any, exception: BaseException) -> None:
        if isinstance(item, Article) and (lease := self.frontier.lease_of(item.announced_url)):
            outcome, reason = _DROPS.get(type(exception), ("error", "refused"))  # type: ignore[arg-type]
            self._stat(outcome, reason)
            detail = reason or str(exception).partition(": ")[0]
            await self.frontier.settle(lease, outcome, reason=detail, raw=item.raw)

    async def _item_failed(self, item: Any) -> None:
        if isinstance(item, Article) and (lease := self.frontier.lease_of(item.announced_url)):
            await self._fail(lease, "stage_failed")

    async def _callback_failed(self, response: Any) -> None:
        request = getattr(response, "request", None)
        if request is not None and (lease := request.cb_kwargs.get("lease")):
            await self._settle(lease, "error", "callback_failed", None)

    async def _settle(
        self, lease: Lease | None, outcome: Outcome, reason: str, response: Response | None
    ) -> None:
        self._stat(outcome, reason)
        if lease is not None:
            raw = response.meta.get("raw_page") if response is not None and response.request else None
            await self.frontier.settle(lease, outcome, reason=reason, raw=raw)

    async def _fail(self, lease: Lease, reason: str) -> None:
        self._stat("error", reason)
        await self.frontier.fail(lease, reason)

    def _stat(self, outcome: str, reason: str = "") -> None:
        self.crawler.stats.inc_value(f"ledger/{outcome}")
        if reason:
            self.crawler.stats.inc_value(f"ledger/{outcome}/{reason}")

    async def _close(self, reason: str) -> None:
        counts = await self.frontier.count_by_state()
        self.crawler.stats.set_value("ledger/pending", counts.get("pending", 0) + counts.get("leased", 0))
        await self.frontier.close(reason)
        await self.pool.close()

    def _slow_down(self) -> None:
        """Give the hosts of each source its delay (Scrapy keeps one slot a host)."""
        slots = dict(self.crawler.settings.getdict("DOWNLOAD_SLOTS"))
        for source in self.sources.values():
            if source.delay is not None:
                for host in source.hosts:
                    slots.setdefault(host, {"delay": source.delay, "concurrency": 1})
        self.crawler.settings.set("DOWNLOAD_SLOTS", slots, priority="spider")


def _kind(error: BaseException) -> str:
    """The exception's class as a reason: TimeoutError -> timeout, DNSLookupError -> dns_lookup."""
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception") or "unknown"
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
