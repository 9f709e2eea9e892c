import os
import socket
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from scripts.elasticsearch_node.node import Node, NodeError

# The first example pays for loading models and word lists; how long things take is benchmarks/' to say.
settings.register_profile("storytrail", deadline=None)
settings.load_profile("storytrail")

_HOW_TO_GET_ONE = (
    "these tests need an Elasticsearch: install Maven and a JDK >= 21, and they start their own "
    "(scripts/elasticsearch), or set ELASTICSEARCH_URL to a server for tests"
)


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Elasticsearch for the whole run: ELASTICSEARCH_URL's, or a node of our own.

    Tests share it: they use index names of their own (a random prefix) and delete them.
    """
    url = os.environ.get("ELASTICSEARCH_URL")
    if url:
        _check_answers(url)
        yield url.rstrip("/")
        return
    node = Node(tmp_path_factory.mktemp("elasticsearch"))
    _start(node)
    yield node.url
    node.stop()


@pytest.fixture
def new_node(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Starts nodes for tests of faults: `new_node({"http.max_content_length": "100kb"}) -> Node`.

    Each has its own data folder in `tmp_path` and ends with the test, whatever state it is in.
    """
    nodes: list[Node] = []

    def make(node_settings: Mapping[str, str] | None = None, *, heap: str = "256m") -> Node:
        node = Node(tmp_path / f"node-{len(nodes)}", heap=heap, settings=node_settings)
        nodes.append(node)
        _start(node)
        return node

    yield make
    for node in nodes:
        node.kill()


def _start(node: Node) -> None:
    try:
        node.start()
    except NodeError as error:
        pytest.fail(f"{_HOW_TO_GET_ONE}: {error}", pytrace=False)


def _check_answers(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=10).close()
    except OSError as error:
        place = f"{parts.scheme}://{parts.hostname}:{port}"
        pytest.fail(
            f"{_HOW_TO_GET_ONE}: ELASTICSEARCH_URL names {place}, which gives: {error}", pytrace=False
        )
