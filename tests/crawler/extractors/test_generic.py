import json
import pickle
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import PageError
from archive.url import article_id
from crawler.extractors import NotAnArticle, extractor_for, generic, read
from tests.crawler.extractors.pages import (
    CAPTION,
    CREDIT,
    FETCHED,
    HEADLINE,
    PARAGRAPHS,
    TEXT,
    URL,
    article,
    jsonld,
    page,
    published,
)

NOISE = {
    "figure": f'<figure><img src="/x.jpg"><figcaption>{CAPTION} © {CREDIT}</figcaption></figure>',
    "paragraph": f'<p><img src="/x.jpg"></p><p>{CAPTION} © {CREDIT}</p>',
    "wp-caption": (
        f'<div class="wp-caption"><img src="/x.jpg"><p class="wp-caption-text">{CAPTION} © {CREDIT}</p></div>'
    ),
}


@pytest.mark.parametrize("form", NOISE)
def test_a_weblog_page_gives_its_paragraphs_and_nothing_else(form: str) -> None:
    before = (
        '<div class="meta">Am <time datetime="2022-09-08T06:29:07+02:00">8. September 2022</time>'
        f' von <a href="/author/anna">Anna Lindqvist</a></div>{NOISE[form]}<p>1662611347 {PARAGRAPHS[0]}</p>'
    )
    after = (
        '<p><a href="/mehr">Lesen Sie auch: Was Getreide nach der Ernte kostet</a></p><p>qrx-de-07</p>'
        "<h3>Schreibe einen Kommentar</h3><p>Schreibe einen Kommentar</p>"
        "<form><p>Erforderliche Felder sind markiert</p><textarea></textarea></form>"
    )
    found = read(page(article(before=before, after=after, paragraphs=PARAGRAPHS[1:])))
    assert found.headline == HEADLINE
    assert found.article_body == TEXT
    assert found.date_published == datetime(2022, 9, 8, 4, 29, 7, tzinfo=UTC)
    assert (found.date_published_source, found.in_language, found.access) == ("time", "de", "full")
    assert [(image.caption, image.credit) for image in found.images if image.caption] == [(CAPTION, CREDIT)]


@pytest.mark.parametrize(
    "extra",
    ["<p>&#27;[31m</p>", "<template><p>It is never shown to anybody who reads this page.</p></template>"],
)
def test_what_is_no_text_of_the_page_costs_none_of_it(extra: str) -> None:
    text = read(page(article(after=extra))).article_body
    assert TEXT in text
    assert "never shown" not in text


LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#org", "name": "Tagblatt"},
        {"@type": "Person", "@id": "#anna", "name": "Anna Lindqvist"},
        {
            "@type": ["NewsArticle"],
            "headline": HEADLINE,
            "description": "Die Lotsen haben lange geübt, und die Versicherer bleiben vorsichtig.",
            "author": [{"@id": "#anna"}, {"@type": "Person", "name": "Von Piet Maas"}],
            "publisher": {"@id": "#org"},
            "datePublished": "2022-09-08T06:29:07+02:00",
            "dateModified": "2022-09-08 09:00",
            "articleSection": ["Wirtschaft"],
            "keywords": "Häfen, Getreide",
            "isAccessibleForFree": "True",
            "image": {"url": "/schiff.jpg", "caption": CAPTION, "creditText": CREDIT},
            "isPartOf": {"@type": "NewsArticle", "headline": "Eine ganz andere Nachricht"},
        },
    ],
}


def test_json_ld_gives_the_fields() -> None:
    found = read(page(article(head=jsonld(f"<!-- {json.dumps(LD)} -->;")), source="tagblatt"))
    assert found.headline == HEADLINE
    assert found.authors == ["Anna Lindqvist", "Piet Maas"]
    assert found.publisher == "Tagblatt"
    assert found.source == "tagblatt"
    assert found.article_section == "Wirtschaft"
    assert found.keywords == ["Häfen", "Getreide"]
    assert found.is_accessible_for_free is True
    assert found.images[0].url == "http://tagblatt.example/schiff.jpg"
    assert (found.images[0].caption, found.images[0].credit) == (CAPTION, CREDIT)
    assert (found.date_published, found.date_published_source) == (
        datetime(2022, 9, 8, 4, 29, 7, tzinfo=UTC),
        "json-ld",
    )
    assert found.date_published_raw == "2022-09-08T06:29:07+02:00"
    assert found.date_modified == datetime(2022, 9, 8, 7, tzinfo=UTC)  # without a zone: the page's, +02:00


def test_a_page_drawn_by_a_script_is_read_from_json_ld() -> None:
    ld = {
        "@type": "NewsArticle",
        "headline": HEADLINE,
        "datePublished": "2022-09-08",
        "articleBody": "<p>" + "</p><p>".join(PARAGRAPHS),
    }
    found = read(
        page(
            f'<html><head>{jsonld(json.dumps(ld))}</head><body><div id="app">Wird geladen</div></body></html>'
        )
    )
    assert found.article_body == TEXT
    assert found.headline == HEADLINE


def test_a_page_drawn_by_a_script_is_read_from_its_state() -> None:
    state = json.dumps({"data": {"contentHtml": "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}})
    html = f'<html><head><title>{HEADLINE}</title></head><body><div id="app"></div>'
    script = f'<script>window["q"] = window["q"] || []; window["q"].push({state});</script></body></html>'
    assert read(page(html + script)).article_body == TEXT


def test_json_ld_body_tells_the_text_from_what_stands_around_it() -> None:
    ld = jsonld(
        json.dumps({"@type": "NewsArticle", "headline": HEADLINE, "articleBody": " ".join(PARAGRAPHS)})
    )
    stray = (
        "<p>Unsere Leserreise führt im Frühjahr durch Städte an der Donau, mit Konzerten an jedem Abend.</p>"
    )
    assert read(page(article(head=ld, after=stray))).article_body == TEXT


def test_meta_tags_and_elements_where_there_is_no_json_ld() -> None:
    head = (
        published("2022-09-08T06:29:07+02:00") + '<meta name="author" content="Anna Lindqvist und Piet Maas">'
        '<meta property="og:site_name" content="Tagblatt">'
        '<meta property="article:section" content="Wirtschaft">'
        '<meta name="keywords" content="Häfen, Getreide">'
        '<meta name="robots" content="NOARCHIVE, max-snippet:-1"><link rel="canonical" href="/hafen">'
    )
    found = read(page(article(head=head), headers={"x-robots-tag": "googlebot: noindex"}))
    assert found.authors == ["Anna Lindqvist", "Piet Maas"]
    assert (found.publisher, found.article_section, found.keywords) == (
        "Tagblatt",
        "Wirtschaft",
        ["Häfen", "Getreide"],
    )
    assert found.robots == ["noarchive", "max-snippet:-1", "noindex"]
    assert found.canonical_url == "http://tagblatt.example/hafen"
    assert found.id == article_id("http://tagblatt.example/hafen")
    assert (found.site, found.url, found.declared_language) == ("tagblatt.example", URL, "de")


def test_a_headline_with_a_colon_names_no_publisher() -> None:
    headline = "Fähre vor der Bucht auf Grund: zwölf Menschen gerettet"
    html = article().replace(f"{HEADLINE} - Tagblatt", headline).replace(HEADLINE, headline)
    found = read(page(html, url="http://tagblatt.example/a"))
    assert (found.headline, found.publisher) == (headline, "")


def test_the_announcement_fills_what_the_page_does_not_say() -> None:
    announced = datetime(2022, 9, 8, 5, tzinfo=UTC)
    html = article().replace(f"<h1>{HEADLINE}</h1>", "").replace(f"{HEADLINE} - Tagblatt", "")
    found = read(
        page(
            html,
            url="http://tagblatt.example/a",
            date_announced=announced,
            announced_headline=HEADLINE,
            publisher="Das Tagblatt",
        )
    )
    assert (found.headline, found.publisher) == (HEADLINE, "Das Tagblatt")
    assert (found.date_published, found.date_published_source) == (announced, "feed")


def test_a_date_that_cannot_be_is_passed_over() -> None:
    head = (
        published("1970-01-01T00:00:00Z")
        + '<meta name="date" content="2023-09-08"><meta name="pubdate" content="8. September 2022">'
    )
    found = read(page(article(head=head)))
    assert (found.date_published, found.date_published_raw) == (
        datetime(2022, 9, 8, tzinfo=UTC),
        "8. September 2022",
    )


def test_a_standfirst_that_the_page_shows_comes_first() -> None:
    standfirst = "Die Lotsen haben lange geübt, und die Versicherer bleiben trotzdem vorsichtig."
    html = article(head=f'<meta name="description" content="{standfirst}">').replace(
        "<main>", f'<main><header class="teaser-box"><span>{standfirst}</span></header>'
    )
    found = read(page(html))
    assert found.description == standfirst
    assert found.article_body.split("\n\n")[0] == standfirst
    hidden = read(page(article(head=f'<meta name="description" content="{standfirst}">')))
    assert hidden.article_body == TEXT


RUSSIAN = (
    "<html><head>{meta}<title>Два порта снова открылись</title></head><body><article>"
    "<h1>Два порта на Чёрном море снова открылись</h1>"
    "<p>После семи месяцев перерыва два порта на Чёрном море снова начали работу. Первое судно вышло рано "
    "утром, на борту двадцать шесть тысяч тонн кукурузы.</p><p>Судовладельцы рассчитывают, что до конца "
    "месяца за ним последуют ещё двенадцать судов, хотя страховка по-прежнему обходится вчетверо дороже.</p>"
    "</article></body></html>"
)


@pytest.mark.parametrize(
    ("header", "meta", "encoding"),
    [
        ("text/html; charset=windows-1251", "", "cp1251"),
        ("text/html", '<meta charset="windows-1251">', "cp1251"),
        ("text/html; charset=utf-8", "", "cp1251"),  # wrong
        ("text/html; charset=iso-8859-1", '<meta charset="windows-1251">', "cp1251"),  # a server's default
        ("text/html", '<meta charset="iso-8859-1">', "cp1251"),  # wrong, and every byte is valid in it
        ("text/html; charset=windows-1251", "", "utf-8"),  # wrong
        ("", "", "utf-16"),
        ("text/html; charset=no-such-thing", "", "koi8-r"),
    ],
)
def test_encodings_declared_rightly_and_wrongly(header: str, meta: str, encoding: str) -> None:
    body = RUSSIAN.format(meta=meta).encode(encoding)
    found = read(page(body, url="http://vestnik.example/a-b-c-d", headers={"content-type": header}))
    assert found.headline == "Два порта на Чёрном море снова открылись"
    assert found.in_language == "ru"
    assert "двадцать шесть тысяч тонн кукурузы" in found.article_body


def test_the_declared_language_is_kept_beside_the_true_one() -> None:
    found = read(page(article().replace('lang="de"', 'lang="en-US"')))
    assert (found.in_language, found.declared_language) == ("de", "en-US")
    assert found.language_confidence > 0.9


def test_site_extractors_are_found_by_host_and_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import crawler.extractors as package

    def broken(_: object) -> None:
        raise KeyError("the site has changed")

    monkeypatch.setattr(package, "_registry", lambda: {"tagblatt.example": broken})
    assert extractor_for("http://www.news.tagblatt.example/a") is broken
    assert extractor_for("http://other.example/a") is generic.extract
    assert read(page(article())).article_body == TEXT


def test_errors_pickle_and_are_one_line() -> None:
    error = NotAnArticle("bot_wall", URL)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.reason, again.url) == (str(error), "bot_wall", URL)
    assert isinstance(error, PageError)
    assert str(error) == f"{URL}: not an article (bot wall)"


@settings(max_examples=60, deadline=timedelta(seconds=2))
@given(
    st.binary(max_size=300),
    st.sampled_from(["text/html", "text/html; charset=utf-16", "", "application/xhtml+xml"]),
)
def test_any_bytes_are_an_article_or_a_page_error(body: bytes, header: str) -> None:
    for candidate in (body, b"<html><body><article><p>" + body * 3 + b"</p></article>"):
        with suppress(PageError):
            assert read(page(candidate, headers={"content-type": header})).id


SHARED = Path(__file__).parents[3] / "../shared/extraction"


@pytest.mark.skipif(not (SHARED / "pages.jsonl").is_file(), reason="the saved pages are not here")
def test_real_pages_are_not_refused() -> None:
    import gzip

    rows = [json.loads(line) for line in (SHARED / "pages.jsonl").read_text("utf-8").split("\n") if line]
    rows = [row for row in rows if row["set"] in ("aeb", "fundus", "np4k")][::5]
    refused = []
    for row in rows:
        body = gzip.decompress((SHARED / row["html"]).read_bytes())
        try:
            found = read(page(body, url=row["url"] or URL, fetched_at=datetime(2026, 11, 1, tzinfo=UTC)))
        except NotAnArticle as error:
            refused.append((row["id"], error.reason))
            continue
        assert found.headline
        assert found.date_fetched > FETCHED
    assert not refused


def test_a_page_on_which_trafilatura_fails_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **values: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(generic.trafilatura, "bare_extraction", fail)
    found = read(page(article(head=published("2022-09-08T06:29:07+02:00"))))
    assert all(paragraph in found.article_body for paragraph in PARAGRAPHS)
    assert "trafilatura failed" in caplog.text
