"""`scrapy archive count|rebuild`: how much is kept, and the search index made anew."""

import time
from argparse import Namespace
from contextlib import closing

from archive import open_archive
from crawler.command import Command as BaseCommand
from pipelines.opened import state_dir


class Command(BaseCommand):
    def syntax(self) -> str:
        return "count|rebuild"

    def short_desc(self) -> str:
        return "Count the archived articles, or make the search index anew"

    def long_desc(self) -> str:
        return (
            "`count` prints the number of articles. `rebuild` makes the search index anew from the stored "
            "articles; searches meanwhile use the old one. A damaged or missing index is rebuilt by itself."
        )

    def execute(self, args: list[str], opts: Namespace) -> int:
        if args not in (["count"], ["rebuild"]):
            self.usage_error("say `scrapy archive count` or `scrapy archive rebuild`")
        settings = self.project_settings
        place = state_dir(settings)
        with closing(open_archive(settings["ARCHIVE_URL"], place, create=False)) as archive:
            if args == ["count"]:
                print(archive.count())
                return 0
            start = time.monotonic()
            count = archive.rebuild_index()
            seconds = time.monotonic() - start
            print(f"indexed {count} articles in {seconds:.1f} s ({archive.location})")
        return 0
