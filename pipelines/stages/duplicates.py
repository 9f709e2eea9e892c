"""Whether the text is known already: a second address of the same text, or another outlet's copy."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import DropItem

from archive.article import Article, CopyOf
from archive.base import Archive, Near
from archive.errors import ArchiveAway, ArchiveFull
from archive.url import registered_domain
from pipelines.opened import archive_of
from pipelines.text.fingerprint import containment, text_key

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

RECENT = 512
"""Articles remembered that may not be archived yet; more than can be between this stage and the store."""


LONGER = 1.25
"""Length from which a text is more than another address of the one it contains; an editor's note is less."""


class Duplicate(DropItem):
    """The outlet has the same text under another address."""


@dataclass(frozen=True, slots=True)
class _Seen:
    article: Article
    key: str
    outcome: "asyncio.Future[bool]"
    """Whether it was archived, once that is known."""


class DuplicatesStage:
    """Drops `Duplicate`; marks another outlet's copy with `copy_of`, the later one as copy of the earlier.

    Copies are found by containment of shingle fingerprints (setting DUPLICATE_OVERLAP), equal texts also by
    their normalised words. While the archive's server is away, only articles of this run are compared. Counts
    `stage/duplicates/copy` and `stage/duplicates/unchecked`.
    """

    def __init__(self, crawler: "Crawler", archive: Archive) -> None:
        self._stats = crawler.stats
        self._archive = archive
        self._overlap = crawler.settings.getfloat("DUPLICATE_OVERLAP")
        self._recent: deque[_Seen] = deque(maxlen=RECENT)

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "DuplicatesStage":
        """Called by Scrapy."""
        stage = cls(crawler, archive_of(crawler))
        crawler.signals.connect(stage.kept, signals.item_scraped)
        crawler.signals.connect(stage.lost, signals.item_error)
        crawler.signals.connect(stage.lost, signals.item_dropped)
        return stage

    async def process_item(self, item: Article) -> Article:
        """The article, marked; or a drop."""
        kept = await self._article_kept(item.id)
        if kept is not None and (kept.digest == item.digest or item.date_unpublished):
            item.copy_of = kept.copy_of  # compared when it was first kept
            return item
        seen = _Seen(item, text_key(item.article_body), asyncio.get_running_loop().create_future())
        recent = [other for other in self._recent if other.article.id != item.id]
        self._recent.append(seen)
        try:
            return await self._compare(item, seen, recent, known=kept is not None)
        except BaseException:
            self.lost(item)  # others may wait to hear what became of it
            raise

    async def _compare(self, item: Article, seen: _Seen, recent: list[_Seen], *, known: bool) -> Article:
        """Each waits only for those that came before it (`recent`), so no two wait for each other.

        The changed text of a `known` article is no second address, whatever else the outlet has by now.
        """
        archived = await self._near(item)
        copies = [*self._among(recent, seen), *(near for near in archived if near.article_id != item.id)]
        same_outlet = [near for near in copies if registered_domain(near.url) == registered_domain(item.url)]
        for near in () if known else same_outlet:
            if await self._was_archived(near) and not await self._is_longer(item, near):
                raise Duplicate(f"same text as {near.url}: {item.url}")
        elsewhere = [near for near in copies if near not in same_outlet]
        await self._mark(item, elsewhere)
        return item

    def kept(self, item: Article) -> None:
        """The archive has the article."""
        self._settle(item, archived=True)

    def lost(self, item: Article) -> None:
        """A stage dropped the article or failed on it: nothing is a copy of it."""
        self._settle(item, archived=False)
        self._recent = deque((seen for seen in self._recent if seen.article is not item), maxlen=RECENT)

    def _settle(self, item: Article, *, archived: bool) -> None:
        for seen in self._recent:
            if seen.article is item and not seen.outcome.done():
                seen.outcome.set_result(archived)

    async def _was_archived(self, near: Near) -> bool:
        """Whether the other is in the archive, once that is known."""
        seen = self._seen(near.article_id)
        return await asyncio.shield(seen.outcome) if seen else True

    async def _is_longer(self, item: Article, near: Near) -> bool:
        """Whether the article is the whole of what the other gave a part of: that is no second address."""
        other = await self._article(near.article_id)
        return other is not None and len(item.article_body) > LONGER * len(other.article_body)

    async def _article(self, article_id: str) -> Article | None:
        seen = self._seen(article_id)
        return seen.article if seen else await self._article_kept(article_id)

    async def _article_kept(self, article_id: str) -> Article | None:
        """The archived article; None also while the archive's server is away."""
        try:
            return await asyncio.to_thread(self._archive.get, article_id)
        except ArchiveAway:
            return None

    async def _near(self, item: Article) -> list[Near]:
        """Archived articles that share text; none while the archive's server is away."""
        try:
            return await asyncio.to_thread(self._archive.near, item.fingerprint, at_least=self._overlap)
        except ArchiveAway:
            self._stats.inc_value("stage/duplicates/unchecked")
            return []

    def _seen(self, article_id: str) -> _Seen | None:
        return next((seen for seen in self._recent if seen.article.id == article_id), None)

    def _among(self, recent: list[_Seen], seen: _Seen) -> list[Near]:
        found = []
        for other in recent:
            same = other.key == seen.key
            overlap = (
                1.0 if same and seen.key else containment(other.article.fingerprint, seen.article.fingerprint)
            )
            if overlap >= self._overlap:
                article = other.article
                found.append(
                    Near(
                        article_id=article.id,
                        url=article.url,
                        site=article.site,
                        overlap=overlap,
                        date_published=article.date_published,
                    )
                )
        return found

    async def _mark(self, item: Article, copies: list[Near]) -> None:
        """The article as a copy of what was published before it; what came after it as copies of it."""
        published = _first_published(item.date_published, item.url)
        earlier = [near for near in copies if _first_published(near.date_published, near.url) < published]
        if earlier:
            first = max(earlier, key=lambda near: near.overlap)
            item.copy_of = CopyOf(article_id=first.article_id, url=first.url, overlap=round(first.overlap, 3))
            self._stats.inc_value("stage/duplicates/copy")
        for near in copies:
            if near not in earlier:
                await self._mark_kept(near, item, again=not earlier)

    async def _mark_kept(self, near: Near, item: Article, *, again: bool) -> None:
        """An archived article as a copy of this one; `again`: also where it is marked as another's."""
        await self._was_archived(near)  # its own writing may be under way, without the mark
        kept = await self._article_kept(near.article_id)
        if kept is None or (kept.copy_of and not again):
            return
        if kept.copy_of is None:
            self._stats.inc_value("stage/duplicates/copy")
        kept.copy_of = CopyOf(article_id=item.id, url=item.url, overlap=round(near.overlap, 3))
        with contextlib.suppress(ArchiveFull):  # the mark is not worth a pause
            await self._archive.put([kept])


def _first_published(date: datetime | None, url: str) -> tuple[datetime, str]:
    """Sorts the first published first; undated last; the URL decides between equals."""
    return (date or datetime.max.replace(tzinfo=UTC), url)
