"""Articles and run reports while the server comes and goes: the server is real, the door to it is ours."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from archive import open_archive
from archive.base import Archive
from archive.elastic import delivery, writer
from archive.elastic.address import Address, Credentials
from archive.elastic.archive import ElasticArchive, spool_folder
from archive.elastic.schema import create_index
from archive.elastic.spool import Spool
from archive.errors import ArchiveAway, ArchiveError, ArchiveFull
from archive.records import pack
from archive.run import Run
from tests.archive.elastic.acknowledged import Acknowledged, empty, until
from tests.archive.elastic.faulty_proxy import FaultyProxy
from tests.archive.elastic.gate import Gate
from tests.archive.samples import article, days

Open = Callable[..., ElasticArchive]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are waited out for a moment only."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(delivery, "LONGEST_WAIT", 0.5)


@pytest.fixture(scope="module")
def base() -> str:
    return f"delivery-{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def client(elasticsearch_url: str, base: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url, request_timeout=60) as made:
        create_index(made, base)
        yield made
        made.indices.delete(index=f"{base}-articles-v1")
        made.indices.delete(index=f"{base}-runs-v1", ignore_unavailable=True)


@pytest.fixture
def gate(elasticsearch_url: str) -> Iterator[Gate]:
    with Gate(elasticsearch_url) as made:
        yield made


@pytest.fixture
def opened(tmp_path: Path, gate: Gate, base: str, client: Elasticsearch) -> Iterator[Open]:
    """Opens archives on the server behind the gate, which has no articles yet."""
    archives: list[Archive] = []

    def make(spool_max_size: int = 10**8, timeout: float = 20) -> ElasticArchive:
        made = open_archive(f"{gate.url}/{base}", tmp_path, timeout=timeout, spool_max_size=spool_max_size)
        assert isinstance(made, ElasticArchive)
        archives.append(made)
        return made

    yield make
    for made in archives:
        made.close()
    empty(client, base)


@pytest.fixture
def model() -> Acknowledged:
    return Acknowledged()


def run_report(run_id: str) -> Run:
    return Run(id=run_id, spider="feeds", started_at=days(0), finished_at=days(1))


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the user was told."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_comes_while_the_server_is_away_is_brought_when_it_is_back(
    opened: Open,
    gate: Gate,
    model: Acknowledged,
    client: Elasticsearch,
    base: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    archive = opened()
    assert model.put(archive, model.articles(range(10))) == {"stored": 10}
    gate.shut()
    assert model.put(archive, model.articles(range(10, 30))) == {"spooled": 20}
    assert archive.spooled == 20
    started = time.monotonic()
    for read in (
        archive.count,
        lambda: archive.get("a" * 64),
        lambda: archive.near([1, 2, 3, 4], at_least=0.5),
    ):
        with pytest.raises(ArchiveAway):
            read()
    assert time.monotonic() - started < 0.5, "reads fail at once"
    assert sum("articles go to the spool until it is back" in line for line in said(caplog)) == 1
    gate.open()
    until(lambda: archive.spooled == 0)
    assert archive.count() == 30
    model.check(client, base, writes=1)
    assert said(caplog)[-2:] == ["the archive's server is back", "20 spooled articles are in the archive now"]


def test_what_comes_late_from_the_spool_overwrites_nothing_newer(
    opened: Open,
    gate: Gate,
    model: Acknowledged,
    client: Elasticsearch,
    base: str,
    elasticsearch_url: str,
    tmp_path: Path,
) -> None:
    archive = opened()
    gate.shut()
    assert model.put(archive, model.articles(range(5), version=1)) == {"spooled": 5}
    with closing(open_archive(f"{elasticsearch_url}/{base}", tmp_path / "other")) as other:
        assert model.put(other, model.articles(range(5), version=2)) == {"stored": 5}
    gate.open()
    until(lambda: archive.spooled == 0)
    model.check(client, base, writes=1)


def test_an_answer_that_got_lost_is_no_second_writing(
    opened: Open, gate: Gate, model: Acknowledged, client: Elasticsearch, base: str
) -> None:
    archive = opened()
    gate.deaf = True
    assert model.put(archive, model.articles(range(40))) == {"spooled": 40}
    gate.deaf = False
    until(lambda: archive.spooled == 0)
    model.check(client, base, writes=1)


def test_a_new_article_whose_answer_got_lost_counts_as_stored(
    opened: Open,
    gate: Gate,
    model: Acknowledged,
    client: Elasticsearch,
    base: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 10)
    archive = opened()
    bulk = archive._writer._client.bulk

    def bulk_and_lose_the_answer(**values: Any) -> Any:
        monkeypatch.undo()
        gate.deaf = True
        threading.Timer(0.3, setattr, [gate, "deaf", False]).start()
        return bulk(**values)

    monkeypatch.setattr(archive._writer._client, "bulk", bulk_and_lose_the_answer)
    assert model.put(archive, model.articles(range(3))) == {"stored": 3}
    model.check(client, base, writes=1)


def test_a_full_spool_takes_nothing_and_all_once_the_server_is_back(
    opened: Open, gate: Gate, model: Acknowledged, client: Elasticsearch, base: str
) -> None:
    batch = model.articles(range(20))
    room = sum(len(pack(one)) for one in batch[:10])
    archive = opened(spool_max_size=room)
    gate.shut()
    assert model.put(archive, batch[:10]) == {"spooled": 10}
    for _ in range(3):
        with pytest.raises(ArchiveFull, match="is full .*: bring the server back, or allow a larger spool"):
            model.put(archive, batch[10:])
    assert archive.spooled == 10
    gate.open()
    until(lambda: archive.spooled == 0)
    assert model.put(archive, batch[10:]) == {"stored": 10}
    model.check(client, base, writes=1)


def test_a_batch_of_which_the_server_took_a_part_goes_into_a_full_spool(
    model: Acknowledged, client: Elasticsearch, base: str, elasticsearch_url: str, tmp_path: Path
) -> None:
    """Else what is written would be tried again: reported as unchanged, and refused a second time."""
    with FaultyProxy(elasticsearch_url) as proxy:
        credentials = Credentials(ca_certs=proxy.ca_file)
        proxy.bad = {}
        archive = open_archive(
            proxy.archive_url(base), tmp_path, credentials=credentials, spool_max_size=1, timeout=20
        )
        with closing(archive):
            batch = [article("no text", " ", headline=" "), *model.articles(range(6))]
            proxy.bad = {one.id: (503, 1000) for one in batch[4:]}
            assert model.put(archive, batch) == {"refused": 1, "stored": 3, "spooled": 3}
            with pytest.raises(ArchiveFull):
                model.put(archive, model.articles([9]))
            proxy.bad = {}
            until(lambda: archive.spooled == 0)
            assert model.put(archive, model.articles([9])) == {"stored": 1}
    model.check(client, base, writes=1)
    empty(client, base)


@pytest.mark.parametrize("close_between", [True, False])
def test_two_crawls_share_a_spool(
    opened: Open, gate: Gate, model: Acknowledged, client: Elasticsearch, base: str, close_between: bool
) -> None:
    one, two = opened(), opened()
    gate.shut()
    assert model.put(one, model.articles(range(200))) == {"spooled": 200}
    assert model.put(two, model.articles(range(100, 300))) == {"spooled": 200}
    assert one.spooled == two.spooled == 400
    if close_between:
        one.close()
    gate.open()
    until(lambda: two.spooled == 0)
    model.check(client, base, writes=1)


def test_closing_waits_for_no_server(
    opened: Open, gate: Gate, model: Acknowledged, client: Elasticsearch, base: str
) -> None:
    archive = opened()
    gate.shut()
    model.put(archive, model.articles(range(5)))
    started = time.monotonic()
    archive.close()
    archive.close()
    assert time.monotonic() - started < 0.5
    later = opened()
    assert later.spooled == 5
    gate.open()
    until(lambda: later.spooled == 0)
    model.check(client, base, writes=1)


def test_closing_brings_what_is_spooled_if_the_server_is_there(
    opened: Open, gate: Gate, model: Acknowledged, client: Elasticsearch, base: str
) -> None:
    archive = opened()
    gate.shut()
    model.put(archive, model.articles(range(50)))
    archive.close()
    gate.open()
    opened().close()
    model.check(client, base, writes=1)


def test_a_known_server_that_is_away_at_the_start(
    opened: Open,
    gate: Gate,
    model: Acknowledged,
    client: Elasticsearch,
    base: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened().close()
    gate.shut()
    archive = opened()
    assert (
        "cannot be reached (Connection refused); start it, or check ARCHIVE_URL; articles go to"
        in said(caplog)[0]
    )
    assert model.put(archive, model.articles(range(5))) == {"spooled": 5}
    gate.open()
    until(lambda: archive.spooled == 0)
    model.check(client, base, writes=1)


def test_a_server_that_was_never_reached(opened: Open, gate: Gate) -> None:
    gate.shut()
    with pytest.raises(ArchiveAway, match="it was never reached from this state folder") as caught:
        opened()
    assert str(caught.value).count("\n") == 0


def test_reports_of_runs_wait_too(opened: Open, gate: Gate, client: Elasticsearch, base: str) -> None:
    archive = opened()
    archive.keep_run(run_report("a" * 32))
    gate.shut()
    archive.keep_run(run_report("b" * 32))
    archive.close()
    gate.open()
    opened().close()  # no article waits, but the report does
    client.indices.refresh(index=f"{base}-runs")
    assert client.count(index=f"{base}-runs")["count"] == 2


@pytest.mark.long
def test_a_report_that_the_server_does_not_allow_is_kept_and_said(
    opened: Open, client: Elasticsearch, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive = opened()
    archive.keep_run(run_report("a" * 32))
    client.indices.put_settings(index=f"{base}-runs-v1", settings={"index.blocks.write": True})
    archive.keep_run(run_report("b" * 32))
    assert said(caplog)[-1].endswith("the run report stays in the spool")
    assert not archive._delivery.away, "articles are written all the same"
    client.indices.put_settings(index=f"{base}-runs-v1", settings={"index.blocks.write": None})
    archive.close()
    opened().close()
    client.indices.refresh(index=f"{base}-runs")
    assert client.count(index=f"{base}-runs")["count"] == 2


def test_the_thread_that_brings_survives_what_nobody_thought_of(
    opened: Open,
    gate: Gate,
    model: Acknowledged,
    client: Elasticsearch,
    base: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    archive = opened()
    gate.shut()
    model.put(archive, model.articles(range(5)))
    faults = iter([KeyError("items"), ArchiveError("the dead letters cannot be written")])
    batch = archive._spool.batch

    def fails_at_first(limit: int) -> Any:
        if fault := next(faults, None):
            raise fault
        return batch(limit)

    monkeypatch.setattr(archive._spool, "batch", fails_at_first)
    gate.open()
    until(lambda: archive.spooled == 0)
    assert "spooled articles stay where they are: KeyError: 'items'" in said(caplog)
    assert "spooled articles stay where they are: the dead letters cannot be written" in said(caplog)
    model.check(client, base, writes=1)


def test_another_cluster_at_the_same_address(
    opened: Open, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive = opened()
    archive._spool.remember(archive.location, "another uuid")
    archive.close()
    opened().close()
    assert "is another cluster than in earlier crawls" in said(caplog)[0]
    caplog.clear()
    opened()
    assert said(caplog) == []


def test_each_archive_has_its_own_spool(
    opened: Open, gate: Gate, base: str, tmp_path: Path, model: Acknowledged, client: Elasticsearch
) -> None:
    archive = opened()
    gate.shut()
    model.put(archive, model.articles(range(3)))
    address = Address.parse(f"{gate.url}/{base}")
    others = [Address.parse(f"{gate.url}/{base}2"), Address.parse(f"http://127.0.0.2:9200/{base}")]
    folders = {spool_folder(tmp_path, one) for one in (address, *others)}
    assert len(folders) == 3
    assert [
        Spool(folder, max_size=1).count() for folder in sorted(folders - {spool_folder(tmp_path, address)})
    ] == [0, 0]
