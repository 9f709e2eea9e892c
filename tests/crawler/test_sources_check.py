from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from archive import clock
from crawler.sources import Source
from crawler.sources_check import Address, addresses_of, failed, judge

URL = "http://tagblatt.example/feed"
NOW = datetime(2022, 9, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def rss(items: str) -> bytes:
    return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


ITEM = "<item><title>x</title><link>http://tagblatt.example/a-b-c</link>{}</item>"
DATED = ITEM.format("<pubDate>Thu, 08 Sep 2022 06:10:00 +0200</pubDate>")


def feed(body: bytes, days: float = 7, url: str = URL) -> tuple[str, str]:
    check = judge(Address(source="tagblatt", kind="feed", url=URL), Response(url, body=body), days)
    return check.verdict, check.problem


def test_news() -> None:
    check = judge(Address(source="tagblatt", kind="feed", url=URL), Response(URL, body=rss(DATED)), 7)
    assert (check.verdict, check.problem, check.status, check.what) == ("ok", "", 200, "RSS 2.0")
    assert (check.pages, check.sitemaps, check.newest) == (1, 0, datetime(2022, 9, 8, 4, 10, tzinfo=UTC))


def test_old_empty_undated_moved_and_wrong() -> None:
    assert feed(rss(DATED), days=1) == ("nothing new", "nothing newer than 1 days")
    assert feed(rss("")) == ("nothing new", "it is empty")
    assert feed(rss(ITEM.format(""))) == ("ok", "")
    assert feed(rss(DATED), url=URL + "/") == ("ok", f"moved to {URL}/")
    assert feed(b"<!DOCTYPE html><html></html>") == ("failed", "an HTML page, not a feed")


def test_sitemap_index_is_dated_by_its_children() -> None:
    body = b"<sitemapindex><sitemap><loc>http://a.example/1.xml</loc><lastmod>2022-09-09</lastmod></sitemap></sitemapindex>"
    check = judge(Address(source="a", kind="sitemap", url=URL), Response(URL, body=body), 7)
    assert (check.verdict, check.what, check.sitemaps) == ("ok", "sitemap index", 1)


def test_no_answer() -> None:
    check = failed(Address(source="a", kind="sitemap", url=URL), TimeoutError())
    assert (check.verdict, check.status, check.problem) == ("failed", None, "TimeoutError")


def test_addresses_in_the_order_of_the_file() -> None:
    source = Source(
        name="a",
        publisher="A",
        country="DE",
        languages=("de",),
        feeds=("f",),
        sitemaps=("s",),
        front_pages=("p",),
    )
    assert [(address.kind, address.url) for address in addresses_of([source])] == [
        ("feed", "f"),
        ("sitemap", "s"),
        ("front page", "p"),
    ]
