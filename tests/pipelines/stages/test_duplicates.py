from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from scrapy.crawler import Crawler

from archive.article import Article
from pipelines.opened import archive_of
from pipelines.stages.duplicates import Duplicate, DuplicatesStage
from tests.pipelines.stages.conftest import TEXT

LATER = datetime(2022, 9, 8, 12, tzinfo=UTC)
OTHER = " ".join(
    f"{word}{number}" for number in range(8) for word in ("harvest", "river", "bakery", "violin", "moon")
)


@pytest.mark.parametrize("archived", [True, False], ids=["archived", "on its way"])
async def test_a_second_address_of_an_outlet_is_a_duplicate(
    crawler: Crawler, article: Callable[..., Article], archived: bool
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    first = await stage.process_item(article())
    if archived:
        await archive_of(crawler).put([first])
        stage = DuplicatesStage.from_crawler(crawler)
    with pytest.raises(Duplicate, match="same text as http://a.example/ferry"):
        await stage.process_item(article("http://www.a.example/ferry?print=1", TEXT + " Reporting by A. B."))
    assert (await stage.process_item(article("http://a.example/other", OTHER))).copy_of is None
    archive_of(crawler).close()


@pytest.mark.parametrize("archived", [True, False], ids=["archived", "on its way"])
@pytest.mark.parametrize("later_comes_first", [True, False])
async def test_the_later_of_two_outlets_is_the_copy(
    crawler: Crawler, article: Callable[..., Article], archived: bool, later_comes_first: bool
) -> None:
    original, copy = article(), article("http://b.example/f", TEXT[:450], date_published=LATER)
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    for item in (copy, original) if later_comes_first else (original, copy):
        await stage.process_item(item)
        if archived:
            await archive.put([item])
    await archive.put([copy, original])
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
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    for item in (article(), article("http://b.example/f", date_published=LATER)):
        await archive.put([await stage.process_item(item)])
    again = await stage.process_item(article("http://b.example/f", date_published=LATER))
    assert again.copy_of is not None
    assert again.copy_of.url == "http://a.example/ferry"
    assert (await stage.process_item(article())).copy_of is None
    archive.close()


async def test_the_whole_text_is_no_duplicate_of_the_part_that_came_first(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = DuplicatesStage.from_crawler(crawler)
    words = " ".join(
        f"{word} {number}" for number in range(40) for word in ("harbour", "ferry", "nurse", "mail")
    )
    await stage.process_item(article("http://a.example/part", words))
    whole = await stage.process_item(article("http://a.example/whole", f"{words}\n\n{TEXT}"))
    assert whole.copy_of is None
    with pytest.raises(Duplicate):
        await stage.process_item(article("http://a.example/part?print=1", f"{words} Reporting by A. B."))
    archive_of(crawler).close()
