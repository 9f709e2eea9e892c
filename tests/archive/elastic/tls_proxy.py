"""A TLS reverse proxy on loopback in front of a real Elasticsearch without security: it does the security.

    with TlsProxy(elasticsearch_url, user="crawler", password="secret") as proxy:
        proxy.url       # https://127.0.0.1:PORT
        proxy.ca_file   # PEM file of the authority that signed its certificate
        proxy.archive_url("news")  # https://crawler:secret@127.0.0.1:PORT/news

It answers 401, 403 and _has_privileges as Elasticsearch does. What else it does is told by its attributes,
which may be changed at any time.
"""

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import trustme
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

PRODUCT = {"X-elastic-product": "Elasticsearch"}
_OWN_HEADERS = (
    "host",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "authorization",
)


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    """With names in lower case."""


class TlsProxy:
    """See above.

    `names` and `not_after`: hosts and end of its certificate. `prefix`: path under which it serves ("/es").
    """

    def __init__(
        self,
        upstream: str,
        *,
        user: str = "",
        password: str = "",
        api_key: str = "",
        names: Sequence[str] = ("127.0.0.1", "localhost"),
        prefix: str = "",
        not_after: datetime | None = None,
    ) -> None:
        self.version = ""
        """Version to claim ("8.19.0"); "" leaves the server's own."""
        self.product = True
        """Whether answers say that they come from an Elasticsearch."""
        self.forbidden: set[str] = set()
        """Beginnings of paths that get a 403."""
        self.lacking: set[str] = set()
        """Privileges that _has_privileges denies."""
        self.status = 0
        """Status to answer everything with, in nginx's words; 0: do the work."""
        self.delay = 0.0
        """Seconds before each answer."""
        self.seen: list[Seen] = []

        self._upstream, self._names, self._prefix = upstream.rstrip("/"), names, prefix
        self._not_after = not_after
        self._user, self._password, self._api_key = user, password, api_key
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def archive_url(self, base: str) -> str:
        """The ARCHIVE_URL of a base name, with user and password where it asks for them."""
        login = f"{quote(self._user, safe='')}:{quote(self._password, safe='')}@" if self._user else ""
        return f"https://{login}{self.url.removeprefix('https://')}/{base}"

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="tls-proxy-")
        authority = trustme.CA()
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*self._names, not_after=self._not_after).configure_cert(self._tls)
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the TLS proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._folder.cleanup()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        async with aiohttp.ClientSession(auto_decompress=False) as self._client:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls).start()
            self.port = int(runner.addresses[0][1])
            self.url = f"https://127.0.0.1:{self.port}{self._prefix}"
            self._started.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.path, headers))
        body = await request.read()
        await asyncio.sleep(self.delay)
        if not request.path.startswith(self._prefix):
            return _page(404)
        path = request.raw_path.removeprefix(self._prefix)
        if self.status:
            return _page(self.status)
        if not self._may_enter(headers.get("authorization", "")):
            return self._no_entry(request, path)
        if any(path.startswith(beginning) for beginning in self.forbidden):
            return self._denied(path)
        if path == "/_security/user/_has_privileges" and (self._user or self._api_key):
            return self._privileges(json.loads(body))
        if self.version and int(self.version.split(".")[0]) < 9:
            return _error(400, "media_type_header_exception", _old_version(self.version))
        return await self._forward(request.method, path, request.headers, body)

    def _may_enter(self, authorization: str) -> bool:
        login = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        accepted = {f"Basic {login}"} if self._user else set()
        if self._api_key:
            accepted.add(f"ApiKey {self._api_key}")
        return not accepted or authorization in accepted

    def _no_entry(self, request: web.Request, path: str) -> web.Response:
        reason = f"missing authentication credentials for REST request [{path}]"
        if "authorization" in request.headers:
            reason = f"unable to authenticate user [{self._user}] for REST request [{path}]"
        challenge = {"WWW-Authenticate": 'Basic realm="security", charset="UTF-8"'}
        return _error(401, "security_exception", reason, **challenge)

    def _denied(self, path: str) -> web.Response:
        action, granting = "indices:data/write/bulk", "index privileges [create_doc,create,index,write,all]"
        if path == "/":
            action, granting = "cluster:monitor/main", "cluster privileges [monitor,manage,all]"
        reason = (
            f"action [{action}] is unauthorized for user [{self._user}] with effective roles [reader], "
            f"this action is granted by the {granting}"
        )
        return _error(403, "security_exception", reason)

    def _privileges(self, asked: dict[str, Any]) -> web.Response:
        def given(rights: list[str]) -> dict[str, bool]:
            return {right: right not in self.lacking for right in rights}

        indices = {name: given(one["privileges"]) for one in asked["index"] for name in one["names"]}
        answer = {
            "username": self._user,
            "has_all_requested": not self.lacking,
            "cluster": given(asked.get("cluster", [])),
            "index": indices,
            "application": {},
        }
        return web.json_response(answer, headers=PRODUCT)

    async def _forward(self, method: str, path: str, sent: Mapping[str, str], body: bytes) -> web.Response:
        url = URL(self._upstream + path, encoded=True)
        try:
            async with self._client.request(method, url, data=body, headers=_others(sent)) as answer:
                body, headers = await answer.read(), _others(answer.headers, keep="content-encoding")
        except aiohttp.ClientError:
            return _page(502)
        if not self.product:
            headers.popall("X-elastic-product", None)
        if self.version and path == "/":
            info = json.loads(body)
            info["version"]["number"] = self.version
            body = json.dumps(info).encode()
        return web.Response(status=answer.status, body=body, headers=headers)


def _others(headers: Mapping[str, str], keep: str = "") -> CIMultiDict[str]:
    """The headers without those that belong to one connection."""
    kept = (
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _OWN_HEADERS or name.lower() == keep
    )
    return CIMultiDict(kept)


def _old_version(version: str) -> str:
    major = int(version.split(".", maxsplit=1)[0])
    return (
        "Invalid media-type value on headers [Accept]: Accept version must be either version "
        f"{major} or {major - 1}, but found 9. Accept=application/vnd.elasticsearch+json; compatible-with=9"
    )


def _error(status: int, kind: str, reason: str, **headers: str) -> web.Response:
    error: dict[str, Any] = {"type": kind, "reason": reason}
    if headers:
        error["header"] = headers
    body = {"error": {"root_cause": [error], **error}, "status": status}
    return web.json_response(body, status=status, headers={**PRODUCT, **headers})


def _page(status: int) -> web.Response:
    text = f"<html><head><title>{status}</title></head><body><center>nginx</center></body></html>"
    return web.Response(status=status, text=text, content_type="text/html")
