"""A small web on 127.0.0.1, reached as an HTTP proxy: every site has its own host name and never a port.

Scrapy keeps its per-site slots by host name, so sites on different ports of 127.0.0.1 would share one slot.
Behind this proxy `http://tagblatt.example/` is a site of its own. Nothing is ever forwarded to the network:
a host that the handler does not know gets 502, and CONNECT (https) is refused with 501.
"""

import asyncio
import gzip
import hashlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web
from multidict import CIMultiDict

_COMPRESSIBLE = re.compile(r"text/|application/(?:[\w.]+\+)?(?:xml|json)\b")
_PARENT_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequest:
    """What a client asked for."""

    method: str
    """Upper case, such as "GET"."""
    host: str
    """Host name in lower case, with ":port" only where the port is not 80."""
    target: str
    """Path and query as sent (still percent-encoded), such as "/world/?page=2"."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers, names in lower case."""

    @property
    def url(self) -> str:
        """The absolute address."""
        return f"http://{self.host}{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyResponse:
    """What a site answers. The proxy adds ETag, Content-Length and, where accepted, gzip."""

    status: int = 200
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Response headers, such as Content-Type, Last-Modified, Location."""
    body: bytes = b""
    """The body, not compressed."""
    delay: float = 0.0
    """Seconds to wait before answering."""
    cut: bool = False
    """Whether the connection ends in the middle of the body."""


Handler = Callable[[ProxyRequest], ProxyResponse | None]
"""A web: answers a request, or gives None for a host that it does not have. Called in the server's thread."""


class LoggedRequest(NamedTuple):
    """One line of the log."""

    time: float
    """`time.time()` when the answer was ready."""
    method: str
    url: str
    """The absolute address that was asked for."""
    status: int
    started: float
    """`time.time()` when the request was read."""
    agent: str
    """The request's User-Agent."""


class LoopbackWeb:
    """Runs a web in a thread of this process: `with LoopbackWeb(handler) as web: ... web.proxy_url`."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._handler = handler
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-web", daemon=True)
        self._runner: web.ServerRunner | None = None
        self.requests: list[LoggedRequest] = []
        """Every request so far, oldest first."""
        self.proxy_url = ""
        """Address for `http_proxy`, known once the web runs."""

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            starting = asyncio.run_coroutine_threadsafe(
                _start(self._handler, self._port, self.requests), self._loop
            )
            self._runner, self.proxy_url = starting.result(timeout=30)
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(timeout=30)
        self._end_thread()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=30)
        self._loop.close()

    def urls(self, host: str = "") -> list[str]:
        """Addresses asked for so far, those of one host or all, oldest first."""
        return [entry.url for entry in self.requests if not host or entry.url.startswith(f"http://{host}/")]


def run(
    handler: Handler, port: int = 0, *, ready: Callable[[str], None] = print, with_parent: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT, on `port` or a free one; calls `ready` with the proxy's address.

    `with_parent`: also ends when the process that started this one is gone, even if it was killed.
    Raises OSError where the port is taken.
    """
    asyncio.run(_serve(handler, port, ready, os.getppid() if with_parent else None))


async def _serve(handler: Handler, port: int, ready: Callable[[str], None], parent: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner, proxy_url = await _start(handler, port, None)
    try:
        ready(proxy_url)
        if parent is None:
            await stop.wait()
        while not stop.is_set() and os.getppid() == parent:
            await asyncio.sleep(_PARENT_POLL_SECONDS)
    finally:
        await runner.cleanup()


async def _start(
    handler: Handler, port: int, log: list[LoggedRequest] | None
) -> tuple[web.ServerRunner, str]:
    """The running server and its address; 127.0.0.1 only."""
    runner = web.ServerRunner(web.Server(_Answerer(handler, log), access_log=None), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


class _Answerer:
    """One call per request: checks the proxy form, asks the handler, adds what HTTP needs, logs."""

    def __init__(self, handler: Handler, log: list[LoggedRequest] | None) -> None:
        self._handler = handler
        self._log = log

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        started, agent = time.time(), request.headers.get("User-Agent", "")
        url, answer = self._answer(request)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        response = _http_response(request, answer)
        if self._log is not None:
            entry = LoggedRequest(time.time(), request.method, url, response.status, started, agent)
            self._log.append(entry)
        return await _cut(request, response) if answer.cut else response

    def _answer(self, request: web.BaseRequest) -> tuple[str, ProxyResponse]:
        target = request.raw_path
        if request.method == "CONNECT" or target.lower().startswith("https://"):
            return target, _plain(501, "this proxy has no https: use http:// addresses")
        if not target.lower().startswith("http://"):
            return target, _plain(
                400, "this is a proxy: set http_proxy to its address and ask for http://HOST/"
            )
        asked = _parse(request)
        answer = self._handler(asked)
        return asked.url, answer or _plain(
            502, f"no such host in this web: {asked.host}; nothing is forwarded"
        )


def _parse(request: web.BaseRequest) -> ProxyRequest:
    authority, slash, rest = request.raw_path[len("http://") :].partition("/")
    if not slash and "?" in authority:
        authority, _, query = authority.partition("?")
        rest = f"?{query}"
    return ProxyRequest(
        method=request.method,
        host=authority.lower().removesuffix(":80"),
        target=f"/{rest}",
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _plain(status: int, message: str) -> ProxyResponse:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return ProxyResponse(status=status, headers=headers, body=f"{message}\n".encode())


def _http_response(request: web.BaseRequest, answer: ProxyResponse) -> web.Response:
    """The answer with ETag, 304 and gzip; a 200's ETag is strong, so the gzipped form has one of its own."""
    body, headers = answer.body, CIMultiDict(answer.headers)
    if answer.status != 200:
        return web.Response(status=answer.status, headers=headers, body=body)
    tag = hashlib.sha256(body).hexdigest()[:24]
    if _COMPRESSIBLE.match(headers.get("Content-Type", "")) and "Content-Encoding" not in headers:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, tag = gzip.compress(body, mtime=0), f"{tag}-gzip"
            headers["Content-Encoding"] = "gzip"
    headers["ETag"] = f'"{tag}"'
    if _is_unchanged(request, headers):
        kept = CIMultiDict(
            (name, headers[name]) for name in ("ETag", "Last-Modified", "Vary") if name in headers
        )
        return web.Response(status=304, headers=kept)
    return web.Response(headers=headers, body=body)


async def _cut(request: web.BaseRequest, answer: web.Response) -> web.StreamResponse:
    """Half of the answer, then the end of the connection."""
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    body = answer.body if isinstance(answer.body, bytes) else b""
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


def _is_unchanged(request: web.BaseRequest, headers: CIMultiDict[str]) -> bool:
    """Whether the client has this very answer; If-None-Match goes first (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        known = [tag.strip().removeprefix("W/") for tag in request.headers["If-None-Match"].split(",")]
        return headers["ETag"] in known
    since = request.headers.get("If-Modified-Since")
    return since is not None and since == headers.get("Last-Modified")
