from collections.abc import Callable

from scrapy.crawler import Crawler

from archive.article import Article
from pipelines.stages.language import LanguageStage


def test_the_text_decides_and_the_difference_is_counted(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    item = article(in_language="pt", language_confidence=0.99, declared_language="en-GB")
    LanguageStage.from_crawler(crawler).process_item(item)
    assert item.in_language == "pt"
    assert crawler.stats.get_value("stage/language/declared_differs") == 1
    assert crawler.stats.get_value("stage/language/pt") == 1


def test_a_text_too_short_takes_the_declared_language(
    crawler: Crawler, article: Callable[..., Article]
) -> None:
    stage = LanguageStage.from_crawler(crawler)
    assert stage.process_item(article(in_language="und", declared_language="de-AT")).in_language == "de"
    assert stage.process_item(article(in_language="und")).in_language == "und"
    assert crawler.stats.get_value("stage/language/undetermined") == 2


def test_a_text_in_two_languages_is_counted(crawler: Crawler, article: Callable[..., Article]) -> None:
    german = (
        "Der Stadtrat hat am Dienstag nach langer Beratung beschlossen, die Brücke im Frühjahr zu erneuern. "
    )
    english = (
        "The council decided on Tuesday, after a long debate, that the bridge will be rebuilt in the spring. "
    )
    stage = LanguageStage.from_crawler(crawler)
    stage.process_item(article(in_language="de", article_body=german * 4 + "\n\n" + english * 8))
    stage.process_item(article(in_language="de", article_body=german * 12))
    assert crawler.stats.get_value("stage/language/mixed") == 1
    assert crawler.stats.get_value("stage/language/de") == 2
