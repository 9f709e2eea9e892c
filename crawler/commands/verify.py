"""`scrapy verify`: whether every archived document has its proof, and every WARC file holds."""

import json
from argparse import ArgumentParser, Namespace
from contextlib import closing
from dataclasses import asdict

from archive.warc import RawStore
from crawler.command import Command as BaseCommand
from crawler.since import since_of
from crawler.verification import Verified, number, verify
from pipelines.opened import archive_at, state_dir


class Command(BaseCommand):
    def syntax(self) -> str:
        return "[--since DATE] [--json]"

    def short_desc(self) -> str:
        return "Check archived articles against their raw pages, and the WARC files themselves"

    def long_desc(self) -> str:
        return (
            "Reads the raw record of every archived document (file, offset, SHA-256) and every record of "
            "every WARC file, and writes the index of files that have none. One line for each fault, the "
            "last line is the sum; exit code 0 only if all hold. May run while crawls do. See docs/raw.md."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--since", metavar="DATE", help="only what was fetched from this day or time on (UTC)"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def execute(self, args: list[str], opts: Namespace) -> int:
        if args:
            self.usage_error("takes no arguments; say `scrapy verify [--since DATE] [--json]`")
        verified, faults, since = Verified(), [], since_of(opts.since)
        store = RawStore(state_dir(self.project_settings) / "raw")
        with closing(archive_at(self.project_settings, create=False)) as archive:
            for fault in verify(archive, store, verified, since):
                faults.append(fault)
                if not opts.json:
                    print(fault, flush=True)
        if opts.json:
            found = [asdict(fault) for fault in faults]
            print(json.dumps({**verified.to_dict(), "faults": found}, ensure_ascii=False))
        else:
            print(*_notes(verified), verified, sep="\n")
        return 1 if faults else 0


def _notes(verified: Verified) -> list[str]:
    """What is no fault, but worth a line."""
    torn = [
        f"{name}: its process was killed while it wrote the last record, which nothing points to"
        for name in verified.torn
    ]
    given = [f"without a raw page (seeds, given files): {number(verified.without_raw, 'article')}"]
    return torn + (given if verified.without_raw else [])
