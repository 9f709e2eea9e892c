import asyncio
from collections.abc import Callable

import pytest
from scrapy.crawler import Crawler

from archive.article import Article
from archive.base import PutResult
from archive.errors import ArchiveFull
from pipelines.opened import archive_of
from pipelines.stages import store
from pipelines.stages.store import NotKept, Refused, StoreStage


async def test_articles_are_kept_when_they_come_out(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage, archive = StoreStage.from_crawler(crawler), archive_of(crawler)
    items = [article(f"http://a.example/{number}") for number in range(70)]
    await asyncio.gather(*(stage.process_item(item) for item in items))
    assert archive.count() == 70
    await stage.process_item(items[0])
    assert crawler.stats.get_value("stage/store/stored") == 70
    assert crawler.stats.get_value("stage/store/unchanged") == 1
    await stage.close_spider()


async def test_a_refused_article_is_dropped_by_name(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = StoreStage.from_crawler(crawler)
    with pytest.raises(Refused):
        await stage.process_item(article(id="no id"))
    assert crawler.stats.get_value("stage/store/refused") == 1
    await stage.close_spider()


async def test_a_failing_archive_fails_each_waiting_article(
    crawler: Crawler, article: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, archive = StoreStage.from_crawler(crawler), archive_of(crawler)

    async def fails(batch: list[Article]) -> list[PutResult]:
        raise OSError(f"no room for {len(batch)}")

    monkeypatch.setattr(archive, "put", fails)
    items = [article(f"http://a.example/{number}") for number in range(3)]
    results = await asyncio.gather(*(stage.process_item(item) for item in items), return_exceptions=True)
    assert [str(result) for result in results] == ["no room for 3"] * 3
    await stage.close_spider()


@pytest.fixture
def full(crawler: Crawler, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """While it holds something the archive is full; the crawl goes on."""
    rounds = [1]
    put = archive_of(crawler).put

    async def put_if_there_is_room(batch: list[Article]) -> list[PutResult]:
        if rounds:
            raise ArchiveFull("the spool is full: bring the server back, or allow a larger spool")
        return await put(batch)

    monkeypatch.setattr(archive_of(crawler), "put", put_if_there_is_room)
    monkeypatch.setattr(store, "PAUSE", 0.05)
    crawler.crawling = True
    return rounds


async def test_an_article_waits_until_a_full_archive_has_room(
    crawler: Crawler, article: Callable[..., Article], full: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    stage = StoreStage.from_crawler(crawler)
    items = [article(f"http://a.example/{number}") for number in range(3)]
    waiting = [asyncio.ensure_future(stage.process_item(item)) for item in items]
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in waiting)
    full.clear()
    assert await asyncio.gather(*waiting) == items
    assert crawler.stats.get_value("stage/store/stored") == 3
    assert crawler.stats.get_value("stage/store/paused") == 1
    assert [record.getMessage().rpartition("; ")[2] for record in caplog.records] == [
        "the crawl pauses until then"
    ]
    await stage.close_spider()


async def test_a_crawl_that_is_stopped_does_not_wait_for_room(
    crawler: Crawler, article: Callable[..., Article], full: list[int]
) -> None:
    stage = StoreStage.from_crawler(crawler)
    waiting = asyncio.ensure_future(stage.process_item(article()))
    await asyncio.sleep(0.2)
    crawler.crawling = False
    with pytest.raises(NotKept):
        await waiting
    assert full, "there is still no room"
    assert crawler.stats.get_value("stage/store/refused") is None
    await stage.close_spider()
