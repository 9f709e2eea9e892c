"""What must never be fetched: private addresses; anything but loopback before a contact is set."""

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from archive.url import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NO_CONTACT = (
    "no contact is set; give a web page or mail address at which sites can reach you: "
    "-s CONTACT=https://example.org/crawler (or environment CONTACT)"
)


_HOLD_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""NAT64 (RFC 6052) and IPv4-compatible addresses: their last 32 bits are an IPv4 address."""


class Forbidden(IgnoreRequest):
    """The page lies on a private, loopback or link-local address."""


class NoContact(IgnoreRequest):
    """The page is on the live web and no contact is set; the crawl ends."""


class Guard:
    """Refuses private addresses (setting ALLOW_PRIVATE_ADDRESSES) and live pages without CONTACT.

    A proxy resolves names itself, so with one only addresses in the URL are looked at; a proxy on loopback
    is taken for a test web, which needs no contact. Stat: `guard/private_address`.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._allow_private = crawler.settings.getbool("ALLOW_PRIVATE_ADDRESSES")
        self._contact = bool(crawler.settings.get("CONTACT"))
        self._proxies = getproxies()
        self._verdicts: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Guard":
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request through, or raise."""
        host = host_of(request.url)
        proxy = request.meta.get("proxy") or self._proxy_for(request.url, host)
        private = _is_private_address(host) if proxy else await self._resolves_to_private(host)
        if private and not self._allow_private:
            self._crawler.stats.inc_value("guard/private_address")
            raise Forbidden(f"{request.url} is on a private address")
        on_loopback = _is_loopback(host_of(proxy) if proxy else host)
        if not self._contact and not on_loopback:
            self._end()
            raise NoContact(NO_CONTACT)

    def _proxy_for(self, url: str, host: str) -> str:
        """As Scrapy's HttpProxyMiddleware, which comes later, will choose it."""
        if not self._crawler.settings.getbool("HTTPPROXY_ENABLED") or proxy_bypass(host):
            return ""
        return self._proxies.get(url.partition(":")[0], "")

    def _end(self) -> None:
        if self._crawler.stats.get_value("report/problem") is None:
            self._crawler.stats.set_value("report/problem", NO_CONTACT)
            self._crawler.stats.set_value("report/usage_error", True)  # noqa: FBT003
            if self._crawler.spider is not None:
                self._ending = asyncio.ensure_future(
                    self._crawler.engine.close_spider_async(reason="no_contact")
                )

    async def _resolves_to_private(self, host: str) -> bool:
        if host not in self._verdicts:
            self._verdicts[host] = _is_private_address(host) or await _any_private(host)
        return self._verdicts[host]


async def _any_private(host: str) -> bool:
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # the download will say what is wrong with the name
    return any(_is_private_address(str(address[0])) for *_, address in answers)


def _is_private_address(host: str) -> bool:
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return not address.is_global or any(not inner.is_global for inner in _embedded(address))


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64, compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _HOLD_IPV4):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
