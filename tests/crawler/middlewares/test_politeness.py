import logging
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request, Spider
from scrapy.core.downloader import Downloader
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred

from archive.clock import now
from crawler.middlewares.pauses import Pauses
from crawler.middlewares.politeness import Politeness, asked_delay
from crawler.settling import Ending, NotNow

AGENT = "Storytrail/0.1 (+https://example.org)"


class Bench:
    """The middleware with Scrapy's real downloader, which fetches nothing here."""

    def __init__(self, **settings: Any) -> None:
        settings = {"USER_AGENT": AGENT, "DOWNLOAD_DELAY": 5, "CRAWL_DELAY_MAX": 60, **settings}
        settings |= {"RETRY_AFTER_MAX": 3600, "TOO_MANY_REQUESTS_PAUSE": 30}
        settings |= {"DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"))}  # nothing is fetched
        self.crawler = cast("Any", get_crawler(Spider, settings_dict=settings))
        self.crawler._apply_settings()
        self.downloader = Downloader(self.crawler)
        engine = {"downloader": self.downloader, "running": True, "_slot": SimpleNamespace(closing=None)}
        self.crawler.engine = SimpleNamespace(**engine)
        self.told: list[tuple[Any, ...]] = []
        frontier = SimpleNamespace(slow=lambda *said: self.told.append(said), pause=self.slow_or_pause)
        self.crawler.spider = SimpleNamespace(frontier=frontier)
        self.politeness = Politeness.from_crawler(self.crawler)

    def slow_or_pause(self, host: str, until: datetime) -> None:
        self.told.append((host, round((until - now()).total_seconds())))

    def request(self, url: str) -> Request:
        """A request that is under way."""
        request = Request(url)
        self.politeness.process_request(request)
        request.meta["download_slot"], slot = self.downloader._get_slot(request)
        slot.active.add(request)
        self.downloader.active.add(request)
        return request

    def robots(self, rules: str, host: str = "a.example") -> None:
        parser = ProtegoRobotParser(f"User-agent: *\n{rules}\n".encode(), None)
        self.politeness.robots_parsed(parser, self.request(f"http://{host}/1"))

    def answer(self, url: str, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.politeness.response_downloaded(Response(url, status=status, headers=named), self.request(url))

    def left(self, host: str) -> int:
        """Seconds until Scrapy may send the host's next request, less its delay."""
        return round(self.downloader.slots[host].lastseen - monotonic())


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ("Crawl-delay: 7.5", 7.5),
        ("Request-rate: 1/10", 10),
        ("Request-rate: 2/1m 0100-0500", 30),
        ("Crawl-delay: 3\nRequest-rate: 1/2", 3),
        ("Crawl-delay: bald\nRequest-rate: 0/0", 0),
        ("Disallow: /intern/", 0),
    ],
)
def test_what_a_robots_txt_asks_for(rules: str, seconds: float) -> None:
    parser = ProtegoRobotParser(f"User-agent: *\n{rules}\n".encode(), None)
    assert asked_delay(parser, AGENT) == seconds


async def test_the_larger_delay_counts_and_new_slots_have_it_too() -> None:
    bench = Bench(DOWNLOAD_SLOTS={"b.example": {"delay": 20, "concurrency": 1}})
    bench.robots("Crawl-delay: 12")
    bench.robots("Crawl-delay: 12", "b.example")
    bench.robots("Crawl-delay: 2", "c.example")
    redirected = Request("http://d.example/", meta={"download_slot": "a.example"})
    bench.politeness.robots_parsed(ProtegoRobotParser(b"User-agent: *\nCrawl-delay: 30\n", None), redirected)
    bench.request("http://d.example/")
    assert {host: slot.delay for host, slot in bench.downloader.slots.items()} == {
        "a.example": 12,
        "b.example": 20,
        "c.example": 5,
        "d.example": 30,
    }
    bench.downloader.slots.clear()  # as Scrapy does with slots that are idle for a minute
    bench.request("http://a.example/2")
    assert bench.downloader.slots["a.example"].delay == 12
    assert bench.told == [("a.example", 12.0), ("d.example", 30.0)]
    assert bench.crawler.stats.get_value("politeness/crawl_delay") == 2


async def test_a_site_that_asks_for_too_much_is_named_and_gets_the_most(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    with caplog.at_level(logging.WARNING):
        bench.robots("Crawl-delay: 86400")
    assert bench.downloader.slots["a.example"].delay == 60
    assert caplog.messages == [
        "robots.txt of a.example asks for 86400 s between requests; CRAWL_DELAY_MAX allows 60"
    ]


async def test_pauses() -> None:
    bench = Bench()
    bench.answer("http://a.example/", 503, Retry_After="120")
    assert bench.left("a.example") == 120
    bench.answer("http://a.example/", 429, Retry_After="5")
    assert bench.left("a.example") == 120, "a pause is not cut short"
    bench.answer("http://b.example/", 503)
    assert bench.left("b.example") == 0
    bench.answer("http://b.example/", 404, Retry_After="50")
    assert bench.left("b.example") == 0
    bench.answer("http://c.example/", 429, Date="Thu, 08 Sep 2022 04:00:00 GMT", Retry_After="soon")
    assert bench.left("c.example") == 30
    bench.answer("http://c.example/", 429)
    assert bench.left("c.example") == 60
    assert bench.told == [("a.example", 120), ("a.example", 120), ("c.example", 30), ("c.example", 60)]
    assert bench.crawler.stats.get_value("politeness/retry_after") == 2
    assert bench.crawler.stats.get_value("politeness/paused_seconds") == 180


def test_the_pause_after_429_doubles_until_the_site_answers() -> None:
    pauses = Pauses(30, 3600)
    assert [pauses.refusal("a", 429) for _ in range(4)] == [30, 60, 120, 240]
    assert pauses.refusal("b", 429) == 30
    assert pauses.refusal("a", 200) == 0
    assert [pauses.refusal("a", 429) for _ in range(99)][-1] == 3600


async def test_for_too_long_a_pause_the_requests_are_given_back() -> None:
    bench = Bench()
    waiting = bench.request("http://a.example/2")
    answer: Deferred[Response] = Deferred()
    bench.downloader.slots["a.example"].queue.append((waiting, answer))
    bench.answer("http://a.example/1", 503, Retry_After="7200")
    with pytest.raises(NotNow) as refused:
        await answer
    assert timedelta(seconds=7190) < refused.value.until - datetime.now(UTC) <= timedelta(seconds=7200)
    assert not bench.downloader.slots["a.example"].queue
    with pytest.raises(NotNow, match="a.example asks to be left alone until "):
        bench.politeness.process_request(Request("http://a.example/3"))
    bench.politeness.process_request(Request("http://b.example/"))


async def test_paused_sites_take_half_of_the_room_at_most() -> None:
    bench = Bench(CONCURRENT_REQUESTS=8)
    for number in range(4):
        bench.answer(f"http://{number}.example/", 429, Retry_After="600")
    bench.politeness.process_request(Request("http://0.example/further"))
    bench.answer("http://brief.example/", 429, Retry_After="20")
    with pytest.raises(NotNow):
        bench.politeness.process_request(Request("http://0.example/further"))
    bench.politeness.process_request(Request("http://brief.example/further"))
    bench.politeness.process_request(Request("http://free.example/"))


@pytest.mark.parametrize(
    "end", [{"running": False}, {"_slot": SimpleNamespace(closing=True)}, {"_slot": None}]
)
async def test_nothing_is_sent_any_more_when_the_crawl_ends(end: dict[str, Any]) -> None:
    bench = Bench()
    waiting = bench.request("http://a.example/2")
    answer: Deferred[Response] = Deferred()
    bench.downloader.slots["a.example"].queue.append((waiting, answer))
    bench.answer("http://a.example/1", 429, Retry_After="60")
    vars(bench.crawler.engine).update(end)
    with pytest.raises(Ending):
        bench.politeness.process_request(Request("http://b.example/"))
    bench.politeness._watch_for_the_end()
    with pytest.raises(Ending):
        await answer
