"""A progress line on a terminal."""

import asyncio
import logging
import sys
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy import signals
from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

INTERVAL = 0.5
"""Seconds between two looks at the counts."""


class Progress:
    """Pages, articles, related, errors and rate, in one line while standard error is a terminal."""

    def __init__(self, crawler: "Crawler") -> None:
        self._stats = crawler.stats
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = monotonic()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Progress":
        """Called by Scrapy."""
        if not sys.stderr.isatty():
            raise NotConfigured
        progress = cls(crawler)
        crawler.signals.connect(progress.start, signals.spider_opened)
        crawler.signals.connect(progress.stop, signals.spider_closed)
        return progress

    def start(self) -> None:
        """Begin to show the line; log records go above it."""
        self._live = Live(self.line(), console=self._console, transient=True, auto_refresh=False)
        self._live.start()
        _log_to_current_stderr()
        self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._task.cancel()
        if self._live is not None:
            self._live.stop()
            _log_to_current_stderr()

    def line(self) -> Text:
        """The line as it is now."""
        get = self._stats.get_value
        pages = sum(
            get(f"ledger/{name}", 0) for name in ("archived", "duplicate", "wall", "not_article", "gone")
        )
        related = get("stage/related/same-language", 0) + get("stage/related/other-language", 0)
        seconds = max(monotonic() - self._started, 0.001)
        return Text(
            f"lists {get('lists/answered', 0)}/{get('lists/count', 0)}  pages {pages}  "
            f"articles {get('item_scraped_count', 0)}  related {related}  "
            f"errors {get('ledger/error', 0)}  {60 * pages / seconds:.0f} pages/min",
            no_wrap=True,
            overflow="ellipsis",
        )

    async def _run(self) -> None:
        while self._live is not None:
            self._live.update(self.line(), refresh=True)
            await asyncio.sleep(INTERVAL)


def _log_to_current_stderr() -> None:
    """Let log handlers write to what sys.stderr is now: rich replaces it while the line is shown."""
    for handler in logging.root.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.setStream(sys.stderr)
