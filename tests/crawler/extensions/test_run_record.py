from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import Spider
from scrapy.utils.test import get_crawler

from archive.run import Run
from crawler.extensions.report import counts
from crawler.extensions.run_record import run_of

START = datetime(2026, 11, 24, 5, tzinfo=UTC)


def crawler_with(**stats: Any) -> Any:
    crawler = get_crawler(Spider, settings_dict={"BOT_NAME": "storytrail"})
    crawler._apply_settings()
    values = {
        "start_time": START,
        "finish_time": START + timedelta(seconds=90.5),
        "finish_reason": "finished",
    }
    for name, value in (values | stats).items():
        crawler.stats.set_value(name.replace("__", "/"), value)
    return crawler


def record(**stats: Any) -> Run:
    crawler = crawler_with(**stats)
    return run_of(crawler.stats, crawler.settings, "feeds", "", 0)


def test_a_crawl_without_pages() -> None:
    run = record()
    assert (run.spider, run.exit_code, run.problem, run.finish_reason) == ("feeds", 0, "", "finished")
    assert (run.started_at, run.duration_seconds) == (START, 90.5)
    assert (run.fetched, run.failed_share, run.error_kinds) == (0, 0.0, [])


def test_outcomes_and_their_kinds() -> None:
    run = record(
        ledger__archived=5,
        ledger__duplicate=1,
        ledger__wall=2,
        ledger__wall__consent_wall=2,
        ledger__robots=1,
        ledger__gone=1,
        ledger__gone__http_404=1,
        ledger__error=5,
        ledger__error__timeout=3,
        ledger__error__http_503=1,
        ledger__announced__new=9,
        ledger__announced__pending=2,
        ledger__announced__archived=3,
        ledger__announced__gone=1,
        ledger__pending=7,
        stage__store__stored=4,
        stage__store__spooled=1,
    )
    assert (run.fetched, run.archived, run.duplicates, run.wall, run.errors) == (15, 5, 1, 2, 5)
    assert run.failed_share == 0.3333
    assert run.error_kinds == ["error", "http_503", "timeout"]
    assert run.left_out_kinds == ["consent_wall", "http_404", "robots"]
    assert run.reason_counts == [
        "timeout 3",
        "consent_wall 2",
        "error 1",
        "http_404 1",
        "http_503 1",
        "robots 1",
    ]
    assert (run.announced_new, run.announced_pending, run.announced_settled) == (9, 2, 4)
    assert (run.archived_new, run.spooled, run.pending) == (4, 1, 7)


def test_the_record_says_what_the_printed_report_says() -> None:
    crawler = crawler_with(
        lists__count=4,
        lists__answered=3,
        lists__problem=1,
        ledger__archived=6,
        ledger__announced__new=9,
        ledger__announced__gone=1,
        ledger__pending=2,
        ledger__error=1,
        stage__store__stored=4,
        stage__store__unchanged=2,
        **{
            "stage__related__same-language": 2,
            "stage__related__other-language": 1,
            "stage__related__none": 3,
        },
    )
    run = run_of(crawler.stats, crawler.settings, "related", "", 0)
    assert dict(counts(crawler.stats)) == {
        "lists": f"{run.lists_answered} of {run.lists} answered, {run.lists_problem} with a problem",
        "announced": f"{run.announced_new} new, 0 from earlier runs, {run.announced_settled} settled before",
        "fetched": f"{run.fetched}",
        "archived": f"{run.archived_new} new or changed, {run.archived_unchanged} unchanged",
        "duplicates": f"{run.duplicates}, and {run.copies} copies marked",
        "left out": "0",
        "errors": f"{run.errors}: {', '.join(run.reason_counts)}",
        "pending": f"{run.pending}",
        "related": f"{run.related} of {run.compared}: {run.related_same_language} in the seed's language, "
        f"{run.related_other_language} in others",
    }


def test_the_same_crawl_has_the_same_id_and_another_has_not() -> None:
    assert record().id == record().id
    assert record().id != record(start_time=START + timedelta(microseconds=1)).id


def test_a_crawl_that_never_began() -> None:
    crawler = get_crawler(Spider)
    crawler._apply_settings()
    run = run_of(crawler.stats, crawler.settings, "related", "the seed cannot be read", 2)
    assert (run.problem, run.exit_code, run.fetched) == ("the seed cannot be read", 2, 0)
    assert run.started_at.tzinfo == UTC
