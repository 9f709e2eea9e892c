import asyncio
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from archive.clock import now
from crawler import stopping
from crawler.ledger_records import Lease, Work
from crawler.middlewares.turns import Turns
from crawler.settling import Ending, NotNow
from crawler.stopping import deadline_of

LEASE = Lease(id=1, key="https://a.example/1", owner="", attempt=1, host="a.example", work=Work(url=""))


def turns(allowed_at: datetime | None) -> tuple[Turns, Any]:
    """The middleware of a crawl that may ask the host then."""

    async def admit(_host: str, _holder: str) -> datetime | None:
        return allowed_at

    crawler: Any = get_crawler(Spider)
    crawler._apply_settings()
    crawler.spider = SimpleNamespace(frontier=SimpleNamespace(admit=admit))
    return Turns.from_crawler(crawler), crawler


async def test_a_redirect_to_anothers_host_is_given_back() -> None:
    made, crawler = turns(None)
    with pytest.raises(NotNow):
        await made.process_request(Request("http://b.example/", cb_kwargs={"lease": LEASE}))
    assert crawler.stats.get_value("turns/busy") == 1


async def test_the_end_of_a_crawl_does_not_wait_for_a_host_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "STOP_SECONDS", 0.1)
    made, crawler = turns(now() + timedelta(seconds=8))
    deadline_of(crawler).begin()
    with pytest.raises(Ending):
        await asyncio.wait_for(
            made.process_request(Request("http://b.example/", cb_kwargs={"lease": LEASE})), 4
        )
