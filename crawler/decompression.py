"""The crawl's own way to undo a content-encoding, outside of a crawl."""

import zlib
from functools import cache
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.errors import PageError

if TYPE_CHECKING:
    from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware


def decompressed(received: Response) -> Response:
    """The response with its content-encoding undone; raises PageError where that cannot be."""
    try:
        undone = _middleware().process_response(Request(received.url), received)
    except (IgnoreRequest, EOFError, OSError, zlib.error) as error:
        raise PageError(f"{received.url}: its content-encoding cannot be undone ({error})") from None
    assert isinstance(undone, Response)
    return undone


@cache
def _middleware() -> "HttpCompressionMiddleware":
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
    from scrapy.statscollectors import DummyStatsCollector

    # A crawler of default settings would show all that libraries log (DEBUG) on the command's terminal.
    crawler = Crawler(Spider, {"LOG_ENABLED": False})
    crawler.stats = DummyStatsCollector(crawler)
    return HttpCompressionMiddleware(crawler=crawler)
