"""The ledger's promises, on a news web that does what news webs do, with crawls that are killed as they work.

One crawl for all tests of a scale: killed, run to its end, then repeated over the unchanged web and over an
edited one. The long scales are those of the acceptance: 5,000 announced pages.
"""

import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from archive.warc import RawStore, check_file
from scripts.loopback_web import LoggedRequest
from scripts.news_web import EDITS, REMOVALS, Report
from tests.acceptance.crawls import (
    Crawl,
    Scale,
    expected_of,
    fetched_twice,
    impolite,
    is_page,
    killed_crawl,
)
from tests.conftest import new_database
from tests.crawl.conftest import run

DAY = 86_400
SHORT = Scale(
    pages=120,
    hosts=12,
    processes=3,
    kills=2,
    every=2.0,
    delay=0.25,
    crawl_delay=0.5,
    edits=6,
    removals=3,
    leases=8,
)
LONG = Scale(
    pages=5000,
    hosts=50,
    processes=3,
    kills=12,
    every=10,
    delay=1.0,
    crawl_delay=1.5,
    edits=50,
    removals=10,
    later=3,
)
LONG_SQLITE = Scale(
    pages=5000,
    hosts=50,
    processes=1,
    kills=12,
    every=10,
    delay=0.5,
    crawl_delay=1.5,
    edits=50,
    removals=10,
    postgresql=False,
)
SCALES = [
    pytest.param(SHORT, id="short"),
    pytest.param(LONG, id="postgresql", marks=pytest.mark.long),
    pytest.param(LONG_SQLITE, id="sqlite", marks=pytest.mark.long),
]


@pytest.fixture(scope="module", params=SCALES)
def crawl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    """The crawl, killed and run to its end."""
    scale: Scale = request.param
    state = tmp_path_factory.mktemp("state")
    url = f"sqlite:///{state / 'ledger.sqlite'}"
    if scale.postgresql:
        url = new_database(request.getfixturevalue("postgresql_server"))
    yield from killed_crawl(scale, state, url)


def test_every_announced_page_is_settled_as_what_it_is(crawl: Crawl) -> None:
    rows = {row["url"].partition("?")[0]: row for row in crawl.rows()}
    expected = expected_of(crawl.news.reports)
    assert rows.keys() == expected.keys(), "announced and in the ledger"
    assert len(crawl.killed) == crawl.scale.kills
    wrong = {
        url: (row["state"], row["reason"]) for url, row in rows.items() if row["state"] not in expected[url]
    }
    assert wrong == {}
    assert "Traceback" not in crawl.logs()
    print(f"\n{crawl.runs} runs, {len(crawl.killed)} killed: {dict(crawl.by_state())}")


def test_every_archived_page_is_there_once(crawl: Crawl) -> None:
    archived = [row for row in crawl.rows() if row["state"] == "archived"]
    articles = crawl.articles()
    assert articles.keys() == {row["article_id"] for row in archived}
    assert len(articles) == len(archived)
    texts = Counter((article.site, article.article_body) for article in articles.values())
    assert [text for text, count in texts.items() if count > 1] == []
    assert {article.revision for article in articles.values()} == {0}


def test_no_page_is_fetched_again_but_those_of_killed_runs(crawl: Crawl) -> None:
    unneeded, needed = fetched_twice(crawl, crawl.web.requests)
    assert unneeded == []
    assert needed <= crawl.scale.leases * len(crawl.killed)
    print(f"\n{len(crawl.web.requests)} requests, {needed} bodies fetched again after a kill")


def test_no_host_is_asked_too_soon_or_twice_at_once(crawl: Crawl) -> None:
    assert impolite(crawl, crawl.web.requests) == []
    first_kill = min(crawl.killed.values())
    at_work = {entry.agent for entry in crawl.web.requests if entry.time < first_kill}
    assert len(at_work) == crawl.scale.processes


def test_every_whole_record_is_read_by_others(crawl: Crawl) -> None:
    torn, records, files = 0, 0, RawStore(crawl.state / "raw").files()
    for path in files:
        checked = check_file(path)
        assert checked.faults == []
        torn += checked.torn is not None
        records += checked.records
        whole = path.read_bytes()[: checked.torn]
        ours = list(ArchiveIterator(io.BytesIO(whole), check_digests="raise"))
        responses = FastIterator(io.BytesIO(whole), record_types=WarcRecordType.response)
        theirs = [record.verify_payload_digest() for record in responses]
        assert len(ours) == checked.records
        assert theirs
        assert all(theirs)
    assert torn <= len(crawl.killed)
    print(f"\n{records} records in {len(files)} files, {torn} of them torn at their end")


def test_the_raw_pages_give_the_same_texts_again(crawl: Crawl) -> None:
    before = {identity: article.to_dict() for identity, article in crawl.articles().items()}
    done = run(crawl.state, "reextract")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(before)} articles of" in done.stdout
    assert " 0 otherwise than archived" in done.stdout
    assert {identity: article.to_dict() for identity, article in crawl.articles().items()} == before


@pytest.fixture(scope="module")
def second(crawl: Crawl) -> list[LoggedRequest]:
    """The requests of a second run, two days later, over the unchanged web."""
    return crawl.run_later(2 * DAY)


def test_an_unchanged_web_is_asked_and_not_fetched(crawl: Crawl, second: list[LoggedRequest]) -> None:
    pages = Counter(entry.status for entry in second if is_page(entry.url))
    feeds = Counter(entry.status for entry in second if entry.url in crawl.news.good_feeds())
    archived = [row for row in crawl.rows() if row["state"] == "archived"]
    assert pages[200] == 0
    assert pages[304] == len(archived)
    assert feeds[304] >= 0.99 * feeds.total() > 0
    assert {(row["last_check"], row["checks"]) for row in archived} == {("unchanged", 1)}
    assert impolite(crawl, second) == []
    print(f"\npages {dict(pages)}, feeds {dict(feeds)}")


@pytest.fixture(scope="module")
def edited(crawl: Crawl, second: list[LoggedRequest]) -> dict[str, tuple[Report, str]]:
    """What the outlets changed before a third run, four days later: report and what was done, by article."""
    del second
    archived = {row["url"].partition("?")[0]: row["article_id"] for row in crawl.rows() if row["article_id"]}
    plain = [report for report in crawl.news.reports if report.kind == "plain"]
    kinds = [kind for kind in EDITS if kind != "boilerplate"]
    scale, chance = crawl.scale, random.Random(7)
    done = [kinds[number % len(kinds)] for number in range(scale.edits)]
    done += ["boilerplate"] * (scale.edits // 2)
    done += [REMOVALS[number % len(REMOVALS)] for number in range(scale.removals)]
    script: dict[str, tuple[Report, str]] = {}
    for report, what in zip(chance.sample(plain, len(done)), done, strict=True):
        (crawl.news.edit if what in EDITS else crawl.news.remove)(report, what)
        script[archived[report.url]] = (report, what)
    crawl.news.publish(5)
    crawl.run_later(4 * DAY)
    return script


def test_edits_and_removals_are_revisions_and_nothing_else_is(
    crawl: Crawl, edited: dict[str, tuple[Report, str]]
) -> None:
    found: dict[str, Any] = {}
    for identity, article in crawl.articles().items():
        if article.revision:
            found[identity] = (article.revision, [change.kind for change in article.changes])
    wanted = {
        identity: (1, ["unpublished" if what in REMOVALS else what])
        for identity, (_, what) in edited.items()
        if what != "boilerplate"
    }
    assert found == wanted
    kept = crawl.revisions(list(wanted))
    assert {len(revisions) for revisions in kept.values()} == {2}
    gone = {identity for identity, revisions in kept.items() if revisions[-1].date_unpublished}
    assert gone == {identity for identity, (_, what) in edited.items() if what in REMOVALS}
    new = [row for row in crawl.rows() if row["checks"] == 0 and row["state"] != "error"]
    print(f"\n{len(found)} revisions of {len(crawl.articles())} articles, {len(gone)} of them unpublished")
    assert {report.url for report in crawl.news.reports[-5:]} <= {row["url"].partition("?")[0] for row in new}


def test_the_archive_holds_against_its_raw_pages(crawl: Crawl, edited: dict[str, tuple[Report, str]]) -> None:
    assert edited, "so that checks and revisions are among it"
    done = run(crawl.state, "verify")
    assert done.returncode == 0, done.stdout
    assert re.match(
        "verified [0-9]+ articles, [0-9]+ records in [0-9]+ files: all hold", done.stdout.splitlines()[-1]
    )
    print(f"\n{done.stdout.splitlines()[-1]}")
