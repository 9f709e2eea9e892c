"""What is under way when a crawl is told to stop gets some seconds to end; then its URLs are given back.

Scrapy closes a spider once every request has ended, and one may take DOWNLOAD_TIMEOUT, a read READ_TIMEOUT.
"""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawler.settling import Ending

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

STOP_SECONDS = 5.0
"""Seconds for what is under way: as much again is left to keep the articles and to close the ledger, so that
all of it takes ten (`docker stop` kills after ten)."""

_T = TypeVar("_T")


class Deadline:
    """Ends work that outlasts the stop of a crawl by STOP_SECONDS."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    def begin(self) -> None:
        """The crawl is told to stop now."""
        asyncio.get_running_loop().call_later(STOP_SECONDS, self._over.set)

    async def keep(self, work: Coroutine[Any, Any, _T]) -> _T:
        """What the work gives or raises; Ending, and the work is cancelled, once the deadline is over."""
        task, over = asyncio.ensure_future(work), asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((task, over), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Ending("the crawl is ending")
            return task.result()
        finally:
            over.cancel()
            if task.cancel():
                await asyncio.wait((task,))


_deadlines: "WeakKeyDictionary[Crawler, Deadline]" = WeakKeyDictionary()


def deadline_of(crawler: "Crawler") -> Deadline:
    """The crawl's deadline."""
    return _deadlines.setdefault(crawler, Deadline())


class DownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own for http and https, with the crawl's deadline."""

    async def download_request(self, request: Request) -> Response:
        """The response; raises Ending where the crawl ends before it has come."""
        return await deadline_of(self._crawler).keep(super().download_request(request))
