import pytest
from hypothesis import given, settings

from archive.url import ledger_key, registered_domain
from crawler.discovery import Listing, feed_links, read_front_page
from crawler.discovery.front_page import ENOUGH, _path_points
from tests.crawler.discovery.fixture_files import saved
from tests.crawler.discovery.strategies import any_bytes


def test_german_front_page() -> None:
    listing = read_front_page(saved("front_de.html"), "http://tagblatt.example.org/")
    assert [(entry.url, entry.headline) for entry in listing.announcements] == [
        (
            "http://tagblatt.example.org/ausland/grenzbahnhof-oeffnet-wieder-107.html",
            "Grenzbahnhof öffnet nach zwei Jahren wieder",
        ),
        ("http://www.tagblatt.example.org/2022/09/07/zeppelin/", "Zeppelin landet"),
        ("http://tagblatt.example.org/?p=4711", "Wie die Stadt ihre Brücken rettet"),
    ]
    assert {entry.language for entry in listing.announcements} == {"de"}
    assert listing.problem == ""


def test_japanese_front_page_in_shift_jis() -> None:
    listing = read_front_page(saved("front_ja.html"), "http://shimbun.example/")
    assert [entry.headline for entry in listing.announcements] == [
        "港の再開を発表、貨物船は水曜日から",
        "北部の海岸に暴風警報",
        "島の人々は再開を歓迎している",
    ]


def test_links_of_an_article_without_the_article_itself() -> None:
    own = "http://akhbar.example/world/2022/9/8/this-page"
    listing = read_front_page(saved("article_ar.html"), own)
    assert [entry.url.rpartition("/")[2] for entry in listing.announcements] == [
        "%D8%A7%D9%84%D8%B3%D9%81%D9%86-%D8%AA%D8%B9%D9%88%D8%AF",
        "5012345",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/world/2022/09/08/north-sea-ferry",
        "/ausland/asien/nordkorea-russland-waffen-107.html",
        "/news/world-asia-62804825",
        "/news/articles/c4gx1lkw0w2o",
        "/2022/09/08/slug/",
        "/doc/7715044",
        "/ideas/archive/2022/09/a-storm-is-near/615610/",
        "/themen/hafen/2022-09-08/schiffe-kommen-wieder-nach-norden",
        "/politik/ausland/waffen-aus-nordkorea-a-3c1f6b5e-0a57-4a5c-9d7c-2f6b6f0f1a11",
        "/view/AKR20220908001",
        "/news/articleView.html?idxno=123456",
        "/politica/2022-09-08/el-presidente.html",
        "/monde/article/2022/09/08/la-russie_6140591_3210.html",
        "/новости/ракета-упала-в-море-у-острова",
    ],
)
def test_addresses_of_articles_need_no_headline(path: str) -> None:
    assert _path_points(f"http://a.example{path}") >= ENOUGH


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/politik/",
        "/world/asia-pacific",
        "/2022/09/08/",
        "/2022/",
        "/tag/a-b-c-d",
        "/author/jane-doe-of-the-north",
        "/search?q=20220908",
        "/i/2022/09/08/a-b-c-d.jpg",
        "/page/2",
        "/feed/2022/09/08/a-b-c-d",
        "/en",
        "/nachrichten-leicht/index.html",
        "/2022/09/08/a-b-c-d?share=email",
        "/thema/hafen-der-stadt-am-fluss",
        "/about-us",
    ],
)
def test_addresses_of_other_pages(path: str) -> None:
    assert _path_points(f"http://a.example{path}") < ENOUGH


def test_feeds_named_in_the_head() -> None:
    assert feed_links(saved("front_de.html"), "http://tagblatt.example/de/") == [
        "http://tagblatt.example/feed/",
        "http://tagblatt.example.org/atom.xml",
        "http://tagblatt.example/de/feed.json",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (saved("rss2_de.xml"), "RSS 2.0, not an HTML page"),
        (b"<!-- -->", ""),
        (b'{"a":1}', "JSON, not"),
    ],
)
def test_what_is_no_page(body: bytes, problem: str) -> None:
    listing = read_front_page(body, "http://tagblatt.example/")
    assert listing == Listing(problem=listing.problem)
    assert problem in listing.problem
    assert feed_links(body, "http://tagblatt.example/") == []


@settings(max_examples=150, deadline=None)
@given(any_bytes)
def test_any_bytes(body: bytes) -> None:
    listing = read_front_page(body, "http://tagblatt.example/")
    keys = [ledger_key(entry.url) for entry in listing.announcements]
    assert len(keys) == len(set(keys))
    assert {registered_domain(key) for key in keys} <= {"tagblatt.example"}
    assert all("#" not in entry.url for entry in listing.announcements)
    assert all(link.startswith("http") for link in feed_links(body, "http://tagblatt.example/"))
