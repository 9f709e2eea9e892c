"""`scrapy fixture`: kept pages with the truth about them, against which extractors are tested offline."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from archive.errors import StorytrailError, UsageError
from crawler.command import Command as BaseCommand
from crawler.extractors.base import Page
from crawler.fixtures import show, site_files
from crawler.fixtures.adding import add_page, add_seed
from crawler.fixtures.compare import truth_of
from crawler.fixtures.pages import is_url, pages_of
from crawler.fixtures.reading import UNREADABLE, warm_up
from crawler.fixtures.store import (
    SEEDS,
    Fixture,
    load_all,
    mark,
    project_root,
    seeds_without_record,
    write_json,
)

USAGES = (
    "add URL|FILE|WARC[:OFFSET] [--site HOST] [--slug SLUG] [--url URL]",
    "check [NAME...]",
    "update [NAME...] [--yes]",
    "accept NAME...",
    "site HOST",
)
PIPED_WIDTH = 120
"""Columns where the output is no terminal."""


class Command(BaseCommand):
    requires_crawler_process = True

    def syntax(self) -> str:
        return " | ".join(USAGES)

    def short_desc(self) -> str:
        return "Keep pages with the truth about them, and check the extractors against them"

    def long_desc(self) -> str:
        return (
            "`add` keeps a page in tests/fixtures with what is read in it today, for you to correct. `check` "
            "reads kept pages again and shows each field that differs from the truth; exit code 1 if any "
            "does. `update` takes what is read today for the truth, after asking. `accept` says that you "
            "have read a new truth. `site` begins an extractor for a site. NAME is SITE or SITE/SLUG. "
            "See docs/fixtures.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", default="", metavar="HOST", help="add: folder (default: its host)")
        parser.add_argument("--slug", default="", help="add: name (default: from the page's address)")
        parser.add_argument("--url", default="", help="add FILE: its address, where it does not say it")
        parser.add_argument("--yes", action="store_true", help="update: take everything without asking")

    def execute(self, args: list[str], opts: Namespace) -> int:
        action, *rest = args or [""]
        actions: dict[str, Callable[[list[str], Namespace], int]] = {
            "add": self._add,
            "check": self._check,
            "update": self._update,
            "accept": self._accept,
            "site": self._site,
        }
        if action not in actions:
            self.usage_error(f"say `scrapy fixture {USAGES[0]}`, or check, update, accept, site")
        if action in ("add", "site") and len(rest) != 1:
            self.usage_error(f"say `scrapy fixture {next(use for use in USAGES if use.startswith(action))}`")
        return actions[action](rest, opts)

    def _add(self, args: list[str], opts: Namespace) -> int:
        where, root = args[0], project_root()
        if Path(where).is_file() and Path(where).resolve().parent == (root / SEEDS).resolve():
            folder = add_seed(root, Path(where), slug=opts.slug)
        else:
            folder = add_page(root, self._page(where, opts.url), where, site=opts.site, slug=opts.slug)
        print(f"{folder / 'expected.json'}: correct it to what the page says, then")
        print(f"scrapy fixture accept {folder.parent.name}/{folder.name}")
        return 0

    def _page(self, where: str, url: str) -> Page:
        if is_url(where):
            from crawler.fixtures.fetch import fetch

            assert self.crawler_process is not None
            return fetch(where, self.crawler_process)
        pages = list(pages_of(where, url))
        if len(pages) > 1:
            some = ", ".join(f"{name} ({page.url})" for name, page in pages[:3])
            raise UsageError(f"{where}: holds {len(pages)} pages; name one, such as {some}")
        return pages[0][1]

    def _check(self, args: list[str], opts: Namespace) -> int:
        root, started = project_root(), time.perf_counter()
        fixtures, console = load_all(root, args), _console()
        warm_up()
        differing = sum(not _is_right(fixture, console) for fixture in fixtures)
        missing = [] if args else seeds_without_record(root)
        for name in missing:
            console.print(Text(f"{name}  no expected record: scrapy fixture add {name}", style="red"))
        seconds = time.perf_counter() - started
        count, differing = len(fixtures) + len(missing), differing + len(missing)
        pages = "1 page" if count == 1 else f"{count} pages"
        known = sum(bool(fixture.known) for fixture in fixtures)
        right = count - differing - known
        told = f", {known} as known" if known else ""
        console.print(f"{pages}: {right} right{told}, {differing} differ; {seconds:.1f} s")
        return 1 if differing or not count else 0

    def _update(self, args: list[str], opts: Namespace) -> int:
        console, taken, left = _console(), 0, 0
        for fixture in load_all(project_root(), args):
            reading = fixture.read()
            differences = fixture.differences(reading)
            if not differences:
                continue
            if reading.problem or reading.kind == UNREADABLE:
                raise StorytrailError(f"{fixture.name}: no truth to take: {reading.problem}")
            console.print(Text(fixture.name, style="bold"))
            for difference in differences:
                console.print(show.difference(difference))
            if opts.yes or _agreed(fixture.name):
                _take(fixture, truth_of(reading), [difference.field for difference in differences])
                taken += 1
            else:
                left += 1
        console.print(f"{taken} updated, {left} left as they were")
        if taken:
            console.print("read what is new in expected.json, then scrapy fixture accept NAME")
        return 0

    def _accept(self, args: list[str], opts: Namespace) -> int:
        if not args:
            self.usage_error("name the fixtures whose expectation you have read, as SITE/SLUG")
        for fixture in load_all(project_root(), args):
            if not fixture.was_read:
                mark(fixture, read=True)
                print(f"{fixture.name}: read")
        return 0

    def _site(self, args: list[str], opts: Namespace) -> int:
        for path in site_files.write(project_root(), args[0]):
            print(path)
        return 0


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, soft_wrap=True)


def _is_right(fixture: Fixture, console: Console) -> bool:
    """Read the page, print its line and what differs; whether nothing does but what known.json lists."""
    reading = fixture.read()
    differences = fixture.differences(reading)
    new = [difference for difference in differences if difference.field not in fixture.known]
    right = not new and fixture.was_read
    verdict = Text("right", style="green") if right else Text("differs", style="red")
    if right and differences:
        verdict = Text("as known", style="yellow")
    console.print(Text(f"{fixture.name:<60} {reading.seconds * 1000:5.0f} ms  ").append_text(verdict))
    for difference in differences:
        console.print(show.difference(difference))
    if not fixture.was_read:
        console.print(f"  a new expectation: read it, then scrapy fixture accept {fixture.name}")
    return right


def _agreed(name: str) -> bool:
    try:
        answer = input(f"take this for the truth about {name}? [y/n] ")
    except EOFError:
        raise UsageError("there is nobody to ask; say --yes to take everything") from None
    return answer.strip().lower() in ("y", "yes")


def _take(fixture: Fixture, truth: dict[str, object], fields: list[str]) -> None:
    """Write the fields that differ anew; what was not checked stays unchecked."""
    new = truth if "kind" in fields else {**fixture.expected, **{name: truth[name] for name in fields}}
    write_json(fixture.folder / "expected.json", new)
    mark(fixture, read=False)
