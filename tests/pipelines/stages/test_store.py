import asyncio
from collections.abc import Callable

import pytest
from scrapy.crawler import Crawler

from archive.article import Article
from archive.base import PutResult
from pipelines.opened import archive_of
from pipelines.stages.store import Refused, StoreStage


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
