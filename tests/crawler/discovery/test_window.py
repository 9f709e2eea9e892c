from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import SitemapChild, could_hold, dates_in
from tests.crawler.discovery.fixture_files import utc

START, END = utc(2022, 9, 3), utc(2022, 9, 15)


def holds(path: str, modified: datetime | None = None, start: datetime = START, end: datetime = END) -> bool:
    child = SitemapChild(url=f"http://herald.example/{path}", date_modified=modified)
    return could_hold(child, start, end)


@pytest.mark.parametrize(
    "path",
    [
        "sitemap-2022-09.xml",
        "2022/09/08.xml",
        "2022/9/8/",
        "sitemap_202209.xml.gz",
        "s-20220908.xml",
        "news_2022_36.xml",
        "s-2022-W36.xml",
        "2022.xml",
        "2022/sitemap.xml",
        "sitemap.xml?yyyy=2022&mm=09&dd=08",
        "s.xml?year=2022&month=9",
        "s?date=2022-09-08",
        "2022/sitemap-2022-09.xml",
        "2010-2023.xml",
        "s-2022-09-02.xml",
        "s-2022-09-16.xml",
        "authors.xml",
        "sitemap-17.xml",
        "p?from=1000",
        "s-2022-1.xml",
        "s-20229999.xml",
        "s-202299.xml",
        "",
        "[::",
    ],
)
def test_can_hold_the_window(path: str) -> None:
    assert holds(path)


@pytest.mark.parametrize(
    "path",
    [
        "sitemap-2022-08.xml",
        "2022/10/08.xml",
        "2022/7/8/",
        "sitemap_202211.xml.gz",
        "s-20220808.xml",
        "news_2022_42.xml",
        "s-2022-w20.xml",
        "2021.xml",
        "2023/sitemap.xml",
        "sitemap.xml?yyyy=2022&mm=07&dd=08",
        "s.xml?year=2021",
        "2022/sitemap-2022-11.xml",
        "2010-2015.xml",
        "s-2022-08-31.xml",
        "s-2022-09-18.xml",
        "s-2022-12.xml",
    ],
)
def test_cannot_hold_the_window(path: str) -> None:
    assert not holds(path)


def test_a_number_up_to_twelve_may_be_a_week() -> None:
    assert holds("news_2022_09.xml", start=utc(2022, 3, 1), end=utc(2022, 3, 5))
    assert holds("news_2022_09.xml")
    assert not holds("news_2022_09.xml", start=utc(2022, 6, 1), end=utc(2022, 6, 5))


def test_last_change_before_the_window() -> None:
    assert not holds("authors.xml", utc(2022, 9, 1))
    assert holds("authors.xml", utc(2022, 9, 2))  # a date without time and zone: any moment of that day
    assert holds("authors.xml", utc(2026, 1, 1))
    assert not holds("sitemap-2022-08.xml", utc(2026, 1, 1))


def test_days_named_by_an_address() -> None:
    assert dates_in("http://a.example/2022/09/08/slug") == (date(2022, 9, 8), date(2022, 9, 9))
    assert dates_in("http://a.example/2022/12/x") == (date(2022, 12, 1), date(2023, 1, 1))
    assert dates_in("http://2022.example/slug") is None


@given(
    st.datetimes(utc(1995, 1, 1).replace(tzinfo=None), utc(2035, 1, 1).replace(tzinfo=None)),
    st.sampled_from(["%Y-%m", "%Y/%m/%d", "%Y%m%d", "%Y", "%G_%V"]),
)
def test_the_file_of_a_day_holds_the_day(day: datetime, form: str) -> None:
    moment = day.replace(tzinfo=START.tzinfo)
    child = SitemapChild(url=f"http://a.example/sitemap-{moment:{form}}.xml")
    assert could_hold(child, moment - timedelta(hours=1), moment + timedelta(hours=1))


@given(st.text(max_size=60))
def test_any_address(path: str) -> None:
    holds(path)
