"""Answers requests with records of WARC files in place of the net."""

import asyncio

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.errors import WarcError
from crawler.foreign_warc import Place, read_at


class WarcRecords:
    """For the `warc` spider, before all other middlewares: a request never leaves for the net.

    The record's place is `warc_place` in the request's meta. Sets `raw_date` and `raw_ip` there, so that the
    copy in the raw store says when and from where it came.
    """

    async def process_request(self, request: Request) -> Response:
        """The record as a response, as the net would have given it. Raises WarcError."""
        place: Place | None = request.meta.get("warc_place")
        if place is None:
            raise WarcError(f"{request.url}: none of the given WARC files holds it any more")
        page = await asyncio.to_thread(read_at, place)
        request.meta["raw_date"], request.meta["raw_ip"] = page.date, page.ip
        headers = Headers()
        for name, value in page.headers:
            headers.appendlist(name, value)
        kind = responsetypes.from_args(headers=headers, url=page.url, body=page.body)
        return kind(page.url, headers=headers, body=page.body)
