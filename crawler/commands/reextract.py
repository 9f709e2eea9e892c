"""`scrapy reextract`: archived articles read again with today's extractors, from their raw pages."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.article import Article
from archive.base import Archive
from archive.errors import StorytrailError
from archive.query import parse_query
from archive.warc import RawStore
from crawler.command import Command as BaseCommand
from crawler.reading import ReadingPool
from crawler.reextraction import Changed, Reextracted, reextract
from crawler.since import since_of
from crawler.verification import number
from pipelines.opened import archive_at, state_dir

PIPED_WIDTH = 120
"""Columns where the output is no terminal."""


class Command(BaseCommand):
    def syntax(self) -> str:
        return "[--since DATE] [--site HOST] [--limit N] [--dry-run]"

    def short_desc(self) -> str:
        return "Read archived articles again from their raw pages, with today's extractors"

    def long_desc(self) -> str:
        return (
            "Nothing is fetched. Prints by site and field how many articles are read otherwise now, and then "
            "keeps those in place of what was archived: no revision, for the outlet has changed nothing. A "
            "page that cannot be read now keeps its document. See docs/raw.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--since", metavar="DATE", help="only what was fetched from this day or time on (UTC)"
        )
        parser.add_argument("--site", metavar="HOST", help="only this host and those under it")
        parser.add_argument("--limit", metavar="N", help="the first N articles only")
        parser.add_argument("--dry-run", action="store_true", help="show what would change; write nothing")

    def execute(self, args: list[str], opts: Namespace) -> int:
        if args:
            self.usage_error("takes no arguments; see `scrapy reextract --help`")
        if opts.limit is not None and not (opts.limit.isdecimal() and int(opts.limit)):
            self.usage_error(f"--limit must be a number above 0, not {opts.limit!r}")
        if opts.site is not None and not opts.site.strip():
            self.usage_error("--site is empty; leave it out, or name a host")
        since = since_of(opts.since)
        with (
            closing(archive_at(self.project_settings, create=False)) as archive,
            closing(Changed()) as changed,
        ):
            articles = islice(_articles(archive, since, opts.site), opts.limit and int(opts.limit))
            try:
                done = asyncio.run(self._read(articles, changed))
                print(_shown(done), end="", flush=True)
                if opts.dry_run:
                    print("dry run: nothing written")
                    return 0
                return _write(archive, changed)
            except KeyboardInterrupt:
                raise StorytrailError("stopped; nothing is lost, the same command does the rest") from None

    async def _read(self, articles: Iterator[Article], changed: Changed) -> Reextracted:
        settings = self.project_settings
        pool = ReadingPool(settings.getint("READ_WORKERS"), settings.getfloat("READ_TIMEOUT"))
        try:
            return await reextract(articles, RawStore(state_dir(settings) / "raw"), pool, changed)
        finally:
            await pool.close()


def _articles(archive: Archive, since: datetime | None, site: str | None) -> Iterator[Article]:
    query = parse_query("*", sites=[site]) if site else None
    if query and not archive.search(query, limit=1).total:
        raise StorytrailError(f"no article of {site} is archived; `scrapy search '*'` names sites")
    return (article for article in archive.iterate(query) if since is None or article.date_fetched >= since)


def _write(archive: Archive, changed: Changed) -> int:
    counts: Counter[str] = Counter()
    for batch in changed.batches():
        counts.update(result.outcome for result in asyncio.run(archive.put(batch)))
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    print(f"written: {told or 'nothing'}")
    return 1 if counts["refused"] else 0


def _shown(done: Reextracted) -> str:
    """The table and the sum."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
    with console.capture() as capture:
        if done.drift:
            console.print(_table(done))
        for line in _sums(done):
            console.print(Text(line), soft_wrap=True)
    return capture.get()


def _table(done: Reextracted) -> Table:
    table = Table("site", "field", box=None, pad_edge=False, header_style="dim")
    for name in ("articles", "differ", "new", "lost"):
        table.add_column(name, justify="right")
    last = ""
    for (site, field), drift in sorted(done.drift.items()):
        first = site != last
        numbers = (drift.differ, drift.new, drift.lost)
        table.add_row(
            site if first else "", field, str(done.sites[site]) if first else "", *map(str, numbers)
        )
        last = site
    return table


def _sums(done: Reextracted) -> Iterator[str]:
    read = f"{number(done.read, 'article')} of {number(len(done.sites), 'site')}"
    yield f"{read} read, {done.changed} otherwise than archived"
    if done.unreadable:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(done.unreadable.items()))
        yield f"{done.unreadable.total()} cannot be read now and keep their document: {reasons}"
    if done.without_raw:
        verb = "has" if done.without_raw == 1 else "have"
        yield f"{done.without_raw} {verb} no raw page (seeds, given files)"
