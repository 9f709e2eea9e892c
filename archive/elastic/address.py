"""Where an Elasticsearch archive lies (ARCHIVE_URL) and what opens it (ELASTICSEARCH_... settings).

No message of this module repeats an ARCHIVE_URL that it could not read: any part of it may be a password.
"""

import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import NoReturn, Self
from urllib.parse import SplitResult, unquote, urlsplit

from archive.errors import ArchiveError

CLOUD = "cloud:"
DEFAULT_PORT = 9200
FORM = "http(s)://[user:password@]host:9200/news or cloud:news"
"""The forms of an ARCHIVE_URL that names an Elasticsearch."""

_BASE = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
"""Within Elasticsearch's rules for index names (lower case, no other signs, not led by - or _, 255 bytes)."""
_HOST = re.compile(r"(?!.{254})[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_PREFIX = re.compile(r"(/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*")
_API_KEY = re.compile(r"[A-Za-z0-9+/_-]+=*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The server of an archive and the base name of its indices; `str` and `repr` show no credentials."""

    base: str
    """`news` stands for news-articles-v1, news-runs-v1 and their aliases."""
    scheme: str
    """`http`, `https`, or `cloud`: then ELASTICSEARCH_CLOUD_ID names the server."""
    host: str = ""
    """Name or IP address, IPv6 without brackets."""
    port: int = 0
    prefix: str = ""
    """Path in front of the server's own paths, of a reverse proxy: "" or "/es"."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an ARCHIVE_URL; user and password are percent-decoded. Raises ArchiveError in one line."""
        if url.startswith(CLOUD):
            return cls(base=_base_name(url.removeprefix(CLOUD)), scheme="cloud")
        parts = _split(url)
        host, port = _host(parts)
        user, password = _login(parts)
        prefix, _, base = parts.path.rstrip("/").rpartition("/")
        if not _PREFIX.fullmatch(prefix):
            _refuse("has a path that is not percent-encoded")
        return cls(
            base=_base_name(base),
            scheme=parts.scheme,
            host=host,
            port=port,
            prefix=prefix,
            user=user,
            password=password,
        )

    @property
    def server(self) -> str:
        """URL of the server without credentials and base name, or what stands for it in messages."""
        if self.scheme == "cloud":
            return "the cluster of ELASTICSEARCH_CLOUD_ID"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"

    @property
    def location(self) -> str:
        """The ARCHIVE_URL without credentials, for reports and messages."""
        return f"{CLOUD}{self.base}" if self.scheme == "cloud" else f"{self.server}/{self.base}"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, as far as its name tells."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        return self.location


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What opens the server besides user and password in the URL; "" where it is not needed."""

    api_key: str = field(default="", repr=False)
    """As Elasticsearch and Kibana give it out: the `encoded` form, base64."""
    ca_certs: str = ""
    """Path of a PEM file with the certificates of the authorities to trust, besides the system's."""
    cloud_id: str = ""

    def __post_init__(self) -> None:
        """Refuse an API key that could not be sent (and would show up in the error about it)."""
        if self.api_key and not _API_KEY.fullmatch(self.api_key):
            advice = "set it to the `encoded` form of the key, which is one word of base64"
            raise ArchiveError(f"ELASTICSEARCH_API_KEY is not an API key; {advice}")

    @classmethod
    def from_environment(cls) -> Self:
        """ELASTICSEARCH_API_KEY, ELASTICSEARCH_CA_CERTS and ELASTICSEARCH_CLOUD_ID; unset ones are ""."""
        names = ("API_KEY", "CA_CERTS", "CLOUD_ID")
        api_key, ca_certs, cloud_id = (os.environ.get(f"ELASTICSEARCH_{name}", "").strip() for name in names)
        return cls(api_key=api_key, ca_certs=ca_certs, cloud_id=cloud_id)


def _refuse(what: str) -> NoReturn:
    raise ArchiveError(f"ARCHIVE_URL {what}; write it as {FORM}") from None


def _split(url: str) -> SplitResult:
    if url != url.strip() or not url.isprintable() or " " in url:
        _refuse("holds blanks or control characters")
    try:
        parts = urlsplit(url)
    except ValueError:
        _refuse("is not a URL")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        _refuse("is not understood")
    if "@" in parts.path or parts.query or parts.fragment or url.endswith(("?", "#")):
        _refuse("has a ? or #, or an @ after a /: in a user name or password write %3F, %23, %40 and %2F")
    return parts


def _host(parts: SplitResult) -> tuple[str, int]:
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse("has a port that is not a number from 1 to 65535, or no @ after the password")
    if port == 0 or parts.netloc.endswith(":"):
        _refuse("has a port that is not a number from 1 to 65535")
    if not (_is_ipv6(host) if "[" in parts.netloc.rpartition("@")[2] else _HOST.fullmatch(host)):
        _refuse("has a host that is neither an ASCII name (xn--... for others) nor an IP address")
    return host, port or DEFAULT_PORT


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _login(parts: SplitResult) -> tuple[str, str]:
    """User and password; ("", "") where the URL has none."""
    if "@" not in parts.netloc:
        return "", ""
    try:
        user, password = (unquote(part or "", errors="strict") for part in (parts.username, parts.password))
    except UnicodeDecodeError:
        _refuse("has a user name or password that is not UTF-8 when percent-decoded")
    if not user or not password:
        _refuse("has a user name without a password, or a password without a user name")
    if ":" in user:
        _refuse("has a colon in its user name, which HTTP cannot send")
    return user, password


def _base_name(name: str) -> str:
    if not name:
        _refuse("has no base name for its indices (news)")
    if not _BASE.fullmatch(name):
        _refuse("has a base name other than up to 100 of a-z, 0-9, - and _, the first a letter or digit")
    return name
