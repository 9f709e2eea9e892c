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
