"""`scrapy crawl SPIDER`: Scrapy's own, with an exit code that says whether the crawl did its job."""

import asyncio
import sys
from argparse import Namespace

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError as ScrapyUsageError

from archive.errors import SeedError, SourcesError, StorytrailError, UsageError
from crawler.extensions.lock import EXIT_CODE, JobRuns
from crawler.limits import check_numbers
from crawler.spiders.articles import ArticleSpider


class Command(ScrapyCrawl):
    def short_desc(self) -> str:
        return "Run a spider; exit code 0 only if it did its job (1 failed, 2 wrong arguments, 75 locked)"

    def run(self, args: list[str], opts: Namespace) -> None:
        """Run the spider; expected errors are one line on standard error."""
        if len(args) != 1:
            raise ScrapyUsageError("name one spider, as in `scrapy crawl feeds`; `scrapy list` shows them")
        assert self.crawler_process is not None
        try:
            crawler = self.crawler_process.create_crawler(args[0])
        except KeyError:
            return self._fail(f"there is no spider {args[0]!r}; `scrapy list` shows them", 2)
        try:
            check_numbers(crawler.settings)
            if issubclass(crawler.spidercls, ArticleSpider):
                crawler.spidercls.check(opts.spargs)
        except UsageError as error:
            return self._fail(str(error), 2)
        task = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if isinstance(task, asyncio.Task) and (not task.done() or task.cancelled()):
            return self._fail("stopped before its end; the same command goes on where it stopped", 1)
        failure = task.exception() if isinstance(task, asyncio.Task) else None
        if isinstance(failure, (UsageError, SeedError, SourcesError)):
            return self._fail(str(failure), 2)
        if isinstance(failure, StorytrailError):
            return self._fail(str(failure), EXIT_CODE if isinstance(failure, JobRuns) else 1)
        if failure is not None:
            raise failure
        self.exitcode = crawler.stats.get_value("report/exit_code", 1) if crawler.stats else 1
        return None

    def _fail(self, message: str, exitcode: int) -> None:
        print(f"crawl: {message}", file=sys.stderr)
        self.exitcode = exitcode
