"""What spiders share that read lists: feeds, sitemaps, front pages, robots.txt -> announcements."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.clock import now
from archive.errors import LedgerError, SourcesError
from crawler.checks import NOT_MODIFIED
from crawler.discovery.base import Announcement, Listing
from crawler.discovery.feed import read_feed
from crawler.discovery.front_page import read_front_page
from crawler.discovery.robots import sitemaps_of
from crawler.discovery.schedule import conditional_headers, freshness, next_poll
from crawler.discovery.sitemap import read_sitemap
from crawler.discovery.window import could_hold
from crawler.ledger_records import Known, Poll, PollAnswer, Validators, Work
from crawler.middlewares.guard import NoContact
from crawler.settling import Ending, NotNow, headers_of, validators_of
from crawler.sources import Source, load_sources, select
from crawler.spiders.arguments import SourceArguments
from crawler.spiders.articles import NOTHING, ArticleSpider

LIST_PRIORITY = 1_000_000
"""Lists are fetched before pages: what they name decides the order of the pages."""
MAX_SITEMAP_DEPTH = 3
"""Sitemap indexes within sitemap indexes that are followed; the protocol allows none, outlets have two."""
MAX_CHILDREN = 60
"""Sitemaps entered of one index, the newest first: two months of daily ones."""
LONGEST_WAIT = timedelta(minutes=5)
"""A list whose host asks to be left alone for longer is read in another run."""


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
        self._wished: dict[str, Poll] = {}
        self._asked: dict[str, Poll] = {}
        self._seen: set[str] = set()
        self._lists_at: datetime | None = None

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
        return not self._wished and not self._asked

    async def discover(self) -> AsyncIterator[Any]:
        """Wish for all lists of all sources; `ask_lists` asks for them."""
        for source in self.sources.values():
            for poll in self.polls(source):
                self.wish(poll)
        if not self._seen:
            raise self.stop(f"the sources have no address for spider {self.name}; see `scrapy sources list`")
        for poll in await self.frontier.known_children():
            if poll.source in self.sources:  # a killed run may have read its index already
                self.wish(poll)
        for thing in NOTHING:
            yield thing

    def wish(self, poll: Poll) -> None:
        """Read the list once in this run, if it is due."""
        if poll.url not in self._seen:
            self._seen.add(poll.url)
            self._wished[poll.url] = poll
            self._lists_at = now()
            self.crawler.stats.inc_value("lists/count")

    def lists_at(self) -> datetime | None:
        """When the next list may be asked for; None where none waits for its turn."""
        return self._lists_at if self._wished else None

    async def ask_lists(self) -> AsyncIterator[Request]:
        """The requests for those lists that are due and whose hosts are free."""
        if not self._wished or (self._lists_at and self._lists_at > now()):
            return
        taken = await self.frontier.take_polls(list(self._wished.values()))
        too_long = taken.more_at is not None and taken.more_at - now() > LONGEST_WAIT
        not_now = (*taken.not_due, *taken.waiting) if too_long else taken.not_due
        for poll in (*taken.polls, *not_now):
            del self._wished[poll.url]
        self._lists_at = taken.more_at if len(taken.waiting) == len(self._wished) else now()
        self.crawler.stats.inc_value("lists/not_due", len(not_now))
        self._asked |= {poll.url: poll for poll in taken.polls}
        for poll in taken.polls:
            yield self._list_request(poll)

    def _list_request(self, poll: Poll) -> Request:
        meta: dict[str, Any] = {"handle_httpstatus_list": [NOT_MODIFIED]}
        if poll.kind == "robots":
            meta["dont_obey_robotstxt"] = True
        return Request(
            poll.url,
            callback=self.parse_list,
            errback=self.list_failed,
            headers=conditional_headers(poll.validators.etag, poll.validators.last_modified),
            cb_kwargs={"poll": poll},
            priority=LIST_PRIORITY,
            meta=meta,
            dont_filter=True,
        )

    async def parse_list(self, response: Response, poll: Poll) -> None:
        """Announce what the list names; wish for the lists it names."""
        try:
            if response.status == NOT_MODIFIED:
                await self._note(poll, response, Listing())
            else:
                listing = await asyncio.to_thread(_read, response, poll)
                known = await self.announce(listing.announcements, poll.source)
                children = self._children(listing, poll)
                await self._note(poll, response, listing, known, children)
                for child in children:
                    self.wish(child)
            self.crawler.stats.inc_value("lists/answered")
        except LedgerError as error:
            self.frontier.broken = str(error)
        except Exception:
            await self.frontier.leave(poll)
            raise
        finally:
            self._list_done(poll)

    async def list_failed(self, failure: Failure) -> None:
        """Count a list that did not answer."""
        poll: Poll = failure.request.cb_kwargs["poll"]  # type: ignore[attr-defined]
        error = failure.value
        try:
            if isinstance(error, (Ending, NoContact, NotNow)):
                await self.frontier.leave(poll)
                if isinstance(error, NotNow):
                    self._ask_later(poll, error)
                return
            response = error.response if isinstance(error, HttpError) else None
            status = response.status if response else 0
            problem = f"HTTP {status}" if status else f"{type(error).__name__}: {error}".partition("\n")[0]
            if poll.kind != "robots":  # an outlet without robots.txt is not at fault
                self.crawler.stats.inc_value("lists/failed")
                self.logger.warning("%s of %s did not answer: %s", poll.url, poll.source, problem)
            await self._note(poll, response, Listing(problem=problem))
        finally:
            self._list_done(poll)

    def _ask_later(self, poll: Poll, error: NotNow) -> None:
        if error.until - now() < LONGEST_WAIT:
            self._wished[poll.url], self._lists_at = poll, error.until
        else:
            self.crawler.stats.inc_value("lists/not_due")

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
        if (window := self.window) is None:
            return True
        if announcement.date_published is not None:
            return window[0] <= announcement.date_published <= window[1]
        return announcement.date_modified is None or announcement.date_modified >= window[0]

    def _children(self, listing: Listing, poll: Poll) -> list[Poll]:
        """The lists to enter of those that the list names."""
        if poll.depth >= MAX_SITEMAP_DEPTH:
            return []
        window = self.window
        children = [child for child in listing.children if window is None or could_hold(child, *window)]
        children.sort(key=lambda child: (child.date_modified is not None, child.date_modified), reverse=True)
        entered = children[:MAX_CHILDREN]
        self.crawler.stats.inc_value("lists/not_entered", len(listing.children) - len(entered))
        return [
            Poll(url=child.url, kind="sitemap", source=poll.source, depth=poll.depth + 1) for child in entered
        ]

    async def _note(
        self,
        poll: Poll,
        response: Response | None,
        listing: Listing,
        known: Sequence[Known] = (),
        children: Sequence[Poll] = (),
    ) -> None:
        """Remember the answer, when the list is to be read next, and the lists that it names."""
        if listing.problem:
            self.crawler.stats.inc_value("lists/problem")
        settings, moment = self.crawler.settings, now()
        headers = headers_of(response) if response is not None else {}
        new = sum(answer.state == "new" for answer in known)
        demanded = (listing.update_seconds, freshness(headers, moment))
        then = next_poll(
            now=moment,
            status=response.status if response is not None else 0,
            # what leads to other lists stays at the shortest: those may have news where it has none
            interval=None if listing.children else poll.interval,
            new=new,
            announced=len(known),
            failures=poll.failures,
            demanded=max((seconds for seconds in demanded if seconds), default=None),
            shortest=settings.getfloat("POLL_MIN_SECONDS"),
            longest=settings.getfloat("POLL_MAX_SECONDS"),
        )
        answer = PollAnswer(
            status=response.status if response is not None else 0,
            announced=len(listing.announcements),
            new=new,
            problem=listing.problem,
            validators=_validators(response, listing),
            interval=then.interval,
            due_at=then.due_at,
            failures=then.failures,
        )
        await self.frontier.note_poll(poll, answer, children)

    def _list_done(self, poll: Poll) -> None:
        self._asked.pop(poll.url, None)
        self.frontier.changed.set()


def _validators(response: Response | None, listing: Listing) -> Validators | None:
    """What to ask with next time; nothing where the answer led to other lists or was not understood."""
    if response is None or response.status == NOT_MODIFIED:
        return None
    return Validators() if listing.problem or listing.children else validators_of(response)


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
