"""The Kibana pack: its text, and how it gets into a Kibana."""

import json
import ssl
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3

from archive.errors import ArchiveAway, ArchiveError
from archive.kibana.coverage import coverage
from archive.kibana.health import health
from archive.kibana.names import Names
from archive.kibana.overview import overview
from archive.kibana.views import search, views

BASE = "news"
FILE = "storytrail.ndjson"
TIMEOUT = urllib3.Timeout(connect=10, read=60)
"""Seconds; Kibana takes a few for an import."""


def pack(base: str = BASE) -> str:
    """The saved objects, one JSON object a line: data views, a saved search, three dashboards.

    `base` is the archive's base name: `news` for news-articles and news-runs. The same base gives the same
    ids, so that a new import replaces an older one.
    """
    names = Names(base)
    objects = [*views(names), search(names), coverage(names), health(names), overview(names)]
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in objects)


def post(
    text: str, url: str, *, api_key: str = "", user: str = "", password: str = "", ca_certs: str = ""
) -> str:
    """Import the pack into the Kibana at `url` (`http(s)://[user:password@]host:5601[/s/SPACE]`).

    Objects with the same ids are replaced. The URL's user goes before `api_key`, that before `user`.
    `ca_certs` is the path of a PEM file. Returns one line that says what was done. Raises
    ArchiveAway where nobody answers and ArchiveError where Kibana refuses.
    """
    place, headers = _place(url, api_key, user, password)
    headers["kbn-xsrf"] = "true"
    pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False, ssl_context=_trust(ca_certs))
    try:
        answer = pool.request(
            "POST",
            f"{place}/api/saved_objects/_import?overwrite=true",
            fields={"file": (FILE, text.encode(), "application/ndjson")},
            headers=headers,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise ArchiveAway(f"no answer from {place}: {_why(error)}; is Kibana running there?") from None
    finally:
        pool.clear()
    return _summary(place, answer.status, answer.data)


def _trust(ca_certs: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_certs or None)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArchiveError(f"cannot use {ca_certs}: {reason}; name a PEM file of certificates") from None


def _place(url: str, api_key: str, user: str, password: str) -> tuple[str, dict[str, str]]:
    """The URL without credentials, and the header that has them."""
    parts = _split(url)
    if parts.username:  # said for this Kibana; the others may be the crawler's
        api_key, user, password = "", unquote(parts.username), unquote(parts.password or "")
    headers: dict[str, str] = {}
    if api_key:
        headers["authorization"] = f"ApiKey {api_key}"
    elif user:
        headers |= urllib3.make_headers(basic_auth=f"{user}:{password}")
    place = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    return place, headers


def _split(url: str) -> Any:
    advice = "give it as http(s)://host:5601, with /s/SPACE for a space"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:  # not repeated: any part of it may be a password
        raise ArchiveError(f"Kibana's address is not understood; {advice}")
    return parts


def _summary(place: str, status: int, data: bytes) -> str:
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if status in (401, 403):
        raise ArchiveError(
            f"{place} answers {status}: not allowed; check the API key or the password, and that the user "
            "may manage saved objects"
        )
    if status == 503:
        raise ArchiveAway(f"{place} answers 503: Kibana is not ready yet; try again in a minute")
    if status != 200:
        raise ArchiveError(f"{place} answers {status}{_message(answer)}; is it Kibana's address?")
    if not isinstance(answer, dict) or "successCount" not in answer:
        raise ArchiveError(f"{place} does not answer as Kibana does; is it Kibana's address?")
    if not answer.get("success"):
        raise ArchiveError(f"{place} took {answer['successCount']} objects and refused {_refused(answer)}")
    return f"imported {answer['successCount']} objects into {place}"


def _message(answer: Any) -> str:
    message = answer.get("message") if isinstance(answer, dict) else None
    return f": {' '.join(str(message).split())[:200]}" if message else ""


def _refused(answer: dict[str, Any]) -> str:
    """The first refused objects with Kibana's reason."""
    errors = answer.get("errors") or []
    told = [f"{one.get('type')} {one.get('id')} ({one.get('error', {}).get('type')})" for one in errors[:3]]
    return f"{len(errors)}: {', '.join(told)}"


def _why(error: Exception) -> str:
    """The kind of failure in words; urllib3's own text repeats object addresses."""
    kinds = {
        urllib3.exceptions.SSLError: "its certificate is not trusted; ELASTICSEARCH_CA_CERTS names the CA",
        urllib3.exceptions.NameResolutionError: "unknown host",
        urllib3.exceptions.NewConnectionError: "no connection",
        urllib3.exceptions.TimeoutError: "timeout",
        urllib3.exceptions.ProtocolError: "the connection broke",
    }
    return next((words for kind, words in kinds.items() if isinstance(error, kind)), type(error).__name__)
