import base64
import logging
import socket
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.elastic.address import Address, Credentials
from archive.elastic.connection import ServerInfo, check_rights, check_server, connect
from archive.elastic.failures import errors_of
from archive.errors import ArchiveAway, ArchiveError

from .tls_proxy import TlsProxy

USER, PASSWORD = "crawler", "pa:ss/wörd@"
API_KEY = base64.b64encode(b"an-id:a-key").decode()


@pytest.fixture(scope="module")
def one_proxy(elasticsearch_url: str) -> Iterator[TlsProxy]:
    with TlsProxy(elasticsearch_url, user=USER, password=PASSWORD, api_key=API_KEY) as proxy:
        yield proxy


@pytest.fixture
def proxy(one_proxy: TlsProxy) -> TlsProxy:
    one_proxy.version, one_proxy.product, one_proxy.status, one_proxy.delay = "", True, 0, 0.0
    one_proxy.forbidden, one_proxy.lacking, one_proxy.seen = set(), set(), []
    return one_proxy


def check(url: str, *, rights: bool = True, timeout: float = 10, **credentials: str) -> ServerInfo:
    """All that is checked at a start."""
    address = Address.parse(url)
    with connect(address, Credentials(**credentials), timeout=timeout) as client:
        info = check_server(client, address)
        if rights:
            check_rights(client, address, write=True)
    return info


def refusal(url: str, **options: Any) -> str:
    """The message of the ArchiveError; never with more than one line, a cause or a secret."""
    with pytest.raises(ArchiveError) as caught:
        check(url, **options)
    message = str(caught.value)
    assert "\n" not in message
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    address = Address.parse(url)
    for secret in (address.password or PASSWORD, API_KEY):
        assert secret not in shown
    assert type(caught.value) in (ArchiveError, ArchiveAway)
    return ("away: " if isinstance(caught.value, ArchiveAway) else "") + message


def test_the_real_server(elasticsearch_url: str) -> None:
    """It has no security: the question about rights is fine without an answer."""
    info = check(f"{elasticsearch_url}/news")
    assert info.version.startswith("9.")
    assert len(info.cluster_uuid) > 10


def test_connecting_makes_no_request() -> None:
    started = time.monotonic()
    with connect(Address.parse("http://192.0.2.1:9200/news"), Credentials()):
        assert time.monotonic() - started < 1


def test_password_and_api_key(proxy: TlsProxy) -> None:
    check(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    check(f"{proxy.url}/news", ca_certs=proxy.ca_file, api_key=API_KEY)
    check(f"https://localhost:{proxy.port}/news", ca_certs=proxy.ca_file, api_key=API_KEY)
    assert all(one.headers["user-agent"].startswith("Storytrail/") for one in proxy.seen)


def test_wrong_credentials(proxy: TlsProxy) -> None:
    ca_certs = proxy.ca_file
    for url, api_key in (
        (f"{proxy.url}/news", ""),
        (f"{proxy.url}/news", API_KEY[::-1].lstrip("=")),
        (proxy.archive_url("news").replace("pa", "Pa"), ""),
    ):
        message = refusal(url, ca_certs=ca_certs, api_key=api_key)
        assert message.startswith(
            f"{proxy.url} does not accept the credentials, or asks for some; check user"
        )
        assert USER not in message


def test_both_kinds_of_credentials(proxy: TlsProxy) -> None:
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file, api_key=API_KEY)
    assert message == (
        f"both a password and an API key are set for {proxy.url}; "
        "take the user out of ARCHIVE_URL, or unset ELASTICSEARCH_API_KEY"
    )
    assert proxy.seen == []


def test_certificate_of_an_unknown_authority(proxy: TlsProxy) -> None:
    message = refusal(proxy.archive_url("news"))
    assert message.startswith(f"the certificate of {proxy.url} is not trusted (unable to get local issuer")
    assert "set ELASTICSEARCH_CA_CERTS to the PEM file" in message


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_certificate_of_another_host(elasticsearch_url: str, host: str) -> None:
    with TlsProxy(elasticsearch_url, names=["elsewhere.example"]) as proxy:
        message = refusal(f"https://{host}:{proxy.port}/news", ca_certs=proxy.ca_file)
        assert f"https://{host}:{proxy.port} is for another host" in message
        assert message.endswith("use a name of it in ARCHIVE_URL")
        assert proxy.seen == []


def test_certificate_that_has_expired(elasticsearch_url: str) -> None:
    with TlsProxy(elasticsearch_url, not_after=datetime.now(UTC) - timedelta(days=1)) as proxy:
        message = refusal(f"{proxy.url}/news", ca_certs=proxy.ca_file)
        assert message.endswith("is not trusted (certificate has expired); renew it")


def test_ca_file_that_cannot_be_used(tmp_path: Path) -> None:
    missing, other = tmp_path / "missing.pem", tmp_path / "other.pem"
    other.write_text("no certificate")
    url = "https://127.0.0.1:9/news"
    assert refusal(url, ca_certs=str(missing)).startswith(
        f"ELASTICSEARCH_CA_CERTS={missing} cannot be read (No such file or directory); set it to a PEM file"
    )
    assert refusal(url, ca_certs=str(other)).startswith(
        f"ELASTICSEARCH_CA_CERTS={other} holds no certificate; set it to a PEM file"
    )
    assert refusal(url, ca_certs=str(tmp_path)).startswith(
        f"ELASTICSEARCH_CA_CERTS={tmp_path} cannot be read"
    )


def test_http_and_https_mixed_up(proxy: TlsProxy, elasticsearch_url: str) -> None:
    assert refusal(proxy.archive_url("news").replace("https:", "http:")) == (
        f"http://127.0.0.1:{proxy.port} speaks HTTPS; write https:// in ARCHIVE_URL"
    )
    message = refusal(f"{elasticsearch_url.replace('http:', 'https:')}/news")
    assert "does not speak HTTPS with us" in message
    assert message.endswith("write http:// in ARCHIVE_URL if it speaks plain HTTP")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("8.19.0", "is Elasticsearch 8, the installed client is for 9; run an Elasticsearch 9"),
        ("10.1.0", "is Elasticsearch 10.1.0, the installed client is for 9; run an Elasticsearch 9, or pip "),
    ],
)
def test_server_of_another_version(proxy: TlsProxy, version: str, message: str) -> None:
    proxy.version = version
    found = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    assert found.startswith(f"{proxy.url} {message}")
    assert ("pip install 'elasticsearch>=10,<11'" in found) == (version == "10.1.0")


def test_not_an_elasticsearch(proxy: TlsProxy) -> None:
    proxy.product = False
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    assert message == (
        f"{proxy.url} is not an Elasticsearch (it answers 200 without saying so); check ARCHIVE_URL"
    )
    proxy.status = 404
    assert "not an Elasticsearch (it answers 404" in refusal(
        proxy.archive_url("news"), ca_certs=proxy.ca_file
    )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_proxy_without_a_server(proxy: TlsProxy, status: int) -> None:
    proxy.status = status
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    assert message == f"away: {proxy.url} cannot take requests now ({status}); try again later"


def test_slow_server(proxy: TlsProxy, caplog: pytest.LogCaptureFixture) -> None:
    proxy.delay = 5
    started = time.monotonic()
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file, timeout=0.3)
    assert caplog.text == "", "one message, not the client's as well"
    assert message.startswith(f"away: {proxy.url} did not answer in time")
    assert time.monotonic() - started < 2, "one try"


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        for scheme in ("http", "https"):
            message = refusal(f"{scheme}://elastic:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{port}/news")
            assert message == (
                f"away: {scheme}://127.0.0.1:{port} cannot be reached (Connection refused); "
                "start it, or check ARCHIVE_URL"
            )


def test_rights_that_are_missing(proxy: TlsProxy) -> None:
    proxy.lacking = {"write", "manage_index_templates"}
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    assert message == (
        f"the credentials for {proxy.url} lack rights: write on news-*, manage_index_templates on the cluster"
        "; give them a role that has these"
    )
    address = Address.parse(proxy.archive_url("news"))
    with connect(address, Credentials(ca_certs=proxy.ca_file)) as client:
        check_rights(client, address, write=False)
        proxy.lacking = {"view_index_metadata"}
        with pytest.raises(ArchiveError, match=r"lack rights: view_index_metadata on news-\*;"):
            check_rights(client, address, write=False)


def test_question_about_rights_without_an_answer(proxy: TlsProxy) -> None:
    address = Address.parse(proxy.archive_url("news"))
    with connect(address, Credentials(ca_certs=proxy.ca_file), timeout=0.3) as client:
        proxy.forbidden = {"/_security"}
        with pytest.raises(ArchiveError, match="does not allow this to the credentials"):
            check_rights(client, address, write=True)
        proxy.delay = 2
        with pytest.raises(ArchiveAway, match="did not answer in time"):
            check_rights(client, address, write=True)


def test_a_forbidden_path(proxy: TlsProxy) -> None:
    proxy.forbidden = {"/news-articles-write"}
    address = Address.parse(proxy.archive_url("news"))
    with connect(address, Credentials(ca_certs=proxy.ca_file)) as client:
        check_server(client, address)
        with pytest.raises(ArchiveError) as caught, errors_of(address):
            client.bulk(index="news-articles-write", operations=[{"delete": {"_id": "1"}}])
    assert str(caught.value) == (
        f"{proxy.url} does not allow this to the credentials (indices:data/write/bulk); "
        "give their role one of the index privileges [create_doc,create,index,write,all]"
    )
    proxy.forbidden = {"/"}
    message = refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file)
    assert message.endswith(
        "(cluster:monitor/main); give their role one of the cluster privileges [monitor,manage,all]"
    )


def test_path_of_a_reverse_proxy(elasticsearch_url: str) -> None:
    with TlsProxy(elasticsearch_url, prefix="/es") as proxy:
        check(f"{proxy.url}/news", ca_certs=proxy.ca_file)
        assert {one.path for one in proxy.seen} == {"/es/", "/es/_security/user/_has_privileges"}
        assert "not an Elasticsearch" in refusal(
            f"{proxy.url.removesuffix('/es')}/news", ca_certs=proxy.ca_file
        )


def test_cloud_id(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud id joins host and cluster to one name; not every machine resolves names under localhost."""
    resolve = socket.getaddrinfo

    def loopback(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "es.localhost" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", loopback)
    with TlsProxy(elasticsearch_url, api_key=API_KEY, names=["es.localhost"]) as proxy:
        cloud_id = "test:" + base64.b64encode(f"localhost:{proxy.port}$es$kibana".encode()).decode()
        options = {"cloud_id": cloud_id, "ca_certs": proxy.ca_file}
        assert check("cloud:news", api_key=API_KEY, **options).version.startswith("9.")
        assert {one.headers["host"] for one in proxy.seen} == {f"es.localhost:{proxy.port}"}
        assert proxy.seen[-1].headers["content-encoding"] == "gzip", "away from loopback"
        message = refusal("cloud:news", api_key="d3Jvbmc=", **options)
        assert message.startswith("the cluster of ELASTICSEARCH_CLOUD_ID does not accept the credentials")


def test_cloud_id_that_is_none() -> None:
    assert refusal("cloud:news") == (
        "ARCHIVE_URL=cloud:news needs ELASTICSEARCH_CLOUD_ID; copy it from your deployment's page"
    )
    for cloud_id in ("x", "test:!", "test:Zm9v", "test:" + base64.b64encode(b"host:port$es").decode()):
        message = refusal("cloud:news", cloud_id=cloud_id)
        assert message.startswith("ELASTICSEARCH_CLOUD_ID is not a cloud id")


def test_no_credentials_in_any_log(proxy: TlsProxy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    nodes = logging.getLogger("elastic_transport.node")
    nodes.propagate = True
    try:
        check(proxy.archive_url("news"), ca_certs=proxy.ca_file)
        check(f"{proxy.url}/news", ca_certs=proxy.ca_file, api_key=API_KEY)
        proxy.delay = 1
        refusal(proxy.archive_url("news"), ca_certs=proxy.ca_file, timeout=0.2)
        refusal(f"{proxy.url}/news", ca_certs=proxy.ca_file, api_key=API_KEY, timeout=0.2)
    finally:
        nodes.propagate = False
    assert "> GET / HTTP" in caplog.text
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    for secret in (PASSWORD, "pa%3Ass", login, API_KEY):
        assert secret not in caplog.text
