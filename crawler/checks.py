"""Later looks at archived pages: the same, changed, or gone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.http import Response

from archive.article import Article
from archive.clock import now
from archive.errors import ArchiveAway
from archive.url import normalize, registered_domain
from crawler.discovery.schedule import conditional_headers
from crawler.ledger_records import Lease
from crawler.settling import Settler, validators_of
from pipelines.opened import archive_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NOT_MODIFIED = 304
CHECK_PRIORITY = -1_000_000
"""Pages that are known wait for those that are not."""

logger = logging.getLogger(__name__)


def request_arguments(lease: Lease) -> dict[str, Any]:
    """What the request of a check says besides its address: send the page only if it is another one."""
    return {
        "headers": conditional_headers(lease.validators.etag, lease.validators.last_modified),
        "meta": {"raw_known": lease.raw, "handle_httpstatus_list": [NOT_MODIFIED]},
        "priority": CHECK_PRIORITY,
    }


class Checks:
    """Ends the checks that need no reading of the page."""

    def __init__(self, crawler: "Crawler", settler: Settler) -> None:
        self._crawler = crawler
        self._settler = settler

    async def unchanged(self, response: Response, lease: Lease) -> bool:
        """Whether the page is the one that was read last, by its server's word or its bytes; then settled."""
        if response.status != NOT_MODIFIED and not response.meta.get("raw_revisit"):
            return False
        evidence = self._settler.evidence(lease)
        if response.status != NOT_MODIFIED:  # the same bytes with another ETag: ask with this one
            evidence = replace(evidence, validators=validators_of(response))
        await self._settler.checked(lease, "unchanged", evidence)
        return True

    async def unpublished(self, lease: Lease, response: Response) -> AsyncIterator[Article]:
        """The archived article once more, with the time at which its page was found gone."""
        try:
            kept = await asyncio.to_thread(archive_of(self._crawler).get, lease.article_id or "")
        except ArchiveAway as error:
            logger.warning("%s", error)
            await self._settler.fail(lease, "archive_away")
            return
        if kept is None or kept.date_unpublished is not None:
            await self._settler.gone(lease, response)
            return
        moment = now()
        kept.date_unpublished, kept.date_fetched, kept.announced_url = moment, moment, lease.work.url
        self._settler.expect(kept, lease, response)
        yield kept


def leads_to_front_page(response: Response, lease: Lease) -> bool:
    """Whether the article's address now leads to its outlet's front page: so some take pages down.

    A query is another page, and so is another outlet's: walls for consent and login stand there.
    """
    there, here = urlsplit(normalize(response.url)), urlsplit(lease.work.url)
    outlet = registered_domain(response.url) == registered_domain(lease.work.url)
    return outlet and there.path in ("", "/") and not there.query and here.path not in ("", "/")
