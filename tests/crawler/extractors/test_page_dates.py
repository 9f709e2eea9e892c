import pytest

from crawler.extractors import page_dates
from crawler.extractors.document import Document
from tests.crawler.extractors.pages import article, jsonld, page, published


def from_page(html: str, language: str, url: str = "http://tagblatt.example/x") -> str:
    document = Document(page(html, url=url))
    found = page_dates.published(document, language)
    if found.date is None:
        found = page_dates.from_text(document, language)
    return found.date.isoformat()[:16] if found.date else ""


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("19. August 2022, 8:00 Uhr", "de", "2022-08-19T06:00"),
        ("tirsdag den 16. august 2022 kl. 05.30", "da", "2022-08-16T03:30"),
        ("Frissítve: 2022. 08. 19. 16:42<br>Megjelent: 2022. 08. 19. 07:05", "hu", "2022-08-19T05:05"),
        ("19 августа 2022, 12:41 (МСК)", "ru", "2022-08-19T09:41"),
        ("الجمعة ١٩ أغسطس ٢٠٢٢ - ٠٩:٣٠ بتوقيت غرينتش", "ar", "2022-08-19T09:30"),
        ("中華民國111年8月19日 星期五", "zh", "2022-08-19T00:00"),
        ("2022年8月19日（金）", "ja", "2022-08-19T00:00"),
        ("جمعه ۲۸ مرداد ۱۴۰۱", "fa", "2022-08-19T00:00"),
        ("1660888800 Der Hafen<br>19. August 2022", "de", "2022-08-19T06:00"),
    ],
)
def test_days_and_times_of_lines(line: str, language: str, expected: str) -> None:
    assert from_page(article(before=f"<p>{line}</p>"), language) == expected


def test_the_time_of_the_same_day_completes_a_day() -> None:
    head = jsonld('{"@type": "NewsArticle", "datePublished": "2022-08-19"}') + published(
        "2022-08-19T07:30:00+00:00"
    )
    assert from_page(article(head=head), "de") == "2022-08-19T07:30"


def test_the_day_of_the_address_is_the_outlet_s() -> None:
    head = jsonld('{"@type": "NewsArticle", "datePublished": "2022-08-20T02:10:00Z"}')
    head += published("2022-08-19T20:10:00-06:00")
    found = page_dates.published(
        Document(page(article(head=head), url="http://x.example/2022/08/19/a")), "en"
    )
    assert found.raw == "2022-08-19T20:10:00-06:00"


def test_a_year_of_another_calendar_in_markup() -> None:
    head = jsonld('{"@type": "NewsArticle", "datePublished": "2565-08-19T14:05:00+07:00"}')
    assert from_page(article(head=head), "th") == "2022-08-19T07:05"


def here(html: str, language: str, url: str = "http://tagblatt.example/x") -> str:
    document = Document(page(html, url=url))
    found = page_dates.own_time(document, page_dates.published(document, language), language)
    return found.isoformat() if found else ""


@pytest.mark.parametrize(
    ("raw", "language", "url", "before", "expected"),
    [
        ("2022-08-19T02:10:00Z", "de", "/x", "", "2022-08-19T04:10:00+02:00"),  # the language has one clock
        ("2022-08-19T22:30:00+00:00", "de", "/x", "", "2022-08-20T00:30:00+02:00"),
        ("2022-08-19T22:30:00-04:00", "de", "/x", "", "2022-08-19T22:30:00-04:00"),  # the outlet says its own
        ("2022-08-19T02:10:00Z", "en", "/2022/08/18/x", "", "2022-08-18T23:10:00-03:00"),
        ("2022-08-19T12:10:00Z", "en", "/2022/08/18/x", "", "2022-08-19T12:10:00+00:00"),  # nowhere the 18th
        ("2022-08-19T02:10:00Z", "en", "/x", "Aug 18, 2022 / 7:10 PM PDT", "2022-08-18T19:10:00-07:00"),
        ("2022-08-19T02:10:00Z", "en", "/x", "August 18, 2022", "2022-08-18T23:10:00-03:00"),
        ("2022-08-19T02:10:00Z", "en", "/x", "August 19, 2022", "2022-08-19T02:10:00+00:00"),
        ("2022-08-19", "en", "/x", "", "2022-08-19T00:00:00+00:00"),
    ],
)
def test_the_outlet_s_own_clock(raw: str, language: str, url: str, before: str, expected: str) -> None:
    html = article(head=published(raw), before=f"<p>{before}</p>")
    assert here(html, language, f"http://x.example{url}") == expected


def test_the_clock_of_a_copy_of_the_wayback_machine() -> None:
    url = "https://web.archive.org/web/20220820104500/http://x.example/2022/08/19/a"
    bar = '<div id="wm-ipp-base"><p>20 Aug 2022</p></div>'
    html = article(before="<p>19. August 2022</p>").replace("<body>", f"<body>{bar}<p>20. August 2022</p>")
    assert from_page(html, "de", url) == "2022-08-19T00:00"
    assert here(article(head=published("2022-08-20T02:00:00Z")), "en", url) == "2022-08-19T23:00:00-03:00"


def test_month_and_day_are_those_that_the_page_shows() -> None:
    head = published("09/08/2022 12:43:42")
    assert from_page(article(head=head, before="<p>Erstellt am: 08.09.2022</p>"), "de") == "2022-09-08T12:43"
    assert from_page(article(head=head, before="<p>Erstellt am: 09.08.2022</p>"), "de") == "2022-08-09T12:43"


def test_dates_in_the_text_and_in_quoted_posts_are_not_the_article_s() -> None:
    sentence = "Der Hafen war lange geschlossen, und niemand wusste, wann er wieder öffnet. " * 5
    before = f"<p>{sentence}<b>Am 5. Mai 2019,</b> sagte er.</p><blockquote><p>12. März 2018</p></blockquote>"
    assert from_page(article(before=f"{before}<p>19. August 2022</p>"), "de") == "2022-08-19T00:00"
