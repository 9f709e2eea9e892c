import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme
from elasticsearch import Elasticsearch

from archive.article import CopyOf, Relation
from archive.elastic.documents import document
from archive.elastic.kibana import pack, post
from archive.elastic.runs import alias, ensure_runs, index_runs
from archive.elastic.schema import Names, create_index
from archive.errors import ArchiveAway, ArchiveError
from archive.kibana.views import SHOWN
from archive.run import Run
from scripts.kibana_check import form, missing_fields, uses
from tests.archive.elastic.fake_kibana import FakeKibana, Objects, serving
from tests.archive.samples import START, article, days

ROOT = Path(__file__).parents[3]


def objects() -> Objects:
    return {one["id"]: one for one in map(json.loads, pack().splitlines())}


# --- Without a server ---------------------------------------------------------------------------------


def test_the_committed_pack_is_what_the_mappings_make_and_has_no_problem() -> None:
    script = [sys.executable, "scripts/kibana_pack.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kibana/storytrail.ndjson: 7 objects, ")
    assert done.stdout.endswith(" 0 problems\n")


def test_what_is_in_it() -> None:
    found = [(one["type"], one["attributes"]["title"]) for one in objects().values()]
    assert found == [
        ("index-pattern", "news-articles"),
        ("index-pattern", "news-articles"),
        ("index-pattern", "news-runs"),
        ("search", "Articles, newest first (news)"),
        ("dashboard", "Coverage of a story (news)"),
        ("dashboard", "Crawl health (news)"),
        ("dashboard", "Archive overview (news)"),
    ]


def test_another_base_name_has_its_own_objects() -> None:
    other = pack("press")
    assert not form(other)
    assert "news" not in other.replace("newest", "").replace("storytrail-press", "")
    assert not set(objects()) & {json.loads(line)["id"] for line in other.splitlines()}


# --- On a real Elasticsearch --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def base(client: Elasticsearch) -> Iterator[str]:
    """Four articles and two runs."""
    name = f"t{uuid4().hex[:8]}"
    index = create_index(client, name)
    ensure_runs(client, name)
    relation = Relation(seed="s1", score=1, rank=1.2, kind="same-language", related=True)
    dated = {
        "date_published": days(1),
        "relations": [relation],
        "article_section": "World",
        "source": "Paper",
    }
    copied = CopyOf(article_id="x", url="https://a.example/x", overlap=0.9)
    for one in (
        article("a", "Eine Rakete.", headline="Raketen über Japan", in_language="de", **dated),
        article("b", "A missile.", headline="Missiles over Japan", in_language="en", copy_of=copied, **dated),
        article("c", "Tiro.", headline="Lançamento", in_language="xx", site="b.example", **dated),
        article("d", "No date."),
    ):
        client.index(index=index, id=one.id, document=document(one))
    times = {"started_at": START, "finished_at": days(0.1)}
    failed = {
        "exit_code": 1,
        "problem": "none of 3 lists answered",
        "error_kinds": ["timeout"],
        "errors": 2,
        "left_out_kinds": ["soft_404"],
    }
    run_reports = [Run(id="r1", spider="feeds", **times), Run(id="r2", spider="site", **times, **failed)]  # type: ignore[arg-type]
    assert index_runs(client, name, run_reports) == 2
    client.indices.refresh(index=f"{name}-*")
    yield name
    client.indices.delete(index=[index, f"{name}-runs-v1"])
    client.indices.delete_index_template(name=Names(name).read)
    client.cluster.delete_component_template(name=f"{name}-*")


def test_each_field_is_there_with_the_right_type(client: Elasticsearch, base: str) -> None:
    text = pack(base)
    assert len({(use.index, use.field) for use in uses(text)}) > 80
    assert missing_fields(client, text) == []


@pytest.mark.parametrize(
    ("field", "other", "told"),
    [
        ("in_language", "language", "has no field language"),
        ("date_published", "site", "site is keyword, wanted: date"),
        ("site", "headline", "headline is text, wanted: counted"),
        ("text_length", "access", "access is keyword, wanted: number"),
        ("is_copy", "copied", "has no field copied"),
    ],
)
def test_a_planted_field_fault_is_found(
    client: Elasticsearch, base: str, field: str, other: str, told: str
) -> None:
    spoilt = pack(base).replace(f'"{field}', f'"{other}').replace(f'"{field}: true', f'"{other}: true')
    spoilt = spoilt.replace(f'\\"{field}', f'\\"{other}')
    assert any(told in problem for problem in missing_fields(client, spoilt))


def test_discover_shows_something_in_each_column(client: Elasticsearch, base: str) -> None:
    """Discover asks for fields; `headline` is no part of the document."""
    answer = client.search(
        index=Names(base).read,
        fields=[*SHOWN],
        source=False,
        sort=[{"date_published": "desc"}, {"url": "asc"}],
    )
    hits = [hit["fields"] for hit in answer["hits"]["hits"]]
    assert all(hit.keys() == set(SHOWN) for hit in hits)
    headlines = ["Raketen über Japan", "Missiles over Japan", "Lançamento", "About d"]
    assert [hit["headline"] for hit in hits] == [[headline] for headline in headlines]


AGGREGATIONS = {"unique_count": "cardinality", "average": "avg", "last_value": "max", "median": "percentiles"}


def aggregations(layer: dict[str, Any]) -> dict[str, Any]:
    """About what Lens asks Elasticsearch for a layer."""
    figures: dict[str, Any] = {}
    found = figures
    columns = layer["columns"]
    for name in reversed(layer["columnOrder"]):
        column = columns[name]
        operation, on = column["operationType"], {"field": column["sourceField"]}
        if operation == "count":
            continue
        if not column["isBucketed"]:
            figures[name] = {AGGREGATIONS.get(operation, operation): on}
            continue
        if operation == "terms":
            key = column["params"]["orderBy"]["columnId"]
            by = {"count": "_count", "median": f"{key}.50"}.get(columns[key]["operationType"], key)
            on |= {"size": column["params"]["size"], "order": {by: column["params"]["orderDirection"]}}
        calendar, span = {"calendar_interval": "day"}, {"interval": 1000}
        on |= {"date_histogram": calendar, "range": span}.get(operation, {})
        kind = "histogram" if operation == "range" else operation
        found = {name: {kind: on, "aggs": {**figures, **found}}}
    return found


def test_elasticsearch_answers_what_each_chart_asks(client: Elasticsearch, base: str) -> None:
    asked = 0
    for one in map(json.loads, pack(base).splitlines()):
        index = alias(base) if "health" in one["id"] else Names(base).read
        for panel in json.loads(one["attributes"].get("panelsJSON", "[]")):
            if panel["type"] == "search":
                continue
            state = panel["embeddableConfig"]["attributes"]["state"]
            wanted = aggregations(state["datasourceStates"]["formBased"]["layers"]["layer"])
            answer = client.search(index=index, size=0, aggs=wanted or None)
            for name, result in answer.get("aggregations", {}).items():
                asked += 1
                assert result.get("buckets", True), (one["id"], panel["title"], name)
    assert asked >= 30


# --- Posting it ---------------------------------------------------------------------------------------


@pytest.fixture
def kibana() -> Iterator[FakeKibana]:
    with serving(FakeKibana()) as server:
        yield server


@pytest.mark.parametrize("space", ["", "/s/press", "/s/press/"])
def test_the_pack_arrives_whole(kibana: FakeKibana, space: str) -> None:
    place = f"{kibana.url}{space}".rstrip("/")
    assert post(pack(), f"{kibana.url}{space}") == f"imported 7 objects into {place}"
    assert kibana.imported == objects()
    assert "authorization" not in kibana.headers


def test_the_ways_to_say_who_one_is(kibana: FakeKibana) -> None:
    basic = "Basic ZWxhc3RpYzpzM2NyJHQ6"
    post(pack(), kibana.url, user="elastic", password="s3cr$t:")
    assert kibana.headers["authorization"] == basic
    told = post(pack(), kibana.url.replace("://", "://elastic:s3cr%24t%3A@"), api_key="of the crawler")
    assert kibana.headers["authorization"] == basic
    assert told == f"imported 7 objects into {kibana.url}"
    post(pack(), kibana.url, api_key="a2V5OnZhbHVl", user="elastic", password="x")
    assert kibana.headers["authorization"] == "ApiKey a2V5OnZhbHVl"


REFUSED = {
    "success": False,
    "successCount": 6,
    "errors": [{"type": "dashboard", "id": "d1", "error": {"type": "missing_references", "references": []}}],
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (401, b'{"statusCode":401,"error":"Unauthorized"}', ArchiveError, "answers 401: not allowed; check"),
        (403, b'{"statusCode":403}', ArchiveError, "answers 403: not allowed; check"),
        (503, b"Kibana server is not ready yet", ArchiveAway, "not ready yet; try again in a minute"),
        (404, b"<html>nginx</html>", ArchiveError, "answers 404; is it Kibana's address?"),
        (400, b'{"message":"too\\nold"}', ArchiveError, "answers 400: too old; is it Kibana's address?"),
        (302, b"", ArchiveError, "answers 302; is it Kibana's address?"),
        (200, b"hello", ArchiveError, "does not answer as Kibana does"),
        (200, b"[]", ArchiveError, "does not answer as Kibana does"),
        (
            200,
            json.dumps(REFUSED).encode(),
            ArchiveError,
            "took 6 objects and refused 1: dashboard d1 (missing_references)",
        ),
    ],
)
def test_what_kibana_refuses_is_told_in_one_line(
    kibana: FakeKibana, status: int, body: bytes, kind: type[ArchiveError], told: str
) -> None:
    kibana.answer = status, body
    with pytest.raises(ArchiveError) as caught:
        post(pack(), kibana.url.replace("://", "://elastic:geheim@"))
    assert type(caught.value) is kind
    assert told in str(caught.value)
    assert kibana.url in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["localhost:5601", "ftp://h", "http://", "http://u:geheim@[::1", "http://h:x"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ArchiveError, match="address is not understood; give it as http") as caught:
        post(pack(), url)
    assert "geheim" not in str(caught.value)


def test_nobody_answers() -> None:
    server = FakeKibana()
    server.server_close()
    with pytest.raises(ArchiveAway, match=f"no answer from {server.url}: no connection"):
        post(pack(), server.url.replace("localhost", "u:geheim@localhost"))


def test_certificates(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = FakeKibana()
    server.scheme = "https"
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        trusted = str(tmp_path / "ca.pem")
        assert post(pack(), server.url, ca_certs=trusted).startswith("imported 7 objects")
        with pytest.raises(ArchiveAway, match="its certificate is not trusted"):
            post(pack(), server.url)
        for missing in (tmp_path / "none.pem", tmp_path / "empty.pem"):
            if missing.name == "empty.pem":
                missing.touch()
            with pytest.raises(ArchiveError, match=f"cannot use .*{missing.name}: .*; name a PEM file"):
                post(pack(), server.url, ca_certs=str(missing))
