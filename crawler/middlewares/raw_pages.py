"""Keeps every response as it was received, before anything can fail on it."""

import asyncio
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.web import http

from archive.article import RawPage
from archive.warc import Earlier, RawStore
from archive.warc.records import sha256_of
from pipelines.opened import raw_store_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RawPages:
    """Writes responses to the raw store; sets `raw_page` and `raw_revisit` in the request's meta.

    `raw_known` there (a RawPage, or None) is the payload kept last for this URL. A 304, or the same payload
    again, becomes a revisit record that refers to it; then `raw_page` is that earlier place, which stays the
    proof, and `raw_revisit` is true. `raw_date` (datetime) and `raw_ip` say when and from where a response
    came that does not come from the net just now.

    Stands next to the downloader (order 890), so it sees redirects, errors and bodies still compressed.
    Setting RAW_PAGES_ENABLED. Stats: `raw/count`, `raw/bytes`, `raw/revisits`.
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
        raw, revisit = await asyncio.to_thread(self._keep, request, response)
        request.meta["raw_page"], request.meta["raw_revisit"] = raw, revisit
        self._stats.inc_value("raw/count")
        self._stats.inc_value("raw/bytes", 0 if revisit else len(response.body))
        if revisit:
            self._stats.inc_value("raw/revisits")
        return response

    def _keep(self, request: Request, response: Response) -> tuple[RawPage, bool]:
        """The place of the payload, and whether it was kept before."""
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ]
        reason = http.RESPONSES.get(response.status, b"").decode("latin-1")
        date, ip = request.meta.get("raw_date"), request.meta.get("raw_ip") or _server(request, response)
        if earlier := self._repeated(request, response):
            self._store.write_revisit(
                response.url, response.status, reason, headers, earlier, date=date, ip=ip
            )
            return earlier.raw, True
        raw = self._store.write(
            response.url, response.status, reason, headers, response.body, date=date, ip=ip
        )
        return raw, False

    def _repeated(self, request: Request, response: Response) -> Earlier | None:
        """The kept response whose payload this one repeats; None if there is none, or it cannot be read."""
        known: RawPage | None = request.meta.get("raw_known")
        if known is None or response.status not in (http.OK, http.NOT_MODIFIED):
            return None
        if response.status == http.OK and sha256_of(response.body) != known.sha256:
            return None
        return self._store.earlier(known)


def _server(request: Request, response: Response) -> str:
    """The server's address; "" where it is not known, as behind a proxy."""
    return str(response.ip_address or "") if not request.meta.get("proxy") else ""
