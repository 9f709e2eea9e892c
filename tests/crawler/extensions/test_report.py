from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from archive.article import Article, CopyOf, Relation
from crawler.extensions.report import Report, counts, ranking


def report(reason: str = "finished", **stats: Any) -> tuple[Report, Any]:
    crawler = get_crawler(Spider, settings_dict={"MAX_FAILED_SHARE": 0.2, "MIN_FETCHES_FOR_SHARE": 20})
    crawler._apply_settings()
    for name, value in stats.items():
        crawler.stats.set_value(name.replace("__", "/"), value)
    made = Report.from_crawler(crawler)
    made.spider_closed(reason)
    return made, crawler.stats


@pytest.mark.parametrize(
    ("reason", "stats", "problem"),
    [
        ("finished", {}, ""),
        ("finished", {"lists__count": 3, "lists__answered": 1}, ""),
        ("finished", {"lists__count": 3}, "none of 3 lists answered"),
        ("finished", {"ledger__archived": 16, "ledger__error": 4}, ""),
        ("finished", {"ledger__archived": 15, "ledger__error": 5}, "5 of 20 pages failed"),
        ("finished", {"ledger__archived": 3, "ledger__error": 15}, ""),
        ("finished", {"ledger__error": 1}, "1 of 1 pages failed"),
        ("finished", {"stage__store__refused": 1, "ledger__archived": 9}, "1 articles were refused"),
        ("finished", {"report__problem": "the seed cannot be read"}, "the seed cannot be read"),
        ("shutdown", {"ledger__archived": 9}, "goes on where it stopped"),
        ("closespider_itemcount", {"ledger__archived": 9}, ""),
    ],
)
def test_when_a_crawl_has_done_its_job(reason: str, stats: dict[str, Any], problem: str) -> None:
    made, _ = report(reason, **stats)
    assert problem in made._problem()
    assert bool(problem) == bool(made._problem())


def test_reasons_are_counted_by_name() -> None:
    _, stats = report(
        ledger__archived=5,
        ledger__wall=2,
        ledger__wall__consent_wall=2,
        ledger__robots=1,
        ledger__gone=1,
        ledger__gone__http_404=1,
        ledger__announced__new=9,
        ledger__announced__archived=3,
        ledger__announced__pending=1,
        ledger__announced__leased=1,
        stage__store__stored=5,
    )
    lines = dict(counts(stats))
    assert lines["left out"] == "4: consent_wall 2, http_404 1, robots 1"
    assert lines["announced"] == "9 new, 2 from earlier runs, 3 settled before"
    assert lines["fetched"] == "9"
    assert lines["errors"] == "0"


def test_the_best_come_first_with_the_reason() -> None:
    def article(name: str, rank: float) -> Article:
        relation = Relation(
            seed="s",
            score=rank,
            rank=rank,
            kind="same-language",
            related=True,
            days_apart=1.25,
            evidence={"names": ["Putin"], "places": [], "words": ["Rakete", "Stahl"]},
        )
        return Article(
            id=name, url=name, site="a.example", headline=name, in_language="de", relations=[relation]
        )

    second = article("second", 1.2)
    second.copy_of = CopyOf(article_id="first", url="http://b.example/1", overlap=0.9)
    second.date_published = datetime(2022, 9, 8, tzinfo=UTC)
    assert ranking({"second": second, "first": article("first", 1.9)}) == [
        "  1. 1.90  de  no date  a.example  first",
        "       first",
        "       names: Putin; words: Rakete, Stahl; 1.2 days apart",
        "  2. 1.20  de  2022-09-08  a.example  second (copy of http://b.example/1)",
        "       second",
        "       names: Putin; words: Rakete, Stahl; 1.2 days apart",
    ]
