"""Copying one archive into another, and looking whether all of it arrived.

Articles go over in the order of their ids, each after its former revisions; the target's own rules say what
becomes of each (`archive.base`), so an article that the target has newer keeps the revisions it has there.
What it has already is `unchanged` and a newer fetch stays, so that a copy that was interrupted at any point
is simply run again. Articles that a crawl adds to the source meanwhile may be left for the next run.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from archive.article import Article
from archive.base import Archive, Outcome
from archive.revisions import last_seen

BATCH = 1000
"""Articles written or compared at a time."""

BATCH_CHARACTERS = 8_000_000
"""Characters of text in one batch, a single longer article apart."""

EXAMPLES = 3
"""Ids and reasons that are remembered for the user; the rest is counted."""

REPORT_SECONDS = 5.0
"""Seconds between two lines of progress."""

Report = Callable[[str], None]


@dataclass(slots=True)
class Copied:
    """What became of a copy."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    """Articles by what the target's `put` said. Once some were spooled the copy has ended there."""
    revisions: int = 0
    """Former revisions that were stored with them."""
    refused: dict[str, str] = field(default_factory=dict)
    """Reasons of the first few refused articles, by id."""
    verified: int = 0
    """Articles of the source that the target has: with the same digest, or from a newer fetch."""
    missing: int = 0
    """Articles that it has not, or with another text."""
    examples: dict[str, str] = field(default_factory=dict)
    """The first few of these by id, and why."""

    @property
    def complete(self) -> bool:
        """Whether every article of the source is in the target."""
        return not self.missing and not self.counts["spooled"]


def copy(source: Archive, target: Archive, report: Report = lambda line: None) -> Copied:
    """Bring every article of the source to the target, then compare them; `report` is told how far it is.

    Memory is bounded by one batch. Ends early where the target spools: its server went away. Raises
    ArchiveAway where a server does not answer (of the target: before the first article), ArchiveFull where
    the spool is full. To be called outside an event loop.
    """
    copied = Copied()
    total = source.count()
    target.count()  # a server that is away says so before anything is spooled for it
    progress = _Progress(report, "copied", total)
    for batch in _batches(source.iterate()):
        _put(batch, source, target, copied)
        if copied.counts["spooled"]:
            return copied
        progress.add(len(batch))
    progress = _Progress(report, "verified", total)
    for batch in _batches(source.iterate()):
        _verify(batch, target, copied)
        progress.add(len(batch))
    return copied


def _put(batch: list[Article], source: Archive, target: Archive, copied: Copied) -> None:
    for one in batch:
        for former in source.revisions(one.id)[:-1] if one.revision else ():
            (result,) = asyncio.run(target.put([former]))
            copied.revisions += result.outcome == "stored"
    for result in asyncio.run(target.put(batch)):
        copied.counts[result.outcome] += 1
        if result.outcome == "refused" and len(copied.refused) < EXAMPLES:
            copied.refused[result.id] = result.reason


def _verify(batch: list[Article], target: Archive, copied: Copied) -> None:
    kept = target.get_many([article.id for article in batch])
    for article in batch:
        if _has(kept.get(article.id), article):
            copied.verified += 1
            continue
        copied.missing += 1
        if len(copied.examples) < EXAMPLES:
            why = "another text" if article.id in kept else "not there"
            copied.examples[article.id] = copied.refused.get(article.id, why)


def _has(kept: Article | None, article: Article) -> bool:
    """Whether the target's article is this one, or from a newer fetch."""
    return kept is not None and (kept.digest == article.digest or last_seen(kept) > last_seen(article))


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Cut by number and by length."""
    batch: list[Article] = []
    size = 0
    for article in articles:
        size += len(article.article_body)
        if len(batch) == BATCH or (batch and size > BATCH_CHARACTERS):
            yield batch
            batch, size = [], len(article.article_body)
        batch.append(article)
    if batch:
        yield batch


class _Progress:
    """Tells how far it is, and how fast, every few seconds."""

    def __init__(self, report: Report, verb: str, total: int) -> None:
        self._report = report
        self._verb = verb
        self._total = total
        self._done = 0
        self._started = self._told = monotonic()

    def add(self, number: int) -> None:
        """So many articles more are done."""
        self._done += number
        now = monotonic()
        if now - self._told >= REPORT_SECONDS:
            self._told = now
            rate = self._done / (now - self._started)
            self._report(f"{self._verb} {self._done:,} of {self._total:,} articles, {rate:.0f}/s")
