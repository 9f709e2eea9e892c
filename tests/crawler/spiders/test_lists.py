"""Lists that are not read, on a ledger of their own; reading them is tried in tests/crawl."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from twisted.python.failure import Failure

from archive.clock import now
from archive.errors import LedgerError
from crawler import settings as project
from crawler.ledger_records import Evidence, Poll, Work
from crawler.settling import NotNow
from crawler.spiders.feeds import FeedsSpider
from tests.crawler.test_frontier import frontier_at

FEED = Poll(url="http://a.example/feed", kind="feed", source="a")
SOURCES = (
    "sources:\n  - {name: a, publisher: A, country: DE, languages: [de], feeds: ['http://a.example/feed']}\n"
)


@pytest.fixture
async def spider(tmp_path: Path) -> AsyncIterator[FeedsSpider]:
    """A spider that has asked the ledger for nothing yet."""
    file = tmp_path / "sources.yml"
    file.write_text(SOURCES, encoding="utf-8")
    given = {name: getattr(project, name) for name in dir(project) if name.isupper()}
    crawler: Any = Crawler(FeedsSpider, given | {"STATE_DIR": str(tmp_path), "DOWNLOAD_DELAY": 0.0})
    made = FeedsSpider.from_crawler(crawler, sources=str(file))
    crawler.stats = MemoryStatsCollector(crawler)
    await made.frontier.open()
    yield made
    await made.frontier.close("finished")


async def asked(spider: FeedsSpider) -> list[Request]:
    spider.wish(FEED)
    return [request async for request in spider.ask_lists()]


@pytest.mark.parametrize(("wait", "waits"), [(timedelta(minutes=2), True), (timedelta(hours=2), False)])
async def test_a_run_waits_for_no_list_whose_host_stays_away_for_long(
    spider: FeedsSpider, tmp_path: Path, wait: timedelta, waits: bool
) -> None:
    other = frontier_at(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path)
    await other.open()
    await other.admit("a.example", "a page")
    other.pause("a.example", now() + wait)
    await other.close("finished")
    assert await asked(spider) == []
    assert (spider.lists_at() is not None) == waits
    assert spider.may_end() != waits


async def test_a_list_whose_reading_fails_gives_its_host_back(
    spider: FeedsSpider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    (request,) = await asked(spider)
    monkeypatch.setattr("crawler.spiders.lists._read", fail)
    with pytest.raises(RuntimeError):
        await spider.parse_list(Response(FEED.url, request=request), FEED)
    assert not spider.frontier._turns.holds("a.example")
    assert spider.may_end()


async def test_a_list_that_cannot_be_written_ends_the_crawl(
    spider: FeedsSpider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise LedgerError("the ledger is locked")

    (request,) = await asked(spider)
    monkeypatch.setattr(spider.frontier, "note_poll", refuse)
    body = b"<rss version='2.0'><channel></channel></rss>"
    await spider.parse_list(Response(FEED.url, body=body, request=request), FEED)
    assert spider.frontier.broken == "the ledger is locked"


async def test_a_check_that_is_under_way_at_the_end_is_counted_as_nobodys(spider: FeedsSpider) -> None:
    await spider.frontier.announce([Work(url="http://a.example/1")])
    (lease,) = await spider._take()
    await spider.frontier.settle(lease, "archived", evidence=Evidence(due_at=now()))
    spider._take_after = 0.0
    (check,) = await spider._take()
    assert check.check
    assert await spider._take() == [], "leases were taken a moment ago"
    assert spider.frontier.more_at is not None, "and are asked for again in a moment"
    await spider._close("shutdown")
    assert spider.crawler.stats.get_value("ledger/leased_elsewhere") == 0
    assert spider.crawler.stats.get_value("ledger/pending") == 0


async def test_a_page_given_back_takes_nothing_of_the_budget(spider: FeedsSpider) -> None:
    spider.args = spider.args.model_copy(update={"max_requests": 1})
    await spider.frontier.announce([Work(url=f"http://{name}.example/1") for name in "ab"])
    (lease,) = await spider._take()
    assert await spider._take() == []
    refused = NotNow("a.example asks to be left alone", now() + timedelta(hours=2))
    failure = Failure(refused)  # type: ignore[no-untyped-call]
    failure.request = spider._request(lease)  # type: ignore[attr-defined]
    assert [article async for article in spider.fetch_failed(failure)] == []
    (other,) = await spider._take()
    assert other.host != lease.host
