"""Which dates a sitemap's name speaks of, and so whether it can hold the pages of a time."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

from crawler.discovery.base import SitemapChild

Span = tuple[date, date]
"""First day and the day after the last."""

MARGIN = timedelta(days=1)
"""Names and date-only lastmod values are in the outlet's zone, which is less than a day from UTC."""

_DATE = re.compile(
    r"""(?<!\d) (?P<year>(?:19|20)\d\d)
        (?: (?P<sep>[-_/.]?) (?:
              (?P<month>0[1-9]|1[0-2]) (?P=sep) (?P<day>0[1-9]|[12]\d|3[01]) (?!\d)
            | (?P<week>w(?:eek)?[-_/.]?\d{1,2}) (?!\d)
            | (?P<number>\d\d) (?!\d)
          )
        | [-_/.] (?P<short_month>[1-9]|1[0-2]) [-_/.] (?P<short_day>[12]\d|3[01]|0?[1-9]) (?!\d)
        | / (?P<one>[1-9]) (?!\d)
        | (?!\d) )""",
    re.VERBOSE | re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|&)(yyyy|year|y|mm|month|m|dd|day|d)=(\d{1,4})(?=&|$)", re.IGNORECASE)


def could_hold(child: SitemapChild, start: datetime, end: datetime) -> bool:
    """Whether a sitemap can hold pages published from `start` to `end` (aware), by its name and lastmod.

    False only where one of them rules it out; what says nothing is True.
    """
    if child.date_modified and child.date_modified + MARGIN < start:
        return False
    readings = _readings(child.url)
    return not readings or any(_meets(span, start, end) for span in readings)


def _meets(span: Span, start: datetime, end: datetime) -> bool:
    first, after = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in span)
    return first - MARGIN <= end and start < after + MARGIN


def dates_in(url: str) -> Span | None:
    """The days that dates in a URL's path or query name, from the first to the day after the last.

    "2022-09", "2022/09/08", "202209", "2022_36" (week), "2022", "?yyyy=2022&mm=09"; None where there is none.
    Of a date within another (a month's file in a year's folder) the shorter counts; several make a range.
    """
    readings = _readings(url)
    return readings[0] if readings else None


def _readings(url: str) -> list[Span]:
    """What the dates in a URL can mean, likeliest first: up to 12 after a year is a month or a week."""
    _, _, address = url.partition("//")
    path, _, query = address.partition("/")[2].partition("?")
    found = [_spans(match) for match in _DATE.finditer(unquote(path))]
    found += _query_spans(query) or [_spans(match) for match in _DATE.finditer(unquote(query))]
    dates = [spans for spans in found if spans]
    narrow = [spans for spans in dates if not any(_within(other[0], spans[0]) for other in dates)]
    if len(narrow) < 2:
        return narrow[0] if narrow else []
    return [(min(spans[0][0] for spans in narrow), max(spans[0][1] for spans in narrow))]


def _within(inner: Span, outer: Span) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def _spans(match: re.Match[str]) -> list[Span]:
    """What one date can mean, likeliest first; none for digits that are no date ("202299")."""
    year = int(match["year"])
    month, day = match["month"] or match["short_month"], match["day"] or match["short_day"]
    if month and day:
        return _day(year, int(month), int(day)) or _month(year, int(month))
    if match["week"]:
        return _week(year, int(re.sub(r"\D", "", match["week"])))
    if match["number"]:
        both = _month(year, int(match["number"])) + _week(year, int(match["number"]))
        return both if both or not match["sep"] else _year(year)
    return _month(year, int(match["one"])) if match["one"] else _year(year)


def _query_spans(query: str) -> list[list[Span]]:
    found = {name[0].lower(): int(number) for name, number in _QUERY.findall(query)}
    year = found.get("y", 0)
    if not 1900 <= year < 2100:
        return []
    month, day = found.get("m", 0), found.get("d", 0)
    return [_day(year, month, day) or _month(year, month) or _year(year)]


def _year(year: int) -> list[Span]:
    return [(date(year, 1, 1), date(year + 1, 1, 1))]


def _month(year: int, month: int) -> list[Span]:
    if not 1 <= month <= 12:
        return []
    return [(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))]


def _week(year: int, week: int) -> list[Span]:
    """ISO week, with the weeks beside it: other ways of counting (US, from week 0) differ by one."""
    try:
        first = date.fromisocalendar(year, week, 1)
    except ValueError:
        return []
    return [(first - timedelta(days=7), first + timedelta(days=14))]


def _day(year: int, month: int, day: int) -> list[Span]:
    try:
        first = date(year, month, day)
    except ValueError:
        return []
    return [(first, first + timedelta(days=1))]
