"""Faults of a real node: nothing acknowledged is lost, nothing is there twice, the user is told."""

import json
import logging
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from archive import open_archive
from archive.elastic import delivery, writer
from archive.elastic.address import Address, Credentials
from archive.elastic.archive import ElasticArchive
from archive.elastic.schema import create_index, mappings
from archive.errors import ArchiveAway, ArchiveError
from scripts.elasticsearch_node.node import Node
from tests.archive.elastic.acknowledged import Acknowledged, empty, until
from tests.archive.elastic.faulty_proxy import FaultyProxy
from tests.archive.elastic.gate import Gate

ROOT = Path(__file__).resolve().parents[3]
LIMITS = {"http.max_content_length": "1mb", "indexing_pressure.memory.limit": "60kb"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are waited out for a moment only."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(delivery, "LONGEST_WAIT", 0.5)


@pytest.fixture(scope="module")
def base() -> str:
    return f"faults-{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def shared(elasticsearch_url: str, base: str) -> Iterator[Elasticsearch]:
    """The node of the whole test run, with an index of ours."""
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        create_index(client, base)
        yield client
        client.indices.delete(index=f"{base}-articles-v1")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, base: str) -> Iterator[Node]:
    """A node for us alone, to be killed."""
    one = Node(tmp_path_factory.mktemp("node"), heap="256m")
    one.start(LIMITS)  # until it is killed
    try:
        with Elasticsearch(one.url, request_timeout=60) as client:
            create_index(client, base)
        yield one
    finally:
        one.kill()


@pytest.fixture
def client(node: Node, base: str) -> Iterator[Elasticsearch]:
    """A client of the node that is to be killed, which is well and empty at first."""
    if node.pid is None:
        node.start()
    with Elasticsearch(node.url, request_timeout=60) as made:
        empty(made, base)
        yield made


@pytest.fixture
def model() -> Acknowledged:
    return Acknowledged()


@contextmanager
def archive_on(url: str, base: str, state: Path, *, timeout: float = 20) -> Iterator[ElasticArchive]:
    one = open_archive(f"{url}/{base}", state, timeout=timeout)
    assert isinstance(one, ElasticArchive)
    with closing(one):
        yield one


def said(caplog: pytest.LogCaptureFixture) -> str:
    """What the user was told."""
    return "\n".join(record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)


@contextmanager
def blocked(client: Elasticsearch, base: str, block: str) -> Iterator[None]:
    index = f"{base}-articles-v1"
    client.indices.put_settings(index=index, settings={block: True})
    try:
        yield
    finally:
        client.indices.put_settings(index=index, settings={block: None})


# --- One index, on the node of the whole run -----------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "index.blocks.read_only_allow_delete",
        pytest.param("index.blocks.write", marks=pytest.mark.long),
    ],
)
def test_a_block_on_the_index(
    shared: Elasticsearch,
    base: str,
    elasticsearch_url: str,
    tmp_path: Path,
    model: Acknowledged,
    caplog: pytest.LogCaptureFixture,
    block: str,
) -> None:
    """The first is what Elasticsearch sets when a disk is full (429 per article), the second is 403."""
    empty(shared, base)
    with archive_on(elasticsearch_url, base, tmp_path) as archive:
        assert model.put(archive, model.articles(range(5))) == {"stored": 5}
        with blocked(shared, base, block):
            assert model.put(archive, model.articles(range(3, 10), version=2)) == {"spooled": 7}
            time.sleep(1)  # the server answers, but takes nothing: it is not said to be back
            assert archive.spooled == 7
            assert "cluster_block_exception" in said(caplog)
            assert "the archive's server is back" not in said(caplog)
        until(lambda: archive.spooled == 0)
        assert "the archive's server is back" in said(caplog)
        assert archive.count() == 10
    model.check(shared, base)


def test_an_index_that_is_deleted_meanwhile_is_made_anew(
    elasticsearch_url: str, tmp_path: Path, model: Acknowledged, caplog: pytest.LogCaptureFixture
) -> None:
    base = f"faults-{secrets.token_hex(4)}"
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        with archive_on(elasticsearch_url, base, tmp_path, timeout=60) as archive:
            client.indices.delete(index=f"{base}-articles-v1")
            with pytest.raises(ArchiveAway, match="no such index"):
                archive.get("a" * 64)
            outcomes = model.put(archive, model.articles(range(5)))
            until(lambda: archive.spooled == 0 and not archive._delivery.away)
            assert outcomes in ({"spooled": 5}, {"stored": 5})
            assert archive.count() == 5
        assert "articles go to the spool" in said(caplog)
        model.check(client, base, writes=1)
        client.indices.delete(index=f"{base}-articles-v1")


@pytest.mark.long
def test_a_closed_index_refuses_nothing_for_good(
    shared: Elasticsearch, base: str, elasticsearch_url: str, tmp_path: Path, model: Acknowledged
) -> None:
    empty(shared, base)
    with archive_on(elasticsearch_url, base, tmp_path) as archive:
        shared.indices.close(index=f"{base}-articles-v1")
        assert model.put(archive, model.articles(range(5))) == {"spooled": 5}
        shared.indices.open(index=f"{base}-articles-v1")
        until(lambda: archive.spooled == 0)
        assert archive.dead_letters == 0
    model.check(shared, base, writes=1)


def test_a_document_that_the_mapping_refuses_waits_as_a_dead_letter(
    elasticsearch_url: str, tmp_path: Path, model: Acknowledged
) -> None:
    """An index whose `publisher` is a number: somebody made it by hand, or patched its mapping."""
    base = f"faults-{secrets.token_hex(4)}"
    patched = mappings()
    patched["properties"] = {
        name: field
        for name, field in patched["properties"].items()
        if field.get("type") not in ("text", None)
    }
    for field in patched["properties"].values():
        field.pop("copy_to", None)
    patched["properties"] |= {
        "publisher": {"type": "integer"},
        "text": {"enabled": False},
        "title": {"enabled": False},
        "summary": {"enabled": False},
    }
    index = f"{base}-articles-v1"
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        aliases = {f"{base}-articles": {}, f"{base}-articles-write": {}}
        client.indices.create(index=index, mappings=patched, aliases=aliases)
        with archive_on(elasticsearch_url, base, tmp_path) as archive:
            batch = model.articles(range(6))
            for one in batch[:2]:
                one.publisher = "Tagblatt"
            batch[5].copy_of = None
            assert model.put(archive, batch) == {"refused": 2, "stored": 4}
            assert archive.dead_letters == 2
            letters = [json.loads(line) for line in archive._dead_letters.path.read_text().splitlines()]
            assert {letter["article"]["id"] for letter in letters} == {one.id for one in batch[:2]}
            for letter in letters:
                assert "failed to parse field [publisher] of type [integer]" in letter["reason"]
            assert archive.redrive() == (0, 0, 2), "the mapping is as it was"
            assert archive.dead_letters == 2
            model.check(client, base, writes=1)
            client.indices.delete(index=index)
            patched["properties"]["publisher"] = {"type": "keyword"}
            client.indices.create(index=index, mappings=patched, aliases=aliases)
            assert archive.redrive() == (0, 2, 0)
            assert archive.dead_letters == 0
            assert archive.get(batch[0].id) == batch[0]
        client.indices.delete(index=index)


def test_away_for_the_whole_time_and_back_in_the_next_process(
    shared: Elasticsearch,
    base: str,
    elasticsearch_url: str,
    tmp_path: Path,
    model: Acknowledged,
    caplog: pytest.LogCaptureFixture,
) -> None:
    empty(shared, base)
    with Gate(elasticsearch_url) as gate:
        with archive_on(gate.url, base, tmp_path) as archive:
            model.put(archive, model.articles(range(10)))
        gate.shut()
        with archive_on(gate.url, base, tmp_path) as archive:
            assert model.put(archive, model.articles(range(5, 30), version=2)) == {"spooled": 25}
        with archive_on(gate.url, base, tmp_path) as archive:
            assert archive.spooled == 25
        with pytest.raises(ArchiveError, match="cannot be reached"):
            open_archive(f"{gate.url}/{base}", tmp_path, create=False)
        gate.open()
        with archive_on(gate.url, base, tmp_path) as archive:
            until(lambda: archive.spooled == 0)
            assert archive.count() == 30
    assert "25 spooled articles are in the archive now" in said(caplog)
    model.check(shared, base)


@pytest.mark.parametrize("status", [429, 503])
def test_single_articles_that_the_server_has_no_time_for_are_sent_again(
    shared: Elasticsearch,
    base: str,
    elasticsearch_url: str,
    tmp_path: Path,
    model: Acknowledged,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 20)
    empty(shared, base)
    batch = model.articles(range(8))
    with FaultyProxy(elasticsearch_url) as proxy:
        proxy.bad = {batch[1].id: (status, 2), batch[6].id: (status, 1)}
        url = Address.parse(proxy.archive_url(base))
        with closing(
            open_archive(str(url), tmp_path, credentials=Credentials(ca_certs=proxy.ca_file))
        ) as archive:
            assert model.put(archive, batch) == {"stored": 8}
    model.check(shared, base, writes=1)


def test_an_article_that_trips_the_server_again_and_again_is_refused(
    shared: Elasticsearch,
    base: str,
    elasticsearch_url: str,
    tmp_path: Path,
    model: Acknowledged,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 20)
    empty(shared, base)
    batch = model.articles(range(8))
    with FaultyProxy(elasticsearch_url) as proxy:
        proxy.bad = {batch[3].id: (500, 100)}
        url = Address.parse(proxy.archive_url(base))
        archive = open_archive(str(url), tmp_path, credentials=Credentials(ca_certs=proxy.ca_file))
        assert isinstance(archive, ElasticArchive)
        with closing(archive):
            assert model.put(archive, batch) == {"stored": 7, "refused": 1}
            assert archive.dead_letters == 1
            proxy.bad.clear()
            assert archive.redrive() == (0, 1, 0)
    assert len(model.digests) == 7
    model.digests[batch[3].id] = batch[3].digest
    model.check(shared, base, writes=1)


# --- Our own process dies ------------------------------------------------------------------------------

_CHILD = """
import asyncio, sys
from pathlib import Path
from archive import open_archive
from tests.archive.samples import article, days
url, state, name, count = sys.argv[1:]
archive = open_archive(url, Path(state), timeout=5)
print("open", flush=True)
for number in range(int(count)):
    one = article(f"{name}/{number}", f"Text {number}.", date_fetched=days(1))
    asyncio.run(archive.put([one]))
    print(one.id, one.digest, flush=True)
sys.stdin.read()
"""


def child(url: str, state: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, str(state), name, str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(process: "subprocess.Popen[str]") -> list[str]:
    """Kill it with -9; what it had still to say, whole lines only."""
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]


def test_our_process_is_killed_while_it_spools(
    shared: Elasticsearch, base: str, elasticsearch_url: str, tmp_path: Path
) -> None:
    empty(shared, base)
    model = Acknowledged()
    with Gate(elasticsearch_url) as gate:
        with archive_on(gate.url, base, tmp_path):
            pass
        gate.shut()
        process = child(f"{gate.url}/{base}", tmp_path, "spooling", 10_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(31)][1:]
        lines += kill(process)
        gate.open()
        with archive_on(gate.url, base, tmp_path) as archive:
            until(lambda: archive.spooled == 0)
            kept = {one.id: one.digest for one in archive.iterate()}
    model.digests = dict(line.split() for line in lines)  # type: ignore[misc]
    assert len(model.digests) >= 30
    assert model.digests.items() <= kept.items()
    assert len(kept) <= len(model.digests) + 1, "one may have been written before it was told"


def test_our_process_is_killed_while_the_spool_is_brought(
    shared: Elasticsearch, base: str, elasticsearch_url: str, tmp_path: Path, model: Acknowledged
) -> None:
    empty(shared, base)
    with Gate(elasticsearch_url) as gate:
        with archive_on(gate.url, base, tmp_path) as archive:
            gate.shut()
            assert model.put(archive, model.articles(range(3000))) == {"spooled": 3000}
        gate.open()
        process = child(f"{gate.url}/{base}", tmp_path, "none", 0)
        until(lambda: _count(shared, base) > 0)
        kill(process)
        assert 0 < _count(shared, base) < 3000
        with archive_on(gate.url, base, tmp_path) as archive:
            until(lambda: archive.spooled == 0)
    model.check(shared, base, writes=1)


def _count(client: Elasticsearch, base: str) -> int:
    client.indices.refresh(index=f"{base}-articles")
    return int(client.count(index=f"{base}-articles")["count"])


# --- The node itself -----------------------------------------------------------------------------------


def test_a_node_with_little_room(
    node: Node,
    client: Elasticsearch,
    base: str,
    tmp_path: Path,
    model: Acknowledged,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes requests of 1 MB (413) and works on 60 kB at once (429 for the whole request)."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 20)
    with archive_on(node.url, base, tmp_path) as archive:
        small = model.articles(range(200), body="Some text. " * 700)
        large = model.articles([1000], body="word " * 300_000)
        assert model.put(archive, [*small[:100], *large, *small[100:]]) == {"stored": 200, "refused": 1}
        assert archive.dead_letters == 1
        assert "413" in archive._dead_letters.path.read_text()
        assert archive.redrive() == (0, 0, 1), "as large as it was"
    model.check(client, base, writes=1)


def test_the_node_is_killed_during_bulk_and_started_again(
    node: Node,
    client: Elasticsearch,
    base: str,
    tmp_path: Path,
    model: Acknowledged,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The client writes all the time; the same ids come again with newer texts."""
    outcomes: Counter[str] = Counter()
    with archive_on(node.url, base, tmp_path, timeout=5) as archive:
        killer = threading.Timer(1.0, node.kill)
        killer.start()
        number = 0
        while number < 30 or node.pid is not None:
            version = 1 + number // 20
            outcomes += model.put(
                archive, model.articles(range(number % 20 * 40, number % 20 * 40 + 40), version)
            )
            number += 1
        killer.join()
        outcomes += model.put(archive, model.articles(range(40), 1000))
        assert outcomes["spooled"] > 0
        with pytest.raises(ArchiveAway):
            archive.count()
        node.start()
        until(lambda: archive.spooled == 0)
        assert archive.count() == len(model.digests)
    assert outcomes.total() == 40 * (number + 1)
    assert set(outcomes) == {"stored", "spooled"}
    assert "the archive's server is back" in said(caplog)
    model.check(client, base)


@pytest.mark.parametrize(
    ("seconds", "timeout"), [(4, 1), pytest.param(60, 30, marks=pytest.mark.long)], ids=["4 s", "60 s"]
)
def test_the_node_does_not_answer_for_a_while(
    node: Node,
    client: Elasticsearch,
    base: str,
    tmp_path: Path,
    model: Acknowledged,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    timeout: float,
) -> None:
    with archive_on(node.url, base, tmp_path, timeout=timeout) as archive:
        assert model.put(archive, model.articles(range(10))) == {"stored": 10}
        node.pause()
        started = time.monotonic()
        assert model.put(archive, model.articles(range(5, 20))) == {"spooled": 15}
        assert model.put(archive, model.articles(range(20, 40))) == {"spooled": 20}
        with pytest.raises(ArchiveAway, match="did not answer in time"):
            archive.count()
        assert time.monotonic() - started < timeout + 2, "only the first waits"
        time.sleep(max(0, seconds - (time.monotonic() - started)))
        assert "did not answer in time" in said(caplog)
        node.resume()
        until(lambda: archive.spooled == 0)
        assert archive.count() == 40
    model.check(client, base, writes=1)


def test_closing_while_the_node_does_not_answer(
    node: Node, client: Elasticsearch, base: str, tmp_path: Path, model: Acknowledged
) -> None:
    with archive_on(node.url, base, tmp_path, timeout=1) as archive:
        node.pause()
        model.put(archive, model.articles(range(10)))
        started = time.monotonic()
        archive.close()
        assert time.monotonic() - started < 2
    node.resume()
    with archive_on(node.url, base, tmp_path) as archive:
        until(lambda: archive.spooled == 0)
    model.check(client, base, writes=1)
