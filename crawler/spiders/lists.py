"""What spiders share that read lists: feeds, sitemaps, front pages, robots.txt -> announcements."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.clock import now
from archive.errors import SourcesError
from crawler.discovery.base import Announcement, Listing
from crawler.discovery.feed import read_feed
from crawler.discovery.front_page import read_front_page
from crawler.discovery.robots import sitemaps_of
from crawler.discovery.sitemap import read_sitemap
from crawler.discovery.window import could_hold
from crawler.ledger_tables import Known, Work
from crawler.middlewares.guard import NoContact
from crawler.settling import Ending
from crawler.sources import Source, load_sources, select
from crawler.spiders.arguments import SourceArguments
from crawler.spiders.articles import ArticleSpider

Kind = Literal["feed", "sitemap", "front_page", "robots"]

LIST_PRIORITY = 1_000_000
"""Lists are fetched before pages: what they name decides the order of the pages."""
MAX_SITEMAP_DEPTH = 3
"""Sitemap indexes within sitemap indexes that are followed; the protocol allows none, outlets have two."""
MAX_CHILDREN = 60
"""Sitemaps entered of one index, the newest first: two months of daily ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One list to read."""

    url: str
    kind: Kind
    source: str
    depth: int = 0


class ListSpider(ArticleSpider):
    """Polls the lists of its sources and announces what they name."""

    arguments: ClassVar[type[SourceArguments]] = SourceArguments

    def prepare(self) -> None:
        """Load the sources. Raises SourcesError."""
        found = select(load_sources(self.args.sources), languages=self.args.languages)
        if not found:
            wanted = f" in {', '.join(self.args.languages)}" if self.args.languages else ""
            raise SourcesError(f"{self.args.sources}: no source{wanted}; see `scrapy sources list`")
        self.sources = {source.name: source for source in found}
        self._open_polls = 0
        self._polled: set[str] = set()

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Publication times of interest; None for all."""
        if self.args.days is None:
            return None
        return now() - timedelta(days=self.args.days), now() + timedelta(days=1)

    def polls(self, source: Source) -> Iterable[Poll]:
        """The lists of a source that this spider reads."""
        raise NotImplementedError

    def worth(self, announcement: Announcement) -> float:
        """The priority of an announced page; higher is fetched first."""
        del announcement
        return 0.0

    def may_end(self) -> bool:
        """Whether every list was read."""
        return self._open_polls == 0

    async def discover(self) -> AsyncIterator[Any]:
        """The requests for all lists of all sources."""
        for source in self.sources.values():
            for poll in self.polls(source):
                for request in self._poll(poll):
                    yield request
        if not self._polled:
            raise self.stop(f"the sources have no address for spider {self.name}; see `scrapy sources list`")

    def _poll(self, poll: Poll) -> list[Request]:
        if poll.url in self._polled:
            return []
        self._polled.add(poll.url)
        self._open_polls += 1
        self.crawler.stats.inc_value("lists/count")
        return [
            Request(
                poll.url,
                callback=self.parse_list,
                errback=self.list_failed,
                cb_kwargs={"poll": poll},
                priority=LIST_PRIORITY,
                dont_filter=True,
                meta={"dont_obey_robotstxt": True} if poll.kind == "robots" else {},
            )
        ]

    async def parse_list(self, response: Response, poll: Poll) -> AsyncIterator[Request]:
        """Announce what the list names; request the lists it names."""
        try:
            listing = await asyncio.to_thread(_read, response, poll)
            await self.announce(listing.announcements, poll.source)
            await self._note(poll, response.status, listing)
            self.crawler.stats.inc_value("lists/answered")
            for request in self._children(listing, poll):
                yield request
        finally:
            self._poll_done()

    async def list_failed(self, failure: Failure) -> None:
        """Count a list that did not answer."""
        poll: Poll = failure.request.cb_kwargs["poll"]  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, Ending):
            return self._poll_done()
        status = error.response.status if isinstance(error, HttpError) else 0
        problem = f"HTTP {status}" if status else f"{type(error).__name__}: {error}".partition("\n")[0]
        # an outlet without robots.txt is not at fault; that there is no contact is said once, at the end
        if poll.kind != "robots" and not isinstance(error, NoContact):
            self.crawler.stats.inc_value("lists/failed")
            self.logger.warning("%s of %s did not answer: %s", poll.url, poll.source, problem)
        try:
            await self._note(poll, status, Listing(problem=problem))
        finally:
            self._poll_done()
        return None

    async def announce(
        self, announcements: Sequence[Announcement], source: str, *, depth: int = 0
    ) -> list[Known]:
        """Write what lies in the window to the ledger, with its worth."""
        works = await asyncio.to_thread(self._works, announcements, source, depth)
        known = await self.frontier.announce(works)
        self.count_announced(known)
        self.crawler.stats.inc_value("lists/outside_window", len(announcements) - len(works))
        self.frontier.changed.set()
        return known

    def _works(self, announcements: Sequence[Announcement], source: str, depth: int) -> list[Work]:
        # In a thread: ranking 50,000 pages of a sitemap takes four seconds.
        return [
            Work(
                url=announcement.url,
                source=source,
                headline=announcement.headline,
                date_published=announcement.date_published,
                depth=depth,
                priority=self.worth(announcement),
            )
            for announcement in announcements
            if self._in_window(announcement)
        ]

    def _in_window(self, announcement: Announcement) -> bool:
        window = self.window
        if window is None:
            return True
        if announcement.date_published is not None:
            return window[0] <= announcement.date_published <= window[1]
        return announcement.date_modified is None or announcement.date_modified >= window[0]

    def _children(self, listing: Listing, poll: Poll) -> Iterable[Request]:
        if poll.depth >= MAX_SITEMAP_DEPTH:
            return
        window = self.window
        children = [
            child for child in listing.children if window is None or could_hold(child, window[0], window[1])
        ]
        children.sort(key=lambda child: (child.date_modified is not None, child.date_modified), reverse=True)
        self.crawler.stats.inc_value(
            "lists/not_entered", len(listing.children) - len(children[:MAX_CHILDREN])
        )
        for child in children[:MAX_CHILDREN]:
            yield from self._poll(
                Poll(url=child.url, kind="sitemap", source=poll.source, depth=poll.depth + 1)
            )

    async def _note(self, poll: Poll, status: int, listing: Listing) -> None:
        if listing.problem:
            self.crawler.stats.inc_value("lists/problem")
        await self.frontier.note_poll(
            poll.url,
            poll.source,
            status=status,
            announced=len(listing.announcements),
            problem=listing.problem,
        )

    def _poll_done(self) -> None:
        self._open_polls -= 1
        self.frontier.changed.set()


def sitemap_polls(source: Source) -> Iterable[Poll]:
    """The sitemaps of a source; robots.txt of its hosts where it lists none."""
    for url in source.sitemaps:
        yield Poll(url=url, kind="sitemap", source=source.name)
    if not source.sitemaps:
        for url in robots_addresses(source):
            yield Poll(url=url, kind="robots", source=source.name)


def robots_addresses(source: Source) -> list[str]:
    """Addresses of robots.txt of the source's hosts."""
    roots = (url.split("/", 3)[:3] for url in (*source.front_pages, *source.feeds))
    return list(dict.fromkeys("/".join([*root, "robots.txt"]) for root in roots))


def _read(response: Response, poll: Poll) -> Listing:
    # In a thread: a sitemap of 50,000 pages takes three seconds.
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    if poll.kind == "feed":
        return read_feed(response.body, response.url, content_type)
    if poll.kind == "sitemap":
        return read_sitemap(response.body, response.url)
    if poll.kind == "robots":
        return Listing(children=sitemaps_of(response.body, response.url))
    return read_front_page(response.body, response.url, content_type)
