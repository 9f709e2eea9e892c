"""`scrapy extract`: what is read in a page, field by field, for people who write extractors."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.article import Article, Image
from archive.errors import UsageError
from crawler.command import Command as BaseCommand
from crawler.extractors.base import Page
from crawler.fixtures.compare import FIELDS
from crawler.fixtures.pages import is_url, pages_of, pages_of_stream
from crawler.fixtures.reading import Reading, read_page, warm_up

PIPED_WIDTH = 120
"""Columns where the output is no terminal."""


class Command(BaseCommand):
    requires_crawler_process = True

    def syntax(self) -> str:
        return "[options] PATH|URL|- [PATH...]"

    def short_desc(self) -> str:
        return "Show what is read in a page: the text, and every field with its source"

    def long_desc(self) -> str:
        return (
            "PATH is a saved page, a fixture's folder, a WARC (all of its pages) or WARC:OFFSET. URL is "
            'fetched politely. `-` reads standard input: a page, or JSON lines {"url", "path" or "html"}. '
            "Exit code 1: a page is no article. See docs/fixtures.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object a page and line")
        parser.add_argument("--url", default="", help="address of the saved page, where it does not say it")

    def execute(self, args: list[str], opts: Namespace) -> int:
        if not args:
            self.usage_error(
                "name a saved page, a WARC or an address, or give a page on standard input with -"
            )
        if opts.url and len(args) > 1:
            self.usage_error("--url is for a single page")
        if len(args) > 1 and any(map(is_url, args)):
            self.usage_error("give an address alone; several pages can only be files")
        all_articles = True
        warm_up()
        for where, page in self._pages(args, opts.url):
            reading = read_page(page)
            if opts.json:
                print(json.dumps(_record(page, reading), ensure_ascii=False), flush=True)
            elif reading.article is not None:
                _show(page, reading, reading.article)
            if reading.article is None:
                self._say_refused(where, reading)
                all_articles = False
        return 0 if all_articles else 1

    def _pages(self, args: list[str], url: str) -> Iterator[tuple[str, Page]]:
        if is_url(args[0]):
            from crawler.fixtures.fetch import fetch

            assert self.crawler_process is not None
            yield args[0], fetch(args[0], self.crawler_process)
            return
        if "-" in args and len(args) > 1:
            raise UsageError("give - alone: it reads standard input")
        for where in args:
            yield from pages_of_stream(sys.stdin.buffer, url) if where == "-" else pages_of(where, url)

    def _say_refused(self, where: str, reading: Reading) -> None:
        kind = reading.kind.replace("_", " ")
        reason = f"unreadable: {reading.problem}" if reading.problem else f"not an article ({kind})"
        self.fail(f"{where}: {reason}", 1)


def _record(page: Page, reading: Reading) -> dict[str, Any]:
    """The article's record with its kind, the time taken in seconds, and the fields' sources."""
    told: dict[str, Any] = {"kind": reading.kind, "seconds": round(reading.seconds, 4)}
    if reading.problem:
        told["problem"] = reading.problem
    if reading.article is None:
        return {"url": page.url, **told}
    if reading.layout:
        told["layout"] = reading.layout
    return {**reading.article.to_dict(), **told, "sources": reading.sources}


def _show(page: Page, reading: Reading, article: Article) -> None:
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
    name = ", layout ".join(filter(None, (article.extractor, reading.layout)))
    with console.capture() as capture:
        console.print(Text(page.url, style="bold"), soft_wrap=True)
        console.print(Text(f"extractor {name}, {reading.seconds * 1000:.0f} ms", style="bold"))
        if reading.problem:
            console.print(Text(reading.problem, style="red"), soft_wrap=True)
        console.print(_table(article, reading.sources))
        console.print(Text(f"\n{article.article_body}\n"), soft_wrap=True)
    print(capture.get(), end="")


def _table(article: Article, sources: dict[str, str]) -> Table:
    table = Table("field", "value", "source", box=None, pad_edge=False, header_style="dim")
    table.columns[1].ratio = 1
    table.columns[1].overflow = "fold"
    for name in FIELDS:
        if name != "article_body":
            table.add_row(name, Text(_value(getattr(article, name))), Text(sources.get(name, "")))
    return table


def _value(value: Any) -> str:
    """A field's value in words; "-" where it is empty."""
    if isinstance(value, list):
        return "\n".join(_image(item) if isinstance(item, Image) else str(item) for item in value) or "-"
    if isinstance(value, dict):
        return "\n".join(f"{name}: {item}" for name, item in value.items()) or "-"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value else "-"


def _image(image: Image) -> str:
    words = " | ".join(part for part in (image.caption, image.credit and f"© {image.credit}") if part)
    return "\n".join(part for part in (image.url, words) if part)
