"""What becomes of each leased URL: every way out of Scrapy ends in exactly one of `settle` and `fail`."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.article import Article, RawPage
from archive.errors import PageError
from crawler.extractors.errors import NotAnArticle, ReaderFailed
from crawler.frontier import Frontier
from crawler.ledger_reasons import listed
from crawler.ledger_records import CheckResult, Evidence, Found, Lease, Outcome, Validators
from crawler.middlewares.guard import Forbidden, NoContact
from pipelines.stages.check import NoHeadline, NoText
from pipelines.stages.duplicates import Duplicate
from pipelines.stages.store import NotKept

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

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


class NotNow(IgnoreRequest):
    """The request was not made, for no fault of its page; its URL may be tried again at `until`."""

    def __init__(self, why: str, until: datetime) -> None:
        super().__init__(why)
        self.until = until


class Settler:
    """Settles the URLs of one run; counts `ledger/OUTCOME` and `ledger/OUTCOME/REASON` of those settled."""

    def __init__(self, crawler: "Crawler", frontier: Frontier) -> None:
        self._crawler = crawler
        self._frontier = frontier
        self._under_way: set[asyncio.Task[None]] = set()
        self._expected: dict[int, tuple[Article, Lease, Response]] = {}  # by the article's identity
        connect = crawler.signals.connect
        connect(self.scraped, signals.item_scraped)
        connect(self.dropped, signals.item_dropped)
        connect(self.item_failed, signals.item_error)
        connect(self.callback_failed, signals.spider_error)

    def expect(self, article: Article, lease: Lease, response: Response) -> None:
        """The article goes through the stages now; what becomes of it there settles the lease.

        An article that is not expected settles nothing: one archived before may pass the stages again
        while its page is being checked.
        """
        self._expected[id(article)] = (article, lease, response)

    async def scraped(self, item: Any) -> None:
        """The archive has committed the article."""
        if (expected := self._expected.pop(id(item), None)) is None:
            return
        _, lease, response = expected
        evidence = Evidence(
            article_id=item.id,
            raw=item.raw,
            validators=validators_of(response),
            due_at=self._frontier.next_check(lease, item.date_published),
        )
        if not lease.check:
            await self.settle(lease, "archived", evidence=replace(evidence, found=found_in(item)))
        elif item.date_unpublished is not None:
            await self.gone(lease, response)
        else:
            revised = item.date_revised is not None and item.date_revised == item.date_fetched
            await self.checked(lease, "revised" if revised else "unchanged", evidence)

    async def dropped(self, item: Any, exception: BaseException) -> None:
        """A stage dropped the article."""
        lease = self._lease_of(item)
        if lease is not None and not isinstance(exception, NotKept):  # the end of the run gives that back
            outcome, reason = _DROPS.get(type(exception), ("error", "refused"))
            detail = reason or str(exception).partition(": ")[0]
            await self.settle(lease, outcome, reason, detail=detail, evidence=Evidence(raw=item.raw))

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
        if isinstance(error, NotNow):
            await self._frontier.release(lease, error.until)
            self._crawler.stats.inc_value("ledger/given_back")
        elif is_gone(error):
            response = error.response
            await self.settle(
                lease, "gone", f"http_{response.status}", evidence=Evidence(raw=raw_of(response))
            )
        elif isinstance(error, HttpError):
            await self.fail(lease, f"http_{error.response.status}")
        elif isinstance(error, Forbidden):
            await self.settle(lease, "error", "private_address")
        elif known := next((value for text, value in _FOR_GOOD.items() if text in str(error)), None):
            await self.settle(lease, *known)  # type: ignore[arg-type]
        else:
            reason = _kind(error)
            if reason == "other":
                logger.warning("%s: %s: %s", lease.work.url, type(error).__name__, error)
            await self.fail(lease, reason)

    async def not_read(self, error: PageError, response: Response, lease: Lease | None) -> None:
        """The page came, but it is no article or cannot be read."""
        if not isinstance(error, NotAnArticle):
            logger.warning("%s", error)
        if lease is None:
            return
        evidence = Evidence(raw=raw_of(response))
        if isinstance(error, ReaderFailed):
            await self.fail(lease, "reader_failed")
        elif isinstance(error, NotAnArticle):
            outcome: Outcome = "wall" if error.reason.endswith("_wall") else "not_article"
            await self.settle(lease, outcome, error.reason, evidence=evidence)
        else:
            await self.settle(lease, "error", "unreadable", evidence=evidence)

    async def settle(
        self,
        lease: Lease,
        outcome: Outcome,
        reason: str = "",
        *,
        detail: str = "",
        evidence: Evidence | None = None,
    ) -> None:
        """Give the URL its outcome; `detail` is kept in the ledger where it says more than the reason.

        A check never changes the outcome: for whatever is no article it ends as `error`.
        """
        if lease.check:
            await self.checked(lease, "error", self.evidence(lease))
        elif await self._frontier.settle(lease, outcome, reason=detail or reason, evidence=evidence):
            self.count(outcome, reason)

    async def checked(self, lease: Lease, result: CheckResult, evidence: Evidence) -> None:
        """Note how a check ended; counts `ledger/check/RESULT`."""
        if await self._frontier.checked(lease, result, evidence):
            self.count("check", result)

    async def gone(self, lease: Lease, response: Response) -> None:
        """The check found the page gone.

        What was read before is forgotten: a page that comes back as it was is to be read, as news.
        """
        evidence = replace(self.evidence(lease), raw=raw_of(response), validators=Validators())
        await self.checked(lease, "gone", evidence)

    def evidence(self, lease: Lease) -> Evidence:
        """The time of a checked page's next check; all else stays as it is."""
        return Evidence(due_at=self._frontier.next_check(lease, None))

    async def fail(self, lease: Lease, reason: str) -> None:
        """A failure that may pass."""
        if await self._frontier.fail(lease, reason):
            self.count(*(("check", "error") if lease.check else ("error", reason)))

    def count(self, outcome: str, reason: str = "") -> None:
        """Count an outcome."""
        self._crawler.stats.inc_value(f"ledger/{outcome}")
        if reason:
            self._crawler.stats.inc_value(f"ledger/{outcome}/{reason}")

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _lease_of(self, item: Any) -> Lease | None:
        expected = self._expected.pop(id(item), None)
        return expected[1] if expected else None


def found_in(article: Article) -> Found:
    """What was found on the page itself: a feed's date or a guess would hide that its markup is lost."""
    return Found(
        text_length=len(article.article_body),
        has_date=article.date_published_source in ("json-ld", "meta", "time", "text"),
        has_author=bool(article.authors),
        has_image=bool(article.images),
    )


def is_gone(error: BaseException | None) -> TypeGuard[HttpError]:
    """Whether the server says that the page is not there any more."""
    return isinstance(error, HttpError) and error.response.status in _GONE


def headers_of(response: Response) -> dict[str, str]:
    """The response's headers: names in lower case, values of one name joined."""
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }


def validators_of(response: Response) -> Validators:
    """What the server can be asked with next time whether the page has changed."""
    headers = headers_of(response)
    return Validators(etag=headers.get("etag", ""), last_modified=headers.get("last-modified", ""))


def raw_of(response: Response) -> RawPage | None:
    """Where the response lies in the raw store."""
    raw: RawPage | None = response.meta.get("raw_page") if response.request else None
    return raw


def _kind(error: BaseException | None) -> str:
    """The exception's class as a reason of the closed list: DownloadTimeoutError -> download_timeout."""
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception") or "unknown"
    words = ""
    for before, letter in zip(f"_{name}", name, strict=False):
        words += f"_{letter.lower()}" if letter.isupper() and not before.isupper() else letter.lower()
    return listed("error", words.lstrip("_"))
