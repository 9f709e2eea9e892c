"""Scrapy's log lines, without whole articles in them."""

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class ShortLogFormatter(LogFormatter):
    """Names an article by its URL. Drops are counted in the report, so the log tells of them at INFO only."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """An article that was archived."""
        return _line(logging.DEBUG, "Archived: %(item)s", item=_name(item))

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """An article that a stage dropped, and why."""
        return _line(logging.INFO, "Dropped: %(exception)s", exception=exception)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """An article on which a stage failed; the traceback follows."""
        return _line(logging.ERROR, "A stage failed on %(item)s", item=_name(item))


def _name(item: Any) -> str:
    return str(getattr(item, "url", item))


def _line(level: int, message: str, **values: Any) -> LogFormatterResult:
    return {"level": level, "msg": message, "args": values}
