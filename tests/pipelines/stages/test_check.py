from collections.abc import Callable

import pytest
from scrapy.crawler import Crawler

from archive.article import Article
from pipelines.stages.check import CheckStage, NoHeadline, NoText


def test_an_article_passes(crawler: Crawler, article: Callable[..., Article]) -> None:
    item = article()
    assert CheckStage.from_crawler(crawler).process_item(item) is item
    assert crawler.stats.get_value("stage/check/access/full") == 1


def test_what_has_no_headline_or_text_is_dropped_by_name(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = CheckStage.from_crawler(crawler)
    with pytest.raises(NoHeadline):
        stage.process_item(article(headline=""))
    with pytest.raises(NoText, match="only 4 letters"):
        stage.process_item(article(text="Text"))


def test_a_paywalled_page_with_a_date_is_kept_with_little_text(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = CheckStage.from_crawler(crawler)
    assert stage.process_item(article(text="A line.", access="paywall"))
    with pytest.raises(NoText):
        stage.process_item(article(text="A line.", access="paywall", date_published=None))
