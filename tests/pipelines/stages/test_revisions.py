import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

from scrapy.crawler import Crawler

from archive.article import Article
from archive.errors import ArchiveAway
from pipelines.opened import archive_of
from pipelines.stages.duplicates import DuplicatesStage
from pipelines.stages.revisions import RevisionsStage
from tests.pipelines.stages.conftest import TEXT

LATER = datetime(2022, 9, 10, tzinfo=UTC)


async def test_a_changed_article_says_what_changed(crawler: Crawler, article: Callable[..., Article]) -> None:
    stage, archive = RevisionsStage.from_crawler(crawler), archive_of(crawler)
    first = await stage.process_item(article())
    assert (first.revision, first.changes) == (0, [])
    await archive.put([first])
    again = await stage.process_item(article(date_fetched=LATER))
    assert (again.revision, again.changes) == (0, [])
    changed = await stage.process_item(
        article(text=TEXT.replace("eleven", "“at least eleven”"), headline="New", date_fetched=LATER)
    )
    assert (changed.revision, [one.kind for one in changed.changes]) == (1, ["headline", "quote_added"])
    (result,) = await archive.put([changed])
    kept = archive.get(changed.id)
    assert kept is not None
    assert (result.revision, kept.changes) == (1, changed.changes)
    stats = crawler.stats.get_stats()
    counted = {name: count for name, count in stats.items() if name.startswith("stage/revisions")}
    assert counted == {"stage/revisions/headline": 1, "stage/revisions/quote_added": 1}
    archive.close()


async def test_while_the_server_is_away_nothing_is_compared(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    class Away:
        def get(self, article_id: str) -> Article:
            raise ArchiveAway("no server")

    item = await RevisionsStage(crawler, Away()).process_item(article())  # type: ignore[arg-type]
    assert (item.revision, item.changes) == (0, [])
    assert crawler.stats.get_value("stage/revisions/unchecked") == 1


async def test_a_known_article_is_no_duplicate_of_what_repeats_it(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    """The outlet has a longer article by now that holds the text: what becomes of the first still counts."""
    stage, archive = DuplicatesStage.from_crawler(crawler), archive_of(crawler)
    longer = article("http://a.example/more", TEXT + " What is more, the pier is closed." * 9)
    await archive.put([article(), longer])
    changed = article(text=TEXT.replace("October", "November"), date_fetched=LATER)
    assert await stage.process_item(changed) is changed
    kept = archive.get(changed.id)
    assert kept is not None
    gone = dataclasses.replace(kept, date_unpublished=LATER)
    assert await stage.process_item(gone) is gone
    archive.close()
