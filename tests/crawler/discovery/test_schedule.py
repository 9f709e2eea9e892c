from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.schedule import (
    NextPoll,
    conditional_headers,
    freshness,
    next_check,
    next_poll,
    retry_after,
)

NOW = datetime(2022, 9, 8, 4, 29, 7, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86_400
LADDER = [15 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]

moments = st.integers(0, 4 * 10**9).map(lambda stamp: datetime.fromtimestamp(stamp, UTC))
seconds = st.floats(0, 1e12)


def ago(wait: float) -> datetime:
    return NOW - timedelta(seconds=wait)


def wait_of(poll: NextPoll) -> float:
    return (poll.due_at - NOW).total_seconds()


def test_the_interval_follows_how_much_is_new() -> None:
    def after(new: int, announced: int = 30, status: int = 200) -> float:
        return next_poll(now=NOW, status=status, interval=6000, new=new, announced=announced).interval

    assert (after(25), after(15), after(3), after(0)) == (4800, 6000, 9000, 9000)
    assert after(30) == 600, "all are new: some may have been missed"
    assert after(0, 0) == after(30, status=304) == 9000
    assert next_poll(now=NOW, status=200, new=30, announced=30).interval == 600
    assert next_poll(now=NOW, status=304, interval=80_000).interval == DAY


def test_a_list_without_an_answer_is_asked_soon_and_then_ever_later() -> None:
    poll = next_poll(now=NOW, status=200, interval=8000, new=1, announced=3)
    waits = []
    for status in (0, 500, 403, 503, 0, 0, 0, 0, 0):
        poll = next_poll(now=NOW, status=status, interval=poll.interval, failures=poll.failures)
        waits.append(wait_of(poll))
    assert waits == [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, DAY]
    assert (poll.failures, poll.interval) == (9, 8000)
    back = next_poll(now=NOW, status=304, interval=poll.interval, failures=poll.failures)
    assert (back.failures, back.interval) == (0, 12_000)


@pytest.mark.parametrize("status", [404, 410])
def test_a_list_that_is_gone_is_asked_once_a_day(status: int) -> None:
    poll = next_poll(now=NOW, status=status, interval=600)
    assert (wait_of(poll), poll.interval) == (DAY, DAY)


def test_what_the_publisher_demands_is_a_minimum_and_changes_no_interval() -> None:
    def demanding(wait: float | None, status: int = 200) -> NextPoll:
        return next_poll(now=NOW, status=status, interval=2000, new=1, announced=2, demanded=wait)

    assert [wait_of(demanding(wait)) for wait in (None, 900, 7200, 10 * DAY)] == [2000, 2000, 7200, DAY]
    assert wait_of(demanding(7200, status=503)) == 7200
    assert demanding(7200).interval == 2000


@given(
    status=st.sampled_from([0, 200, 206, 304, 404, 410, 429, 500]),
    interval=st.none() | seconds,
    counts=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(sorted),
    failures=st.integers(0, 10**9),
    demanded=st.none() | seconds,
)
def test_a_poll_is_due_between_floor_and_ceiling(
    status: int, interval: float | None, counts: list[int], failures: int, demanded: float | None
) -> None:
    new, announced = counts
    poll = next_poll(
        now=NOW,
        status=status,
        interval=interval,
        new=new,
        announced=announced,
        failures=failures,
        demanded=demanded,
    )
    assert 600 <= poll.interval <= DAY
    assert 600 <= wait_of(poll) <= DAY
    assert wait_of(poll) >= min(demanded or 0, DAY)
    assert poll.failures == (0 if status in (200, 206, 304) else failures + 1)


@pytest.mark.parametrize(
    ("published", "due_in"),
    [
        (ago(10 * MINUTE), 5 * MINUTE),
        (ago(20 * MINUTE), 40 * MINUTE),
        (ago(2 * DAY), DAY),
        (ago(29 * DAY), DAY),
        (ago(30 * DAY), None),
        (ago(900 * DAY), None),
        (None, 10 * MINUTE),
        (ago(MINUTE), 10 * MINUTE),
        (ago(-HOUR), 10 * MINUTE),
    ],
)
def test_an_article_is_checked_at_ages_of_the_ladder(
    published: datetime | None, due_in: float | None
) -> None:
    due = next_check(published, ago(5 * MINUTE), NOW, LADDER)
    assert due == (None if due_in is None else NOW + timedelta(seconds=due_in))


@given(published=st.none() | moments, first_seen=moments, ladder=st.lists(st.integers(0, 10**9), max_size=9))
def test_a_check_is_later_than_now_and_the_checks_come_to_an_end(
    published: datetime | None, first_seen: datetime, ladder: list[int]
) -> None:
    moment: datetime | None = max(first_seen, NOW)
    for _ in range(len(ladder) + 1):
        assert moment is not None
        due = next_check(published, first_seen, moment, ladder)
        if due is None:
            return
        assert due > moment
        moment = due
    raise AssertionError("more checks than rungs")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"cache-control": "public, max-age=300"}, 300),
        ({"cache-control": "Max-Age = 300, s-maxage=9", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "900"}, None),
        ({"cache-control": "s-maxage=300"}, None),
        ({"cache-control": "max-age=300, no-cache"}, None),
        ({"cache-control": "no-store", "expires": "Thu, 08 Sep 2022 05:29:07 GMT"}, None),
        ({"cache-control": "max-age=60", "expires": "Thu, 08 Sep 2022 05:29:07 GMT"}, 60),
        ({"expires": "Thu, 08 Sep 2022 05:29:07 GMT"}, 3600),
        (
            {"expires": "Thu, 08 Sep 2022 05:29:07 GMT", "date": "Thu, 08 Sep 2022 05:28:07 GMT"},
            60,
        ),
        ({"expires": "0"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"cache-control": "max-age=60", "retry-after": "120"}, 120),
        ({"cache-control": "max-age=" + "9" * 5000}, 1e9),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], wait: float | None) -> None:
    assert freshness(headers, NOW) == wait


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Thu, 08 Sep 2022 04:30:07 GMT", 60),
        ("Thursday, 08-Sep-22 04:30:07 GMT", 60),
        ("Thu, 08 Sep 2022 04:00:00 GMT", 0),
        ("1.5", None),
        ("-3", None),
        ("soon", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after(value: str, wait: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == wait


def test_a_server_whose_clock_is_wrong_is_understood() -> None:
    wrong = datetime(2035, 1, 1, tzinfo=UTC)
    later = wrong + timedelta(seconds=90)
    headers = {
        "date": format_datetime(wrong, usegmt=True),
        "retry-after": format_datetime(later, usegmt=True),
    }
    assert retry_after(headers, NOW) == 90


@given(
    st.dictionaries(
        st.sampled_from(["cache-control", "expires", "retry-after", "age", "date"]),
        st.text()
        | st.from_regex(r"[a-z-]{0,9}max-age=[0-9]*|[0-9]*|\w{3}, \d+ Sep \d+ \d+:\d+:\d+ [-+A-Z0-9]*"),
    )
)
def test_whatever_the_headers_say_a_wait_is_a_sane_number(headers: dict[str, str]) -> None:
    for wait in (freshness(headers, NOW), retry_after(headers, NOW)):
        assert wait is None or 0 <= wait <= 1e9


def test_validators_of_a_conditional_request() -> None:
    assert conditional_headers('W/"a"', "Thu, 08 Sep 2022 04:00:00 GMT") == {
        "If-None-Match": 'W/"a"',
        "If-Modified-Since": "Thu, 08 Sep 2022 04:00:00 GMT",
    }
    assert conditional_headers(None, "") == {}
