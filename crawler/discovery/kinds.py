"""What a list is, by its first bytes: feeds come as text/html, sitemaps as octet-stream, HTML as anything."""

import re
import zlib

GZIP = b"\x1f\x8b"
"""The first two bytes of a gzip file (RFC 1952)."""

_LEAD = re.compile(
    r"^(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>)+", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<\s*(?:[\w.-]+:)?([\w.-]+)([^>]*)")
_VERSION = re.compile(r"""\bversion\s*=\s*["']([\d.]{1,8})""")
_NAMES = {"feed": "Atom", "sitemapindex": "sitemap index", "html": "HTML", "head": "HTML", "body": "HTML"}

FEEDS = ("RSS", "Atom", "JSON Feed")
"""How the names of feed kinds start."""


def kind_of(body: bytes) -> str:
    """One of: "RSS 2.0" (or its version), "Atom", "JSON Feed", "JSON", "news sitemap", "sitemap",
    "sitemap index", "text sitemap", "HTML", "empty", "unknown".
    """
    head = _head(body)
    if not head.strip():
        return "empty"
    if head.lstrip().startswith(("{", "[")):
        return "JSON Feed" if "jsonfeed.org" in head or '"items"' in head else "JSON"
    text = _LEAD.sub("", head) if head.lstrip().startswith("<") else head.lstrip()
    if text.startswith(("http://", "https://")):
        return "text sitemap"
    if re.match(r"\s*<!DOCTYPE\s+html", head, re.IGNORECASE):
        return "HTML"
    root = _ROOT.match(text)
    return _by_root(root[1].lower(), root[2], head) if root else "unknown"


def _by_root(name: str, attributes: str, head: str) -> str:
    if name == "rss":
        version = _VERSION.search(attributes)
        return f"RSS {version[1]}" if version else "RSS"
    if name == "rdf":
        return "RSS 0.90" if "my.netscape.com/rdf/simple/0.9" in head else "RSS 1.0"
    if name == "urlset":
        return "news sitemap" if "sitemap-news/" in head or "<news:" in head else "sitemap"
    return _NAMES.get(name, "unknown")


def _head(body: bytes, size: int = 8192) -> str:
    """The first characters, for looking at ASCII names only."""
    for _ in range(2):
        if body.startswith(GZIP):
            try:
                body = zlib.decompressobj(wbits=31).decompress(body, size)
            except zlib.error:
                return ""
    utf16 = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    return body[:size].decode("utf-16" if utf16 else "utf-8", "replace").lstrip("\ufeff")
