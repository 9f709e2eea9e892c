"""What a site asks of crawlers beyond "which pages": how often, and when to stay away."""

import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.asyncio import CallLaterResult, call_later
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

from archive.clock import now
from crawler.discovery.schedule import retry_after
from crawler.middlewares.pauses import Pauses
from crawler.settling import Ending

if TYPE_CHECKING:
    from scrapy.core.downloader import Downloader, Slot
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SHORT_PAUSE = 60
"""Seconds that requests of paused hosts may always wait; for longer only while they fill at most half of
CONCURRENT_REQUESTS, so that a few sites that stay away do not bring the crawl of all others to a stand."""
_NO_DELAY = 0.001
"""Seconds, instead of none: without a delay Scrapy 2.19 starts all waiting requests of a host at once,
whatever its concurrency (seen: three with 1), and does not look at the time of the last request."""


class Politeness:
    """Crawl-delay, Request-rate, 429 and 503 with Retry-After, all kept in Scrapy's slot of the host.

    A delay runs from an answer to the next request, so that it holds where the site counts too. A pause is
    a last request in the future: all requests of the host wait in its queue, and the retry is Scrapy's own.
    Settings CRAWL_DELAY_MAX, RETRY_AFTER_MAX, TOO_MANY_REQUESTS_PAUSE. Stats: `politeness/crawl_delay`
    (hosts), `politeness/retry_after` (answers), `politeness/paused_seconds`.
    """

    def __init__(self, crawler: "Crawler") -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._agent = settings["ROBOTSTXT_USER_AGENT"] or settings["USER_AGENT"]
        self._delay_max = settings.getfloat("CRAWL_DELAY_MAX")
        self._wait_max = settings.getfloat("RETRY_AFTER_MAX")
        self._room = settings.getint("CONCURRENT_REQUESTS") // 2
        self._pauses = Pauses(settings.getfloat("TOO_MANY_REQUESTS_PAUSE"), self._wait_max)
        self._timer: CallLaterResult | None = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Politeness":
        """Called by Scrapy."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.robots_parsed, signals.robots_parsed)
        crawler.signals.connect(middleware.request_reached_downloader, signals.request_reached_downloader)
        crawler.signals.connect(middleware.response_downloaded, signals.response_downloaded)
        crawler.signals.connect(middleware.request_left_downloader, signals.request_left_downloader)
        return middleware

    @property
    def _downloader(self) -> "Downloader":
        return self._crawler.engine.downloader

    def process_request(self, request: Request) -> None:
        """Let the request into its host's queue. Raises NotNow where it would wait there for too long."""
        if self._ending():
            raise Ending("the crawl is ending")
        # A redirected request still names the first host's slot (scrapy issue 2141) and would evade this one.
        request.meta.pop("download_slot", None)
        host = _host_of(request)
        if self._too_long(host):
            raise self._pauses.not_now(host)

    # --- How often ------------------------------------------------------------------------------------

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """A robots.txt came: its host's delay is the larger of what is configured and what it asks for."""
        host = _host_of(request)
        configured = self._downloader.per_slot_settings.get(host, {})
        before = float(configured.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))
        asked = asked_delay(robotparser, self._agent)
        if asked > self._delay_max:
            message = "robots.txt of %s asks for %g s between requests; CRAWL_DELAY_MAX allows %g"
            logger.warning(message, host, asked, self._delay_max)
        delay = min(asked, self._delay_max)
        if delay <= before:
            return
        self._downloader.per_slot_settings[host] = {**configured, "delay": delay}
        if slot := self._downloader.slots.get(host):
            slot.delay = delay
        self._crawler.stats.inc_value("politeness/crawl_delay")
        self._tell("slow", host, delay)

    def request_reached_downloader(self, request: Request) -> None:
        """A request is about to enter its host's queue."""
        slot = self._slot_of(request)
        slot.delay = slot.delay or _NO_DELAY

    def request_left_downloader(self, request: Request) -> None:
        """A request ended, with an answer or without: the delay runs from now."""
        slot = self._slot_of(request)
        slot.lastseen = max(slot.lastseen, monotonic())

    # --- When to stay away ----------------------------------------------------------------------------

    def response_downloaded(self, response: Response, request: Request) -> None:
        """An answer came; at `request_left_downloader` the host's next request may be out already."""
        host, slot = _host_of(request), self._slot_of(request)
        slot.lastseen = max(slot.lastseen, monotonic())
        seconds = self._pauses.refusal(host, response.status)
        if response.status in (429, 503) and (asked := _retry_after(response)) is not None:
            self._crawler.stats.inc_value("politeness/retry_after")
            seconds = asked
        if seconds:
            self._pause(host, slot, seconds)

    def _pause(self, host: str, slot: "Slot", seconds: float) -> None:
        logger.info("%s asks to be left alone for %g s", host, seconds)
        self._crawler.stats.inc_value("politeness/paused_seconds", round(self._pauses.begin(host, seconds)))
        paused = self._pauses.not_now(host)
        slot.lastseen = max(slot.lastseen, monotonic() + self._pauses.left(host))
        self._tell("pause", host, paused.until)
        if self._too_long(host):
            refuse_all(slot, paused)
        if self._timer is None:
            self._watch_for_the_end()

    def _watch_for_the_end(self) -> None:
        """Each second while a host is paused: Scrapy closes no spider before its waiting requests end."""
        self._timer = None
        if self._ending():
            for slot in list(self._downloader.slots.values()):
                refuse_all(slot, Ending("the crawl is ending"))
        elif self._pauses.any():
            self._timer = call_later(1, self._watch_for_the_end)

    def _ending(self) -> bool:
        engine = self._crawler.engine
        closing = engine._slot is None or engine._slot.closing is not None  # noqa: SLF001  (no signal says it)
        return closing or not engine.running

    def _too_long(self, host: str) -> bool:
        left = self._pauses.left(host)
        if left <= SHORT_PAUSE or left > self._wait_max:
            return left > self._wait_max
        waiting = [request for request in self._downloader.active if self._pauses.left(_host_of(request))]
        return len(waiting) > self._room

    def _slot_of(self, request: Request) -> "Slot":
        return self._downloader.slots[request.meta["download_slot"]]

    def _tell(self, what: str, host: str, value: Any) -> None:
        """The frontier, which says it to the other crawls of the ledger."""
        if note := getattr(getattr(self._crawler.spider, "frontier", None), what, None):
            note(host, value)


def asked_delay(parser: RobotParser, agent: str) -> float:
    """Seconds between two requests by Crawl-delay and Request-rate, the longer of them; 0 without either.

    A Request-rate counts at all hours, also where it names some.
    """
    rate = parser.rp.request_rate(agent) if isinstance(parser, ProtegoRobotParser) else None
    return max(parser.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate else 0.0)


def refuse_all(slot: "Slot", error: Exception) -> None:
    """Fail the requests in the queue of a host."""
    waiting = list(slot.queue)
    slot.queue.clear()
    for _, answer in waiting:
        answer.errback(Failure(error))  # type: ignore[no-untyped-call]


def _host_of(request: Request) -> str:
    return urlparse_cached(request).hostname or ""


def _retry_after(response: Response) -> float | None:
    headers = {
        name: (response.headers.get(name) or b"").decode("latin-1") for name in ("retry-after", "date")
    }
    return retry_after(headers, now())
