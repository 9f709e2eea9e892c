"""The exceptions of Elasticsearch's client -> ArchiveAway or ArchiveError: one line, no credentials.

Forms of the server's answers: Elasticsearch 9.5's, and those of the reverse proxies in front of it.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import elasticsearch
from elastic_transport import ApiError, ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch.helpers import BulkIndexError, ScanError
from urllib3.util.ssl_match_hostname import CertificateError

from archive.elastic.address import Address
from archive.errors import ArchiveAway, ArchiveError

CLIENT_MAJOR = elasticsearch.__version__[0]

AWAY = frozenset({408, 429, 502, 503, 504})
"""Answers that pass, as does every 5xx of a proxy: it has no time, or no server, for us."""

REASON_LENGTH = 300
"""Characters of the server's own words in a message; some quote the document."""

_X509_EXPIRED, _X509_OTHER_HOST, _X509_OTHER_IP = 10, 62, 64
"""OpenSSL's X509_V_ERR_ numbers."""


@contextmanager
def errors_of(address: Address) -> Iterator[None]:
    """Turn what the client raises in this block into ArchiveAway or ArchiveError.

    Their causes are cut off: they quote the server's whole answer.
    """
    try:
        yield
    except (ApiError, TransportError, BulkIndexError, ScanError) as error:
        raise explain(error, address) from None


def explain(error: Exception, address: Address) -> ArchiveError:
    """The error in the project's terms; ArchiveAway where trying again later may help."""
    if isinstance(error, ArchiveError):
        return error
    if isinstance(error, ApiError):
        return _refusal(error, address)
    if isinstance(error, TransportError):
        return _no_answer(error, address)
    known = isinstance(error, (BulkIndexError, ScanError))  # others may quote anything
    what = _short(error) if known else type(error).__name__
    return ArchiveError(f"{address.server} could not do what was asked: {what}")


def is_from_elasticsearch(error: ApiError) -> bool:
    """Whether an answer is the server's own, not that of something in front or in place of it."""
    return bool(error.meta.headers.get("x-elastic-product") == "Elasticsearch")


def wrong_version(version: str, address: Address) -> ArchiveError:
    """The message about a server of another major version; `version` is "8" or "10.1.0"."""
    major = int(version.partition(".")[0])
    advice = f"run an Elasticsearch {CLIENT_MAJOR}"
    if major > CLIENT_MAJOR:
        advice += f", or pip install 'elasticsearch>={major},<{major + 1}'"
    return ArchiveError(
        f"{address.server} is Elasticsearch {version}, the installed client is for {CLIENT_MAJOR}; {advice}"
    )


def _refusal(error: ApiError, address: Address) -> ArchiveError:
    """What an answer other than 2xx means, or a 2xx of another product."""
    status, server = error.meta.status, address.server
    kind, reason = _server_error(error.body)
    if status in AWAY or (status >= 500 and not is_from_elasticsearch(error)):
        return ArchiveAway(f"{server} cannot take requests now ({status}{_quoted(reason)}); try again later")
    if status == 401:
        advice = "check user and password in ARCHIVE_URL, or ELASTICSEARCH_API_KEY"
        return ArchiveError(f"{server} does not accept the credentials, or asks for some; {advice}")
    if status == 403:
        return _forbidden(kind, reason, address)
    if status == 413:
        advice = "raise its http.max_content_length, or the limit of the proxy in front of it"
        return ArchiveError(f"{server} refuses a request of this size (413); {advice}")
    return _not_done(error, address)


def _not_done(error: ApiError, address: Address) -> ArchiveError:
    status, server = error.meta.status, address.server
    kind, reason = _server_error(error.body)
    if not is_from_elasticsearch(error):
        advice = "check ARCHIVE_URL"
        return ArchiveError(
            f"{server} is not an Elasticsearch (it answers {status} without saying so); {advice}"
        )
    if kind == "media_type_header_exception" and (
        spoken := re.search(r"must be either version (\d+)", reason)
    ):
        return wrong_version(spoken[1], address)
    return ArchiveError(f"{server} could not do what was asked ({status}{_quoted(reason or kind)})")


def _forbidden(kind: str, reason: str, address: Address) -> ArchiveError:
    """403: rights are missing, or an index is blocked (Elasticsearch uses one number for both)."""
    if kind == "cluster_block_exception":
        advice = "lift the block in the index's settings"
        return ArchiveError(f"{address.server} has a blocked index ({reason}); {advice}")
    # Of the reason only these two: the rest names the user.
    action = re.search(r"action \[([^\]]+)\]", reason)
    needed = re.search(r"granted by the ((?:index|cluster) privileges \[[^\]]+\])", reason)
    what = f" ({action[1]})" if action else ""
    advice = f"give their role one of the {needed[1]}" if needed else "give their role the rights it lacks"
    return ArchiveError(f"{address.server} does not allow this to the credentials{what}; {advice}")


def _no_answer(error: TransportError, address: Address) -> ArchiveError:
    """The request failed on its way, or its answer did."""
    if isinstance(error, TlsError):
        return _no_tls(error, address)
    if isinstance(error, SerializationError):
        return _unreadable(error, address)
    if isinstance(error, ConnectionTimeout):
        return ArchiveAway(
            f"{address.server} did not answer in time; see whether it is overloaded or stopped"
        )
    advice = "start it, or check ARCHIVE_URL"
    return ArchiveAway(f"{address.server} cannot be reached ({_root(error)}); {advice}")


def _no_tls(error: TlsError, address: Address) -> ArchiveError:
    server = address.server
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _bad_certificate(cause, address)
        if isinstance(cause, CertificateError):
            return _other_host(str(cause), address)
        if isinstance(cause, ssl.SSLEOFError):
            return ArchiveAway(f"{server} closed the connection; see its log, or whether it speaks HTTPS")
        if isinstance(cause, ssl.SSLError):
            advice = "write http:// in ARCHIVE_URL if it speaks plain HTTP"
            return ArchiveError(f"{server} does not speak HTTPS with us ({cause.reason}); {advice}")
    return ArchiveError(f"{server} does not speak HTTPS with us ({_root(error)}); see its log")


def _bad_certificate(error: ssl.SSLCertVerificationError, address: Address) -> ArchiveError:
    if error.verify_code in (_X509_OTHER_HOST, _X509_OTHER_IP):
        return _other_host(error.verify_message, address)
    what = f"the certificate of {address.server} is not trusted ({error.verify_message})"
    if error.verify_code == _X509_EXPIRED:
        return ArchiveError(f"{what}; renew it")
    return ArchiveError(f"{what}; set ELASTICSEARCH_CA_CERTS to the PEM file of the authority that signed it")


def _other_host(reason: str, address: Address) -> ArchiveError:
    advice = "use a name of it in ARCHIVE_URL"
    return ArchiveError(
        f"the certificate of {address.server} is for another host ({_short(reason)}); {advice}"
    )


def _unreadable(error: SerializationError, address: Address) -> ArchiveError:
    """A body that is not JSON: the one to be sent is our fault, the one that came a proxy's, and passes."""
    if str(error).startswith("Unable to serialize"):
        return ArchiveError(f"a request to {address.server} cannot be written as JSON")
    advice = "see whether it, or a proxy in front of it, is in trouble"
    return ArchiveAway(f"{address.server} answers something that is not Elasticsearch's; {advice}")


def _server_error(body: Any) -> tuple[str, str]:
    """Type and reason in the body of an answer; "" where it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", _short(error or "")
    roots = error.get("root_cause") or [error]
    return str(error.get("type", "")), _short(roots[0].get("reason") or error.get("reason") or "")


def _quoted(reason: str) -> str:
    return f": {reason}" if reason else ""


def _short(reason: object) -> str:
    line = " ".join(str(reason).split())
    return line if len(line) <= REASON_LENGTH else line[:REASON_LENGTH] + "…"


def _root(error: Exception) -> str:
    """The words of the innermost cause: "Connection refused"."""
    *_, innermost = _causes(error)
    return _short(getattr(innermost, "strerror", None) or innermost)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from; urllib3 keeps that in `args` as often as in __cause__."""
    current: BaseException | None = error
    while current is not None:
        yield current
        inner = (argument for argument in current.args if isinstance(argument, BaseException))
        current = current.__cause__ or next(inner, None)
