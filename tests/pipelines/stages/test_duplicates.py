import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from scrapy.crawler import Crawler

from archive.article import Article
from archive.errors import ArchiveAway, ArchiveFull
from pipelines.opened import archive_of
from pipelines.stages.duplicates import Duplicate, DuplicatesStage
from tests.pipelines.stages.conftest import TEXT

LATER = datetime(2022, 9, 8, 12, tzinfo=UTC)
OTHER = " ".join(
    f"{word}{number}" for number in range(8) for word in ("harvest", "river", "bakery", "violin", "moon")
)


async def pass_through(
    stage: DuplicatesStage, crawler: Crawler, *items: Article
) -> list[Article | BaseException]:
    """Send articles through the stage one after another, and each into the archive as soon as it came out."""

    async def keep(item: Article) -> Article:
        done = await stage.process_item(item)
        await archive_of(crawler).put([done])
        stage.kept(done)
        return done

    return await asyncio.gather(*(keep(item) for item in items), return_exceptions=True)


@pytest.mark.parametrize("together", [True, False])
async def test_a_second_address_of_an_outlet_is_a_duplicate(
    crawler: Crawler, article: Callable[..., Article], together: bool
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    items = [article(), article("http://www.a.example/ferry?print=1", TEXT + " Reporting by A. B.")]
    if together:
        first, second = await pass_through(stage, crawler, *items)
    else:
        (first,), (second,) = [await pass_through(stage, crawler, item) for item in items]
    if isinstance(first, Duplicate):  # together, either may be the first
        first, second = second, first
    assert isinstance(first, Article)
    assert isinstance(second, Duplicate)
    assert f"same text as {first.url}" in str(second)
    (other,) = await pass_through(stage, crawler, article("http://a.example/other", OTHER))
    assert isinstance(other, Article)
    assert other.copy_of is None
    archive_of(crawler).close()


async def test_nothing_is_a_duplicate_of_what_did_not_get_into_the_archive(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    first = await stage.process_item(article())
    second = asyncio.ensure_future(stage.process_item(article("http://a.example/ferry?print=1")))
    await asyncio.sleep(0.1)
    assert not second.done(), "it waits for what becomes of the first"
    stage.lost(first)
    assert (await second).url == "http://a.example/ferry?print=1"
    archive_of(crawler).close()


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("later_comes_first", [True, False])
async def test_the_later_of_two_outlets_is_the_copy(
    crawler: Crawler, article: Callable[..., Article], together: bool, later_comes_first: bool
) -> None:
    original, copy = article(), article("http://b.example/f", TEXT[:450], date_published=LATER)
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    order = [copy, original] if later_comes_first else [original, copy]
    if together:
        await pass_through(stage, crawler, *order)
    else:
        for item in order:
            await pass_through(stage, crawler, item)
    kept = archive.get(copy.id)
    assert kept is not None
    assert kept.copy_of is not None
    assert (kept.copy_of.article_id, kept.copy_of.overlap >= 0.8) == (original.id, True)
    kept_original = archive.get(original.id)
    assert kept_original is not None
    assert kept_original.copy_of is None
    archive.close()


async def test_the_same_article_again_keeps_its_mark(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    await pass_through(stage, crawler, article(), article("http://b.example/f", date_published=LATER))
    again = await stage.process_item(article("http://b.example/f", date_published=LATER))
    assert again.copy_of is not None
    assert again.copy_of.url == "http://a.example/ferry"
    assert (await stage.process_item(article())).copy_of is None
    archive_of(crawler).close()


async def test_the_whole_text_is_no_duplicate_of_the_part_that_came_first(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    words = " ".join(
        f"{word} {number}" for number in range(40) for word in ("harbour", "ferry", "nurse", "mail")
    )
    items = [
        article("http://a.example/part", words),
        article("http://a.example/whole", f"{words}\n\n{TEXT}"),
        article("http://a.example/part?print=1", f"{words} Reporting by A. B."),
    ]
    (part,), (whole,), (again,) = [await pass_through(stage, crawler, item) for item in items]
    assert isinstance(part, Article)
    assert isinstance(whole, Article)
    assert whole.copy_of is None
    assert isinstance(again, Duplicate)
    archive_of(crawler).close()


async def test_while_the_archive_is_away_articles_of_this_run_are_compared(
    crawler: Crawler, article: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    await pass_through(stage, crawler, article())

    def away(*_: object, **__: object) -> None:
        raise ArchiveAway("the server cannot be reached")

    monkeypatch.setattr(archive, "get", away)
    monkeypatch.setattr(archive, "near", away)
    (second,) = await pass_through(stage, crawler, article("http://a.example/ferry?print=1"))
    (copy,) = await pass_through(stage, crawler, article("http://b.example/f", date_published=LATER))
    (other,) = await pass_through(stage, crawler, article("http://a.example/other", OTHER))
    assert isinstance(second, Duplicate)
    assert isinstance(copy, Article)
    assert copy.copy_of is not None
    assert copy.copy_of.url == "http://a.example/ferry"
    assert isinstance(other, Article)
    assert crawler.stats.get_value("stage/duplicates/unchecked") == 3
    archive.close()


async def test_a_mark_that_the_archive_has_no_room_for_is_left_out(
    crawler: Crawler, article: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    await pass_through(stage, crawler, article("http://b.example/f", date_published=LATER))

    async def full(batch: list[Article]) -> None:
        raise ArchiveFull(f"no room for {len(batch)}")

    monkeypatch.setattr(archive, "put", full)
    original = article()
    assert await stage.process_item(original) is original
    archive.close()
