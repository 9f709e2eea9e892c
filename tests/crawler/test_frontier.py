import asyncio
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from scrapy.settings import Settings

from archive.clock import now
from crawler import settings as project
from crawler.frontier import Frontier
from crawler.ledger_records import Work


def frontier_at(url: str, tmp_path: Path) -> Frontier:
    settings = Settings()
    settings.setmodule(project)
    settings.setdict({"LEDGER_URL": url, "STATE_DIR": str(tmp_path), "DOWNLOAD_DELAY": 0.0})
    return Frontier(settings, "job")


async def test_a_database_that_was_restarted_is_no_end(postgresql_url: str, tmp_path: Path) -> None:
    frontier = frontier_at(postgresql_url, tmp_path)
    await frontier.open()
    await frontier.announce([Work(url="http://a.example/1")])
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        ended = connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).all()
    assert ended, "the ledger was connected"
    (lease,) = await frontier.take(5)
    assert await frontier.settle(lease, "archived")
    await frontier.close("finished")


async def test_two_runs_keep_one_hosts_turns(postgresql_url: str, tmp_path: Path) -> None:
    one, two = frontier_at(postgresql_url, tmp_path), frontier_at(postgresql_url, tmp_path)
    await one.open()
    await two.open()
    await one.announce([Work(url=f"http://a.example/{number}") for number in range(3)])
    (first,) = await one.take(1)
    assert await two.take(5) == []
    assert two.more_at is not None
    assert await two.admit("a.example", "a redirect") is None
    assert await one.settle(first, "archived")
    leases = await two.take(5)
    assert len(leases) == 2
    assert await one.take(5) == []
    assert await two.release(leases[0], now())
    await two.close("shutdown")
    assert len(await one.take(5)) == 2, "what a run held is given back with its host"
    await one.close("finished")


async def test_a_host_stays_held_while_another_lease_on_it_is_being_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    one, two = frontier_at(url, tmp_path), frontier_at(url, tmp_path)
    await one.open()
    await two.open()
    await one.announce([Work(url=f"http://a.example/{number}") for number in range(3)])
    (first,) = await one.take(1)
    (second,), _ = await asyncio.gather(one.take(1), one.settle(first, "archived"))
    assert await two.take(5) == [], "the host is still the first run's"
    await one.settle(second, "archived")
    assert len(await two.take(5)) == 1
    await one.close("finished")
    await two.close("finished")


async def test_a_host_that_rests_from_another_run_rests_for_all_and_is_given_back_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    one, two = frontier_at(url, tmp_path), frontier_at(url, tmp_path)
    await one.open()
    await two.open()
    await one.announce([Work(url=f"http://a.example/{number}") for number in range(2)])
    first, second = await one.take(2)
    until = now() + timedelta(minutes=5)
    await two.admit("b.example", "a redirect")
    two.pause("b.example", until)
    await two.close("finished")
    assert await one.admit("b.example", first.key) == until
    assert await one.admit("b.example", second.key) == until, "the host is held now, and still rests"
    await one.release(first)
    await one.release(second)
    assert await one.admit("b.example", "another redirect") == until
    await one.close("finished")
