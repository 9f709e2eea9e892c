from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.url import ledger_key
from crawler.discovery import Announcement, Listing, read_feed
from tests.crawler.discovery.fixture_files import NOW, saved, utc
from tests.crawler.discovery.strategies import any_bytes


def read(name: str, url: str = "http://tagblatt.example/feed/", content_type: str = "") -> Listing:
    return read_feed(saved(name), url, content_type, now=NOW)


def test_rss_2() -> None:
    listing = read("rss2_de.xml")
    assert listing.announcements[0] == Announcement(
        url="http://tagblatt.example/2022/09/08/grenzbahnhof-oeffnet-wieder/",
        headline="Grenzbahnhof „Nord“ öffnet wieder & empfängt Güterzüge",
        summary="Nach zwei Jahren rollen wieder Züge. Der Verkehr beginnt langsam.",
        date_published=utc(2022, 9, 8, 4, 10),
        language="de-DE",
    )
    assert listing.problem == "1 of 5 entries have no link to a page"


def test_original_link_of_feedburner_counts_and_its_zone_name_is_understood() -> None:
    second = read("rss2_de.xml").announcements[1]
    assert second.url == "http://tagblatt.example/2022/09/07/zeppelin-landet-im-stadtpark/"
    assert second.headline == "Zeppelin landet im Stadtpark"
    assert second.date_published == utc(2022, 9, 7, 19, 45)
    assert second.language == "de-AT"


def test_entry_without_a_readable_date_or_from_the_far_future_has_none() -> None:
    only_guid, future = read("rss2_de.xml").announcements[2:]
    assert only_guid.url.endswith("/nur-mit-kennung/")
    assert only_guid.date_published is None
    assert future.date_published is None


def test_rss_1_has_its_date_in_dublin_core() -> None:
    listing = read("rss1_ru.rdf", "http://vestnik.example/news.rdf")
    first, second = listing.announcements
    assert (first.headline, first.language) == ("На складе в порту начали проверку", "ru")
    assert (first.date_published, first.date_modified) == (utc(2022, 9, 8, 6, 15), None)
    assert second.date_published == utc(2022, 9, 8)
    assert listing.problem == ""


def test_rss_091_in_a_latin_encoding() -> None:
    listing = read("rss091_fr.xml", "http://courrier.example/rss")
    assert [entry.headline for entry in listing.announcements] == ["L’été s’achève sur les quais"]
    assert (listing.announcements[0].language, listing.problem) == ("fr", "")


def test_rss_090() -> None:
    listing = read("rss090_en.rdf")
    assert [entry.url for entry in listing.announcements] == [
        "http://gazette.example/a/ferry-timetable-changes"
    ]


def test_atom() -> None:
    listing = read("atom_ko.xml", "http://hanguk.example/atom.xml")
    first, second = listing.announcements
    assert first.url == "http://hanguk.example/news/view/20220908001"  # by xml:base
    assert first.headline == "항구 재개방 발표 & 반응"
    assert first.date_published == utc(2022, 9, 8, 4, 29, 7)
    assert first.date_modified == utc(2022, 9, 8, 5)
    assert first.language == "ko"
    assert (second.headline, second.language) == ("Markets < last week", "en")
    assert (second.date_published, second.date_modified) == (None, utc(2022, 9, 8, 5))


def test_json_feed() -> None:
    listing = read("feed_es.json", "http://diario.example/feed.json", "application/feed+json")
    first, second, third = listing.announcements
    assert first == Announcement(
        url="http://diario.example/mundo/2022-09-08/cierra-el-paso-fronterizo.html",
        headline="Cierra el paso fronterizo tras la tormenta",
        summary="La carretera queda cortada.",
        date_published=utc(2022, 9, 8, 6),
        date_modified=utc(2022, 9, 8, 7, 30),
        language="es",
    )
    assert (second.url, second.language) == ("http://diario.example/cultura/festival-de-cine", "ca")
    assert (third.url, third.headline, third.date_published) == ("http://agencia.example/nota/55", "", None)


@pytest.mark.parametrize(
    ("name", "headlines", "problem"),
    [
        ("broken_entities_rss.xml", ["Brücke gesperrt – Umleitung", "Zweite Meldung"], "undefined entity"),
        (
            "broken_says_utf8_is_1251_rss.xml",
            ["Ракета упала в море у берегов острова", "Учёные измерили толщину льда на севере"],
            "declared as utf-8, but looks like cp1251",
        ),
        (
            "broken_says_1251_is_utf8_rss.xml",
            ["Ракета упала в море у берегов острова", "Учёные измерили толщину льда на севере"],
            "declared as cp1251, but is utf-8",
        ),
        (
            "right_1251_rss.xml",
            ["Ракета упала в море у берегов острова", "Учёные измерили толщину льда на севере"],
            "",
        ),
        ("broken_truncated_feed.json", ['Uno [con "comillas" y }]', "Dos"], "broken JSON"),
        ("broken_html_as_feed.html", [], "an HTML page, not a feed"),
        ("sitemap_news_en.xml", [], "a sitemap, not a feed"),
    ],
)
def test_of_a_broken_feed_what_can_be_read(name: str, headlines: list[str], problem: str) -> None:
    listing = read(name)
    assert [entry.headline for entry in listing.announcements] == headlines
    assert problem in listing.problem
    assert bool(listing.problem) == bool(problem)


def test_half_an_address_at_a_truncated_end_is_not_announced() -> None:
    listing = read("broken_truncated_rss.xml")
    assert [entry.headline for entry in listing.announcements] == [
        "Grenzbahnhof „Nord“ öffnet wieder & empfängt Güterzüge",
        "Zeppelin landet im Stadtpark",
    ]
    assert listing.problem == "the file ends too early"


@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf", b"\x1f\x8b"])
def test_empty_body(body: bytes) -> None:
    assert read_feed(body, "http://tagblatt.example/feed/") == Listing(problem="empty")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"a": 1}', "JSON, but not a JSON Feed"),
        (b"[" * 100_000, "broken JSON"),
        (b"hello there", "not a feed"),
        (b"/etc/hostname", "not a feed"),
        (b"http://127.0.0.1:9/feed.xml", "a list of URLs, not a feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a feed"),
    ],
)
def test_what_is_no_feed(body: bytes, problem: str) -> None:
    listing = read_feed(body, "http://tagblatt.example/feed/")
    assert listing.announcements == []
    assert problem in listing.problem


def test_the_servers_charset_counts_where_the_file_declares_none() -> None:
    body = saved("right_1251_rss.xml").replace(b' encoding="windows-1251"', b"")
    listing = read_feed(body, "http://vestnik.example/rss", "text/xml; charset=windows-1251", now=NOW)
    assert listing.announcements[1].headline == "Учёные измерили толщину льда на севере"


def test_utf_16() -> None:
    text = saved("right_1251_rss.xml").decode("cp1251").replace("windows-1251", "utf-16")
    listing = read_feed(text.encode("utf-16"), "http://vestnik.example/rss", now=NOW)
    assert len(listing.announcements) == 2
    assert listing.problem == ""


def test_one_bad_byte_does_not_change_the_encoding() -> None:
    body = saved("broken_says_1251_is_utf8_rss.xml").replace(b"windows-1251", b"utf-8")
    listing = read_feed(body.replace("нет".encode(), b"\xff", 1), "http://vestnik.example/rss", now=NOW)
    assert listing.announcements[0].headline == "Ракета упала в море у берегов острова"
    assert listing.problem == "some bytes are not valid utf-8"


def test_entities_do_not_grow() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
    body = (
        bomb
        + b"<rss version='2.0'><channel><item><title>&c;</title><link>http://a.example/x-y</link></item></channel></rss>"
    )
    (entry,) = read_feed(body, "http://a.example/feed").announcements
    assert "ha" not in entry.headline


@settings(max_examples=150, deadline=None)
@given(
    any_bytes, st.sampled_from(["", "text/xml; charset=utf-8", "text/html; charset=idna", "application/json"])
)
def test_any_bytes(body: bytes, content_type: str) -> None:
    listing = read_feed(body, "http://tagblatt.example/feed/", content_type, now=NOW)
    assert listing.children == []
    for entry in listing.announcements:
        assert ledger_key(entry.url)
        assert entry.date_published is None or entry.date_published.tzinfo is UTC
        assert entry.headline == " ".join(entry.headline.split())
        (entry.url + entry.headline + entry.summary + entry.language).encode()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", None),
        ("<sy:updatePeriod> hourly\n</sy:updatePeriod><sy:updateFrequency> 2 </sy:updateFrequency>", 1800),
        ("<sy:updatePeriod>daily</sy:updatePeriod><ttl>60</ttl>", 86_400),
        ("<ttl>90</ttl>", 5400),
        ("<ttl>bald</ttl><sy:updatePeriod>often</sy:updatePeriod>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3600),
        ("<item><link>http://a.example/2</link><ttl>5</ttl></item>", None),
    ],
)
def test_how_often_a_feed_says_that_it_changes(said: str, seconds: float | None) -> None:
    feed = (
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
        f"{said}<item><link>http://a.example/1</link></item></channel></rss>"
    )
    assert read_feed(feed.encode(), "http://a.example/feed").update_seconds == seconds
