"""A plain client of the loopback web: urllib through the proxy, and nothing else."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    url: str
    headers: Message
    body: bytes


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No redirect is followed."""


def get(
    proxy: str, url: str, *, method: str = "GET", follow: bool = True, headers: dict[str, str] | None = None
) -> Answer:
    """One request through the proxy, or without one where it is ""; an error status is an answer."""
    proxies = {"http": proxy, "https": proxy} if proxy else {}
    handlers: list[Any] = [urllib.request.ProxyHandler(proxies)]
    if not follow:
        handlers.append(_Stay())
    request = urllib.request.Request(url, method=method, headers=headers or {})
    try:
        response = urllib.request.build_opener(*handlers).open(request, timeout=10)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        return Answer(response.status, response.url, response.headers, response.read())
