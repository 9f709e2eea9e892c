"""Keeps every response as it was received, before anything can fail on it."""

import asyncio
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.web import http

from archive.warc import RawStore
from pipelines.opened import raw_store_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RawPages:
    """Writes responses to the raw store; sets `raw_page` in the request's meta.

    Stands next to the downloader (order 890), so it sees redirects, errors and bodies still compressed.
    Setting RAW_PAGES_ENABLED. Stats: `raw/count`, `raw/bytes`.
    """

    def __init__(self, crawler: "Crawler", store: RawStore) -> None:
        self._stats = crawler.stats
        self._store = store

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "RawPages":
        """Called by Scrapy."""
        if not crawler.settings.getbool("RAW_PAGES_ENABLED"):
            raise NotConfigured("RAW_PAGES_ENABLED is off")
        return cls(crawler, raw_store_of(crawler))

    async def process_response(self, request: Request, response: Response) -> Response:
        """The same response; its raw page is on its way to the disk."""
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ]
        reason = http.RESPONSES.get(response.status, b"").decode("latin-1")
        request.meta["raw_page"] = await asyncio.to_thread(
            self._store.write, response.url, response.status, reason, headers, response.body
        )
        self._stats.inc_value("raw/count")
        self._stats.inc_value("raw/bytes", len(response.body))
        return response
