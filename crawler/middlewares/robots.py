"""robots.txt, obeyed by every request to a host, also by those that wait for the first one's answer."""

import logging
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from archive.errors import WarcError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RobotsUnreadable(IgnoreRequest):
    """robots.txt was answered, but could not be read for a fault of ours."""


class RobotsTxt(RobotsTxtMiddleware):
    """Scrapy's, with a fault of 2.19.0 mended.

    There, several requests to a host that wait for its robots.txt await one Deferred; the first gets the
    parser, the others None, which counts as allowed. Seen with six requests to disallowed pages: four were
    fetched. An unreachable robots.txt is one warning instead of a traceback; its host counts as unrestricted.
    """

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._unkept: set[str] = set()

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The parser of the request's host; None where its robots.txt did not come."""
        waited_for = await super().robot_parser(request)
        netloc = urlparse_cached(request).netloc
        if netloc in self._unkept:
            raise RobotsUnreadable(f"robots.txt of {netloc} came but could not be kept")
        parser = self._parsers[netloc]
        return waited_for if isinstance(parser, Deferred) else parser

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, WarcError):
            self._unkept.add(netloc)  # our own disk failed: that opens nothing
        super()._robots_error(exc, netloc)


class _OneLine(logging.Filter):
    """Takes the traceback off "Error downloading robots.txt": a host that is down is no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


logging.getLogger("scrapy.downloadermiddlewares.robotstxt").addFilter(_OneLine())
