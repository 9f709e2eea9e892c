"""`scrapy sources list|check`: which outlets there are, and whether their addresses answer."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.errors import StorytrailError, UsageError
from crawler.command import Command as BaseCommand
from crawler.sources import Source, load_sources, select
from crawler.sources_check import Check, SourcesCheckSpider, addresses_of
from crawler.spiders.arguments import SOURCES


class Command(BaseCommand):
    requires_crawler_process = True

    def syntax(self) -> str:
        return "list|check [FILE]"

    def short_desc(self) -> str:
        return "List the outlets of a sources file, or check that their feeds and sitemaps answer"

    def long_desc(self) -> str:
        return (
            "FILE is a sources file or a folder of them; without it, the sources that come with Storytrail. "
            "`check` asks each feed, sitemap and front page once, as politely as a crawl. Exit code 1: an "
            "address failed or holds nothing new."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
        parser.add_argument(
            "--languages", default="", metavar="de,en", help="only outlets in these languages"
        )
        parser.add_argument("--names", default="", metavar="A,B", help="only outlets with these names")
        parser.add_argument(
            "--days",
            type=float,
            default=7,
            help="check: a list is new if its newest date is younger (default 7)",
        )

    def execute(self, args: list[str], opts: Namespace) -> int:
        if not args or args[0] not in ("list", "check") or len(args) > 2:
            self.usage_error("say `scrapy sources list [FILE]` or `scrapy sources check [FILE]`")
        if not opts.days > 0:
            self.usage_error(f"--days must be more than 0, not {opts.days:g}")
        path = Path(args[1]) if len(args) == 2 else SOURCES
        sources = select(load_sources(path), languages=_words(opts.languages), names=_words(opts.names))
        if not sources:
            raise UsageError(f"{path}: no source in {opts.languages}; see `scrapy sources list`")
        if args[0] == "list":
            _list(sources, as_json=opts.json)
            return 0
        return self._check(sources, opts.days, as_json=opts.json)

    def _check(self, sources: list[Source], days: float, *, as_json: bool) -> int:
        checks: list[Check] = []

        def on_check(check: Check) -> None:
            checks.append(check)
            if as_json:
                print(json.dumps(_check_record(check), ensure_ascii=False), flush=True)

        process = self.crawler_process
        assert process is not None
        crawl = process.create_crawler(SourcesCheckSpider)
        process.crawl(crawl, sources=sources, days=days, on_check=on_check)
        process.start()
        if crawl.stats is not None and crawl.stats.get_value("report/problem"):
            raise UsageError(str(crawl.stats.get_value("report/problem")))
        if process.bootstrap_failed:
            raise StorytrailError("the check could not start; run it with -s LOG_ENABLED=1 to see why")
        addresses = addresses_of(sources)
        if not as_json:
            checks.sort(key=lambda check: addresses.index(check.address))
            _console().print(_check_table(checks))
        return self._sum_up(checks, len(addresses))

    def _sum_up(self, checks: list[Check], wanted: int) -> int:
        count = Counter(check.verdict for check in checks)
        unchecked = f", {wanted - len(checks)} not checked" if len(checks) < wanted else ""
        summary = (
            f"{count['ok']} ok, {count['nothing new']} with nothing new, {count['failed']} failed{unchecked}"
        )
        print(f"{self.name}: {wanted} addresses: {summary}", file=sys.stderr)
        return 0 if count["ok"] == wanted else 1


def _words(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 180)


def _list(sources: list[Source], *, as_json: bool) -> None:
    if as_json:
        for source in sources:
            print(json.dumps(asdict(source), ensure_ascii=False, default=str))
        return
    table = Table("name", "outlet", "country", "languages", box=None, pad_edge=False)
    for column in ("feeds", "sitemaps", "front pages"):
        table.add_column(column, justify="right")
    table.add_column("checked")
    for source in sources:
        counts = (str(len(urls)) for urls in (source.feeds, source.sitemaps, source.front_pages))
        checked = str(source.checked or "never")
        table.add_row(
            source.name, Text(source.publisher), source.country, " ".join(source.languages), *counts, checked
        )
    _console().print(table)
    languages = {language for source in sources for language in source.languages}
    print(f"outlets: {len(sources)}, languages: {len(languages)}", file=sys.stderr)


def _check_record(check: Check) -> dict[str, object]:
    return {
        "source": check.address.source,
        "list": check.address.kind,
        "url": check.address.url,
        "verdict": check.verdict,
        "status": check.status,
        "what": check.what,
        "pages": check.pages,
        "sitemaps": check.sitemaps,
        "newest": check.newest.isoformat() if check.newest else None,
        "problem": check.problem,
    }


def _check_table(checks: list[Check]) -> Table:
    table = Table("source", "list", "status", "it is", box=None, pad_edge=False)
    table.add_column("entries", justify="right")
    for column in ("newest", "verdict", "address and problem"):
        table.add_column(column, overflow="fold")
    styles = {"ok": "green", "nothing new": "yellow", "failed": "red"}
    for check in checks:
        newest = f"{check.newest:%Y-%m-%d %H:%M}" if check.newest else "-"
        note = f"{check.address.url}\n  {check.problem}" if check.problem else check.address.url
        table.add_row(
            check.address.source,
            check.address.kind,
            str(check.status or "-"),
            check.what or "-",
            str(check.pages + check.sitemaps),
            newest,
            Text(check.verdict, style=styles[check.verdict]),
            Text(note),
        )
    return table
