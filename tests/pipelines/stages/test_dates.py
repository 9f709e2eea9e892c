from collections.abc import Callable
from datetime import UTC, datetime

from scrapy.crawler import Crawler

from archive.article import Article
from pipelines.stages.dates import DatesStage

ANNOUNCED = datetime(2022, 9, 7, tzinfo=UTC)


def test_dates_that_can_be_true_stay(crawler: Crawler, article: Callable[..., Article]) -> None:
    item = article(date_modified=datetime(2022, 9, 8, 9, tzinfo=UTC))
    DatesStage.from_crawler(crawler).process_item(item)
    assert item.date_published == datetime(2022, 9, 8, 4, tzinfo=UTC)
    assert item.date_modified == datetime(2022, 9, 8, 9, tzinfo=UTC)


def test_nonsense_is_cleared_and_the_announced_date_steps_in(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    item = article(
        date_published=datetime(2031, 1, 1, tzinfo=UTC),
        date_modified=datetime(1970, 1, 1, tzinfo=UTC),
        date_announced=ANNOUNCED,
    )
    DatesStage.from_crawler(crawler).process_item(item)
    assert (item.date_published, item.date_published_source, item.date_modified) == (ANNOUNCED, "feed", None)
    assert crawler.stats.get_value("stage/dates/implausible") == 2


def test_a_change_long_before_publication_is_nonsense(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    item = article(date_modified=datetime(2020, 1, 1, tzinfo=UTC))
    DatesStage.from_crawler(crawler).process_item(item)
    assert item.date_modified is None


def test_an_article_without_any_date_is_counted(crawler: Crawler, article: Callable[..., Article]) -> None:
    item = article(date_published=None)
    DatesStage.from_crawler(crawler).process_item(item)
    assert item.date_published is None
    assert crawler.stats.get_value("stage/dates/none") == 1
