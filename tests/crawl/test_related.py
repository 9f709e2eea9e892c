"""The main job, end to end: from one seed article to the ranked, searchable archive."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archive.article import Article
from crawler.ledger import Ledger
from crawler.ledger_tables import polls
from tests.crawl.conftest import ROOT, SAMPLE_SOURCES, SEED, Run, archived, ledger_rows, run

SHARED_SEEDS = sorted((ROOT / "../shared/seed").glob("*.txt"))
OTHER_KIND = {"error": 0}


def ranked(articles: dict[str, Article]) -> list[Article]:
    """Related articles, best first, equals by address as the report has them."""
    related = [article for article in articles.values() if article.relations and article.relations[0].related]
    return sorted(related, key=lambda article: (-article.relations[0].rank, article.url))


def expected(manifest: dict[str, Any], outcome: str) -> set[str]:
    return {row["url"] for row in manifest["announced"] if row["expected"] == outcome}


def relatedness(manifest: dict[str, Any]) -> dict[str, str]:
    return {row["url"]: row["related"] for row in manifest["announced"] if row.get("related")}


def plain(url: str) -> str:
    """Without the tracking parameters that one feed adds."""
    return url.partition("?utm_")[0]


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory, sample_web: Any) -> tuple[Path, Run]:
    state = tmp_path_factory.mktemp("related")
    args = ("crawl", "related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60")
    return state, run(state, *args, "-o", f"{state}/out.jsonl", proxy=sample_web.proxy_url)


def shown(done: Run) -> list[tuple[str, str]]:
    """Language and site of each line of the ranking."""
    return re.findall(r"^ *\d+\. \d+\.\d\d  (\S+) +\S+  (\S+)  ", done.stdout, flags=re.MULTILINE)


def test_the_crawl_did_its_job_without_a_traceback(first_run: tuple[Path, Run]) -> None:
    _, done = first_run
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.count("\n") == 3 * len(ranked(archived(first_run[0])))


def test_the_top_ten_are_related_in_at_least_five_languages(
    first_run: tuple[Path, Run], manifest: dict[str, Any]
) -> None:
    top = ranked(archived(first_run[0]))[:10]
    kinds = relatedness(manifest)
    assert [
        kinds[plain(article.announced_url)] for article in top if kinds[plain(article.announced_url)] == "no"
    ] == []
    assert len({article.in_language for article in top}) >= 5


def test_the_report_lists_them_in_order_with_reasons(first_run: tuple[Path, Run]) -> None:
    state, done = first_run
    assert shown(done) == [(article.in_language, article.site) for article in ranked(archived(state))]
    assert re.search(r"^ +names: .*Putin", done.stdout, flags=re.MULTILINE)
    for article in ranked(archived(state)):
        assert any(article.relations[0].evidence.values()), article.url


def test_every_announced_page_leaves_through_its_door(
    first_run: tuple[Path, Run], manifest: dict[str, Any]
) -> None:
    rows = {plain(url): row["state"] for url, row in ledger_rows(first_run[0]).items()}
    wrong = {
        row["url"]: (row["expected"], rows.get(row["url"]))
        for row in manifest["announced"]
        if rows.get(row["url"]) != row["expected"]
    }
    # which of two addresses of one text is the duplicate depends on which came first
    twins = {row["url"]: row["duplicate_of"] for row in manifest["announced"] if row["duplicate_of"]}
    assert {
        url: states for url, states in wrong.items() if url not in twins and states[1] != "duplicate"
    } == {}
    assert Counter(rows.values())["duplicate"] == len(twins)
    assert not [url for url, state in rows.items() if state in ("pending", "leased")]


def test_each_archived_article_has_score_and_proof(
    first_run: tuple[Path, Run], manifest: dict[str, Any]
) -> None:
    articles = archived(first_run[0])
    assert len(articles) >= max(60, len(expected(manifest, "archived")))
    for article in articles.values():
        assert len(article.relations) == 1, article.url
        assert article.raw is not None, article.url
        assert article.headline, article.url


def test_languages_dates_and_copies_are_told(first_run: tuple[Path, Run], manifest: dict[str, Any]) -> None:
    articles = {plain(url): article for url, article in archived(first_run[0]).items()}
    for row in manifest["announced"]:
        if row["expected"] != "archived" or row["url"] not in articles:
            continue
        article = articles[row["url"]]
        assert article.in_language == row["language"], row["url"]
        assert article.access == row["access"], row["url"]
        assert article.date_published is not None, row["url"]
        apart = article.date_published - datetime.fromisoformat(row["published"])
        assert abs(apart) <= timedelta(days=1), row["url"]  # some pages show the day only
        if row["copy_of"]:
            assert article.copy_of is not None, row["url"]
            assert article.copy_of.overlap >= 0.8


def test_what_was_exported_is_what_was_archived(first_run: tuple[Path, Run]) -> None:
    state, _ = first_run
    lines = (state / "out.jsonl").read_text(encoding="utf-8").splitlines()
    exported = [Article.from_dict(json.loads(line)) for line in lines]
    kept = archived(state)
    assert {article.id for article in exported} == {article.id for article in kept.values()}


def test_a_second_run_archives_nothing_twice_and_says_so(
    first_run: tuple[Path, Run], sample_web: Any
) -> None:
    state, _ = first_run
    before = archived(state)
    args = ("crawl", "related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60")
    again = run(state, *args, proxy=sample_web.proxy_url)
    assert again.returncode == 0, again.stderr
    assert archived(state).keys() == before.keys()
    assert shown(again) == shown(first_run[1]), "the ranking is the same"
    assert re.search(rf"archived  0 new or changed, {len(before)} unchanged", again.stderr), again.stderr


def test_another_archive_of_the_same_ledger_is_told_what_it_lacks(
    first_run: tuple[Path, Run], sample_web: Any, tmp_path: Path
) -> None:
    state, _ = first_run
    args = ("crawl", "related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60")
    other = run(state, *args, "-s", f"ARCHIVE_URL=embedded:{tmp_path / 'other'}", proxy=sample_web.proxy_url)
    lacks = (
        f"missing  {len(archived(state))} that the ledger calls archived are not in this archive; bring them"
    )
    assert lacks in other.stderr


def test_a_plain_search_finds_it(first_run: tuple[Path, Run]) -> None:
    state, _ = first_run
    for query, language in [("Rakete", "de"), ("missile", "en"), ("sanction", "fr"), ("ракета", "ru")]:
        found = run(state, "search", query, "--language", language, "--json", "--limit", "50")
        assert found.returncode == 0, found.stderr
        hits = [json.loads(line) for line in found.stdout.splitlines()]
        texts = [hit["highlights"] for hit in hits]
        assert hits, query
        word = re.compile(rf"(?<!\w){query}(?!\w)", re.IGNORECASE)
        assert any(not word.search(json.dumps(hit, ensure_ascii=False)) for hit in hits), f"{query}: {texts}"


@pytest.mark.skipif(not SHARED_SEEDS, reason="../shared/seed is not there")
def test_the_original_seed_gives_the_same_top_ten(
    first_run: tuple[Path, Run], crawl: Callable[..., Run], tmp_path: Path
) -> None:
    done = crawl(
        "related", "-a", f"seed={SHARED_SEEDS[0]}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60"
    )
    assert done.returncode == 0, done.stderr
    ours = [article.url for article in ranked(archived(first_run[0]))[:10]]
    assert sorted(article.url for article in ranked(archived(tmp_path))[:10]) == sorted(ours)


def test_a_budget_goes_to_the_likeliest_pages(
    crawl: Callable[..., Run], tmp_path: Path, manifest: dict[str, Any]
) -> None:
    done = crawl("related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "max_requests=20")
    assert done.returncode == 0, done.stderr
    fetched = [url for url, row in ledger_rows(tmp_path).items() if row["state"] != "pending"]
    assert len(fetched) == 20
    kinds = relatedness(manifest)
    related = [url for url in fetched if kinds.get(plain(url)) in ("story", "neighbour")]
    assert len(related) >= 16, fetched


def test_old_sitemaps_are_not_entered(first_run: tuple[Path, Run]) -> None:
    state, _ = first_run
    ledger = Ledger(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.connection() as connection:
        read = list(connection.scalars(sa.select(polls.c.url).where(polls.c.polled_at.is_not(None))))
    ledger.close()
    entered = {url.rpartition("/sitemaps/")[2][:7] for url in read if "/sitemaps/" in url}
    assert entered >= {"2022-08", "2022-09"}
    assert entered <= {"2022-07", "2022-08", "2022-09", "2022-10", "2022-11", "news.xm"}
