"""Redirects to a host that another run holds wait for its turn, so that its delay holds across processes."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from archive.clock import now
from archive.url import host_of
from crawler.settling import NotNow
from crawler.stopping import deadline_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

LONGEST_WAIT = timedelta(seconds=10)
"""Longer waits are left to the ledger: a waiting request takes a place in the downloader."""
BUSY = timedelta(seconds=5)
"""Until a page is tried again whose redirect led to another run's host."""


class Turns:
    """Lets a leased page's or a list's request through once the run holds its host. Stat: `turns/busy`."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Turns":
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn. Raises NotNow where that takes too long, Ending where the crawl ends."""
        holder = request.cb_kwargs.get("lease") or request.cb_kwargs.get("poll")
        if holder is None:
            return
        host = host_of(request.url)
        name = holder.key if "lease" in request.cb_kwargs else holder.url
        allowed_at = await self._crawler.spider.frontier.admit(host, name)  # type: ignore[union-attr]
        if allowed_at is None or allowed_at - now() > LONGEST_WAIT:
            self._crawler.stats.inc_value("turns/busy")
            until = allowed_at or now() + BUSY
            raise NotNow(f"{host} has another request's turn until {until:%H:%M:%S}", until)
        resting = asyncio.sleep(max((allowed_at - now()).total_seconds(), 0.0))
        await deadline_of(self._crawler).keep(resting)
