import gzip
import tracemalloc
from datetime import UTC

import pytest
from hypothesis import given, settings

from archive.url import ledger_key
from crawler.discovery import Announcement, Listing, SitemapChild, read_sitemap
from crawler.discovery.sitemap import MAX_SIZE
from tests.crawler.discovery.fixture_files import NOW, saved, utc
from tests.crawler.discovery.strategies import any_bytes

URL = "http://gazette.example/sitemap.xml"


def read(name: str) -> Listing:
    return read_sitemap(saved(name), URL, now=NOW)


def test_news_sitemap() -> None:
    listing = read("sitemap_news_en.xml")
    assert listing.announcements == [
        Announcement(
            url="http://gazette.example/world/2022/sep/08/ferry-line-reopens",
            headline="Ferry line reopens & islanders cheer",
            date_published=utc(2022, 9, 8, 4, 29, 7),
            date_modified=utc(2022, 9, 8, 6, 2, 11),
            language="en",
        ),
        Announcement(
            url="http://gazette.example/story?id=77123&section=world",
            headline="Storm warning for the northern coast",
            date_published=utc(2022, 9, 7),
            language="en",
        ),
    ]
    assert (listing.children, listing.problem) == ([], "")


def test_other_prefixes() -> None:
    (entry,) = read("sitemap_other_prefixes_ja.xml").announcements
    assert (entry.headline, entry.language) == ("港の再開を発表", "ja")
    assert entry.date_published == utc(2022, 9, 8, 4, 29, 7)


def test_no_namespace_and_a_date_without_a_day_is_none() -> None:
    first, second = read("sitemap_no_namespace.xml").announcements
    assert (first.date_modified, second.date_modified) == (None, utc(2022, 9, 8))


@pytest.mark.parametrize("name", ["sitemap_index.xml", "sitemap_index.xml.gz"])
def test_index(name: str) -> None:
    listing = read_sitemap(saved(name), URL)
    assert listing.children == [
        SitemapChild(
            url="http://herald.example/sitemaps/2022-08.xml.gz", date_modified=utc(2022, 9, 1, 0, 10)
        ),
        SitemapChild(
            url="http://herald.example/sitemaps/2022-09.xml.gz", date_modified=utc(2022, 10, 1, 0, 10)
        ),
        SitemapChild(url="http://herald.example/sitemaps/authors.xml"),
    ]
    assert (listing.announcements, listing.problem) == ([], "")


def test_lines() -> None:
    assert [entry.url for entry in read("sitemap_lines.txt").announcements] == [
        "http://notes.example/2022/one",
        "http://notes.example/2022/two",
        "https://notes.example/2022/three",
    ]


def test_truncated_with_entities_and_bare_ampersands() -> None:
    listing = read("broken_truncated_sitemap.xml")
    assert [(entry.url, entry.headline) for entry in listing.announcements] == [
        ("http://visti.example/news?id=1&cat=2", "Перша новина"),
        ("http://visti.example/news/druha", ""),
    ]
    assert listing.problem == "the file ends too early"


def test_a_feed_in_the_place_of_a_sitemap() -> None:
    assert len(read("rss1_ru.rdf").announcements) == 2


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (saved("broken_html_as_feed.html"), "an HTML page, not a sitemap"),
        (b"\x89PNG\r\n", "not a sitemap"),
        (saved("sitemap_index.xml.gz")[:-20], "the gzip data end too early"),
        (saved("sitemap_index.xml.gz")[:30], "the gzip data end too early"),
        (saved("sitemap_index.xml.gz")[:60] + b"x" * 80, "damaged gzip data"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, problem: str) -> None:
    assert problem in read_sitemap(body, URL).problem


def test_gzip_in_parts_and_twice() -> None:
    body = saved("sitemap_index.xml")
    assert len(read_sitemap(gzip.compress(body[:100]) + gzip.compress(body[100:]), URL).children) == 3
    assert len(read_sitemap(gzip.compress(gzip.compress(body)), URL).children) == 3


def test_gzip_bomb_ends_at_the_limit() -> None:
    entry = b"<url><loc>http://a.example/x</loc></url>" + b" " * 100_000
    bomb = gzip.compress(b"<urlset>" + entry * (4 * MAX_SIZE // len(entry)), 1)
    tracemalloc.start()
    listing = read_sitemap(bomb, URL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 400 < len(listing.announcements) < 600
    assert "larger than 50 MB" in listing.problem
    assert peak < 4 * MAX_SIZE


def test_entities_do_not_grow_and_nothing_is_loaded() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>
    <urlset><url><loc>http://a.example/&b;</loc></url><url><loc>http://a.example/&f;</loc></url></urlset>"""
    assert [entry.url for entry in read_sitemap(body, URL).announcements] == ["http://a.example/"] * 2


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.discovery.sitemap.MAX_ENTRIES", 2)
    assert "more than 2 entries" in read("sitemap_lines.txt").problem
    listing = read("sitemap_index.xml")
    assert len(listing.children) == 2
    assert "more than 2 entries" in listing.problem


def test_cyrillic_in_the_wrong_encoding() -> None:
    title = "Ракета упала в море у берегов острова, пострадавших нет"
    body = f"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns:news="x"><url><loc>http://v.example/a</loc>
    <news:news><news:title>{title}</news:title></news:news></url></urlset>"""
    listing = read_sitemap(body.encode("cp1251"), URL)
    assert [entry.headline for entry in listing.announcements] == [title]
    assert listing.problem == "declared as utf-8, but looks like cp1251"  # no word of the relative namespace


@settings(max_examples=200, deadline=None)
@given(any_bytes)
def test_any_bytes(body: bytes) -> None:
    listing = read_sitemap(body, URL, now=NOW)
    for entry in [*listing.announcements, *listing.children]:
        assert ledger_key(entry.url)
        assert entry.date_modified is None or entry.date_modified.tzinfo is UTC
