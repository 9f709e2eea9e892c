from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import clock
from crawler.ledger import Ledger
from crawler.ledger_alarms import Alarm, Limits, alarms, missed
from tests.crawler.ledger_samples import feed, page, write

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
LIMITS = Limits()


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """What the clock says: a Tuesday evening, five weeks and a day after the history began."""
    wanted = MONDAY + 5 * WEEK + DAY + 20 * HOUR
    monkeypatch.setattr(clock, "_OFFSET", wanted - datetime.now(UTC))
    return wanted


def ringing(location: str, source: str | None = None, limits: Limits = LIMITS) -> list[Alarm]:
    ledger = Ledger(location)
    with ledger.connection() as reading:
        found = alarms(reading, limits, source)
    ledger.close()
    return found


def kinds(found: list[Alarm]) -> set[tuple[str, str, str]]:
    return {(alarm.source, alarm.kind, alarm.what) for alarm in found}


# --- Silence: the rule -------------------------------------------------------------------------------


def office(start: datetime, end: datetime) -> Iterator[datetime]:
    """The hours of a newsroom: weekdays, 8 to 18."""
    hour = start
    while hour < end:
        if hour.weekday() < 5 and 8 <= hour.hour < 18:
            yield hour
        hour += HOUR


def told_after(hours: list[datetime], longest: timedelta = 40 * DAY) -> timedelta | None:
    """How long after its last news a source is told."""
    last = hours[-1] + timedelta(minutes=10)
    for number in range(longest // HOUR):
        if missed(hours, last, last + number * HOUR, LIMITS):
            return number * HOUR
    return None


def test_nights_and_weekends_belong_to_the_rhythm() -> None:
    hours = list(office(MONDAY, MONDAY + 5 * WEEK))
    for until in (4 * WEEK + number * DAY + 18 * HOUR for number in range(5)):
        known = [hour for hour in hours if hour < MONDAY + until]
        after = told_after(known)
        assert after is not None
        worked = len(list(office(known[-1] + HOUR, known[-1] + HOUR + after)))
        assert worked in (12, 13), "twelve hours of the newsroom's, wherever they lie"


def test_a_source_that_never_sleeps_is_told_in_half_a_day_and_a_slow_one_in_days() -> None:
    always = [MONDAY + number * HOUR for number in range(24 * 28)]
    assert told_after(always) in (13 * HOUR, 14 * HOUR)
    daily = [MONDAY + 6 * HOUR + number * DAY for number in range(35)]
    assert told_after(daily) in (5 * DAY, 5 * DAY + HOUR, 5 * DAY + 2 * HOUR)
    weekly = [MONDAY + number * WEEK for number in range(12)]
    assert told_after(weekly) is None, "four weeks of silence are too few to tell"


def test_a_short_history_or_a_gap_in_it_tells_nothing() -> None:
    short = [MONDAY + number * HOUR for number in range(24 * 20)]
    assert told_after(short) is None
    gap = [MONDAY + number * HOUR for number in range(24 * 28) if not 24 * 7 <= number < 24 * 9]
    last = gap[-1] + timedelta(minutes=10)
    assert not missed(gap, last, last + 30 * HOUR, LIMITS), "it was as silent three weeks ago"


@given(st.sets(st.integers(0, 24 * 90), min_size=1), st.integers(0, 24 * 60), st.integers(0, 24 * 60))
def test_a_silence_that_is_told_stays_told(numbers: set[int], one: int, other: int) -> None:
    hours = [MONDAY + number * HOUR for number in sorted(numbers)]
    sooner, later = sorted((one, other))
    limits = Limits(silence_hours=3, silence_days=2)
    if missed(hours, hours[-1], hours[-1] + sooner * HOUR, limits):
        assert missed(hours, hours[-1], hours[-1] + later * HOUR, limits)


# --- Alarms of a ledger ------------------------------------------------------------------------------


def history(source: str, moment: datetime, **values: Any) -> list[dict[str, Any]]:
    """Five weeks and more of a page an hour, from six in the morning to the late evening."""
    times = [MONDAY + number * HOUR for number in range((moment - MONDAY) // HOUR)]
    return [page(source, number, time, **values) for number, time in enumerate(times) if time.hour >= 6]


def test_what_is_as_usual_rings_no_alarm(location: str, moment: datetime) -> None:
    pages = [*history("tagblatt", moment, author=False), *history("courier", moment)]
    write(location, pages, [feed("tagblatt", moment), feed("courier", moment, failures=4)])
    assert ringing(location) == []


def test_a_source_falls_silent(location: str, moment: datetime) -> None:
    until = moment - DAY
    pages = [*history("tagblatt", until), *history("courier", moment), *history("closed", until - 3 * DAY)]
    write(
        location, pages, [feed("tagblatt", moment), feed("courier", moment), feed("closed", until - 3 * DAY)]
    )
    (alarm,) = ringing(location)
    assert (alarm.source, alarm.kind, alarm.what) == ("tagblatt", "silent", "announced")
    assert (alarm.value, alarm.usual, alarm.since) == (25.0, 19, until - HOUR), "`closed` was taken out"
    assert str(alarm) == (
        "tagblatt: silent: nothing new for 25 hours, usual is news in 19 different hours of such a time "
        "(since 2026-04-06 19:00); run `scrapy sources check --names tagblatt` "
        "(lists last read 2026-04-07 20:00)"
    )
    assert kinds(ringing(location, "courier")) == set()


def test_a_crawl_that_runs_no_more_makes_all_sources_silent(location: str, moment: datetime) -> None:
    until = moment - DAY
    pages = [*history("tagblatt", until), *history("courier", until)]
    write(location, pages, [feed("tagblatt", until), feed("courier", until)])
    assert {alarm.source for alarm in ringing(location)} == {"tagblatt", "courier"}


def test_lists_that_all_fail(location: str, moment: datetime) -> None:
    lists = [
        feed("tagblatt", moment, failures=5, status=500),
        feed("tagblatt", moment, failures=7, status=0, url="http://tagblatt.example/2.xml"),
        feed("tagblatt", moment, url="http://tagblatt.example/old.xml", kind="sitemap", depth=1),
        feed("courier", moment, failures=9, status=404),
        feed("courier", moment, url="http://courier.example/2.xml"),
    ]
    write(location, [], lists)
    (alarm,) = ringing(location)
    assert str(alarm) == (
        "tagblatt: silent: all 2 lists failed 5 times in a row, last with HTTP 500; "
        "run `scrapy sources check --names tagblatt`"
    )


def test_errors_of_the_last_day(location: str, moment: datetime) -> None:
    fine = history("courier", moment)
    fine[-3:] = [row | {"state": "error", "reason": "http_500"} for row in fine[-3:]]
    bad = history("tagblatt", moment)
    bad[-6:] = [row | {"state": "error", "reason": "http_500"} for row in bad[-6:]]
    write(location, [*fine, *bad], [feed("courier", moment), feed("tagblatt", moment)])
    (alarm,) = ringing(location)
    assert (alarm.source, alarm.kind, alarm.pages, alarm.usual) == ("tagblatt", "errors", 20, 0.0)
    assert alarm.value == pytest.approx(0.3, abs=0.02)
    assert ringing(location, limits=Limits(error_share=0.5)) == []


@pytest.mark.parametrize(
    ("change", "whats"),
    [
        ({"date": False, "author": False}, {"date", "author"}),
        ({"image": False}, {"image"}),
        ({"length": 300}, {"text"}),
        ({"length": 2000}, set()),
        ({"state": "not_article", "reason": "no_text"}, {"articles"}),
        ({"state": "duplicate", "reason": "same text as http://tagblatt.example/1"}, set()),
    ],
)
def test_pages_are_read_worse_than_before(
    tmp_path: Path, moment: datetime, change: dict[str, Any], whats: set[str]
) -> None:
    location = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    changed_at = moment - DAY
    before = history("tagblatt", changed_at)
    since = [page("tagblatt", 10_000 + n, changed_at + n * HOUR / 2, **change) for n in range(1, 47)]
    write(location, [*before, *since, *history("courier", moment)], [feed("tagblatt", moment)])
    assert kinds(ringing(location)) == {("tagblatt", "drift", what) for what in whats}


def test_drift_on_both_databases_with_figures(location: str, moment: datetime) -> None:
    """A source of three pages a day: the last twenty of a week are judged."""
    times = [MONDAY + number * 8 * HOUR for number in range((moment - MONDAY) // (8 * HOUR))]
    pages = [
        page("slow", n, time, length=1000 + n % 50, date=n < len(times) - 20) for n, time in enumerate(times)
    ]
    write(location, pages, [feed("slow", moment)])
    (alarm,) = ringing(location)
    assert (alarm.what, alarm.value, alarm.usual, alarm.pages) == ("date", 0.0, 1.0, 20)
    assert str(alarm).endswith("look at one with `scrapy extract http://slow.example/alt/109`"), str(alarm)


def test_a_weekend_without_authors_is_as_usual_where_each_is(tmp_path: Path) -> None:
    saturday = MONDAY + 6 * WEEK + 5 * DAY + 23 * HOUR
    times = [MONDAY + number * HOUR / 2 for number in range(int((saturday - MONDAY) / HOUR * 2))]

    def pages(source: str, first: datetime) -> list[dict[str, Any]]:
        return [
            page(source, n, time, author=time.weekday() < 5 or time < first) for n, time in enumerate(times)
        ]

    location = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    lists = [feed("agency", saturday), feed("broken", saturday)]
    write(location, [*pages("agency", MONDAY), *pages("broken", saturday - 23 * HOUR)], lists)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_OFFSET", saturday - datetime.now(UTC))
        assert kinds(ringing(location)) == {("broken", "drift", "author")}
