"""Whether the outlet has changed an article that is archived already, and how."""

import asyncio
from typing import TYPE_CHECKING

from archive.article import Article
from archive.base import Archive
from archive.errors import ArchiveAway
from archive.revisions import decide
from pipelines.opened import archive_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RevisionsStage:
    """Writes `revision` and `changes`, as the archive will; counts `stage/revisions/KIND`, once a kind.

    `changes` is empty for a new article and for one that is as it was. While the archive's server is away
    nothing is compared (`stage/revisions/unchecked`): the archive does it when it takes the article from the
    spool.
    """

    def __init__(self, crawler: "Crawler", archive: Archive) -> None:
        self._stats = crawler.stats
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "RevisionsStage":
        """Called by Scrapy."""
        return cls(crawler, archive_of(crawler))

    async def process_item(self, item: Article) -> Article:
        """The article, with what has changed."""
        try:
            kept = await asyncio.to_thread(self._archive.get, item.id)
        except ArchiveAway:
            self._stats.inc_value("stage/revisions/unchecked")
            return item
        decision = decide(kept, item)
        item.revision = decision.article.revision
        item.changes = decision.article.changes if decision.former else []
        for kind in dict.fromkeys(change.kind for change in item.changes):
            self._stats.inc_value(f"stage/revisions/{kind}")
        return item
