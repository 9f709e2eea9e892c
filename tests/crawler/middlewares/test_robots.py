from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from archive.article import Article
from archive.clock import now
from crawler.middlewares.pauses import left_alone
from crawler.middlewares.robots import RobotsTxt, refused_by_page
from crawler.settling import NotNow

PAGE = Request("http://a.example/intern/1")


def middleware(*answers: Response | Exception) -> tuple[RobotsTxt, list[str]]:
    """The middleware of a crawl whose requests for robots.txt get these answers."""
    crawler: Any = get_crawler(Spider, settings_dict={"ROBOTSTXT_OBEY": True})
    crawler._apply_settings()
    coming, asked = iter(answers), list[str]()

    async def download_async(request: Request) -> Response:
        asked.append(request.url)
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    crawler.engine = SimpleNamespace(download_async=download_async)
    return RobotsTxt.from_crawler(crawler), asked


def robots_txt(status: int = 200) -> Response:
    return Response("http://a.example/robots.txt", status=status, body=b"User-agent: *\nDisallow: /intern/\n")


@pytest.mark.parametrize("status", [429, 503, 0])
async def test_a_host_that_says_later_is_closed_until_then(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks_for_a_pause = left_alone("a.example", now() + timedelta(hours=2))
    robots, asked = middleware(robots_txt(status) if status else asks_for_a_pause, robots_txt())
    paused: dict[str, Any] = {}
    spider: Any = SimpleNamespace(frontier=SimpleNamespace(pause=paused.__setitem__))
    robots.crawler.spider = spider
    for _ in range(2):
        with pytest.raises(NotNow) as refused:
            await robots.process_request(PAGE)
    assert len(asked) == 1
    assert refused.value.until > now() + timedelta(minutes=119)
    assert paused == {"a.example": refused.value.until}, "no other page of the host is taken until then"
    monkeypatch.setattr("crawler.middlewares.robots.now", lambda: refused.value.until)
    with pytest.raises(IgnoreRequest, match=r"Forbidden by robots\.txt"):
        await robots.process_request(PAGE)
    assert len(asked) == 2


async def test_a_host_without_robots_txt_is_open() -> None:
    robots, _ = middleware(Response("http://a.example/robots.txt", status=404), OSError("away"))
    await robots.process_request(PAGE)
    await robots.process_request(Request("http://b.example/"))


@pytest.mark.parametrize(
    ("said", "obeyed", "reason"),
    [
        (["noarchive"], True, "noarchive"),
        (["nofollow", "nocache"], True, "noarchive"),
        (["noarchive"], False, ""),
        (["noindex", "none", "max-snippet:-1"], True, ""),
        ([], True, ""),
    ],
)
def test_directives_of_a_page_count_if_they_are_to(said: list[str], obeyed: bool, reason: str) -> None:
    settings: Any = get_crawler(Spider, settings_dict={"OBEY_NOARCHIVE": obeyed}).settings
    assert refused_by_page(Article(id="a", url="http://a.example/", robots=said), settings) == reason
