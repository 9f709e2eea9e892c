"""When to ask again: for a feed, sitemap or front page, and for an article. Pure functions, times in UTC.

The constants are those of crawlers that have run for years: Media Cloud's rss-fetcher (10 minutes to
24 hours; shorter under a third of known entries, longer over two thirds), Common Crawl's news crawler
(+50 %, -20 %).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MOSTLY_NEW, MOSTLY_KNOWN = 2 / 3, 1 / 3
"""Shares of new announcements above which an interval shrinks and below which it grows."""
SHRINK, GROW = 0.8, 1.5
DEAD = (404, 410)
"""Statuses of a list that is not there any more."""
_LONGEST = 1e9
"""Seconds, 30 years: a longer wait that a server asks for is cut to this, so that dates can be added."""

_MAX_AGE = re.compile(r'(?<![\w-])max-age\s*=\s*"?([0-9]+)')
_NO_CACHE = re.compile(r"(?<![\w-])no-(?:cache|store)(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When a list is read next, and what to remember until then."""

    interval: float
    """Seconds between two readings by what was new so far; give it to the next call."""
    due_at: datetime
    """Not to be read before this."""
    failures: int
    """Failures in a row, 0 after an answer; give it to the next call."""


def next_poll(
    *,
    now: datetime,
    status: int,
    interval: float | None = None,
    new: int = 0,
    announced: int = 0,
    failures: int = 0,
    demanded: float | None = None,
    shortest: float = 600,
    longest: float = 86_400,
) -> NextPoll:
    """The next reading of a list that was answered with `status` (0: no answer) at `now`.

    `interval`, `failures`: as the call before gave them, None and 0 at first. `new` of `announced` pages were
    not known before. `demanded`: seconds to wait that the publisher asks for (`freshness`,
    `Listing.update_seconds`), a minimum, cut to `longest`. `shortest`, `longest`: settings POLL_MIN_SECONDS
    and POLL_MAX_SECONDS.

    A failure waits `shortest`, doubled with each further one; a list that is gone waits `longest`.
    """
    if 200 <= status < 300 or status == 304:
        kept = _interval(interval, 0 if status == 304 else new, announced, shortest, longest)
        wait, failures = kept, 0
    else:
        failures += 1
        kept = longest if status in DEAD else min(max(interval or shortest, shortest), longest)
        wait = longest if status in DEAD else min(shortest * 2.0 ** min(failures - 1, 64), longest)
    if demanded is not None:
        wait = max(wait, min(demanded, longest))
    return NextPoll(interval=kept, due_at=now + timedelta(seconds=wait), failures=failures)


def _interval(before: float | None, new: int, announced: int, shortest: float, longest: float) -> float:
    if before is None:
        return shortest
    share = new / announced if announced else 0.0
    if share >= 1:
        return shortest  # no known entry is left: some may have come and gone between
    factor = SHRINK if share > MOSTLY_NEW else GROW if share < MOSTLY_KNOWN else 1.0
    return min(max(before * factor, shortest), longest)


def next_check(
    published: datetime | None, first_seen: datetime, now: datetime, ladder: Sequence[float]
) -> datetime | None:
    """When an article is fetched again to see whether it changed: the first rung later than `now`.

    `ladder`: ages in seconds since publication (setting RECHECK_LADDER). Where the publication time is absent
    or was in the future when the page was first seen, `first_seen` counts. None past the last rung: an
    article that was old when it was first seen is never checked.
    """
    start = min(published or first_seen, first_seen)
    later = (start + timedelta(seconds=age) for age in ladder)
    return min((moment for moment in later if moment > now), default=None)


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a response asks to wait until the next request for it; None where it asks for none.

    `headers`: names in lower case. Cache-Control max-age (less Age), or else Expires; not with no-cache or
    no-store (RFC 9111, 4.2 and 5.2); Retry-After where that is longer.
    """
    asked = [_fresh(headers, now), retry_after(headers, now)]
    return max((seconds for seconds in asked if seconds), default=None)


def _fresh(headers: Mapping[str, str], now: datetime) -> float | None:
    control = headers.get("cache-control", "").lower()
    if _NO_CACHE.search(control):
        return None
    if found := _MAX_AGE.search(control):
        return max(_seconds(found[1]) - _seconds(headers.get("age", "")), 0.0)
    return _until(headers.get("expires", ""), headers, now)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110, 10.2.3), in seconds or as a date; 0 for one that is past.

    None where the header is absent or says neither. A date is taken against the response's own Date, so that
    a server whose clock is wrong is understood.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", value):
        return _seconds(value)
    return _until(value, headers, now)


def _seconds(digits: str) -> float:
    if not re.fullmatch("[0-9]+", digits.strip()):
        return 0.0
    return min(float(digits[:400]), _LONGEST)


def _until(date: str, headers: Mapping[str, str], now: datetime) -> float | None:
    moment = _http_date(date)
    if moment is None:
        return None
    seconds = (moment - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Request headers that ask for a page only if it is another one than that with these validators."""
    headers = {"If-None-Match": etag or "", "If-Modified-Since": last_modified or ""}
    return {name: value for name, value in headers.items() if value}
