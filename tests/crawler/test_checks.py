import pytest
from scrapy.http import Response

from crawler.checks import leads_to_front_page
from crawler.ledger_records import Lease, Work


@pytest.mark.parametrize(
    ("page", "led_to", "gone"),
    [
        ("http://www.a.example/politik/1", "http://www.a.example/", True),
        ("http://sport.a.example/1", "http://www.a.example/?utm_source=x", True),
        ("http://www.a.example/politik/1", "http://www.a.example/politik/1", False),
        ("http://www.a.example/politik/1", "http://www.a.example/?consent=1", False),
        ("http://www.a.example/politik/1", "http://consent.example/", False),
        ("http://www.a.example/", "http://www.a.example/", False),
    ],
)
def test_only_the_outlets_own_front_page_says_that_a_page_is_gone(page: str, led_to: str, gone: bool) -> None:
    lease = Lease(id=1, key=page, owner="", attempt=1, host="", work=Work(url=page), check=True)
    assert leads_to_front_page(Response(led_to), lease) == gone
