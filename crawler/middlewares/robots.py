"""robots.txt, obeyed by every request to a host, also by those that wait for the first one's answer.

And what a page says of itself (meta robots, X-Robots-Tag).
"""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from archive.article import Article
from archive.clock import now
from archive.errors import WarcError
from archive.url import host_of
from crawler.middlewares.pauses import left_alone
from crawler.settling import NotNow

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

ASK_AGAIN = timedelta(hours=2)
"""Until a robots.txt that was answered 429 or 503 to the last try is asked for again: longer than
RETRY_AFTER_MAX, so that no run waits for it."""


class RobotsUnreadable(IgnoreRequest):
    """robots.txt was answered, but could not be read for a fault of ours."""


class RobotsTxt(RobotsTxtMiddleware):
    """Scrapy's, with a fault of 2.19.0 mended.

    There, several requests to a host that wait for its robots.txt await one Deferred; the first gets the
    parser, the others None, which counts as allowed. Seen with six requests to disallowed pages: four were
    fetched. An unreachable robots.txt is one warning instead of a traceback; its host counts as unrestricted.
    One that is answered 429 or 503 closes its host for the time (RFC 9309, 2.3.1.4), as does a host that is
    paused for too long: NotNow.
    """

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._unkept: set[str] = set()
        self._paused: dict[str, NotNow] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The parser of the request's host; None where its robots.txt did not come."""
        netloc = urlparse_cached(request).netloc
        if netloc in self._paused and self._paused[netloc].until <= now():
            del self._paused[netloc], self._parsers[netloc]
        waited_for = await super().robot_parser(request)
        if netloc in self._unkept:
            raise RobotsUnreadable(f"robots.txt of {netloc} came but could not be kept")
        if netloc in self._paused:
            raise left_alone(netloc, self._paused[netloc].until)
        parser = self._parsers[netloc]
        return waited_for if isinstance(parser, Deferred) else parser

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status in (429, 503):
            raise left_alone(netloc, now() + ASK_AGAIN)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, NotNow):
            self._paused[netloc] = exc
            if frontier := getattr(self.crawler.spider, "frontier", None):  # so that nothing of it is taken
                frontier.pause(host_of(f"http://{netloc}"), exc.until)
        if isinstance(exc, WarcError):
            self._unkept.add(netloc)  # our own disk failed: that opens nothing
        super()._robots_error(exc, netloc)


def refused_by_page(article: Article, settings: "BaseSettings") -> str:
    """Why the page is not to be archived by its own directives: a reason of `robots`; empty where it may be.

    Only with OBEY_NOARCHIVE, and only noarchive and its other name nocache count. noindex does not: it speaks
    of search engines' results, and newspapers set it on agency copies and pages behind a wall.
    """
    if settings.getbool("OBEY_NOARCHIVE") and {"noarchive", "nocache"} & set(article.robots):
        return "noarchive"
    return ""


class _OneLine(logging.Filter):
    """Takes the traceback off "Error downloading robots.txt": a host that is down is no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


logging.getLogger("scrapy.downloadermiddlewares.robotstxt").addFilter(_OneLine())
