from collections.abc import Callable

from scrapy.crawler import Crawler

from archive.article import Article, Relation
from pipelines.stages.related import RelatedStage


def test_scores_are_kept_and_counted(crawler: Crawler, article: Callable[..., Article]) -> None:
    stage = RelatedStage.from_crawler(crawler)
    for kind, rank in (("same-language", 1.4), ("other-language", 1.0), ("other-language", 0.4)):
        relation = Relation(seed="s", score=rank, rank=rank, kind=kind, related=rank >= 1)
        assert stage.process_item(article(relations=[relation])).relations == [relation]
    stats = crawler.stats.get_stats()
    assert [stats[f"stage/related/{kind}"] for kind in ("same-language", "other-language", "none")] == [
        1,
        1,
        1,
    ]
