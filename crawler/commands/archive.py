"""`scrapy archive`: how much is kept, its index anew, another schema, another place, Kibana's view of it."""

import logging
import re
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.console import Console
from rich.text import Text
from scrapy.settings import BaseSettings

from archive import EMBEDDED
from archive.base import Archive, Outcome
from archive.copying import Copied, copy
from archive.errors import ArchiveAway, ArchiveError, StorytrailError, UsageError
from crawler.command import Command as BaseCommand
from pipelines.opened import archive_at, credentials_of, state_dir

if TYPE_CHECKING:
    from archive.elastic.address import Address
    from archive.elastic.migration import Migration

Report = Callable[[str], None]

USAGES = {
    "count": "count",
    "rebuild": "rebuild",
    "migrate": "migrate [--shards N | --back | --drop]",
    "redrive": "redrive",
    "copy": "copy FROM TO",
    "kibana": "kibana [--post URL]",
}
MAX_SHARDS = 1024
"""Elasticsearch's own bound for one index (`es.index.max_number_of_shards`)."""


class Command(BaseCommand):
    def syntax(self) -> str:
        return " | ".join(USAGES.values())

    def short_desc(self) -> str:
        return "Count, rebuild, migrate or copy the archive"

    def long_desc(self) -> str:
        return (
            "`count` prints the number of articles. `rebuild` makes the search index anew from the stored "
            "articles. `copy` brings all articles of one ARCHIVE_URL to another. For an Elasticsearch: "
            "`migrate` brings the archive to this program's schema, `redrive` brings what is spooled and "
            "tries refused articles again, `kibana` prints the pack of dashboards. All may run while crawls "
            "do, and go on where they were stopped. See docs/operate.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--shards", metavar="N", help="migrate: to an index of so many primary shards")
        parser.add_argument("--back", action="store_true", help="migrate: return to the former index")
        parser.add_argument("--drop", action="store_true", help="migrate: delete the index that is not read")
        parser.add_argument(
            "--post", metavar="URL", help="kibana: import the pack into the Kibana at this address"
        )

    def execute(self, args: list[str], opts: Namespace) -> int:
        if not args or args[0] not in USAGES:
            self.usage_error(f"say `scrapy archive COMMAND`; the commands are {', '.join(USAGES)}")
        if len(args) != (3 if args[0] == "copy" else 1):
            self.usage_error(f"say `scrapy archive {USAGES[args[0]]}`")
        self._check_options(args[0], opts)
        settings = self.project_settings
        logging.getLogger("archive").addHandler(logging.NullHandler())  # its warnings come as errors, too
        try:
            match args[0]:
                case "count":
                    return _count(settings)
                case "rebuild":
                    return _rebuild(settings)
                case "migrate":
                    return _migrate(settings, opts)
                case "redrive":
                    return _redrive(settings)
                case "copy":
                    return _copy(settings, args[1], args[2])
                case _:
                    return _kibana(settings, opts.post)
        except KeyboardInterrupt:
            raise StorytrailError("stopped; nothing is lost, the same command goes on") from None

    def _check_options(self, command: str, opts: Namespace) -> None:
        """Refuse options that belong to another command, go ill together or have no sound value."""
        given = [name for name in ("shards", "back", "drop") if getattr(opts, name) not in (None, False)]
        if given and command != "migrate":
            self.usage_error(f"--{given[0]} belongs to `scrapy archive {USAGES['migrate']}`")
        if len(given) > 1:
            self.usage_error(f"--{given[0]} and --{given[1]} do not go together; give one of them")
        if opts.post is not None and command != "kibana":
            self.usage_error(f"--post belongs to `scrapy archive {USAGES['kibana']}`")
        shards = opts.shards
        if shards is not None and not (re.fullmatch("[0-9]{1,4}", shards) and 0 < int(shards) <= MAX_SHARDS):
            self.usage_error(f"--shards must be a number from 1 to {MAX_SHARDS}, not {shards!r}")


def _count(settings: BaseSettings) -> int:
    with closing(archive_at(settings, create=False)) as archive:
        print(archive.count())
        if waiting := archive.spooled:
            print(f"in the spool: {waiting} (a crawl brings them, or `scrapy archive redrive`)")
        if refused := getattr(archive, "dead_letters", 0):
            file = _dead_letters_file(settings)
            print(f"refused: {refused} (see {file}; `scrapy archive redrive` tries them again)")
    return 0


def _rebuild(settings: BaseSettings) -> int:
    with closing(archive_at(settings, create=False)) as archive:
        start = time.monotonic()
        count = archive.rebuild_index()
        print(f"indexed {count} articles in {time.monotonic() - start:.1f} s ({archive.location})")
    return 0


def _migrate(settings: BaseSettings, opts: Namespace) -> int:
    address = _elasticsearch(
        settings, "the embedded archive needs no migration; `scrapy archive rebuild` makes its index anew"
    )
    with _reporting() as report, _migration(settings, address, report) as migration:
        if opts.back:
            done = migration.back()
        elif opts.drop:
            done = migration.drop()
        else:
            done = migration.migrate(shards=int(opts.shards) if opts.shards else None)
    print(done)
    return 0


@contextmanager
def _migration(settings: BaseSettings, address: "Address", report: Report) -> Iterator["Migration"]:
    """Not by way of `archive_at`: an archive opens only in this program's schema."""
    from archive.elastic.connection import check_rights, check_server, connect
    from archive.elastic.migration import Migration

    timeout = settings.getfloat("ELASTICSEARCH_TIMEOUT")
    with connect(address, credentials_of(settings), timeout=timeout) as client:
        check_server(client, address)
        check_rights(client, address, write=True)
        yield Migration(client, address, report)


def _redrive(settings: BaseSettings) -> int:
    from archive.elastic.archive import ElasticArchive
    from archive.elastic.dead_letters import DeadLetters

    _elasticsearch(settings, "the embedded archive has no spool and no dead letters; nothing to redrive")
    with _reporting() as report, _going_on(), closing(archive_at(settings, create=False)) as archive:
        assert isinstance(archive, ElasticArchive)
        report(f"{archive.spooled} spooled and {archive.dead_letters} refused articles to bring")
        brought, kept, refused = archive.redrive()
    file = _dead_letters_file(settings)
    again = f"{refused} refused again" + (f" (see {file})" if refused else "")
    print(f"brought {brought} spooled, kept {kept} refused articles, {again}")
    if unreadable := DeadLetters(file).unreadable():
        raise ArchiveError(f"letters that cannot be read: {len(unreadable)}; mend or delete {unreadable[0]}")
    return 1 if refused else 0


def _copy(settings: BaseSettings, source_url: str, target_url: str) -> int:
    with closing(archive_at(_with_url(settings, source_url), create=False)) as source:
        if waiting := source.spooled:
            advice = "bring them with `scrapy archive redrive` first"
            raise ArchiveError(f"articles still in the spool of {source.location}: {waiting}; {advice}")
        with closing(archive_at(_with_url(settings, target_url))) as target:
            if source.location == target.location:
                raise UsageError(f"FROM and TO are the same archive: {source.location}")
            start = time.monotonic()
            with _reporting() as report, _going_on():
                copied = copy(source, target, report)
            _print_copied(copied, source, target, time.monotonic() - start)
    return 0


def _print_copied(copied: Copied, source: Archive, target: Archive, seconds: float) -> None:
    """Print the counts; raise ArchiveError with the next step where something is missing."""
    counts = ", ".join(f"{copied.counts[one]} {one}" for one in get_args(Outcome) if copied.counts[one])
    print(f"{copied.counts.total()} copied in {seconds:.1f} s: {counts or 'the archive is empty'}")
    if copied.counts["spooled"]:
        raise ArchiveAway(
            f"{target.location} takes no articles now, {copied.counts['spooled']} wait in the spool; "
            "when it is back, the same command goes on"
        )
    if copied.missing:
        named = (
            f"{one} ({copied.refused[one]})" if one in copied.refused else one for one in copied.examples
        )
        raise ArchiveError(
            f"{copied.missing} of {copied.missing + copied.verified} not in {target.location}: "
            f"{', '.join(named)}; the same command tries them again"
        )
    print(f"verified: all {copied.verified} articles of {source.location} are in {target.location}")


def _kibana(settings: BaseSettings, url: str | None) -> int:
    from archive.elastic.kibana import pack, post

    address = _elasticsearch(
        settings, "Kibana does not show the embedded archive; set ARCHIVE_URL to http(s)://host:9200/news"
    )
    text = pack(address.base)
    if url is None:
        print(text, end="")
        return 0
    credentials = credentials_of(settings)
    print(post(text, url, api_key=credentials.api_key, ca_certs=credentials.ca_certs))
    return 0


def _elasticsearch(settings: BaseSettings, refusal: str) -> "Address":
    """The address of the Elasticsearch archive; UsageError with this text for an embedded one."""
    from archive.elastic.address import Address

    if settings["ARCHIVE_URL"].startswith(EMBEDDED):
        raise UsageError(refusal)
    return Address.parse(settings["ARCHIVE_URL"])


def _with_url(settings: BaseSettings, url: str) -> BaseSettings:
    """The settings with another ARCHIVE_URL."""
    changed = settings.copy()
    changed.set("ARCHIVE_URL", url, "cmdline")
    return changed


def _dead_letters_file(settings: BaseSettings) -> Path:
    from archive.elastic.address import Address
    from archive.elastic.archive import dead_letters_file

    return dead_letters_file(state_dir(settings), Address.parse(settings["ARCHIVE_URL"]))


@contextmanager
def _going_on() -> Iterator[None]:
    """Say of a server that went away in the middle that nothing is lost."""
    try:
        yield
    except ArchiveAway as error:
        raise ArchiveAway(f"{error}; nothing is lost, the same command goes on") from None


@contextmanager
def _reporting() -> Iterator[Report]:
    """Tell what is under way on stderr: one line that changes on a terminal, else line by line."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line: print(line, file=sys.stderr, flush=True)
        return
    with console.status("") as status:
        yield lambda line: status.update(Text(line))
