"""`scrapy crawl warc`: the pages in WARC files that others made."""

import asyncio
import glob
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from archive.errors import UsageError, WarcError
from archive.url import ledger_key
from crawler.extractors.base import Page
from crawler.foreign_warc import Place, scan
from crawler.ledger_records import Lease, Work
from crawler.middlewares.warc_records import WarcRecords
from crawler.spiders.arguments import Arguments
from crawler.spiders.articles import NOTHING, ArticleSpider

BATCH = 500
"""Pages announced at a time."""
EXAMPLES = 3
"""Bad files that the report names; the log names all."""


class WarcArguments(Arguments):
    """The arguments of `warc`."""

    files: str = ""
    """WARC files, or patterns such as `CC-NEWS-*.warc.gz`, between commas."""
    source: str = ""
    """Name of the source under which the articles are kept."""


class WarcSpider(ArticleSpider):
    """Archives the HTML pages of WARC files, as if they were fetched when those were made.

    Arguments: files, source, max_requests. Nothing is fetched from the net. Of several records of one address
    the last counts. Stat: `warc/bad_files`.
    """

    name = "warc"
    arguments: ClassVar[type[WarcArguments]] = WarcArguments

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> None:
        """A crawl needs files."""
        super().check(given)
        if not given.get("files"):
            raise UsageError("spider warc needs -a files=FILE,... or -a files='PATTERN'")

    @classmethod
    def update_settings(cls, settings: Any) -> None:
        """Records in place of the net: no site is asked, so none is waited for, now or for later checks."""
        super().update_settings(settings)
        parts = settings.getdict("DOWNLOADER_MIDDLEWARES") | {WarcRecords: 10}
        settings.set("DOWNLOADER_MIDDLEWARES", parts, priority="spider")
        settings.set("DOWNLOAD_DELAY", 0, priority="spider")
        settings.set("LEASES_PER_HOST", settings.getint("LEASE_BATCH"), priority="spider")
        settings.set("RECHECK_LADDER", [], priority="spider")
        settings.set("METAREFRESH_ENABLED", False, priority="spider")  # noqa: FBT003

    def prepare(self) -> None:
        """Find the files. Raises UsageError for a name or pattern without one."""
        self.files: list[Path] = []
        for pattern in filter(None, (part.strip() for part in self.args.files.split(","))):
            found = sorted(path for path in glob.glob(pattern, recursive=True) if Path(path).is_file())
            if not found:
                raise UsageError(f"spider warc, argument files: no file {pattern}")
            self.files += [Path(path) for path in found]
        self.files = list(dict.fromkeys(self.files))
        self._places: dict[bytes, tuple[int, int]] = {}  # number of its file, and offset; 190 bytes a page

    async def discover(self) -> AsyncIterator[Any]:
        """Announce every page; a file that cannot be read to its end is said, and the others go on."""
        bad: list[str] = []
        for number, path in enumerate(self.files):
            try:
                await self._announce(number, path)
            except WarcError as error:
                self.logger.warning("%s", error)
                self.crawler.stats.inc_value("warc/bad_files")
                bad.append(str(error))
        if bad:
            named = "; ".join(bad[:EXAMPLES]) + ("; ..." if len(bad) > EXAMPLES else "")
            self.crawler.stats.set_value("report/problem", f"{len(bad)} of {len(self.files)} files: {named}")
        for thing in NOTHING:
            yield thing

    async def _announce(self, number: int, path: Path) -> None:
        records = scan(path)
        problem: WarcError | None = None
        while problem is None:
            batch, problem = await asyncio.to_thread(_next, records)
            if not batch and problem is None:
                return
            works = []
            for url, offset in batch:
                try:
                    self._places[_short(url)] = (number, offset)
                except ValueError:  # no address of the web
                    continue
                works.append(Work(url=url, source=self.args.source))
            self.count_announced(await self.frontier.announce(works))
        raise problem

    def _request(self, lease: Lease) -> Request:
        request = super()._request(lease)
        place = self._places.get(_short(lease.work.url))
        if place is not None:
            request.meta["warc_place"] = Place(self.files[place[0]], place[1])
        return request

    def _page(self, response: Response, lease: Lease | None) -> Page:
        return replace(super()._page(response, lease), fetched_at=response.meta["raw_date"])


def _next(records: Iterator[tuple[str, int]]) -> tuple[list[tuple[str, int]], WarcError | None]:
    """The next pages, and what ended them before the file's end."""
    batch: list[tuple[str, int]] = []
    try:
        for page in islice(records, BATCH):
            batch.append(page)  # noqa: PERF402 (what came before an error counts)
    except WarcError as error:
        return batch, error
    return batch, None


def _short(url: str) -> bytes:
    """The ledger's key in 16 bytes. Raises ValueError for a URL without identity."""
    return hashlib.blake2b(ledger_key(url).encode(), digest_size=16).digest()
