"""What becomes of a lease, on a ledger of its own; the ways out of Scrapy are tried in tests/crawl."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from archive import clock
from archive.article import Article, RawPage
from crawler.frontier import Frontier
from crawler.ledger_records import Evidence, Lease, Validators, Work
from crawler.settling import Settler
from tests.crawler.test_frontier import frontier_at

URL = "http://a.example/1"
RAW = RawPage(file="a.warc.gz", offset=1, sha256="aa")
LATER = RawPage(file="a.warc.gz", offset=9, sha256="bb")


def answer(status: int = 200, etag: str = '"new"') -> Response:
    request = Request(URL, meta={"raw_page": LATER})
    return Response(URL, status=status, headers={"ETag": etag}, request=request)


async def check_of(frontier: Frontier) -> Lease:
    """The lease of the check of an archived page."""
    evidence = Evidence(raw=RAW, validators=Validators(etag='"old"'), article_id="1", due_at=clock.now())
    await frontier.announce([Work(url=URL)])
    (lease,) = await frontier.take(1)
    await frontier.settle(lease, "archived", evidence=evidence)
    (check,) = await frontier.take(1)
    return check


@pytest.fixture
async def frontier(tmp_path: Path) -> AsyncIterator[Frontier]:
    opened = frontier_at(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path)
    await opened.open()
    yield opened
    await opened.close("finished")


@pytest.fixture
def crawler() -> Any:
    made = get_crawler(Spider)
    made._apply_settings()
    return made


async def test_an_article_archived_before_ends_no_check_of_its_page(frontier: Frontier, crawler: Any) -> None:
    settler, lease = Settler(crawler, frontier), await check_of(frontier)
    known, fetched = (Article(id="1", url=URL, announced_url=URL) for _ in range(2))
    settler.expect(fetched, lease, answer())
    await settler.scraped(known)
    assert frontier.held, "its page is still being fetched"
    await settler.scraped(fetched)
    assert not frontier.held
    assert crawler.stats.get_value("ledger/check/unchanged") == 1


async def test_a_page_that_comes_back_as_it_was_is_read_again(
    frontier: Frontier, crawler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settler, lease = Settler(crawler, frontier), await check_of(frontier)
    assert (lease.validators.etag, lease.raw) == ('"old"', RAW)
    await settler.gone(lease, answer(404))
    monkeypatch.setattr(clock, "_OFFSET", timedelta(hours=2))
    (again,) = await frontier.take(1)
    assert again.check
    assert (again.validators, again.raw) == (Validators(), LATER)


async def test_a_check_that_failed_is_counted_and_one_that_found_no_article_keeps_what_it_asks_with(
    frontier: Frontier, crawler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settler, lease = Settler(crawler, frontier), await check_of(frontier)
    await settler.settle(lease, "wall", "consent_wall", evidence=Evidence(raw=LATER))
    monkeypatch.setattr(clock, "_OFFSET", timedelta(hours=2))
    (again,) = await frontier.take(1)
    assert (again.validators.etag, again.raw) == ('"old"', RAW)
    await settler.fail(again, "http_503")
    assert crawler.stats.get_value("ledger/check/error") == 2
    assert not crawler.stats.get_value("ledger/error")
