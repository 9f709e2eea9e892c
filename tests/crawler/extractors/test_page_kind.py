"""What is no article, and how much of one a page gives; pages of our own making."""

import json

import pytest

from crawler.extractors import NotAnArticle, read
from crawler.extractors.errors import REASONS
from crawler.extractors.words import by_language
from tests.crawler.extractors.pages import HEADLINE, PARAGRAPHS, TEXT, article, jsonld, page, published


def reason(html: str | bytes, url: str = "http://tagblatt.example/politik/haefen", **fields: object) -> str:
    with pytest.raises(NotAnArticle) as error:
        read(page(html, url=url, **fields))  # type: ignore[arg-type]
    assert error.value.reason in REASONS
    return error.value.reason


def simple(title: str, text: str, body: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p>{body}</body></html>"


CONSENT = {
    "en": (
        "Before you continue",
        "We and our partners use cookies and process personal data. Accept all or manage consent.",
    ),
    "de": (
        "Ihre Privatsphäre",
        "Wir und unsere Partner nutzen Cookies. Zustimmung für personenbezogene Daten. Alle akzeptieren.",
    ),
    "fr": (
        "Nous respectons votre vie privée",
        "Avec nos partenaires, nous utilisons des cookies. Votre consentement. Tout accepter.",
    ),
    "es": (
        "Valoramos tu privacidad",
        "Nosotros y nuestros socios usamos cookies y datos personales con su consentimiento. Aceptar todo.",
    ),
    "ru": (
        "Ваша конфиденциальность",
        "Мы и наши партнёры используем файлы cookie. Нужно ваше согласие. Принять все.",
    ),
    "ko": ("개인정보 보호", "당사와 파트너는 쿠키를 사용합니다. 개인정보 처리에 동의해 주세요. 모두 동의"),
}


@pytest.mark.parametrize("language", CONSENT)
def test_consent_walls(language: str) -> None:
    title, text = CONSENT[language]
    assert reason(simple(title, text)) == "consent_wall"


def test_a_consent_wall_that_keeps_the_article_s_markup() -> None:
    head = published("2022-09-08T06:29:07+02:00") + f'<meta property="og:title" content="{HEADLINE}">'
    html = article(head=head, paragraphs=[CONSENT["de"][1] + " Einwilligung, Tracking und Zwecke."])
    assert reason(html) == "consent_wall"


def test_a_consent_address() -> None:
    html = simple("Tagblatt", "Bitte treffen Sie eine Wahl, um die Seite zu lesen.")
    assert reason(html, url="http://consent.tagblatt.example/v2?to=x") == "consent_wall"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Just a moment...", '<script src="/cdn-cgi/challenge-platform/x.js"></script>'),
        ("Access denied", ""),
        ("tagblatt.example", '<iframe src="https://geo.captcha-delivery.com/captcha/"></iframe>'),
    ],
)
def test_bot_walls(title: str, body: str) -> None:
    assert reason(simple(title, "Enable JavaScript.", body)) == "bot_wall"


def test_login_walls() -> None:
    form = '<form><input name="user"><input type="password"></form>'
    assert reason(simple("Anmelden", "Bitte geben Sie Ihr Kennwort ein.", form)) == "login_wall"
    assert (
        reason(simple("Tagblatt", "Willkommen zurück.", form), url="http://tagblatt.example/login?to=1")
        == "login_wall"
    )


@pytest.mark.parametrize("language", sorted(by_language()))
def test_soft_404s_in_every_language(language: str) -> None:
    for words in by_language()[language]["not_found"]:
        assert reason(simple(words.capitalize(), "…", "<a href='/'>Start</a>")) == "soft_404"


def test_a_404_with_its_status_and_texts_that_only_mention_it() -> None:
    assert reason(article(), status=404) == "soft_404"
    long = article(paragraphs=["Peugeot 404 nicht gefunden. " + PARAGRAPHS[0], *PARAGRAPHS[1:]])
    assert read(
        page(long.replace(HEADLINE, "Der Peugeot 404 rollt nach fünfzig Jahren wieder"), headers={})
    ).article_body


def teasers(number: int) -> str:
    return "".join(
        f'<div><h2><a href="/politik/{index}">Schlagzeile Nummer {index} über ein anderes Ereignis</a></h2>'
        f"<p>Ein kurzer Anriss mit Folge {index}.</p></div>"
        for index in range(number)
    )


def test_index_pages() -> None:
    html = f"<html lang=de><title>Politik - Tagblatt</title><body><h1>Politik</h1>{teasers(30)}</body></html>"
    assert reason(html, url="http://tagblatt.example/politik/") == "index_page"
    assert reason(html, url="http://tagblatt.example/") == "index_page"
    listed = jsonld(json.dumps({"@type": "CollectionPage", "name": "Politik"}))
    assert (
        reason(html.replace("<h1>", listed + "<h1>"), url="http://tagblatt.example/politik/") == "index_page"
    )


def test_an_article_among_many_teasers_is_one() -> None:
    assert (
        read(
            page(article(after=f"<aside>{teasers(40)}</aside>"), url="http://tagblatt.example/p/haefen")
        ).headline
        == HEADLINE
    )


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"%PDF-1.7 ...", ""),
        (b"\x89PNG\r\n\x1a\n....", ""),
        (b"<html></html>", "application/pdf"),
        (b'{"id": 1}', "text/html"),
        (b'<?xml version="1.0"?>\n<rss version="2.0"><channel></channel></rss>', "text/html"),
        (b"just words", "text/html"),
        (b"", "text/html"),
    ],
)
def test_what_is_not_html(body: bytes, header: str) -> None:
    assert reason(body, headers={"content-type": header}) == "not_html"


def test_a_page_without_text() -> None:
    assert (
        reason("<html><head><title>Video</title></head><body><video src='/x.mp4'></video></body></html>")
        == "no_text"
    )


def paid(**more: object) -> str:
    return jsonld(
        json.dumps(
            {
                "@type": "NewsArticle",
                "headline": HEADLINE,
                "datePublished": "2022-09-08",
                "isAccessibleForFree": False,
                **more,
            }
        )
    )


def test_paywall() -> None:
    found = read(page(article(head=paid(), paragraphs=PARAGRAPHS[:1])))
    assert (found.access, found.is_accessible_for_free) == ("paywall", False)
    assert found.article_body == PARAGRAPHS[0]


def test_a_paid_article_that_is_all_there_is_full() -> None:
    words = len(TEXT.split())
    assert read(page(article(head=paid(wordCount=words)))).access == "full"
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid"}
    html = article(head=paid(hasPart=part), after='<div class="paid"></div>')
    assert read(page(html)).access == "paywall"


def test_a_paywall_known_by_its_words() -> None:
    html = article(
        paragraphs=[PARAGRAPHS[0]], after="<p>Jetzt weiterlesen mit dem Tagblatt-Abo, vier Wochen lang.</p>"
    )
    assert read(page(html)).access == "paywall"


def test_teasers() -> None:
    cut = PARAGRAPHS[0].rsplit(" ", 4)[0] + " …"
    assert read(page(article(paragraphs=[cut]))).access == "teaser"
    summary = jsonld(
        json.dumps(
            {
                "@type": "NewsArticle",
                "headline": HEADLINE,
                "datePublished": "2022-09-08",
                "description": PARAGRAPHS[2],
            }
        )
    )
    found = read(page(f"<html lang=de><head>{summary}</head><body><div id=player></div></body></html>"))
    assert (found.access, found.article_body) == ("teaser", PARAGRAPHS[2])


def test_a_page_about_the_outlet_is_no_article() -> None:
    imprint = simple("Wer wir sind", "Das Tagblatt erscheint seit 1871 und gehört den Leuten, die es machen.")
    assert reason(imprint, url="http://tagblatt.example/ueber-uns") == "no_text"


def test_a_short_list_of_linked_headings_is_an_index() -> None:
    teasers = "".join(
        f'<h2><a href="/politik/{name}">{name} legt im Hafen an und fährt wieder</a></h2><p>{text}</p>'
        for name, text in (("Aurora", "Der Frachter bringt Mais."), ("Borealis", "Der Tanker bringt nichts."))
    )
    page_of_topic = (
        f"<html><title>Alles über Häfen</title><body><h1>Alles über Häfen</h1>{teasers}</body></html>"
    )
    assert reason(page_of_topic, url="http://tagblatt.example/thema/haefen") == "index_page"


def test_a_short_notice_at_an_article_address_stays_an_article() -> None:
    notice = simple(HEADLINE, PARAGRAPHS[0])
    assert read(page(notice, url="http://tagblatt.example/2022/09/hafen-oeffnet")).article_body
