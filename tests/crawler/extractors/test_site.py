"""Layouts: which one reads a page, what it takes and leaves out, and what happens where none fits."""

import logging
from datetime import UTC, date, datetime
from types import ModuleType

import pytest

import crawler.extractors as package
from archive.article import Article
from crawler.extractors import NotAnArticle, read
from crawler.extractors.site import Layout, LayoutError, extractor, skeleton
from tests.crawler.extractors.pages import CAPTION, HEADLINE, PARAGRAPHS, TEXT, URL, page

TEASER = "Nebenan streiten zwei Brücken seit Jahren um denselben Fluss, und niemand will nachgeben."
JAPANESE = [
    "港の古い倉庫が今月、地元の人々の手で図書館に生まれ変わった。棚は漁船の廃材で作られ、窓からは灯台が見える。",
    "館長の小林さんは「子どもたちが網のにおいの中で本を読む」と笑う。貸し出しは月曜を除く毎日で、日曜は夜九時まで開いている。",
    "町は来年、二階に船の模型を並べる予定だ。模型は元漁師たちが冬の間に少しずつ作り、名前を底に書いている。",
]
LAYOUTS = (
    Layout(
        since=date(2024, 1, 1),
        body=".story > p, .story > h2",
        standfirst=".lead",
        drop=".box, .story i",
        headline=".head b",
        authors=".by a",
        published=".by time",
        section=".crumb a",
    ),
    Layout(since=date(2015, 1, 1), body="#old"),
)


def html(body: str, *, head: str = "", lang: str = "de") -> str:
    return (
        f'<html lang="{lang}"><head><title>{HEADLINE}</title>{head}</head><body><h1>{HEADLINE}</h1>'
        f"{body}<div class='more'><p>{TEASER}</p><p>{TEASER[::-1]}</p></div></body></html>"
    )


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def by(layouts: tuple[Layout, ...], text: str, **fields: object) -> Article:
    return extractor("tagblatt_example", layouts)(page(text, **fields)).article


@pytest.fixture
def as_site(monkeypatch: pytest.MonkeyPatch) -> None:
    site = extractor("tagblatt_example", LAYOUTS)
    monkeypatch.setattr(package, "_registry", lambda: {"tagblatt.example": site})


@pytest.mark.parametrize(("texts", "lang"), [(PARAGRAPHS, "de"), (JAPANESE, "ja")])
def test_only_the_body_is_read(texts: list[str], lang: str) -> None:
    article = by(LAYOUTS, html(f'<div class="story">{paragraphs(texts)}</div>', lang=lang))
    assert article.article_body == "\n\n".join(texts)
    assert (article.extractor, article.in_language) == ("tagblatt_example", lang)


def test_parts_of_the_body_keep_the_order_of_the_page() -> None:
    first, second, third = PARAGRAPHS
    story = f"<p>{first}</p><h2>Lotsen üben</h2><span>Anzeige</span><p>{second}</p><p>{third}</p>"
    text = by(LAYOUTS, html(f'<div class="story">{story}</div>')).article_body
    assert text.split("\n\n") == [first, "Lotsen üben", second, third]


def test_dropped_elements_leave_the_sentence_around_them() -> None:
    first = PARAGRAPHS[0].replace("Das erste", "<i>Werbung</i>Das erste")
    box = f'<div class="box"><p>{TEASER}</p></div>'
    story = f'<div class="story"><p>{first}</p>{box}{paragraphs(PARAGRAPHS[1:])}</div>'
    assert by(LAYOUTS, html(story)).article_body == TEXT


def test_fields_by_selector() -> None:
    fields = (
        '<div class="crumb"><a>Häfen</a></div><div class="head"><i>Kicker</i><b>Zwei Häfen öffnen</b></div>'
        '<div class="by"><a>Jale Öztürk</a> | <a>Pia Krull |</a> <a>Jale Öztürk</a>'
        '<time datetime="2022-09-08T07:30:00+02:00">heute</time></div>'
    )
    article = by(LAYOUTS, html(f'{fields}<div class="story">{paragraphs(PARAGRAPHS)}</div>'))
    assert article.headline == "Zwei Häfen öffnen"
    assert article.authors == ["Jale Öztürk", "Pia Krull"]
    assert article.article_section == "Häfen"
    assert article.date_published == datetime(2022, 9, 8, 5, 30, tzinfo=UTC)
    assert (article.date_published_raw, article.date_published_source) == (
        "2022-09-08T07:30:00+02:00",
        "time",
    )


def test_what_no_selector_finds_is_the_generic_extractors() -> None:
    head = '<meta name="author" content="Olena Werba"><meta property="article:section" content="Wirtschaft">'
    head += '<meta property="article:published_time" content="2022-09-07T10:00:00Z">'
    article = by(LAYOUTS, html(f'<div class="story">{paragraphs(PARAGRAPHS)}</div>', head=head))
    assert (article.headline, article.authors) == (HEADLINE, ["Olena Werba"])
    assert article.article_section == "Wirtschaft"
    assert article.date_published == datetime(2022, 9, 7, 10, tzinfo=UTC)


def test_the_standfirst_is_the_first_paragraph() -> None:
    lead = "Odessa. Nach Monaten fährt wieder Getreide,<br>und die Lotsen haben viel zu tun."
    body = f'<div class="lead">{lead}</div><div class="story">{paragraphs(PARAGRAPHS)}</div>'
    standfirst = "Odessa. Nach Monaten fährt wieder Getreide, und die Lotsen haben viel zu tun."
    description = standfirst.removeprefix("Odessa. ")
    for head in ("", f'<meta name="description" content="{description}">'):
        assert by(LAYOUTS, html(body, head=head)).article_body == f"{standfirst}\n\n{TEXT}"


def test_pictures_of_the_page_stay() -> None:
    figure = f'<figure><img src="/hafen.jpg"><figcaption>{CAPTION}</figcaption></figure>'
    article = by(
        (Layout(since=date(2020, 1, 1), body=".story"),),
        html(f'<div class="story">{figure}{paragraphs(PARAGRAPHS)}</div>'),
    )
    assert article.article_body == TEXT
    assert [image.caption for image in article.images] == [CAPTION]


def test_a_body_named_paywall_is_read() -> None:
    story = f'<div class="story paywall"><div class="paywall">{paragraphs(PARAGRAPHS)}</div></div>'
    assert by((Layout(since=date(2020, 1, 1), body=".story"),), html(story)).article_body == TEXT


@pytest.mark.parametrize(("published", "expected"), [("2016-03-01", "alt"), ("2024-03-01", "neu")])
def test_the_day_of_publication_chooses_the_layout(published: str, expected: str) -> None:
    both = "".join(
        f'<div id="{name}"><p>Das ist {name}.</p>{paragraphs(PARAGRAPHS)}</div>' for name in ("alt", "neu")
    )
    layouts = (Layout(since=date(2024, 1, 1), body="#neu"), Layout(since=date(2015, 1, 1), body="#alt"))
    head = f'<meta property="article:published_time" content="{published}T10:00:00Z">'
    article = by(layouts, html(both, head=head), fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert f"Das ist {expected}." in article.article_body


def test_the_day_of_the_fetch_chooses_where_the_page_has_none() -> None:
    layouts = (Layout(since=date(2022, 9, 11), body="#neu"), Layout(since=date(2015, 1, 1), body="#alt"))
    both = f'<div id="neu">{paragraphs(PARAGRAPHS)}</div><div id="alt">{paragraphs(PARAGRAPHS[:2])}</div>'
    assert by(layouts, html(both)).article_body == "\n\n".join(PARAGRAPHS[:2])


def test_another_layout_is_tried_where_the_first_has_no_or_little_text() -> None:
    for newest in ("", '<div class="story"><p>Mehr dazu in Kürze.</p></div>'):
        text = by(LAYOUTS, html(f'{newest}<div id="old">{paragraphs(PARAGRAPHS)}</div>'))
        assert text.article_body == TEXT


def test_no_layout_fits() -> None:
    with pytest.raises(LayoutError, match="none of 2 layouts of tagblatt.example"):
        by(LAYOUTS, html(f"<article>{paragraphs(PARAGRAPHS)}</article>"))


@pytest.mark.usefixtures("as_site")
def test_a_failure_is_recorded_and_the_generic_result_given(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "crawler.extractors"):
        article = read(page(html(f"<article>{paragraphs(PARAGRAPHS)}</article>")))
    assert article.extractor == "generic (tagblatt_example failed)"
    assert PARAGRAPHS[0] in article.article_body
    (record,) = caplog.records
    assert "tagblatt_example" in record.getMessage()
    assert URL in record.getMessage()
    assert record.exc_info is None


@pytest.mark.usefixtures("as_site")
def test_a_page_that_is_no_article_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotAnArticle):
        read(page("<html><body><p>Kurz.</p></body></html>"))
    assert caplog.records == []


def test_two_claims_on_a_host_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler.extractors import sites

    monkeypatch.setattr(sites.golem_de, "SITES", ("reuters.com",))
    package._registry.cache_clear()
    with pytest.raises(RuntimeError, match=r"claim reuters.com; the second is sites/reuters_com.py"):
        package._registry()
    package._registry.cache_clear()


def test_skeleton_is_a_module_that_reads() -> None:
    module = ModuleType("new")
    exec(skeleton("tagblatt.example"), module.__dict__)
    assert module.SITES == ("tagblatt.example",)
    story = f"<article>{paragraphs(PARAGRAPHS)}<aside><p>{TEASER}</p></aside></article>"
    assert by(module.LAYOUTS, html(story)).article_body == TEXT
