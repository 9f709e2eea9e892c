import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import BulkIndexError

from archive.elastic.address import Address, Credentials
from archive.elastic.connection import check_server, connect
from archive.elastic.failures import errors_of, explain
from archive.errors import ArchiveAway, ArchiveError

OURS = {"X-elastic-product": "Elasticsearch", "Content-Type": "application/json"}


@contextmanager
def server(status: int, body: str, headers: dict[str, str]) -> Iterator[Address]:
    """A web server that gives this answer to everything; status 0: it hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not status:
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Address.parse(f"http://127.0.0.1:{running.server_port}/news")
        finally:
            running.shutdown()
            thread.join()


def answer(kind: str, reason: str) -> str:
    return json.dumps(
        {"error": {"root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason}}
    )


GREETING = {"cluster_uuid": "abc", "version": {"number": "9.5.3"}}


@pytest.mark.parametrize(
    ("status", "body", "headers", "away", "message"),
    [
        (0, "", {}, True, r"cannot be reached \(Remote end closed connection without response\); start it"),
        (200, json.dumps(GREETING | {"cluster_uuid": "_na_"}), OURS, True, "has not joined a cluster yet"),
        (200, json.dumps(GREETING | {"version": "9"}), OURS, False, "tells no version"),
        (200, json.dumps(GREETING | {"version": {"number": "x"}}), OURS, False, "tells no version"),
        (200, "", OURS, False, "tells no version"),
        (200, "[]", OURS, False, "tells no version"),
        (200, json.dumps(GREETING), {"Content-Type": "application/json"}, False, "not an Elasticsearch"),
        (200, "<html>", {"Content-Type": "text/html"}, False, "not an Elasticsearch"),
        (200, "zip", {"Content-Type": "application/zip"}, True, "answers something that is not"),
        (200, '{"torn', OURS, True, "answers something that is not"),
        (301, "", {"Location": "https://h/"}, False, "not an Elasticsearch"),
        (400, answer("parsing_exception", "line\n one"), OURS, False, r"\(400: line one\)$"),
        (400, '{"error": "no handler found"}', OURS, False, r"\(400: no handler found\)$"),
        (401, "<html>", {"Content-Type": "text/html"}, False, "does not accept the credentials"),
        (403, "<html>", {"Content-Type": "text/html"}, False, "give their role the rights it lacks"),
        (413, "", {}, False, r"refuses a request of this size \(413\); raise its http.max_content_length"),
        (429, answer("es_rejected_execution_exception", "full"), OURS, True, r"now \(429: full\); try again"),
        (500, answer("null_pointer_exception", ""), OURS, False, r"\(500: null_pointer_exception\)$"),
        (503, answer("cluster_block_exception", "no master"), OURS, True, r"now \(503: no master\); try"),
        (520, "cloud", {"Content-Type": "text/plain"}, True, r"cannot take requests now \(520\)"),
    ],
)
def test_answers(status: int, body: str, headers: dict[str, str], away: bool, message: str) -> None:
    with (
        server(status, body, headers) as address,
        connect(address, Credentials(), timeout=5) as client,
        pytest.raises(ArchiveError, match=f"^{address.server} .*{message}") as caught,
    ):
        check_server(client, address)
    assert isinstance(caught.value, ArchiveAway) is away
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_server_that_hangs_up_in_the_handshake() -> None:
    def hang_up() -> None:
        connection, _ = listening.accept()
        connection.recv(65536)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=hang_up)
        thread.start()
        address = Address.parse(f"https://127.0.0.1:{listening.getsockname()[1]}/news")
        with connect(address, Credentials()) as client, pytest.raises(ArchiveAway) as caught:
            check_server(client, address)
        thread.join()
    assert str(caught.value).startswith(f"{address.server} closed the connection; see its log, or whether")


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with connect(Address.parse(f"{elasticsearch_url}/news"), Credentials()) as client:
        yield client


def test_errors_of_the_real_server(client: Elasticsearch, elasticsearch_url: str) -> None:
    index = f"test-{secrets.token_hex(4)}"
    address = Address.parse(f"{elasticsearch_url}/news")

    def message(**request: Any) -> str:
        with pytest.raises(ArchiveError) as caught, errors_of(address):
            client.index(index=index, **request)
        assert type(caught.value) is ArchiveError
        assert caught.value.__cause__ is None
        return str(caught.value)

    mappings = {"dynamic": "strict", "properties": {"n": {"type": "integer"}}}
    client.indices.create(index=index, mappings=mappings, settings={"number_of_replicas": 0})
    try:
        assert "(400: [1:6] failed to parse field [n]" in message(document={"n": "x" * 1000})
        assert "introduction of [m] within [_doc] is not allowed" in message(document={"m": 1})
        assert message(document={"n": object()}).endswith("cannot be written as JSON")
        client.indices.put_settings(index=index, settings={"index.blocks.write": True})
        blocked = message(document={"n": 1})
        assert blocked.startswith(f"{address.server} has a blocked index (index [{index}] blocked by")
        client.indices.put_settings(index=index, settings={"index.blocks.write": None})
        client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
        full = pytest.raises(ArchiveAway, match=r"cannot take requests now \(429: index .* blocked")
        with full, errors_of(address):
            client.index(index=index, document={"n": 1})
    finally:
        client.indices.delete(index=index)
    with pytest.raises(ArchiveError, match=r"\(404: no such index"), errors_of(address):
        client.search(index=index)


def test_what_comes_from_the_helpers_or_from_nowhere() -> None:
    address = Address.parse("http://u:geheim@h:9200/news")
    error = explain(BulkIndexError("2 document(s) failed to index.", [{}, {}]), address)
    assert str(error) == "http://h:9200 could not do what was asked: 2 document(s) failed to index."
    assert explain(error, address) is error
    assert str(explain(ValueError("geheim"), address)).endswith("could not do what was asked: ValueError")


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), errors_of(Address.parse("cloud:news")):
        raise ZeroDivisionError
