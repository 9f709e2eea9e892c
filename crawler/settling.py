"""What becomes of each leased URL: every way out of Scrapy ends in exactly one of `settle` and `fail`."""

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.article import Article, RawPage
from crawler.frontier import Frontier
from crawler.ledger_tables import Lease, Outcome
from crawler.middlewares.guard import Forbidden, NoContact
from pipelines.stages.check import NoHeadline, NoText
from pipelines.stages.duplicates import Duplicate
from pipelines.stages.store import NotKept

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_GONE = (404, 410, 451)
_DROPS: dict[type[BaseException], tuple[Outcome, str]] = {
    Duplicate: ("duplicate", ""),
    NoText: ("not_article", "no_text"),
    NoHeadline: ("not_article", "no_headline"),
}
_FOR_GOOD = {
    "Forbidden by robots.txt": ("robots", ""),
    "max redirections reached": ("error", "redirect_loop"),
    "DOWNLOAD_MAXSIZE": ("error", "too_large"),
    "larger than": ("error", "too_large"),
}
"""What Scrapy says of a request that will fail again, and what it becomes."""


class Ending(IgnoreRequest):
    """The crawl is ending; the request was still waiting for its turn and its URL is given back."""


class Settler:
    """Settles the URLs of one run; counts `ledger/OUTCOME` and `ledger/OUTCOME/REASON` of those settled."""

    def __init__(self, crawler: "Crawler", frontier: Frontier) -> None:
        self._crawler = crawler
        self._frontier = frontier
        self._under_way: set[asyncio.Task[None]] = set()
        connect = crawler.signals.connect
        connect(self.scraped, signals.item_scraped)
        connect(self.dropped, signals.item_dropped)
        connect(self.item_failed, signals.item_error)
        connect(self.callback_failed, signals.spider_error)

    async def scraped(self, item: Any) -> None:
        """The archive has committed the article."""
        if lease := self._lease_of(item):
            await self.settle(lease, "archived", article_id=item.id, raw=item.raw)

    async def dropped(self, item: Any, exception: BaseException) -> None:
        """A stage dropped the article."""
        if isinstance(exception, NotKept):
            return  # the end of the run gives it back
        if lease := self._lease_of(item):
            outcome, reason = _DROPS.get(type(exception), ("error", "refused"))
            detail = reason or str(exception).partition(": ")[0]
            await self.settle(lease, outcome, reason, detail=detail, raw=item.raw)

    async def item_failed(self, item: Any) -> None:
        """A stage failed on the article."""
        if lease := self._lease_of(item):
            await self.fail(lease, "stage_failed")

    def callback_failed(self, response: Any) -> None:
        """A callback or errback failed. Scrapy sends this signal without waiting, so the work is a task."""
        request = getattr(response, "request", None)
        if request is not None and (lease := request.cb_kwargs.get("lease")):
            task = asyncio.ensure_future(self.fail(lease, "callback_failed"))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def fetch_failed(self, failure: Failure) -> None:
        """The page did not come."""
        lease, error = failure.request.cb_kwargs["lease"], failure.value  # type: ignore[attr-defined]
        if isinstance(error, (NoContact, Ending)):
            return  # the end of the run gives it back
        if isinstance(error, HttpError) and error.response.status in _GONE:
            response = error.response
            await self.settle(lease, "gone", f"http_{response.status}", raw=raw_of(response))
        elif isinstance(error, HttpError):
            await self.fail(lease, f"http_{error.response.status}")
        elif isinstance(error, Forbidden):
            await self.settle(lease, "error", "private_address")
        elif known := next((value for text, value in _FOR_GOOD.items() if text in str(error)), None):
            await self.settle(lease, *known)  # type: ignore[arg-type]
        else:
            await self.fail(lease, _kind(error))

    async def settle(
        self,
        lease: Lease,
        outcome: Outcome,
        reason: str = "",
        *,
        detail: str = "",
        article_id: str | None = None,
        raw: RawPage | None = None,
    ) -> None:
        """Give the URL its outcome; `detail` is kept in the ledger where it says more than the reason."""
        if await self._frontier.settle(
            lease, outcome, reason=detail or reason, article_id=article_id, raw=raw
        ):
            self.count(outcome, reason)

    async def fail(self, lease: Lease, reason: str) -> None:
        """A failure that may pass."""
        if await self._frontier.fail(lease, reason):
            self.count("error", reason)

    def count(self, outcome: str, reason: str = "") -> None:
        """Count an outcome."""
        self._crawler.stats.inc_value(f"ledger/{outcome}")
        if reason:
            self._crawler.stats.inc_value(f"ledger/{outcome}/{reason}")

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _lease_of(self, item: Any) -> Lease | None:
        return self._frontier.lease_of(item.announced_url) if isinstance(item, Article) else None


def raw_of(response: Response) -> RawPage | None:
    """Where the response lies in the raw store."""
    raw: RawPage | None = response.meta.get("raw_page") if response.request else None
    return raw


def _kind(error: BaseException | None) -> str:
    """The exception's class as a reason: TimeoutError -> timeout, DNSLookupError -> dns_lookup."""
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception") or "unknown"
    words = ""
    for before, letter in zip(f"_{name}", name, strict=False):
        words += f"_{letter.lower()}" if letter.isupper() and not before.isupper() else letter.lower()
    return words.lstrip("_")
