"""`scrapy ledger report|alarms`: what became of every announced URL, and which sources are not as usual."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.clock import now
from crawler.command import Command as BaseCommand
from crawler.frontier import ledger_at
from crawler.ledger_alarms import Limits, alarms
from crawler.ledger_report import Account, Count, account, check_source
from crawler.limits import check_numbers
from crawler.since import since_of

PIPED_WIDTH = 180
"""Columns where the output is no terminal."""
NO_SOURCE = "(no source)"
"""The name, in table and option, for URLs that no source announced: named by hand, found in pages."""
_OUTCOMES = {
    "archived": "archived",
    "duplicate": "duplicates",
    "robots": "robots",
    "wall": "walls",
    "not_article": "not an article",
    "gone": "gone",
    "error": "errors",
}
"""Outcomes as the table and the closing sentence name them."""
_CHECKS = {"unchanged": "unchanged", "revised": "revised", "gone": "unpublished"}
"""Ends of the last look at an archived page, as the table names them."""
_SENTENCE = {
    "duplicate": "{} second addresses of an archived text",
    "robots": "{} closed to crawlers",
    "wall": "{} behind a wall",
    "not_article": "{} no articles",
    "gone": "{} gone",
    "error": "{} errors",
}


class Command(BaseCommand):
    def syntax(self) -> str:
        return "report|alarms [--since DATE] [--source NAME] [--json]"

    def short_desc(self) -> str:
        return "Account for every announced URL, or say which sources are not as usual"

    def long_desc(self) -> str:
        return (
            "`report`: by source, how many URLs were announced and what became of them; announced = settled "
            "+ pending. `alarms`: sources that have fallen silent, fail, or give pages that are read worse "
            "than before; exit code 1 if there is one, for `scrapy ledger alarms || mail ...`. Both "
            "only read, and may run while crawls do. See docs/ledger.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--since", metavar="DATE", help="report: only what was announced on this day or later (UTC)"
        )
        parser.add_argument("--source", metavar="NAME", help="only this source")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def execute(self, args: list[str], opts: Namespace) -> int:
        if args not in (["report"], ["alarms"]):
            self.usage_error("say `scrapy ledger report` or `scrapy ledger alarms`")
        if opts.source == "":
            self.usage_error("--source is empty; leave it out, or give a name")
        if opts.source == NO_SOURCE:
            opts.source = ""
        if args == ["alarms"] and opts.since is not None:
            self.usage_error("--since is for `scrapy ledger report`; alarms look at the last days")
        check_numbers(self.project_settings)
        return self._report(opts) if args == ["report"] else self._alarms(opts)

    def _report(self, opts: Namespace) -> int:
        since = since_of(opts.since)
        with (
            closing(ledger_at(self.project_settings, create=False)) as ledger,
            ledger.connection() as reading,
        ):
            found = account(reading, since=since, source=opts.source)
        if opts.json:
            print(json.dumps(found.to_dict(), ensure_ascii=False))
        else:
            _print_account(found)
        return 0

    def _alarms(self, opts: Namespace) -> int:
        with (
            closing(ledger_at(self.project_settings, create=False)) as ledger,
            ledger.connection() as reading,
        ):
            check_source(reading, opts.source)
            found = alarms(reading, self._limits(), opts.source)
        if opts.json:
            record = {"generated_at": now().isoformat(), "alarms": [alarm.to_dict() for alarm in found]}
            print(json.dumps(record, ensure_ascii=False))
        else:
            print(*found, sep="\n", end="\n" if found else "")
        if not found and sys.stderr.isatty():  # cron would mail it
            print(f"{self.name}: nothing unusual", file=sys.stderr)
        return 1 if found else 0

    def _limits(self) -> Limits:
        settings = self.project_settings
        return Limits(
            silence_hours=settings.getfloat("SILENCE_HOURS"),
            silence_days=settings.getfloat("SILENCE_DAYS"),
            list_failures=settings.getfloat("LIST_FAILURES_MAX"),
            error_share=settings.getfloat("ERROR_SHARE_MAX"),
            min_pages=settings.getfloat("ALARM_MIN_PAGES"),
        )


def _print_account(found: Account) -> None:
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
    with console.capture() as capture:  # rich itself would end with code 1 where the reader leaves (`| head`)
        console.print(_table(found))
        for line in _notes(found):
            console.print(Text(line), soft_wrap=True)
        console.print(Text(sentence(found)), soft_wrap=True)
    print(capture.get(), end="")


def _table(found: Account) -> Table:
    table = Table("source", box=None, pad_edge=False, header_style="dim")
    headings = ("announced", *_OUTCOMES.values(), "pending", *_CHECKS.values())
    for heading in headings:
        table.add_column(heading, justify="right")
    table.add_column("oldest pending")
    for name, count in found.by_source.items():
        table.add_row(Text(name or NO_SOURCE), *_cells(count))
    table.add_row("total", *_cells(found.total), style="bold")
    return table


def _cells(count: Count) -> list[str]:
    checks = (count.last_check[result] for result in _CHECKS)
    numbers = (count.announced, *(count.by_state[state] for state in (*_OUTCOMES, "pending")), *checks)
    return [*(f"{number:,}" for number in numbers), _minute(count.oldest_pending) or "-"]


def _notes(found: Account) -> Iterator[str]:
    """Kinds of errors and other reasons, lists that fail, and the sum."""
    total = found.total
    for state, name in _OUTCOMES.items():
        kinds = {reason: number for (of, reason), number in total.by_reason.items() if of == state}
        ranked = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
        if ranked:
            yield f"{name}: " + ", ".join(f"{reason} {number:,}" for reason, number in ranked)
    for source, count in found.by_source.items():
        for row in count.lists:
            if row["failures"]:
                answer = f"HTTP {row['status']}" if row["status"] else row["problem"] or "no answer"
                yield f"{source}: {row['url']} failed {row['failures']} times in a row, last with {answer}"
    yield f"announced = settled + pending: {total.announced:,} = {total.settled:,} + {total.pending:,}"


def sentence(found: Account) -> str:
    """The account in one sentence, as a methods section has it."""
    total = found.total
    if not total.announced:
        return "No URL was announced."
    sources = sum(1 for name, count in found.by_source.items() if name and count.announced)
    by = f" by {_number(sources, 'source')}" if sources else ""
    when = f"between {_minute(total.first)} and {_minute(total.last)} UTC"
    parts = [f"{_of(total.by_state['archived'], total.announced)} were archived"]
    parts += [
        form.format(_of(total.by_state[state], total.announced))
        for state, form in _SENTENCE.items()
        if total.by_state[state]
    ]
    announced = f"{_number(total.announced, 'URL')} announced{by} {when}"
    return f"Of {announced}, {', '.join(parts)}; {total.pending:,} pending."


def _of(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})".replace("%", " %")


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
