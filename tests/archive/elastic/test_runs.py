import dataclasses
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from archive.elastic.runs import SCHEMA_VERSION, alias, described, ensure_runs, index_runs, mappings
from archive.errors import ArchiveAway, ArchiveError
from archive.run import Run

START = datetime(2026, 11, 24, 5, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs" / "kibana.md"


def run(name: str, **values: object) -> Run:
    filled = {"spider": "feeds", "started_at": START, "finished_at": START + timedelta(minutes=3)}
    return Run(id=name, **(filled | values))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def base(client: Elasticsearch) -> Iterator[str]:
    """With index and alias; made once, for it takes a while: each test writes runs of its own."""
    name = f"t{uuid4().hex[:8]}"
    ensure_runs(client, name)
    yield name
    client.indices.delete(index=f"{name}-runs-v1")


@pytest.fixture
def new_base(client: Elasticsearch) -> Iterator[str]:
    name = f"t{uuid4().hex[:8]}"
    yield name
    client.indices.delete(index=f"{name}-runs-v1", ignore_unavailable=True)


def kept(client: Elasticsearch, base: str, *names: str) -> dict[str, Run]:
    found = client.mget(index=alias(base), ids=names)["docs"]
    return {one["_id"]: Run.from_dict(one["_source"]) for one in found if one["found"]}


def test_each_field_is_described_here_and_in_the_docs() -> None:
    fields = described()
    assert fields.keys() == {field.name for field in dataclasses.fields(Run)}
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    told = {name: f"{about} ({unit})" if unit else about for name, (_, about, unit) in fields.items()}
    assert {name: about for name, about in rows if name in told} == told


def test_descriptions_fit_elasticsearch() -> None:
    for name, field in mappings()["properties"].items():
        assert all(0 < len(text) <= 50 for text in field["meta"].values()), name


def test_a_report_comes_back_as_it_was(client: Elasticsearch, base: str) -> None:
    whole = run("a", host="box", error_kinds=["timeout", "http_503"], failed_share=0.25, response_bytes=2**40)
    long = run("b", problem="x" * 40_000)
    assert index_runs(client, base, [whole, long]) == 2
    assert kept(client, base, "a", "b") == {"a": whole, "b": long}


def test_a_second_delivery_changes_nothing(client: Elasticsearch, base: str) -> None:
    assert index_runs(client, base, [run("c"), run("d")]) == 2
    assert index_runs(client, base, [run("c", pending=9), run("e")]) == 1
    assert {name: one.pending for name, one in kept(client, base, "c", "d", "e").items()} == {
        "c": 0,
        "d": 0,
        "e": 0,
    }


def test_a_refused_report_does_not_hold_up_the_others(
    client: Elasticsearch, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = run("bad", pending=2**70)
    with caplog.at_level(logging.WARNING):
        assert index_runs(client, base, [run("f"), bad, run("g")]) == 2
    assert kept(client, base, "f", "bad", "g").keys() == {"f", "g"}
    assert f"{alias(base)} refuses the report of run bad: " in caplog.text


def test_a_server_without_room_gets_them_later(client: Elasticsearch, base: str) -> None:
    client.indices.put_settings(index=alias(base), settings={"index.blocks.read_only_allow_delete": True})
    with pytest.raises(ArchiveAway, match=f"{alias(base)} cannot take run reports now"):
        index_runs(client, base, [run("h")])
    client.indices.put_settings(index=alias(base), settings={"index.blocks.read_only_allow_delete": None})
    assert index_runs(client, base, [run("h")]) == 1


def test_crawls_that_start_at_once_make_one_index(client: Elasticsearch, new_base: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_runs(client, new_base), range(4)))
    assert list(client.indices.get_alias(name=alias(new_base)).body) == [f"{new_base}-runs-v1"]


def test_an_older_index_gets_the_new_fields(client: Elasticsearch, new_base: str) -> None:
    older = mappings()
    older["_meta"]["schema_version"] = SCHEMA_VERSION - 1
    del older["properties"]["retries"]
    client.indices.create(index=f"{new_base}-runs-v1", mappings=older, aliases={alias(new_base): {}})
    ensure_runs(client, new_base)
    assert index_runs(client, new_base, [run("a", retries=3)]) == 1
    (index,) = client.indices.get_mapping(index=alias(new_base)).values()
    assert index["mappings"] == mappings()


def test_without_the_alias_no_index_is_made_by_accident(client: Elasticsearch, new_base: str) -> None:
    with pytest.raises(ArchiveError, match=f"{alias(new_base)} cannot take run reports .404.: no such index"):
        index_runs(client, new_base, [run("a")])
    assert not client.indices.exists(index=alias(new_base))
