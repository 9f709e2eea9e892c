"""Archived articles read again, from their raw pages, with today's extractors."""

import asyncio
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from scrapy.exceptions import DropItem
from scrapy.http import Response

from archive.article import Article
from archive.errors import PageError, WarcError
from archive.revisions import NOT_OF_THE_PAGE, READ_FIELDS
from archive.warc import RawResponse, RawStore
from crawler.decompression import decompressed
from crawler.extractors.base import Page
from crawler.reading import ReadingPool
from pipelines.stages.check import CheckStage
from pipelines.stages.dates import DatesStage
from pipelines.stages.language import LanguageStage

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

BATCH = 64
"""Articles read or written at a time."""


@dataclass(slots=True)
class Drift:
    """How one field of one site's articles is read now, against how it was read."""

    differ: int = 0
    """Articles where it has another value; `new` and `lost` are among them."""
    new: int = 0
    """Where it was empty."""
    lost: int = 0
    """Where it is empty now."""


@dataclass(slots=True)
class Reextracted:
    """What became of the articles."""

    read: int = 0
    without_raw: int = 0
    """Seeds and given files: there is nothing to read."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """Articles that cannot be read now and keep their document, by reason."""
    sites: Counter[str] = field(default_factory=Counter)
    """Articles read, by site."""
    drift: dict[tuple[str, str], Drift] = field(default_factory=lambda: defaultdict(Drift))
    """By site and field; only what differs."""
    changed: int = 0


class Changed:
    """The articles that are read otherwise now, on disk until they may be written."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (closed by `close`)

    def add(self, article: Article) -> None:
        """Keep one more."""
        packed = zlib.compress(json.dumps(article.to_dict()).encode(), level=1)
        self._file.write(len(packed).to_bytes(8, "big") + packed)

    def batches(self) -> Iterator[list[Article]]:
        """All of them, in the order in which they came."""
        self._file.seek(0)
        articles = iter(self._next, None)
        while batch := [article for article in islice(articles, BATCH) if article]:
            yield batch

    def _next(self) -> Article | None:
        length = int.from_bytes(self._file.read(8), "big")
        return Article.from_dict(json.loads(zlib.decompress(self._file.read(length)))) if length else None

    def close(self) -> None:
        """Free the disk."""
        self._file.close()


async def reextract(
    articles: Iterable[Article], store: RawStore, pool: ReadingPool, changed: Changed
) -> Reextracted:
    """Read each article's raw page; what comes out otherwise than it is archived goes to `changed`."""
    done = Reextracted()
    async for batch in _batches(articles):
        for kept, new in zip(
            batch, await asyncio.gather(*(_read(a, store, pool) for a in batch)), strict=True
        ):
            _note(done, kept, new, changed)
    return done


async def _batches(articles: Iterable[Article]) -> AsyncIterator[Sequence[Article]]:
    iterator = iter(articles)
    while batch := await asyncio.to_thread(lambda: list(islice(iterator, BATCH))):
        yield batch


async def _read(kept: Article, store: RawStore, pool: ReadingPool) -> Article | str:
    """The article as it is read now, or why it cannot be."""
    if kept.raw is None:
        return ""
    try:
        response = await asyncio.to_thread(store.read, kept.raw)
        return _merged(kept, _judged(await pool.read(archived_page(response, kept))))
    except WarcError:
        return "raw page missing or damaged"
    except PageError as error:
        return getattr(error, "reason", "") or "unreadable"
    except DropItem as drop:
        return type(drop).__name__


def _note(done: Reextracted, kept: Article, new: Article | str, changed: Changed) -> None:
    if isinstance(new, str):
        if new:
            done.unreadable[new] += 1
        else:
            done.without_raw += 1
        return
    done.read += 1
    done.sites[kept.site] += 1
    differing = [name for name in READ_FIELDS if getattr(kept, name) != getattr(new, name)]
    for name in differing:
        drift = done.drift[kept.site, name]
        drift.differ += 1
        drift.new += not getattr(kept, name)
        drift.lost += not getattr(new, name)
    if differing:
        done.changed += 1
        changed.add(new)


def archived_page(response: RawResponse, kept: Article) -> Page:
    """The page as the crawl had it when it read the article first.

    What feed or sitemap had said of the headline is not archived: the archived headline stands for it, and so
    the archived publisher for the source's.
    """
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name.lower(), []).append(value)
    received = Response(response.url, status=response.status, headers=headers, body=response.body)
    return Page(
        url=response.url,
        body=decompressed(received).body,
        headers={name: ", ".join(values) for name, values in headers.items()},
        status=response.status,
        fetched_at=datetime.fromisoformat(response.date).astimezone(UTC),
        raw=kept.raw,
        announced_url=kept.announced_url,
        source=kept.source,
        publisher=kept.publisher,
        announced_headline=kept.headline,
        date_announced=kept.date_announced,
    )


def _judged(article: Article) -> Article:
    """The article after the stages that look at it alone; raises DropItem."""
    for stage in _stages():
        article = stage.process_item(article)
    return article


def _merged(kept: Article, new: Article) -> Article:
    return replace(new, **{name: getattr(kept, name) for name in NOT_OF_THE_PAGE})


@cache
def _stages() -> tuple[CheckStage, DatesStage, LanguageStage]:
    crawler = cast("Crawler", SimpleNamespace(stats=_NoStats()))
    return CheckStage(crawler), DatesStage(crawler), LanguageStage(crawler)


class _NoStats:
    """Counts nothing: there is no crawl."""

    def inc_value(self, *_: Any) -> None:
        """Called by the stages."""
