"""Do the addresses of sources answer, and is there news in them? The crawl behind `scrapy sources check`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive import clock
from crawler.discovery import Listing, kind_of, read_feed, read_front_page, read_sitemap
from crawler.sources import Source
from crawler.spider_settings import identify, keep_nothing, slow_down

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

ListKind = Literal["feed", "sitemap", "front page"]
Verdict = Literal["ok", "nothing new", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of a source."""

    source: str
    """Name of the source."""
    kind: ListKind
    """What the sources file says it is."""
    url: str
    """The address as it stands in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one address answered."""

    address: Address
    """The address that was asked."""
    verdict: Verdict
    """`ok`: it holds something new, or only things without dates; `failed`: no answer, or not such a list."""
    problem: str = ""
    """What is wrong, in one line; also of an `ok` list that is broken in part or has moved."""
    status: int | None = None
    """HTTP status; None without an answer."""
    what: str = ""
    """What the bytes are: "RSS 2.0", "news sitemap", "HTML" ..."""
    pages: int = 0
    """Pages that it announces."""
    sitemaps: int = 0
    """Further sitemaps that it names."""
    newest: datetime | None = None
    """Newest date in it, UTC; None where it has none."""


def addresses_of(sources: Sequence[Source]) -> list[Address]:
    """All addresses of the sources, in their order."""
    return [
        Address(source=source.name, kind=kind, url=url)
        for source in sources
        for kind, urls in _by_kind(source)
        for url in urls
    ]


def _by_kind(source: Source) -> tuple[tuple[ListKind, tuple[str, ...]], ...]:
    return ("feed", source.feeds), ("sitemap", source.sitemaps), ("front page", source.front_pages)


def judge(address: Address, response: Response, days: float) -> Check:
    """What an answer with a body is worth: news, nothing newer than `days` before now, or not such a list."""
    listing = _read(address.kind, response)
    dates = [page.date_published for page in listing.announcements]
    dates += [page.date_modified for page in listing.announcements]
    dates += [sitemap.date_modified for sitemap in listing.children]
    newest = max((date for date in dates if date), default=None)
    verdict: Verdict = "ok"
    problem = listing.problem
    if not dates:
        verdict = "failed" if problem else "nothing new"
        problem = problem or "it is empty"
    elif newest and newest < clock.now() - timedelta(days=days):
        verdict = "nothing new"
        problem = f"nothing newer than {days:g} days"
    elif not problem and response.url != address.url:
        problem = f"moved to {response.url}"
    return Check(
        address=address,
        verdict=verdict,
        problem=problem,
        status=response.status,
        what=kind_of(response.body),
        pages=len(listing.announcements),
        sitemaps=len(listing.children),
        newest=newest,
    )


def _read(kind: ListKind, response: Response) -> Listing:
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    if kind == "feed":
        return read_feed(response.body, response.url, content_type)
    if kind == "sitemap":
        return read_sitemap(response.body, response.url)
    return read_front_page(response.body, response.url, content_type)


def failed(address: Address, error: BaseException | None) -> Check:
    """An address that did not answer with a page."""
    if isinstance(error, HttpError):
        status = error.response.status
        return Check(address=address, verdict="failed", status=status, problem=f"HTTP {status}")
    reason = " ".join(str(error).split()).partition(" (")[0]
    return Check(address=address, verdict="failed", problem=reason or type(error).__name__)


class SourcesCheckSpider(Spider):
    """Asks each address once, politely, and hands on a `Check` for each. It keeps nothing.

    It lies outside crawler/spiders, as it is no crawl of its own.
    """

    name = "sources_check"

    def __init__(
        self, *, sources: Sequence[Source], days: float, on_check: Callable[[Check], None], **given: Any
    ) -> None:
        super().__init__(**given)
        self.sources = sources
        self._days = days
        self._on_check = on_check

    @classmethod
    def update_settings(cls, settings: Any) -> None:
        """Keep nothing, report nothing; put the contact into the user agent."""
        super().update_settings(settings)
        keep_nothing(settings)
        identify(settings)

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        """Called by Scrapy; gives each source's hosts its delay."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        slow_down(crawler.settings, spider.sources)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """One request for each address."""
        for address in addresses_of(self.sources):
            yield Request(
                address.url,
                callback=self.parse_list,
                errback=self.list_failed,
                cb_kwargs={"address": address},
                dont_filter=True,
            )

    async def parse_list(self, response: Response, address: Address) -> None:
        """Judge the answer, in a thread: a large sitemap takes seconds."""
        self._on_check(await asyncio.to_thread(judge, address, response, self._days))

    def list_failed(self, failure: Failure) -> None:
        """Say why there is no answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._on_check(failed(request.cb_kwargs["address"], failure.value))
