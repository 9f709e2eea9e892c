"""The client of an Elasticsearch archive, what is checked before its first use, and its errors in one line.

Every module that talks to the server does so within `errors_of(address)`: what goes wrong becomes
ArchiveAway (try again later) or another ArchiveError (somebody has to change something).
"""

import base64
import logging
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import elastic_transport
import elasticsearch
from elastic_transport import ApiError, NodeConfig, TransportError
from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from archive.elastic.address import Address, Credentials
from archive.elastic.failures import CLIENT_MAJOR, errors_of, explain, is_from_elasticsearch, wrong_version
from archive.errors import ArchiveAway, ArchiveError

__all__ = [
    "ServerInfo",
    "check_rights",
    "check_server",
    "connect",
    "errors_of",
    "explain",
]

# Of one node its pool says in its words what every failed request says in ours.
logging.getLogger("elastic_transport.node_pool").setLevel(logging.ERROR)

USER_AGENT = f"Storytrail/0.1 elasticsearch-py/{'.'.join(map(str, elasticsearch.__version__))}"

TIMEOUT = 30.0
"""Seconds for one request; the server's own default for a bulk request that waits for a shard is 60."""

HANDSHAKE_TIMEOUT = 5.0
"""Seconds for the look whether a port speaks HTTPS."""

NO_SECURITY = frozenset({400, 404, 405, 500})
"""How a server without security answers a question about rights: it has no handler for it."""

READ_RIGHTS = ("read", "view_index_metadata")
WRITE_RIGHTS = (*READ_RIGHTS, "write", "create_index", "manage")
CLUSTER_RIGHTS = ("manage_index_templates",)
"""Needed to write: the templates belong to the cluster, not to an index."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answered."""

    cluster_uuid: str
    version: str
    """As in "9.5.3"."""


def connect(address: Address, credentials: Credentials, *, timeout: float = TIMEOUT) -> Elasticsearch:
    """A client for the server; it makes no request yet, and never tries one again by itself.

    `timeout`: seconds for one request. The client may be used by many threads; close it at the end.
    Raises ArchiveError for settings that do not fit together or a CA file that cannot be used.
    """
    if address.password and credentials.api_key:
        advice = "take the user out of ARCHIVE_URL, or unset ELASTICSEARCH_API_KEY"
        raise ArchiveError(f"both a password and an API key are set for {address.server}; {advice}")
    in_cloud = address.scheme == "cloud"
    if in_cloud and not credentials.cloud_id:
        raise ArchiveError(
            f"ARCHIVE_URL={address} needs ELASTICSEARCH_CLOUD_ID; copy it from your deployment's page"
        )
    ca_certs = "" if address.scheme == "http" else _ca_file(credentials.ca_certs)
    try:
        return Elasticsearch(
            None if in_cloud else [_node(address)],
            cloud_id=credentials.cloud_id if in_cloud else None,
            api_key=credentials.api_key or None,
            basic_auth=_login(address) or None,
            ca_certs=ca_certs or DEFAULT,
            headers={"user-agent": USER_AGENT},
            http_compress=not address.is_loopback,
            request_timeout=timeout,
            max_retries=0,
        )
    except ValueError as error:
        if not in_cloud:
            raise
        advice = "copy it again from your deployment's page"
        raise ArchiveError(f"ELASTICSEARCH_CLOUD_ID is not a cloud id; {advice}") from error


def check_server(client: Elasticsearch, address: Address) -> ServerInfo:
    """Ask the server who it is (one GET /).

    Raises ArchiveAway when it cannot be reached or does not answer, ArchiveError when it will not let us in,
    is no Elasticsearch, or is one of another major version than the client's.
    """
    try:
        info = client.info().body
    except (ApiError, TransportError) as error:
        if _may_be_https(error, address) and _speaks_tls(address):
            raise ArchiveError(f"{address.server} speaks HTTPS; write https:// in ARCHIVE_URL") from None
        raise explain(error, address) from None
    number = _version(info)
    if not number:
        advice = "check ARCHIVE_URL"
        raise ArchiveError(f"{address.server} is not an Elasticsearch (it tells no version); {advice}")
    if number.partition(".")[0] != str(CLIENT_MAJOR):
        raise wrong_version(number, address)
    uuid = str(info.get("cluster_uuid", ""))
    if uuid in ("", "_na_"):
        raise ArchiveAway(f"{address.server} has not joined a cluster yet; wait until it is green")
    return ServerInfo(uuid, number)


def check_rights(client: Elasticsearch, address: Address, *, write: bool) -> None:
    """Ask whether the credentials may do what is needed; fine where the server has no security.

    Raises ArchiveError that lists the rights they lack, ArchiveAway as in `check_server`.
    """
    names = f"{address.base}-*"
    rights = WRITE_RIGHTS if write else READ_RIGHTS
    try:
        answer = client.security.has_privileges(
            cluster=CLUSTER_RIGHTS if write else None, index=[{"names": [names], "privileges": rights}]
        ).body
    except ApiError as error:
        if error.meta.status in NO_SECURITY:
            return
        raise explain(error, address) from None
    except TransportError as error:
        raise explain(error, address) from None
    on_indices = answer.get("index", {}).get(names, {})
    lacking = [f"{right} on {names}" for right in rights if not on_indices.get(right)]
    if write:
        on_cluster = answer.get("cluster", {})
        lacking += [f"{right} on the cluster" for right in CLUSTER_RIGHTS if not on_cluster.get(right)]
    if lacking:
        what = f"the credentials for {address.server} lack rights"
        raise ArchiveError(f"{what}: {', '.join(lacking)}; give them a role that has these")


def _node(address: Address) -> NodeConfig:
    return NodeConfig(address.scheme, address.host, address.port, address.prefix)


def _login(address: Address) -> str:
    """User and password as HTTP sends them, "" without; the client itself would take ASCII only."""
    if not address.password:
        return ""
    return base64.b64encode(f"{address.user}:{address.password}".encode()).decode()


def _ca_file(path: str) -> str:
    """The path, once it is known to hold certificates: the client looks at its first request only."""
    if not path:
        return ""
    file = Path(path).expanduser()
    advice = "set it to a PEM file of the authority that signed the server's certificate"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        raise ArchiveError(f"ELASTICSEARCH_CA_CERTS={path} holds no certificate; {advice}") from None
    except OSError as error:
        raise ArchiveError(
            f"ELASTICSEARCH_CA_CERTS={path} cannot be read ({error.strerror}); {advice}"
        ) from None
    return str(file)


def _version(info: Any) -> str:
    """The version number in the answer to GET /; "" where it is none."""
    version = info.get("version") if isinstance(info, dict) else None
    number = str(version.get("number", "")) if isinstance(version, dict) else ""
    return number if number.partition(".")[0].isdecimal() else ""


def _may_be_https(error: ApiError | TransportError, address: Address) -> bool:
    """Whether the error is one of those that servers give to plain HTTP on an HTTPS port."""
    if address.scheme != "http":
        return False
    return isinstance(error, elastic_transport.ConnectionError) or (
        isinstance(error, ApiError) and not is_from_elasticsearch(error)
    )


def _speaks_tls(address: Address) -> bool:
    """Whether a TLS handshake succeeds there; nothing is sent, so the certificate does not matter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address.host, address.port), HANDSHAKE_TIMEOUT) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except OSError:
        return False
