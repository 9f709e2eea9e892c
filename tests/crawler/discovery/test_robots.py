from hypothesis import given, settings

from crawler.discovery import SitemapChild, sitemaps_of
from tests.crawler.discovery.fixture_files import saved
from tests.crawler.discovery.strategies import any_bytes


def test_sitemaps_absolute_and_once() -> None:
    assert sitemaps_of(saved("robots.txt"), "http://gazette.example/robots.txt") == [
        SitemapChild(url="http://gazette.example/sitemap-index.xml"),
        SitemapChild(url="http://gazette.example/news-sitemap.xml"),
    ]


def test_a_byte_order_mark_hides_nothing() -> None:
    found = sitemaps_of(b"\xef\xbb\xbfSitemap: https://a.example/s.xml", "https://a.example/robots.txt")
    assert [child.url for child in found] == ["https://a.example/s.xml"]


def test_none() -> None:
    assert sitemaps_of(b"", "http://a.example/robots.txt") == []
    assert sitemaps_of(saved("broken_html_as_feed.html"), "http://a.example/robots.txt") == []


@settings(max_examples=100, deadline=None)
@given(any_bytes)
def test_any_bytes(body: bytes) -> None:
    assert all(child.url.startswith("http") for child in sitemaps_of(body, "http://a.example/robots.txt"))
