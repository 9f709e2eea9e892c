"""The only writer of the archive."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from archive.article import Article
from archive.base import Archive, PutResult
from archive.errors import ArchiveFull
from archive.warc import RawStore
from pipelines.opened import archive_of, raw_store_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

BATCH = 32
"""Articles written in one transaction at most."""
WAIT = 0.05
"""Seconds that an article waits for others to share its transaction: one fsync then serves them all."""


PAUSE = 1.0
"""Seconds between two tries while the archive's spool is full."""

_log = logging.getLogger(__name__)


class Refused(DropItem):
    """The archive cannot keep the article."""


class NotKept(DropItem):
    """The crawl was stopped while the archive had no room; the page is to be fetched again."""


class StoreStage:
    """Keeps articles in batches and returns each once it is durable; counts `stage/store/OUTCOME`."""

    def __init__(self, crawler: "Crawler", archive: Archive, raw_store: RawStore) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._archive = archive
        self._raw_store = raw_store
        self._waiting: list[tuple[Article, asyncio.Future[PutResult]]] = []
        self._writer: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "StoreStage":
        """Called by Scrapy; an archive that cannot be opened ends the crawl before any page is fetched."""
        return cls(crawler, archive_of(crawler), raw_store_of(crawler))

    async def process_item(self, item: Article) -> Article:
        """The article, kept; or a drop when it is refused, or when the crawl ends before it could be kept."""
        done: asyncio.Future[PutResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        result = await done
        self._stats.inc_value(f"stage/store/{result.outcome}")
        if result.outcome == "refused":
            raise Refused(f"refused: {result.reason}: {item.url}")
        if result.outcome == "stored":
            item.revision, item.date_revised = result.revision, item.date_fetched
        return item

    async def _write(self) -> None:
        while self._waiting:
            if len(self._waiting) < BATCH:
                await asyncio.sleep(WAIT)
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await asyncio.to_thread(self._raw_store.sync)  # the proof before what points to it
                results = await self._put([article for article, _ in batch])
            except Exception as error:  # every waiting article must hear of it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (_, done), result in zip(batch, results, strict=True):
                if not done.done():
                    done.set_result(result)

    async def _put(self, articles: list[Article]) -> list[PutResult]:
        """Put; while the spool is full the crawl waits here, and fetches no more once its queues are full."""
        paused = False
        while True:
            try:
                return await self._archive.put(articles)
            except ArchiveFull as error:
                if not self._crawler.crawling:
                    raise NotKept(f"not kept, {error}") from None
                if not paused:
                    _log.warning("%s; the crawl pauses until then", error)
                    self._stats.inc_value("stage/store/paused")
                paused = True
                await asyncio.sleep(PAUSE)

    async def close_spider(self) -> None:
        """Write what waits, close raw store and archive."""
        if self._writer is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        try:
            await asyncio.to_thread(self._raw_store.close)
        finally:
            await asyncio.to_thread(self._archive.close)
