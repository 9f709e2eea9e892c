"""Alarms: sources that have fallen silent, fail, or give pages that are read worse than before.

Each rule compares a source with itself. Pure functions on crawler.ledger_figures, but for `alarms`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist
from typing import Any, Literal

import sqlalchemy as sa

from archive.clock import now
from crawler.ledger_figures import (
    FACTS,
    LATELY,
    Lists,
    Pages,
    Rhythm,
    Sample,
    lists_by_source,
    pages_by_source,
    rhythms,
    urls_of,
)

WEEK = timedelta(weeks=1)
WEEKS = 4
"""Weeks before that a silence is compared with, and the longest stretch that is."""
MIN_WEEKS = 3
"""Of these, as many at least must lie in the source's past."""
KEPT_FOR = timedelta(days=3)
"""A list that was last read so long before the others is not read any more: thrice POLL_MAX_SECONDS."""
FALL = 0.5
"""A share has drifted when it falls below this part of what is usual, in all and on a bad day ..."""
BAD_DAYS = 10
"""... which is the worst but a tenth of the days, so that a fault of some days ago is no measure ..."""
CHANCE = 1e-4
"""... and when a fall like this comes about by chance less often than this."""

Kind = Literal["silent", "errors", "drift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The settings of the section "Alarms"."""

    silence_hours: float = 12
    silence_days: float = 5
    list_failures: float = 5
    error_share: float = 0.2
    min_pages: float = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is not as usual with one source."""

    source: str
    kind: Kind
    what: str
    """Which figure: `announced`, `lists`, `errors`, `articles`, `text`, `date`, `author` or `image`."""
    value: float
    """The figure: hours of silence, failures in a row, a share, or a median length in characters."""
    usual: float | None
    """What is usual of it; of `announced`: hours with news in such a stretch of time, at the least."""
    pages: int | None
    """Pages that the figure is about."""
    since: datetime | None
    """When the silence began, or the first of these pages was settled."""
    text: str
    """Figure and what is usual, in words."""
    next_step: str

    def __str__(self) -> str:
        since = f" (since {_at(self.since)})" if self.since else ""
        return f"{self.source}: {self.kind}: {self.text}{since}; {self.next_step}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}


def alarms(connection: sa.Connection, limits: Limits, source: str | None = None) -> list[Alarm]:
    """What is not as usual now, by source; of one source or all that have a name."""
    moment = now()
    found: list[Alarm] = []
    heard = rhythms(connection, source, moment)
    for name, lists in lists_by_source(connection, source, kept_for=KEPT_FOR).items():
        alarm = failing(name, lists, limits) or silent(name, heard.get(name), lists, limits, moment)
        found += [alarm] if alarm else []
    pages = pages_by_source(connection, source, moment, limits.min_pages)
    examples = urls_of(connection, [of.example for of in pages.values() if of.example])
    for name, of in pages.items():
        found += page_alarms(name, of, limits, examples.get(of.example, ""))
    return sorted(found, key=lambda alarm: (alarm.source, alarm.kind, alarm.what))


def failing(source: str, lists: Lists, limits: Limits) -> Alarm | None:
    """The alarm that none of the source's lists answers."""
    if lists.failures < limits.list_failures:
        return None
    answer = f"HTTP {lists.status}" if lists.status else "no answer"
    many = f"all {lists.count} lists" if lists.count > 1 else "its list"
    return Alarm(
        source=source,
        kind="silent",
        what="lists",
        value=lists.failures,
        usual=0,
        pages=None,
        since=None,
        text=f"{many} failed {lists.failures} times in a row, last with {answer}",
        next_step=f"run `scrapy sources check --names {source}`",
    )


def silent(
    source: str, rhythm: Rhythm | None, lists: Lists, limits: Limits, moment: datetime
) -> Alarm | None:
    """The alarm that the source has announced nothing for longer than its own rhythm allows."""
    if rhythm is None or rhythm.last is None:
        return None
    usual = missed(rhythm.hours, rhythm.last, moment, limits)
    if usual is None:
        return None
    hours = (moment - rhythm.last).total_seconds() / 3600
    unit, number = usual
    return Alarm(
        source=source,
        kind="silent",
        what="announced",
        value=round(hours, 1),
        usual=number,
        pages=None,
        since=rhythm.last,
        text=f"nothing new for {hours:.0f} hours, usual is news in {number} different {unit} of such a time",
        next_step=f"run `scrapy sources check --names {source}` (lists last read {_at(lists.polled_at)})",
    )


def missed(
    hours: Sequence[datetime], last: datetime, moment: datetime, limits: Limits
) -> tuple[str, int] | None:
    """Whether a source that had news last at `last` has missed enough by `moment`: unit and number, or None.

    The silence is laid over the same time of the week in up to four weeks before (a silence of more than a
    week over stretches as long): in each of them the source must have had news in so many different hours,
    or on so many different days. So nights, weekends and slow sources are taken as they are.
    """
    for weeks in range(1, WEEKS + 1):
        length = min(moment - last, weeks * WEEK)
        starts = [last - number * weeks * WEEK for number in range(1, WEEKS + 1)]
        starts = [start for start in starts if hours and start >= hours[0]]
        if len(starts) < MIN_WEEKS:
            return None
        stretches = [_between(hours, start, start + length) for start in starts]
        for unit, size, enough in (
            ("hours", timedelta(hours=1), limits.silence_hours),
            ("days", timedelta(days=1), limits.silence_days),
        ):
            least = min(
                len({(hour - start) // size for hour in stretch})
                for start, stretch in zip(starts, stretches, strict=True)
            )
            if least >= enough:
                return unit, least
        if moment - last <= weeks * WEEK:
            return None
    return None


def _between(hours: Sequence[datetime], start: datetime, end: datetime) -> Sequence[datetime]:
    return hours[bisect_left(hours, start) : bisect_right(hours, end - timedelta(hours=1))]


def page_alarms(source: str, pages: Pages, limits: Limits, example: str) -> Iterator[Alarm]:
    """The alarms about the source's pages; `example` is the address of a recent one."""
    recent, usual = pages.recent, pages.usual
    errors = recent.outcomes["error"]
    if recent.settled >= limits.min_pages and errors > limits.error_share * recent.settled:
        before = usual.outcomes["error"] / usual.settled if usual.settled else None
        yield Alarm(
            source=source,
            kind="errors",
            what="errors",
            value=round(errors / recent.settled, 3),
            usual=None if before is None else round(before, 3),
            pages=recent.settled,
            since=pages.since,
            text=f"{errors} of {recent.settled} pages failed, usual are {_share(before)}",
            next_step=f"see their kinds with `scrapy ledger report --source {source}`",
        )
    for what, value, before, text, number in drifted(recent, usual, pages.days, limits.min_pages):
        yield Alarm(
            source=source,
            kind="drift",
            what=what,
            value=round(value, 3),
            usual=round(before, 3),
            pages=number,
            since=pages.since,
            text=text,
            next_step=f"look at one with `scrapy extract {example}`",
        )


def drifted(
    recent: Sample, usual: Sample, days: Sequence[Sample], enough: float
) -> Iterator[tuple[str, float, float, str, int]]:
    """Figures that have drifted: name, value, what is usual, both in words, number of pages."""
    if _fell((recent.articles, recent.read), [(day.articles, day.read) for day in days], enough):
        value, before = recent.articles / recent.read, usual.articles / usual.read
        words = f"{_share(value)} of {recent.read} pages were read as articles, usual are {_share(before)}"
        yield "articles", value, before, words, recent.read
    for fact in FACTS:
        if _fell((recent.facts[fact], recent.measured), [(d.facts[fact], d.measured) for d in days], enough):
            value, before = recent.facts[fact] / recent.measured, usual.facts[fact] / usual.measured
            found = f"{_share(value)} of {recent.measured} articles give {_NAMED[fact]}"
            words = f"{found}, usual are {_share(before)}"
            yield fact, value, before, words, recent.measured
    median, length = usual.median_length(), recent.median_length()
    long = [(day.longer(median * FALL), day.measured) for day in days]
    if _fell((recent.longer(median * FALL), recent.measured), long, enough):
        words = f"the median of {recent.measured} texts is {length} characters long, usual are {median}"
        yield "text", length, median, words, recent.measured


_NAMED = {"date": "a date", "author": "an author", "image": "an image"}


def _fell(recent: tuple[int, int], days: Sequence[tuple[int, int]], enough: float) -> bool:
    """Whether a share is less than half of the usual one, of all days and of a bad one, and not by chance.

    Each is (pages that have it, pages). A bad day: so that weekends of agency copy are usual. The chance is
    that of a two-proportion z-test, one-sided.
    """
    (hits, number), total = recent, sum(count for _, count in days)
    if min(number, total) < enough:
        return False
    before = sum(part for part, _ in days) / total
    share = hits / number
    by_day = sorted(_as_recent(days, enough)) or [before]
    usual = min(before, by_day[len(by_day) // BAD_DAYS])
    if share >= FALL * usual:
        return False
    pooled = (hits + usual * total) / (number + total)
    deviation = sqrt(pooled * (1 - pooled) * (1 / number + 1 / total))
    return NormalDist().cdf((share - usual) / deviation) < CHANCE


def _as_recent(days: Sequence[tuple[int, int]], enough: float) -> Iterator[float]:
    """The share as it was on each day: of the day, with as many days before as make enough pages."""
    for last in range(len(days)):
        hits = number = 0
        for part, count in reversed(days[max(last + 1 - LATELY.days, 0) : last + 1]):
            hits, number = hits + part, number + count
            if number >= enough:
                yield hits / number
                break


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.0f} %"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
