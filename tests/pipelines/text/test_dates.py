from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.dates import has_time, parse_date, parse_local, plausible

NOW = datetime(2022, 9, 8, 12, tzinfo=UTC)
SEOUL = timezone(timedelta(hours=9))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("raw", "language", "expected"),
    [
        ("1662611347", "", utc(2022, 9, 8, 4, 29, 7)),
        ("1662611347000", "", utc(2022, 9, 8, 4, 29, 7)),
        ("2022-09-08T06:29:07+02:00", "", utc(2022, 9, 8, 4, 29, 7)),
        ("2022-09-08T06:29:07+0200", "", utc(2022, 9, 8, 4, 29, 7)),
        ("2022-09-08T04:29:07.5Z", "", utc(2022, 9, 8, 4, 29, 7, 500_000)),
        ("2022-09-08", "", utc(2022, 9, 8)),
        ("20220908", "", utc(2022, 9, 8)),
        ("2022/09/08 10:30", "", utc(2022, 9, 8, 10, 30)),
        ("Thu, 08 Sep 2022 04:29:07 GMT", "", utc(2022, 9, 8, 4, 29, 7)),
        ("Thu, 08 Sep 2022 06:29:07 CEST", "", utc(2022, 9, 8, 4, 29, 7)),
        ("Thu, 8 Sep 22 04:29:07 -0000", "", utc(2022, 9, 8, 4, 29, 7)),
        ("Mon Sep 05 2022 14:05:00 GMT+0200 (CEST)", "", utc(2022, 9, 5, 12, 5)),
        ("September 8, 2022", "", utc(2022, 9, 8)),
        ("Sept. 8, 2022 at 6:40 p.m. ET", "", utc(2022, 9, 8, 22, 40)),
        ("08.09.2022", "", utc(2022, 9, 8)),
        ("25/03/2024", "", utc(2024, 3, 25)),
        ("05/03/2024", "fr", utc(2024, 3, 5)),
        ("05/03/2024", "en-GB", utc(2024, 3, 5)),
        ("05/03/2024", "en-US", utc(2024, 5, 3)),
        ("08.09.2022, 06:29 Uhr", "de", utc(2022, 9, 8, 6, 29)),
        ("8. September 2022", "de", utc(2022, 9, 8)),
        ("8 septembre 2022 à 14h30", "fr_FR", utc(2022, 9, 8, 14, 30)),
        ("8 de septiembre de 2022", "es", utc(2022, 9, 8)),
        ("8 сентября 2022, 14:30", "ru", utc(2022, 9, 8, 14, 30)),
        ("8 вересня 2022 р.", "uk", utc(2022, 9, 8)),
        ("2022年9月8日 14時30分", "ja", utc(2022, 9, 8, 14, 30)),
        ("2022년 9월 8일", "ko", utc(2022, 9, 8)),
        ("8 سبتمبر 2022", "ar", utc(2022, 9, 8)),
    ],
)
def test_dates_as_pages_write_them(raw: str, language: str, expected: datetime) -> None:
    assert parse_date(raw, language=language, base=NOW) == expected


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("", ""),
        ("2022", ""),
        ("September 2022", "en"),
        ("8. September", "de"),  # no year
        ("12", "de"),
        ("05/03/2024", ""),  # two days
        ("2022-13-45", ""),
        ("8. Oktober 2022", "fr"),  # the wrong language rather than a guess
        ("0001-01-01T00:00:00+14:00", ""),
        ("Article 5 of 2022", "en"),
        ("2022-09-08\x00", ""),
        ("On 8 September 2022 the ministry said that it had bought shells.", "en"),
    ],
)
def test_what_names_no_day_is_none(raw: str, language: str) -> None:
    assert parse_date(raw, language=language, base=NOW) is None


def test_relative_dates_need_a_base() -> None:
    assert parse_date("vor 3 Stunden", language="de", base=NOW) == NOW - timedelta(hours=3)
    assert parse_date("3 hours ago", language="en") is None


def test_a_time_without_a_zone_is_in_the_given_one_and_a_day_stays_itself() -> None:
    assert parse_date("2022-09-08 06:00", timezone=SEOUL) == utc(2022, 9, 7, 21)
    assert parse_date("2022-09-08", timezone=SEOUL) == utc(2022, 9, 8)
    assert parse_date("2022-09-08T06:00Z", timezone=SEOUL) == utc(2022, 9, 8, 6)


def test_parse_local_keeps_the_day_that_was_written() -> None:
    found = parse_local("2022-09-08T00:30:00+02:00")
    assert found is not None
    assert found.isoformat() == "2022-09-08T00:30:00+02:00"


def test_plausible() -> None:
    assert plausible(NOW + timedelta(days=1), NOW)
    assert not plausible(NOW + timedelta(days=3), NOW)
    assert not plausible(utc(1970, 1, 1), NOW)


@pytest.mark.parametrize(
    ("raw", "expected"), [("2022-09-08", False), ("8 Sep 2022, 14:30", True), ("1662611347", True)]
)
def test_has_time(raw: str, *, expected: bool) -> None:
    assert has_time(raw) is expected


@given(st.datetimes(datetime(1991, 1, 1), datetime(2100, 1, 1)), st.integers(-720, 840))  # noqa: DTZ001
def test_every_iso_time_comes_back(naive: datetime, minutes: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(aware.isoformat()) == aware


@given(st.text(max_size=70), st.sampled_from(["", "de", "en", "ru", "xx", "zh-Hant"]))
def test_any_text_is_a_date_in_utc_or_none(raw: str, language: str) -> None:
    found = parse_date(raw, language=language, base=NOW)
    assert found is None or found.utcoffset() == timedelta(0)


@given(
    st.from_regex(r"[0-9]{1,4}[-./ ][0-9A-Za-z]{1,9}[-./ ,][0-9]{1,4}( [0-9]{1,2}:[0-9]{2})?", fullmatch=True)
)
def test_things_like_dates_never_raise(raw: str) -> None:
    parse_date(raw, language="de", base=NOW)
