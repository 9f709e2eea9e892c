"""`scrapy search QUERY`: find archived articles again."""

import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.base import HIGHLIGHT_END, HIGHLIGHT_START, Archive, Hit, SearchResult
from archive.errors import BadQuery
from archive.query import Everything, Query, parse_query
from crawler.command import Command as BaseCommand
from pipelines.opened import archive_at

_BULKY = ("article_body", "article_body_html", "fingerprint")
"""Fields that `--json` leaves out: too long for a list of hits."""

_FACETS_SHOWN = ("in_language", "site", "year")
_FACET_VALUES_SHOWN = 6
_PIPED_WIDTH = 120
"""Columns where the output is no terminal."""


class Command(BaseCommand):
    def syntax(self) -> str:
        return "[options] QUERY"

    def short_desc(self) -> str:
        return "Search the archive"

    def long_desc(self) -> str:
        return (
            'QUERY is words, "phrases", AND OR NOT, + and -, parentheses, beginning*, field:value or '
            "date:[2022-09-01 TO 2022-09-30]; `*` finds everything; as_of:2022-09-08 finds what stood then. "
            "docs/search.md shows them all."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--language", metavar="de,en", help="only articles in these languages")
        parser.add_argument("--from", dest="date_from", metavar="DATE", help="published on this day or later")
        parser.add_argument("--to", dest="date_to", metavar="DATE", help="published on this day or earlier")
        parser.add_argument("--site", metavar="HOST", help="only this host and those under it")
        parser.add_argument(
            "--sort", choices=("date", "relevance"), help="order (default: relevance; date for *)"
        )
        parser.add_argument("--limit", default="10", metavar="N", help="number of hits (default 10)")
        parser.add_argument("--json", action="store_true", help="one JSON object a hit and line")

    def execute(self, args: list[str], opts: Namespace) -> int:
        if not args:
            self.usage_error("give words to search for, or '*' for every article")
        if not opts.limit.isdecimal() or not 0 < int(opts.limit) <= 10_000:
            self.usage_error(f"--limit must be a number from 1 to 10000, not {opts.limit!r}")
        for option in ("language", "site", "date_from", "date_to"):
            if getattr(opts, option) == "":
                self.usage_error(f"--{option.removeprefix('date_')} is empty; leave it out, or give a value")
        try:
            query = parse_query(
                " ".join(args),
                languages=_listed(opts.language or ""),
                date_from=opts.date_from,
                date_to=opts.date_to,
                sites=_listed(opts.site or ""),
            )
        except BadQuery as error:
            self.usage_error(str(error))
        with closing(archive_at(self.project_settings, create=False)) as archive:
            text = self._search(archive, query, opts)
        print(text, end="")
        return 0

    def _search(self, archive: Archive, query: Query, opts: Namespace) -> str:
        """What to print."""
        by_date = opts.sort == "date" or (not opts.sort and isinstance(query.root, Everything))
        result = archive.search(query, limit=int(opts.limit), sort="date" if by_date else "relevance")
        if opts.json:
            return "".join(json.dumps(_record(hit), ensure_ascii=False) + "\n" for hit in result.hits)
        if not result.total:
            return f"nothing found among {archive.count()} articles in {archive.location}\n"
        return _table(result)


def _listed(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _record(hit: Hit) -> dict[str, Any]:
    record = hit.article.to_dict()
    for name in _BULKY:
        del record[name]
    record["score"] = round(hit.score, 4)
    record["highlights"] = [
        passage.replace(HIGHLIGHT_START, "<em>").replace(HIGHLIGHT_END, "</em>") for passage in hit.highlights
    ]
    return record


def _table(result: SearchResult) -> str:
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
    scored = any(hit.score for hit in result.hits)
    table = Table("date", "language", "site", "headline", box=None, pad_edge=False, header_style="dim")
    table.columns[3].ratio = 1
    table.columns[3].overflow = "fold"  # an address stays whole
    if scored:
        table.add_column("score", justify="right")
    for hit in result.hits:
        article = hit.article
        date = f"{article.date_published:%Y-%m-%d}" if article.date_published else "no date"
        score = [f"{hit.score:.1f}"] if scored else []
        shown = Text(article.headline or article.url, style="bold")
        if article.date_unpublished:
            shown.append(f" (unpublished {article.date_unpublished:%Y-%m-%d})", style="not bold dim")
        if hit.highlights:
            shown.append("\n").append(_marked(hit.highlights[0]))
        shown.append(f"\n{article.url}", style="not bold dim")
        table.add_row(date, article.in_language or "-", Text(article.site), shown, *score)
    with console.capture() as capture:
        console.print(table)
        console.print(Text(_summary(result), style="dim"))
    return capture.get()


def _marked(passage: str) -> Text:
    """The passage with its found words in bold."""
    text = Text(style="not bold")
    for number, part in enumerate(passage.split(HIGHLIGHT_START)):
        found, end, rest = part.partition(HIGHLIGHT_END)
        text.append(found, style="bold" if number and end else "")
        text.append(rest)
    return text


def _summary(result: SearchResult) -> str:
    shown = len(result.hits)
    total = f"{result.total} article{'' if result.total == 1 else 's'} found"
    counts = [f"{total}, {shown} shown" if shown < result.total else total]
    for facet in _FACETS_SHOWN:
        values = sorted(result.facets.get(facet, {}).items(), key=lambda item: (-item[1], item[0]))
        more = f", {len(values) - _FACET_VALUES_SHOWN} others" if len(values) > _FACET_VALUES_SHOWN else ""
        counts.append(", ".join(f"{value} {count}" for value, count in values[:_FACET_VALUES_SHOWN]) + more)
    return " | ".join(part for part in counts if part)
