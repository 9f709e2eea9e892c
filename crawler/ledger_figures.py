"""What the alarms look at, read from the ledger: when sources had news, and what their pages gave."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from crawler.ledger_records import text_of
from crawler.ledger_tables import polls, urls

RECENT = timedelta(days=1)
LATELY = timedelta(days=7)
"""How far back to look for enough pages of a source that has few a day."""
USUAL = timedelta(days=28)
"""What is usual ends LATELY ago, so that a fault of the last days is not in it."""
RHYTHM = timedelta(weeks=20)
"""How far back announcements are read: four weeks of silence, and four times as much before."""
LENGTH_STEP = 50
"""Characters; lengths of texts are counted in such steps."""
READ = ("archived", "duplicate", "wall", "not_article")
"""Outcomes of pages that came and were read."""
FACTS = ("date", "author", "image")


@dataclass(slots=True)
class Rhythm:
    """When a source had something new."""

    hours: list[datetime] = field(default_factory=list)
    """The hours (their starts) in which it announced something, in order."""
    last: datetime | None = None
    """When it did so last."""


@dataclass(slots=True)
class Sample:
    """What became of some pages of a source."""

    outcomes: Counter[str] = field(default_factory=Counter)
    measured: int = 0
    """Archived pages of which the following is known."""
    facts: Counter[str] = field(default_factory=Counter)
    """Pages whose own markup or text gave a `date`, `author` or `image`."""
    lengths: Counter[int] = field(default_factory=Counter)
    """Pages by the length of their text in characters, in steps of LENGTH_STEP."""

    def add(self, row: sa.Row[Any], number: int = 1) -> None:
        """Add the pages of a row."""
        self.outcomes[row.state] += number
        if row.state == "archived" and row.length is not None:
            self.measured += number
            self.facts.update({"date": row.dates, "author": row.authors, "image": row.images})
            self.lengths[row.length // LENGTH_STEP * LENGTH_STEP] += number

    def merge(self, other: "Sample") -> None:
        """Add the pages of another sample."""
        self.outcomes.update(other.outcomes)
        self.measured += other.measured
        self.facts.update(other.facts)
        self.lengths.update(other.lengths)

    @property
    def settled(self) -> int:
        """Pages with an outcome."""
        return self.outcomes.total()

    @property
    def read(self) -> int:
        """Pages that came and were read."""
        return sum(self.outcomes[outcome] for outcome in READ)

    @property
    def articles(self) -> int:
        """Pages that were read as articles."""
        return self.outcomes["archived"] + self.outcomes["duplicate"]

    def median_length(self) -> int:
        """The median length of the texts, in characters; 0 without any."""
        counted = 0
        for length in sorted(self.lengths):
            counted += self.lengths[length]
            if 2 * counted >= self.measured:
                return length + LENGTH_STEP // 2
        return 0

    def longer(self, length: float) -> int:
        """Pages with at least so much text."""
        return sum(number for step, number in self.lengths.items() if step + LENGTH_STEP // 2 >= length)


@dataclass(slots=True)
class Pages:
    """The pages of a source: the recent ones and what is usual."""

    recent: Sample = field(default_factory=Sample)
    since: datetime | None = None
    """When the first of the recent ones was settled."""
    example: int = 0
    """The ledger's number of the last recent one that was read; 0: none."""
    days: list[Sample] = field(default_factory=list)
    """What is usual, by day, in order; days without pages are left out."""

    @property
    def usual(self) -> Sample:
        """All usual days together."""
        total = Sample()
        for day in self.days:
            total.merge(day)
        return total


@dataclass(slots=True)
class Lists:
    """The lists of a source that are still read."""

    polled_at: datetime
    """When one of them was read last."""
    failures: int
    """Failed readings in a row that all of them have behind them."""
    status: int
    """The last answer of one that fails; 0: none."""
    count: int


def lists_by_source(
    connection: sa.Connection, chosen: str | None, *, kept_for: timedelta
) -> dict[str, Lists]:
    """The lists of the sources that are watched.

    A source is watched if one of its lists was read at most `kept_for` before the last reading of any list:
    others were taken out. If nothing is read any more, all are watched.
    """
    columns = (polls.c.source, polls.c.polled_at, polls.c.failures, polls.c.status, polls.c.depth)
    read = (polls.c.polled_at.is_not(None), polls.c.kind != "robots", polls.c.source != "")
    rows = connection.execute(sa.select(*columns).where(*read).order_by(polls.c.depth)).all()
    newest = max((datetime.fromisoformat(row.polled_at) for row in rows), default=None)
    top: dict[str, int] = {}
    found: dict[str, Lists] = {}
    for row in rows:
        polled_at = datetime.fromisoformat(row.polled_at)
        if chosen not in (None, row.source) or (newest and newest - polled_at > kept_for):
            continue
        if row.depth > top.setdefault(row.source, row.depth):
            continue  # a sitemap that others name: it may be of a day gone by
        known = found.setdefault(row.source, Lists(polled_at, row.failures, row.status, 0))
        known.count += 1
        known.polled_at = max(known.polled_at, polled_at)
        if row.failures < known.failures:
            known.failures, known.status = row.failures, row.status
    return found


def rhythms(connection: sa.Connection, chosen: str | None, moment: datetime) -> dict[str, Rhythm]:
    """When each source had something new."""
    hour = sa.func.substr(urls.c.announced_at, 1, 13).label("hour")
    query = (
        sa.select(urls.c.source, hour, sa.func.max(urls.c.announced_at).label("last"))
        .where(urls.c.announced_at >= text_of(moment - RHYTHM), _of(chosen))
        .group_by(urls.c.source, "hour")
        .order_by(urls.c.source, "hour")
    )
    found: defaultdict[str, Rhythm] = defaultdict(Rhythm)
    for row in connection.execute(query):
        rhythm = found[row.source]
        rhythm.hours.append(datetime.fromisoformat(f"{row.hour}:00:00+00:00"))
        rhythm.last = datetime.fromisoformat(row.last)
    return dict(found)


def pages_by_source(
    connection: sa.Connection, chosen: str | None, moment: datetime, enough: float
) -> dict[str, Pages]:
    """The pages of each source that were settled in the last day, or, where these are not `enough`, the last
    of the last week; and those of the four weeks before that week.
    """
    found: defaultdict[str, Pages] = defaultdict(Pages)
    rows = connection.execution_options(stream_results=True).execute(_recent(chosen, moment))
    for source, group in groupby(rows, key=lambda row: str(row.source)):
        _add_recent(found[source], group, text_of(moment - RECENT), enough)
    days: defaultdict[tuple[str, str], Sample] = defaultdict(Sample)
    for row in connection.execute(_usual(chosen, moment)):
        days[row.source, row.day].add(row, row.number)
    for (source, _), sample in sorted(days.items(), key=lambda item: item[0]):
        found[source].days.append(sample)
    return dict(found)


def _add_recent(pages: Pages, rows: Iterable[sa.Row[Any]], day_ago: str, enough: float) -> None:
    """Rows from the newest on: those of the last day, and as many before as are enough."""
    for row in rows:
        if row.settled_at < day_ago and pages.recent.settled >= enough:
            break
        if row.state in READ:
            pages.example = pages.example or row.id
        pages.since = datetime.fromisoformat(row.settled_at)
        pages.recent.add(row)


_MEASURES = (
    urls.c.has_date.label("dates"),
    urls.c.has_author.label("authors"),
    urls.c.has_image.label("images"),
)


def _recent(chosen: str | None, moment: datetime) -> sa.Select[Any]:
    columns = (urls.c.source, urls.c.id, urls.c.state, urls.c.settled_at, urls.c.text_length.label("length"))
    settled = urls.c.settled_at >= text_of(moment - LATELY)
    return (
        sa.select(*columns, *_MEASURES)
        .where(settled, _of(chosen))
        .order_by(urls.c.source, urls.c.settled_at.desc())
    )


def _usual(chosen: str | None, moment: datetime) -> sa.Select[Any]:
    end = moment - LATELY
    day = sa.func.substr(urls.c.settled_at, 1, 10).label("day")
    step = (urls.c.text_length // LENGTH_STEP * LENGTH_STEP).label("length")
    groups = (urls.c.source, urls.c.state)
    sums = [sa.func.sum(column.element).label(column.name) for column in _MEASURES]
    return (
        sa.select(*groups, day, step, sa.func.count().label("number"), *sums)
        .where(urls.c.settled_at >= text_of(end - USUAL), urls.c.settled_at < text_of(end), _of(chosen))
        .group_by(*groups, "day", "length")
    )


def _of(chosen: str | None) -> sa.ColumnElement[bool]:
    """Of the chosen source, or of any that has a name."""
    return urls.c.source != "" if chosen is None else urls.c.source == chosen


def urls_of(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The addresses of these URLs."""
    query = sa.select(urls.c.id, urls.c.url).where(urls.c.id.in_(list(ids)))
    return {int(number): str(url) for number, url in connection.execute(query)}
